"""`casefold reconcile` finds every way in which a case and its workflow can differ, and names what mends it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client

from domain import commands as c
from tests.domain.story import LI
from tests.intruder import intruding
from tests.workflows.world import World, a_complaint, a_world
from worker.courier import Courier
from worker.reconcile import MEANING, Kind, Report, reconcile
from worker.stack.stack import Stack


@pytest.fixture
async def alone(home: Path, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A Temporal of its own, because reconcile looks at all of it; a worker, and no relay."""
    with Stack(home, parts=["temporal"], temporary=True) as stack:
        client = await Client.connect(stack.temporal_address, namespace=stack.namespace)
        async with a_world(client, database_url, owner_url, tmp_path / "outbox", relay=False) as world:
            yield world


async def found(world: World) -> Report:
    """What differs, for tests that need not wait long."""
    return await reconcile(world.ledger, world.recorder, world.courier, moment=0.5)


async def brought(world: World) -> str:
    """A case whose workflow runs and knows everything."""
    stream = await world.open()
    await world.courier.bring(world.progress(stream))
    await world.settled(stream)
    return stream


def test_one_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    Report(cases=1, open=1, running=1, policies=1, policies_running=2).show()
    told = " ".join(capsys.readouterr().out.split())
    assert "1 case in the ledger, 1 open; 1 workflow runs. 1 policy waits for a date; 2 workflows run for them." in told


@pytest.mark.requirement("L-06")
async def test_nothing_differs_when_every_open_case_has_its_workflow(alone: World) -> None:
    stream = await brought(alone)
    assert await found(alone) == Report(cases=1, open=1, running=1)
    for by, command in a_complaint(stream):
        await alone.accepted(by, command, stream)
    await alone.courier.bring(alone.progress(stream))
    await alone.completed(stream)
    report = await found(alone)
    assert (report.cases, report.open, report.differences) == (1, 0, [])


async def test_every_difference_is_named_with_what_mends_it(alone: World, owner_url: str) -> None:
    well = await brought(alone)
    missing = await alone.open()
    behind = await brought(alone)
    await alone.accepted(LI, c.AddNote(text="x"), behind)
    stray = await brought(alone)
    for by, command in a_complaint(stray):
        await alone.accepted(by, command, stray)
    await alone.accepted(LI, c.AddNote(text="x"), stray)
    ahead, unknown = await brought(alone), await brought(alone)
    with intruding(owner_url) as connection:
        remove = "DELETE FROM casefold.stored_events WHERE originator_id = %s AND originator_version > %s"
        connection.execute(remove, [unknown, 0])
        connection.execute(remove, [ahead, 3])

    report = await found(alone)
    kinds = {difference.case: difference.kind for difference in report.differences}
    # Its notices are still to be sent, so it needs its workflow for a moment longer, and that one does not know.
    assert kinds.pop(stray) is Kind.BEHIND
    assert kinds == {missing: Kind.MISSING, behind: Kind.BEHIND, ahead: Kind.AHEAD, unknown: Kind.UNKNOWN}
    assert well not in kinds

    data = report.to_data()
    assert {entry["mend"] for entry in data["differences"]} == {"casefold restore"}
    assert set(MEANING) == set(Kind)
    report.show()


async def test_a_workflow_that_is_told_meanwhile_is_not_counted(alone: World) -> None:
    """Lag is not a difference: only what is seen twice counts."""
    stream = await alone.open()

    class Slow(Courier):
        """Between the two looks, the relay catches up."""

        looks = 0

        async def runs(self, stream: str) -> bool:
            if not self.looks:
                await alone.courier.bring(alone.progress(stream))
                await alone.settled(stream)
            self.looks += 1
            return await super().runs(stream)

    report = await reconcile(alone.ledger, alone.recorder, Slow(alone.client, alone.task_queue), moment=0.1)
    assert report.differences == []
    assert await alone.courier.runs(stream)


async def test_a_workflow_that_no_worker_answers_for_is_named(
    home: Path, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    with Stack(home, parts=["temporal"], temporary=True) as stack:
        client = await Client.connect(stack.temporal_address, namespace=stack.namespace)
        async with a_world(client, database_url, owner_url, tmp_path, relay=False, worker=False) as world:
            stream = await world.open()
            await world.courier.bring(world.progress(stream))
            courier = Courier(client, world.task_queue, patience=timedelta(seconds=1))
            report = await reconcile(world.ledger, world.recorder, courier, moment=0.1)
            assert [difference.kind for difference in report.differences] == [Kind.SILENT]
            assert report.to_data()["differences"][0]["mend"] == "casefold worker"
