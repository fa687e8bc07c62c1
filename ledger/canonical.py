"""Commands and events as plain JSON values, and the one canonical form of JSON (RFC 8785): no floats, no open ends."""

from __future__ import annotations

import dataclasses
import json
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from ledger.errors import NotWritable

LARGEST = 1 << 20
"""Bytes of one entry or command. Files do not belong into the ledger; their digests do."""
LARGEST_NUMBER = 2**53 - 1


def plain(value: Any) -> Any:
    """The value as JSON knows it: text in NFC, instants in UTC with microseconds, money as text.

    Raises NotWritable for what would not come back as it was: floats, times without zone, NUL characters.
    """
    kind = type(value)
    if kind is str:
        return text(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        return count(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, Decimal):
        return money(value)
    if dataclasses.is_dataclass(value):
        return {name: _part(name, getattr(value, name)) for name in _names(kind)}
    if isinstance(value, Mapping):
        return {_key(key): _part(key, part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, str):
        return text(str(value))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        raise NotWritable("a float has no exact value: use Decimal for money, int for counts")
    raise NotWritable(f"a {kind.__name__} cannot be written")


def text(value: str) -> str:
    """Text in normal form C, so that equal words are equal bytes."""
    if not isinstance(value, str):
        raise NotWritable(f"{value!r} is not text")
    if "\0" in value:
        raise NotWritable("text with a NUL character cannot be written")
    if value.isascii():
        return value
    return unicodedata.normalize("NFC", value)


def instant(value: datetime) -> str:
    """RFC 3339 in UTC with microseconds: 2026-11-22T03:46:00.000000Z."""
    if value.tzinfo is None:
        raise NotWritable(f"{value.isoformat()} has no time zone")
    try:
        utc = value.astimezone(UTC)
    except OverflowError:
        raise NotWritable(f"{value.isoformat()} is outside the calendar") from None
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def money(value: Decimal) -> str:
    """The number as people write it, with the places it has."""
    if not value.is_finite() or abs(value.adjusted()) > 100:
        raise NotWritable(f"{value} is not an amount")
    return format(value, "f")


def count(value: int) -> int:
    """A whole number that every reader of JSON takes for the same one."""
    if abs(value) > LARGEST_NUMBER:
        raise NotWritable(f"{value} is too large a number")
    return value


def canonical(value: Any) -> bytes:
    """The one form of plain values: RFC 8785.

    For what `plain` gives (no floats, safe integers, ASCII names) the standard library's encoder writes exactly that
    form, ten times faster than the library made for it; tests/ledger/test_canonical.py holds the two together.
    """
    try:
        state = _ENCODER.encode(value).encode()
    except UnicodeEncodeError:
        raise NotWritable("text with half a character cannot be written") from None
    if len(state) > LARGEST:
        raise NotWritable(f"{len(state)} bytes are too many for one entry, at most {LARGEST}: keep files outside")
    return state


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _key(name: object) -> str:
    if not isinstance(name, str) or not name.isascii() or "\0" in name:
        raise NotWritable(f"{name!r:.50} is not a name")
    return name


_fields: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    try:
        return _fields[kind]
    except KeyError:
        return _fields.setdefault(kind, tuple(field.name for field in dataclasses.fields(kind)))


def _part(name: object, value: Any) -> Any:
    try:
        return plain(value)
    except NotWritable as error:
        raise NotWritable(f"{name}: {error}") from None
