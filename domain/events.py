"""The glossary: everything that can happen to a case, one sentence each, in the order in which a case lives.

The first sentence of each docstring is what a printed history says. A name that has been in a ledger is for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from domain.message import Event
from domain.personal import Customers, Personal, Staffs
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
    PartQuality,
    ScanVerdict,
    Stage,
    Urgency,
)

PLAIN_INTAKE = frozenset(("order", "product", "serial_number", "wish", "purchased_on", "reference", "department"))
"""The fields of the intake record that hold no personal data."""
IntakeValue = Annotated[str, Personal("customer", "field", PLAIN_INTAKE)]
"""A field of the intake record, given by its name: personal data unless that field holds none."""

# ── Parts of events ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class PinnedSheet:
    """The policy sheet that a case was received under, by name, version and digest (P-02)."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One step of a remedy: what, by whom, until when (C-03)."""

    text: Staffs[str]
    owner: str
    due: datetime | None = None


class StepKind(StrEnum):
    """What a clock does on its way: it warns before its deadline, and is escalated after it."""

    WARN = "warn"
    ESCALATE = "escalate"


@dataclass(frozen=True, kw_only=True)
class ClockStep:
    """An instant at which a clock warns or is escalated (T-10)."""

    kind: StepKind
    at: datetime
    level: int
    """Of a warning the percentage of the limit; of an escalation its number, from 1."""
    to: str = ""
    """The role that is told."""


@dataclass(frozen=True, kw_only=True)
class PinnedCalendar:
    """The calendar that a deadline was counted on, by name, version and digest (T-07)."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, kw_only=True)
class LoggedStep:
    """One line of another system's log: what was done, when, by whom."""

    activity: str
    at: datetime
    resource: str = ""
    department: str = ""


# ── Receive 受理 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class CaseReceived(Event):
    """The case was received and registered.

    The path is written down, so that a later sheet cannot move a running case (I-01…I-04, P-02).
    """

    kind: str
    sheet: PinnedSheet
    path: tuple[Stage, ...]
    at: datetime
    registered_by: str
    channel: Channel
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    language: Language = Language.ZH
    customer: str
    subject: str = ""
    """Pseudonym of the data subject, under whose key the personal fields of this case are sealed (L-04)."""
    customer_name: Customers[str] = ""
    contact: Customers[str] = ""
    matter: Customers[str] = ""
    remedy_sought: Customers[str] = ""
    category: str = ""
    subcategory: str = ""
    department: str = ""
    order: str = ""
    product: str = ""
    serial_number: str = ""
    fault: Customers[str] = ""
    wish: Arrangement | None = None
    purchased_on: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseImported(Event):
    """The case was taken over from another system, as that system left it.

    It bypasses intake and consent rules; ``gaps`` lists what the old record lacks.
    A finished case enters closed (I-08).
    """

    kind: str
    sheet: PinnedSheet
    path: tuple[Stage, ...]
    source: str
    reference: str
    received_at: datetime
    closed_at: datetime | None = None
    ending: Ending | None = None
    ending_there: str = ""
    stage: Stage
    gaps: tuple[str, ...] = ()
    channel: Channel = Channel.OTHER
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    language: Language = Language.EN
    customer: str
    subject: str = ""
    """Pseudonym of the data subject, under whose key the personal fields of this case are sealed (L-04)."""
    customer_name: Customers[str] = ""
    contact: Customers[str] = ""
    matter: Customers[str] = ""
    remedy_sought: Customers[str] = ""
    category: str = ""
    subcategory: str = ""
    department: str = ""
    order: str = ""
    product: str = ""
    serial_number: str = ""
    responsible: str = ""

    @property
    def instant(self) -> datetime:
        """Its history begins with its receipt, in the system that it comes from."""
        return self.received_at


@dataclass(frozen=True, kw_only=True)
class ActivityImported(Event):
    """Another system's log says that this was done."""

    activity: str
    at: datetime
    resource: str = ""
    department: str = ""

    @property
    def instant(self) -> datetime:
        """It happened when the log says so."""
        return self.at


@dataclass(frozen=True, kw_only=True)
class IntakeSupplemented(Event):
    """A missing field of the intake record was filled in, or a wrong one corrected (I-02)."""

    field: str
    value: IntakeValue
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class CaseClassified(Event):
    """The case was given its type and sub-type (I-05)."""

    category: str
    subcategory: str = ""


