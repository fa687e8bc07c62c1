"""The calendars of a ledger, and those among them that stand on another one and follow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from domain.actor import Actor
from domain.calendar_stream import CalendarLife
from domain.calendars import Calendar, rederive
from ledger.recorder import Recorder
from ledger.states import states
from ledger.store import Ledger


def calendar_lives(ledger: Ledger) -> dict[str, CalendarLife]:
    """All calendars of the ledger by name, with the versions that they have had."""
    lives = (life for portion in states(ledger, "calendar") for life in portion.values())
    return {life.in_force.name: life for life in lives if life.in_force is not None}


def calendars_in_force(ledger: Ledger) -> dict[str, Calendar]:
    """The calendars of the ledger by name, each in the version that is in force."""
    return {name: life.in_force for name, life in calendar_lives(ledger).items() if life.in_force is not None}


def standing_on(base: Calendar, known: Mapping[str, Calendar]) -> Iterator[Calendar]:
    """The calendars that stand on this one, and those on them, as they are on this version of it."""
    for calendar in known.values():
        if calendar.extends == base.name:
            anew = rederive(calendar, base)
            yield anew
            yield from standing_on(anew, known)


def publish_derived(ledger: Ledger, recorder: Recorder, base: Calendar, by: Actor) -> list[Calendar]:
    """Publish those that stand on this calendar; the ones that were not in force like this already.

    Repeating it does no harm, so whoever was interrupted before the last one simply begins again. Raises Refused.
    """
    followed = standing_on(base, calendars_in_force(ledger))
    return [calendar for calendar in followed if recorder.publish_calendar(calendar, by)]
