"""Personal data made unreadable for programs, yet recognisable: 张*, 138****5678, m***@example.com, ‹12›.

Where data cannot be opened, the word that says why stands as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from domain.commands import ReceiveCase
from domain.message import Event
from domain.personal import HIDDEN, Personal, each_personal, personal_fields
from ledger.canonical import plain

NAMES = frozenset({"customer_name"})
CONTACTS = frozenset({"contact"})
PERSONAL = frozenset(personal_fields(ReceiveCase))
"""The fields of the intake record that hold personal data: they are marked where they come in."""


def mask(field: str, value: str) -> str:
    """What may be shown of a personal field to everybody. Empty stays empty."""
    if not value or value in HIDDEN:
        return value
    if field in NAMES:
        return " ".join(part[0] + "*" * max(len(part) - 1, 1) for part in value.split())
    return _contact(value) if field in CONTACTS else f"‹{len(value)}›"


def _contact(contact: str) -> str:
    local, at, host = contact.rpartition("@")
    if at and local:
        return f"{local[0]}***@{host}"
    digits = re.sub(r"\D", "", contact)
    if len(digits) >= 7:
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 11 else f"{digits[:2]}****{digits[-2:]}"
    return contact[0] + "***"


def fields_of(event: Event, *, reveal: bool = False) -> dict[str, Any]:
    """The fields of an opened event as plain values, personal ones masked unless they are to be revealed."""
    data: dict[str, Any] = plain(event)
    if reveal:
        return data

    def masked(mark: Personal, path: str, text: str) -> str:
        name = data.get(mark.named_by) if mark.named_by else path.rpartition(".")[2]
        return mask(str(name), text)

    return each_personal(type(event), data, masked)


def personal_in(event: Event) -> set[str]:
    """The names of the fields of an event that hold personal data, readable or not."""
    found: set[str] = set()

    def note(mark: Personal, path: str, text: str) -> str:
        found.add(path.partition("[")[0])
        return text

    each_personal(type(event), plain(event), note)
    return found


def intake_of(intake: Mapping[str, Any], *, reveal: bool) -> dict[str, Any]:
    """The opened intake record as plain values; what is empty stays empty."""
    if reveal:
        return dict(intake)
    return {name: mask(name, value) if name in PERSONAL else value for name, value in intake.items()}
