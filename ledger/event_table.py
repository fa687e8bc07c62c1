"""The library's table of events, with commands and matters written in the same transaction and nothing notified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Cursor
from psycopg.rows import DictRow

from ledger.database import BRIEF, BoundedConnection, LedgerDatastore

INSERT_COMMAND = """
INSERT INTO casefold.command (actor_id, command_id, stream, name, salt, digest, body, actor, expected_version,
                              received_at, outcome, refusal, events, first_version, last_version)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
INSERT_MATTER = "INSERT INTO casefold.matter (hash, stream) VALUES (%s, %s)"


class EventTable(PostgresApplicationRecorder):
    """Appends entries, commands and matters: all or nothing."""

    def __init__(self, datastore: LedgerDatastore) -> None:
        super().__init__(datastore, events_table_name="stored_events")
        # The time limit of the lock is a setting of the connection (ledger/database.py): one statement less under way.
        self.lock_table_statements = self.lock_table_statements[1:]

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """Append in one transaction that travels in one piece, COMMIT included; the new positions.

        The library waits for the answer to its INSERT while it holds the table's lock, and tries ten times. Here the
        server goes from lock to COMMIT without waiting for this program, and whoever calls decides about trying again.
        """
        with self.datastore.get_connection() as connection:
            assert isinstance(connection, BoundedConnection)
            connection.silence = BRIEF + len(stored_events) / 100
            inserted = connection.cursor()
            try:
                with connection.pipeline():
                    connection.execute("BEGIN", prepare=True)
                    self._insert_events(connection.cursor(), stored_events, **kwargs)
                    if stored_events:
                        self._insert_stored_events(inserted, stored_events, **kwargs)
                    connection.execute("COMMIT", prepare=True)
            except psycopg.Error:
                if not connection.broken:
                    connection.rollback()
                raise
            return [row["notification_id"] for row in inserted.fetchall()] if stored_events else []

    def _insert_events(self, curs: Cursor[DictRow], stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        """Before the lock, in the order of their keys: two writers of the same ones wait, and never deadlock."""
        commands: Sequence[tuple[Any, ...]] = kwargs.get("commands", ())
        matters: Sequence[tuple[Any, ...]] = kwargs.get("matters", ())
        for statement, rows in ((INSERT_COMMAND, commands), (INSERT_MATTER, matters)):
            if len(rows) == 1:
                curs.execute(statement, rows[0], prepare=True)
            elif rows:
                ordered: list[tuple[Any, ...]] = sorted(rows, key=lambda row: row[:2])
                curs.executemany(statement, ordered)

    def _notify_channel(self, curs: Cursor[DictRow]) -> None:
        """Nothing: NOTIFY takes a lock of the whole cluster at commit. Followers poll (ledger/follow.py)."""
