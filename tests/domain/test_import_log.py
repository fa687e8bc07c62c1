"""The log of a finished case of another system becomes a closed case, each step at its own time (I-08)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain.progress import progress_of
from domain.words import Ending
from tests.domain.story import DATA, DAY_ONE, received, story

RECEIVED = datetime(2011, 10, 11, 12, 0, tzinfo=UTC)


def day(number: float) -> datetime:
    """So many days after the receipt."""
    return RECEIVED + timedelta(days=number)


LOG = c.ImportLog(
    kind="complaint",
    source="their-system",
    reference="case-1",
    received_at=RECEIVED,
    closed_at=day(60),
    deadline=day(56),
    responsible="their-21",
    department="general",
    steps=(
        c.LoggedStep(activity="Send letter", at=day(61), resource="their-21"),
        c.LoggedStep(activity="Confirm receipt", at=day(1), resource="their-10", department="Group 4"),
        c.LoggedStep(activity="Scan", at=day(-1)),
        c.LoggedStep(activity="Decide", at=day(58)),
    ),
)


@pytest.mark.requirement("I-08", "T-11")
def test_a_log_enters_as_a_closed_case_in_the_order_of_its_own_time() -> None:
    imported, *rest = story("complaint").accepts(LOG, by=DATA).events

    assert isinstance(imported, e.CaseImported)
    assert (imported.gaps, imported.source, imported.closed_at) == (("log",), "their-system", day(60))
    assert rest == [
        e.ActivityImported(activity="Scan", at=day(-1)),
        e.ClockStarted(clock="deadline", started_at=RECEIVED, due=day(56)),
        e.ActivityImported(activity="Confirm receipt", at=day(1), resource="their-10", department="Group 4"),
        e.ClockBreached(clock="deadline", due=day(56), silent=True),
        e.ActivityImported(activity="Decide", at=day(58)),
        e.ClockStopped(clock="deadline", at=day(60)),
        e.ActivityImported(activity="Send letter", at=day(61), resource="their-21"),
    ]


@pytest.mark.requirement("I-08")
def test_every_entry_of_a_log_has_happened_when_the_log_says() -> None:
    entries = story("complaint").accepts(LOG, by=DATA).story.entries

    assert [entry.happened_at for entry in entries] == [
        RECEIVED,
        *(day(number) for number in (-1, 0, 1, 56, 58, 60, 61)),
    ]
    assert {entry.recorded_at for entry in entries} == {DAY_ONE}


@pytest.mark.requirement("I-08")
def test_a_case_from_a_log_is_over_and_asks_nothing_of_a_workflow() -> None:
    case = story("complaint").accepts(replace(LOG, ending=Ending.RESOLVED), by=DATA).case
    progress = progress_of("C-1", case.version, case, story("complaint").sheet)

    assert case.over
    assert (case.ending, case.responsible, case.department) == (Ending.RESOLVED, "their-21", "general")
    assert progress is not None
    assert progress.over
    assert (progress.due, progress.todo, progress.wanted) == ([], [], [])


def test_exactly_at_the_other_system_s_deadline_is_in_time_there_too() -> None:
    in_time = story("complaint").accepts(replace(LOG, deadline=LOG.closed_at), by=DATA)
    assert not in_time.named(e.ClockBreached)
    without = story("complaint").accepts(replace(LOG, deadline=None), by=DATA)
    assert without.case.clocks == {}


def test_a_log_may_have_no_steps_and_a_deadline_before_its_receipt() -> None:
    told = story("complaint").accepts(replace(LOG, steps=(), deadline=day(-3)), by=DATA)
    assert told.case.clocks["deadline"].breached
    assert told.case.clocks["deadline"].due == day(-3)


@pytest.mark.requirement("I-08")
def test_what_cannot_have_been_is_refused() -> None:
    nothing = story("complaint")
    nothing.refuses(replace(LOG, reference=" "), "field_missing", by=DATA, field="reference")
    nothing.refuses(replace(LOG, closed_at=day(-1)), "closed_before_received", by=DATA)
    nothing.refuses(replace(LOG, closed_at=DAY_ONE + timedelta(days=1)), "happened_in_future", by=DATA)
    ahead = c.LoggedStep(activity="Decide", at=DAY_ONE + timedelta(seconds=1))
    nothing.refuses(replace(LOG, steps=(ahead,)), "happened_in_future", by=DATA)
    received().refuses(LOG, "already_received", by=DATA)
