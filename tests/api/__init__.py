"""Tests of the HTTP API: a real server on a real PostgreSQL, asked over the wire."""
