"""The first baseline: what PostgreSQL itself can do. The rows of real commands, inserted by hand, a commit for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any

import psycopg

from bench.operators import Watch, work

TABLES = """
CREATE SCHEMA bench;
CREATE TABLE bench.command (LIKE casefold.command INCLUDING ALL);
CREATE TABLE bench.entry (LIKE casefold.stored_events INCLUDING ALL);
"""
"""The shape and the indexes of the ledger's own tables; no lock is taken, nothing is read and nothing is checked."""

COMMAND = """
INSERT INTO bench.command (actor_id, command_id, stream, name, salt, digest, body, actor, expected_version,
                           received_at, outcome, refusal, events, first_version, last_version)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
ENTRIES = """
INSERT INTO bench.entry (originator_id, originator_version, topic, state)
SELECT %s, * FROM unnest(%s::bigint[], %s::text[], %s::bytea[]) RETURNING notification_id
"""


@dataclass(frozen=True)
class Rows:
    """What one command left in the ledger."""

    command: tuple[Any, ...]
    versions: list[int]
    topics: list[str]
    states: list[bytes]


def rows_of(url: str, stream: str) -> list[Rows]:
    """The rows that a recorded case left, command by command: the material to be inserted again and again."""
    with psycopg.connect(url) as connection:
        commands = connection.execute(
            "SELECT actor_id, command_id, stream, name, salt, digest, body::text, actor::text, expected_version,"
            " received_at, outcome, refusal::text, events, first_version, last_version"
            " FROM casefold.command WHERE stream = %s ORDER BY last_version",
            [stream],
        ).fetchall()
        entries = connection.execute(
            "SELECT originator_version, topic, state FROM casefold.stored_events WHERE originator_id = %s ORDER BY 1",
            [stream],
        ).fetchall()
    found = []
    for command in commands:
        own = [entry for entry in entries if command[-2] <= entry[0] <= command[-1]]
        found.append(Rows(command, [v for v, _, _ in own], [t for _, t, _ in own], [bytes(s) for _, _, s in own]))
    return found


class Raw:
    """Inserts; each operator has a connection of his own."""

    def __init__(self, owner_url: str, operators: int, material: Sequence[Rows]) -> None:
        self.material = material
        self.connections: SimpleQueue[psycopg.Connection] = SimpleQueue()
        self.open = [psycopg.connect(owner_url, autocommit=True) for _ in range(operators)]
        for connection in self.open:
            self.connections.put(connection)

    def round(self, name: str, operators: int, cases: int) -> Watch:
        """As many cases as asked, command by command; each command travels in one piece, COMMIT included."""

        def insert(case: int, step: int) -> None:
            rows = self.material[step]
            stream = f"{name}-{case}"
            connection = self.connections.get()
            with connection.pipeline():
                connection.execute("BEGIN", prepare=True)
                connection.execute(
                    COMMAND, (rows.command[0], f"{stream}/{step}", stream, *rows.command[3:]), prepare=True
                )
                inserted = connection.execute(ENTRIES, [stream, rows.versions, rows.topics, rows.states], prepare=True)
                connection.execute("COMMIT", prepare=True)
            inserted.fetchall()
            self.connections.put(connection)

        return work(operators, cases, len(self.material), insert)

    def close(self) -> None:
        """Give the connections back."""
        for connection in self.open:
            connection.close()
