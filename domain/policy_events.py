"""What can happen to a policy: the life of its versions, one sentence each, in the order in which a version lives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.message import Event
from domain.personal import Staffs


class ReviewOutcome(StrEnum):
    """What a review of a policy came to (P-03)."""

    KEEP = "keep"
    REVISE = "revise"
    RETIRE = "retire"


@dataclass(frozen=True, kw_only=True)
class SheetPublished(Event):
    """A policy sheet came into force for new cases of its kind."""

    name: str
    version: str
    digest: str
    content: str
    review_months: int = 12
    supervision_months: int = 0
    at: datetime | None = None
    """When; unknown of those that earlier programs published."""


@dataclass(frozen=True, kw_only=True)
class ChangeSuggested(Event):
    """A change of the policy was suggested (P-01)."""

    suggestion: str
    text: Staffs[str]
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PolicyDrafted(Event):
    """A new version of the policy was drafted (P-01)."""

    name: str
    version: str
    digest: str
    content: str
    author: str
    reason: Staffs[str]
    cases: tuple[str, ...] = ()
    """Those that showed the problem."""
    suggestions: tuple[str, ...] = ()
    """Those that it answers."""
    review_months: int
    supervision_months: int = 0


@dataclass(frozen=True, kw_only=True)
class DraftWithdrawn(Event):
    """A draft of the policy was withdrawn."""

    version: str
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class PolicyDiscussed(Event):
    """A draft of the policy was discussed (P-01)."""

    version: str
    by: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class PolicyApproved(Event):
    """A version of the policy was approved, to be in force from a date on (P-01)."""

    version: str
    by: str
    in_force_from: datetime


@dataclass(frozen=True, kw_only=True)
class PolicyCameIntoForce(Event):
    """A version of the policy came into force for new cases (P-01)."""

    version: str
    in_force_from: datetime

    @property
    def instant(self) -> datetime:
        """The date that was approved, however late it was noticed."""
        return self.in_force_from


@dataclass(frozen=True, kw_only=True)
class PolicyReviewDue(Event):
    """The policy must be reviewed (P-03)."""

    version: str
    due: datetime

    @property
    def instant(self) -> datetime:
        """When it was due, however late that was noticed."""
        return self.due


@dataclass(frozen=True, kw_only=True)
class PolicyReviewed(Event):
    """The policy was reviewed (P-03)."""

    version: str
    """The one that was in force."""
    outcome: ReviewOutcome
    at: datetime
    remarks: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class PolicyRetired(Event):
    """A version of the policy was retired: it takes no new cases (P-01)."""

    version: str
    at: datetime
    reason: Staffs[str]


# ── Supervision: are the rules kept? ─────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class SupervisionDue(Event):
    """The supervisory body must check that the policy is kept (P-05)."""

    due: datetime

    @property
    def instant(self) -> datetime:
        """When it was due, however late that was noticed."""
        return self.due


@dataclass(frozen=True, kw_only=True)
class SupervisionHeld(Event):
    """Cases were checked on whether the policy is kept (P-05)."""

    supervision: str
    by: str
    at: datetime
    checked: int
    """How many cases."""
    remarks: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ExceptionFound(Event):
    """A supervision found an exception, to be put right by its owner until a due time (P-05)."""

    exception: str
    supervision: str
    text: Staffs[str]
    case: str = ""
    """The case that shows it."""
    owner: str
    due: datetime


@dataclass(frozen=True, kw_only=True)
class ExceptionOverdue(Event):
    """An exception was not put right in time (P-05)."""

    exception: str
    due: datetime

    @property
    def instant(self) -> datetime:
        """When its time passed, however late that was noticed."""
        return self.due


@dataclass(frozen=True, kw_only=True)
class ExceptionRectified(Event):
    """An exception was put right, and its effect checked (P-05)."""

    exception: str
    by: str
    effect: Staffs[str]


POLICY_EVENTS: dict[str, type[Event]] = {
    event.__name__: event
    for event in (
        SheetPublished,
        ChangeSuggested,
        PolicyDrafted,
        DraftWithdrawn,
        PolicyDiscussed,
        PolicyApproved,
        PolicyCameIntoForce,
        PolicyReviewDue,
        PolicyReviewed,
        PolicyRetired,
        SupervisionDue,
        SupervisionHeld,
        ExceptionFound,
        ExceptionOverdue,
        ExceptionRectified,
    )
}
