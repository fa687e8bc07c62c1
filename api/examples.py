"""What people might send: an example of each command, for the description of the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

from domain import commands as c
from domain import department_messages as d
from domain import policy_commands as p
from domain.message import Command

CASE = "C-2026-000123"
KEY = "5f0c1a34-7a35-4a8e-9a55-3d3a1e0b8f11"

WHOLE: Mapping[type[Command], Mapping[str, Any]] = {
    c.ReceiveCase: {
        "kind": "complaint",
        "channel": "hotline",
        "customer_name": "张三",
        "contact": "13800138000",
        "matter": "台灯送到时已经坏了",
        "remedy_sought": "换一个新的",
        "category": "product",
        "subcategory": "damage",
        "order": "O-1001",
    },
    c.ImportCase: {
        "kind": "complaint",
        "source": "old-system",
        "reference": "T-4711",
        "received_at": "2026-11-02T09:30:00+08:00",
        "closed_at": "2026-11-05T16:00:00+08:00",
        "ending": "resolved",
    },
    c.ImportLog: {
        "kind": "complaint",
        "source": "old-log",
        "reference": "T-4712",
        "received_at": "2026-11-02T09:30:00+08:00",
        "closed_at": "2026-11-05T16:00:00+08:00",
        "steps": [{"activity": "register", "at": "2026-11-02T09:30:00+08:00", "resource": "li"}],
    },
    c.SupplementIntake: {"field": "contact", "value": "zhang@example.com"},
    c.SetUrgency: {"urgency": "urgent", "reason": "the customer waits at the counter"},
    c.AssignCase: {"to": "wang", "department": "after-sales"},
    c.AnswerQuestion: {"question": "Q1", "text": "The lamp was packed without foam."},
    c.AddEvidence: {
        "name": "photo.jpg",
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "size": 48213,
    },
    c.TakeDecision: {"outcome": "upheld", "findings": ["F1"], "rule": "damaged in transit"},
    c.ProposeRemedy: {
        "summary": "A new lamp, sent today.",
        "measures": [{"text": "send a new lamp", "owner": "wang", "due": "2026-11-25T18:00:00+08:00"}],
    },
    c.RejectProposal: {"new_demand": "A new lamp, and the postage back."},
    c.CompleteMeasure: {"measure": "M1", "result": "sent with SF-998"},
    c.ConfirmRefund: {"amount": "199.00", "reference": "PAY-2026-0815"},
    c.AnswerSurvey: {"process": 5, "result": 4, "attitude": 5},
    c.ResumeClocks: {"pause": "P1"},
    c.RetractEntry: {"entry": 7, "reason": "noted on the wrong case"},
    c.MoveToPolicy: {"version": "2026.2", "reason": "the new limits are better for the customer"},
    p.ReportException: {
        "text": "Two cases were closed without a survey.",
        "owner": "chen",
        "due": "2026-12-15T18:00:00Z",
    },
    p.RectifyException: {"exception": "X1", "effect": "The surveys were sent."},
    d.AddMember: {"person": "wang", "roles": ["agent"], "skills": ["lamps"]},
    d.StartLeave: {"person": "wang", "substitute": "zhao", "until": "2026-12-01T09:00:00+08:00"},
    d.FailDesk: {"to_department": "hotline", "reason": "no power"},
}
"""Commands whose example is best written by hand."""

BY_NAME: Mapping[str, Any] = {
    "reason": "the customer asked for it",
    "text": "The customer was called back.",
    "note": "called back at noon",
    "to": "wang",
    "department": "after-sales",
    "person": "wang",
    "owner": "wang",
    "cause": "bad packaging",
    "course": "The parcel fell off the belt.",
    "rule": "within_warranty",
    "version": "2026.2",
    "minutes": 45,
    "currency": "CNY",
}
"""Values of fields that mean the same wherever they stand."""


def example_of(command: type[Any]) -> dict[str, Any]:
    """What somebody might send; empty for a command that says everything by its name."""
    if command in WHOLE:
        return dict(WHOLE[command])
    hints = get_type_hints(command)
    return {
        field.name: BY_NAME.get(field.name, _value(field.name, hints[field.name]))
        for field in dataclasses.fields(command)
        if field.default is dataclasses.MISSING
    }


def _value(name: str, hint: Any) -> Any:
    """Any value of a kind."""
    if get_origin(hint) is tuple:
        return [_value(name, get_args(hint)[0])]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint)).value
    known: dict[Any, Any] = {bool: True, int: 3, Decimal: "120.00", datetime: "2026-11-25T18:00:00+08:00"}
    return known.get(hint, name.replace("_", " "))
