"""Given, when, then for departments, and rosters made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from domain import department_messages as m
from domain.actor import Actor
from domain.context import Context
from domain.department import Department
from domain.message import Command, Event
from domain.refusal import Refused
from domain.rosters import Rosters
from domain.streams import DEPARTMENT
from tests.domain.shelf import MemoryShelf
from tests.domain.story import CHEN, DAY_ONE


@dataclass(frozen=True)
class Desk:
    """A department so far, and the clock on the wall."""

    name: str = "hotline"
    events: tuple[Event, ...] = ()
    now: datetime = DAY_ONE

    @property
    def department(self) -> Department:
        folded: Department = DEPARTMENT.fold(self.events)
        return folded

    def decide(self, command: Command, by: Actor = CHEN) -> list[Event]:
        """As the recorder does it: first what is due, then what is asked."""
        late = DEPARTMENT.overdue(self.department, self.now)
        department = DEPARTMENT.fold((*self.events, *late))
        context = Context(f"department:{self.name}", self.now, by, None, MemoryShelf())
        return late + DEPARTMENT.decide(department, command, context)

    def at(self, now: datetime) -> Desk:
        """The same department at another time."""
        return replace(self, now=now)

    def after(self, *commands: Command, by: Actor = CHEN) -> Desk:
        """The department after these commands, all accepted."""
        desk = self
        for command in commands:
            desk = replace(desk, events=(*desk.events, *desk.decide(command, by)))
        return desk

    def accepts(self, command: Command, *expected: Event, by: Actor = CHEN) -> Desk:
        """When the command is given, exactly these events follow."""
        events = self.decide(command, by)
        assert events == list(expected)
        return replace(self, events=(*self.events, *events))

    def refuses(self, command: Command, code: str, /, by: Actor = CHEN, **params: object) -> None:
        """When the command is given, it is refused with this code and a whole sentence."""
        with pytest.raises(Refused) as caught:
            self.decide(command, by)
        assert caught.value.code == code, caught.value.sentence
        assert {name: caught.value.params[name] for name in params} == params
        assert caught.value.sentence.endswith(".")


def desk(name: str, **skills: str) -> Desk:
    """A department with these members: ``desk("hotline", li="lamps, english", wang="")``."""
    members = [
        m.AddMember(person=person, skills=tuple(word.strip() for word in words.split(",") if word.strip()))
        for person, words in skills.items()
    ]
    return Desk(name).after(*members)


def rosters(*desks: Desk) -> Rosters:
    """These departments together."""
    return Rosters({desk.name: desk.department for desk in desks})
