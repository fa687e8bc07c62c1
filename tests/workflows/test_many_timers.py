"""Many cases whose time passes together: every warning, breach and escalation is raised, none twice, none too early.

The same with 500 cases, and how late each comes, is measured by `python -m bench --only timers`.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from bench.timers import KIND, RAISED, Timing, open_cases, raised, spread, wait_until_raised
from tests.workflows.world import a_world

CASES = 40
QUICKLY = Timing(due=timedelta(seconds=8), warn_percent=75, escalate_after=timedelta(seconds=1))
"""Warned after 6 s, due after 8, escalated after 9."""


@pytest.mark.requirement("T-10", "T-11")
async def test_every_clock_of_many_cases_warns_breaches_and_escalates_once_and_none_too_early(
    temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    sheets = {KIND: QUICKLY.sheet()}
    async with a_world(temporal_client, database_url, owner_url, tmp_path / "outbox", sheets=sheets) as world:
        now = await asyncio.to_thread(world.ledger.now)
        starts = spread(now, CASES, over=timedelta(seconds=3))
        streams = await asyncio.to_thread(open_cases, world.recorder, "many", starts)
        assert await asyncio.to_thread(wait_until_raised, world.ledger, streams, 60)
        for stream in streams:
            await world.settled(stream)
        found = await asyncio.to_thread(raised, world.ledger, streams)
    assert (found.cases, found.missing, found.twice, found.early) == (CASES, 0, 0, 0)
    assert {name: len(lags) for name, lags in found.lags.items()} == {event.__name__: CASES for event in RAISED}
