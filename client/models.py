"""What the API answers, and parts of what it is asked. Made by `python -m scripts.client`: do not change it by hand."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, NotRequired, TypedDict

Instant = datetime | str
"""An instant with its time zone; as text RFC 3339."""
Amount = Decimal | str
"""Money, never a float."""
Point = datetime | str
"""An instant, or a version of a case: ``v12``."""

Arrangement = Literal["return", "exchange", "repair", "refund"]
"""What an after-sales customer wishes for, and what is arranged."""

Audience = Literal["customer", "staff"]
"""Whom a notice is for."""

Channel = Literal[
    "online_chat",
    "hotline",
    "online_message",
    "complaint_form",
    "after_sales_form",
    "email",
    "walk_in",
    "social",
    "letter",
    "other",
]
"""How the customer reached us."""

Complexity = Literal["ordinary", "complex", "major"]
"""How hard a case is."""

Direction = Literal["to_us", "to_customer"]
"""Which way goods travel."""

Disclosure = Literal["included", "masked", "withheld"]
"""What an export shows of personal data."""

Ending = Literal["resolved", "withdrawn", "referred", "no_answer", "unfounded", "not_eligible"]
"""How a case ends. Only ``resolved`` means that the customer agreed."""

Family = Literal["house", "statute", "platform", "department"]
"""Whose time limit it is."""

Fate = Literal["waiting", "delivered", "failed"]
"""What has become of a delivery so far."""

Finding = Literal[
    "same",
    "refused_now",
    "accepted_now",
    "other_refusal",
    "other_events",
    "other_field",
    "altered",
    "missing",
    "unreadable",
]
"""What became of a decision when it was derived again."""

Form = Literal["xes", "ocel", "csv", "jsonl"]
"""What a file can be; OCEL has three forms, told apart by the end of the file's name."""

Language = Literal["zh", "en"]
"""The language the customer is written to in."""

NoticeKind = Literal[
    "acknowledgement",
    "head_told",
    "question",
    "hand_over",
    "progress",
    "proposal",
    "reminder",
    "written_result",
    "survey",
    "escalation",
    "reported_upward",
    "approval",
    "substitute",
]
"""What a notice tells, and so which phrases it is written with."""

Outcome = Literal["upheld", "partly_upheld", "not_upheld"]
"""What was decided about a complaint or application."""

PartQuality = Literal["original", "equivalent"]
"""Where a spare part comes from; the customer is told."""

PauseKind = Literal["statutory", "convenience"]
"""What a pause may stop: a convenience pause never stops a limit that comes from law."""

Permission = Literal[
    "see_worklist",
    "see_case",
    "see_personal",
    "open_case",
    "work_case",
    "assign",
    "approve",
    "import_cases",
    "see_policies",
    "change_policies",
    "see_departments",
    "change_departments",
    "see_figures",
    "export",
    "read_ledger",
    "audit",
    "administer",
]
"""What a person may see and begin."""

Result = Literal["running", "standing", "overdue", "kept", "late", "lapsed", "over"]
"""How a time limit stands, or how it ended."""

ReviewOutcome = Literal["keep", "revise", "retire"]
"""What a review of a policy came to."""

Role = Literal[
    "agent",
    "lead",
    "expert",
    "technician",
    "technical_support",
    "department_head",
    "inspector",
    "supervisor",
    "data",
    "management",
    "hr",
    "auditor",
    "partner",
    "system",
    "customer",
]
"""The roles of the rule books; what each may do is policy data."""

ScanVerdict = Literal["infected", "failed"]
"""Why a file went into quarantine: the scanner found something, or did not come to an end."""

Scope = Literal[
    "cases:read",
    "cases:write",
    "personal:read",
    "policies:read",
    "policies:write",
    "departments:read",
    "departments:write",
    "figures:read",
    "exports:read",
    "ledger:read",
    "audit:read",
    "users:write",
]
"""What a token may be limited to; it never allows more than the roles of its owner."""

Stage = Literal["receive", "investigate", "propose", "confirm", "close", "review"]
"""The stages of a case (受理 · 调查 · 方案 · 确认 · 结案 · 复盘).

A sheet's path lists those that its kind walks.
"""

Standing = Literal["drafted", "discussed", "withdrawn", "approved", "in_force", "replaced", "retired"]
"""Where a version of a policy is in its life."""

StepKind = Literal["warn", "escalate"]
"""What a clock does on its way: it warns before its deadline, and is escalated after it."""

Urgency = Literal["ordinary", "urgent", "safety"]
"""How fast a case must move."""

WordsLanguage = Literal["en", "zh"]
"""The languages in which this program speaks."""


