"""Somebody with every right in the database changes one byte of one column of one row, then it is as it was again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection

from ledger.seal.findings import Report
from ledger.seal.sealer import Sealer
from ledger.seal.verify import verify
from tests.intruder import FENCED
from tests.seal.conftest import House

ENTRY = {
    "originator_id": "text",
    "originator_version": "bigint",
    "topic": "text",
    "state": "bytea",
    "notification_id": "bigint",
}
COMMAND = {
    "actor_id": "text",
    "command_id": "text",
    "stream": "text",
    "name": "text",
    "salt": "bytea",
    "digest": "bytea",
    "body": "jsonb",
    "actor": "jsonb",
    "expected_version": "bigint",
    "received_at": "timestamptz",
    "refusal": "jsonb",
    "events": "text[]",
    "first_version": "bigint",
    "last_version": "bigint",
}
"""Columns of a command, without ``outcome``: the table itself allows no other byte in it."""
SEALED = "SELECT ctid, {columns} FROM casefold.stored_events WHERE notification_id <= %s ORDER BY notification_id"
TOLD = "SELECT ctid, {columns} FROM casefold.command ORDER BY received_at"


@dataclass(frozen=True)
class Edit:
    """One byte, changed."""

    table: str
    row: int
    """Number of the row in the order of the ledger: for an entry the index of its leaf."""
    column: str
    before: Any
    after: Any


class Tampering:
    """A connection on which everything is taken back after each look."""

    def __init__(self, house: House, connection: Connection[Any], seed: int) -> None:
        self.house = house
        self.connection = connection
        self.random = random.Random(seed)
        position = connection.execute("SELECT last_position FROM casefold_seal.head").fetchall()[0][0]
        self.entries = self._rows(SEALED, ENTRY, [position])
        self.commands = self._rows(TOLD, COMMAND, [])

    def _rows(self, statement: str, columns: dict[str, str], params: list[Any]) -> list[tuple[Any, ...]]:
        shown = {"jsonb": "{}::text", "timestamptz": "(extract(epoch FROM {}) * 1000000)::bigint"}
        names = [shown.get(kind, "{}").format(column) for column, kind in columns.items()]
        found = self.connection.execute(statement.format(columns=", ".join(names)).encode(), params).fetchall()
        return [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in found]

    @contextmanager
    def change(self, *statements: str, params: tuple[Any, ...] = ()) -> Iterator[None]:
        """Do this, for the length of the block."""
        with self.connection.transaction(force_rollback=True):
            for statement in statements:
                self.connection.execute(statement.encode(), params)
            yield

    def look(self, **more: Any) -> Report:
        """What a verification finds now."""
        return verify(self.connection, self.house.folder, self.house.signer.verifier, **more)

    def edit(self, table: str, then: Callable[[Tampering], None] = lambda _: None) -> tuple[Edit, Report]:
        """Change a byte somewhere, look, take it back. Tries until the database lets it happen.

        ``then`` is what somebody does besides, before it is looked.
        """
        rows, columns = (self.entries, ENTRY) if table == "stored_events" else (self.commands, COMMAND)
        while True:
            number = self.random.randrange(len(rows))
            column, kind = self.random.choice(list(columns.items()))
            before = rows[number][1 + list(columns).index(column)]
            after = self._one_byte(before, kind)
            if after is None:
                continue
            value = "to_timestamp(%s::double precision / 1000000)" if kind == "timestamptz" else f"%s::{kind}"
            statement = f"UPDATE casefold.{table} SET {column} = {value} WHERE ctid = %s::tid"
            try:
                with self.change(statement, params=(after, rows[number][0])):
                    then(self)
                    return Edit(table, number, column, before, after), self.look()
            except (psycopg.IntegrityError, psycopg.DataError):
                continue

    def _one_byte(self, before: Any, kind: str) -> Any:
        """The value with one byte changed; None when that makes no value of this kind, or the same one."""
        if before is None or before in ("", [], b""):
            return None
        if kind in ("bigint", "timestamptz"):
            raw = bytearray(before.to_bytes(8, signed=True))
            # Of an instant only the lower bytes: others lie outside the calendar.
            raw[self.random.randrange(3 if kind == "timestamptz" else 0, 8)] ^= self.random.randrange(1, 256)
            return int.from_bytes(raw, signed=True)
        if kind == "text[]":
            place = self.random.randrange(len(before))
            changed = self._one_byte(before[place], "text")
            return None if changed is None else [*before[:place], changed, *before[place + 1 :]]
        raw = bytearray(before if kind == "bytea" else before.encode())
        raw[self.random.randrange(len(raw))] ^= self.random.randrange(1, 256)
        if kind == "bytea":
            return bytes(raw)
        try:
            text = raw.decode()
            if "\0" in text or (kind == "jsonb" and json.loads(text) == json.loads(before)):
                return None
        except ValueError:
            return None
        return text


@contextmanager
def tampering(house: House, seed: int) -> Iterator[Tampering]:
    """Somebody with every right, in one transaction that never ends well."""
    with psycopg.connect(house.owner_url) as connection:
        for table in FENCED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER".encode())
        yield Tampering(house, connection, seed)
        connection.rollback()


RESEAL = """
CREATE TEMP TABLE kept AS SELECT * FROM casefold_seal.checkpoint ORDER BY size;
DELETE FROM casefold_seal.leaf; DELETE FROM casefold_seal.stream_head; DELETE FROM casefold_seal.checkpoint;
UPDATE casefold_seal.head SET size = 0, last_position = 0, peaks = ''
"""


def rewritten(somebody: Tampering) -> None:
    """Make the tables of seals fit what the entries say now, as if they had always said it."""
    somebody.connection.execute(RESEAL.encode())
    limits = somebody.connection.execute("SELECT size, note FROM kept ORDER BY size").fetchall()
    sealer = Sealer(somebody.house.signer.name)
    before = 0
    for size, _ in limits:
        sealer.limit = size - before
        sealed = sealer.seal(somebody.connection)
        before = sealed.size if sealed else before
    somebody.connection.execute(
        "UPDATE casefold_seal.checkpoint AS c SET note = k.note FROM kept AS k WHERE k.size = c.size"
    )
