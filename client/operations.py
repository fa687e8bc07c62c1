"""A method for each operation of the API. Made by `python -m scripts.client`: do not change it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from client.models import (
    AccessesOut,
    AddedOut,
    Amount,
    Arrangement,
    CalendarLines,
    CalendarOut,
    Channel,
    Complexity,
    CustomerOut,
    CustomersOut,
    DeadlinesOut,
    DeliveryOut,
    DeliveryWithAttemptsOut,
    DepartmentLines,
    DepartmentOut,
    DiffOut,
    Direction,
    Disclosure,
    Ending,
    EvidenceList,
    ExplanationOut,
    Fate,
    FeedOut,
    FiguresOut,
    Form,
    Health,
    HistoryOut,
    IdentityModelsLineOut,
    Instant,
    LedgerOut,
    LinkOut,
    LoggedStep,
    Measure,
    MeOut,
    NewTokenOut,
    NewWebhookOut,
    Outcome,
    PageOut,
    PaperOut,
    PartQuality,
    Point,
    PolicyLines,
    PolicyOut,
    ReceiptOut,
    RederivationOut,
    ReviewOutcome,
    Role,
    SessionOut,
    SheetOut,
    Stage,
    StreamOut,
    TokenOut,
    Urgency,
    UserOut,
    VerificationOut,
    ViewOut,
    ViewsOut,
    WebhookOut,
    WholeCase,
    WhyOut,
    WordsLanguage,
)
from client.transport import Download, Transport, Upload


class Operations(Transport):
    """Everything that can be asked, one method each. Whoever is refused gets an exception with the sentence."""

    def get_case(self, case: str, *, at: Point | None = None, reveal: bool = False) -> WholeCase:
        """A case as it is, or as it was known at an earlier point: its state with clocks, and what it waits for."""
        return cast(
            "WholeCase", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}", query={"at": at, "reveal": reveal})
        )

    def get_history(
        self, case: str, *, at: Point | None = None, after: int = 0, limit: int = 500, reveal: bool = False
    ) -> HistoryOut:
        """What happened in a case, entry by entry, each with a sentence; as it was known at a point, if one is
        given.
        """
        return cast(
            "HistoryOut",
            self.ask(
                "GET",
                f"/api/v1/cases/{self.quoted(case)}/history",
                query={"at": at, "after": after, "limit": limit, "reveal": reveal},
            ),
        )

    def get_diff(self, case: str, *, from_: Point, to: Point | None = None) -> DiffOut:
        """What is different in a case between two points of its life, and what happened in between; masked."""
        return cast(
            "DiffOut", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/diff", query={"from": from_, "to": to})
        )

    def get_why(self, case: str) -> WhyOut:
        """What a case waits for, who is expected to give it, with which commands, and until when."""
        return cast("WhyOut", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/why"))

    def get_deadlines(self, case: str, *, at: Point | None = None) -> DeadlinesOut:
        """All time limits of a case, those that run first: when each is due, and how it stands."""
        return cast("DeadlinesOut", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/deadlines", query={"at": at}))

    def explain_deadline(self, case: str, clock: str, *, at: Point | None = None) -> ExplanationOut:
        """Why a time limit is due when it is: start, rule, calendar, pauses, and the way to it day by day."""
        return cast(
            "ExplanationOut",
            self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/deadlines/{self.quoted(clock)}", query={"at": at}),
        )

    def receive_case(
        self,
        *,
        kind: str,
        channel: Channel,
        customer_name: str = "",
        contact: str = "",
        matter: str = "",
        remedy_sought: str = "",
        category: str = "",
        subcategory: str = "",
        urgency: Urgency = "ordinary",
        complexity: Complexity = "ordinary",
        language: WordsLanguage = "zh",
        department: str = "",
        order: str = "",
        product: str = "",
        serial_number: str = "",
        fault: str = "",
        wish: Arrangement | None = None,
        purchased_on: str = "",
        customer: str = "",
        reference: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Receive and register a new case.

        What the customer did not say may stay empty: the case then waits in *receive* until it is supplemented.
        """
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                "/api/v1/cases",
                body={
                    "kind": kind,
                    "channel": channel,
                    "customer_name": customer_name,
                    "contact": contact,
                    "matter": matter,
                    "remedy_sought": remedy_sought,
                    "category": category,
                    "subcategory": subcategory,
                    "urgency": urgency,
                    "complexity": complexity,
                    "language": language,
                    "department": department,
                    "order": order,
                    "product": product,
                    "serial_number": serial_number,
                    "fault": fault,
                    "wish": wish,
                    "purchased_on": purchased_on,
                    "customer": customer,
                    "reference": reference,
                },
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "Hold": hold},
            ),
        )

    def list_cases(
        self,
        *,
        kind: str | None = None,
        stage: Stage | None = None,
        urgency: Urgency | None = None,
        complexity: Complexity | None = None,
        category: str | None = None,
        channel: Channel | None = None,
        department: str | None = None,
        responsible: str | None = None,
        due_before: Instant | None = None,
        overdue: bool | None = None,
        received_from: Instant | None = None,
        received_before: Instant | None = None,
        cursor: str | None = None,
        limit: int = 100,
        ending: Ending | None = None,
        over: bool | None = None,
    ) -> PageOut:
        """All cases, open and ended, the newest first."""
        return cast(
            "PageOut",
            self.ask(
                "GET",
                "/api/v1/cases",
                query={
                    "kind": kind,
                    "stage": stage,
                    "urgency": urgency,
                    "complexity": complexity,
                    "category": category,
                    "channel": channel,
                    "department": department,
                    "responsible": responsible,
                    "due_before": due_before,
                    "overdue": overdue,
                    "received_from": received_from,
                    "received_before": received_before,
                    "cursor": cursor,
                    "limit": limit,
                    "ending": ending,
                    "over": over,
                },
            ),
        )

    def import_case(
        self,
        *,
        kind: str,
        source: str,
        reference: str,
        received_at: Instant,
        closed_at: Instant | None = None,
        ending: Ending | None = None,
        ending_there: str = "",
        stage: Stage = "receive",
        channel: Channel = "other",
        urgency: Urgency = "ordinary",
        complexity: Complexity = "ordinary",
        language: WordsLanguage = "en",
        customer: str = "",
        customer_name: str = "",
        contact: str = "",
        matter: str = "",
        remedy_sought: str = "",
        category: str = "",
        subcategory: str = "",
        department: str = "",
        order: str = "",
        product: str = "",
        serial_number: str = "",
        gaps: Sequence[str] = (),
        command_id: str | None = None,
        happened_at: Instant | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Take over a case from another system; ``source`` and ``reference`` together are its identity."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                "/api/v1/import-case",
                body={
                    "kind": kind,
                    "source": source,
                    "reference": reference,
                    "received_at": received_at,
                    "closed_at": closed_at,
                    "ending": ending,
                    "ending_there": ending_there,
                    "stage": stage,
                    "channel": channel,
                    "urgency": urgency,
                    "complexity": complexity,
                    "language": language,
                    "customer": customer,
                    "customer_name": customer_name,
                    "contact": contact,
                    "matter": matter,
                    "remedy_sought": remedy_sought,
                    "category": category,
                    "subcategory": subcategory,
                    "department": department,
                    "order": order,
                    "product": product,
                    "serial_number": serial_number,
                    "gaps": gaps,
                },
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "Hold": hold},
            ),
        )

    def import_log(
        self,
        *,
        kind: str,
        source: str,
        reference: str,
        received_at: Instant,
        closed_at: Instant,
        deadline: Instant | None = None,
        steps: Sequence[LoggedStep] = (),
        ending: Ending | None = None,
        ending_there: str = "",
        channel: Channel = "other",
        urgency: Urgency = "ordinary",
        complexity: Complexity = "ordinary",
        category: str = "",
        subcategory: str = "",
        department: str = "",
        responsible: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Take over a finished case of another system with the steps of its log, each at its own time."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                "/api/v1/import-log",
                body={
                    "kind": kind,
                    "source": source,
                    "reference": reference,
                    "received_at": received_at,
                    "closed_at": closed_at,
                    "deadline": deadline,
                    "steps": steps,
                    "ending": ending,
                    "ending_there": ending_there,
                    "channel": channel,
                    "urgency": urgency,
                    "complexity": complexity,
                    "category": category,
                    "subcategory": subcategory,
                    "department": department,
                    "responsible": responsible,
                },
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "Hold": hold},
            ),
        )

    def supplement_intake(
        self,
        case: str,
        *,
        field: str,
        value: str,
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Fill in a missing field of the intake record, or correct a wrong one."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/supplement-intake",
                body={"field": field, "value": value, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def classify_case(
        self,
        case: str,
        *,
        category: str,
        subcategory: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Give the case its type and sub-type."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/classify-case",
                body={"category": category, "subcategory": subcategory},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def set_urgency(
        self,
        case: str,
        *,
        urgency: Urgency,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Change the urgency of the case, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/set-urgency",
                body={"urgency": urgency, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def set_complexity(
        self,
        case: str,
        *,
        complexity: Complexity,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Change the complexity of the case, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/set-complexity",
                body={"complexity": complexity, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def acknowledge_receipt(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Acknowledge the receipt to the customer, with the promise to handle the case."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/acknowledge-receipt",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def assign_case(
        self,
        case: str,
        *,
        to: str,
        department: str,
        rule: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Assign the case to a person of a department."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/assign-case",
                body={"to": to, "department": department, "rule": rule},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def accept_assignment(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Take on the case that was assigned to you."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/accept-assignment",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def refuse_assignment(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Send back the case that was assigned to you, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/refuse-assignment",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def tell_department_head(
        self,
        case: str,
        *,
        department: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Tell the head of the department concerned."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/tell-department-head",
                body={"department": department},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def take_lead(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Acknowledge the case as department head and lead the investigation."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/take-lead",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def report_upward(
        self,
        case: str,
        *,
        to: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Report the case upward to a role, so that more resources can be given to it."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/report-upward",
                body={"to": to, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def contact_customer(
        self,
        case: str,
        *,
        channel: Channel,
        note: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Write down that the customer was contacted."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/contact-customer",
                body={"channel": channel, "note": note},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def offer_hand_over(
        self,
        case: str,
        *,
        to: str,
        department: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Offer the case to another person, with a reason; you stay responsible until they accept."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/offer-hand-over",
                body={"to": to, "department": department, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def accept_hand_over(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Accept the case that was offered to you."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/accept-hand-over",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def refuse_hand_over(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Refuse the case that was offered to you, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/refuse-hand-over",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def ask_question(
        self,
        case: str,
        *,
        to: str,
        text: str,
        due: Instant,
        department: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Ask another department or an expert, with a due time; the case stays with you."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/ask-question",
                body={"to": to, "text": text, "due": due, "department": department},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def answer_question(
        self,
        case: str,
        *,
        question: str,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Answer a question that was asked about the case."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/answer-question",
                body={"question": question, "text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def add_evidence(
        self,
        case: str,
        *,
        name: str,
        sha256: str,
        size: int,
        given_by: str = "customer",
        media_type: str = "",
        claimed_type: str = "",
        stored_as: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Add evidence by its name, size in bytes and SHA-256 digest (64 hexadecimal digits)."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/add-evidence",
                body={
                    "name": name,
                    "sha256": sha256,
                    "size": size,
                    "given_by": given_by,
                    "media_type": media_type,
                    "claimed_type": claimed_type,
                    "stored_as": stored_as,
                },
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def release_evidence(
        self,
        case: str,
        *,
        evidence: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Release a file of evidence from quarantine, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/release-evidence",
                body={"evidence": evidence, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def take_statement(
        self,
        case: str,
        *,
        of: str,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Write down what somebody concerned has to say."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/take-statement",
                body={"of": of, "text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def record_finding(
        self,
        case: str,
        *,
        course: str,
        cause: str,
        impact: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record what the investigation found: course of events, cause and impact."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/record-finding",
                body={"course": course, "cause": cause, "impact": impact},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def name_responsible(
        self,
        case: str,
        *,
        department: str,
        person: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Name the responsible department and person."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/name-responsible",
                body={"department": department, "person": person},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def judge_eligibility(
        self,
        case: str,
        *,
        eligible: bool,
        rule: str,
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Judge the application against policy, by the rule named: eligible, or refused with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/judge-eligibility",
                body={"eligible": eligible, "rule": rule, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def diagnose_fault(
        self,
        case: str,
        *,
        cause: str,
        diagnosis: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record the diagnosis of the fault."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/diagnose-fault",
                body={"cause": cause, "diagnosis": diagnosis},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def look_up_knowledge(
        self,
        case: str,
        *,
        query: str,
        article: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record what the knowledge base says: the article that answers, or nothing."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/look-up-knowledge",
                body={"query": query, "article": article},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def take_decision(
        self,
        case: str,
        *,
        outcome: Outcome,
        findings: Sequence[str],
        rule: str,
        reasons: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Decide what is owed, citing the findings and the rule it rests on."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/take-decision",
                body={"outcome": outcome, "findings": findings, "rule": rule, "reasons": reasons},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def propose_remedy(
        self,
        case: str,
        *,
        summary: str,
        measures: Sequence[Measure] = (),
        arrangement: Arrangement | None = None,
        amount: Amount | None = None,
        currency: str = "CNY",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Propose a remedy: its measures, with owner and due time of each."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/propose-remedy",
                body={
                    "summary": summary,
                    "measures": measures,
                    "arrangement": arrangement,
                    "amount": amount,
                    "currency": currency,
                },
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def approve_proposal(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Approve a proposal above the amount that its author may decide alone; nobody approves their own."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/approve-proposal",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def decline_approval(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Do not approve the proposal, with a reason: it goes back to its author."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/decline-approval",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def answer_inquiry(
        self,
        case: str,
        *,
        text: str,
        article: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Answer the inquiry, naming the article of the knowledge base where there is one."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/answer-inquiry",
                body={"text": text, "article": article},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def withdraw_proposal(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Withdraw a proposal or answer that the customer has not yet answered."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/withdraw-proposal",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def present_proposal(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Tell the customer the proposal and ask for their view."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/present-proposal",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def remind_customer(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Remind the customer that their answer is awaited."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/remind-customer",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def accept_proposal(
        self,
        case: str,
        *,
        words: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the customer agrees."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/accept-proposal",
                body={"words": words},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def reject_proposal(
        self,
        case: str,
        *,
        new_demand: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the customer does not agree, and what they demand now: the next round begins."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/reject-proposal",
                body={"new_demand": new_demand},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def complete_measure(
        self,
        case: str,
        *,
        measure: str,
        result: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that a measure of the remedy was carried out."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/complete-measure",
                body={"measure": measure, "result": result},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def report_result(
        self,
        case: str,
        *,
        text: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Report to the agent that the problem is solved, and how."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/report-result",
                body={"text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def tell_merchant(
        self,
        case: str,
        *,
        merchant: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the merchant or partner was told of the arrangement."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/tell-merchant",
                body={"merchant": merchant},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def register_shipment(
        self,
        case: str,
        *,
        direction: Direction,
        carrier: str,
        tracking_number: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Register that goods were sent, with carrier and logistics number."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/register-shipment",
                body={"direction": direction, "carrier": carrier, "tracking_number": tracking_number},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def receive_goods(
        self,
        case: str,
        *,
        condition: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the goods arrived with us, and their condition."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/receive-goods",
                body={"condition": condition},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def confirm_delivery(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the goods arrived with the customer."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/confirm-delivery",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def confirm_refund(
        self,
        case: str,
        *,
        amount: Amount,
        reference: str,
        currency: str = "CNY",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the money was paid back, with the reference of the payment."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/confirm-refund",
                body={"amount": amount, "reference": reference, "currency": currency},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def start_repair(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Begin the repair as its technician."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/start-repair",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def replace_part(
        self,
        case: str,
        *,
        part: str,
        quality: PartQuality,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that a part was replaced, and that the customer was told where it comes from."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/replace-part",
                body={"part": part, "quality": quality},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def report_repair(
        self,
        case: str,
        *,
        cause: str,
        standard: str,
        measures: str,
        minutes: int,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Report the repair: cause, standard followed, measures and minutes of work."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/report-repair",
                body={"cause": cause, "standard": standard, "measures": measures, "minutes": minutes},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def test_repair(
        self,
        case: str,
        *,
        passed: bool,
        result: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record the test and inspection of the repaired goods."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/test-repair",
                body={"passed": passed, "result": result},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def demonstrate_repair(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the repaired goods were shown working to the customer."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/demonstrate-repair",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def report_quality_risk(
        self,
        case: str,
        *,
        to: str,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Report a quality problem or risk to the product people."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/report-quality-risk",
                body={"to": to, "text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def confirm_satisfaction(
        self,
        case: str,
        *,
        words: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the customer is satisfied with what was done."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/confirm-satisfaction",
                body={"words": words},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def reject_result(
        self,
        case: str,
        *,
        new_demand: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the customer is not satisfied with what was done, and what they demand now."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/reject-result",
                body={"new_demand": new_demand},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def request_written_result(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Ask for the written result to be sent to the customer."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/request-written-result",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def withdraw_case(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that the customer withdraws the case."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/withdraw-case",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def refer_case(
        self,
        case: str,
        *,
        body: str,
        reference: str = "",
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Refer the case to an outside body."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/refer-case",
                body={"body": body, "reference": reference, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def close_case(
        self,
        case: str,
        *,
        ending: Ending = "resolved",
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Close the case with its ending; only a satisfied customer makes it *resolved*."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/close-case",
                body={"ending": ending, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def invite_survey(
        self,
        case: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Invite the customer to rate how the case was handled."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/invite-survey",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def answer_survey(
        self,
        case: str,
        *,
        process: int,
        result: int,
        attitude: int,
        words: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record the customer's rating of process, result and attitude, each from 1 to 5."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/answer-survey",
                body={"process": process, "result": result, "attitude": attitude, "words": words},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def follow_up_customer(
        self,
        case: str,
        *,
        channel: Channel,
        note: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Write down that the customer was followed up after the closing."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/follow-up-customer",
                body={"channel": channel, "note": note},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def report_case(
        self,
        case: str,
        *,
        cause: str,
        course: str,
        result: str,
        lessons: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Write the case report: cause, course, result and lessons."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/report-case",
                body={"cause": cause, "course": course, "result": result, "lessons": lessons},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def open_improvement(
        self,
        case: str,
        *,
        action: str,
        owner: str,
        due: Instant,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Open an improvement action, with owner and due time."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/open-improvement",
                body={"action": action, "owner": owner, "due": due},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def complete_improvement(
        self,
        case: str,
        *,
        improvement: str,
        effect: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Record that an improvement action was carried out, and its effect."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/complete-improvement",
                body={"improvement": improvement, "effect": effect},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def add_note(
        self,
        case: str,
        *,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Note an important fact or special circumstance."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/add-note",
                body={"text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def receive_message(
        self,
        case: str,
        *,
        channel: Channel,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Write down a message of the customer."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/receive-message",
                body={"channel": channel, "text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def pause_clocks(
        self,
        case: str,
        *,
        reason: str,
        note: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Let time limits stand still, for a reason that the policy lists."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/pause-clocks",
                body={"reason": reason, "note": note},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def resume_clocks(
        self,
        case: str,
        *,
        pause: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Let time limits run again that a pause holds."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/resume-clocks",
                body={"pause": pause},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def move_to_policy(
        self,
        case: str,
        *,
        version: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Move the case to another version of its policy, with a reason; its running time limits are counted anew."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/move-to-policy",
                body={"version": version, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def tell_progress(
        self,
        case: str,
        *,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Tell the customer how the case stands."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/tell-progress",
                body={"text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def resend_notice(
        self,
        case: str,
        *,
        notice: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Send a notice again that could not be sent, or at once one that is held back so that it can be undone."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/resend-notice",
                body={"notice": notice},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def cancel_notice(
        self,
        case: str,
        *,
        notice: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Take back a notice that has not been sent yet, with a reason; it is never sent."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/cancel-notice",
                body={"notice": notice, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def withdraw_customer_links(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Withdraw the links with which the customer sees this case, with a reason; links that are made later work."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/withdraw-customer-links",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def retract_entry(
        self,
        case: str,
        *,
        entry: int,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Retract an earlier entry by its version number, with a reason; it stays in the ledger and no longer
        counts.
        """
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/retract-entry",
                body={"entry": entry, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def reopen_case(
        self,
        case: str,
        *,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
        hold: int | None = None,
    ) -> ReceiptOut:
        """Open a closed case again, with a reason."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/reopen-case",
                body={"reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match, "Hold": hold},
            ),
        )

    def get_worklist(
        self,
        *,
        kind: str | None = None,
        stage: Stage | None = None,
        urgency: Urgency | None = None,
        complexity: Complexity | None = None,
        category: str | None = None,
        channel: Channel | None = None,
        department: str | None = None,
        responsible: str | None = None,
        due_before: Instant | None = None,
        overdue: bool | None = None,
        received_from: Instant | None = None,
        received_before: Instant | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> PageOut:
        """Open cases, what is late or due first on top; those without a running time limit come last, oldest first."""
        return cast(
            "PageOut",
            self.ask(
                "GET",
                "/api/v1/worklist",
                query={
                    "kind": kind,
                    "stage": stage,
                    "urgency": urgency,
                    "complexity": complexity,
                    "category": category,
                    "channel": channel,
                    "department": department,
                    "responsible": responsible,
                    "due_before": due_before,
                    "overdue": overdue,
                    "received_from": received_from,
                    "received_before": received_before,
                    "cursor": cursor,
                    "limit": limit,
                },
            ),
        )

    def get_entries(self, *, after: int = 0, limit: int = 200, reveal: bool = False) -> FeedOut:
        """The entries of all streams in the order of the ledger: cases, policies, calendars, departments, refusals."""
        return cast(
            "FeedOut", self.ask("GET", "/api/v1/entries", query={"after": after, "limit": limit, "reveal": reveal})
        )

    def get_verification(self) -> VerificationOut:
        """The newest signed checkpoint, and what is not under it yet. Believe the note, not this answer: verify it."""
        return cast("VerificationOut", self.ask("GET", "/api/v1/verification"))

    def get_figures(
        self, *, days: int = 28, until: str | None = None, kind: str | None = None, department: str | None = None
    ) -> FiguresOut:
        """How many cases were opened, closed, late, handed over, rated; how many are open, and since when.

        Only cases that you see are counted.
        """
        return cast(
            "FiguresOut",
            self.ask(
                "GET", "/api/v1/figures", query={"days": days, "until": until, "kind": kind, "department": department}
            ),
        )

    def is_live(self) -> Health:
        """The process answers. It is not started anew because the database is away: it comes back by itself."""
        return cast("Health", self.ask("GET", "/health/live"))

    def is_ready(self) -> Health:
        """The ledger can be read, and the process is not about to stop."""
        return cast("Health", self.ask("GET", "/health/ready"))

    def list_webhooks(self) -> list[WebhookOut]:
        """The endpoints that are told of entries, and how their deliveries stand."""
        return cast("list[WebhookOut]", self.ask("GET", "/api/v1/webhooks"))

    def add_webhook(
        self, *, label: str, url: str, events: Sequence[str] = (), kinds: Sequence[str] = ()
    ) -> NewWebhookOut:
        """Make an endpoint. Its secret is in this answer and nowhere else. It is told of what is recorded from now
        on.
        """
        return cast(
            "NewWebhookOut",
            self.ask("POST", "/api/v1/webhooks", body={"label": label, "url": url, "events": events, "kinds": kinds}),
        )

    def get_webhook(self, webhook: str) -> WebhookOut:
        """One endpoint, and how its deliveries stand."""
        return cast("WebhookOut", self.ask("GET", f"/api/v1/webhooks/{self.quoted(webhook)}"))

    def change_webhook(
        self,
        webhook: str,
        *,
        label: str | None = None,
        url: str | None = None,
        events: Sequence[str] | None = None,
        kinds: Sequence[str] | None = None,
    ) -> WebhookOut:
        """Give it another name, another address or other filters; what waits goes to the new address."""
        return cast(
            "WebhookOut",
            self.ask(
                "PATCH",
                f"/api/v1/webhooks/{self.quoted(webhook)}",
                body={"label": label, "url": url, "events": events, "kinds": kinds},
            ),
        )

    def enable_webhook(self, webhook: str) -> WebhookOut:
        """Tell it again: of what waits for it, and of what is recorded from now on."""
        return cast("WebhookOut", self.ask("POST", f"/api/v1/webhooks/{self.quoted(webhook)}/enable"))

    def disable_webhook(self, webhook: str) -> WebhookOut:
        """Tell it nothing until it is enabled again; what waits goes on waiting."""
        return cast("WebhookOut", self.ask("POST", f"/api/v1/webhooks/{self.quoted(webhook)}/disable"))

    def rotate_webhook(self, webhook: str, *, overlap_hours: int = 24) -> NewWebhookOut:
        """Make another secret, shown in this answer only. For a while the one before signs too."""
        return cast(
            "NewWebhookOut",
            self.ask("POST", f"/api/v1/webhooks/{self.quoted(webhook)}/rotate", body={"overlap_hours": overlap_hours}),
        )

    def ping_webhook(self, webhook: str) -> DeliveryOut:
        """Send a trial, which stands for no entry. Look at the delivery for what came of it."""
        return cast("DeliveryOut", self.ask("POST", f"/api/v1/webhooks/{self.quoted(webhook)}/ping"))

    def list_deliveries(
        self, webhook: str, *, state: Fate | None = None, before: int | None = None, limit: int = 50
    ) -> list[DeliveryOut]:
        """What was, or is to be, delivered there, the newest first."""
        return cast(
            "list[DeliveryOut]",
            self.ask(
                "GET",
                f"/api/v1/webhooks/{self.quoted(webhook)}/deliveries",
                query={"state": state, "before": before, "limit": limit},
            ),
        )

    def get_delivery(self, webhook: str, number: int) -> DeliveryWithAttemptsOut:
        """One delivery with every try: what was answered, and how long it took."""
        return cast(
            "DeliveryWithAttemptsOut",
            self.ask("GET", f"/api/v1/webhooks/{self.quoted(webhook)}/deliveries/{self.quoted(number)}"),
        )

    def redeliver(self, webhook: str, number: int) -> DeliveryOut:
        """Send it once more, with the id that it had: whoever has seen it takes it for seen."""
        return cast(
            "DeliveryOut",
            self.ask("POST", f"/api/v1/webhooks/{self.quoted(webhook)}/deliveries/{self.quoted(number)}/redeliver"),
        )

    def get_customer_of_case(self, case: str) -> CustomerOut:
        """The file of a case's customer: all of their cases that you may see, and how it stands with their data."""
        return cast("CustomerOut", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/customer"))

    def get_customer(self, customer: str) -> CustomerOut:
        """The file of a customer under their pseudonym; there is none for who may see none of their cases."""
        return cast("CustomerOut", self.ask("GET", f"/api/v1/customers/{self.quoted(customer)}"))

    def find_customers(self, *, contact: str = "", number: str = "") -> CustomersOut:
        """Find a customer by phone, mail or number, among those with cases that you may see. It changes nothing; it
        is a POST because what is asked for is personal data, which does not belong into an address.
        """
        return cast(
            "CustomersOut", self.ask("POST", "/api/v1/customers/find", body={"contact": contact, "number": number})
        )

    def list_evidence(self, case: str, *, reveal: bool = False) -> EvidenceList:
        """All evidence of a case in the order in which it came: digests, kinds, who gave it; names are masked."""
        return cast(
            "EvidenceList", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/evidence", query={"reveal": reveal})
        )

    def upload_evidence(
        self,
        case: str,
        file: Upload,
        *,
        given_by: str = "customer",
        command_id: str | None = None,
        happened_at: Instant | None = None,
    ) -> AddedOut:
        """Take a file in: sealed under the key of the case's customer, with its digest in the ledger. Sent again
        with the same key it is taken in once.
        """
        return cast(
            "AddedOut",
            self.ask(
                "POST",
                f"/api/v1/cases/{self.quoted(case)}/evidence",
                form={"given_by": given_by},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at},
                file=file,
            ),
        )

    def get_evidence(self, case: str, number: str, *, purpose: str = "") -> Download:
        """The file itself, as it was given. That you opened it is recorded first."""
        return self.download(
            "GET", f"/api/v1/cases/{self.quoted(case)}/evidence/{self.quoted(number)}", query={"purpose": purpose}
        )

    def export_cases(
        self,
        form: Form,
        *,
        case: Sequence[str] = (),
        kind: str = "",
        stage: Stage | None = None,
        urgency: Urgency | None = None,
        department: str = "",
        responsible: str = "",
        ending: Ending | None = None,
        over: bool | None = None,
        received_from: Instant | None = None,
        received_before: Instant | None = None,
        steps: bool = False,
        personal: Disclosure = "withheld",
        purpose: str = "",
    ) -> Download:
        """The cases chosen, as a file, among those that you see. That you took it is recorded before you are given
        it.
        """
        return self.download(
            "GET",
            f"/api/v1/exports/{self.quoted(form)}",
            query={
                "case": case,
                "kind": kind,
                "stage": stage,
                "urgency": urgency,
                "department": department,
                "responsible": responsible,
                "ending": ending,
                "over": over,
                "received_from": received_from,
                "received_before": received_before,
                "steps": steps,
                "personal": personal,
                "purpose": purpose,
            },
        )

    def get_dossier(
        self,
        case: str,
        *,
        personal: Disclosure = "masked",
        language: WordsLanguage | None = None,
        headers: bool = False,
        pdf: bool = True,
        purpose: str = "",
    ) -> Download:
        """One case to hand over, as a zip: its history for people, its evidence, and proofs that anybody can check
        with nothing but Python. That you took it is recorded first.
        """
        return self.download(
            "GET",
            f"/api/v1/cases/{self.quoted(case)}/dossier",
            query={"personal": personal, "language": language, "headers": headers, "pdf": pdf, "purpose": purpose},
        )

    def list_reads(
        self, *, case: str | None = None, by: str = "", before: int | None = None, limit: int = 100
    ) -> AccessesOut:
        """Who was shown personal data, opened evidence or exported something, the newest first; purposes are
        masked.
        """
        return cast(
            "AccessesOut",
            self.ask("GET", "/api/v1/reads", query={"case": case, "by": by, "before": before, "limit": limit}),
        )

    def rederive_case(self, case: str) -> RederivationOut:
        """Derive every decision of a case again from what is written down, with today's rules, and name those that
        would come out differently. It changes nothing.
        """
        return cast("RederivationOut", self.ask("GET", f"/api/v1/cases/{self.quoted(case)}/rederivation"))

    def get_ledger(self) -> LedgerOut:
        """The ledger's clock, its newest position, and how far the lists have followed."""
        return cast("LedgerOut", self.ask("GET", "/api/v1/ledger"))

    def get_sheet_by_digest(self, digest: str) -> PaperOut:
        """The policy sheet that a case keeps from its first day, as its receipt names it."""
        return cast("PaperOut", self.ask("GET", f"/api/v1/sheets/{self.quoted(digest)}"))

    def get_calendar_by_digest(self, digest: str) -> PaperOut:
        """The version of a working calendar that a deadline was counted on, as its entry names it."""
        return cast("PaperOut", self.ask("GET", f"/api/v1/calendar-versions/{self.quoted(digest)}"))

    def list_views(self) -> ViewsOut:
        """The filters that are kept under a name: mine, and those that my department shares."""
        return cast("ViewsOut", self.ask("GET", "/api/v1/views"))

    def put_view(
        self, name: str, *, query: str, shared: bool = False, start: bool = False, place: int | None = None
    ) -> ViewOut:
        """Keep a filter under a name, or change the view of mine that has it. Done twice it is the same."""
        return cast(
            "ViewOut",
            self.ask(
                "PUT",
                f"/api/v1/views/{self.quoted(name)}",
                body={"query": query, "shared": shared, "start": start, "place": place},
            ),
        )

    def delete_view(self, name: str) -> None:
        """Remove a view of mine; others keep theirs."""
        self.ask("DELETE", f"/api/v1/views/{self.quoted(name)}")

    def list_policies(self) -> PolicyLines:
        """For each kind of case: which version is in force, and what falls due."""
        return cast("PolicyLines", self.ask("GET", "/api/v1/policies"))

    def get_policy(self, kind: str) -> PolicyOut:
        """The policy for a kind of case: every version, and where it is in its life."""
        return cast("PolicyOut", self.ask("GET", f"/api/v1/policies/{self.quoted(kind)}"))

    def get_policy_history(self, kind: str) -> StreamOut:
        """What happened to a policy: drafts, discussions, approvals, reviews; masked."""
        return cast("StreamOut", self.ask("GET", f"/api/v1/policies/{self.quoted(kind)}/history"))

    def get_sheet(self, kind: str, version: str) -> SheetOut:
        """A version of a policy with its whole sheet: time limits, parameters, what each stage needs, who may do
        what.
        """
        return cast(
            "SheetOut", self.ask("GET", f"/api/v1/policies/{self.quoted(kind)}/versions/{self.quoted(version)}")
        )

    def list_calendars(self) -> CalendarLines:
        """The working calendars that deadlines are counted on."""
        return cast("CalendarLines", self.ask("GET", "/api/v1/calendars"))

    def get_calendar(self, name: str) -> CalendarOut:
        """A working calendar as it is in force: hours, holidays, make-up days, and who announced them."""
        return cast("CalendarOut", self.ask("GET", f"/api/v1/calendars/{self.quoted(name)}"))

    def suggest_change(
        self,
        kind: str,
        *,
        text: str,
        cases: Sequence[str] = (),
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Suggest a change of the policy for a kind of case; name the cases that show why."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/suggest-change",
                body={"text": text, "cases": cases},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def draft_policy(
        self,
        kind: str,
        *,
        content: Mapping[str, Any],
        reason: str,
        cases: Sequence[str] = (),
        suggestions: Sequence[str] = (),
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Draft a new version of the policy for a kind of case."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/draft-policy",
                body={"content": content, "reason": reason, "cases": cases, "suggestions": suggestions},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def withdraw_draft(
        self,
        kind: str,
        *,
        version: str,
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Withdraw a draft of yours; its version keeps its name and content."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/withdraw-draft",
                body={"version": version, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def discuss_policy(
        self,
        kind: str,
        *,
        version: str,
        text: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Say what you think of a draft."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/discuss-policy",
                body={"version": version, "text": text},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def approve_policy(
        self,
        kind: str,
        *,
        version: str,
        in_force_from: Instant | None = None,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Approve a draft that was discussed and is not your own, from a date on."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/approve-policy",
                body={"version": version, "in_force_from": in_force_from},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def review_policy(
        self,
        kind: str,
        *,
        outcome: ReviewOutcome,
        remarks: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Record the review of the policy that is in force."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/review-policy",
                body={"outcome": outcome, "remarks": remarks},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def retire_policy(
        self,
        kind: str,
        *,
        version: str,
        reason: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Retire a version of the policy: new cases follow the one before it again."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/retire-policy",
                body={"version": version, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def hold_supervision(
        self,
        kind: str,
        *,
        checked: int,
        remarks: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Record that you checked whether the policy is kept, and on how many cases."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/hold-supervision",
                body={"checked": checked, "remarks": remarks},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def report_exception(
        self,
        kind: str,
        *,
        text: str,
        owner: str,
        due: Instant,
        case: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Report an exception that the last supervision found, with owner and due time."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/report-exception",
                body={"text": text, "owner": owner, "due": due, "case": case},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def rectify_exception(
        self,
        kind: str,
        *,
        exception: str,
        effect: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Record that an exception was put right, and with what effect."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/policies/{self.quoted(kind)}/rectify-exception",
                body={"exception": exception, "effect": effect},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def list_departments(self) -> DepartmentLines:
        """The departments that have members: how many, who is away, whether the desk works."""
        return cast("DepartmentLines", self.ask("GET", "/api/v1/departments"))

    def get_department(self, department: str) -> DepartmentOut:
        """A department: members with roles and skills, who is away and who stands in, whether its desk works."""
        return cast("DepartmentOut", self.ask("GET", f"/api/v1/departments/{self.quoted(department)}"))

    def get_department_history(self, department: str) -> StreamOut:
        """What happened to a department: members who came and left, leave, failed desks, drills; masked."""
        return cast("StreamOut", self.ask("GET", f"/api/v1/departments/{self.quoted(department)}/history"))

    def add_member(
        self,
        department: str,
        *,
        person: str,
        roles: Sequence[Role] = ("agent",),
        skills: Sequence[str] = (),
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Add a person to the department with roles and skills, or change what is known of a member."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/add-member",
                body={"person": person, "roles": roles, "skills": skills},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def remove_member(
        self,
        department: str,
        *,
        person: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Remove a person from the department; their open cases go to a substitute by plan."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/remove-member",
                body={"person": person},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def start_leave(
        self,
        department: str,
        *,
        person: str,
        substitute: str = "",
        until: Instant | None = None,
        reason: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """A member is away from now on; their open cases go to the substitute, or to whom the plan finds."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/start-leave",
                body={"person": person, "substitute": substitute, "until": until, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def end_leave(
        self,
        department: str,
        *,
        person: str,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """A member is back; their cases come back to them."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/end-leave",
                body={"person": person},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def fail_desk(
        self,
        department: str,
        *,
        reason: str,
        to_department: str = "",
        to_person: str = "",
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """Nobody of the department can work; its open cases go to another department, named or by plan."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/fail-desk",
                body={"to_department": to_department, "to_person": to_person, "reason": reason},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def restore_desk(
        self,
        department: str,
        *,
        command_id: str | None = None,
        happened_at: Instant | None = None,
        if_match: int | None = None,
    ) -> ReceiptOut:
        """The department can work again; its cases come back."""
        return cast(
            "ReceiptOut",
            self.ask(
                "POST",
                f"/api/v1/departments/{self.quoted(department)}/restore-desk",
                body={},
                headers={"Idempotency-Key": command_id, "Happened-At": happened_at, "If-Match": if_match},
            ),
        )

    def who_am_i(self) -> MeOut:
        """Who asks, and what they may."""
        return cast("MeOut", self.ask("GET", "/api/v1/me"))

    def my_sessions(self) -> list[SessionOut]:
        """The browsers in which you are signed in."""
        return cast("list[SessionOut]", self.ask("GET", "/api/v1/me/sessions"))

    def end_my_session(self, number: int) -> None:
        """Sign out in one of them."""
        self.ask("DELETE", f"/api/v1/me/sessions/{self.quoted(number)}")

    def sign_out(self) -> None:
        """Sign out here."""
        self.ask("DELETE", "/api/v1/me/session")

    def change_my_password(self, *, before: str, after: str) -> None:
        """Choose another password, which ends your other sessions."""
        self.ask("POST", "/api/v1/me/password", body={"before": before, "after": after})

    def my_tokens(self) -> list[TokenOut]:
        """Your tokens, revoked ones too."""
        return cast("list[TokenOut]", self.ask("GET", "/api/v1/me/tokens"))

    def make_my_token(self, *, label: str, scopes: Sequence[str], days: int = 90) -> NewTokenOut:
        """Make a token. Its secret is in this answer and nowhere else."""
        return cast(
            "NewTokenOut", self.ask("POST", "/api/v1/me/tokens", body={"label": label, "scopes": scopes, "days": days})
        )

    def revoke_my_token(self, number: int) -> None:
        """From now on the token does not count; a token may do this to itself."""
        self.ask("DELETE", f"/api/v1/me/tokens/{self.quoted(number)}")

    def all_users(self) -> list[UserOut]:
        """Every user, disabled ones too."""
        return cast("list[UserOut]", self.ask("GET", "/api/v1/users"))

    def add_user(
        self,
        *,
        id_: str,
        name: str,
        roles: Sequence[Role] = ("agent",),
        administrator: bool = False,
        department: str = "",
        language: str = "",
    ) -> UserOut:
        """Add a user, who has yet to be invited."""
        return cast(
            "UserOut",
            self.ask(
                "POST",
                "/api/v1/users",
                body={
                    "id": id_,
                    "name": name,
                    "roles": roles,
                    "administrator": administrator,
                    "department": department,
                    "language": language,
                },
            ),
        )

    def one_user(self, user: str) -> UserOut:
        """One of them."""
        return cast("UserOut", self.ask("GET", f"/api/v1/users/{self.quoted(user)}"))

    def change_user(
        self,
        user: str,
        *,
        name: str | None = None,
        roles: Sequence[Role] | None = None,
        administrator: bool | None = None,
        department: str | None = None,
        language: str | None = None,
    ) -> UserOut:
        """Give a user another name, other roles, another department or language: from their next request on."""
        return cast(
            "UserOut",
            self.ask(
                "PATCH",
                f"/api/v1/users/{self.quoted(user)}",
                body={
                    "name": name,
                    "roles": roles,
                    "administrator": administrator,
                    "department": department,
                    "language": language,
                },
            ),
        )

    def invite_user(self, user: str) -> LinkOut:
        """Make a link by which the user chooses a password, the first or a new one."""
        return cast("LinkOut", self.ask("POST", f"/api/v1/users/{self.quoted(user)}/invite"))

    def disable_user(self, user: str) -> UserOut:
        """Sessions end at once, tokens are revoked, links stop working."""
        return cast("UserOut", self.ask("POST", f"/api/v1/users/{self.quoted(user)}/disable"))

    def enable_user(self, user: str) -> UserOut:
        """The user may sign in again; tokens stay revoked."""
        return cast("UserOut", self.ask("POST", f"/api/v1/users/{self.quoted(user)}/enable"))

    def sign_user_out(self, user: str) -> None:
        """End all sessions of a user."""
        self.ask("POST", f"/api/v1/users/{self.quoted(user)}/sign-out")

    def list_sign_ins(
        self, *, user: str | None | None = None, before: int | None | None = None, limit: int = 100
    ) -> list[IdentityModelsLineOut]:
        """Sign-ins, failed attempts, use of tokens and changes of rights; the newest first."""
        return cast(
            "list[IdentityModelsLineOut]",
            self.ask("GET", "/api/v1/sign-ins", query={"user": user, "before": before, "limit": limit}),
        )