class AccessOut(TypedDict):
    """One access to personal data, evidence or an export."""

    stream: str
    """What it belongs to: a case, a policy, a calendar, a department."""
    version: int
    """1 for the first entry of the stream, without gaps."""
    position: int
    """Its place in the order of the whole ledger, with gaps."""
    event: str
    """Name of the event."""
    class_version: int
    recorded_at: str
    happened_at: str
    actor: ActorOut
    command_id: str
    sentence: str
    """What happened, for people."""
    data: dict[str, Any]
    """The fields of the event; personal ones masked, unless revealed."""
    case: str | None
    """The case; null when it concerned several."""


class AccessesOut(TypedDict):
    """Accesses, the newest first."""

    items: list[AccessOut]
    next: int | None
    """Ask for what lies before this position; null after the last one."""


class ActorOut(TypedDict):
    """Who asked, as they were at that moment."""

    id: str
    roles: list[str]
    department: str


class AddedOut(TypedDict):
    """What became of a file that was sent."""

    accepted: bool
    case: str
    """The case; of other things with a life the name of their stream."""
    version: int
    """After the command; also in the ETag."""
    position: int
    """Place of the last entry, in the order of the whole ledger; 0: nothing was added."""
    events: list[str]
    """What happened, warnings and breaches that had fallen due among it."""
    recorded_at: str
    repeated: bool
    """Whether this is the answer to an earlier request with the same key."""
    command_id: str
    evidence: EvidenceOut


class AttemptOut(TypedDict):
    """One try."""

    number: int
    at: str
    status: int | None
    error: str
    milliseconds: int


class BreachOut(TypedDict):
    """The limit passed."""

    due: str
    recorded: ToldOut
    late: int
    """How much later that was found."""
    corrected: ToldOut | None
    """Where it turned out that it had been kept, or has not passed yet."""


class BreachesOut(TypedDict):
    """How many cases broke a time limit on one of the days."""

    limit: str
    day: int
    """Its place in `days`, from 0."""
    cases: int


class CalendarLine(TypedDict):
    """A working calendar."""

    name: str
    version: str
    """The version in force."""
    digest: str
    published: dict[str, str]
    """Every version so far, with its digest."""


class CalendarLines(TypedDict):
    """All working calendars."""

    items: list[CalendarLine]


class CalendarOut(TypedDict):
    """A working calendar as it is in force."""

    name: str
    version: str
    """The version in force."""
    digest: str
    published: dict[str, str]
    """Every version so far, with its digest."""
    calendar: dict[str, Any]


class CalendarUsedOut(TypedDict):
    """The calendar that the deadline was counted on."""

    name: str
    version: str
    digest: str
    title: dict[str, str]
    time_zone: str
    years: list[YearUsedOut]
    """Empty: it does not matter who announced what."""


class CaseLine(TypedDict):
    """One line about a case."""

    case: str
    version: int
    kind: str
    stage: str
    round: int
    urgency: str
    complexity: str
    category: str
    subcategory: str
    channel: str
    department: str
    responsible: str
    offered_to: str
    """To whom the case is on its way: an assignment or hand-over that is not accepted yet."""
    waiting_for: list[str]
    next_due: str | None
    """The earliest instant of a running clock that is not breached and does not stand still."""
    breached: list[str]
    standing: list[str]
    """The running clocks that stand still."""
    imported: bool
    received_at: str
    closed_at: str | None
    ending: str
    over: bool
    subject: str
    """Pseudonym of the person whose data the case holds."""
    clock: str
    """The running clock that presses most: the one that is late longest, else the next one, else one that
    stands.
    """
    clock_due: str | None
    """When it is due, or was; none while it stands still. By it lists are ordered."""
    clock_since: str | None
    clock_warned: bool
    clock_calendar: str
    """The digest of the calendar that it is counted by."""


