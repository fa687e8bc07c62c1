"""Receive 受理: register at once, promise to handle, classify, assign, tell the department head."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from heapq import merge
from typing import Any

from domain import commands as c
from domain import events as e
from domain.actor import Role
from domain.case import INTAKE_FIELDS, Case
from domain.clocks import reported_at
from domain.context import Context
from domain.deadlines import counted
from domain.decisions.conditions import given, is_open, notice, sheet_of
from domain.message import Command, Event
from domain.policy import Sheet
from domain.refusal import Refused
from domain.words import Arrangement, Audience, NoticeKind, Stage

DEADLINE_THERE = "deadline"
"""The clock of an imported case that holds the deadline of the system it comes from."""


def receive_case(case: Case, command: c.ReceiveCase, context: Context) -> list[Event]:
    if case.received:
        raise Refused("already_received")
    sheet = sheet_of(context)
    if command.category:
        in_taxonomy(sheet, command.category, command.subcategory)
    a_date(command.purchased_on)
    return [
        e.CaseReceived(
            **_record(command, sheet, context),
            at=reported_at(case, command, context),
            registered_by=context.actor.id,
            fault=command.fault,
            wish=command.wish,
            purchased_on=command.purchased_on,
        )
    ]


def import_case(case: Case, command: c.ImportCase, context: Context) -> list[Event]:
    """Intake and consent rules are bypassed; what the old record lacks is listed as gaps (I-08)."""
    if case.received:
        raise Refused("already_received")
    given(source=command.source, reference=command.reference)
    sheet = sheet_of(context)
    if command.closed_at is not None and command.closed_at < command.received_at:
        raise Refused("closed_before_received")
    if command.ending is not None and command.closed_at is None:
        raise Refused("ending_without_closing")
    if command.closed_at is None and command.stage in sheet.path[sheet.path.index(Stage.CLOSE) :]:
        raise Refused("open_import_too_late", stage=command.stage)
    if max(command.received_at, command.closed_at or command.received_at) > context.now:
        raise Refused("happened_in_future")
    lacking = tuple(f"field:{name}" for name in sheet.required if not getattr(command, name, ""))
    record = _record(command, sheet, context) | {"gaps": (*command.gaps, *lacking)}
    imported = e.CaseImported(
        **record,
        source=command.source,
        received_at=command.received_at,
        closed_at=command.closed_at,
        ending=command.ending,
        ending_there=command.ending_there,
        stage=command.stage if command.stage in sheet.path else sheet.path[0],
    )
    return [imported, *([] if command.closed_at else _breached_before(command, sheet, context))]


def _record(command: c.ReceiveCase | c.ImportCase | c.ImportLog, sheet: Sheet, context: Context) -> dict[str, Any]:
    """The fields that a received and an imported case share."""
    shared = {field.name for field in fields(e.CaseReceived)} & {field.name for field in fields(e.CaseImported)}
    own = {name: getattr(command, name) for name in shared if hasattr(command, name)}
    return own | {
        "sheet": e.PinnedSheet(name=sheet.name, version=sheet.version, digest=sheet.digest),
        "path": sheet.path,
        "customer": getattr(command, "customer", "") or f"S-{context.stream}",
        "subject": context.subject,
        "department": command.department or sheet.default_department,
    }


def _breached_before(command: c.ImportCase, sheet: Sheet, context: Context) -> list[Event]:
    """Limits that had passed in the other system: recorded silently; our own clocks start at import."""
    breached: list[Event] = []
    for rule in sheet.clocks:
        calendar = context.shelf.calendar(rule.calendar)
        if "CaseReceived" not in rule.starts or not rule.is_for(command.received_at.astimezone(calendar.zone).date()):
            continue
        limit = rule.limit_of(command.urgency, command.complexity)
        due = counted(rule, limit, command.received_at, calendar).due
        if due < context.now:
            breached.append(e.ClockBreached(clock=f"{rule.name}:before_import", due=due, silent=True))
    return breached


def import_log(case: Case, command: c.ImportLog, context: Context) -> list[Event]:
    """A finished case with the steps of its log in the order of time; no workflow ever runs for it.

    Steps before the receipt and after the end are in the log, so they are kept (L-01).
    """
    if case.received:
        raise Refused("already_received")
    given(source=command.source, reference=command.reference)
    if command.closed_at < command.received_at:
        raise Refused("closed_before_received")
    if max(command.closed_at, command.received_at, *(step.at for step in command.steps)) > context.now:
        raise Refused("happened_in_future")
    sheet = sheet_of(context)
    imported = e.CaseImported(
        **_record(command, sheet, context),
        source=command.source,
        received_at=command.received_at,
        closed_at=command.closed_at,
        ending=command.ending,
        ending_there=command.ending_there,
        stage=sheet.path[-1],
        responsible=command.responsible,
        gaps=("log",),
    )
    steps = sorted(map(_logged, command.steps), key=_when)
    return [imported, *merge(steps, _deadline_there(command), key=_when)]


def _logged(step: c.LoggedStep) -> e.ActivityImported:
    return e.ActivityImported(activity=step.activity, at=step.at, resource=step.resource, department=step.department)


def _deadline_there(command: c.ImportLog) -> list[Event]:
    """The deadline that the other system had set, and whether it was kept."""
    if command.deadline is None:
        return []
    due, closed = command.deadline, command.closed_at
    started = e.ClockStarted(clock=DEADLINE_THERE, started_at=command.received_at, due=due)
    breached = [e.ClockBreached(clock=DEADLINE_THERE, due=due, silent=True)] if closed > due else []
    return [started, *breached, e.ClockStopped(clock=DEADLINE_THERE, at=closed)]


def _when(event: Event) -> datetime:
    assert event.instant is not None, "what another system's log tells, it tells with its time"
    return event.instant


def report_upward(case: Case, command: c.ReportUpward, context: Context) -> list[Event]:
    """More resources are asked for, from whoever can give them (H-06)."""
    is_open(case)
    given(to=command.to, reason=command.reason)
    if command.to not in {role.value for role in Role if role is not Role.CUSTOMER}:
        raise Refused("unknown_role", role=command.to, roles=", ".join(Role))
    if command.to in case.reported_to:
        raise Refused("nothing_changes")
    return [e.CaseReportedUpward(to=command.to, reason=command.reason)]


def supplement_intake(case: Case, command: c.SupplementIntake, context: Context) -> list[Event]:
    is_open(case)
    if command.field not in INTAKE_FIELDS:
        raise Refused("unknown_field", field=command.field, fields=", ".join(INTAKE_FIELDS))
    given(value=command.value)
    if command.field == "wish" and command.value not in {word.value for word in Arrangement}:
        raise Refused("unknown_wish", wish=command.value, wishes=", ".join(Arrangement))
    if command.field == "purchased_on":
        a_date(command.value)
    if getattr(case.intake, command.field) == command.value:
        raise Refused("nothing_changes")
    return [e.IntakeSupplemented(field=command.field, value=command.value, reason=command.reason)]


def a_date(text: str) -> None:
    """A day is written as 2026-11-22, or left out."""
    try:
        date.fromisoformat(text or "2026-01-01")
    except ValueError:
        raise Refused("not_a_date") from None


def in_taxonomy(sheet: Sheet, category: str, subcategory: str) -> None:
    """The type and sub-type are the organisation's own words (I-05)."""
    if not sheet.categories:
        return
    if category not in sheet.categories:
        raise Refused("unknown_category", category=category, categories=", ".join(sheet.categories))
    known = sheet.categories[category]
    if subcategory and known and subcategory not in known:
        raise Refused("unknown_subcategory", subcategory=subcategory, category=category, subcategories=", ".join(known))


