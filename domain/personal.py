"""Marks the fields that hold personal data, where they are named, with the person they belong to.

Whoever must not show such a field (logs, workflows, search attributes, masked screens) asks here and keeps no list.
"""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Personal:
    """The annotation on a field: whose personal data it is (requirement L-04)."""

    subject: str
    """The field that names the data subject, or a fixed word such as ``customer``."""


Customers = Annotated[T, Personal("customer")]
"""Personal data of the customer: who they are and what they told us."""

Staffs = Annotated[T, Personal("actor")]
"""Free words about a case written by staff; they may name anybody, so they are treated as personal data."""


def personal_fields(message: type[Any]) -> dict[str, Personal]:
    """Field name → its mark, for the fields of a command or event that hold personal data."""
    if message not in _MARKS:
        hints = get_type_hints(message, include_extras=True)
        marks = {field.name: _mark(hints[field.name]) for field in dataclasses.fields(message)}
        _MARKS[message] = {name: mark for name, mark in marks.items() if mark is not None}
    return _MARKS[message]


_MARKS: dict[type[Any], dict[str, Personal]] = {}


def _mark(hint: Any) -> Personal | None:
    """The mark on a field itself, or on a field of the records that it holds."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return next(iter(personal_fields(hint).values()), None)
    args = get_args(hint)
    if get_origin(hint) is Annotated:
        own = next((extra for extra in args[1:] if isinstance(extra, Personal)), None)
        return own or _mark(args[0])
    return next((mark for mark in map(_mark, args) if mark is not None), None)