class CaseOut(TypedDict):
    """A case as of its newest entry."""

    version: int
    kind: str
    sheet: str
    """Digest of the policy sheet of its first day."""
    path: list[Stage]
    customer: str
    subject: str
    """Pseudonym of the customer, under whose key their data is sealed."""
    imported: bool
    received_at: str | None
    registered_by: str
    stage: Stage
    round: int
    inquiry_round: int
    """The round in which *investigate* was entered last: findings of earlier inquiries no longer count for it."""
    closed_at: str | None
    ending: Ending | None
    over: bool
    intake: IntakeOut
    category: str
    subcategory: str
    urgency: Urgency
    complexity: Complexity
    language: Language
    acknowledged: bool
    head_told: str
    """The department whose head was told."""
    lead: str
    assignee: str
    department: str
    assignment: OfferOut | None
    hand_over: OfferOut | None
    hand_overs: int
    held_by: list[str]
    """The departments that have had the case, in order, each time it changed."""
    flagged_returns: dict[str, int]
    """Department → how often the case had come back there when that was flagged last."""
    reported_to: list[str]
    """The roles to which it was reported upward."""
    heard_at: str | None
    """When the newest message of the customer arrived."""
    substitution: SubstitutionOut | None
    contacted: bool
    questions: dict[str, QuestionOut]
    evidence: dict[str, str]
    """Number → SHA-256."""
    quarantined: list[str]
    """Evidence whose files nobody is given at the moment."""
    purged: list[str]
    """Evidence whose files were deleted."""
    statements: dict[str, str]
    findings: dict[str, FindingOut]
    responsible_department: str
    responsible_person: str
    eligible: bool | None
    eligibility_rule: str
    eligibility_round: int
    diagnosis_round: int
    """The rounds in which eligibility was judged and the fault diagnosed last."""
    article_round: int
    """The round in which an article of the knowledge base was found last."""
    article: str
    decisions: dict[str, DecisionOut]
    proposal: ProposalOut | None
    work: WorkOut
    notices: dict[str, NoticeOut]
    links: int
    """How often the links for the customer were withdrawn: those made before no longer work."""
    held: dict[str, str]
    """Steps that would be taken at once → the instant until which they wait, so that what led to them may be
    undone.
    """
    written_result: str
    """Number of the written result of this closing."""
    warranty_until: str | None
    referred_to: str
    survey: SurveyOut | None
    reported: bool
    improvement_requested: bool
    improvements: dict[str, bool]
    """Number → whether it is completed."""
    clocks: dict[str, ClockOut]
    pauses: dict[str, PausedOut]
    seen: dict[str, SeenOut]
    """Event → how often it was recorded, and in which round last."""
    facts: dict[str, FactOut]
    """Version → what can be retracted there."""
    counts: dict[str, int]
    """How many of each numbered thing there have ever been, so that a number is never used twice."""


class Change(TypedDict):
    """A part of the state that differs."""

    field: str
    before: Any
    after: Any


class CheckpointOut(TypedDict):
    """A signed checkpoint of the log."""

    origin: str
    """Name of the log."""
    size: int
    """Entries under it."""
    root: str
    """Root of the tree over them, base64."""
    last_position: int
    """Position of the last entry under it."""
    sealed_at: str
    note: str
    """The signed note (C2SP), as it is published: check it with a key of your own."""


class ClockOut(TypedDict):
    """A time limit that runs, or ran."""

    started_at: str
    due: str
    """While it stands still, as it was before."""
    steps: list[ClockStepOut]
    """Warnings and escalations, in the order of their instants."""
    limit: str
    """As the sheet had it; empty: a person named the due time."""
    calendar: PinnedCalendarOut | None
    provisional: bool
    family: Family
    binds: str
    warned: int
    """The highest percentage that was warned of."""
    breached: bool
    escalated: int
    """The number of the last escalation."""
    stopped_at: str | None
    lapsed: bool
    """It ended without what it asks for."""
    stands: list[StandOut]
    """When it stood still."""


class ClockStepOut(TypedDict):
    """An instant at which a clock warns or is escalated."""

    kind: StepKind
    at: str
    level: int
    """Of a warning the percentage of the limit; of an escalation its number, from 1."""
    to: str
    """The role that is told."""


class CustomerLine(TypedDict):
    """A customer who was found."""

    customer: str
    cases: list[str]
    """Those of their cases that you may see, the newest first."""


class CustomerOut(TypedDict):
    """A customer under their pseudonym: their cases, and how it stands with their data."""

    customer: str
    """Their pseudonym: the same in all of their cases."""
    erased: bool
    restricted: bool
    step: str
    """How far an erasure is; empty: none was asked for."""
    holds: list[str]
    """Holds that forbid an erasure now."""
    waits_for: list[str]
    """Open cases and holds that an erasure waits for; told to who sees all cases."""
    cases: list[CaseLine]
    """Those that you may see, the newest first."""
    entries: list[EntryOut]
    """What happened to their data, masked; likewise."""


class CustomersOut(TypedDict):
    """Who was found."""

    items: list[CustomerLine]


class DeadlineOut(TypedDict):
    """How a time limit stands."""

    clock: str
    family: str
    binds: str
    due: str
    running: bool
    standing: bool
    breached: bool
    escalated: int
    provisional: bool
    moved: int
    """How often it was counted anew since it was started last."""
    stopped_at: str | None


class DeadlinesOut(TypedDict):
    """The time limits of a case."""

    case: str
    version: int
    as_of: str
    clocks: list[DeadlineOut]


class DecisionOut(TypedDict):
    """What was decided, on what."""

    outcome: Outcome
    findings: list[str]
    rule: str
    round: int


