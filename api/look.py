"""A case as it is, or as it was known at an earlier point, as far as whoever asks may see it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from api.asking import case_of
from api.house import House
from api.models import RFC_3339, read_instant
from api.person import Permission, Person
from api.problems import Problem, unknown_case
from api.words import N_
from domain.access import Through
from domain.case import Case
from domain.context import Shelf
from domain.entry import Entry
from domain.evolve import replay
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.access import AccessLog
from ledger.errors import UnknownStream

VERSION = re.compile(r"v([1-9][0-9]{0,8})")


def _point(value: Any) -> datetime | int:
    if isinstance(value, str):
        if found := VERSION.fullmatch(value):
            return int(found[1])
        if RFC_3339.fullmatch(value.strip().upper()):
            return read_instant(value)
    raise PydanticCustomError("not_a_point", "Input should be an instant or a version such as v12")


Point = Annotated[
    datetime | int,
    BeforeValidator(_point),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": "^v[1-9][0-9]{0,8}$"},
            ],
            "examples": ["2026-11-22T10:00:00+08:00", "v12"],
        }
    ),
]
"""An instant, or a version of a case."""


@dataclass(frozen=True)
class Seen:
    """A case at a point, the policy sheet that it keeps, and what was known."""

    id: str
    entries: list[Entry]
    case: Case
    sheet: Sheet
    shelf: Shelf
    now: datetime
    """The point looked at, by the ledger's clock: what is overdue is so as of then."""


def newest(house: House, person: Person, text: str) -> tuple[str, Case]:
    """The case as it is, from the states in memory and what was recorded since. Raises unknown_case."""
    case = case_of(text)
    try:
        _version, state = house.recorder.load(case)
    except UnknownStream:
        raise unknown_case(case) from None
    if not person.sees_case(state):
        raise unknown_case(case)
    return case, state


def seen(house: House, person: Person, text: str, point: datetime | int | None = None) -> Seen:
    """The case at a point with its entries, for whoever sees it as it is now."""
    case, state = newest(house, person, text)
    now = house.ledger.now()
    entries = entries_at(house, case, point, now)
    known = replay(entries) if point is not None or state.version != len(entries) else state
    if isinstance(point, int):
        now = entries[-1].recorded_at
    elif point is not None:
        now = point
    return Seen(case, entries, known, house.ledger.sheet(known.sheet), house.recorder.papers, now)


def entries_at(house: House, case: str, point: datetime | int | None, now: datetime) -> list[Entry]:
    """The entries known at a point, at least one. Raises a problem when there is no such point yet."""
    if isinstance(point, datetime):
        if point > now:
            raise Problem(404, "in_the_future", NOT_YET, N_("What will be known then, nobody knows yet."))
        entries = house.ledger.history(case, point)
        if not entries:
            raise Refused("not_received")
        return entries
    entries = house.ledger.history(case)
    if point is not None and point > len(entries):
        sentence = N_("{case} has {versions} entries; there is no version {version} yet.")
        params = {"case": case, "versions": len(entries), "version": point}
        raise Problem(404, "no_such_version", NOT_YET, sentence, params)
    return entries if point is None else entries[:point]


NOT_YET = N_("That is not known yet.")


def disclose(house: House, person: Person, stream: str, fields: set[str], cases: Collection[str] = ()) -> None:
    """Write down that somebody is about to be shown personal data. Raises a problem when they may not.

    Nothing may be shown when this raises. Each request is an act of its own: the id that whoever asks may give to it
    must not make two of them one.
    """
    if not person.may(Permission.SEE_PERSONAL):
        raise person.lacks(Permission.SEE_PERSONAL)
    if fields:
        AccessLog(house.recorder).read(person.actor, stream, fields, Through.API, cases=sorted(cases))
