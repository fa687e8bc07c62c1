"""Personal data made unreadable, yet recognisable for whoever knows it: 张*, 138****5678, m***@example.com, ‹12›.

Masking what is masked changes nothing, so what came masked from elsewhere can go the same way. Where data cannot be
opened, the word that says why stands as it is.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from domain.personal import HIDDEN, personal_fields

NAMES = frozenset({"customer_name"})
CONTACTS = frozenset({"contact"})
MASKED_NUMBER = re.compile(r"\d{2}\*{4}\d{2}|\d{3}\*{4}\d{4}")
MASKED_TEXT = re.compile(r"‹(\d+)›")

Mask = Callable[[str, str], str]
"""(field, text) → what is shown in its place."""


def mask(field: str, value: str) -> str:
    """What may be shown of a personal field to everybody. Empty stays empty."""
    if not value or value in HIDDEN:
        return value
    if field in NAMES:
        return " ".join(part[0] + "*" * max(len(part) - 1, 1) for part in value.split())
    if field in CONTACTS:
        return _contact(value)
    return value if MASKED_TEXT.fullmatch(value) else f"‹{len(value)}›"


def _contact(contact: str) -> str:
    if MASKED_NUMBER.fullmatch(contact):
        return contact
    local, at, host = contact.rpartition("@")
    if at and local:
        return f"{local[0]}***@{host}"
    digits = re.sub(r"\D", "", contact)
    if len(digits) >= 7:
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"{digits[:2]}****{digits[-2:]}"
    return contact[0] + "***"


def shown_fields(message: Any, *, reveal: bool, masked: Mask = mask) -> dict[str, Any]:
    """The fields of an opened event, command or record, personal ones masked unless they are to be revealed."""
    marks = personal_fields(type(message))
    values = {field.name: getattr(message, field.name) for field in dataclasses.fields(message)}
    if reveal:
        return values
    for name, mark in marks.items():
        if mark.holds(values):
            values[name] = _shown(str(values.get(mark.named_by, name)), values[name], masked)
    return values


def _shown(name: str, value: Any, masked: Mask) -> Any:
    """A text masked; of a record, or several, only the parts that are personal."""
    if isinstance(value, str):
        return masked(name, value)
    if isinstance(value, tuple):
        return tuple(_shown(name, part, masked) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return shown_fields(value, reveal=False, masked=masked)
    return value
