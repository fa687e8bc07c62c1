"""Personal data made unreadable, yet recognisable for whoever knows it: 张*, 138****5678, m***@example.com."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from console.words import N_, _
from domain.personal import HIDDEN, personal_fields

NAMES = frozenset({"customer_name"})
CONTACTS = frozenset({"contact"})
WORDS = (
    N_("‹erased›"),
    N_("‹restricted›"),
    N_("‹locked: its key is not available now›"),
    N_("‹does not open: it was altered, or its key was exchanged›"),
)
"""What stands where a field cannot be read (`domain.personal`)."""


def mask(field: str, value: str) -> str:
    """What may be shown of a personal field to everybody. Empty stays empty."""
    if not value or value in HIDDEN:
        return _(value) if value else value
    if field in NAMES:
        return _name(value)
    if field in CONTACTS:
        return _contact(value)
    return _("‹{length} characters›", length=len(value))


def _name(name: str) -> str:
    return " ".join(part[0] + "*" * max(len(part) - 1, 1) for part in name.split())


def _contact(contact: str) -> str:
    local, at, host = contact.rpartition("@")
    if at and local:
        return f"{local[0]}***@{host}"
    digits = re.sub(r"\D", "", contact)
    if len(digits) >= 7:
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"{digits[:2]}****{digits[-2:]}"
    return contact[0] + "***"


def shown_fields(message: Any, *, reveal: bool) -> dict[str, Any]:
    """The fields of an event or command, personal ones masked unless they are to be revealed."""
    marks = personal_fields(type(message))
    values = {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}
    if reveal:
        return values
    return {name: _masked(name, value) if name in marks else value for name, value in values.items()}


def _masked(name: str, value: Any) -> Any:
    """A text masked; of a record, or several, only the parts that are personal."""
    if isinstance(value, str):
        return mask(name, value)
    if isinstance(value, tuple):
        return tuple(_masked(name, part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return shown_fields(value, reveal=False)
    return value
