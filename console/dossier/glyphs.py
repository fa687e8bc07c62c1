"""Which characters a font has: without this, what it lacks would be an empty box on paper."""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

INVISIBLE = frozenset(("Cf", "Mn"))
"""Kinds of characters that only change how others look."""


@cache
def characters(font: Path) -> frozenset[int]:
    """The code points that the font has a glyph for (its table ``cmap``, of which formats 4 and 12 are read)."""
    data = font.read_bytes()
    (tables,) = struct.unpack_from(">H", data, 4)
    for number in range(tables):
        tag, _sum, offset, _length = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == b"cmap":
            return frozenset(_mapped(data, offset))
    return frozenset()


def _mapped(data: bytes, cmap: int) -> Iterator[int]:
    (number,) = struct.unpack_from(">H", data, cmap + 2)
    for place in range(number):
        platform, _encoding, offset = struct.unpack_from(">HHI", data, cmap + 4 + 8 * place)
        (form,) = struct.unpack_from(">H", data, cmap + offset)
        if platform in (0, 3) and form == 12:
            yield from _groups(data, cmap + offset)
        elif platform in (0, 3) and form == 4:
            yield from _segments(data, cmap + offset)


def _groups(data: bytes, table: int) -> Iterator[int]:
    (groups,) = struct.unpack_from(">I", data, table + 12)
    for place in range(groups):
        first, last, _glyph = struct.unpack_from(">III", data, table + 16 + 12 * place)
        yield from range(first, last + 1)


def _segments(data: bytes, table: int) -> Iterator[int]:
    (twice,) = struct.unpack_from(">H", data, table + 6)
    for place in range(0, twice, 2):
        (last,) = struct.unpack_from(">H", data, table + 14 + place)
        (first,) = struct.unpack_from(">H", data, table + 16 + twice + place)
        if first != 0xFFFF:
            yield from range(first, last + 1)


def printable(text: str, there: frozenset[int]) -> str:
    """The text with a name in the place of each character that the font lacks: ``‹U+1F621›``."""
    if all(ord(char) in there or char == "\n" for char in text):
        return text
    return "".join(_shown(char, there) for char in unicodedata.normalize("NFC", text))


def _shown(char: str, there: frozenset[int]) -> str:
    if ord(char) in there or char == "\n":
        return char
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in INVISIBLE else f"‹U+{ord(char):04X}›"
