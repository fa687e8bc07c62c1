"""Events and intake records as programs get them: plain values, personal ones masked (`domain.masking`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.commands import ReceiveCase
from domain.masking import mask as mask
from domain.message import Event
from domain.personal import Personal, each_personal, personal_fields
from ledger.canonical import plain

PERSONAL = frozenset(personal_fields(ReceiveCase))
"""The fields of the intake record that hold personal data: they are marked where they come in."""


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
