"""Marks the fields that hold personal data, where they are named, with the person they belong to.

Whoever must not show such a field (logs, workflows, search attributes, masked screens) asks here and keeps no list.
In the ledger, and in every state folded from it, such a field is *sealed*: text that only its person's key opens.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")

SEALED = "$enc1."
"""How a sealed field begins."""
ERASED = "‹erased›"
"""What stands where data was whose key is destroyed."""
RESTRICTED = "‹restricted›"
"""What stands where data may only be kept, not used."""
LOCKED = "‹locked: its key is not available now›"
"""What stands where data is whose key cannot be had at this moment."""
DAMAGED = "‹does not open: it was altered, or its key was exchanged›"
"""What stands where a sealed field does not open with the key of its person."""
HIDDEN = frozenset((ERASED, RESTRICTED, LOCKED, DAMAGED))


@dataclasses.dataclass(frozen=True)
class Personal:
    """The annotation on a field: whose personal data it is (requirement L-04)."""

    subject: str
    """Whose: a fixed word, ``customer`` or ``actor``."""
    named_by: str = ""
    """The field that says what this one holds, where that decides; empty: it always holds personal data."""
    but: frozenset[str] = frozenset()
    """What the other field says when this one holds none."""

    def holds(self, data: Mapping[str, Any]) -> bool:
        """Whether the field holds personal data in a message with these fields."""
        return not self.named_by or data.get(self.named_by) not in self.but


Customers = Annotated[T, Personal("customer")]
"""Personal data of the customer: who they are and what they told us."""

Staffs = Annotated[T, Personal("actor")]
"""Free words about a case written by staff; they may name anybody, so they are treated as personal data."""


def is_sealed(value: object) -> bool:
    """Whether this is the text of a sealed field."""
    return isinstance(value, str) and value.startswith(SEALED)


def personal_fields(message: type[Any]) -> dict[str, Personal]:
    """Field name → its mark, for the fields of a command or event that hold personal data."""
    return {name: found[0] for name, found in _plan(message).items()}


def each_personal(
    message: type[Any], data: Mapping[str, Any], change: Callable[[Personal, str, str], str], path: str = ""
) -> dict[str, Any]:
    """These plain fields of a message with every personal text in them changed: (mark, path, text) → text.

    Records within it are gone through too; empty texts stay empty.
    """
    changed = dict(data)
    for name, (mark, record) in _plan(message).items():
        value = changed.get(name)
        where = f"{path}.{name}" if path else name
        if record is not None:
            changed[name] = _inside(record, value, change, where)
        elif isinstance(value, str) and value and mark.holds(data):
            changed[name] = change(mark, where, value)
    return changed


def _inside(record: type[Any], value: Any, change: Callable[[Personal, str, str], str], path: str) -> Any:
    if isinstance(value, Mapping):
        return each_personal(record, value, change, path)
    if isinstance(value, list):
        return [_inside(record, part, change, f"{path}[{number}]") for number, part in enumerate(value)]
    return value


_Plan = dict[str, tuple[Personal, type[Any] | None]]
_PLANS: dict[type[Any], _Plan] = {}


def _plan(message: type[Any]) -> _Plan:
    """Field → its mark, and the type of the records that it holds when the mark is inside of these."""
    if message not in _PLANS:
        hints = get_type_hints(message, include_extras=True)
        found = {field.name: _mark(hints[field.name]) for field in dataclasses.fields(message)}
        _PLANS[message] = {name: mark for name, mark in found.items() if mark is not None}
    return _PLANS[message]


def _mark(hint: Any) -> tuple[Personal, type[Any] | None] | None:
    """The mark on a field itself, or on a field of the records that it holds."""
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        marks = personal_fields(hint)
        return (next(iter(marks.values())), hint) if marks else None
    args = get_args(hint)
    if get_origin(hint) is Annotated:
        own = next((extra for extra in args[1:] if isinstance(extra, Personal)), None)
        return (own, None) if own else _mark(args[0])
    return next((mark for mark in map(_mark, args) if mark is not None), None)
