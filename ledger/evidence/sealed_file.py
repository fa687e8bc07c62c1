"""A file as it lies in the store: a line that says what it is, a header, and pieces that only its own key opens.

Each file has a random key, which the header holds sealed under the person's key. The pieces are sealed one by one
(AES-256-GCM, the STREAM construction): number and end are part of nonce and associated data, so that a piece that is
missing, moved or added is noticed, at the end too.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.canonical import canonical
from ledger.evidence.errors import EvidenceDamaged

MAGIC = b"casefold evidence 1\n"
"""Frozen: another form begins with another line."""
PIECE = 64 * 1024
TAG = 16
KEY = 32
PREFIX = 7
"""Random bytes of the nonce; the number of the piece has four more, and its end the last one."""
LONGEST_HEADER = 16 * 1024


class Readable(Protocol):
    """Whatever bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; none at the end."""


def pieces(file: Readable, size: int = PIECE) -> Iterator[tuple[bytes, bool]]:
    """A file in pieces of the same size, and whether one is the last. Nothing comes of an empty file."""
    piece = _read(file, size)
    while piece:
        following = _read(file, size) if len(piece) == size else b""
        yield piece, not following
        piece = following


def _read(file: Readable, size: int) -> bytes:
    """So many bytes, or all that are left: files that come over a network give fewer at a time."""
    parts = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


class FileSealer:
    """Seals one file, piece by piece, in order."""

    def __init__(self, key: bytes, token: str, place: str) -> None:
        self._cipher = AESGCM(key)
        self._prefix = os.urandom(PREFIX)
        self._number = 0
        prefix = base64.b64encode(self._prefix).decode()
        self.header = MAGIC + canonical({"key": token, "place": place, "piece": PIECE, "prefix": prefix}) + b"\n"
        self._digest = hashlib.sha256(self.header).digest()

    def seal(self, piece: bytes, last: bool) -> bytes:
        """The next piece as it is stored."""
        nonce, data = _place(self._prefix, self._digest, self._number, last)
        self._number += 1
        return self._cipher.encrypt(nonce, piece, data)


@dataclass(frozen=True)
class Header:
    """What stands before the pieces."""

    token: str
    """The file's key, sealed under the person's."""
    place: str
    """The case that it belongs to."""
    prefix: bytes
    digest: bytes

    @classmethod
    def read(cls, file: Readable) -> Header:
        """From the beginning of an object. Raises EvidenceDamaged."""
        buffered = io.BytesIO()
        if _read(file, len(MAGIC)) != MAGIC:
            raise EvidenceDamaged("it does not begin like a file of evidence")
        while (byte := file.read(1)) != b"\n":
            if not byte or buffered.tell() >= LONGEST_HEADER:
                raise EvidenceDamaged("its header has no end")
            buffered.write(byte)
        line = buffered.getvalue()
        try:
            found = json.loads(line)
            token, place, prefix = found["key"], found["place"], base64.b64decode(found["prefix"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceDamaged("its header cannot be read") from error
        if not isinstance(token, str) or not isinstance(place, str) or len(prefix) != PREFIX or found["piece"] != PIECE:
            raise EvidenceDamaged("its header cannot be read")
        return cls(token, place, prefix, hashlib.sha256(MAGIC + line + b"\n").digest())


def opened(file: Readable, header: Header, key: bytes) -> Iterator[bytes]:
    """The pieces after the header, each whole and in its place. Raises EvidenceDamaged."""
    cipher = AESGCM(key)
    ended = False
    for number, (piece, last) in enumerate(pieces(file, PIECE + TAG)):
        nonce, data = _place(header.prefix, header.digest, number, last)
        try:
            yield cipher.decrypt(nonce, piece, data)
        except InvalidTag as error:
            raise EvidenceDamaged(f"piece {number + 1} does not open") from error
        ended = last
    if not ended:
        raise EvidenceDamaged("its end is missing")


def _place(prefix: bytes, digest: bytes, number: int, last: bool) -> tuple[bytes, bytes]:
    """Nonce and associated data of a piece: its file, its number, and whether it is the last."""
    at = number.to_bytes(4, "big") + (b"\1" if last else b"\0")
    return prefix + at, digest + at
