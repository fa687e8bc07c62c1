"""Seals and their verification, on a real PostgreSQL."""
