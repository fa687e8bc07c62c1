"""The relay on a real ledger and a real Temporal: at least once, in order, and nobody waits for others' trouble."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus

from domain import commands as c
from domain.progress import Progress
from domain.words import Ending, Stage
from ledger.errors import LedgerRolledBack
from ledger.views import Views
from tests.domain.story import DATA, LI
from tests.intruder import intruding
from tests.workflows.world import World, a_complaint, a_world
from worker.courier import Courier
from worker.relay import Relay
from worker.sweep import Sweep


@pytest.fixture
async def world(temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A worker, and no relay yet."""
    async with a_world(temporal_client, database_url, owner_url, tmp_path / "outbox", relay=False) as world:
        yield world


@asynccontextmanager
async def relaying(world: World, courier: Courier | None = None) -> AsyncIterator[Relay]:
    """A relay that runs for a while."""
    relay = Relay(world.ledger, world.recorder, courier or world.courier)
    stop = asyncio.Event()
    task = asyncio.create_task(relay.run(stop))
    try:
        yield relay
    finally:
        stop.set()
        await task


async def test_what_happened_while_no_relay_ran_is_brought_when_one_does(world: World) -> None:
    streams = [await world.open() for _ in range(5)]
    async with relaying(world):
        for stream in streams:
            await world.settled(stream)
    for stream in streams:
        for by, command in list(a_complaint(stream))[:3]:
            await world.accepted(by, command, stream)
    async with relaying(world) as relay:
        for stream in streams:
            await world.settled(stream)
            assert (await world.courier.known(stream)) == world.progress(stream)
    assert relay.brought == 5, "one signal for three commands: they coalesce"


async def test_a_workflow_that_has_gone_since_it_was_last_told_is_started_again(world: World) -> None:
    """A courier remembers whose workflow was running, and signals only that; this must not be believed for ever."""
    stream = await world.open()
    async with relaying(world):
        await world.settled(stream)
        for by, command in list(a_complaint(stream))[:1]:
            await world.accepted(by, command, stream)
        await world.settled(stream)
        await world.courier.end(stream, "somebody ends it by hand")
        assert not await world.courier.runs(stream)
        for by, command in list(a_complaint(stream))[1:2]:
            await world.accepted(by, command, stream)
        await world.settled(stream)
        assert await world.courier.runs(stream)


async def test_a_second_relay_waits_until_the_first_one_leaves(world: World) -> None:
    async with relaying(world) as first:
        await world.settled(await world.open())
        async with relaying(world) as second:
            await world.settled(await world.open())
            assert (first.brought, second.brought) == (2, 0)
    async with relaying(world) as third:
        await world.settled(await world.open())
        assert third.brought == 1


class Refusing(Courier):
    """Temporal does not take signals for one case."""

    refused = ""

    async def bring(self, progress: Progress) -> None:
        if progress.stream == self.refused:
            raise RuntimeError("not this one")
        await super().bring(progress)


async def test_a_case_that_cannot_be_told_does_not_hold_up_the_others(world: World) -> None:
    courier = Refusing(world.client, world.task_queue)
    courier.refused = await world.open()
    others = [await world.open() for _ in range(5)]
    async with relaying(world, courier) as relay:
        for stream in others:
            await world.settled(stream)
        assert relay.waiting == 1
        assert relay.follower.position < world.ledger.newest()
        parked, courier.refused = courier.refused, ""
        await world.settled(parked)
    assert relay.follower.position == world.ledger.newest()


async def test_signals_arrive_soon_after_the_commit(world: World) -> None:
    async with relaying(world):
        stream = await world.open()
        await world.settled(stream)
        lags = []
        for _ in range(10):
            await world.accepted(LI, c.AddNote(text="x"), stream)
            version, began = world.progress(stream).version, time.monotonic()
            await world.knows(stream, version)
            lags.append(time.monotonic() - began)
    assert sorted(lags)[5] < 1.0


@pytest.mark.requirement("I-08")
async def test_finished_cases_of_another_system_never_get_a_workflow_and_open_ones_do(world: World) -> None:
    def imported(reference: str, *, closed: bool) -> c.ImportCase:
        day = datetime.now(UTC) - timedelta(days=40)
        return c.ImportCase(
            kind="complaint",
            source="old-system",
            reference=reference,
            received_at=day,
            closed_at=day + timedelta(days=1) if closed else None,
            ending=Ending.RESOLVED if closed else None,
            stage=Stage.INVESTIGATE,
            matter="The lamp is broken.",
        )

    async with relaying(world) as relay:
        finished = [await world.accepted(DATA, imported(f"F{number}", closed=True)) for number in range(3)]
        unfinished = await world.accepted(DATA, imported("U1", closed=False))
        await world.settled(unfinished)
        assert relay.brought == 1
    for stream in finished:
        assert not await world.courier.runs(stream)
    assert not list(world.outbox.glob("*")), "an import is silent"


async def test_a_relay_stops_with_an_alarm_when_the_ledger_was_rolled_back(world: World, owner_url: str) -> None:
    async with relaying(world):
        stream = await world.open()
        await world.settled(stream)
    with intruding(owner_url) as connection:
        connection.execute(
            "DELETE FROM casefold.stored_events WHERE originator_id = %s AND originator_version > 2", [stream]
        )
    relay = Relay(world.ledger, world.recorder, world.courier)
    with pytest.raises(LedgerRolledBack, match="casefold restore"):
        await relay.run(asyncio.Event())


async def until_shown(world: World, running: int) -> None:
    """Wait until Temporal's list, which lags, shows so many of the world's workflows."""
    for _ in range(200):
        ids = {stream async for stream in world.courier.running()}
        if len(set(world.ledger.streams("case")) & ids) == running:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the list does not catch up")


async def test_the_sweep_starts_what_is_missing_when_it_is_seen_missing_twice(world: World) -> None:
    async with relaying(world):
        streams = [await world.open() for _ in range(2)]
        for stream in streams:
            await world.settled(stream)
    Views(world.ledger).rebuild()
    await until_shown(world, 2)
    await world.handle(streams[0]).terminate()
    await until_shown(world, 1)

    sweep = Sweep(world.ledger, world.recorder, world.courier)
    assert await sweep.once() == 0
    assert not await world.courier.runs(streams[0])
    assert await sweep.once() == 1
    assert (await world.handle(streams[0]).describe()).status is WorkflowExecutionStatus.RUNNING
    await world.settled(streams[0])
    assert world.events(streams[0]).count("ReceiptAcknowledged") == 1
    assert world.events(streams[0]).count("NoticeSent") == 2


async def test_the_sweep_tells_a_workflow_whose_case_is_over(world: World) -> None:
    async with relaying(world):
        stream = await world.open()
        await world.settled(stream)
    for by, command in a_complaint(stream):
        await world.accepted(by, command, stream)
    Views(world.ledger).rebuild()
    await until_shown(world, 1)
    sweep = Sweep(world.ledger, world.recorder, world.courier)
    await sweep.once()
    await sweep.once()
    await world.completed(stream)