class DeliveryOut(TypedDict):
    """What is told to one endpoint of one entry."""

    number: int
    endpoint: str
    message: str
    """The header `webhook-id`: the same at each try."""
    position: int
    """Of the entry in the ledger; 0: a trial."""
    event: str
    stream: str
    state: str
    """`waiting`, `delivered` or `failed`."""
    attempts: int
    status: int | None
    """What the receiver answered last."""
    error: str
    """Why there was no answer: `timeout`, `not_reached`, `tls_failed` …"""
    made_at: str
    next_at: str | None
    """When it is tried next."""
    ended_at: str | None


class DeliveryWithAttemptsOut(TypedDict):
    """A delivery with every try."""

    number: int
    endpoint: str
    message: str
    """The header `webhook-id`: the same at each try."""
    position: int
    """Of the entry in the ledger; 0: a trial."""
    event: str
    stream: str
    state: str
    """`waiting`, `delivered` or `failed`."""
    attempts: int
    status: int | None
    """What the receiver answered last."""
    error: str
    """Why there was no answer: `timeout`, `not_reached`, `tls_failed` …"""
    made_at: str
    next_at: str | None
    """When it is tried next."""
    ended_at: str | None
    tries: list[AttemptOut]


class DepartmentLine(TypedDict):
    """A department in short."""

    department: str
    members: int
    away: list[str]
    """Members on leave."""
    failed: bool
    """Nobody can work there at the moment."""


class DepartmentLines(TypedDict):
    """All departments."""

    items: list[DepartmentLine]


class DepartmentOut(TypedDict):
    """A department as it is."""

    version: int
    members: dict[str, MemberOut]
    former: dict[str, str]
    """Who left → the number of that leaving."""
    leaves: dict[str, LeaveOut]
    """Who is away."""
    failure: FailureOut | None
    without_substitute: dict[str, list[str]]
    """Plan → the cases that nobody could take, as of the last look, while the plan lasts."""
    drills: int
    counts: dict[str, int]
    department: str


class DiffOut(TypedDict):
    """What is different between two points, and what happened in between."""

    case: str
    before: int
    """The earlier version."""
    after: int
    """The later version."""
    changes: list[Change]
    entries: list[EntryOut]


class DifferenceOut(TypedDict):
    """One thing that would come out differently."""

    event: str
    about: str
    field: str
    then: Any
    now: Any
    basis: list[str]


class EntryOut(TypedDict):
    """One line of the ledger."""

    stream: str
    """What it belongs to: a case, a policy, a calendar, a department."""
    version: int
    """1 for the first entry of the stream, without gaps."""
    position: int
    """Its place in the order of the whole ledger, with gaps."""
    event: str
    """Name of the event."""
    class_version: int
    recorded_at: str
    happened_at: str
    actor: ActorOut
    command_id: str
    sentence: str
    """What happened, for people."""
    data: dict[str, Any]
    """The fields of the event; personal ones masked, unless revealed."""


class EvidenceList(TypedDict):
    """The evidence of a case."""

    case: str
    items: list[EvidenceOut]


class EvidenceOut(TypedDict):
    """One piece of evidence."""

    evidence: str
    name: str
    """Of the file; masked, unless revealed."""
    sha256: str
    size: int
    media_type: str
    """As the file itself shows; empty: the file is kept elsewhere."""
    claimed_type: str
    """As whoever sent it said, where that is something else."""
    given_by: str
    added_by: str
    happened_at: str
    recorded_at: str
    stored_as: str
    """Name of its object in the store; empty: the file is kept elsewhere."""
    quarantined: ScanVerdict | None
    """Why nobody is given it; null: it can be had."""
    released_by: str
    purged: bool
    retracted: bool


class ExplanationOut(TypedDict):
    """A deadline and everything that it follows from."""

    clock: str
    family: Family
    binds: str
    earlier: list[RunOut]
    """Its lives before this one; all else is about the last."""
    started: ToldOut
    """The entry that says so."""
    because: ToldOut | None
    """The event that started it."""
    started_at: str
    named: ToldOut | None
    """Where a person named the due time; None: a rule has it."""
    limit: str
    rule: RuleUsedOut | None
    calendar: CalendarUsedOut | None
    walk: list[ModelsLineOut]
    holds: list[HeldOut]
    due: str
    """As the ledger has it."""
    derived: str | None
    """As it is counted here and now; None: there is nothing to count."""
    at_once: bool
    """The derived instant had passed when it was counted anew: it was due at that moment."""
    agrees: bool
    """Whether the ledger and the derivation say the same."""
    provisional: bool
    steps: list[StepOut]
    breaches: list[BreachOut]
    moves: list[MoveOut]
    result: Result
    ended: ToldOut | None
    ended_by: ToldOut | None
    """The event that stopped it."""
    ended_at: str | None
    breached: bool
    left: int
    """Until it is due; of one that ended, what was left. Less than nothing: late by so much."""
    working_left: int | None
    """The same in the time in which its calendar is open; None without a calendar."""
    if_resumed: str | None
    """When it would be due if it ran again now; None when it does not stand still."""


