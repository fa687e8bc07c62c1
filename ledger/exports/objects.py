"""Which things an event is about, as OCEL 2.0 has it: its case, customer, people, departments, proposals and so on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain import events as e
from domain.actor import WORKFLOW
from domain.message import Event
from ledger.exports.told import Line, Told

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when a value holds that has always held, as the standard has it."""

PERSONS = {
    "registered_by": "registered by",
    "by": "by",
    "giver": "from",
    "person": "responsible person",
    "technician": "technician",
    "owner": "owner",
    "responsible": "responsible",
    "resource": "resource",
}
"""Fields that name a person → what they are to the event."""
RECEIVING = (e.CaseAssigned, e.HandOverOffered, e.MovedToSubstitute, e.MovedBack, e.QuestionAsked)
"""Events whose field ``to`` names a person; elsewhere it names a role, or the customer."""
DEPARTMENTS = {"department": "department", "giver_department": "from department"}
NUMBERED = (
    *("question", "evidence", "statement", "finding", "decision", "measure", "notice", "pause", "improvement"),
    "clock",
)
"""Fields that hold the number or name of something of the case, which has a life of its own."""
OF_A_PROPOSAL = (
    *(e.RemedyProposed, e.InquiryAnswered, e.ProposalApproved, e.ApprovalDeclined, e.ProposalWithdrawn),
    *(e.ProposalPresented, e.CustomerReminded, e.ProposalAccepted, e.ProposalRejected),
    *(e.SatisfactionConfirmed, e.ResultRejected),
)
"""Events that are about the proposal of their round."""
WITH_THE_CUSTOMER = (
    *(e.CaseReceived, e.IntakeSupplemented, e.ReceiptAcknowledged, e.CustomerContacted, e.CustomerMessageReceived),
    *(e.ProposalPresented, e.CustomerReminded, e.ProposalAccepted, e.ProposalRejected, e.SatisfactionConfirmed),
    *(e.ResultRejected, e.ProgressTold, e.WrittenResultSent, e.CaseWithdrawn, e.SurveyInvited, e.SurveyAnswered),
    e.CustomerFollowedUp,
)
"""Events in which the customer has a part."""
CHANGES = {e.StageEntered: ("stage", "round"), e.UrgencySet: ("urgency",), e.ComplexitySet: ("complexity",)}
"""Events that change what is told of a case."""


@dataclass(frozen=True)
class Relation:
    """To which thing, and what that thing is."""

    to: str
    qualifier: str
    type: str


@dataclass(frozen=True)
class Thing:
    """An object: its attributes with the instants since when they hold, and the things that it belongs to."""

    id: str
    type: str
    attributes: tuple[tuple[str, datetime, Any], ...] = ()
    relations: tuple[Relation, ...] = ()


def things_of(told: Told) -> Iterator[Thing]:
    """All that the events of a case are about. People, departments, customers and policies come once for each case."""
    case = Relation(told.case, "of", "case")
    around = (*_around(told, "customer"), *_around(told, "policy"))
    yield Thing(told.case, "case", tuple(_life(told)), around)
    seen: dict[str, Thing] = {one.to: Thing(one.to, one.type) for one in around}
    for line in told.lines:
        for relation in relations_of(told, line):
            if relation.type in ("person", "department"):
                seen.setdefault(relation.to, Thing(relation.to, relation.type))
            elif relation.type not in ("case", "customer", "policy"):
                terms = tuple(_terms(line.entry.event)) if relation.type == "proposal" else ()
                if terms or relation.to not in seen:
                    seen[relation.to] = Thing(relation.to, relation.type, terms, (case,))
    yield from seen.values()


def relations_of(told: Told, line: Line) -> Iterator[Relation]:
    """The things that one event is about, each once in each part that it plays."""
    yield Relation(told.case, "case", "case")
    event = line.entry.event
    if isinstance(event, WITH_THE_CUSTOMER) or line is told.lines[0]:
        yield from _around(told, "customer")
    if isinstance(event, e.CaseMovedToPolicy) or line is told.lines[0]:
        yield from _around(told, "policy")
    yield from dict.fromkeys((*_people(line), *_parts(told.case, event)))


def _around(told: Told, what: str) -> Iterator[Relation]:
    """What a case has one of, and shares with others."""
    if what in told.facts:
        yield Relation(f"{what}:{told.facts[what]}", what, what)


def _people(line: Line) -> Iterator[Relation]:
    event: Any = line.entry.event
    if line.resource and line.resource != WORKFLOW.id:
        yield _person(line.resource, "by")
    if line.group:
        yield _department(line.group, "department of who did it")
    if line.step:
        return
    for name, qualifier in PERSONS.items():
        if value := getattr(event, name, ""):
            yield _person(value, qualifier)
    if isinstance(event, RECEIVING):
        yield _person(event.to, "to")
    for name, qualifier in DEPARTMENTS.items():
        if value := getattr(event, name, ""):
            yield _department(value, qualifier)


def _parts(case: str, event: Any) -> Iterator[Relation]:
    for name in NUMBERED:
        if value := getattr(event, name, ""):
            yield Relation(f"{case}/{name}/{value}", name, name)
    if isinstance(event, OF_A_PROPOSAL):
        yield Relation(f"{case}/proposal/{event.round}", "proposal", "proposal")


def _person(name: str, qualifier: str) -> Relation:
    return Relation(f"person:{name}", qualifier, "person")


def _department(name: str, qualifier: str) -> Relation:
    return Relation(f"department:{name}", qualifier, "department")


def _life(told: Told) -> Iterator[tuple[str, datetime, Any]]:
    """What is told of the case, and of what changed the values that it had in between."""
    changing: dict[str, list[tuple[datetime, Any]]] = {}
    for line in told.lines:
        event: Any = line.entry.event
        for name in CHANGES.get(type(event), ()):
            changing.setdefault(name, []).append((line.happened_at, getattr(event, name)))
    for name, value in told.facts.items():
        yield name, BEGINNING, _at_first(told.first, name) if name in changing else value
        for at, later in changing.get(name, ()):
            yield name, at, later


def _at_first(first: Any, name: str) -> Any:
    """What one of the values that change was when the case came in."""
    if name == "stage":
        return first.stage if isinstance(first, e.CaseImported) else first.path[0]
    return 1 if name == "round" else getattr(first, name)


def _terms(event: Event) -> Iterator[tuple[str, datetime, Any]]:
    """What a proposal offers; the other things have nothing but their events."""
    if isinstance(event, e.RemedyProposed):
        terms = {"arrangement": event.arrangement, "amount": event.amount, "currency": event.currency or None}
        yield from ((name, BEGINNING, value) for name, value in terms.items() if value is not None)
