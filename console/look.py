"""A case as it is, or as it was known at an earlier point."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

import typer

from console.house import House
from console.when import now, shown
from console.words import _
from domain.case import Case
from domain.context import Shelf
from domain.entry import Entry
from domain.evolve import replay
from domain.policy import Sheet
from domain.refusal import Refused


@dataclass(frozen=True)
class Seen:
    """A case, its entries up to a point, and the policy sheet that it keeps."""

    id: str
    entries: list[Entry]
    case: Case
    sheet: Sheet
    shelf: Shelf
    now: datetime
    """The point looked at, by the ledger's clock: what is overdue is so as of then."""


def case_id(text: str) -> str:
    """The id as the ledger writes it. Ends the program with a sentence when there is none."""
    if not text.strip():
        raise typer.BadParameter(_("Say which case: C-2026-000123. casefold list shows them."), param_hint="CASE")
    return text.strip().upper()


def entries_at(house: House, stream: str, point: datetime | int | None) -> list[Entry]:
    """The entries known at a point, opened: whoever shows them masks what is personal.

    Raises UnknownStream when there is no such case at all.
    """
    if point is None:
        return house.ledger.opened(house.ledger.history(stream))
    if isinstance(point, datetime):
        refuse_future(point, house)
        return house.ledger.opened(house.ledger.history(stream, point))
    entries = house.ledger.opened(house.ledger.history(stream))
    if point > len(entries):
        message = _(
            "{case} has {versions} entries; there is no version {point} yet.",
            case=stream,
            versions=len(entries),
            point=point,
        )
        raise typer.BadParameter(message)
    return entries[:point]


def refuse_future(point: datetime, house: House) -> None:
    """What will be known later nobody knows; today, as a day, is meant up to now."""
    begins = datetime.combine(point.date(), time.min, point.tzinfo) if point.time() == time.max else point
    if begins > max(now(), house.ledger.now()):
        message = _("{time} lies in the future: what will be known then, nobody knows yet.", time=shown(point))
        raise typer.BadParameter(message)


def seen(house: House, stream: str, point: datetime | int | None = None) -> Seen:
    """The case at a point. Raises Refused when it had not been received by then."""
    if not stream.startswith("C-"):
        raise Refused("unknown_case", case=stream)
    entries = entries_at(house, stream, point)
    if not entries:
        raise Refused("not_received")
    case = replay(entries)
    if isinstance(point, int):
        looked_at = entries[-1].recorded_at
    else:
        looked_at = min(point, house.ledger.now()) if point else house.ledger.now()
    return Seen(stream, entries, case, house.ledger.sheet(case.sheet), house.recorder.papers, looked_at)
