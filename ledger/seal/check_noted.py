"""Checks what the ledger says of its own seals: each checkpoint that was noted in it is one of this very tree."""

from __future__ import annotations

import base64
import json
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from domain.log_stream import CheckpointPublished
from ledger.seal.errors import NoSeals
from ledger.seal.findings import Check, Fault, Report, Verdict
from ledger.seal.folder import Folder
from ledger.seal.merkle import subtree
from ledger.seal.note import BadNote, Checkpoint, Note, Verifier
from ledger.seal.tiles import Tiles

NOTED = """
SELECT notification_id, originator_version, state FROM casefold.stored_events
WHERE originator_id = %s AND topic = %s ORDER BY originator_version
"""


def check_noted(report: Report, connection: Connection[Any], folder: Folder, key: Verifier, size: int) -> None:
    """Whether what is noted is signed by the log and leads into the published tree."""
    check = Check("noted")
    report.checks.append(check)
    stream = f"log:{key.name}"
    cursor = connection.cursor(row_factory=tuple_row, binary=True)
    rows = cursor.execute(NOTED, [stream, CheckpointPublished.__name__]).fetchall()
    tiles = Tiles(folder.read, size)
    for position, version, state in rows:
        if (wrong := _wrong(state, tiles, key)) is not None:
            fault = Fault(wrong[0], None, position, stream, version, CheckpointPublished.__name__, wrong[1])
            check.fault(fault)
    check.found = f"{len(rows)} checkpoints that the ledger itself noted are of this tree"


def _wrong(state: bytes | None, tiles: Tiles, key: Verifier) -> tuple[Verdict, str] | None:
    try:
        data = json.loads(state or b"")["data"]
        note = Note.parse(data["note"])
        checkpoint = Checkpoint.parse(note.text)
        said = (data["origin"], data["size"], data["root"])
    except (ValueError, KeyError, TypeError, BadNote) as error:
        return Verdict.CHANGED, f"it cannot be read ({type(error).__name__})"
    if not note.signed_by(key) or checkpoint.origin != key.name:
        return Verdict.BAD_SIGNATURE, f"what it notes is not signed by {key}"
    if said != (checkpoint.origin, checkpoint.size, base64.b64encode(checkpoint.root).decode()):
        return Verdict.INCONSISTENT, "it says something else than the note that it holds"
    if not 0 < checkpoint.size <= tiles.size:
        return Verdict.ROLLED_BACK, f"it notes {checkpoint.size} entries, and {tiles.size} are published"
    try:
        root = subtree(tiles.node, 0, checkpoint.size)
    except NoSeals as error:
        return Verdict.MISSING, str(error)
    return None if root == checkpoint.root else (Verdict.INCONSISTENT, "it notes another tree than the published one")
