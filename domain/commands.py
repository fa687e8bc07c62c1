"""Everything that may be asked of a case, in the order in which a case lives.

Each command shares its word with its event. Routes, command line and forms are generated from this page: the docstring
is the help text, the fields are the options.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.events import IntakeValue
from domain.events import LoggedStep as LoggedStep
from domain.events import Measure as Measure
from domain.message import Command, snake
from domain.personal import Customers, Staffs
from domain.words import (
    Arrangement,
    Channel,
    Complexity,
    Direction,
    Ending,
    Language,
    Outcome,
    PartQuality,
    ScanVerdict,
    Stage,
    Urgency,
)

# ── Receive 受理 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ReceiveCase(Command):
    """Receive and register a new case.

    What the customer did not say may stay empty: the case then waits in *receive* until it is supplemented (I-02).
    """

    kind: str
    channel: Channel
    customer_name: Customers[str] = ""
    contact: Customers[str] = ""
    matter: Customers[str] = ""
    remedy_sought: Customers[str] = ""
    category: str = ""
    subcategory: str = ""
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    language: Language = Language.ZH
    department: str = ""
    order: str = ""
    product: str = ""
    serial_number: str = ""
    fault: Customers[str] = ""
    wish: Arrangement | None = None
    purchased_on: str = ""
    customer: str = ""
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class ImportCase(Command):
    """Take over a case from another system; ``source`` and ``reference`` together are its identity (I-08)."""

    kind: str
    source: str
    reference: str
    received_at: datetime
    closed_at: datetime | None = None
    ending: Ending | None = None
    ending_there: str = ""
    stage: Stage = Stage.RECEIVE
    channel: Channel = Channel.OTHER
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    language: Language = Language.EN
    customer: str = ""
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
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ImportLog(Command):
    """Take over a finished case of another system with the steps of its log, each at its own time."""

    kind: str
    source: str
    reference: str
    received_at: datetime
    closed_at: datetime
    deadline: datetime | None = None
    """The deadline that the other system had set."""
    steps: tuple[LoggedStep, ...] = ()
    ending: Ending | None = None
    ending_there: str = ""
    channel: Channel = Channel.OTHER
    urgency: Urgency = Urgency.ORDINARY
    complexity: Complexity = Complexity.ORDINARY
    category: str = ""
    subcategory: str = ""
    department: str = ""
    responsible: str = ""


@dataclass(frozen=True, kw_only=True)
class SupplementIntake(Command):
    """Fill in a missing field of the intake record, or correct a wrong one."""

    field: str
    value: IntakeValue
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ClassifyCase(Command):
    """Give the case its type and sub-type."""

    category: str
    subcategory: str = ""


@dataclass(frozen=True, kw_only=True)
class SetUrgency(Command):
    """Change the urgency of the case, with a reason."""

    urgency: Urgency
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class SetComplexity(Command):
    """Change the complexity of the case, with a reason."""

    complexity: Complexity
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class AcknowledgeReceipt(Command):
    """Acknowledge the receipt to the customer, with the promise to handle the case."""


@dataclass(frozen=True, kw_only=True)
class AssignCase(Command):
    """Assign the case to a person of a department."""

    to: str
    department: str
    rule: str = ""


@dataclass(frozen=True, kw_only=True)
class AcceptAssignment(Command):
    """Take on the case that was assigned to you."""


@dataclass(frozen=True, kw_only=True)
class RefuseAssignment(Command):
    """Send back the case that was assigned to you, with a reason."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class TellDepartmentHead(Command):
    """Tell the head of the department concerned."""

    department: str = ""


@dataclass(frozen=True, kw_only=True)
class TakeLead(Command):
    """Acknowledge the case as department head and lead the investigation."""


@dataclass(frozen=True, kw_only=True)
class ReportUpward(Command):
    """Report the case upward to a role, so that more resources can be given to it."""

    to: str
    reason: Staffs[str]


