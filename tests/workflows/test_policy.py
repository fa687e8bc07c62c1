"""A policy's own workflow: it wakes for first days and reviews, needs nothing but the ledger, and rests otherwise."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from domain import events as e
from domain import policy_commands as pc
from domain.policy import Sheet
from domain.policy_events import PolicyCameIntoForce, ReviewOutcome
from domain.policy_life import Policy, months_later, version_in_force
from tests.domain.policy_story import GAO, LI, SUN, ZHAO, a_sheet, draft
from tests.workflows.conftest import HeardClock
from tests.workflows.world import World, a_world
from worker.reconcile import reconcile
from worker.restore import restore
from worker.sweep import Sweep

_kinds = (f"promise-{number}" for number in itertools.count(1))


@pytest.fixture
def sheet() -> Sheet:
    """A sheet that is reviewed every year, for a kind of the test's own: tests share one Temporal."""
    return a_sheet(next(_kinds))


@pytest.fixture
async def years(
    skipping: WorkflowEnvironment, database_url: str, owner_url: str, tmp_path: Path, sheet: Sheet
) -> AsyncIterator[World]:
    """A world in which years pass in a second."""
    clock = HeardClock()
    sheets = {sheet.kind: sheet}
    async with a_world(
        skipping.client, database_url, owner_url, tmp_path, sheets=sheets, reviews=True, clock=clock, hear=clock.hear
    ) as world:
        yield world


@pytest.fixture
async def today(
    temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path, sheet: Sheet
) -> AsyncIterator[World]:
    """A world in which time passes as everywhere."""
    sheets = {sheet.kind: sheet}
    async with a_world(temporal_client, database_url, owner_url, tmp_path, sheets=sheets, reviews=True) as world:
        yield world


def stream_of(sheet: Sheet) -> str:
    return f"policy:{sheet.kind}"


def policy(world: World, sheet: Sheet) -> Policy:
    """The policy as the ledger has it."""
    folded: Policy = world.recorder.load(stream_of(sheet))[1]
    return folded


async def approved(world: World, sheet: Sheet, begins: datetime | None) -> Sheet:
    """A shorter limit, drafted, discussed and approved."""
    stream, shorter = stream_of(sheet), a_sheet(sheet.kind, "shorter", "48h")
    await world.accepted(LI, draft(shorter), stream)
    await world.accepted(SUN, pc.DiscussPolicy(version="shorter", text="Good."), stream)
    await world.accepted(GAO, pc.ApprovePolicy(version="shorter", in_force_from=begins), stream)
    return shorter


async def runs(world: World, stream: str) -> None:
    """Wait until the policy's workflow runs."""
    for _ in range(1000):
        if await world.courier.runs(stream):
            return
        await asyncio.sleep(0.02)
    raise AssertionError("no workflow was started")


@pytest.mark.requirement("P-03")
async def test_the_timer_reminds_of_the_yearly_review_which_is_an_event_of_its_own(years: World, sheet: Sheet) -> None:
    stream = stream_of(sheet)
    await years.until(lambda: "PolicyReviewDue" in years.events(stream))
    published, due = years.ledger.history(stream)
    assert due.happened_at == months_later(published.recorded_at, 12)
    assert due.recorded_at - due.happened_at < timedelta(minutes=1)
    assert due.command_id.startswith(f"{stream}/check_policy@")
    await years.completed(stream)

    await years.accepted(ZHAO, pc.ReviewPolicy(outcome=ReviewOutcome.KEEP, remarks="It works."), stream)
    await years.until(lambda: years.events(stream).count("PolicyReviewDue") == 2)
    assert years.events(stream) == ["SheetPublished", "PolicyReviewDue", "PolicyReviewed", "PolicyReviewDue"]
    reviewed, again = years.ledger.history(stream)[2:]
    assert again.happened_at == months_later(reviewed.recorded_at, 12)


