"""No workflow is ever started for the log of a finished case, however many entries it has (I-08)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from domain import commands as c
from ledger.submission import Submission
from ledger.views import Views
from tests.domain.story import DATA
from tests.worker.test_relay import relaying
from tests.workflows.world import World, a_world
from worker.sweep import Sweep

STEPS = 180
"""More than fit twice into what the relay reads at once."""


@pytest.fixture
async def world(temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A worker, and no relay yet."""
    async with a_world(temporal_client, database_url, owner_url, tmp_path / "outbox", relay=False) as world:
        yield world


def log(number: int) -> c.ImportLog:
    """A finished case with many steps, the last of them after its end."""
    received = datetime.now(UTC) - timedelta(days=400)
    steps = tuple(c.LoggedStep(activity=f"step {n}", at=received + timedelta(hours=n)) for n in range(STEPS))
    return c.ImportLog(
        kind="complaint",
        source="their-system",
        reference=f"L{number}",
        received_at=received,
        closed_at=received + timedelta(hours=STEPS - 1, minutes=-1),
        deadline=received + timedelta(hours=3),
        steps=steps,
    )


@pytest.mark.requirement("I-08")
async def test_logs_of_finished_cases_never_get_a_workflow(world: World) -> None:
    async with relaying(world) as relay:
        asked = [Submission(log(number), DATA, f"log {number}") for number in range(9)]
        receipts = world.recorder.record_all(asked)
        ordinary = await world.open()
        await world.settled(ordinary)
        brought = relay.brought

    assert all(receipt.accepted for receipt in receipts)
    shared = 9 * (STEPS + 4) // 500 + 1
    assert brought <= 1 + 2 * shared, "nobody is told but the ordinary case, and those that two readings share"
    Views(world.ledger).rebuild()
    sweep = Sweep(world.ledger, world.recorder, world.courier)
    assert [await sweep.once(), await sweep.once()] == [0, 0]
    for receipt in receipts:
        assert receipt.version == STEPS + 4
        assert not await world.courier.runs(receipt.stream)
    assert len(list(world.outbox.glob("*"))) == world.events(ordinary).count("NoticeSent"), "an import is silent"