# ── Investigate 调查 ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ContactCustomer(Command):
    """Write down that the customer was contacted."""

    channel: Channel
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class OfferHandOver(Command):
    """Offer the case to another person, with a reason; you stay responsible until they accept."""

    to: str
    department: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class AcceptHandOver(Command):
    """Accept the case that was offered to you."""


@dataclass(frozen=True, kw_only=True)
class RefuseHandOver(Command):
    """Refuse the case that was offered to you, with a reason."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class MoveToSubstitute(Command):
    """Move the case to a substitute by plan (asked by the program when somebody goes on leave or a desk fails)."""

    person: str
    """Who is away: the case is with them, or on its way to them."""
    to: str
    department: str
    plan: str


@dataclass(frozen=True, kw_only=True)
class MoveBack(Command):
    """Bring the case back from the substitute (asked by the program when the leave or failure is over)."""

    plan: str


@dataclass(frozen=True, kw_only=True)
class AskQuestion(Command):
    """Ask another department or an expert, with a due time; the case stays with you."""

    to: str
    text: Staffs[str]
    due: datetime
    department: str = ""


@dataclass(frozen=True, kw_only=True)
class AnswerQuestion(Command):
    """Answer a question that was asked about the case."""

    question: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class AddEvidence(Command):
    """Add evidence by its name, size in bytes and SHA-256 digest (64 hexadecimal digits)."""

    name: Customers[str]
    sha256: str
    size: int
    given_by: str = "customer"
    media_type: str = ""
    claimed_type: str = ""
    stored_as: str = ""


@dataclass(frozen=True, kw_only=True)
class QuarantineEvidence(Command):
    """Put a file of evidence into quarantine (asked by the evidence store, on its scanner's verdict)."""

    evidence: str
    verdict: ScanVerdict
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class ReleaseEvidence(Command):
    """Release a file of evidence from quarantine, with a reason."""

    evidence: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class PurgeEvidence(Command):
    """Delete a file of evidence from the store (asked by the program when a person's data are erased)."""

    evidence: str
    cause: str


@dataclass(frozen=True, kw_only=True)
class TakeStatement(Command):
    """Write down what somebody concerned has to say."""

    of: Staffs[str]
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class RecordFinding(Command):
    """Record what the investigation found: course of events, cause and impact."""

    course: Staffs[str]
    cause: str
    impact: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class NameResponsible(Command):
    """Name the responsible department and person."""

    department: str
    person: str


@dataclass(frozen=True, kw_only=True)
class JudgeEligibility(Command):
    """Judge the application against policy, by the rule named: eligible, or refused with a reason."""

    eligible: bool
    rule: str
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class DiagnoseFault(Command):
    """Record the diagnosis of the fault."""

    cause: str
    diagnosis: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class LookUpKnowledge(Command):
    """Record what the knowledge base says: the article that answers, or nothing."""

    query: Staffs[str]
    article: str = ""


@dataclass(frozen=True, kw_only=True)
class TakeDecision(Command):
    """Decide what is owed, citing the findings and the rule it rests on."""

    outcome: Outcome
    findings: tuple[str, ...]
    rule: str
    reasons: Staffs[str] = ""


# ── Propose 方案 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class ProposeRemedy(Command):
    """Propose a remedy: its measures, with owner and due time of each."""

    summary: Staffs[str]
    measures: tuple[Measure, ...] = ()
    arrangement: Arrangement | None = None
    amount: Decimal | None = None
    currency: str = "CNY"


@dataclass(frozen=True, kw_only=True)
class ApproveProposal(Command):
    """Approve a proposal above the amount that its author may decide alone; nobody approves their own."""


@dataclass(frozen=True, kw_only=True)
class DeclineApproval(Command):
    """Do not approve the proposal, with a reason: it goes back to its author."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class AnswerInquiry(Command):
    """Answer the inquiry, naming the article of the knowledge base where there is one."""

    text: Staffs[str]
    article: str = ""


@dataclass(frozen=True, kw_only=True)
class WithdrawProposal(Command):
    """Withdraw a proposal or answer that the customer has not yet answered."""

    reason: Staffs[str]


# ── Confirm 确认 ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class PresentProposal(Command):
    """Tell the customer the proposal and ask for their view."""


@dataclass(frozen=True, kw_only=True)
class RemindCustomer(Command):
    """Remind the customer that their answer is awaited."""


@dataclass(frozen=True, kw_only=True)
class AcceptProposal(Command):
    """Record that the customer agrees."""

    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class RejectProposal(Command):
    """Record that the customer does not agree, and what they demand now: the next round begins."""

    new_demand: Customers[str]


@dataclass(frozen=True, kw_only=True)
class CompleteMeasure(Command):
    """Record that a measure of the remedy was carried out."""

    measure: str
    result: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ReportResult(Command):
    """Report to the agent that the problem is solved, and how."""

    text: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class TellMerchant(Command):
    """Record that the merchant or partner was told of the arrangement."""

    merchant: str


@dataclass(frozen=True, kw_only=True)
class RegisterShipment(Command):
    """Register that goods were sent, with carrier and logistics number."""

    direction: Direction
    carrier: str
    tracking_number: str


@dataclass(frozen=True, kw_only=True)
class ReceiveGoods(Command):
    """Record that the goods arrived with us, and their condition."""

    condition: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ConfirmDelivery(Command):
    """Record that the goods arrived with the customer."""


@dataclass(frozen=True, kw_only=True)
class ConfirmRefund(Command):
    """Record that the money was paid back, with the reference of the payment."""

    amount: Decimal
    reference: str
    currency: str = "CNY"


@dataclass(frozen=True, kw_only=True)
class StartRepair(Command):
    """Begin the repair as its technician."""


@dataclass(frozen=True, kw_only=True)
class ReplacePart(Command):
    """Record that a part was replaced, and that the customer was told where it comes from."""

    part: str
    quality: PartQuality


@dataclass(frozen=True, kw_only=True)
class ReportRepair(Command):
    """Report the repair: cause, standard followed, measures and minutes of work."""

    cause: str
    standard: str
    measures: Staffs[str]
    minutes: int


@dataclass(frozen=True, kw_only=True)
class TestRepair(Command):
    """Record the test and inspection of the repaired goods."""

    __test__ = False  # Not a test class, whatever its first four letters say.

    passed: bool
    result: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class DemonstrateRepair(Command):
    """Record that the repaired goods were shown working to the customer."""


@dataclass(frozen=True, kw_only=True)
class ReportQualityRisk(Command):
    """Report a quality problem or risk to the product people."""

    to: str
    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ConfirmSatisfaction(Command):
    """Record that the customer is satisfied with what was done."""

    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class RejectResult(Command):
    """Record that the customer is not satisfied with what was done, and what they demand now."""

    new_demand: Customers[str]


# ── Close 结案 ───────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class RequestWrittenResult(Command):
    """Ask for the written result to be sent to the customer."""


@dataclass(frozen=True, kw_only=True)
class WithdrawCase(Command):
    """Record that the customer withdraws the case."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReferCase(Command):
    """Refer the case to an outside body."""

    body: str
    reference: str = ""
    reason: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class CloseCase(Command):
    """Close the case with its ending; only a satisfied customer makes it *resolved*."""

    ending: Ending = Ending.RESOLVED
    reason: Staffs[str] = ""


# ── Review 复盘 ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class InviteSurvey(Command):
    """Invite the customer to rate how the case was handled."""


@dataclass(frozen=True, kw_only=True)
class AnswerSurvey(Command):
    """Record the customer's rating of process, result and attitude, each from 1 to 5."""

    process: int
    result: int
    attitude: int
    words: Customers[str] = ""


@dataclass(frozen=True, kw_only=True)
class LapseSurvey(Command):
    """Let the survey lapse that the customer did not answer in time."""


@dataclass(frozen=True, kw_only=True)
class FollowUpCustomer(Command):
    """Write down that the customer was followed up after the closing."""

    channel: Channel
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ReportCase(Command):
    """Write the case report: cause, course, result and lessons."""

    cause: str
    course: Staffs[str]
    result: Staffs[str]
    lessons: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class OpenImprovement(Command):
    """Open an improvement action, with owner and due time."""

    action: Staffs[str]
    owner: str
    due: datetime


@dataclass(frozen=True, kw_only=True)
class CompleteImprovement(Command):
    """Record that an improvement action was carried out, and its effect."""

    improvement: str
    effect: Staffs[str]


# ── At any time ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class AddNote(Command):
    """Note an important fact or special circumstance."""

    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReceiveMessage(Command):
    """Write down a message of the customer."""

    channel: Channel
    text: Customers[str]


@dataclass(frozen=True, kw_only=True)
class PauseClocks(Command):
    """Let time limits stand still, for a reason that the policy lists."""

    reason: str
    note: Staffs[str] = ""


@dataclass(frozen=True, kw_only=True)
class ResumeClocks(Command):
    """Let time limits run again that a pause holds."""

    pause: str


@dataclass(frozen=True, kw_only=True)
class MoveToPolicy(Command):
    """Move the case to another version of its policy, with a reason; its running time limits are counted anew."""

    version: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class TellProgress(Command):
    """Tell the customer how the case stands."""

    text: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ResendNotice(Command):
    """Send a notice again that could not be sent, or at once one that is held back so that it can be undone."""

    notice: str


@dataclass(frozen=True, kw_only=True)
class CancelNotice(Command):
    """Take back a notice that has not been sent yet, with a reason; it is never sent."""

    notice: str
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class WithdrawCustomerLinks(Command):
    """Withdraw the links with which the customer sees this case, with a reason; links that are made later work."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class RetractEntry(Command):
    """Retract an earlier entry by its version number, with a reason; it stays in the ledger and no longer counts."""

    entry: int
    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class ReopenCase(Command):
    """Open a closed case again, with a reason."""

    reason: Staffs[str]


@dataclass(frozen=True, kw_only=True)
class CheckClocks(Command):
    """Record the warnings and breaches that are due (asked by the case's own timer)."""


@dataclass(frozen=True, kw_only=True)
class RecomputeDeadlines(Command):
    """Count deadlines anew on a calendar that has changed (asked by the program when a notice was loaded)."""

    calendar: str


@dataclass(frozen=True, kw_only=True)
class ConfirmSending(Command):
    """Record that a notice or written result was sent, with its reference and digest (asked by the sender)."""

    notice: str
    reference: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class ReportSendingFailed(Command):
    """Record that a notice could not be sent (asked by the sender)."""

    notice: str
    code: str


COMMANDS: dict[str, type[Command]] = {
    snake(name): value
    for name, value in list(globals().items())
    if isinstance(value, type) and issubclass(value, Command) and value is not Command
}
"""Every command by its name on the command line and in routes, in the order of this page."""

OF_THE_CUSTOMER: frozenset[str] = frozenset(
    {
        "accept_proposal",
        "reject_proposal",
        "confirm_satisfaction",
        "reject_result",
        "answer_survey",
        "receive_message",
        "add_evidence",
    }
)
"""Commands that customers may give themselves: what staff records on their behalf."""

OF_THE_SYSTEM: frozenset[str] = frozenset(
    {
        "check_clocks",
        "confirm_sending",
        "report_sending_failed",
        "lapse_survey",
        "recompute_deadlines",
        "move_to_substitute",
        "move_back",
        "quarantine_evidence",
        "purge_evidence",
    }
)
"""Commands that only the case's own workflow gives: no person is offered them."""