@dataclass(frozen=True, kw_only=True)
class UrgencySet(Event):
    """The urgency of the case was changed (I-10)."""

    urgency: Urgency
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ComplexitySet(Event):
    """The complexity of the case was changed (I-10)."""

    complexity: Complexity
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReceiptAcknowledged(Event):
    """The receipt was acknowledged to the customer, with the promise to handle the case (I-06)."""

    at: datetime


@dataclass(frozen=True, kw_only=True)
class CaseAssigned(Event):
    """The case was assigned; whoever assigned it stays responsible until it is accepted (H-02, H-03)."""

    to: str
    department: str
    at: datetime
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class AssignmentAccepted(Event):
    """The person assigned took the case on."""

    by: str
    department: str


@dataclass(frozen=True, kw_only=True)
class AssignmentRefused(Event):
    """The person assigned sent the case back with a reason; nothing is dropped between two people (H-03)."""

    by: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class DepartmentHeadTold(Event):
    """The head of the department concerned was told of the case (H-10)."""

    department: str


@dataclass(frozen=True, kw_only=True)
class LeadTaken(Event):
    """The department head acknowledged the case and leads the investigation (H-10)."""

    by: str
    department: str


@dataclass(frozen=True, kw_only=True)
class CaseReportedUpward(Event):
    """A complex or urgent case was reported upward, so that more resources can be given to it (H-06)."""

    to: str
    support: bool = False
    reason: Staffs[str] = ""


