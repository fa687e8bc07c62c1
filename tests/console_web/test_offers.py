"""The forms that a page offers are those that the domain would accept, from this person, now."""

from __future__ import annotations

from typing import Any

import pytest

from console.look import Seen
from console.offers import choices, is_for_people, offers, would
from console.values import fields_of
from domain import commands as c
from domain.actor import Actor, Role
from domain.message import Command, snake
from domain.rights import may
from domain.words import Arrangement, Ending
from tests.domain import story as s
from tests.domain.story import Story


def seen(story: Story) -> Seen:
    """A story as pages look at it."""
    sheet = story.papers.sheet(story.case.sheet)
    return Seen(story.case_id, list(story.entries), story.case, sheet, story.papers, story.now)


def offered(story: Story, actor: Actor) -> set[str]:
    """The names of what this person is offered."""
    return {offer.command for offer in offers(seen(story), actor)}


def lives() -> list[Story]:
    """Cases of all kinds in all stages."""
    whole = [
        *(s.received(), s.assigned(), s.investigating(), s.found(), s.proposing(), s.proposed(), s.presented()),
        *(s.agreed(), s.satisfied(), s.closed(), s.surveyed(), s.over(), s.application(), s.asked(), s.answered()),
    ]
    return whole + [s.arranged(arrangement, "10") for arrangement in Arrangement]


@pytest.mark.requirement("H-01")
def test_whatever_people_do_in_the_life_of_a_case_was_offered_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[tuple[Story, Command, Actor]] = []
    after = Story.after

    def watched(self: Story, *commands: Command, by: Actor = s.LI) -> Story:
        for command in commands:
            if self.events and is_for_people(snake(type(command).__name__)) and Role.SYSTEM not in by.roles:
                done.append((self, command, by))
            self = after(self, command, by=by)
        return self

    monkeypatch.setattr(Story, "after", watched)
    lives()
    missing = {
        (snake(type(command).__name__), story.case.stage.value)
        for story, command, by in done
        if not would(snake(type(command).__name__), seen(story), by)
    }
    assert len(done) > 100
    assert not missing


def test_what_needs_no_fields_and_is_offered_is_accepted() -> None:
    bare = {name for name, command in c.COMMANDS.items() if not fields_of(command) and is_for_people(name)}
    for story in lives():
        for actor in (s.LI, s.WANG, s.CHEN, s.ZHAO):
            for name in bare:
                if may(c.COMMANDS[name], actor, story.sheet) is None and would(name, seen(story), actor):
                    story.decide(c.COMMANDS[name](), actor)


@pytest.mark.requirement("H-01")
def test_nothing_is_offered_to_whom_it_is_not_for() -> None:
    assert offered(s.investigating(), s.AUDITOR) == set(), "auditors only read"
    assert "take_lead" not in offered(s.investigating(), s.LI)
    assert "take_lead" in offered(s.investigating(), s.ZHAO)
    assert "accept_assignment" in offered(s.assigned(), s.WANG)
    assert "accept_assignment" not in offered(s.assigned(), s.LI), "it was offered to Wang"


def test_nothing_is_offered_before_its_time_or_after() -> None:
    early = offered(s.received(), s.CHEN)
    assert {"classify_case", "assign_case", "add_note", "receive_message", "add_evidence"} <= early
    assert not {"propose_remedy", "accept_proposal", "confirm_satisfaction", "reopen_case"} & early
    assert {"reopen_case", "add_note"} <= offered(s.over(), s.CHEN)
    assert "close_case" not in offered(s.over(), s.CHEN)


@pytest.mark.requirement("H-03")
def test_a_hand_over_is_accepted_or_refused_by_whom_it_is_offered_to() -> None:
    handed = s.investigating().after(
        c.OfferHandOver(to="gu", department="engineering", reason="His subject."), by=s.WANG
    )
    gu = Actor("gu", (Role.EXPERT,), "engineering")
    assert {"accept_hand_over", "refuse_hand_over"} <= offered(handed, gu)
    assert not {"accept_hand_over", "refuse_hand_over"} & offered(handed, s.WANG)


@pytest.mark.parametrize(
    ("story", "command", "field", "values"),
    [
        (s.found, "take_decision", "findings", ["F1"]),
        (s.agreed, "complete_measure", "measure", ["M1"]),
        (s.received, "classify_case", "category", ["product", "service", "billing", "content", "privacy", "other"]),
        (s.satisfied, "close_case", "ending", list(Ending)),
    ],
)
def test_a_field_offers_the_values_that_this_case_has(story: Any, command: str, field: str, values: list[str]) -> None:
    found = choices(command, field, seen(story()))
    assert found is not None
    assert [choice.value for choice in found] == values
