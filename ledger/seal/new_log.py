"""Begins a new log for a ledger whose old one cannot go on, and leaves a note about it that both keys have signed.

What was published of the old log, its memory and its key stay, under other names. Run again after a crash it goes on
where it was.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from psycopg import Connection

from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.seal.keys import make_key, read_key
from ledger.seal.notary import Memory
from ledger.seal.note import Signer, signed

EARLIER = "earlier"
"""Where in the published folder the older logs lie."""
FORK = "fork"
"""The note that a new log begins with: which one it follows, how far that had come, and why."""
LOGS = "SELECT log, origin FROM casefold_seal.head ORDER BY log"
BEGIN = "INSERT INTO casefold_seal.head (log, origin, reason) VALUES (%s, %s, %s)"


def begin_anew(connection: Connection[Any], key: Path, memory: Memory, folder: Folder, reason: str) -> str:
    """Begin the next log; its name. Only whoever holds the sealer's lock may do it. Raises SealRefused."""
    logs = connection.execute(LOGS).fetchall()
    if not logs:
        raise SealRefused("Nothing was sealed yet: there is no log that a new one could follow.")
    number, origin = logs[-1]
    draft = key.with_name(f"{key.name}.next")
    if draft.exists() and read_key(draft).name == origin:
        _take_over(key, draft, number - 1)
        return str(origin)
    if not key.exists() or read_key(key).name != origin:
        raise SealRefused(f"The key of {origin} is not in {key}.")
    old, new = read_key(key), make_key(draft, f"{logs[0][1]}/{number + 1}")
    _say(folder, memory, old, new, reason)
    for name in folder.names("."):
        if name not in (EARLIER, FORK):
            target = folder.path / EARLIER / quote(old.name, safe="") / name
            target.parent.mkdir(parents=True, exist_ok=True)
            (folder.path / name).rename(target)
    if memory.path.exists():
        memory.path.rename(memory.path.with_name(f"{memory.path.name}.{number}"))
    connection.execute(BEGIN, [number + 1, new.name, reason])
    _take_over(key, draft, number)
    return new.name


def _say(folder: Folder, memory: Memory, old: Signer, new: Signer, reason: str) -> None:
    """Write the note, unless an attempt before has done so."""
    there = folder.read(FORK)
    if there is not None and f"\n{new.verifier}\n" in there.decode():
        return
    last = memory.recall(old.name)
    size, root = last.size, last.root
    published = folder.checkpoint()
    if published is not None and published[0].signed_by(old.verifier) and published[1].size > size:
        size, root = published[1].size, published[1].root
    lines = ("casefold fork v1", old.verifier, size, base64.b64encode(root).decode(), new.verifier, _line(reason))
    text = "".join(f"{line}\n" for line in lines)
    folder.replace({FORK: signed(text, [old, new]).encode()})


def _take_over(key: Path, draft: Path, number: int) -> None:
    """The new key in the place of the old one, which is kept."""
    kept = key.with_name(f"{key.name}.{number}")
    if not kept.exists():
        os.link(key, kept)
    draft.replace(key)


def _line(text: str) -> str:
    return " ".join(text.split()) or "no reason was given"
