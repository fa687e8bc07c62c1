"""The state of a case: what the events so far add up to. `domain.evolve` folds it, `domain.decisions` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from domain.events import ClockStep, PinnedCalendar
from domain.rules import Family, PauseKind
from domain.words import (
    Arrangement,
    Audience,
    Channel,
    Complexity,
    Direction,
    Ending,
    Language,
    NoticeKind,
    Outcome,
    Stage,
    Urgency,
)

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


def _nothing() -> Mapping[Any, Any]:
    """The empty mapping that all states share."""
    return _EMPTY


INTAKE_FIELDS = (
    "customer_name",
    "contact",
    "matter",
    "remedy_sought",
    "order",
    "product",
    "serial_number",
    "fault",
    "wish",
    "purchased_on",
    "reference",
    "department",
)
"""The fields of the intake record that may be supplemented or corrected."""


@dataclass(frozen=True)
class Intake:
    """The record made when the case was received (I-03, I-04)."""

    channel: Channel = Channel.OTHER
    customer_name: str = ""
    contact: str = ""
    matter: str = ""
    remedy_sought: str = ""
    order: str = ""
    product: str = ""
    serial_number: str = ""
    fault: str = ""
    wish: str = ""
    purchased_on: str = ""
    reference: str = ""
    department: str = ""


@dataclass(frozen=True)
class Offer:
    """The case on its way to somebody: an assignment or a hand-over that is not yet accepted."""

    to: str
    department: str
    giver: str = ""


@dataclass(frozen=True)
class Question:
    """A question to a department or expert."""

    to: str
    department: str
    due: datetime
    round: int
    answered: bool = False


@dataclass(frozen=True)
class Finding:
    """What the investigation found."""

    cause: str
    round: int


@dataclass(frozen=True)
class Decision:
    """What was decided, on what."""

    outcome: Outcome
    findings: tuple[str, ...]
    rule: str
    round: int


@dataclass(frozen=True)
class PlannedMeasure:
    """A measure of the current proposal."""

    owner: str
    due: datetime | None
    done: bool = False


@dataclass(frozen=True)
class Proposal:
    """The proposal or answer of the current round, and how far it is."""

    round: int
    arrangement: Arrangement | None = None
    amount: Decimal | None = None
    currency: str = ""
    by: str = ""
    approvals: int = 0
    """How many persons must approve it (H-09)."""
    approved_by: tuple[str, ...] = ()
    measures: Mapping[str, PlannedMeasure] = field(default_factory=_nothing)
    presented: bool = False
    reminders: int = 0
    remind_at: datetime | None = None
    accepted: bool = False
    satisfied: bool = False


@dataclass(frozen=True)
class Work:
    """What has been done to carry the current remedy out (A-02, A-04)."""

    merchant_told: bool = False
    shipped: tuple[Direction, ...] = ()
    goods_received: bool = False
    delivered: bool = False
    refunded: Decimal | None = None
    repair_started: bool = False
    repair_reported: bool = False
    repair_tested: bool = False
    repair_demonstrated: bool = False
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A notice or written result: requested, then sent or failed."""

    kind: NoticeKind
    audience: Audience
    to: str
    language: Language
    round: int
    not_before: datetime
    sent: bool = False
    failed: bool = False
    """It could not be sent, and has not been sent again."""
    cancelled: bool = False
    """It was taken back before it was sent, and is not sent any more."""
    stopped: tuple[str, ...] = ()
    """Time limits that stopped because of what it tells."""

    @property
    def to_be_sent(self) -> bool:
        """Whether it is still on its way."""
        return not (self.sent or self.failed or self.cancelled)

    @property
    def stuck(self) -> bool:
        """Whether somebody has to look after it."""
        return self.failed and not (self.sent or self.cancelled)


@dataclass(frozen=True)
class Stand:
    """A time in which a clock stood still."""

    pause: str
    """The number of the pause that held it; empty: a cumulative clock was stopped."""
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class Clock:
    """A time limit that runs, or ran."""

    started_at: datetime
    due: datetime
    """While it stands still, as it was before."""
    steps: tuple[ClockStep, ...] = ()
    """Warnings and escalations, in the order of their instants."""
    limit: str = ""
    """As the sheet had it; empty: a person named the due time."""
    calendar: PinnedCalendar | None = None
    provisional: bool = False
    family: Family = Family.HOUSE
    binds: str = ""
    warned: int = 0
    """The highest percentage that was warned of."""
    breached: bool = False
    escalated: int = 0
    """The number of the last escalation."""
    stopped_at: datetime | None = None
    lapsed: bool = False
    """It ended without what it asks for."""
    stands: tuple[Stand, ...] = ()
    """When it stood still."""

    @property
    def running(self) -> bool:
        """Whether what it asks for is still to be done."""
        return self.stopped_at is None

    @property
    def standing(self) -> bool:
        """Whether it stands still now."""
        return any(stand.until is None for stand in self.stands)


@dataclass(frozen=True)
class Paused:
    """A pause: its reason, and since when; until when, once it is over."""

    reason: str
    kind: PauseKind
    clocks: tuple[str, ...]
    """Names of clocks, without their round."""
    since: datetime
    until: datetime | None = None
    flagged: bool = False


