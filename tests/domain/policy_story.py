"""Given, when, then for policies: a sheet that is quickly read, and the people who talk about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from domain import policy_commands as pc
from domain.actor import WORKFLOW, Actor, Role
from domain.calendars import Calendar
from domain.context import Context
from domain.message import Command, Event
from domain.policy import Sheet
from domain.policy_life import Policy, evolve, overdue
from domain.policy_stream import decide
from domain.refusal import Refused
from domain.rules import ClockRule, EndingRule
from domain.words import Stage
from policies.calendar_files import load_calendars

NEW_YEAR = datetime(2027, 1, 1, tzinfo=UTC)

LI = Actor("li", (Role.AGENT,), "customer-service")
SUN = Actor("sun", (Role.TECHNICIAN,), "repair")
GAO = Actor("gao", (Role.MANAGEMENT,), "board")
ZHAO = Actor("zhao", (Role.DEPARTMENT_HEAD,), "after-sales")
QIAN = Actor("qian", (Role.AUDITOR,))

SHIPPED = "2026-12-01"


def a_sheet(kind: str = "complaint", version: str = SHIPPED, solution: str = "72h", **changes: Any) -> Sheet:
    """A sheet with two clocks, and everything that a case needs to be received and closed."""
    clocks = (
        ClockRule(
            name="first_response",
            starts=("CaseReceived",),
            stops=("CustomerContacted",),
            limit={"ordinary": "1h", "urgent": "0m"},
            requirement="T-01",
        ),
        ClockRule(
            name="solution",
            starts=("CaseReceived",),
            stops=("StageEntered:close",),
            limit={"ordinary": solution, "urgent": "24h"},
            warn=(80,),
            requirement="T-04",
        ),
    )
    values: dict[str, Any] = {
        "name": kind,
        "version": version,
        "kind": kind,
        "title": {"en": kind.capitalize(), "zh": "投诉"},
        "path": (Stage.RECEIVE, Stage.INVESTIGATE, Stage.CLOSE),
        "back_to": Stage.INVESTIGATE,
        "required": (),
        "categories": {},
        "needs": {"receive": ("assignment_accepted",), "investigate": ("finding_recorded",), "close": ("closed",)},
        "endings": {"withdrawn": EndingRule(), "unfounded": EndingRule(by=("lead",))},
        "clocks": clocks,
        "review_months": 12,
    }
    return Sheet(**{**values, **changes})


def content_of(sheet: Sheet) -> str:
    """The sheet as a command carries it."""
    return json.dumps(sheet.to_data())


def draft(sheet: Sheet, reason: str = "Customers wait too long.", **more: Any) -> pc.DraftPolicy:
    """The command that drafts this sheet."""
    return pc.DraftPolicy(content=content_of(sheet), reason=reason, **more)


@dataclass(frozen=True)
class OpenShelf:
    """The shipped calendars, and no sheets."""

    calendars: Mapping[str, Calendar] = field(default_factory=load_calendars)

    def calendar(self, name: str) -> Calendar:
        if name not in self.calendars:
            raise Refused("unknown_calendar", calendar=name)
        return self.calendars[name]

    def sheet(self, digest: str) -> Sheet:
        raise AssertionError("a policy asks for no other sheet")

    def version(self, kind: str, version: str) -> Sheet | None:
        raise AssertionError("a policy asks for no other policy")


@dataclass(frozen=True)
class Life:
    """A policy so far, and the clock on the wall."""

    events: tuple[Event, ...] = ()
    now: datetime = NEW_YEAR
    kind: str = "complaint"

    @property
    def policy(self) -> Policy:
        policy = Policy()
        for event in self.events:
            policy = evolve(policy, event)
        return policy

    def decide(self, command: Command, by: Actor) -> list[Event]:
        """As the recorder does it: first what is due, then what is asked."""
        late = overdue(self.policy, self.now)
        policy = replace(self, events=(*self.events, *late)).policy
        return late + decide(policy, command, Context(f"policy:{self.kind}", self.now, by, None, OpenShelf()))

    def at(self, now: datetime) -> Life:
        """The same policy, later."""
        return replace(self, now=now)

    def after(self, command: Command, by: Actor) -> Life:
        """The policy after this command, accepted."""
        return replace(self, events=(*self.events, *self.decide(command, by)))

    def refuses(self, command: Command, code: str, by: Actor, **params: Any) -> Refused:
        """When the command is given, it is refused with this code, these parameters and a whole sentence."""
        with pytest.raises(Refused) as caught:
            self.decide(command, by)
        refused = caught.value
        assert refused.code == code, refused.sentence
        assert {name: refused.params[name] for name in params} == params
        assert refused.sentence.endswith(".")
        return refused


def published(sheet: Sheet | None = None) -> Life:
    """The program published its sheet."""
    return Life().after(pc.PublishSheet(content=content_of(sheet or a_sheet())), WORKFLOW)


SHORTER = a_sheet(version="2027-shorter", solution="48h")
"""The draft of these stories: complaints are solved a day earlier."""


def drafted() -> Life:
    """Li drafted a shorter limit."""
    return published().after(draft(SHORTER), LI)


def discussed() -> Life:
    """Sun, of another department, had a say."""
    return drafted().after(pc.DiscussPolicy(version=SHORTER.version, text="We can do that."), SUN)


def approved(begins: datetime | None = None) -> Life:
    """Gao approved it, from a date on or at once."""
    return discussed().after(pc.ApprovePolicy(version=SHORTER.version, in_force_from=begins), GAO)
