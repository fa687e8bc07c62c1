"""Undo 撤销: what is sent waits a moment, and what is undone meanwhile is never sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.held_back import HeldBack, held_back
from domain.policy import Sheet
from domain.progress import Due, Effect, progress_of
from domain.words import NoticeKind, Stage
from tests.domain.story import COMPLAINT, DAY_ONE, LI, REMEDY, SYSTEM, WANG, Story, investigating, proposing

HOLD = timedelta(seconds=35)


def _held(of: Story) -> Story:
    return replace(of, hold=HOLD)


def _to_be_sent(of: Story) -> list[Effect]:
    progress = progress_of(of.case_id, of.case.version, of.case, of.sheet)
    assert progress is not None
    return progress.todo


def _steps(of: Story) -> tuple[list[str], list[Due]]:
    """What the workflow asks for at once, and what at an instant, other than looking at clocks."""
    progress = progress_of(of.case_id, of.case.version, of.case, of.sheet)
    assert progress is not None
    return progress.wanted, [due for due in progress.due if due.command != "check_clocks"]


@pytest.mark.requirement("C-04", "C-06")
def test_the_customer_is_told_a_proposal_when_it_can_no_longer_be_undone() -> None:
    then = _held(proposing()).accepts(REMEDY, by=WANG)
    until = DAY_ONE + HOLD
    assert then.named(e.StepsHeld) == [e.StepsHeld(steps=("present_proposal",), until=until)]
    assert _steps(then.story) == ([], [Due("present_proposal", until)])
    then.story.later(seconds=34).refuses(c.PresentProposal(), "step_held", by=SYSTEM, command="present_proposal")
    told = then.story.later(seconds=35).accepts(c.PresentProposal(), by=SYSTEM)
    assert told.named(e.ProposalPresented)[0].at == until, "the customer's time to answer begins when they are told"
    assert told.named(e.NoticeRequested)[0].not_before == until


def test_a_person_need_not_wait_to_tell_the_customer() -> None:
    then = _held(proposing()).accepts(REMEDY, by=WANG).story.later(seconds=2)
    then.accepts(c.PresentProposal(), by=WANG)


def test_nothing_waits_unless_it_is_asked_for() -> None:
    then = proposing().accepts(REMEDY, by=WANG)
    assert not then.named(e.StepsHeld)
    assert _steps(then.story)[0] == ["present_proposal"]


@pytest.mark.requirement("C-04")
def test_a_proposal_that_is_undone_in_time_is_never_sent() -> None:
    made = _held(proposing()).accepts(REMEDY, by=WANG).story.later(seconds=10)
    undone = made.accepts(c.WithdrawProposal(reason="a slip"), by=WANG).story
    assert (undone.case.stage, undone.case.held) == (Stage.PROPOSE, {})
    assert _steps(undone) == ([], [])
    undone.later(seconds=30).refuses(c.PresentProposal(), "wrong_stage", by=SYSTEM)
    again = undone.accepts(REMEDY, by=WANG).story
    assert _steps(again)[1] == [Due("present_proposal", again.now + HOLD)], "the next one waits for itself"


def test_a_promise_is_worth_more_than_the_chance_to_undo() -> None:
    """A time limit that would pass meanwhile: nothing waits."""
    ready = _held(proposing())
    near = replace(ready, now=ready.case.clocks["solution"].due - timedelta(seconds=20))
    remedy = replace(REMEDY, measures=(c.Measure(text="Send a new lamp", owner="wang"),))
    assert not near.accepts(remedy, by=WANG).named(e.StepsHeld)


@pytest.mark.requirement("C-06")
def test_a_notice_that_is_taken_back_before_it_was_sent_is_never_sent() -> None:
    told = _held(investigating()).accepts(c.TellProgress(text="It is on its way."), by=WANG)
    [asked] = told.named(e.NoticeRequested)
    assert asked.not_before == DAY_ONE + HOLD
    taken_back = c.CancelNotice(notice=asked.notice, reason="a slip")
    undone = told.story.later(seconds=9).accepts(
        taken_back, e.NoticeCancelled(notice=asked.notice, reason="a slip"), by=WANG
    )
    assert asked.notice not in [effect.key for effect in _to_be_sent(undone.story)]
    undone.story.refuses(taken_back, "notice_cancelled", by=WANG)
    undone.story.refuses(c.ResendNotice(notice=asked.notice), "notice_cancelled", by=WANG)
    undone.story.accepts(c.ReportSendingFailed(notice=asked.notice, code="x"), by=SYSTEM)
    told.story.refuses(c.CancelNotice(notice="N99", reason="x"), "unknown_notice")
    told.story.refuses(c.CancelNotice(notice=asked.notice, reason=" "), "field_missing")


def test_what_had_left_already_is_not_hidden() -> None:
    told = investigating().accepts(c.TellProgress(text="It is on its way."), by=WANG)
    number = told.named(e.NoticeRequested)[0].notice
    sent = c.ConfirmSending(notice=number, reference="x", sha256="00")
    told.story.after(sent, by=SYSTEM).refuses(c.CancelNotice(notice=number, reason="a slip"), "notice_settled")
    crossed = told.story.after(c.CancelNotice(notice=number, reason="a slip")).accepts(sent, by=SYSTEM)
    assert crossed.case.notices[number].sent


@pytest.mark.requirement("C-06")
def test_with_a_proposal_go_its_notices_that_have_not_left() -> None:
    presented = proposing().after(REMEDY, by=WANG).accepts(c.PresentProposal(), by=SYSTEM)
    number = presented.named(e.NoticeRequested)[0].notice
    presented.story.refuses(c.CancelNotice(notice=number, reason="a slip"), "withdraw_instead", notice=number)
    then = presented.story.accepts(c.WithdrawProposal(reason="a slip"), by=WANG)
    assert then.named(e.NoticeCancelled) == [e.NoticeCancelled(notice=number, reason="a slip")]
    sent = presented.story.after(c.ConfirmSending(notice=number, reference="x", sha256="00"), by=SYSTEM)
    assert not sent.accepts(c.WithdrawProposal(reason="a slip"), by=WANG).named(e.NoticeCancelled)


def _promising() -> Sheet:
    """A sheet that promises the customer word within a day."""
    sheet = policies.load()["complaint"]
    response = next(rule for rule in sheet.clocks if rule.name == "first_response")
    word = replace(response, name="word", stops=("ProgressTold",), limit={"ordinary": "1d"})
    return replace(sheet, clocks=(*sheet.clocks, word))


@pytest.mark.requirement("T-08")
def test_a_promise_runs_on_when_what_kept_it_was_taken_back() -> None:
    """Nobody stops a time limit with a message that is never sent."""
    opened = Story(_promising()).after(COMPLAINT)
    due = opened.case.clocks["word"].due
    told = _held(opened).accepts(c.TellProgress(text="Soon."), by=LI)
    assert not told.case.clocks["word"].running
    number = told.named(e.NoticeRequested)[0].notice
    undone = told.story.later(seconds=20).accepts(c.CancelNotice(notice=number, reason="a slip"), by=LI)
    assert undone.case.clocks["word"].running
    assert undone.case.clocks["word"].due - due <= timedelta(seconds=60)
    assert undone.named(e.DeadlineMoved)[0].cause == "restarted"
    assert NoticeKind.PROGRESS is undone.case.notices[number].kind


@pytest.mark.requirement("C-06")
def test_a_notice_that_is_held_back_is_sent_at_once_when_somebody_says_so() -> None:
    told = _held(investigating()).accepts(c.TellProgress(text="It is on its way."), by=WANG)
    [asked] = told.named(e.NoticeRequested)
    go = c.ResendNotice(notice=asked.notice)
    then = told.story.later(seconds=5).accepts(go, by=LI)
    [now] = then.named(e.NoticeRequested)
    assert (now.replaces, now.not_before) == (asked.notice, then.story.now)
    assert [(effect.key, effect.not_before) for effect in _to_be_sent(then.story) if effect.kind == "progress"] == [
        (now.notice, then.story.now)
    ], "and the one that waited is not sent besides"
    then.story.refuses(c.CancelNotice(notice=asked.notice, reason="a slip"), "notice_settled")
    told.story.later(seconds=35).refuses(go, "notice_not_failed", by=LI)


@pytest.mark.requirement("T-08")
def test_a_promise_runs_on_as_well_when_what_was_let_go_is_taken_back_before_it_left() -> None:
    told = _held(Story(_promising()).after(COMPLAINT)).accepts(c.TellProgress(text="Soon."), by=LI)
    gone = told.story.accepts(c.ResendNotice(notice=told.named(e.NoticeRequested)[0].notice), by=LI)
    assert not gone.case.clocks["word"].running
    number = gone.named(e.NoticeRequested)[0].notice
    assert gone.story.accepts(c.CancelNotice(notice=number, reason="a slip"), by=LI).case.clocks["word"].running


def test_what_is_held_back_says_until_when_and_how_it_goes_on_or_never_does() -> None:
    made = _held(proposing()).accepts(REMEDY, by=WANG).story
    until = made.now + HOLD
    step = HeldBack(until, "present_proposal", "withdraw_proposal", step="present_proposal")
    assert held_back(made.case, made.now) == [step]
    assert held_back(made.case, until) == [], "it is not held back any more"
    told = _held(made.later(seconds=5)).accepts(c.TellProgress(text="Soon."), by=LI).story
    [first, second] = held_back(told.case, told.now)
    assert first == step
    assert (second.lets_go, second.takes_back, second.until) == ("resend_notice", "cancel_notice", told.now + HOLD)
