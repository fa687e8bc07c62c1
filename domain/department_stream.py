"""What becomes of what is asked of a department; leave that is over ends by itself (H-01, H-07)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain import department_messages as m
from domain.actor import Role
from domain.context import Context
from domain.decisions.conditions import given, in_future
from domain.department import Department
from domain.message import Command, Event, snake
from domain.refusal import Refused

MAY = (Role.LEAD, Role.DEPARTMENT_HEAD, Role.MANAGEMENT, Role.HR)
"""Who looks after the members of a department and its plans."""

Decision = Callable[[Department, Any, Context], list[Event]]


def decide(department: Department, command: Command, context: Context) -> list[Event]:
    """The events that follow from a command. Raises `Refused`; changes nothing."""
    _refuse_without_right(command, context)
    if not department.version and not isinstance(command, m.AddMember):
        raise Refused("unknown_department", department=name_of(context.stream))
    return DECISIONS[type(command)](department, command, context)


def overdue(department: Department, now: datetime) -> list[Event]:
    """The leaves that are over and not yet recorded as over, oldest first; each with its true instant.

    Whoever comes next finds them; the worker's watch comes when one is due (docs/decisions/0017).
    """
    over = [(leave.until, person, leave) for person, leave in department.leaves.items() if leave.until is not None]
    due = sorted((until, person, leave.plan) for until, person, leave in over if until <= now)
    return [m.LeaveEnded(plan=plan, person=person, at=until) for until, person, plan in due]


def name_of(stream: str) -> str:
    """``hotline`` of ``department:hotline``."""
    return stream.partition(":")[2]


def _refuse_without_right(command: Command, context: Context) -> None:
    roles = context.actor.roles
    if Role.SYSTEM in roles:
        return
    name = snake(type(command).__name__)
    if isinstance(command, m.OF_THE_SYSTEM):
        raise Refused("only_the_system", command=name)
    if not set(MAY) & set(roles):
        raise Refused("not_your_role", command=name, roles=", ".join(MAY))


# ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _add_member(department: Department, command: m.AddMember, context: Context) -> list[Event]:
    given(department=name_of(context.stream), person=command.person)
    for skill in command.skills:
        given(skill=skill)
    known = department.members.get(command.person)
    if known is not None and (known.roles, known.skills) == (command.roles, command.skills):
        raise Refused("nothing_changes")
    return [m.MemberAdded(person=command.person, roles=command.roles, skills=command.skills)]


def _remove_member(department: Department, command: m.RemoveMember, context: Context) -> list[Event]:
    _is_member(department, command.person, context)
    return [m.MemberRemoved(plan=department.next_plan("R"), person=command.person)]


def _is_member(department: Department, person: str, context: Context) -> None:
    given(person=person)
    if person not in department.members:
        raise Refused("not_a_member", person=person, department=name_of(context.stream))


# ── Leave ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _start_leave(department: Department, command: m.StartLeave, context: Context) -> list[Event]:
    """A substitute who is named must be there; otherwise the plan finds somebody when the cases move."""
    _is_member(department, command.person, context)
    if command.person in department.leaves:
        raise Refused("on_leave_already", person=command.person, plan=department.leaves[command.person].plan)
    if command.substitute:
        _is_member(department, command.substitute, context)
        if command.substitute == command.person:
            raise Refused("own_substitute")
        if command.substitute in department.leaves:
            raise Refused("substitute_away", person=command.substitute)
    if command.until is not None:
        in_future(command.until, context)
    return [
        m.LeaveStarted(
            plan=department.next_plan("L"),
            person=command.person,
            substitute=command.substitute,
            until=command.until,
            reason=command.reason,
            at=context.now,
        )
    ]


def _end_leave(department: Department, command: m.EndLeave, context: Context) -> list[Event]:
    given(person=command.person)
    leave = department.leaves.get(command.person)
    if leave is None:
        raise Refused("not_on_leave", person=command.person)
    return [m.LeaveEnded(plan=leave.plan, person=command.person, at=context.now)]


def _check_leaves(department: Department, command: m.CheckLeaves, context: Context) -> list[Event]:
    """Nothing of its own: what was due was appended before it was asked."""
    return []


# ── Desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _fail_desk(department: Department, command: m.FailDesk, context: Context) -> list[Event]:
    given(reason=command.reason)
    if department.failure is not None:
        raise Refused("desk_failed_already", plan=department.failure.plan)
    if command.to_person:
        given(to_department=command.to_department)
    if command.to_department == name_of(context.stream):
        raise Refused("same_department", department=command.to_department)
    return [
        m.DeskFailed(
            plan=department.next_plan("D"),
            to_department=command.to_department,
            to_person=command.to_person,
            reason=command.reason,
            at=context.now,
        )
    ]


def _restore_desk(department: Department, command: m.RestoreDesk, context: Context) -> list[Event]:
    if department.failure is None:
        raise Refused("desk_not_failed")
    return [m.DeskRestored(plan=department.failure.plan, at=context.now)]


# ── Plans at work, and in drills ─────────────────────────────────────────────────────────────────────────────────────


def _report_missing(department: Department, command: m.ReportSubstituteMissing, context: Context) -> list[Event]:
    """Only what is new since the last look."""
    given(plan=command.plan)
    if command.cases == department.without_substitute.get(command.plan, ()):
        return []
    if not command.cases:
        return [m.SubstituteFound(plan=command.plan)]
    return [m.SubstituteMissing(plan=command.plan, cases=command.cases)]


def _hold_drill(department: Department, command: m.HoldDrill, context: Context) -> list[Event]:
    if command.person:
        _is_member(department, command.person, context)
    moved = sum(move.cases for move in command.moved_to)
    parts = [command.cases, command.without_substitute, *(move.cases for move in command.moved_to)]
    if min(parts) < 0 or command.cases != moved + command.without_substitute:
        raise Refused("drill_does_not_add_up", cases=command.cases, moved=moved, without=command.without_substitute)
    return [
        m.DrillHeld(
            person=command.person,
            cases=command.cases,
            moved_to=command.moved_to,
            without_substitute=command.without_substitute,
        )
    ]


DECISIONS: dict[type[Command], Decision] = {
    m.AddMember: _add_member,
    m.RemoveMember: _remove_member,
    m.StartLeave: _start_leave,
    m.EndLeave: _end_leave,
    m.CheckLeaves: _check_leaves,
    m.FailDesk: _fail_desk,
    m.RestoreDesk: _restore_desk,
    m.ReportSubstituteMissing: _report_missing,
    m.HoldDrill: _hold_drill,
}

COMMANDS: dict[str, type[Command]] = {snake(command.__name__): command for command in DECISIONS}

EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        m.MemberAdded,
        m.MemberRemoved,
        m.LeaveStarted,
        m.LeaveEnded,
        m.DeskFailed,
        m.DeskRestored,
        m.SubstituteMissing,
        m.SubstituteFound,
        m.DrillHeld,
    )
}