class FactOut(TypedDict):
    """An entry that can be retracted: what it is, and its key there."""

    what: str
    key: str


class FailureOut(TypedDict):
    """The desk does not work."""

    plan: str
    to_department: str
    to_person: str
    since: str


class FeedOut(TypedDict):
    """A part of the ledger."""

    entries: list[EntryOut]
    next: int
    """Ask for what comes after this position."""
    newest: int
    """The position of the newest entry."""
    epoch: str
    """The life of this ledger. When it changes, an older backup was put back: begin anew."""


class FigureOut(TypedDict):
    """One number."""

    set: str
    """What is counted: cases `opened`, `closed`, `open`, `breached`, `offered` …"""
    part: str
    """By what it is told apart: `day`, `kind`, `stage` …; empty: the whole set."""
    value: str
    """Which part; days and bands by their place, from 0."""
    cases: int
    """How many cases; a case counts once."""


class FiguresOut(TypedDict):
    """The figures of a period, and of now."""

    days: list[str]
    """Where each day, or week, of the period begins; and where the last one ends."""
    figures: list[FigureOut]
    breaches: list[BreachesOut]
    taken: list[TakenOut]


class FindingOut(TypedDict):
    """What the investigation found."""

    cause: str
    round: int


class Give(TypedDict):
    """A command that meets a need, or stops a time limit."""

    command: str
    path: str
    """Where to give it."""
    roles: list[str]
    """Who may by the policy; empty: everybody but auditors."""
    yours: bool
    """Whether your roles may."""


class Health(TypedDict):
    """How it is."""

    status: str


class Held(TypedDict):
    """A pause that lasts."""

    pause: str
    reason: str
    kind: str
    since: str
    flagged: bool
    """The customer was heard of meanwhile."""


class HeldBackOut(TypedDict):
    """A step of the workflow, or a notice, that waits so that what led to it can be undone."""

    step: str
    """The command that is given then; empty for a notice."""
    notice: str
    """The notice's number; empty for a step."""
    until: str
    lets_go: Give
    """What does not wait any longer."""
    takes_back: Give | None
    """By what it never comes to it."""


class HeldOut(TypedDict):
    """A time in which the clock stood still."""

    pause: str
    """Its number; empty: a clock that goes on where it stood was stopped."""
    reason: str
    title: dict[str, str]
    kind: PauseKind | None
    source: str
    since: str
    until: str | None
    flagged: bool
    """The customer was heard of meanwhile."""
    added: int | None
    """How much later the deadline is because of it; None: nothing is counted with it, or not yet."""


class HistoryOut(TypedDict):
    """What happened in a case, in order."""

    case: str
    version: int
    """The newest version at the point that was asked for."""
    entries: list[EntryOut]


class IdentityModelsLineOut(TypedDict):
    """A line of the log of sign-ins and rights."""

    number: int
    at: str
    what: str
    account: str
    """Whom it is about; empty: nobody of that id."""
    by: str
    address: str
    details: dict[str, Any]


class IntakeOut(TypedDict):
    """The record made when the case was received."""

    channel: Channel
    customer_name: str
    contact: str
    matter: str
    remedy_sought: str
    order: str
    product: str
    serial_number: str
    fault: str
    wish: str
    purchased_on: str
    reference: str
    department: str


class LeaveOut(TypedDict):
    """A member's absence that is not over."""

    plan: str
    substitute: str
    until: str | None
    since: str


class LedgerOut(TypedDict):
    """Where the ledger is."""

    now: str
    """By the ledger's own clock."""
    newest: int
    """The position of its newest entry."""
    epoch: str
    """Its life; it changes when an older backup was put back."""
    lists: int
    """How far the lists have followed it."""


class Limit(TypedDict):
    """A time limit that runs."""

    clock: str
    due: str
    standing: bool
    breached: bool
    stopped_by: list[Give]


class LinkOut(TypedDict):
    """A link that works once."""

    path: str
    """Give it to the user: who opens it chooses a password. Valid for 24 hours."""


class LoggedStep(TypedDict):
    """One line of another system's log: what was done, when, by whom."""

    activity: str
    at: Instant
    resource: NotRequired[str]
    department: NotRequired[str]