# ── Investigate 调查 ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class CustomerContacted(Event):
    """The person in charge contacted the customer (T-03)."""

    at: datetime
    channel: Channel
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class HandOverOffered(Event):
    """The case was offered to another person; the giver stays responsible until it is accepted (H-03)."""

    giver: str
    to: str
    department: str
    reason: Staffs[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class HandOverAccepted(Event):
    """The hand-over was accepted: the case is with its new person (H-03).

    The agent still answers to the customer to the end.
    """

    by: str
    department: str


@dataclass(frozen=True, kw_only=True)
class PingPongFlagged(Event):
    """The case came back to a department that had it before: it is passed to and fro (H-04)."""

    department: str
    times: int
    """How often it has come back there."""
    hand_overs: int


@dataclass(frozen=True, kw_only=True)
class MovedToSubstitute(Event):
    """The case was moved to a substitute by plan, because its person is away or its desk failed (H-07)."""

    giver: str
    giver_department: str
    to: str
    department: str
    plan: str
    """The leave or failure that it follows, by its number in the department's own history."""


@dataclass(frozen=True, kw_only=True)
class MovedBack(Event):
    """The case came back from the substitute (H-07)."""

    to: str
    department: str
    plan: str


@dataclass(frozen=True, kw_only=True)
class HandOverRefused(Event):
    """The hand-over was refused with a reason; the giver keeps the case (H-03)."""

    by: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class QuestionAsked(Event):
    """Another department or an expert was asked, with a due time; ownership of the case does not move (H-11, Q-02)."""

    question: str
    to: str
    department: str
    text: Staffs[str]
    due: datetime


@dataclass(frozen=True, kw_only=True)
class QuestionAnswered(Event):
    """The department or expert answered (H-11)."""

    question: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class EvidenceAdded(Event):
    """Evidence was added: its digest, size and name were fixed at receipt (C-01)."""

    evidence: str
    name: Customers[str]
    sha256: str
    size: int
    given_by: str
    media_type: str = ""
    """As the file itself shows; empty: the file is kept elsewhere."""
    claimed_type: str = ""
    """As whoever sent it said, or its name, where that is something else."""
    stored_as: str = ""
    """Name of its object in the evidence store; empty: the file is kept elsewhere."""


@dataclass(frozen=True, kw_only=True)
class EvidenceQuarantined(Event):
    """A file of evidence is in quarantine: nobody is given it before somebody has released it (C-01)."""

    evidence: str
    verdict: ScanVerdict
    detail: str = ""
    """What the scanner said."""


@dataclass(frozen=True, kw_only=True)
class EvidenceReleased(Event):
    """Somebody released a file of evidence from quarantine, with a reason (C-01)."""

    evidence: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class EvidencePurged(Event):
    """A file of evidence is deleted from the store; its digest stays (L-04)."""

    evidence: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class StatementTaken(Event):
    """Somebody concerned was heard and their statement written down (C-01)."""

    statement: str
    of: Staffs[str]
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class FindingRecorded(Event):
    """The investigation found something: the course of events, its cause and its impact (C-02)."""

    finding: str
    course: Staffs[str]
    cause: str
    impact: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ResponsibleNamed(Event):
    """The responsible department and person were named (H-05)."""

    department: str
    person: str


@dataclass(frozen=True, kw_only=True)
class EligibilityJudged(Event):
    """The application was judged against policy; the rule that decided is recorded (A-01)."""

    eligible: bool
    rule: str
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class FaultDiagnosed(Event):
    """The fault was diagnosed (A-02)."""

    cause: str
    diagnosis: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class KnowledgeLookedUp(Event):
    """The knowledge base was looked up; the article that answers is recorded, or that none does (Q-01)."""

    query: Staffs[str]
    article: str = ""


@dataclass(frozen=True, kw_only=True)
class DecisionTaken(Event):
    """It was decided what is owed, on the findings and the rule named (C-11)."""

    decision: str
    outcome: Outcome
    findings: tuple[str, ...]
    rule: str
    reasons: Staffs[str] = ""


# ── Propose 方案 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RemedyProposed(Event):
    """A remedy was proposed: its measures, with owner and due time of each (C-03)."""

    round: int
    summary: Staffs[str]
    measures: tuple[Measure, ...] = ()
    arrangement: Arrangement | None = None
    amount: Decimal | None = None
    currency: str = ""
    by: str = ""
    approvals: int = 0
    """How many persons other than the proposer must approve it (H-09)."""


@dataclass(frozen=True, kw_only=True)
class ProposalApproved(Event):
    """The proposal was approved by somebody other than its author (H-09)."""

    round: int
    by: str


@dataclass(frozen=True, kw_only=True)
class ApprovalDeclined(Event):
    """The proposal was not approved; it goes back to its author (H-09)."""

    round: int
    by: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class InquiryAnswered(Event):
    """The inquiry was answered (Q-01, Q-02)."""

    round: int
    text: Staffs[str]
    article: str = ""


@dataclass(frozen=True, kw_only=True)
class ProposalWithdrawn(Event):
    """A proposal that the customer had not yet answered was withdrawn."""

    round: int
    reason: Staffs[str]


# ── Confirm 确认 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ProposalPresented(Event):
    """The customer was told the proposal and asked for their view (C-04)."""

    round: int
    at: datetime
    remind_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class CustomerReminded(Event):
    """The customer had not answered and was reminded."""

    round: int
    number: int
    remind_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ProposalAccepted(Event):
    """The customer agreed to the proposal (C-04, C-05)."""

    round: int
    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class ProposalRejected(Event):
    """The customer did not agree; their new demand was recorded and a new round begins (C-04)."""

    round: int
    new_demand: Customers[str]


@dataclass(frozen=True, kw_only=True)
class MeasureCompleted(Event):
    """A measure of the remedy was carried out."""

    measure: str
    result: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ResultReported(Event):
    """Whoever solved the problem reported the result to the agent (T-05)."""

    by: str
    text: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class MerchantTold(Event):
    """The merchant or partner was told of the arrangement (A-04)."""

    merchant: str


@dataclass(frozen=True, kw_only=True)
class ShipmentRegistered(Event):
    """Goods were sent, with carrier and logistics number (A-04)."""

    direction: Direction
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class GoodsReceived(Event):
    """The goods arrived with us and were looked at (A-04)."""

    condition: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class DeliveryConfirmed(Event):
    """The goods arrived with the customer (A-04)."""


@dataclass(frozen=True, kw_only=True)
class RefundConfirmed(Event):
    """The money was paid back, with the reference of the payment (A-04)."""

    amount: Decimal
    currency: str
    reference: str


@dataclass(frozen=True, kw_only=True)
class RepairStarted(Event):
    """The technician began the repair (A-02)."""

    technician: str


@dataclass(frozen=True, kw_only=True)
class PartReplaced(Event):
    """A part was replaced, original or of equal standard, and the customer was told which (A-02)."""

    part: str
    quality: PartQuality


@dataclass(frozen=True, kw_only=True)
class RepairReported(Event):
    """The repair was reported: cause, standard followed, measures and time (A-02)."""

    cause: str
    standard: str
    measures: Staffs[str]
    minutes: int


@dataclass(frozen=True, kw_only=True)
class RepairTested(Event):
    """The repaired goods were tested and inspected (A-02)."""

    passed: bool
    result: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class RepairDemonstrated(Event):
    """The repaired goods were shown working to the customer (A-02)."""


@dataclass(frozen=True, kw_only=True)
class QualityRiskReported(Event):
    """A quality problem or risk seen during the work was reported to the product people (A-05)."""

    to: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class SatisfactionConfirmed(Event):
    """The customer confirmed that they are satisfied with what was done (C-05)."""

    round: int
    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class ResultRejected(Event):
    """The customer is not satisfied with what was done; their new demand was recorded and a new round begins (C-05)."""

    round: int
    new_demand: Customers[str]


# ── Close 结案 ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class WrittenResultRequested(Event):
    """A written result for the customer was asked for (C-07)."""

    notice: str
    language: Language
    not_before: datetime


@dataclass(frozen=True, kw_only=True)
class WrittenResultSent(Event):
    """The written result was sent; its digest is kept (C-07)."""

    notice: str
    reference: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(Event):
    """The customer withdrew the case."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CaseReferred(Event):
    """The case was referred to an outside body (C-05)."""

    body: str
    reference: str = ""
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Event):
    """The case was closed with its ending and reason (C-05)."""

    ending: Ending
    reason: Staffs[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class WarrantyGranted(Event):
    """The warranty on the repair began (A-03)."""

    serial_number: str
    until: datetime


# ── Review 复盘 ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class SurveyInvited(Event):
    """The customer was invited to rate how the case was handled (R-01)."""

    lapse_at: datetime


@dataclass(frozen=True, kw_only=True)
class SurveyAnswered(Event):
    """The customer rated process, result and attitude, each from 1 to 5 (R-01)."""

    process: int
    result: int
    attitude: int
    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class SurveyLapsed(Event):
    """The customer did not answer the survey in time."""


@dataclass(frozen=True, kw_only=True)
class CustomerFollowedUp(Event):
    """The customer was followed up after the closing 回访 (C-08)."""

    channel: Channel
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ImprovementRequested(Event):
    """A low score asks for a cause analysis and an improvement action (R-02)."""

    score: int


@dataclass(frozen=True, kw_only=True)
class CaseReported(Event):
    """The case report was written: cause, course, result and lessons (R-03)."""

    cause: str
    course: Staffs[str]
    result: Staffs[str]
    lessons: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ImprovementOpened(Event):
    """An improvement action was opened, with owner and due time (R-04)."""

    improvement: str
    action: Staffs[str]
    owner: str
    due: datetime


@dataclass(frozen=True, kw_only=True)
class ImprovementCompleted(Event):
    """An improvement action was carried out and its effect checked (R-04)."""

    improvement: str
    effect: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReviewCompleted(Event):
    """The review was completed: the case is over."""


# ── At any time ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class StageEntered(Event):
    """The case entered a stage."""

    stage: Stage
    round: int


@dataclass(frozen=True, kw_only=True)
class NoteAdded(Event):
    """An important fact or special circumstance was noted (L-08)."""

    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CustomerMessageReceived(Event):
    """A message of the customer arrived."""

    channel: Channel
    text: Customers[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ProgressTold(Event):
    """The customer was told how the case stands (C-06)."""

    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class EntryRetracted(Event):
    """An earlier entry was retracted: it stays in the ledger and no longer counts."""

    entry: int
    what: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CaseReopened(Event):
    """A closed case was opened again (C-08)."""

    round: int
    reason: Staffs[str]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class NoticeRequested(Event):
    """A notice was asked for; it is sent by the case's workflow (C-06)."""

    notice: str
    kind: NoticeKind
    audience: Audience
    to: str
    language: Language
    round: int
    not_before: datetime
    replaces: str = ""
    stopped: tuple[str, ...] = ()
    """Time limits that stopped because of what it tells: they run again when it is taken back unsent."""


@dataclass(frozen=True, kw_only=True)
class NoticeSent(Event):
    """The notice was sent; its digest is kept."""

    notice: str
    reference: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class NoticeCancelled(Event):
    """A notice was taken back before it was sent; it is not sent any more."""

    notice: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CustomerLinksWithdrawn(Event):
    """The links with which the customer saw this case were withdrawn; none of them works any more."""

    number: int
    """How often that has happened: links made from now on carry it."""
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class StepsHeld(Event):
    """What would be sent at once waits for a moment, so that it can still be undone."""

    steps: tuple[str, ...]
    """As commands are called: ``present_proposal``."""
    until: datetime


@dataclass(frozen=True, kw_only=True)
class NoticeFailed(Event):
    """The notice could not be sent; a person has to look after it."""

    notice: str
    code: str


@dataclass(frozen=True, kw_only=True)
class ClockStarted(Event):
    """A time limit began to run (T-08)."""

    clock: str
    started_at: datetime
    due: datetime
    steps: tuple[ClockStep, ...] = ()
    limit: str = ""
    """As the sheet has it; empty: the due time was named by a person."""
    calendar: PinnedCalendar | None = None
    provisional: bool = False
    """It reaches into a year whose holidays are not announced yet."""
    family: Family = Family.HOUSE
    binds: str = ""

    @property
    def instant(self) -> datetime:
        """Time runs from here, whenever that was written down."""
        return self.started_at


@dataclass(frozen=True, kw_only=True)
class DeadlineMoved(Event):
    """The deadline of a running time limit was counted anew (T-07, T-09)."""

    clock: str
    cause: str
    """``resumed``, ``calendar``, ``urgency``, ``policy`` or ``restarted``."""
    at: datetime
    before: datetime
    due: datetime
    steps: tuple[ClockStep, ...] = ()
    limit: str = ""
    calendar: PinnedCalendar | None = None
    provisional: bool = False


@dataclass(frozen=True, kw_only=True)
class ClockWarned(Event):
    """A time limit is close (T-10)."""

    clock: str
    due: datetime
    percent: int = 0
    at: datetime | None = None

    @property
    def instant(self) -> datetime | None:
        """When the warning was due, however late it was found."""
        return self.at


@dataclass(frozen=True, kw_only=True)
class ClockBreached(Event):
    """A time limit passed; the breach keeps its true instant, whenever it was found (T-11)."""

    clock: str
    due: datetime
    silent: bool = False

    @property
    def instant(self) -> datetime:
        """When the limit passed, however late that was found."""
        return self.due


@dataclass(frozen=True, kw_only=True)
class ClockEscalated(Event):
    """A time limit that has passed was brought before the next role (T-10)."""

    clock: str
    due: datetime
    level: int
    to: str
    at: datetime

    @property
    def instant(self) -> datetime:
        """When the step was due, however late it was found."""
        return self.at


@dataclass(frozen=True, kw_only=True)
class ClockStopped(Event):
    """What the time limit asks for was done (T-08)."""

    clock: str
    at: datetime

    @property
    def instant(self) -> datetime:
        """When it was done, as it counts for the time limit."""
        return self.at


@dataclass(frozen=True, kw_only=True)
class ClockLapsed(Event):
    """A time limit came to an end without what it asks for: the case was closed, or its round was over."""

    clock: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class BreachCorrected(Event):
    """It turned out that a time limit had been kept, or has not passed yet, after all (T-11)."""

    clock: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class ClocksPaused(Event):
    """Time limits stand still, for a reason that the policy lists (T-09)."""

    pause: str
    reason: str
    kind: PauseKind
    clocks: tuple[str, ...]
    """Their names, without the round; one that starts meanwhile stands still too."""
    at: datetime
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ClocksResumed(Event):
    """Time limits that stood still run again (T-09)."""

    pause: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class PauseFlagged(Event):
    """The customer was heard of while time stood still: somebody should look at this pause (T-09)."""

    pause: str
    at: datetime
    """When the customer was heard of."""


@dataclass(frozen=True, kw_only=True)
class CounterReached(Event):
    """Something happened as often as the policy allows (A-03)."""

    counter: str
    count: int
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class CaseMovedToPolicy(Event):
    """The case was moved to another version of its policy, with a reason (P-02)."""

    before: PinnedSheet
    sheet: PinnedSheet
    reason: Staffs[str]


EVENTS: dict[str, type[Event]] = {
    name: value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}
"""Every event by its name in the ledger, in the order of this page."""
