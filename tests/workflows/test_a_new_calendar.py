"""A deadline that a new calendar moves: the case's own workflow is told, and its timer follows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

import policies
from domain import events as e
from domain.actor import WORKFLOW
from domain.calendars import Calendar, Window
from domain.policy import Sheet
from domain.rules import ClockRule
from ledger.recorder import Submission
from tests.domain.story import COMPLAINT, LI
from tests.worker.test_fanout import at_once
from tests.workflows.world import World, a_world
from worker.fanout import Fanout


def shop(version: str, weekday: int | None = None) -> Calendar:
    """A shop that is open on one day of the week, or always."""
    always = (Window(0, 1440),)
    week = tuple(always if weekday in (day, None) else () for day in range(7))
    return Calendar(name="shop", version=version, title={"en": "Shop", "zh": "店"}, time_zone="UTC", week=week)


def one_working_minute() -> dict[str, Sheet]:
    """A complaint that is to be taken up within a minute of the shop's time, and may be registered late."""
    lead = ClockRule(
        name="lead", starts=("CaseReceived",), stops=("LeadTaken",), limit={"ordinary": "1wm"}, calendar="shop", warn=()
    )
    shipped = policies.load()["complaint"]
    window = {"receive_case": 120}
    sheet = replace(shipped, version="shop time", clocks=(lead,), pauses={}, happened_at_window_seconds=window)
    return {"complaint": sheet}


@pytest.fixture
async def world(temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    outbox = tmp_path / "outbox"
    async with a_world(temporal_client, database_url, owner_url, outbox, sheets=one_working_minute()) as world:
        yield world


@pytest.mark.requirement("T-07", "T-11")
async def test_the_workflows_timer_follows_a_deadline_that_a_new_calendar_moves(world: World) -> None:
    came = datetime.now(UTC) - timedelta(seconds=50)
    closed_for_days = (came.weekday() + 3) % 7
    assert world.recorder.publish_calendar(shop("1", closed_for_days), WORKFLOW)
    opening = Submission(COMPLAINT, LI, "open", happened_at=came)
    stream = (await asyncio.to_thread(world.recorder.record, opening)).stream
    await world.settled(stream)
    assert world.case(stream).clocks["lead"].due > came + timedelta(days=2)

    assert world.recorder.publish_calendar(shop("2"), WORKFLOW)
    stop = threading.Event()
    fanout = asyncio.create_task(
        asyncio.to_thread(Fanout(world.ledger, world.recorder, rules=at_once(), look_every=0.05).run, stop)
    )
    try:
        await world.until(lambda: "DeadlineMoved" in world.events(stream))
        await world.knows(stream, world.progress(stream).version)
        await world.until(lambda: "ClockBreached" in world.events(stream))
    finally:
        stop.set()
        await fanout
    moved, breached = (
        next(entry for entry in world.ledger.history(stream) if isinstance(entry.event, kind))
        for kind in (e.DeadlineMoved, e.ClockBreached)
    )
    due = came + timedelta(minutes=1)
    assert isinstance(moved.event, e.DeadlineMoved)
    assert moved.event.due == due
    assert moved.command_id.startswith("fanout:")
    assert breached.happened_at == due
    assert breached.command_id.startswith(f"{stream}/check_clocks@"), "the workflow's own timer found it"
    assert breached.recorded_at - due < timedelta(seconds=5)
