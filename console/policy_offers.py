"""What somebody may do with a policy now, asked from the domain: each command is tried with what could be meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console.values import fields_of
from console.words import refusal
from domain import policy_commands as pc
from domain.actor import Actor
from domain.context import Context
from domain.message import Command, snake
from domain.policy_events import ReviewOutcome
from domain.policy_life import Policy
from domain.policy_stream import decide
from domain.refusal import Refused

SOMETHING = "…"
OF_A_VERSION: tuple[type[Command], ...] = (pc.DiscussPolicy, pc.ApprovePolicy, pc.WithdrawDraft, pc.RetirePolicy)
OF_THE_POLICY: tuple[type[Command], ...] = (pc.SuggestChange, pc.ReviewPolicy, pc.HoldSupervision, pc.ReportException)
WORTH_SAYING = frozenset({"own_draft", "not_discussed"})
"""Refusals that tell whoever looks what must happen first: separation of duties."""


@dataclass(frozen=True)
class PolicyOffer:
    """A command that would be accepted; or one that would not yet, with why."""

    command: str
    about: str = ""
    """The version, or the exception."""
    why_not: str = ""


def offers(policy: Policy, context: Context) -> list[PolicyOffer]:
    """All of them, in the order in which a version lives."""
    found = []
    for command, about in _trials(policy, context):
        name = snake(type(command).__name__)
        try:
            decide(policy, command, context)
        except Refused as error:
            if error.code in WORTH_SAYING:
                found.append(PolicyOffer(name, about, refusal(error)))
            continue
        found.append(PolicyOffer(name, about))
    return found


def may_draft(actor: Actor) -> bool:
    """Whether somebody may draft a version: what stands in it, nobody knows yet."""
    try:
        pc.refuse_without_right(pc.DraftPolicy(content="", reason=SOMETHING), actor)
    except Refused:
        return False
    return True


def _trials(policy: Policy, context: Context) -> Iterator[tuple[Command, str]]:
    some: dict[str, Any] = {
        "text": SOMETHING,
        "reason": SOMETHING,
        "outcome": ReviewOutcome.KEEP,
        "checked": 1,
        "owner": SOMETHING,
        "due": context.now + timedelta(days=1),
        "effect": SOMETHING,
    }
    for version in policy.versions:
        for kind in OF_A_VERSION:
            yield _built(kind, some | {"version": version}), version
    for kind in OF_THE_POLICY:
        yield _built(kind, some), ""
    for number in policy.supervision.open:
        yield _built(pc.RectifyException, some | {"exception": number}), number


def _built(kind: type[Command], some: dict[str, Any]) -> Command:
    names = {field.name for field in fields_of(kind)}
    return kind(**{name: value for name, value in some.items() if name in names})
