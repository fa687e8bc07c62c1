"""A person's data: holds, restriction by two persons, and the steps of an erasure, each once and in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from domain import subject_messages as m
from domain.actor import WORKFLOW, Actor, Role
from domain.context import Context
from domain.message import Command, Event
from domain.refusal import Refused
from domain.streams import SUBJECT
from domain.subject import COMMANDS, Step, Subject, progress_of
from tests.domain.shelf import MemoryShelf
from tests.domain.story import DAY_ONE, LI

pytestmark = pytest.mark.requirement("L-04")

DA = Actor("da", (Role.DATA,))
MA = Actor("ma", (Role.MANAGEMENT,))
STREAM = "subject:P0123456789abcdef0123"


@dataclass(frozen=True)
class Person:
    """Given, when, then for a person's data."""

    events: tuple[Event, ...] = ()
    now: datetime = DAY_ONE

    @property
    def subject(self) -> Subject:
        folded: Subject = SUBJECT.fold(self.events)
        return folded

    def after(self, *commands: Command, by: Actor = DA) -> Person:
        person = self
        for command in commands:
            context = Context(STREAM, person.now, by, None, MemoryShelf())
            person = replace(person, events=(*person.events, *SUBJECT.decide(person.subject, command, context)))
        return person

    def refuses(self, command: Command, code: str, by: Actor = DA) -> None:
        with pytest.raises(Refused) as refused:
            self.after(command, by=by)
        assert refused.value.code == code
        assert refused.value.sentence


ASKED = Person().after(m.RequestErasure())
ERASED = ASKED.after(m.EraseSubject(), by=WORKFLOW)


def test_an_erasure_goes_its_way_step_by_step() -> None:
    steps = [
        (m.EraseSubject(), Step.ERASED),
        (m.ReportKeysDestroyed(keys=2), Step.DESTROYED),
        (m.ReportTracesPurged(streams=3), Step.PURGED),
        (m.CertifyErasure(origin="log", leaf_index=7, size=9, root="ab"), Step.CERTIFIED),
    ]
    person = ASKED
    for number, (command, step) in enumerate(steps):
        for later, _ in steps[number + 1 :]:
            person.refuses(later, "nothing_changes", by=WORKFLOW)
        person = person.after(command, by=WORKFLOW)
        assert person.subject.step is step
        person.refuses(command, "nothing_changes", by=WORKFLOW)
    progress = progress_of(STREAM, person.subject)
    assert progress is not None
    assert progress.over


def test_a_hold_keeps_the_data_until_it_is_released_or_runs_out() -> None:
    held = ASKED.after(m.PlaceHold(reason="a claim in court"))
    held.refuses(m.EraseSubject(), "hold_stands", by=WORKFLOW)
    delayed = held.after(m.DelayErasure(), by=WORKFLOW)
    assert delayed.subject.delayed_by == ("H1",)
    delayed.refuses(m.DelayErasure(), "nothing_changes", by=WORKFLOW)
    assert delayed.after(m.ReleaseHold(hold="H1", reason="settled")).after(m.EraseSubject(), by=WORKFLOW).subject.erased
    delayed.refuses(m.ReleaseHold(hold="H2", reason="x"), "unknown_hold")
    timed = ASKED.after(m.PlaceHold(reason="a claim", until=DAY_ONE + timedelta(days=1)))
    timed.refuses(m.EraseSubject(), "hold_stands", by=WORKFLOW)
    assert replace(timed, now=DAY_ONE + timedelta(days=1)).after(m.EraseSubject(), by=WORKFLOW).subject.erased


def test_a_request_may_be_taken_back_and_made_more_urgent_while_nothing_is_erased() -> None:
    ASKED.refuses(m.RequestErasure(), "nothing_changes")
    assert ASKED.after(m.RequestErasure(despite_open_cases=True)).subject.despite_open_cases
    back = ASKED.after(m.WithdrawErasure(reason="a mistake"))
    assert back.subject.step is Step.NONE
    back.refuses(m.WithdrawErasure(reason="again"), "nothing_changes")
    assert back.after(m.RequestErasure()).subject.step is Step.REQUESTED


@pytest.mark.parametrize(
    "command",
    [
        m.PlaceHold(reason="late"),
        m.RestrictSubject(),
        m.AskRelease(reason="late"),
        m.ReleaseSubject(),
        m.RequestErasure(),
        m.WithdrawErasure(reason="late"),
    ],
)
def test_what_is_erased_is_erased(command: Command) -> None:
    ERASED.refuses(command, "subject_erased")


def test_a_restriction_is_lifted_by_two_persons_only() -> None:
    restricted = Person().after(m.RestrictSubject())
    restricted.refuses(m.RestrictSubject(), "nothing_changes")
    restricted.refuses(m.ReleaseSubject(), "release_not_asked", by=MA)
    asked = restricted.after(m.AskRelease(reason="the objection was withdrawn"))
    asked.refuses(m.ReleaseSubject(), "release_by_another")
    released = asked.after(m.ReleaseSubject(), by=MA)
    assert not released.subject.restricted
    assert released.events[-1] == m.SubjectReleased(asked_by="da", by="ma")
    released.refuses(m.ReleaseSubject(), "nothing_changes", by=MA)


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize("command", [m.RequestErasure(), m.PlaceHold(reason="x"), m.RestrictSubject()])
def test_only_those_who_answer_for_data_decide_about_it(command: Command) -> None:
    Person().refuses(command, "not_your_role", by=LI)
    assert Person().after(command, by=MA).events


def test_what_the_workflow_reports_nobody_else_may() -> None:
    ASKED.refuses(m.EraseSubject(), "only_the_system")
    assert set(COMMANDS) >= {"erase_subject", "request_erasure"}
