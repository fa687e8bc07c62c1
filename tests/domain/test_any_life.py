"""Any legal life of a case, whatever is asked in whatever order: it folds, it keeps its rules, it never gets stuck."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import events as e
from domain.actor import Actor, Role
from domain.clocks import overdue
from domain.commands import COMMANDS, ImportCase, ImportLog, PauseClocks, ReceiveCase
from domain.explain import explain
from domain.message import Command
from domain.progress import progress_of
from domain.refusal import Refused
from domain.rules import ClockRule
from domain.streams import CASE
from domain.words import Ending, Outcome, Stage
from tests.domain.story import APPLICATION, COMPLAINT, DAY_ONE, INQUIRY, SYSTEM, Story, story
from tests.rounds import examples

pytestmark = pytest.mark.soak

EVERYBODY = [
    SYSTEM,
    Actor("li", (Role.AGENT, Role.TECHNICIAN)),
    Actor("chen", (Role.LEAD, Role.DEPARTMENT_HEAD)),
]

LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "finding": st.just("F1"),
    "findings": st.just(("F1",)),
    "question": st.sampled_from(["Q1", "Q2"]),
    "measure": st.sampled_from(["M1", "M2"]),
    "improvement": st.just("I1"),
    "notice": st.sampled_from(["N1", "N2", "N3"]),
    "to": st.sampled_from(["li", "chen"]),
    "rule": st.sampled_from(["within_warranty", "damaged_by_misuse"]),
    "category": st.sampled_from(["product", "repair", "refund"]),
    "subcategory": st.just(""),
    "sha256": st.just("ab" * 32),
    "field": st.sampled_from(["contact", "department", "colour"]),
    "entry": st.integers(1, 30),
    "due": st.integers(-1, 40).map(lambda days: DAY_ONE + timedelta(days=days)),
    "outcome": st.sampled_from(Outcome),
    "ending": st.sampled_from(Ending),
    "article": st.sampled_from(["", "KB-1"]),
    "pause": st.sampled_from(["P1", "P2", "P3"]),
    "version": st.sampled_from(["stricter", "3000-01-01"]),
    "calendar": st.sampled_from(["cn", "round-the-clock"]),
    "plan": st.sampled_from(["L1", "L2"]),
    "process": st.integers(1, 5),
    "result": st.integers(1, 5),
    "attitude": st.integers(1, 5),
}


PAUSE_REASONS = st.sampled_from(["waiting_for_customer", "inspection", "lunch"])


def _any(command: type[Command]) -> st.SearchStrategy[Command]:
    """A command with likely values: free words are short, numbers of things may or may not exist."""
    hints = get_type_hints(command)
    known = {
        field.name: LIKELY[field.name]
        for field in dataclasses.fields(command)  # type: ignore[arg-type]
        if field.name in LIKELY and not (hints[field.name] is str and field.name == "result")
    }
    if command is PauseClocks:
        known["reason"] = PAUSE_REASONS
    words = {
        field.name: st.sampled_from(["x", "y", ""])
        for field in dataclasses.fields(command)  # type: ignore[arg-type]
        if hints[field.name] is str and field.name not in known
    }
    return st.builds(command, **known, **words)


ANY = st.sampled_from([cls for cls in COMMANDS.values() if cls not in (ReceiveCase, ImportCase, ImportLog)])
OF_TIME = st.sampled_from(
    [COMMANDS[name] for name in ("pause_clocks", "resume_clocks", "set_urgency", "move_to_policy", "receive_message")]
)
BY_ANYBODY = st.sampled_from(EVERYBODY)
A_WHILE = st.integers(0, 72).map(lambda hours: timedelta(hours=hours))
STEPS = st.tuples(ANY.flatmap(_any), BY_ANYBODY, A_WHILE)
FIRST = st.sampled_from([COMPLAINT, APPLICATION, INQUIRY])
LIVES = st.tuples(FIRST, st.lists(STEPS, max_size=60))
STEPS_IN_TIME = st.tuples(st.one_of(OF_TIME, OF_TIME, ANY).flatmap(_any), BY_ANYBODY, A_WHILE)
LIVES_IN_TIME = st.tuples(FIRST, st.lists(STEPS_IN_TIME, min_size=10, max_size=40))
"""Lives in which much is paused, resumed and moved."""


def live(first: ReceiveCase, steps: list[tuple[Command, Actor, timedelta]]) -> Story:
    """A case to which all of this was asked, refusals and all."""
    told = story(first.kind)
    stricter = dataclasses.replace(
        told.sheet, version="stricter", clocks=tuple(map(_on_working_days, told.sheet.clocks))
    )
    told = dataclasses.replace(told, shelf=told.shelf.with_sheets([stricter])).after(first)
    for command, by, wait in steps:
        told = dataclasses.replace(told, now=told.now + wait)
        with suppress(Refused):
            told = told.after(command, by=by)
    return told


def _on_working_days(rule: ClockRule) -> ClockRule:
    """The same limit, on a calendar that people pause for lunch on."""
    return dataclasses.replace(rule, limit={"ordinary": "3wd", "urgent": "8wh"}, calendar="cn", warn=(50, 80))


@pytest.mark.requirement("L-02")
@settings(max_examples=examples(60), deadline=None)
@given(LIVES)
def test_replay_of_any_legal_sequence_never_fails_and_tells_the_same(life: Any) -> None:
    told = live(*life)
    assert CASE.fold(told.events) == told.case == CASE.fold(list(told.events))
    assert told.case.version == len(told.events)
    for length in range(len(told.events)):
        CASE.fold(told.events[:length])


@pytest.mark.requirement("C-05")
@settings(max_examples=examples(60), deadline=None)
@given(LIVES)
def test_no_life_is_resolved_without_consent(life: Any) -> None:
    told = live(*life)
    agreed = False
    for event in told.events:
        agreed = agreed or isinstance(event, e.ProposalAccepted if told.sheet.answers else e.SatisfactionConfirmed)
        if isinstance(event, e.ProposalRejected | e.ResultRejected | e.CaseReopened):
            agreed = False
        if isinstance(event, e.CaseClosed) and event.ending is Ending.RESOLVED:
            assert agreed


@settings(max_examples=examples(60), deadline=None)
@given(LIVES)
def test_stages_follow_the_path_and_clocks_are_stopped_once(life: Any) -> None:
    told = live(*life)
    running: set[str] = set()
    stage: Stage = told.case.path[0]
    for event in told.events:
        match event:
            case e.StageEntered():
                assert event.stage in told.case.path
                stage = event.stage
            case e.ClockStarted():
                running.add(event.clock)
            case e.ClockStopped() | e.ClockLapsed():
                assert event.clock in running
                running.remove(event.clock)
            case e.ClockBreached() if not event.silent:
                assert event.clock in running
            case _:
                pass
    assert stage is told.case.stage


@pytest.mark.requirement("T-08", "T-09", "T-10")
@settings(max_examples=examples(60), deadline=None)
@given(LIVES_IN_TIME)
def test_deadlines_move_only_by_an_event_and_nothing_is_said_twice(life: Any) -> None:
    told = live(*life)
    case = CASE.initial
    dues: dict[str, datetime] = {}
    said: set[tuple[str, str, int]] = set()
    for event in told.events:
        case = CASE.evolve(case, event)
        match event:
            case e.ClockStarted():
                dues[event.clock] = event.due
                said = {one for one in said if one[1] != event.clock}
            case e.DeadlineMoved():
                dues[event.clock] = event.due
            case e.BreachCorrected():
                said = {one for one in said if one[1] != event.clock or one[0] == "ClockWarned"}
            case e.ClockWarned() | e.ClockBreached(silent=False) | e.ClockEscalated():
                one = (type(event).__name__, event.clock, getattr(event, "percent", getattr(event, "level", 0)))
                assert one not in said
                said.add(one)
                assert not case.clocks[event.clock].standing
            case _:
                pass
        assert {name: clock.due for name, clock in case.clocks.items()} == dues


@pytest.mark.requirement("T-11")
@settings(max_examples=examples(50), deadline=None)
@given(LIVES_IN_TIME)
def test_when_all_is_recorded_that_is_due_nothing_is_due(life: Any) -> None:
    told = live(*life)
    later = told.now + timedelta(days=100)
    case = told.case
    for event in overdue(case, later):
        case = CASE.evolve(case, event)
    assert overdue(case, later) == []


@pytest.mark.requirement("T-12")
@settings(max_examples=examples(50), deadline=None)
@given(LIVES_IN_TIME)
def test_every_deadline_of_any_life_is_explained_and_agrees(life: Any) -> None:
    told = live(*life)
    for clock in told.case.clocks:
        found = explain(told.entries, clock, told.papers.sheet, told.papers.pinned, told.now)
        assert found.agrees, found


@settings(max_examples=examples(50), deadline=None)
@given(LIVES)
def test_progress_is_small_and_holds_no_personal_data(life: Any) -> None:
    told = live(*life)
    progress = progress_of(told.case_id, told.case.version, told.case, told.sheet)
    assert progress is not None
    text = repr(progress)
    for canary in ("张三", "13800138000", "灯坏了", "Mary", "mary@", "lee@", "does not light"):
        assert canary not in text
    instants: list[datetime] = [item.at for item in progress.due]
    assert instants == sorted(instants)
