"""What is undone in time reaches nobody, with the workflow and its worker running all the while."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from domain import commands as c
from domain.actor import Actor
from domain.message import Command
from ledger.recorder import Submission
from tests.domain.story import LI, WANG
from tests.workflows.world import World, a_complaint

HOLD = 2


async def _held(world: World, by: Actor, command: Command, stream: str) -> None:
    """Give a command as the browser does: what follows from it waits."""
    number = f"{stream}/{type(command).__name__}/{len(world.events(stream))}"
    receipt = await asyncio.to_thread(world.recorder.record, Submission(command, by, number, stream, hold=HOLD))
    assert receipt.accepted


async def _proposing(world: World) -> tuple[str, Command]:
    """A complaint that waits for its proposal, and the proposal."""
    stream = await world.open()
    steps = list(a_complaint(stream))
    for by, command in steps[:6]:
        await world.accepted(by, command, stream)
    await world.settled(stream)
    return stream, steps[6][1]


@pytest.mark.requirement("C-04", "C-06")
async def test_what_is_undone_in_time_is_never_sent_and_what_is_not_leaves_after_the_hold(world: World) -> None:
    stream, proposal = await _proposing(world)
    letters = set(world.outbox.iterdir())

    await _held(world, WANG, proposal, stream)
    await _held(world, LI, c.TellProgress(text="Nearly there."), stream)
    await world.knows(stream, world.progress(stream).version)
    case = world.case(stream)
    number = next(number for number, notice in case.notices.items() if notice.to_be_sent)
    await world.accepted(WANG, c.WithdrawProposal(reason="a slip"), stream)
    await world.accepted(LI, c.CancelNotice(notice=number, reason="a slip"), stream)
    await asyncio.sleep(HOLD + 1.5)
    events = world.events(stream)
    assert set(world.outbox.iterdir()) == letters, "nobody has heard of either"
    assert "ProposalWithdrawn" in events
    assert "ProposalPresented" not in events

    again = replace(proposal, summary="Another lamp.")  # type: ignore[type-var]
    await _held(world, WANG, again, stream)
    told_at = world.case(stream).held["present_proposal"]
    assert set(world.outbox.iterdir()) == letters
    await world.until(lambda: "ProposalPresented" in world.events(stream))
    await world.settled(stream)
    [presented] = [n for n in world.ledger.history(stream) if type(n.event).__name__ == "ProposalPresented"]
    assert presented.recorded_at >= told_at
    [letter] = set(world.outbox.iterdir()) - letters
    assert "Another lamp." in letter.read_text()


@pytest.mark.requirement("C-06")
async def test_a_message_leaves_when_it_can_no_longer_be_undone(world: World) -> None:
    stream, _ = await _proposing(world)
    letters = set(world.outbox.iterdir())
    await _held(world, LI, c.TellProgress(text="Nearly there."), stream)
    [asked] = [notice for notice in world.case(stream).notices.values() if notice.to_be_sent]
    await world.settled(stream)
    sent = [n for n in world.ledger.history(stream) if type(n.event).__name__ == "NoticeSent"][-1]
    assert sent.recorded_at >= asked.not_before
    assert len(set(world.outbox.iterdir()) - letters) == 1


@pytest.mark.requirement("C-06")
async def test_a_message_that_was_to_wait_leaves_once_and_at_once_when_somebody_lets_it_go(world: World) -> None:
    stream, _ = await _proposing(world)
    letters = set(world.outbox.iterdir())
    told = Submission(c.TellProgress(text="Nearly there."), LI, f"{stream}/told", stream, hold=60)
    assert (await asyncio.to_thread(world.recorder.record, told)).accepted
    await world.knows(stream, world.progress(stream).version)
    [number] = [number for number, notice in world.case(stream).notices.items() if notice.to_be_sent]
    await world.accepted(WANG, c.ResendNotice(notice=number), stream)
    await world.settled(stream)
    [letter] = set(world.outbox.iterdir()) - letters
    assert "Nearly there." in letter.read_text()