class MeOut(TypedDict):
    """Who asks, and what they may."""

    id: str
    name: str
    roles: list[str]
    administrator: bool
    department: str
    language: str
    permissions: list[Permission]
    scopes: list[Scope]
    """What a token is limited to; of a session what tokens could be given."""
    via: str
    """`session` or `token`."""


class Measure(TypedDict):
    """One step of a remedy: what, by whom, until when."""

    text: str
    """Text. Personal data."""
    owner: str
    due: NotRequired[Instant | None]


class MemberOut(TypedDict):
    """A person of the department."""

    roles: list[Role]
    skills: list[str]


class ModelsLineOut(TypedDict):
    """One local day of a walk: what it added, and why it did or did not."""

    day: str
    why: str
    """The calendar's word: working, rest_day, holiday, make_up or special_hours."""
    name: dict[str, str]
    """What the calendar calls the day, by language."""
    windows: list[str]
    counted: int
    """Seconds for limits in time, otherwise 1 or 0."""
    total: int
    """What was counted up to the end of this day."""
    paused: int
    """What a pause kept from being counted: seconds for limits in time, otherwise 1 or 0."""
    pauses: list[str]
    """The names of the pauses that did."""
    rolled: bool
    """Whether the deadline came to this day, or past it, only because it moved from where nobody works."""
    provisional: bool
    """Whether it matters what kind of day this is, and nobody has announced it yet."""


class MoveOut(TypedDict):
    """The deadline was counted anew."""

    cause: str
    at: str
    before: str
    due: str
    limit: str
    calendar_version: str
    provisional: bool
    recorded: ToldOut
    because: ToldOut | None
    """The entry that caused it; None: the program did, after a calendar changed."""


class NeedOut(TypedDict):
    """Something that a stage needs."""

    code: str
    text: str


class NewTokenOut(TypedDict):
    """A token that was just made."""

    number: int
    account: str
    label: str
    scopes: list[str]
    made_at: str
    ends_at: str
    used_at: str | None
    revoked_at: str | None
    secret: str
    """Shown this once."""


class NewWebhookOut(TypedDict):
    """An endpoint with a new secret."""

    id: str
    label: str
    url: str
    events: list[str]
    """Names of the events that it is told of; none: all."""
    kinds: list[str]
    """Kinds of cases; none: all, and what is no case."""
    state: str
    """`enabled` or `disabled`."""
    reason: str
    """Why it is disabled: `by_hand`, or `gone`, when it answered 410."""
    failing_since: str | None
    """Since when a delivery was given up, and none has arrived."""
    overlap_until: str | None
    """Until when the secret before the last rotation signs too."""
    made_by: str
    made_at: str
    changed_at: str
    waiting: int
    """Deliveries that have not arrived yet."""
    failing: int
    """Of these, how many were tried in vain already."""
    failed: int
    """Deliveries that were given up."""
    secret: str
    """`whsec_…`, shown this once: the receiver checks signatures with it."""


class NoticeOut(TypedDict):
    """A notice or written result: requested, then sent or failed."""

    kind: NoticeKind
    audience: Audience
    to: str
    language: Language
    round: int
    not_before: str
    sent: bool
    failed: bool
    """It could not be sent, and has not been sent again."""
    cancelled: bool
    """It was taken back before it was sent, and is not sent any more."""
    stopped: list[str]
    """Time limits that stopped because of what it tells."""


class OfferOut(TypedDict):
    """The case on its way to somebody: an assignment or a hand-over that is not yet accepted."""

    to: str
    department: str
    giver: str


class PageOut(TypedDict):
    """A page of a list."""

    items: list[CaseLine]
    next: str | None
    """The cursor of the next page; null after the last one."""
    position: int
    """How far the lists have followed the ledger: compare the position of a receipt."""


class PaperOut(TypedDict):
    """A paper under its digest; it never changes."""

    digest: str
    content: dict[str, Any]


class PausedOut(TypedDict):
    """A pause: its reason, and since when; until when, once it is over."""

    reason: str
    kind: PauseKind
    clocks: list[str]
    """Names of clocks, without their round."""
    since: str
    until: str | None
    flagged: bool


class PinnedCalendarOut(TypedDict):
    """The calendar that a deadline was counted on, by name, version and digest."""

    name: str
    version: str
    digest: str


class PlannedMeasureOut(TypedDict):
    """A measure of the current proposal."""

    owner: str
    due: str | None
    done: bool


class PolicyLine(TypedDict):
    """The policy for a kind of case."""

    kind: str
    in_force: str
    """The version that new cases follow; empty when there is none."""
    next_review: str | None
    next_supervision: str | None
    open_suggestions: list[str]


class PolicyLines(TypedDict):
    """All policies."""

    items: list[PolicyLine]


