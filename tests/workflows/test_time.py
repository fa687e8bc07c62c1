"""Time passes: the workflow's one timer records warnings, breaches, reminders and lapses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

import policies
from domain import commands as c
from domain import events as e
from domain.entry import Entry
from domain.message import Event
from domain.policy import Sheet
from tests.domain.story import CHEN, WANG
from tests.workflows.world import World, a_complaint, a_world, quick

E = TypeVar("E", bound=Event)


def solution(world: World, stream: str, kind: type[E]) -> tuple[Entry, E]:
    """The first entry of this kind for the clock *solution*."""
    for entry in world.ledger.history(stream):
        if isinstance(entry.event, kind) and getattr(entry.event, "clock", "") == "solution":
            return entry, entry.event
    raise AssertionError(f"no {kind.__name__}")


def whole_millisecond(instant: datetime) -> datetime:
    """Finer than that no timer is: the first one that is not too early."""
    return instant + timedelta(microseconds=-instant.microsecond % 1000)


def just_after(due: datetime) -> datetime:
    """When a breach is looked for: exactly on time is in time."""
    return whole_millisecond(due + timedelta(microseconds=1))


@pytest.mark.requirement("T-04", "T-10", "T-11")
async def test_the_timer_records_the_warning_and_then_the_breach(days: World) -> None:
    stream = await days.open()
    await days.until(lambda: "ClockBreached" in days.events(stream))
    _, started = solution(days, stream, e.ClockStarted)
    warned, _ = solution(days, stream, e.ClockWarned)
    breached, _ = solution(days, stream, e.ClockBreached)
    [warn_at] = [step.at for step in started.steps if step.kind is e.StepKind.WARN]
    assert warn_at <= warned.recorded_at < started.due < breached.recorded_at
    assert breached.recorded_at < started.due + timedelta(minutes=1)
    assert (warned.happened_at, breached.happened_at) == (warn_at, started.due)
    checks = (whole_millisecond(warn_at), just_after(started.due))
    assert [warned.command_id, breached.command_id] == [f"{stream}/check_clocks@{at.isoformat()}" for at in checks]


@pytest.mark.requirement("C-04")
async def test_a_customer_who_does_not_answer_is_reminded_as_often_as_the_sheet_says(
    days: World, skipping: WorkflowEnvironment
) -> None:
    with skipping.with_time_skipping_disabled():
        stream = await days.open()
        for by, command in list(a_complaint(stream))[:7]:
            await days.accepted(by, command, stream)
        await days.settled(stream)
    handle = days.handle(stream)
    for reminders in (1, 2):
        assert await skipping.fast_forward(handle, timedelta(days=3, seconds=5))
        await days.until(partial(reminded, days, stream, reminders))
        await days.settled(stream)
    assert not [due for due in days.progress(stream).due if due.command == "remind_customer"]
    assert len([path for path in days.outbox.iterdir() if "Kind: reminder" in path.read_text()]) == 2


@pytest.mark.requirement("R-01")
async def test_a_survey_that_nobody_answers_lapses_and_the_case_is_over(
    days: World, skipping: WorkflowEnvironment
) -> None:
    with skipping.with_time_skipping_disabled():
        stream = await days.open()
        for by, command in list(a_complaint(stream))[:-1]:
            await days.accepted(by, command, stream)
        await days.settled(stream)
    await skipping.fast_forward(days.handle(stream), timedelta(days=15))
    await days.completed(stream)
    assert days.events(stream)[-2:] == ["SurveyLapsed", "ReviewCompleted"]


def reminded(world: World, stream: str, times: int) -> bool:
    """Whether the customer was reminded so many times."""
    return world.events(stream).count("CustomerReminded") == times


def hasty(seconds: int) -> dict[str, Sheet]:
    """A complaint whose department must take the lead within seconds."""
    sheet = policies.load()["complaint"]
    return {"complaint": replace(sheet, version="hasty", clocks=(quick("lead", "CaseReceived", "LeadTaken", seconds),))}


@pytest.fixture
async def hurried(temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A world in which a clock runs for one second only."""
    async with a_world(temporal_client, database_url, owner_url, tmp_path / "outbox", sheets=hasty(1)) as world:
        yield world


async def test_a_person_and_the_timer_at_once_agree_on_what_happened(hurried: World) -> None:
    """Whoever comes first: the breach is recorded once or not at all, and only instants decide."""
    streams = [await hurried.open() for _ in range(8)]

    async def at_the_last_moment(number: int, stream: str) -> None:
        due = hurried.case(stream).clocks["lead"].due
        await asyncio.sleep((due - datetime.now(UTC)).total_seconds() + (number - 4) * 0.004)
        await hurried.accepted(CHEN, c.TakeLead(), stream)

    await asyncio.gather(*(at_the_last_moment(number, stream) for number, stream in enumerate(streams)))
    await asyncio.sleep(0.5)
    for stream in streams:
        await hurried.settled(stream)
        entries = [
            entry for entry in hurried.ledger.history(stream) if isinstance(entry.event, e.ClockBreached | e.LeadTaken)
        ]
        names = [type(entry.event).__name__ for entry in entries]
        due = hurried.case(stream).clocks["lead"].due
        taken = entries[-1]
        assert names == (["LeadTaken"] if taken.recorded_at <= due else ["ClockBreached", "LeadTaken"])


async def test_a_clock_that_is_checked_too_early_is_checked_again(
    temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    """The ledger's clock is slow: the first check finds nothing, and its receipt would be the same for ever."""
    async with a_world(
        temporal_client,
        database_url,
        owner_url,
        tmp_path / "outbox",
        sheets=hasty(1),
        clock=lambda: datetime.now(UTC) - timedelta(seconds=3),
    ) as slow:
        stream = await slow.open()
        await slow.until(lambda: "ClockBreached" in slow.events(stream))
        entries = slow.ledger.history(stream)
        breach, due = next((one, one.event.due) for one in entries if isinstance(one.event, e.ClockBreached))
        key = f"{stream}/check_clocks@{just_after(due).isoformat()}"
        assert breach.command_id in {f"{key}~{attempt}" for attempt in (2, 3, 4)}
        history = await slow.handle(stream).fetch_history()
        fired = [event for event in history.events if event.event_type == EventType.EVENT_TYPE_TIMER_FIRED]
        assert len(fired) <= 5, "it waits longer and longer, it does not spin"


@pytest.mark.requirement("H-11")
async def test_a_question_that_nobody_answers_in_time_is_a_breach_of_its_own(
    days: World, skipping: WorkflowEnvironment
) -> None:
    with skipping.with_time_skipping_disabled():
        stream = await days.open()
        due = datetime.now(UTC) + timedelta(hours=4)
        await days.accepted(WANG, c.AskQuestion(to="sun", text="Who packed it?", due=due), stream)
        await days.settled(stream)
    await skipping.fast_forward(days.handle(stream), timedelta(hours=5))
    await days.until(lambda: "ClockBreached" in days.events(stream))
    assert days.case(stream).clocks["question:Q1"].breached
