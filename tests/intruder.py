"""Somebody with the owner's rights who changes what is written once: what tests of damage do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

FENCED = ("casefold.stored_events", "casefold.command", "casefold_seal.leaf", "casefold_seal.checkpoint")


@contextmanager
def intruding(owner_url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose changes nothing stops; committed at the end, and the fence stays down in that database."""
    with psycopg.connect(owner_url) as connection:
        for table in FENCED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield connection
