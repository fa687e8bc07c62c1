"""The rows of commands in a bundle: one line each, in the order of the first entry that tells of it.

Entries hold a command's salted digest; salt and body in a line lead to it. The body is carried as text, exactly as it
is hashed. What it says of persons is sealed there as it is in entries.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Protocol

from psycopg import Connection
from psycopg.rows import tuple_row
from pydantic_core import from_json

from ledger.canonical import canonical
from ledger.seal.command_facts import COMMANDS, GAP, CommandRow, command_in
from ledger.seal.errors import SealRefused

OWN_STREAM = """CASE outcome WHEN 'refused' THEN 'refused:' ELSE 'accepted:' END
|| replace(replace(actor_id, '%%', '%%25'), '/', '%%2F') || '/' || command_id"""
"""The stream with what the ledger itself says of a command (ledger/refused.py)."""
IN_ORDER = f"""{COMMANDS}
JOIN casefold.stored_events AS e
  ON e.originator_id = CASE WHEN cardinality(events) > 0 THEN stream ELSE {OWN_STREAM} END
 AND e.originator_version = CASE WHEN cardinality(events) > 0 THEN first_version ELSE 1 END
WHERE e.notification_id <= %(last)s AND (%(stream)s::text IS NULL OR stream = %(stream)s)
ORDER BY e.notification_id
"""
OF_CASE = f"""
SELECT e.notification_id, e.originator_id, e.originator_version, e.topic, e.state, l.leaf_index
FROM (SELECT * FROM casefold.stored_events WHERE originator_id = %(stream)s
      UNION ALL
      SELECT own.* FROM casefold.command
      JOIN casefold.stored_events AS own ON own.originator_version = 1 AND own.originator_id = {OWN_STREAM}
      WHERE stream = %(stream)s AND (outcome = 'refused' OR cardinality(events) = 0)) AS e
LEFT JOIN casefold_seal.leaf AS l ON l.position = e.notification_id
     AND l.log = (SELECT log FROM casefold_seal.head WHERE origin = %(origin)s)
ORDER BY e.notification_id
"""
"""The entries of a stream, and those in which the ledger itself tells of its commands."""


class Lines(Protocol):
    """Where lines go."""

    def write(self, line: bytes, /) -> object:
        """One more."""


class Commands:
    """Writes the line of each command as its first entry comes by. Raises SealRefused."""

    def __init__(self, connection: Connection[Any], file: Lines, last: int, stream: str | None = None) -> None:
        self._rows = _rows(connection, last, stream)
        self._file = file
        self._newest: tuple[bytes, bytes] | None = None
        self.number = 0

    def follow(self, stream: str, version: int, state: bytes) -> None:
        """The next entry."""
        command = command_in(state)
        if command == self._newest:
            return
        self._newest = command
        row = next(self._rows, None)
        if row is None or command is None or row.key != command[0]:
            raise SealRefused(
                f"Entry {version} of {stream} and the commands do not tell the same: casefold verify tells more."
            )
        self._file.write(line_of(row) + b"\n")
        self.number += 1


def line_of(row: CommandRow) -> bytes:
    """A command as a bundle has it."""
    return canonical(
        {
            "actor": json.loads(row.actor),
            "actor_id": row.actor_id,
            "body": canonical(from_json(row.body)).decode(),
            "command_id": row.command_id,
            "events": row.events.split(GAP) if row.number else [],
            "expected_version": row.expected_version,
            "first_version": row.first_version,
            "last_version": row.last_version,
            "name": row.name,
            "outcome": row.outcome,
            "received_at": row.received_at,
            "refusal": json.loads(row.refusal) if row.refusal else None,
            "salt": base64.b64encode(row.salt).decode(),
            "stream": row.stream,
        }
    )


def _rows(connection: Connection[Any], last: int, stream: str | None) -> Iterator[CommandRow]:
    with connection.cursor("casefold_bundle_commands", row_factory=tuple_row, binary=True) as cursor:
        cursor.itersize = 2000
        cursor.execute(IN_ORDER.encode(), {"last": last, "stream": stream})
        for row in cursor:
            yield CommandRow(*row)
