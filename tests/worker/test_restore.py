"""`casefold restore`: the ledger alone brings all workflows back, and doing it twice changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from domain import commands as c
from domain.progress import Progress
from tests.domain.story import LI
from tests.intruder import intruding
from tests.workflows.world import World, a_complaint, a_world
from worker.reconcile import reconcile
from worker.restore import restore
from worker.stack.stack import Stack

OPEN_CASES = 12


@pytest.fixture
def stack(home: Path) -> Iterator[Stack]:
    """A Temporal of its own, which the test may wipe."""
    with Stack(home, parts=["temporal"], temporary=True) as stack:
        yield stack


@pytest.fixture
async def world(stack: Stack, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A worker, and no relay: only restore brings workflows back."""
    client = await Client.connect(stack.temporal_address, namespace=stack.namespace)
    async with a_world(client, database_url, owner_url, tmp_path / "outbox", relay=False) as world:
        yield world


def wipe(stack: Stack) -> None:
    """Temporal's database is deleted; it starts empty, at the same address."""
    stack.kill("temporal")
    for file in stack.temporal.data.parent.iterdir():
        file.unlink()
    stack.start_part("temporal")


async def lives(world: World) -> list[str]:
    """Cases in different stages, each with its workflow."""
    streams = []
    for number in range(OPEN_CASES):
        stream = await world.open()
        for by, command in list(a_complaint(stream))[: number % 8]:
            await world.accepted(by, command, stream)
        await world.courier.bring(world.progress(stream))
        streams.append(stream)
    for stream in streams:
        await world.settled(stream)
    return streams


@pytest.mark.requirement("L-06")
async def test_a_wiped_temporal_is_restored_from_the_ledger_alone(world: World, stack: Stack) -> None:
    streams = await lives(world)
    before = {stream: (world.progress(stream), world.events(stream)) for stream in streams}
    letters = {path.name: path.stat().st_mtime_ns for path in world.outbox.iterdir()}
    await asyncio.to_thread(wipe, stack)

    counted: list[int] = []
    restored = await restore(world.ledger, world.recorder, world.courier, tick=counted.append)
    assert (restored.open, restored.started, restored.told, sum(counted)) == (OPEN_CASES, OPEN_CASES, 0, OPEN_CASES)
    for stream in streams:
        await world.knows(stream, world.progress(stream).version)
    assert (await reconcile(world.ledger, world.recorder, world.courier)).differences == []
    assert {stream: (world.progress(stream), world.events(stream)) for stream in streams} == before
    assert {path.name: path.stat().st_mtime_ns for path in world.outbox.iterdir()} == letters, "nothing was sent again"

    lengths = [(await world.handle(stream).describe()).history_length for stream in streams]
    again = await restore(world.ledger, world.recorder, world.courier)
    assert (again.started, again.told, again.ended) == (0, 0, 0)
    assert "nothing was changed" in again.sentence
    assert [(await world.handle(stream).describe()).history_length for stream in streams] == lengths

    stream = streams[0]
    for by, command in a_complaint(stream):
        await world.accepted(by, command, stream)
    await world.courier.bring(world.progress(stream))
    await world.completed(stream)


async def test_what_a_workflow_missed_is_told(world: World) -> None:
    streams = await lives(world)
    await world.accepted(LI, c.AddNote(text="x"), streams[0])
    restored = await restore(world.ledger, world.recorder, world.courier)
    assert (restored.started, restored.told) == (0, 1)
    await world.knows(streams[0], world.progress(streams[0]).version)


async def test_after_a_roll_back_of_the_ledger_a_new_epoch_replaces_what_is_ahead(world: World, owner_url: str) -> None:
    kept, lost = await world.open(), await world.open()
    for stream in (kept, lost):
        await world.courier.bring(world.progress(stream))
        await world.settled(stream)
    epoch = world.ledger.epoch()
    with intruding(owner_url) as connection:  # an older backup is put back
        remove = "DELETE FROM casefold.stored_events WHERE originator_id = %s AND originator_version > %s"
        connection.execute(remove, [lost, 0])
        connection.execute(remove, [kept, 3])
        connection.execute("DELETE FROM casefold.command WHERE stream = %s AND actor_id = 'casefold'", [kept])

    restored = await restore(world.ledger, world.recorder, world.courier)
    assert restored.epoch > epoch
    assert (restored.told, restored.ended) == (1, 1)
    assert not await world.courier.runs(lost)
    await world.settled(kept)
    known = await world.courier.known(kept)
    assert known == world.progress(kept)
    assert known is not None
    assert known.epoch == restored.epoch
    assert world.events(kept).count("ReceiptAcknowledged") == 1, "asked for again, because the ledger no longer had it"
    again = await restore(world.ledger, world.recorder, world.courier)
    assert (again.epoch, again.started, again.told, again.ended) == ("", 0, 0, 0)


async def test_a_restore_with_the_wrong_ledger_ends_nothing(world: World) -> None:
    """Workflows whose cases this ledger does not have are left alone, unless it shows that it was rolled back."""
    stranger = Progress(stream="C-2026-999009", version=3, kind="complaint", path=["receive"], stage="receive")
    await world.courier.bring(stranger)
    restored = await restore(world.ledger, world.recorder, world.courier)
    for _ in range(100):
        if restored.unknown:
            break
        await asyncio.sleep(0.05)
        restored = await restore(world.ledger, world.recorder, world.courier)
    assert (restored.unknown, restored.ended) == (1, 0)
    assert "right ledger?" in restored.sentence
    assert await world.courier.runs("C-2026-999009")
