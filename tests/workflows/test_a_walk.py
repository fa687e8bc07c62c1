"""Cases walk their path on a real Temporal and a real ledger; people act, the workflow does the rest."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus, WorkflowHistory
from temporalio.common import SearchAttributeKey

from domain import commands as c
from domain.words import Arrangement, Ending
from tests.domain.story import APPLICATION, INQUIRY, LI, ZHAO
from tests.workflows.world import World, a_complaint

AN_EFFECT = 6
A_COMMAND = 8


def kinds(history: WorkflowHistory) -> Counter[str]:
    """How many events of each kind."""
    return Counter(EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events)


@pytest.mark.requirement("C-06", "C-07", "I-06", "H-10", "R-01")
async def test_a_complaint_walks_from_receive_to_review_and_its_workflow_ends(world: World) -> None:
    stream = await world.open()
    await world.settled(stream)
    commands = 1
    for by, command in a_complaint(stream):
        await world.accepted(by, command, stream)
        commands += 1
        if not world.progress(stream).over:
            await world.settled(stream)
    await world.completed(stream)

    events = world.events(stream)
    for asked_by_the_workflow in ("ReceiptAcknowledged", "DepartmentHeadTold", "ProposalPresented", "SurveyInvited"):
        assert events.count(asked_by_the_workflow) == 1
    assert events.count("NoticeRequested") == events.count("NoticeSent") == 5
    assert events.count("WrittenResultRequested") == events.count("WrittenResultSent") == 1
    assert len(list(world.outbox.iterdir())) == 6

    history = await world.handle(stream).fetch_history()
    assert len(history.events) <= A_COMMAND * commands + AN_EFFECT * 6, kinds(history)
    assert kinds(history)["WORKFLOW_EXECUTION_SIGNALED"] <= commands, "what the workflow asked itself needs no signal"


async def test_temporals_pages_tell_the_story_of_a_case(world: World) -> None:
    stream = await world.open()
    await world.settled(stream)

    description = await world.handle(stream).describe()
    assert await description.static_summary() == f"complaint {stream}"
    assert description.typed_search_attributes.get(SearchAttributeKey.for_keyword("CaseKind")) == "complaint"
    assert description.typed_search_attributes.get(SearchAttributeKey.for_keyword("CaseStage")) == "receive"

    from temporalio.api.sdk.v1 import WorkflowMetadata

    told = await world.handle(stream).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    assert "stage: `receive` (1 of 6" in told.current_details
    assert "waiting for: classified, assignment_accepted" in told.current_details
    assert "next due: check_clocks at 20" in told.current_details

    for by, command in list(a_complaint(stream))[:3]:
        await world.accepted(by, command, stream)
    await world.settled(stream)
    description = await world.handle(stream).describe()
    assert description.typed_search_attributes.get(SearchAttributeKey.for_keyword("CaseStage")) == "investigate"


@pytest.mark.requirement("C-04")
async def test_a_customer_who_rejects_twice_is_told_each_proposal(world: World) -> None:
    stream = await world.open()
    steps = list(a_complaint(stream))
    for by, command in steps[:7]:
        await world.accepted(by, command, stream)
    for _ in range(2):
        await world.settled(stream)
        await world.accepted(LI, c.RejectProposal(new_demand="more"), stream)
        await world.accepted(*steps[6], stream)
    await world.settled(stream)
    assert world.events(stream).count("ProposalPresented") == 3
    assert world.progress(stream).round == 3
    letters = [path.read_text() for path in world.outbox.iterdir() if "Kind: proposal" in path.read_text()]
    assert len(letters) == 3


async def test_a_withdrawn_proposal_is_presented_again_in_the_same_round(world: World) -> None:
    stream = await world.open()
    steps = list(a_complaint(stream))
    for by, command in steps[:7]:
        await world.accepted(by, command, stream)
    await world.settled(stream)
    await world.accepted(LI, c.WithdrawProposal(reason="a mistake"), stream)
    await world.accepted(*steps[6], stream)
    await world.settled(stream)
    assert world.events(stream).count("ProposalPresented") == 2, "its key was used before, so it is asked under another"


@pytest.mark.requirement("A-01")
async def test_an_application_that_is_not_eligible_is_closed_and_reviewed(world: World) -> None:
    stream = await world.accepted(LI, replace(APPLICATION, wish=Arrangement.REPAIR))
    await world.accepted(LI, c.ClassifyCase(category="repair"), stream)
    await world.accepted(LI, c.AssignCase(to="li", department="after-sales"), stream)
    await world.accepted(LI, c.JudgeEligibility(eligible=False, rule="outside_warranty", reason="too old"), stream)
    await world.accepted(LI, c.CloseCase(ending=Ending.NOT_ELIGIBLE, reason="The warranty is over."), stream)
    await world.completed(stream)
    assert world.progress(stream).over
    assert "WrittenResultSent" in world.events(stream)


@pytest.mark.requirement("Q-01")
async def test_an_inquiry_is_answered_and_its_survey_lapses_or_is_answered(world: World) -> None:
    stream = await world.accepted(LI, INQUIRY)
    await world.accepted(LI, c.LookUpKnowledge(query="dimming", article="KB-12"), stream)
    await world.accepted(LI, c.AnswerInquiry(text="Yes, with a remote."), stream)
    await world.accepted(LI, c.AcceptProposal(), stream)
    await world.accepted(LI, c.CloseCase(), stream)
    await world.settled(stream)
    assert "SurveyInvited" in world.events(stream)
    await world.accepted(LI, c.AnswerSurvey(process=5, result=5, attitude=5), stream)
    await world.completed(stream)


@pytest.mark.requirement("C-05")
async def test_a_reopened_case_gets_a_workflow_again(world: World) -> None:
    stream = await world.open()
    for by, command in a_complaint(stream):
        await world.accepted(by, command, stream)
        if isinstance(command, c.CloseCase):
            await world.settled(stream)
    await world.completed(stream)
    first = (await world.handle(stream).describe()).run_id

    await world.accepted(ZHAO, c.ReopenCase(reason="The new lamp is broken too."), stream)
    await world.settled(stream)
    description = await world.handle(stream).describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    assert description.run_id != first
    assert world.progress(stream).stage == "investigate"


async def test_a_case_walked_in_a_hurry_needs_few_events(world: World) -> None:
    """Signals of one case coalesce, and whoever was faster than the workflow does no harm."""
    streams = await asyncio.gather(*(world.open() for _ in range(10)))

    async def walk(stream: str) -> None:
        for by, command in a_complaint(stream):
            await world.accepted(by, command, stream)

    await asyncio.gather(*(walk(stream) for stream in streams))
    for stream in streams:
        await world.completed(stream)
        history = await world.handle(stream).fetch_history()
        assert len(history.events) <= 4 * 14 + AN_EFFECT * 5, kinds(history)
