"""A department as its events make it: who belongs to it with which skills, who is away, whether its desk works."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

from domain import department_messages as m
from domain.actor import Role
from domain.copying import replace
from domain.message import Event

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Member:
    """A person of the department."""

    roles: tuple[Role, ...] = ()
    skills: tuple[str, ...] = ()


@dataclass(frozen=True)
class Leave:
    """A member's absence that is not over."""

    plan: str
    substitute: str
    until: datetime | None
    since: datetime


@dataclass(frozen=True)
class Failure:
    """The desk does not work."""

    plan: str
    to_department: str
    to_person: str
    since: datetime


@dataclass(frozen=True)
class Department:
    """A department as of its newest entry."""

    version: int = 0
    members: Mapping[str, Member] = field(default_factory=lambda: _EMPTY)
    former: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    """Who left → the number of that leaving."""
    leaves: Mapping[str, Leave] = field(default_factory=lambda: _EMPTY)
    """Who is away."""
    failure: Failure | None = None
    without_substitute: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _EMPTY)
    """Plan → the cases that nobody could take, as of the last look, while the plan lasts."""
    drills: int = 0
    counts: Mapping[str, int] = field(default_factory=lambda: _EMPTY)

    def is_present(self, person: str) -> bool:
        """Whether this member can take cases."""
        return person in self.members and person not in self.leaves and self.failure is None

    def next_plan(self, letter: str) -> str:
        """The next free number of a plan: ``L2``."""
        return f"{letter}{self.counts.get(letter, 0) + 1}"


def evolve(department: Department, event: Event) -> Department:
    """The department after one more event."""
    return replace(_changed(department, event), version=department.version + 1)


def _changed(department: Department, event: Event) -> Department:
    match event:
        case m.MemberAdded():
            member = Member(event.roles, event.skills)
            left = department.former.get(event.person, "")
            return replace(
                department,
                members=_with(department.members, event.person, member),
                former=_without(department.former, event.person),
                without_substitute=_without(department.without_substitute, left),
            )
        case m.MemberRemoved():
            return replace(
                _back(department, event.person),
                members=_without(department.members, event.person),
                former=_with(department.former, event.person, event.plan),
                counts=_counted(department, event.plan),
            )
        case m.LeaveStarted():
            leave = Leave(event.plan, event.substitute, event.until, event.at)
            return replace(
                department,
                leaves=_with(department.leaves, event.person, leave),
                counts=_counted(department, event.plan),
            )
        case m.LeaveEnded():
            return _back(department, event.person)
        case m.DeskFailed():
            failure = Failure(event.plan, event.to_department, event.to_person, event.at)
            return replace(department, failure=failure, counts=_counted(department, event.plan))
        case m.DeskRestored():
            return replace(
                department, failure=None, without_substitute=_without(department.without_substitute, event.plan)
            )
        case m.SubstituteMissing():
            return replace(department, without_substitute=_with(department.without_substitute, event.plan, event.cases))
        case m.SubstituteFound():
            return replace(department, without_substitute=_without(department.without_substitute, event.plan))
        case m.DrillHeld():
            return replace(department, drills=department.drills + 1)
        case _:
            return department


def _back(department: Department, person: str) -> Department:
    """The department without this person's leave, if there is one."""
    leave = department.leaves.get(person)
    if leave is None:
        return department
    missing = _without(department.without_substitute, leave.plan)
    return replace(department, leaves=_without(department.leaves, person), without_substitute=missing)


def _counted(department: Department, plan: str) -> Mapping[str, int]:
    return _with(department.counts, plan[0], int(plan[1:]))


def _with(mapping: Mapping[str, Any], key: str, value: Any) -> Mapping[str, Any]:
    return MappingProxyType({**mapping, key: value})


def _without(mapping: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    return MappingProxyType({name: value for name, value in mapping.items() if name != key})
