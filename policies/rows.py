"""The rows of a pack: which rule of the book is kept by which requirement, and where in the sheets it is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.policy import Sheet

FIELDS = {
    "happened_at_window": "happened_at_window_seconds",
    "reminders": "remind_after_seconds",
    "survey": "survey_lapse_seconds",
    "warranty": "repair_warranty_days",
}
"""Tables of a sheet file that have another name in `Sheet`."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A rule of the book, and where it is found."""

    book: str
    """Place in the rule book, such as O3.1.1; or ``users`` for what its users need."""
    requirement: tuple[str, ...]
    where: tuple[str, ...]
    """A parameter, or a part of the sheets such as ``clocks.first_response``, ``complaint/needs.review``."""
    note: str = ""


def found(where: str, sheets: Mapping[str, Sheet]) -> bool:
    """Whether a sheet has it; ``complaint/…`` asks the sheet of that kind only."""
    kind, slash, rest = where.partition("/")
    if slash:
        return kind in sheets and _has(sheets[kind], rest)
    return any(_has(sheet, where) for sheet in sheets.values())


def _has(sheet: Sheet, where: str) -> bool:
    if where in sheet.parameters:
        return True
    first, _, rest = where.partition(".")
    return _names(getattr(sheet, FIELDS.get(first, first), None), rest)


def _names(value: Any, name: str) -> bool:
    """Whether the value has something of this name; without a name, whether it is there at all."""
    if not name:
        return bool(value)
    if isinstance(value, Mapping):
        first, _, rest = name.partition(".")
        return first in value and (not rest or _names(value[first], rest))
    return isinstance(value, tuple) and any(name in (item, getattr(item, "name", None)) for item in value)
