"""Webhooks with real receivers, on a real PostgreSQL and a real Temporal."""