class PolicyOut(TypedDict):
    """A policy with all its versions."""

    kind: str
    in_force: str
    """The version that new cases follow; empty when there is none."""
    next_review: str | None
    next_supervision: str | None
    open_suggestions: list[str]
    version: int
    """How many entries its stream has."""
    versions: list[VersionLine]


class ProposalOut(TypedDict):
    """The proposal or answer of the current round, and how far it is."""

    round: int
    arrangement: Arrangement | None
    amount: str | None
    currency: str
    by: str
    approvals: int
    """How many persons must approve it."""
    approved_by: list[str]
    measures: dict[str, PlannedMeasureOut]
    presented: bool
    reminders: int
    remind_at: str | None
    accepted: bool
    satisfied: bool


class QuestionOut(TypedDict):
    """A question to a department or expert."""

    to: str
    department: str
    due: str
    round: int
    answered: bool


class ReceiptOut(TypedDict):
    """What became of a command."""

    accepted: bool
    case: str
    """The case; of other things with a life the name of their stream."""
    version: int
    """After the command; also in the ETag."""
    position: int
    """Place of the last entry, in the order of the whole ledger; 0: nothing was added."""
    events: list[str]
    """What happened, warnings and breaches that had fallen due among it."""
    recorded_at: str
    repeated: bool
    """Whether this is the answer to an earlier request with the same key."""
    command_id: str


class RederivationOut(TypedDict):
    """Every decision of a case, derived again."""

    case: str
    decisions: int
    """How many were derived again."""
    different: list[RederivedOut]
    """Those that do not come out as they did; empty when all is well."""


class RederivedOut(TypedDict):
    """A decision that would come out differently, or is not as it was written."""

    stream: str
    first_version: int
    last_version: int
    recorded_at: str | None
    actor: str
    command: str
    command_id: str
    finding: Finding
    rule: str
    """What differs, in one word: the code of a refusal, or an event and its field."""
    detail: str
    differences: list[DifferenceOut]


class RuleUsedOut(TypedDict):
    """The rule of the sheet, and the limit that it has for this case."""

    name: str
    sheet: str
    sheet_version: str
    starts: list[str]
    stops: list[str]
    limits: dict[str, str]
    """By urgency or complexity."""
    column: str
    """The urgency or complexity that chose the limit."""
    from_next_day: bool
    roll: str
    per: str
    cumulative: bool
    source: str
    requirement: str
    effective_from: str
    effective_to: str


class RunOut(TypedDict):
    """An earlier life of a clock that was started again."""

    started_at: str
    due: str
    ended_at: str | None
    breached: bool
    lapsed: bool


class SeenOut(TypedDict):
    """How often an event was recorded, and in which round last."""

    round: int
    times: int


class SessionOut(TypedDict):
    """A browser in which somebody is signed in."""

    number: int
    begun_at: str
    seen_at: str
    ends_at: str
    address: str
    browser: str
    this: bool
    """Whether it is the session that asks."""


class SheetOut(TypedDict):
    """A version with its sheet: change it, give it another version, and it can be drafted."""

    version: str
    digest: str
    standing: Standing
    shipped: bool
    author: str
    approved_by: str
    in_force_from: str | None
    cases: list[str]
    """Those that showed the problem."""
    suggestions: list[str]
    """Those that it answers."""
    discussed_by: list[str]
    kind: str
    sheet: dict[str, Any]


class StandOut(TypedDict):
    """A time in which a clock stood still."""

    pause: str
    """The number of the pause that held it; empty: a cumulative clock was stopped."""
    since: str
    until: str | None


class StepOut(TypedDict):
    """A warning before the deadline, or an escalation after it."""

    kind: StepKind
    level: int
    to: str
    at: str
    raised: ToldOut | None
    """Where it is recorded; None: it was not, or not yet."""
    late: int
    """How much later than it was due it was found; nothing where that is but a moment."""


class StreamOut(TypedDict):
    """What happened, in order."""

    stream: str
    version: int
    entries: list[EntryOut]


class SubstitutionOut(TypedDict):
    """Where a case belongs that a substitute looks after, and the plan that it follows."""

    person: str
    department: str
    plan: str
    by: str
    """The substitute."""


class SurveyOut(TypedDict):
    """The survey: invited, then answered or lapsed."""

    lapse_at: str | None
    score: int | None
    lapsed: bool


class TakenOut(TypedDict):
    """How long cases took from receipt to closing."""

    kind: str
    """Empty: all kinds."""
    cases: int
    median: int
    """Seconds; half of them took no longer."""
    ninetieth: int
    """Seconds; nine of ten took no longer."""
    calendar: str
    """Whose working time it is; empty: round the clock."""


