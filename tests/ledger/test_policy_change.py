"""A policy changes while two hundred cases run: each keeps the promise of its first day, unless somebody moves it."""

from __future__ import annotations

import os
from datetime import datetime, timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain import policy_commands as pc
from domain.actor import WORKFLOW
from domain.words import Channel, Urgency
from ledger.recorder import Recorder, Submission
from tests.domain.policy_story import GAO, LI, SHIPPED, SHORTER, SUN, a_sheet, draft
from tests.ledger.conftest import KEY
from tests.ledgers import Ledger

CASES = int(os.environ.get("CASEFOLD_POLICY_CASES", "200"))
POLICY = "policy:complaint"


def opening(number: int) -> Submission:
    urgency = Urgency.URGENT if number % 5 == 0 else Urgency.ORDINARY
    command = c.ReceiveCase(
        kind="complaint", channel=Channel.EMAIL, contact=f"{number}@example.com", matter="broken", urgency=urgency
    )
    return Submission(command, LI, f"open-{number}")


def deadlines(recorder: Recorder, case: str) -> dict[str, datetime]:
    """The running time limits of a case."""
    return {name: clock.due for name, clock in recorder.load(case)[1].clocks.items()}


@pytest.mark.requirement("P-01", "P-02")
def test_no_running_deadline_moves_new_cases_follow_the_new_version_and_one_is_moved_on_purpose(
    ledger: Ledger, database_url: str
) -> None:
    recorder = Recorder(ledger, KEY)
    recorder.publish({"complaint": a_sheet()}, WORKFLOW)
    cases = [receipt.stream for receipt in recorder.record_all([opening(number) for number in range(CASES)])]
    before = {case: (recorder.load(case)[0], deadlines(recorder, case)) for case in cases}
    assert len(set(cases)) == CASES

    # The limit for ordinary complaints is shortened from three days to two.
    for by, command in (
        (LI, draft(SHORTER, cases=tuple(cases[:2]))),
        (SUN, pc.DiscussPolicy(version=SHORTER.version, text="We can do that.")),
        (GAO, pc.ApprovePolicy(version=SHORTER.version)),
    ):
        assert recorder.record(Submission(command, by, type(command).__name__, POLICY)).refusal is None

    # Every running case is as it was: also for a process that reads the ledger anew.
    with Ledger(database_url) as afresh:
        reader = Recorder(afresh, KEY)
        after = {case: (reader.load(case)[0], deadlines(reader, case)) for case in cases}
    assert after == before

    # What happens to a running case afterwards follows its own sheet, too: more urgent is 24 hours, as it was promised.
    ordinary, moved = cases[1], cases[2]
    recorder.record(Submission(c.SetUrgency(urgency=Urgency.URGENT, reason="It burns."), LI, "urgent", ordinary))
    assert recorder.papers.sheet(recorder.load(ordinary)[1].sheet).version == SHIPPED

    # A new case follows the new version.
    new = recorder.record(opening(CASES + 1)).stream
    case = recorder.load(new)[1]
    assert case.sheet == SHORTER.digest
    assert case.clocks["solution"].due - case.clocks["solution"].started_at == timedelta(hours=48)

    # One case is moved, and its history says by whom and why.
    reason = "The customer was promised two days on the phone."
    move = c.MoveToPolicy(version=SHORTER.version, reason=reason)
    assert recorder.record(Submission(move, LI, "move", moved)).refusal is None
    entries = ledger.history(moved)[before[moved][0] :]
    assert [type(entry.event).__name__ for entry in entries] == ["CaseMovedToPolicy", "DeadlineMoved"]
    event, deadline = (ledger.opened(entry.event) for entry in entries)
    assert isinstance(event, e.CaseMovedToPolicy)
    assert isinstance(deadline, e.DeadlineMoved)
    assert (event.before.version, event.sheet.version, event.reason) == (SHIPPED, SHORTER.version, reason)
    assert (deadline.clock, deadline.cause) == ("solution", "policy")
    assert deadline.before - deadline.due == timedelta(hours=24)
    others = [case for case in cases if case not in (ordinary, moved)]
    assert {case: (recorder.load(case)[0], deadlines(recorder, case)) for case in others} == {
        case: before[case] for case in others
    }
