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
from domain.commands import COMMANDS, ImportCase, ReceiveCase
from domain.message import Command
from domain.progress import progress_of
from domain.refusal import Refused
from domain.streams import CASE
from domain.words import Ending, Outcome, Stage
from tests.domain.story import APPLICATION, COMPLAINT, DAY_ONE, INQUIRY, SYSTEM, Story, story

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
    "process": st.integers(1, 5),
    "result": st.integers(1, 5),
    "attitude": st.integers(1, 5),
}


def _any(command: type[Command]) -> st.SearchStrategy[Command]:
    """A command with likely values: free words are short, numbers of things may or may not exist."""
    hints = get_type_hints(command)
    known = {
        field.name: LIKELY[field.name]
        for field in dataclasses.fields(command)  # type: ignore[arg-type]
        if field.name in LIKELY and not (hints[field.name] is str and field.name == "result")
    }
    words = {
        field.name: st.sampled_from(["x", "y", ""])
        for field in dataclasses.fields(command)  # type: ignore[arg-type]
        if hints[field.name] is str and field.name not in known
    }
    return st.builds(command, **known, **words)


STEPS = st.tuples(
    st.sampled_from([cls for cls in COMMANDS.values() if cls not in (ReceiveCase, ImportCase)]).flatmap(_any),
    st.sampled_from(EVERYBODY),
    st.integers(0, 72).map(lambda hours: timedelta(hours=hours)),
)
LIVES = st.tuples(st.sampled_from([COMPLAINT, APPLICATION, INQUIRY]), st.lists(STEPS, max_size=60))


def live(first: ReceiveCase, steps: list[tuple[Command, Actor, timedelta]]) -> Story:
    """A case to which all of this was asked, refusals and all."""
    told = story(first.kind).after(first)
    for command, by, wait in steps:
        told = dataclasses.replace(told, now=told.now + wait)
        with suppress(Refused):
            told = told.after(command, by=by)
    return told


@pytest.mark.requirement("L-02")
@settings(max_examples=150, deadline=None)
@given(LIVES)
def test_replay_of_any_legal_sequence_never_fails_and_tells_the_same(life: Any) -> None:
    told = live(*life)
    assert CASE.fold(told.events) == told.case == CASE.fold(list(told.events))
    assert told.case.version == len(told.events)
    for length in range(len(told.events)):
        CASE.fold(told.events[:length])


@pytest.mark.requirement("C-05")
@settings(max_examples=150, deadline=None)
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


@settings(max_examples=150, deadline=None)
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


@settings(max_examples=100, deadline=None)
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