@pytest.mark.requirement("P-01")
async def test_an_approved_version_comes_into_force_on_its_date_and_new_cases_follow_it(
    skipping: WorkflowEnvironment, database_url: str, owner_url: str, tmp_path: Path, sheet: Sheet
) -> None:
    clock, stream = HeardClock(), stream_of(sheet)
    async with a_world(
        skipping.client,
        database_url,
        owner_url,
        tmp_path,
        sheets={sheet.kind: sheet},
        clock=clock,
        hear=clock.hear,
    ) as world:
        with skipping.with_time_skipping_disabled():  # the workflow begins here: no review keeps one busy before
            begins = datetime.now(UTC) + timedelta(days=30)
            shorter = await approved(world, sheet, begins)
            before = await world.open(kind=sheet.kind)
            followed = world.recorder.papers.sheet(world.case(before).sheet)
            assert followed.version == sheet.version
            await runs(world, stream)
            await world.knows(stream, policy(world, sheet).version)
        assert await skipping.fast_forward(world.handle(stream), timedelta(days=30, seconds=5))
        await world.until(lambda: "PolicyCameIntoForce" in world.events(stream))
        (entry,) = (one for one in world.ledger.history(stream) if isinstance(one.event, PolicyCameIntoForce))
        assert entry.happened_at == begins
        after = await world.open(kind=sheet.kind)
        assert world.case(after).sheet == shorter.digest
        assert world.case(before).sheet == followed.digest


@pytest.mark.requirement("P-05")
async def test_the_timer_calls_for_supervision_and_follows_each_exception_to_its_end(
    skipping: WorkflowEnvironment, database_url: str, owner_url: str, tmp_path: Path
) -> None:
    clock, sheet = HeardClock(), a_sheet(next(_kinds), review_months=0, supervision_months=3)
    stream, sheets = stream_of(sheet), {sheet.kind: sheet}
    async with a_world(
        skipping.client, database_url, owner_url, tmp_path, sheets=sheets, reviews=True, clock=clock, hear=clock.hear
    ) as world:
        await world.until(lambda: "SupervisionDue" in world.events(stream))
        published, due = world.ledger.history(stream)
        assert due.happened_at == months_later(published.recorded_at, 3)
        assert due.recorded_at - due.happened_at < timedelta(minutes=1)
        await world.completed(stream)

        await world.accepted(GAO, pc.HoldSupervision(checked=40), stream)
        await world.until(lambda: world.events(stream).count("SupervisionDue") == 2)
        await world.completed(stream)  # called once: nothing lies ahead until it is held, so no time is skipped
        until = clock() + timedelta(days=14)
        await world.accepted(GAO, pc.ReportException(text="No call back.", owner="sun", due=until), stream)
        await world.until(lambda: "ExceptionOverdue" in world.events(stream))
        await world.completed(stream)
        overdue = world.ledger.history(stream)[-1]
        assert overdue.happened_at == until
        assert overdue.recorded_at - until < timedelta(minutes=1)

        await world.accepted(SUN, pc.RectifyException(exception="X1", effect="Called."), stream)
        assert world.events(stream)[2:] == [
            "SupervisionHeld",
            "SupervisionDue",
            "ExceptionFound",
            "ExceptionOverdue",
            "ExceptionRectified",
        ]


@pytest.mark.requirement("P-03", "L-06")
async def test_restore_brings_the_workflow_of_a_policy_back_from_the_ledger_alone(today: World, sheet: Sheet) -> None:
    stream = stream_of(sheet)
    await runs(today, stream)
    await today.knows(stream, 1)
    await today.handle(stream).terminate()
    restored = await restore(today.ledger, today.recorder, today.courier)
    assert (restored.cases, restored.policies, restored.policies_started) == (0, 1, 1)
    assert "1 policies wait for a date: 1 workflows started" in restored.sentence
    await today.knows(stream, 1)
    again = await restore(today.ledger, today.recorder, today.courier)
    assert (again.policies, again.policies_started, again.policies_told) == (1, 0, 0)


