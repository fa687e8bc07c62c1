"""What histories on screens, on paper and in pages have in common: how late an entry is, and its fields in words."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from console.output import clean
from console.when import shown
from console.words import _, clock_label, kind_label, word
from domain.entry import Entry
from domain.events import ClockBreached, ClockEscalated, ClockWarned
from domain.explain import FOUND_LATE
from domain.words import Audience

LATE = timedelta(seconds=1)
"""What is recorded later than this after it happened is marked."""
FOUND = (ClockWarned, ClockBreached, ClockEscalated)
"""What is found when its time has come."""
PARTIES = frozenset({"to", "given_by", "of"})
"""Fields that hold a person, or the word for the customer."""


def late_by(entry: Entry) -> timedelta | None:
    """How much later than it happened it was recorded; None when at once."""
    late = entry.recorded_at - entry.happened_at
    return late if late > (FOUND_LATE if is_found(entry) else LATE) else None


def is_found(entry: Entry) -> bool:
    """Whether it is something that is noticed when its time has come: late only if the system was down."""
    return isinstance(entry.event, FOUND) and not getattr(entry.event, "silent", False)


def worth_telling(
    entry: Entry, fields: Mapping[str, Any], not_told: frozenset[str], *told: Any
) -> Iterator[tuple[str, Any]]:
    """The fields that say something: neither the usual value, nor what the line tells already (``told``)."""
    event: Any = entry.event
    usual = {field.name: field.default for field in dataclasses.fields(event)}
    known = ("", None, (), entry.recorded_at, entry.actor.id, *told)
    for name, value in fields.items():
        if name not in not_told and value not in known and value != usual[name]:
            yield name, value


def simple_text(name: str, value: Any) -> str:
    """One simple value in people's words."""
    if isinstance(value, datetime):
        return shown(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name == "kind" and type(value) is str:
        return kind_label(value)
    if name in PARTIES and value == Audience.CUSTOMER:
        return word(Audience.CUSTOMER)
    if name in ("clock", "clocks"):
        return clock_label(str(value))
    return clean(word(value))
