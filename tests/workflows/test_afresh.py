"""Workflows that start afresh, end, or cannot go on: nothing is lost and nothing happens twice."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus

from domain import commands as c
from domain.progress import Progress
from tests.domain.story import ZHAO
from tests.workflows.world import World, a_complaint


async def test_a_workflow_starts_afresh_when_its_history_grows_long(forgetful: World) -> None:
    stream = await forgetful.open()
    await forgetful.settled(stream)
    runs = set()
    for by, command in a_complaint(stream):
        await forgetful.accepted(by, command, stream)
        if not forgetful.progress(stream).over:
            await forgetful.settled(stream)
        runs.add((await forgetful.handle(stream).describe()).run_id)
    await forgetful.completed(stream)
    assert len(runs) >= 2
    events = Counter(forgetful.events(stream))
    assert events["NoticeRequested"] == events["NoticeSent"] == 5
    assert events["ReceiptAcknowledged"] == events["ProposalPresented"] == events["SurveyInvited"] == 1


async def test_a_storm_of_signals_does_not_keep_a_workflow_from_starting_afresh(forgetful: World) -> None:
    stream = await forgetful.open()
    await forgetful.settled(stream)
    first = (await forgetful.handle(stream).describe()).run_id
    progress = forgetful.progress(stream)
    for _ in range(6):
        await asyncio.gather(*(forgetful.courier.bring(progress) for _ in range(10)))
    await forgetful.settled(stream)

    async def another_run() -> bool:
        return (await forgetful.handle(stream).describe()).run_id != first

    for _ in range(100):
        if await another_run():
            break
        await asyncio.sleep(0.1)
    assert await another_run()
    await forgetful.knows(stream, progress.version)
    assert (await forgetful.courier.known(stream)) == forgetful.progress(stream)


async def test_a_signal_that_comes_while_the_workflow_completes_starts_it_again(world: World) -> None:
    """A case is reopened in the very moment in which its workflow ends, again and again."""

    async def once(delay: float) -> None:
        stream = await world.open()
        for by, command in a_complaint(stream):
            await world.accepted(by, command, stream)
        await asyncio.sleep(delay)
        await world.accepted(ZHAO, c.ReopenCase(reason="broken again"), stream)
        await world.settled(stream)
        assert (await world.handle(stream).describe()).status is WorkflowExecutionStatus.RUNNING
        known = await world.courier.known(stream)
        assert known is not None
        assert known.stage == "investigate"

    for delays in (
        itertools.batched([number * 0.02 for number in range(12)], 4)
        if hasattr(itertools, "batched")
        else [[number * 0.02 for number in range(start, start + 4)] for start in (0, 4, 8)]
    ):
        await asyncio.gather(*(once(delay) for delay in delays))


async def test_a_stage_that_this_program_does_not_know_waits_for_one_that_does(world: World) -> None:
    stream = "C-2026-999001"
    odd = Progress(stream=stream, version=1, kind="complaint", path=["receive", "mediate"], stage="mediate")
    await world.courier.bring(odd)
    handle = world.handle(stream)
    for _ in range(100):
        history = await handle.fetch_history()
        if any(event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED for event in history.events):
            break
        await asyncio.sleep(0.1)
    assert (await handle.describe()).status is WorkflowExecutionStatus.RUNNING

    over = Progress(stream=stream, version=2, kind="complaint", path=["receive", "mediate"], stage="review", over=True)
    await world.courier.bring(over)
    await world.completed(stream)


async def test_an_older_progress_and_one_of_an_earlier_life_of_the_ledger_are_ignored(world: World) -> None:
    stream = await world.open()
    await world.settled(stream)
    newest = world.progress(stream)
    for old in (
        Progress(stream=stream, version=newest.version - 1, epoch=newest.epoch, stage="review", over=True),
        Progress(stream=stream, version=newest.version + 50, epoch="20000101T000000", stage="review", over=True),
    ):
        await world.courier.tell(old)
    assert await world.courier.known(stream) == newest


async def test_a_workflow_without_a_case_ends_by_itself(world: World) -> None:
    """The ledger was rolled back to before the case was received."""
    stream = "C-2026-999002"
    await world.courier.start(Progress(stream=stream, version=1, kind="complaint", stage="receive"))
    await world.completed(stream)