@dataclass(frozen=True)
class Seen:
    """How often an event was recorded, and in which round last."""

    round: int
    times: int


@dataclass(frozen=True)
class Substitution:
    """Where a case belongs that a substitute looks after, and the plan that it follows (H-07)."""

    person: str
    department: str
    plan: str
    by: str = ""
    """The substitute."""


@dataclass(frozen=True)
class Survey:
    """The survey: invited, then answered or lapsed."""

    lapse_at: datetime | None = None
    score: int | None = None
    lapsed: bool = False


@dataclass(frozen=True)
class Fact:
    """An entry that can be retracted: what it is, and its key there."""

    what: str
    key: str


@dataclass(frozen=True)
class Case:
    """A case as of its newest entry."""

    version: int = 0
    kind: str = ""
    sheet: str = ""
    """Digest of the policy sheet of its first day."""
    path: tuple[Stage, ...] = ()
    customer: str = ""
    subject: str = ""
    """Pseudonym of the customer, under whose key their data is sealed."""
    imported: bool = False
    received_at: datetime | None = None
    registered_by: str = ""

    stage: Stage = Stage.RECEIVE
    round: int = 1
    inquiry_round: int = 1
    """The round in which *investigate* was entered last: findings of earlier inquiries no longer count for it."""
    closed_at: datetime | None = None
    ending: Ending | None = None
    over: bool = False

    intake: Intake = Intake()
    category: str = ""
    subcategory: str = ""
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    language: Language = Language.ZH
    acknowledged: bool = False
    head_told: str = ""
    """The department whose head was told."""
    lead: str = ""

    assignee: str = ""
    department: str = ""
    assignment: Offer | None = None
    hand_over: Offer | None = None
    hand_overs: int = 0
    held_by: tuple[str, ...] = ()
    """The departments that have had the case, in order, each time it changed (H-04)."""
    flagged_returns: Mapping[str, int] = field(default_factory=_nothing)
    """Department → how often the case had come back there when that was flagged last."""
    reported_to: tuple[str, ...] = ()
    """The roles to which it was reported upward (H-06)."""
    heard_at: datetime | None = None
    """When the newest message of the customer arrived."""
    substitution: Substitution | None = None

    contacted: bool = False
    questions: Mapping[str, Question] = field(default_factory=_nothing)
    evidence: Mapping[str, str] = field(default_factory=_nothing)
    """Number → SHA-256."""
    quarantined: tuple[str, ...] = ()
    """Evidence whose files nobody is given at the moment."""
    purged: tuple[str, ...] = ()
    """Evidence whose files were deleted."""
    statements: Mapping[str, str] = field(default_factory=_nothing)
    findings: Mapping[str, Finding] = field(default_factory=_nothing)
    responsible_department: str = ""
    responsible_person: str = ""
    eligible: bool | None = None
    eligibility_rule: str = ""
    eligibility_round: int = 0
    diagnosis_round: int = 0
    """The rounds in which eligibility was judged and the fault diagnosed last."""
    article_round: int = 0
    """The round in which an article of the knowledge base was found last."""
    article: str = ""
    decisions: Mapping[str, Decision] = field(default_factory=_nothing)

    proposal: Proposal | None = None
    work: Work = Work()

    notices: Mapping[str, Notice] = field(default_factory=_nothing)
    links: int = 0
    """How often the links for the customer were withdrawn: those made before no longer work."""
    held: Mapping[str, datetime] = field(default_factory=_nothing)
    """Steps that would be taken at once → the instant until which they wait, so that what led to them may be undone."""
    written_result: str = ""
    """Number of the written result of this closing."""
    warranty_until: datetime | None = None
    referred_to: str = ""

    survey: Survey | None = None
    reported: bool = False
    improvement_requested: bool = False
    improvements: Mapping[str, bool] = field(default_factory=_nothing)
    """Number → whether it is completed."""

    clocks: Mapping[str, Clock] = field(default_factory=_nothing)
    pauses: Mapping[str, Paused] = field(default_factory=_nothing)
    seen: Mapping[str, Seen] = field(default_factory=_nothing)
    """Event → how often it was recorded, and in which round last."""
    facts: Mapping[int, Fact] = field(default_factory=_nothing)
    """Version → what can be retracted there."""
    counts: Mapping[str, int] = field(default_factory=_nothing)
    """How many of each numbered thing there have ever been, so that a number is never used twice."""

    @property
    def received(self) -> bool:
        """Whether the case exists at all."""
        return self.version > 0

    @property
    def closed(self) -> bool:
        """Whether the case has come to its end, here or in the system it was imported from."""
        return self.closed_at is not None

    @property
    def responsible(self) -> str:
        """Who answers for the case now: the giver, until an offer is accepted, or their substitute (H-03, H-07)."""
        substitute = self.substitution.by if self.substitution is not None else ""
        return self.assignee or substitute or self.registered_by

    def next_number(self, letter: str) -> str:
        """The next free number of a kind of thing, ``Q3``."""
        return f"{letter}{self.counts.get(letter, 0) + 1}"