class TokenOut(TypedDict):
    """A token, without its secret."""

    number: int
    account: str
    label: str
    scopes: list[str]
    made_at: str
    ends_at: str
    used_at: str | None
    revoked_at: str | None


class ToldOut(TypedDict):
    """The entry that something follows from."""

    version: int
    event: str
    by: str
    happened_at: str
    recorded_at: str


class UserOut(TypedDict):
    """A user."""

    id: str
    """Pseudonymous: entries of the ledger name it."""
    name: str
    roles: list[str]
    administrator: bool
    department: str
    language: str
    state: str
    """`invited`, `active` or `disabled`."""


class VerificationOut(TypedDict):
    """How far the ledger is sealed."""

    checkpoint: CheckpointOut | None
    unsealed: int
    """Entries that wait to be sealed: those of the last second, when all is well."""
    newest: int
    """Position of the newest entry."""


class VersionLine(TypedDict):
    """A version of a policy."""

    version: str
    digest: str
    standing: Standing
    shipped: bool
    author: str
    approved_by: str
    in_force_from: str | None
    cases: list[str]
    """Those that showed the problem."""
    suggestions: list[str]
    """Those that it answers."""
    discussed_by: list[str]


class ViewOut(TypedDict):
    """A saved view."""

    name: str
    query: str
    owner: str
    mine: bool
    shared: bool
    """Whether the department sees it."""
    department: str
    """Whose members see it; empty: nobody else."""
    place: int
    start: bool
    """Whether I begin with it."""


class ViewsOut(TypedDict):
    """My views in their order, then those that my department shares."""

    items: list[ViewOut]
    """A person may have 30 of their own."""


class Wait(TypedDict):
    """One thing that the case waits for."""

    code: str
    text: str
    """The same in words."""
    people: list[str]
    """Who is expected to give it; `customer` for the customer."""
    clock: str
    """The time limit that it stops; empty when none is its own."""
    due: str | None
    give: list[Give]


class WebhookOut(TypedDict):
    """An endpoint: an address that is told of entries."""

    id: str
    label: str
    url: str
    events: list[str]
    """Names of the events that it is told of; none: all."""
    kinds: list[str]
    """Kinds of cases; none: all, and what is no case."""
    state: str
    """`enabled` or `disabled`."""
    reason: str
    """Why it is disabled: `by_hand`, or `gone`, when it answered 410."""
    failing_since: str | None
    """Since when a delivery was given up, and none has arrived."""
    overlap_until: str | None
    """Until when the secret before the last rotation signs too."""
    made_by: str
    made_at: str
    changed_at: str
    waiting: int
    """Deliveries that have not arrived yet."""
    failing: int
    """Of these, how many were tried in vain already."""
    failed: int
    """Deliveries that were given up."""


class WholeCase(TypedDict):
    """A case: a summary, what it waits for, and its whole state."""

    case: str
    version: int
    kind: str
    stage: str
    round: int
    urgency: str
    complexity: str
    category: str
    subcategory: str
    channel: str
    department: str
    responsible: str
    offered_to: str
    """To whom the case is on its way: an assignment or hand-over that is not accepted yet."""
    waiting_for: list[NeedOut]
    next_due: str | None
    """The earliest instant of a running clock that is not breached and does not stand still."""
    breached: list[str]
    standing: list[str]
    """The running clocks that stand still."""
    imported: bool
    received_at: str
    closed_at: str | None
    ending: str
    over: bool
    subject: str
    """Pseudonym of the person whose data the case holds."""
    clock: str
    """The running clock that presses most: the one that is late longest, else the next one, else one that
    stands.
    """
    clock_due: str | None
    """When it is due, or was; none while it stands still. By it lists are ordered."""
    clock_since: str | None
    clock_warned: bool
    clock_calendar: str
    """The digest of the calendar that it is counted by."""
    as_of: str
    state: CaseOut


class WhyOut(TypedDict):
    """What a case waits for."""

    case: str
    version: int
    stage: str
    round: int
    over: bool
    waiting_for: list[Wait]
    limits: list[Limit]
    pauses: list[Held]
    by_itself: list[str]
    """What its workflow does without being asked."""
    held_back: list[HeldBackOut]
    to_be_sent: list[str]
    """Notices on their way."""
    failed: list[str]
    """Notices that could not be sent."""


class WorkOut(TypedDict):
    """What has been done to carry the current remedy out."""

    merchant_told: bool
    shipped: list[Direction]
    goods_received: bool
    delivered: bool
    refunded: str | None
    repair_started: bool
    repair_reported: bool
    repair_tested: bool
    repair_demonstrated: bool
    parts: list[str]


class YearUsedOut(TypedDict):
    """A year that the walk touches, and who announced its days."""

    year: int
    announced: bool
    source: str
    published: str
