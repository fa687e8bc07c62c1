"""A file as it lies in the store: nothing of it is readable, and nothing of it can be changed unnoticed."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest

from ledger.evidence.errors import EvidenceDamaged
from ledger.evidence.sealed_file import KEY, MAGIC, PIECE, TAG, FileSealer, Header, opened, pieces

SECRET = os.urandom(KEY)
SIZES = [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5]


class Trickle:
    """A file that comes over a slow network: a few bytes at a time."""

    def __init__(self, content: bytes) -> None:
        self._file = io.BytesIO(content)

    def read(self, size: int, /) -> bytes:
        """Fewer than were asked for."""
        return self._file.read(min(size, 1000))


def sealed(content: bytes, key: bytes = SECRET) -> bytes:
    """The object of a file."""
    sealer = FileSealer(key, "token", "evidence/C-2026-000001")
    return sealer.header + b"".join(sealer.seal(piece, last) for piece, last in pieces(Trickle(content)))


def unsealed(object_: bytes, key: bytes = SECRET) -> bytes:
    """The file of an object."""
    file = Trickle(object_)
    return b"".join(opened(file, Header.read(file), key))


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize("size", SIZES)
def test_what_was_sealed_comes_back_and_is_not_to_be_seen_in_the_object(size: int) -> None:
    content = os.urandom(size)
    object_ = sealed(content)
    assert unsealed(object_) == content
    assert size < 20 or content[:20] not in object_
    assert object_ != sealed(content), "the same file is another object each time"
    header = Header.read(io.BytesIO(object_))
    assert (header.token, header.place) == ("token", "evidence/C-2026-000001")
    with pytest.raises(EvidenceDamaged):
        unsealed(object_, os.urandom(KEY))


def changed(object_: bytes, other: bytes) -> Iterator[tuple[str, bytes]]:
    """Everything that somebody who can write the store may try, and has the ciphertexts of another file for it."""
    begin = object_.index(b"\n", len(MAGIC)) + 1
    header, step = object_[:begin], PIECE + TAG
    parts = [object_[at : at + step] for at in range(begin, len(object_), step)]
    others = [other[at : at + step] for at in range(begin, len(other), step)]
    for place in {0, len(MAGIC) + 3, begin - 5, *range(begin, len(object_), 9973), len(object_) - 1}:
        yield f"bit {place}", object_[:place] + bytes([object_[place] ^ 1]) + object_[place + 1 :]
    for end in (0, 5, begin, begin + step, len(object_) - step, len(object_) - 1):
        yield f"cut at {end}", object_[:end]
    yield "swapped", header + b"".join([parts[1], parts[0], *parts[2:]])
    yield "one left out", header + b"".join([parts[0], *parts[2:]])
    yield "one twice", header + b"".join([parts[0], parts[0], *parts[1:]])
    yield "something added", object_ + b"x"
    yield "a piece added", object_ + parts[0]
    yield "an end in the middle", header + parts[0] + parts[-1]
    yield "a piece of another", header + b"".join([others[0], *parts[1:]])
    yield "all of another", header + b"".join(others)
    yield "the header of another", other[:begin] + b"".join(parts)


@pytest.mark.requirement("L-03", "L-04")
def test_a_change_anywhere_is_noticed_at_the_end_too() -> None:
    object_, other = sealed(bytes(3 * PIECE + 77)), sealed(bytes(3 * PIECE + 77))
    tried = list(changed(object_, other))
    unnoticed = []
    for what, mutant in tried:
        try:
            unsealed(mutant)
            unnoticed.append(what)
        except EvidenceDamaged:
            pass
    assert not unnoticed
    assert len(tried) > 35
