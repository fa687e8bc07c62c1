"""Which sheet a new case follows: only instants decide, alone and in batches, noticed by a workflow or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from domain import commands as c
from domain import policy_commands as pc
from domain.actor import WORKFLOW, Actor, Role
from domain.message import Command
from domain.policy import Sheet
from domain.policy_events import ReviewOutcome
from domain.words import Channel
from ledger.recorder import Receipt, Recorder, Submission
from tests.domain.policy_story import GAO, LI, SHIPPED, SHORTER, SUN, ZHAO, a_sheet, draft
from tests.ledger.conftest import KEY
from tests.ledgers import Ledger

POLICY = "policy:complaint"
SHIPPED_SHEET = a_sheet()
CHEN = Actor("chen", (Role.LEAD,), "customer-service")
Ask = Callable[..., Receipt]


@dataclass
class SetClock:
    """The clock on the wall, which a test sets."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def later(self, **delta: float) -> datetime:
        self.now += timedelta(**delta)
        return self.now


@pytest.fixture
def clock(ledger: Ledger) -> SetClock:
    """It begins today; the ledger never goes back."""
    return SetClock(ledger.now())


@pytest.fixture
def recorder(ledger: Ledger, clock: SetClock) -> Recorder:
    """A recorder on that clock, with one sheet of the program in force."""
    recorder = Recorder(ledger, KEY, clock)
    recorder.publish({"complaint": SHIPPED_SHEET}, WORKFLOW)
    return recorder


@pytest.fixture
def ask(recorder: Recorder) -> Ask:
    """Give a command; it is accepted, unless a test looks for the refusal itself."""
    numbers = iter(range(1, 1_000_000))

    def give(command: Command, by: Actor = LI, stream: str | None = None, *, code: str = "") -> Receipt:
        receipt = recorder.record(Submission(command, by, f"c{next(numbers)}", stream))
        assert (receipt.refusal.code if receipt.refusal else "") == code
        return receipt

    return give


def approve(ask: Ask, sheet: Sheet, begins: datetime | None = None) -> None:
    """Drafted, discussed and approved, by three people."""
    ask(draft(sheet), LI, POLICY)
    ask(pc.DiscussPolicy(version=sheet.version, text="Good."), SUN, POLICY)
    ask(pc.ApprovePolicy(version=sheet.version, in_force_from=begins), GAO, POLICY)


def opening(number: int = 0) -> c.ReceiveCase:
    return c.ReceiveCase(kind="complaint", channel=Channel.EMAIL, contact="a@example.com", matter=f"matter {number}")


def followed(recorder: Recorder, receipt: Receipt) -> str:
    """The version that a case follows."""
    return recorder.papers.sheet(recorder.load(receipt.stream)[1].sheet).version


@pytest.mark.requirement("P-01", "P-02")
def test_a_new_case_follows_the_version_in_force_at_its_instant(recorder: Recorder, ask: Ask, clock: SetClock) -> None:
    begins = clock.now + timedelta(days=10)
    ask(draft(SHORTER), LI, POLICY)
    assert followed(recorder, ask(opening(1))) == SHIPPED, "a draft is in nobody's way"
    ask(pc.DiscussPolicy(version=SHORTER.version, text="Good."), SUN, POLICY)
    ask(pc.ApprovePolicy(version=SHORTER.version, in_force_from=begins), GAO, POLICY)
    clock.now = begins - timedelta(microseconds=1)
    assert followed(recorder, ask(opening(2))) == SHIPPED
    clock.now = begins
    assert followed(recorder, ask(opening(3))) == SHORTER.version
    assert recorder.sheet_in_force("complaint") == SHORTER
    ask(pc.RetirePolicy(version=SHORTER.version, reason="Too short."), GAO, POLICY)
    assert followed(recorder, ask(opening(4))) == SHIPPED


@pytest.mark.requirement("P-02")
def test_many_at_once_follow_the_version_of_their_instant_too(recorder: Recorder, ask: Ask, clock: SetClock) -> None:
    approve(ask, SHORTER, clock.later(days=1) + timedelta(days=1))

    def together(numbers: range) -> list[str]:
        asked = [Submission(opening(number), LI, f"together-{number}") for number in numbers]
        return [followed(recorder, receipt) for receipt in recorder.record_all(asked)]

    assert together(range(5)) == [SHIPPED] * 5
    clock.later(days=2)
    assert together(range(5, 10)) == [SHORTER.version] * 5