def classify_case(case: Case, command: c.ClassifyCase, context: Context) -> list[Event]:
    is_open(case)
    given(category=command.category)
    in_taxonomy(sheet_of(context), command.category, command.subcategory)
    if (case.category, case.subcategory) == (command.category, command.subcategory):
        raise Refused("nothing_changes")
    return [e.CaseClassified(category=command.category, subcategory=command.subcategory)]


def set_urgency(case: Case, command: c.SetUrgency, context: Context) -> list[Event]:
    is_open(case)
    given(reason=command.reason)
    if case.urgency == command.urgency:
        raise Refused("nothing_changes")
    return [e.UrgencySet(urgency=command.urgency, reason=command.reason)]


def set_complexity(case: Case, command: c.SetComplexity, context: Context) -> list[Event]:
    is_open(case)
    given(reason=command.reason)
    if case.complexity == command.complexity:
        raise Refused("nothing_changes")
    return [e.ComplexitySet(complexity=command.complexity, reason=command.reason)]


def acknowledge_receipt(case: Case, command: c.AcknowledgeReceipt, context: Context) -> list[Event]:
    is_open(case)
    if case.acknowledged:
        raise Refused("already_acknowledged")
    return [
        e.ReceiptAcknowledged(at=reported_at(case, command, context)),
        notice(case, context, NoticeKind.ACKNOWLEDGEMENT),
    ]