async def test_the_sweep_starts_the_workflow_of_a_policy_that_was_lost(today: World, sheet: Sheet) -> None:
    stream = stream_of(sheet)
    await runs(today, stream)
    await today.handle(stream).terminate()
    sweep = Sweep(today.ledger, today.recorder, today.courier)
    for _ in range(50):  # the list of what runs lags behind
        await sweep.once()
        if await today.courier.runs(stream):
            break
        await asyncio.sleep(0.1)
    assert await today.courier.runs(stream)


async def test_reconcile_counts_policies_apart_from_cases(today: World, sheet: Sheet) -> None:
    stream = stream_of(sheet)
    await runs(today, stream)
    await today.knows(stream, 1)
    report = await reconcile(today.ledger, today.recorder, today.courier, moment=0.2)
    assert (report.cases, report.open, report.policies) == (0, 0, 1)
    assert report.policies_running >= 1
    assert stream not in {difference.case for difference in report.differences}
    await today.handle(stream).terminate()
    report = await reconcile(today.ledger, today.recorder, today.courier, moment=0.2)
    assert {difference.kind for difference in report.differences if difference.case == stream} == {"missing"}
    report.show()


@pytest.mark.requirement("P-01")
async def test_its_workflow_ends_when_no_date_lies_ahead_and_comes_back_with_the_next(
    temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path, sheet: Sheet
) -> None:
    async with a_world(temporal_client, database_url, owner_url, tmp_path, sheets={sheet.kind: sheet}) as world:
        stream = stream_of(sheet)
        assert not await world.courier.runs(stream), "never reviewed, and nothing approved"
        soon = datetime.now(UTC) + timedelta(seconds=3)
        shorter = a_sheet(sheet.kind, "shorter", "48h", review_months=0)
        await world.accepted(LI, draft(shorter), stream)
        await world.accepted(SUN, pc.DiscussPolicy(version="shorter", text="Good."), stream)
        await world.accepted(GAO, pc.ApprovePolicy(version="shorter", in_force_from=soon), stream)
        await world.until(lambda: "PolicyCameIntoForce" in world.events(stream))
        entry = world.ledger.history(stream)[-1]
        assert entry.happened_at == soon
        assert timedelta(0) <= entry.recorded_at - soon < timedelta(seconds=3)
        await world.completed(stream)
        assert version_in_force(policy(world, sheet), soon) == "shorter"


async def test_temporals_pages_tell_what_a_policy_waits_for(today: World, sheet: Sheet) -> None:
    stream = stream_of(sheet)
    await runs(today, stream)
    description = await today.handle(stream).describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    for name, value in (("CaseKind", "policy"), ("CaseStage", "policy")):
        assert description.typed_search_attributes.get(SearchAttributeKey.for_keyword(name)) == value
    assert description.workflow_type == "PolicyWorkflow"


async def test_a_first_day_that_nobody_noticed_still_decides_and_is_found_with_its_true_instant(
    temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path, sheet: Sheet
) -> None:
    """No workflow runs at all: whoever asks something of the policy next leaves what was due before."""
    clock = HeardClock()
    async with a_world(
        temporal_client,
        database_url,
        owner_url,
        tmp_path,
        sheets={sheet.kind: sheet},
        clock=clock,
        relay=False,
        worker=False,
    ) as world:
        stream, begins = stream_of(sheet), datetime.now(UTC) + timedelta(days=2)
        shorter = await approved(world, sheet, begins)
        clock.hear(begins + timedelta(days=1))
        case = await world.open(kind=sheet.kind)
        received = world.ledger.history(case)[0].event
        assert isinstance(received, e.CaseReceived)
        assert received.sheet.digest == shorter.digest
        assert "PolicyCameIntoForce" not in world.events(stream)
        await world.accepted(SUN, pc.SuggestChange(text="Even shorter."), stream)
        came = world.ledger.history(stream)[-2]
        assert (type(came.event).__name__, came.happened_at) == ("PolicyCameIntoForce", begins)