def test_a_policy_that_changes_in_a_batch_is_followed_by_the_cases_after_it(recorder: Recorder, ask: Ask) -> None:
    ask(draft(SHORTER), LI, POLICY)
    ask(pc.DiscussPolicy(version=SHORTER.version, text="Good."), SUN, POLICY)
    before, _, after = recorder.record_all(
        [
            Submission(opening(1), LI, "one"),
            Submission(pc.ApprovePolicy(version=SHORTER.version), GAO, "two", POLICY),
            Submission(opening(2), LI, "three"),
        ]
    )
    assert (followed(recorder, before), followed(recorder, after)) == (SHIPPED, SHORTER.version)


def test_another_process_follows_the_same_version(
    recorder: Recorder, ask: Ask, clock: SetClock, database_url: str
) -> None:
    with Ledger(database_url) as other_ledger:
        other = Recorder(other_ledger, KEY, clock)
        assert other.sheet_in_force("complaint") == SHIPPED_SHEET
        approve(ask, SHORTER)
        receipt = other.record(Submission(opening(1), LI, "other-1"))
        assert followed(other, receipt) == SHORTER.version


@pytest.mark.requirement("P-01")
def test_the_program_starts_again_and_again_without_a_refusal_while_the_policy_is_the_organisations_own(
    recorder: Recorder, ask: Ask, ledger: Ledger
) -> None:
    approve(ask, SHORTER)
    newest = ledger.newest()
    for sheet in (SHIPPED_SHEET, a_sheet(version="2028-program", solution="1h")):
        recorder.publish({"complaint": sheet}, WORKFLOW)
    assert ledger.newest() == newest
    assert recorder.sheet_in_force("complaint") == SHORTER
    asked = pc.PublishSheet(content=draft(a_sheet(version="2029")).content)
    assert recorder.record(Submission(asked, WORKFLOW, "by hand", POLICY)).refusal is not None


def test_a_draft_with_the_name_of_the_programs_next_sheet_does_not_keep_the_program_from_starting(
    recorder: Recorder, ask: Ask
) -> None:
    ask(draft(SHORTER), LI, POLICY)
    recorder.publish({"complaint": replace(SHIPPED_SHEET, version=SHORTER.version, low_score=4)}, WORKFLOW)
    assert recorder.sheet_in_force("complaint") == SHIPPED_SHEET


@pytest.mark.requirement("P-01")
def test_an_organisation_may_draw_up_a_kind_of_case_that_the_program_does_not_know(
    recorder: Recorder, ask: Ask
) -> None:
    sheet, stream = a_sheet("recall", "first"), "policy:recall"
    ask(draft(sheet), LI, stream)
    wanted = c.ReceiveCase(kind="recall", channel=Channel.EMAIL)
    ask(wanted, code="no_sheet")
    ask(pc.DiscussPolicy(version="first", text="Needed."), SUN, stream)
    ask(pc.ApprovePolicy(version="first"), GAO, stream)
    assert followed(recorder, ask(wanted)) == "first"
    ask(pc.SuggestChange(text="?"), LI, "policy:never-heard-of", code="unknown_case")


@pytest.mark.requirement("P-02")
def test_a_running_case_is_moved_only_to_a_version_that_is_or_was_in_force(
    recorder: Recorder, ask: Ask, clock: SetClock
) -> None:
    case = ask(opening(1)).stream

    def move(version: str, code: str = "") -> None:
        ask(c.MoveToPolicy(version=version, reason="Agreed with the customer."), CHEN, case, code=code)

    approve(ask, SHORTER, clock.now + timedelta(days=1))
    move(SHORTER.version, "unknown_policy_version")
    clock.later(days=1)
    move(SHORTER.version)
    assert recorder.load(case)[1].sheet == SHORTER.digest
    ask(pc.RetirePolicy(version=SHORTER.version, reason="?"), GAO, POLICY)
    move(SHIPPED)
    move(SHORTER.version)


def test_what_was_due_is_recorded_before_what_is_asked(ledger: Ledger, ask: Ask, clock: SetClock) -> None:
    began = ledger.history(POLICY)[0].recorded_at
    clock.now = began + timedelta(days=800)
    ask(pc.ReviewPolicy(outcome=ReviewOutcome.REVISE, remarks="Late."), ZHAO, POLICY)
    _, due, reviewed = ledger.history(POLICY)
    assert [type(entry.event).__name__ for entry in (due, reviewed)] == ["PolicyReviewDue", "PolicyReviewed"]
    assert due.happened_at == began.replace(year=began.year + 1)
    assert due.actor == WORKFLOW
    assert reviewed.happened_at == reviewed.recorded_at == clock.now.astimezone(UTC)
