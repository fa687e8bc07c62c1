"""The types of streams: everything with a life, and how it decides and folds."""

from __future__ import annotations

from domain import (
    access,
    calendar_stream,
    clocks,
    decisions,
    department,
    department_stream,
    evolve,
    log_stream,
    policy_life,
    policy_stream,
    subject,
)
from domain.calendar_stream import CalendarLife, CalendarPublished, PublishCalendar
from domain.case import Case
from domain.commands import COMMANDS, ImportCase, ImportLog, ReceiveCase
from domain.events import EVENTS
from domain.policy_commands import POLICY_COMMANDS, DraftPolicy, PublishSheet
from domain.policy_events import POLICY_EVENTS
from domain.policy_life import Policy
from domain.progress import progress_of
from domain.stream import StreamType
from domain.subject_messages import SUBJECT_EVENTS, PlaceHold, RequestErasure, RestrictSubject

CASE = StreamType(
    name="case",
    initial=Case(),
    evolve=evolve.evolve,
    decide=decisions.decide,
    overdue=clocks.overdue,
    progress=progress_of,
    sheet_of=lambda case: case.sheet or None,
    opening={ReceiveCase: "C", ImportCase: "C", ImportLog: "C"},
    commands=COMMANDS,
    events=EVENTS,
    subject_of=lambda case: case.subject,
)

POLICY = StreamType(
    name="policy",
    initial=Policy(),
    evolve=policy_life.evolve,
    decide=policy_stream.decide,
    overdue=policy_life.overdue,
    progress=lambda stream, version, policy, sheet: policy_life.progress_of(stream, policy),
    sheet_of=lambda policy: None,
    opening={PublishSheet: "", DraftPolicy: ""},
    commands=POLICY_COMMANDS,
    events=POLICY_EVENTS,
)

CALENDAR = StreamType(
    name="calendar",
    initial=CalendarLife(),
    evolve=calendar_stream.evolve,
    decide=calendar_stream.decide,
    overdue=calendar_stream.overdue,
    progress=lambda stream, version, life, sheet: None,
    sheet_of=lambda life: None,
    opening={PublishCalendar: ""},
    commands={"publish_calendar": PublishCalendar},
    events={"CalendarPublished": CalendarPublished},
)

DEPARTMENT = StreamType(
    name="department",
    initial=department.Department(),
    evolve=department.evolve,
    decide=department_stream.decide,
    overdue=department_stream.overdue,
    progress=lambda stream, version, state, sheet: None,
    sheet_of=lambda state: None,
    opening=dict.fromkeys(department_stream.DECISIONS, ""),
    commands=department_stream.COMMANDS,
    events=department_stream.EVENTS,
)

ACCESS = StreamType(
    name="access",
    initial=access.Accesses(),
    evolve=access.evolve,
    decide=access.decide,
    overdue=access.overdue,
    progress=lambda stream, version, state, sheet: None,
    sheet_of=lambda state: None,
    opening=dict.fromkeys(access.DECISIONS, ""),
    commands=access.COMMANDS,
    events=access.EVENTS,
)

SUBJECT = StreamType(
    name="subject",
    initial=subject.Subject(),
    evolve=subject.evolve,
    decide=subject.decide,
    overdue=subject.overdue,
    progress=lambda stream, version, state, sheet: subject.progress_of(stream, state),
    sheet_of=lambda state: None,
    opening=dict.fromkeys((PlaceHold, RestrictSubject, RequestErasure), ""),
    commands=subject.COMMANDS,
    events=SUBJECT_EVENTS,
)

LOG = StreamType(
    name="log",
    initial=log_stream.LogLife(),
    evolve=log_stream.evolve,
    decide=log_stream.decide,
    overdue=log_stream.overdue,
    progress=lambda stream, version, state, sheet: None,
    sheet_of=lambda state: None,
    opening=dict.fromkeys(log_stream.DECISIONS, ""),
    commands=log_stream.COMMANDS,
    events=log_stream.EVENTS,
)

STREAM_TYPES: dict[str, StreamType] = {
    "case": CASE,
    "policy": POLICY,
    "calendar": CALENDAR,
    "department": DEPARTMENT,
    "access": ACCESS,
    "subject": SUBJECT,
    "log": LOG,
}
