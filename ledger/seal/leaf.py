"""What is hashed of an entry: its place, its time and the digest of its bytes, in one form that never changes.

The form is canonical JSON (RFC 8785) with fixed members, written from a template: the general encoder takes ten times
as long. ``v`` is the number of this form; another one begins another log.
"""

from __future__ import annotations

import re
from hashlib import sha256
from json.encoder import encode_basestring as quoted

FORM = 1
_END = re.compile(rb',"recorded_at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","salt":"[A-Za-z0-9+/]{22}==","v":2\}\Z')
_END_LENGTH = len(b',"recorded_at":"2026-11-22T03:46:00.000000Z","salt":"AAAAAAAAAAAAAAAAAAAAAA==","v":2}')


def recorded_at(state: bytes) -> str:
    """When an entry was recorded, read from where its canonical form has it; empty when the bytes end otherwise.

    The three members there are the last ones by name and have fixed lengths, so nothing needs to be parsed.
    """
    found = _END.match(state, max(0, len(state) - _END_LENGTH))
    return found[1].decode() if found else ""


class Form:
    """The form for one log, whose name is a part of everything that is hashed."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._log = quoted(origin)

    def entry(
        self, position: int, stream: str, version: int, topic: str | None, state: bytes | None, prev: bytes
    ) -> bytes:
        """The bytes that are hashed. ``prev`` is the leaf hash of the version before, or empty when there is none."""
        at, digest = ("", "null") if state is None else (recorded_at(state), f'"{sha256(state).hexdigest()}"')
        return self.text(position, stream, version, topic, at, digest, prev)

    def text(
        self, position: int, stream: str, version: int, topic: str | None, at: str, digest: str, prev: bytes
    ) -> bytes:
        """The same, for whoever has read the time and has worked out the digest (in quotes) already."""
        name = "null" if topic is None else quoted(topic)
        return (
            f'{{"at":"{at}","id":{quoted(stream)},"log":{self._log},"pos":{position},"prev":"{prev.hex()}",'
            f'"state":{digest},"topic":{name},"v":1,"ver":{version}}}'
        ).encode()

    def leaf(
        self, position: int, stream: str, version: int, topic: str | None, state: bytes | None, prev: bytes
    ) -> bytes:
        """The leaf hash (RFC 6962) of an entry."""
        return sha256(b"\0" + self.entry(position, stream, version, topic, state, prev)).digest()
