"""The types of streams: everything with a life, and how it decides and folds."""

from __future__ import annotations

from domain import clocks, decisions, evolve, policy_stream
from domain.case import Case
from domain.commands import COMMANDS, ImportCase, ReceiveCase
from domain.events import EVENTS
from domain.policy_stream import Policy, PublishSheet, SheetPublished
from domain.progress import progress_of
from domain.stream import StreamType

CASE = StreamType(
    name="case",
    initial=Case(),
    evolve=evolve.evolve,
    decide=decisions.decide,
    overdue=clocks.overdue,
    progress=progress_of,
    sheet_of=lambda case: case.sheet or None,
    opening={ReceiveCase: "C", ImportCase: "C"},
    commands=COMMANDS,
    events=EVENTS,
)

POLICY = StreamType(
    name="policy",
    initial=Policy(),
    evolve=policy_stream.evolve,
    decide=policy_stream.decide,
    overdue=policy_stream.overdue,
    progress=lambda stream, version, policy, sheet: None,
    sheet_of=lambda policy: None,
    opening={PublishSheet: ""},
    commands={"publish_sheet": PublishSheet},
    events={"SheetPublished": SheetPublished},
)

STREAM_TYPES: dict[str, StreamType] = {"case": CASE, "policy": POLICY}
