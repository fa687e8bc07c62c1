"""Everything that may be asked of a policy, and who may ask it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.actor import OF_NO_USER, WORKFLOW, Actor, Role
from domain.message import Command, snake
from domain.personal import Staffs
from domain.policy_events import ReviewOutcome
from domain.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class PublishSheet(Command):
    """Put a policy sheet in force for new cases of its kind."""

    content: str
    """The resolved sheet as JSON."""


@dataclass(frozen=True, kw_only=True)
class SuggestChange(Command):
    """Suggest a change of the policy for a kind of case; name the cases that show why (P-01)."""

    text: Staffs[str]
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DraftPolicy(Command):
    """Draft a new version of the policy for a kind of case (P-01)."""

    content: str
    """The resolved sheet as JSON."""
    reason: Staffs[str]
    cases: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class WithdrawDraft(Command):
    """Withdraw a draft of yours; its version keeps its name and content."""

    version: str
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class DiscussPolicy(Command):
    """Say what you think of a draft (P-01)."""

    version: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ApprovePolicy(Command):
    """Approve a draft that was discussed and is not your own, from a date on (P-01)."""

    version: str
    in_force_from: datetime | None = None
    """None: at once."""


@dataclass(frozen=True, kw_only=True)
class ReviewPolicy(Command):
    """Record the review of the policy that is in force (P-03)."""

    outcome: ReviewOutcome
    remarks: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class RetirePolicy(Command):
    """Retire a version of the policy: new cases follow the one before it again (P-01)."""

    version: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class HoldSupervision(Command):
    """Record that you checked whether the policy is kept, and on how many cases (P-05)."""

    checked: int
    remarks: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ReportException(Command):
    """Report an exception that the last supervision found, with owner and due time (P-05)."""

    text: Staffs[str]
    owner: str
    due: datetime
    case: str = ""


@dataclass(frozen=True, kw_only=True)
class RectifyException(Command):
    """Record that an exception was put right, and with what effect (P-05)."""

    exception: str
    effect: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CheckPolicy(Command):
    """Record what has fallen due: a version's first day, a review, a supervision, an exception."""


POLICY_COMMANDS: dict[str, type[Command]] = {
    snake(command.__name__): command
    for command in (
        PublishSheet,
        SuggestChange,
        DraftPolicy,
        WithdrawDraft,
        DiscussPolicy,
        ApprovePolicy,
        ReviewPolicy,
        RetirePolicy,
        HoldSupervision,
        ReportException,
        RectifyException,
        CheckPolicy,
    )
}

EVERY_DEPARTMENT = tuple(role for role in Role if role not in (Role.AUDITOR, *OF_NO_USER))
THOSE_WHO_ANSWER_FOR_IT = (Role.MANAGEMENT, Role.DEPARTMENT_HEAD, Role.SUPERVISOR)
THE_SUPERVISORY_BODY = (Role.SUPERVISOR, Role.MANAGEMENT)
ABOVE_AN_OWNER = (Role.DEPARTMENT_HEAD, Role.MANAGEMENT)
"""They, too, may say that an exception was put right."""
THE_PROGRAM = (Role.SYSTEM,)

MAY: Mapping[type[Command], tuple[Role, ...]] = {
    PublishSheet: THE_PROGRAM,
    SuggestChange: EVERY_DEPARTMENT,
    DraftPolicy: EVERY_DEPARTMENT,
    WithdrawDraft: EVERY_DEPARTMENT,
    DiscussPolicy: EVERY_DEPARTMENT,
    ApprovePolicy: THOSE_WHO_ANSWER_FOR_IT,
    ReviewPolicy: THOSE_WHO_ANSWER_FOR_IT,
    RetirePolicy: THOSE_WHO_ANSWER_FOR_IT,
    HoldSupervision: THE_SUPERVISORY_BODY,
    ReportException: THE_SUPERVISORY_BODY,
    RectifyException: EVERY_DEPARTMENT,
    CheckPolicy: THE_PROGRAM,
}
"""Who may give which command. It is no policy data: a sheet must not say who may change the sheet."""


def refuse_without_right(command: Command, actor: Actor) -> None:
    """Raises `Refused` when none of the actor's roles may give this command."""
    allowed = MAY[type(command)]
    if set(allowed) & set(actor.roles):
        return
    if actor.id == WORKFLOW.id:
        raise Refused("reserved_name", name=WORKFLOW.id)
    if set(actor.roles) <= {Role.AUDITOR}:
        raise Refused("auditors_only_read")
    raise Refused("not_your_role", command=snake(type(command).__name__), roles=", ".join(allowed))