def assign_case(case: Case, command: c.AssignCase, context: Context) -> list[Event]:
    is_open(case)
    given(to=command.to, department=command.department)
    if case.assignment is not None:
        raise Refused("offer_pending", to=case.assignment.to)
    if case.assignee:
        raise Refused("already_assigned", assignee=case.assignee)
    assigned = e.CaseAssigned(to=command.to, department=command.department, at=context.now, rule=command.rule)
    if command.to == context.actor.id:
        return [assigned, e.AssignmentAccepted(by=command.to, department=command.department)]
    return [assigned, notice(case, context, NoticeKind.HAND_OVER, command.to, Audience.STAFF)]


def accept_assignment(case: Case, command: c.AcceptAssignment, context: Context) -> list[Event]:
    offer = _offered_to_me(case, context)
    return [e.AssignmentAccepted(by=context.actor.id, department=offer)]


def refuse_assignment(case: Case, command: c.RefuseAssignment, context: Context) -> list[Event]:
    _offered_to_me(case, context)
    given(reason=command.reason)
    return [e.AssignmentRefused(by=context.actor.id, reason=command.reason)]


def _offered_to_me(case: Case, context: Context) -> str:
    is_open(case)
    if case.assignment is None:
        raise Refused("no_offer")
    if case.assignment.to != context.actor.id:
        raise Refused("offered_to_another", to=case.assignment.to)
    return case.assignment.department


def tell_department_head(case: Case, command: c.TellDepartmentHead, context: Context) -> list[Event]:
    is_open(case)
    department = command.department or case.department
    if not department:
        raise Refused("no_department")
    if case.head_told:
        raise Refused("head_already_told")
    return [
        e.DepartmentHeadTold(department=department),
        notice(case, context, NoticeKind.HEAD_TOLD, f"head@{department}", Audience.STAFF),
    ]


def take_lead(case: Case, command: c.TakeLead, context: Context) -> list[Event]:
    is_open(case)
    if case.lead:
        raise Refused("lead_already_taken", lead=case.lead)
    concerned = {case.head_told, case.department, case.responsible_department} - {""}
    if Role.LEAD not in context.actor.roles and context.actor.department not in concerned:
        raise Refused("not_your_department", departments=", ".join(sorted(concerned)))
    return [e.LeadTaken(by=context.actor.id, department=context.actor.department or case.department)]


DECISIONS: dict[type[Command], Any] = {
    c.ReceiveCase: receive_case,
    c.ImportCase: import_case,
    c.ImportLog: import_log,
    c.ReportUpward: report_upward,
    c.SupplementIntake: supplement_intake,
    c.ClassifyCase: classify_case,
    c.SetUrgency: set_urgency,
    c.SetComplexity: set_complexity,
    c.AcknowledgeReceipt: acknowledge_receipt,
    c.AssignCase: assign_case,
    c.AcceptAssignment: accept_assignment,
    c.RefuseAssignment: refuse_assignment,
    c.TellDepartmentHead: tell_department_head,
    c.TakeLead: take_lead,
}
