"""Releases: a case stays on the release that it began on until it wakes, then it moves with an empty history."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

from domain import commands as c
from tests.domain.story import LI
from tests.workflows.world import World, a_world
from worker.options import Options
from worker.release import make_current, upgrade
from worker.run import make_worker
from worker.stack.stack import Stack


@pytest.fixture
async def world(home: Path, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A Temporal of its own, because which release is current holds for all of a namespace; no worker yet."""
    with Stack(home, parts=["temporal"], temporary=True) as stack:
        client = await Client.connect(stack.temporal_address, namespace=stack.namespace)
        async with a_world(client, database_url, owner_url, tmp_path / "outbox", worker=False) as world:
            yield world


@asynccontextmanager
async def released(world: World, release: str) -> AsyncIterator[None]:
    """A worker of this release, which new cases start on."""
    options = Options(release=release)
    with ThreadPoolExecutor(options.activities) as executor:
        worker = make_worker(
            world.client, world.task_queue, world.ledger, world.recorder, world.outbox, executor, options
        )
        async with worker:
            await make_current(world.client, release)
            yield


async def release_of(world: World, stream: str) -> str:
    """The release that the case's workflow runs on."""
    description = await world.handle(stream).describe()
    return description.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id


async def moved(world: World, stream: str, release: str) -> None:
    """Wait until the case has moved to this release."""
    end = time.monotonic() + 30
    while await release_of(world, stream) != release:
        assert time.monotonic() < end, "the case did not move"
        await asyncio.sleep(0.1)


async def a_case_starts_on(world: World, release: str) -> None:
    """Open cases until one starts on this release: task queues hear of it a moment later."""
    for _ in range(30):
        stream = await world.open()
        await world.settled(stream)
        if await release_of(world, stream) == release:
            return
        await asyncio.sleep(0.2)
    raise AssertionError("no case starts on the release that was made current")


async def test_a_running_case_moves_to_the_current_release_when_it_wakes(world: World) -> None:
    async with released(world, "r1"):
        stream = await world.open()
        await world.settled(stream)
        assert await release_of(world, stream) == "r1"
        async with released(world, "r2"):
            await a_case_starts_on(world, "r2")
            assert await release_of(world, stream) == "r1", "it sleeps"

            await world.accepted(LI, c.AddNote(text="x"), stream)
            await moved(world, stream, "r2")
            await world.settled(stream)
            assert world.events(stream).count("ReceiptAcknowledged") == 1


async def test_upgrade_wakes_the_cases_that_sleep_on_an_earlier_release(world: World) -> None:
    async with released(world, "r1"):
        stream = await world.open()
        await world.settled(stream)
        async with released(world, "r2"):
            end = time.monotonic() + 20
            while await upgrade(world.recorder, world.courier) == 0:  # the list lags
                assert time.monotonic() < end
                await asyncio.sleep(0.2)
            await moved(world, stream, "r2")
            assert await upgrade(world.recorder, world.courier) == 0
