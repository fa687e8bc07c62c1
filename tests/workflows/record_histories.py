"""Records histories of workflows with their fingerprints: python -m tests.workflows.record_histories [--again]

Without --again only stories that have no recording yet are told. Recordings of released code are for ever: cases that
run today began on it. Record a story again only while no release has run it; otherwise add a story under a new name.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import Client

import policies
from api.house import House
from api.identity.log import TERMINAL
from api.webhooks.desk import Webhooks
from domain import commands as c
from domain import policy_commands as pc
from domain.words import Ending
from ledger.migrate import KEYS, migrate
from ledger.views import Views
from tests.domain.policy_story import draft
from tests.domain.story import APPLICATION, CHEN, INQUIRY, LI, ZHAO
from tests.webhooks.conftest import HERE, sending
from tests.webhooks.receiver import receiving
from tests.workflows.fingerprint import HISTORIES, fingerprint, read
from tests.workflows.world import World, a_complaint, a_world, quick
from worker.stack.postgres import APPLICATION_ROLE
from worker.stack.stack import Stack
from worker.webhooks import workflow_id

Story = Callable[[World], AsyncIterator[str]]


async def complaint_with_a_rejection(world: World) -> AsyncIterator[str]:
    """Paced: the workflow sees every step."""
    stream = await world.open()
    yield stream
    await world.settled(stream)
    steps = list(a_complaint(stream))
    for by, command in [*steps[:7], (LI, c.RejectProposal(new_demand="more")), *steps[6:]]:
        await world.accepted(by, command, stream)
        if not world.progress(stream).over:
            await world.settled(stream)


async def application_not_eligible(world: World) -> AsyncIterator[str]:
    """In a hurry: the workflow sees a few steps only."""
    stream = await world.accepted(LI, APPLICATION)
    yield stream
    await world.accepted(LI, c.ClassifyCase(category="repair"), stream)
    await world.accepted(LI, c.AssignCase(to="li", department="after-sales"), stream)
    await world.accepted(LI, c.JudgeEligibility(eligible=False, rule="outside_warranty", reason="too old"), stream)
    await world.accepted(LI, c.CloseCase(ending=Ending.NOT_ELIGIBLE, reason="The warranty is over."), stream)


async def inquiry_with_a_breach(world: World) -> AsyncIterator[str]:
    """A clock runs out before the inquiry is answered."""
    stream = await world.accepted(LI, INQUIRY)
    yield stream
    await world.until(lambda: "ClockBreached" in world.events(stream))
    await world.accepted(LI, c.LookUpKnowledge(query="dimming", article="KB-12"), stream)
    await world.accepted(LI, c.AnswerInquiry(text="Yes, with a remote."), stream)
    await world.settled(stream)
    await world.accepted(LI, c.AcceptProposal(), stream)
    await world.accepted(LI, c.CloseCase(), stream)
    await world.settled(stream)
    await world.accepted(LI, c.AnswerSurvey(process=5, result=5, attitude=5), stream)


async def complaint_reopened(world: World) -> AsyncIterator[str]:
    """The second workflow of a case that was over."""
    stream = await world.open()
    for by, command in a_complaint(stream):
        await world.accepted(by, command, stream)
    await world.completed(stream)
    await world.accepted(ZHAO, c.ReopenCase(reason="broken again"), stream)
    yield stream
    for by, command in list(a_complaint(stream))[3:]:
        if isinstance(command, c.NameResponsible):
            continue  # they are named already
        cited = replace(command, findings=("F2",)) if isinstance(command, c.TakeDecision) else command
        await world.accepted(by, cited, stream)
        if not world.progress(stream).over:
            await world.settled(stream)


async def policy_with_two_first_days(world: World) -> AsyncIterator[str]:
    """A version is approved for a date, then another one for an earlier date; both come into force."""
    stream = "policy:after_sales"
    yield stream
    now = datetime.now(UTC)
    for version, begins in (("later", now + timedelta(seconds=6)), ("sooner", now + timedelta(seconds=3))):
        sheet = replace(policies.load()["after_sales"], version=version, review_months=0)
        await world.accepted(LI, draft(sheet), stream)
        await world.accepted(CHEN, pc.DiscussPolicy(version=version, text="Good."), stream)
        await world.accepted(ZHAO, pc.ApprovePolicy(version=version, in_force_from=begins), stream)
        await world.knows(stream, world.progress(stream).version)
    await world.until(lambda: world.events(stream).count("PolicyCameIntoForce") == 2)


async def webhook_with_a_failure(world: World) -> AsyncIterator[str]:
    """A delivery fails once and arrives; the next finds that the receiver is gone."""
    answers = iter([500, 200, 410])
    house = House(world.ledger, world.recorder, Views(world.ledger), {}, webhooks=HERE)
    webhooks = Webhooks(house, "root", TERMINAL)
    with receiving(answers=lambda heard: next(answers)) as receiver:
        made = await asyncio.to_thread(webhooks.add, "a receiver", receiver.url, ["NoteAdded"])
        receiver.secrets.append(made.secret)
        async with sending(world.ledger, world.client, world.task_queue):
            yield workflow_id(made.endpoint.id)
            stream = await world.open()
            await world.accepted(LI, c.AddNote(text="x"), stream)
            await world.until(lambda: len(receiver.heard) == 2)
            await world.accepted(LI, c.AddNote(text="y"), stream)
            await world.until(lambda: not webhooks.get(made.endpoint.id).endpoint.enabled)
            await world.completed(workflow_id(made.endpoint.id))


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        complaint_with_a_rejection,
        application_not_eligible,
        inquiry_with_a_breach,
        complaint_reopened,
        policy_with_two_first_days,
        webhook_with_a_failure,
    )
}


async def record(names: list[str]) -> None:
    """Tell these stories on servers of their own, and keep what Temporal wrote down."""
    HISTORIES.mkdir(exist_ok=True)
    sheets = dict(policies.load())
    answer = quick("answer", "CaseReceived", "InquiryAnswered", 1)
    sheets["inquiry"] = replace(sheets["inquiry"], version="hasty", clocks=(answer,))
    with (
        tempfile.TemporaryDirectory() as folder,
        Stack(Path(tempfile.mkdtemp()), temporary=True, durable=False) as stack,
    ):
        migrate(stack.owner_url, APPLICATION_ROLE, schema=KEYS)  # the keys lie beside the ledger, as in all tests
        client = await Client.connect(stack.temporal_address, namespace=stack.namespace, identity="recording")
        async with a_world(client, stack.database_url, stack.owner_url, Path(folder), sheets=sheets) as world:
            for name in names:
                streams = [stream async for stream in STORIES[name](world)]
                await world.completed(streams[0])
                history = await world.handle(streams[0]).fetch_history()
                (HISTORIES / f"{name}.json").write_text(history.to_json() + "\n", encoding="utf-8")
                lines = await fingerprint(read(HISTORIES / f"{name}.json"))
                (HISTORIES / f"{name}.commands").write_text("\n".join(lines) + "\n", encoding="utf-8")
                print(f"{name}: {len(history.events)} events, {len(lines)} commands")


if __name__ == "__main__":
    asyncio.run(
        record([name for name in STORIES if "--again" in sys.argv or not (HISTORIES / f"{name}.json").exists()])
    )
