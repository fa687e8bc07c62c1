"""What may be asked of a department, and what can happen to it: members, leave, a failed desk, drills (H-01, H-07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.actor import Role
from domain.message import Command, Event
from domain.personal import Staffs


@dataclass(frozen=True, kw_only=True)
class DrillMove:
    """Where cases would go in a drill, and how many."""

    to: str
    department: str
    cases: int


# ── Members ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class AddMember(Command):
    """Add a person to the department with roles and skills, or change what is known of a member."""

    person: str
    roles: tuple[Role, ...] = (Role.AGENT,)
    skills: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class MemberAdded(Event):
    """A person belongs to the department, with these roles and skills."""

    person: str
    roles: tuple[Role, ...]
    skills: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RemoveMember(Command):
    """Remove a person from the department; their open cases go to a substitute by plan."""

    person: str


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(Event):
    """A person left the department."""

    plan: str
    """The number of this leaving, ``R1``: their cases move by it."""
    person: str


# ── Leave ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class StartLeave(Command):
    """A member is away from now on; their open cases go to the substitute, or to whom the plan finds."""

    person: str
    substitute: str = ""
    until: datetime | None = None
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class LeaveStarted(Event):
    """A member went on leave; their cases go to a substitute by plan (H-07)."""

    plan: str
    person: str
    substitute: str = ""
    until: datetime | None = None
    reason: Staffs[str] = ""
    at: datetime


@dataclass(frozen=True, kw_only=True)
class EndLeave(Command):
    """A member is back; their cases come back to them."""

    person: str


@dataclass(frozen=True, kw_only=True)
class LeaveEnded(Event):
    """A member is back from leave; their cases come back (H-07)."""

    plan: str
    person: str
    at: datetime

    @property
    def instant(self) -> datetime:
        """When the leave was over, however late that was found."""
        return self.at


# ── Desk ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class FailDesk(Command):
    """Nobody of the department can work; its open cases go to another department, named or by plan."""

    to_department: str = ""
    to_person: str = ""
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class DeskFailed(Event):
    """The department's desk failed; its cases go to substitutes by plan (H-07)."""

    plan: str
    to_department: str = ""
    to_person: str = ""
    reason: Staffs[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class RestoreDesk(Command):
    """The department can work again; its cases come back."""


@dataclass(frozen=True, kw_only=True)
class DeskRestored(Event):
    """The department's desk works again; its cases come back (H-07)."""

    plan: str
    at: datetime


# ── Plans at work, and in drills ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ReportSubstituteMissing(Command):
    """Report which cases nobody can take by plan, or that there are none (asked by the program that carries it out)."""

    plan: str
    cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SubstituteMissing(Event):
    """Nobody can take these cases by plan: they stay where they are, and somebody has to look after them (H-07)."""

    plan: str
    cases: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class SubstituteFound(Event):
    """There is somebody for every case of the plan after all (H-07)."""

    plan: str


@dataclass(frozen=True, kw_only=True)
class HoldDrill(Command):
    """Record a drill: the plan was played over the open cases, and nothing was moved."""

    person: str = ""
    cases: int
    moved_to: tuple[DrillMove, ...] = ()
    without_substitute: int = 0


@dataclass(frozen=True, kw_only=True)
class DrillHeld(Event):
    """The plan was played over the open cases in a drill; nothing was moved (H-07)."""

    person: str = ""
    """Whose leave was played; empty: a failure of the whole desk."""
    cases: int
    moved_to: tuple[DrillMove, ...] = ()
    without_substitute: int = 0


@dataclass(frozen=True, kw_only=True)
class CheckLeaves(Command):
    """Record the leaves that are over (asked by the worker's clock)."""


OF_THE_SYSTEM: tuple[type[Command], ...] = (ReportSubstituteMissing, CheckLeaves)
"""Commands that only the program gives."""
