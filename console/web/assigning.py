"""Bulk assignment: who would get each case, shown first; then each is assigned once, whatever is pressed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.assign import choose
from console.look import seen
from console.web.desk import AtDesk, Desk, new_id
from console.web.forms import around_of
from console.web.problems import Page
from console.words import _, refusal
from domain.commands import AssignCase
from domain.refusal import Refused
from domain.rights import may
from ledger.errors import UnknownStream
from ledger.rosters import load, rosters
from ledger.submission import Submission

MOST = 200

router = APIRouter(route_class=Page)


@dataclass(frozen=True)
class Planned:
    """What would become of one case."""

    case: str
    category: str = ""
    urgency: Any = ""
    to: str = ""
    department: str = ""
    rule: str = ""
    load: int = 0
    version: int = 0
    why_not: str = ""


@router.get("/assign", include_in_schema=False)
def preview(
    at: AtDesk, case: Annotated[list[str], Query(default_factory=list)], to: str = "", department: str = ""
) -> HTMLResponse:
    """Who would get these cases: by the rules of the policy, or the person who is named."""
    at.need(Permission.ASSIGN)
    known = rosters(at.house.ledger)
    plans = _plans(at, case[:MOST], to.strip(), department.strip())
    around = around_of(known, next(iter(at.house.sheets.values())))
    at.naming.know([*(plan.to for plan in plans), *(who for who, _department in around.people)])
    return at.page(
        "assign.html", plans=plans, cases=case[:MOST], to=to, department=department, around=around, command_id=new_id()
    )


def _plans(at: Desk, cases: Sequence[str], to: str, department: str) -> list[Planned]:
    known, busy = rosters(at.house.ledger), Counter(load(at.house.ledger))
    return [_plan(at, case, to, department, known, busy) for case in dict.fromkeys(cases)]


def _plan(at: Desk, stream: str, to: str, department: str, known: Any, busy: Counter[str]) -> Planned:
    try:
        found = seen(at.house, stream)
        if not at.visitor.sees_case(found.case):
            raise Refused("unknown_case", case=stream)
        if (refused := may(AssignCase, at.visitor.actor, found.sheet)) is not None:
            raise refused
        if found.case.assignment is not None:
            raise Refused("offer_pending", to=found.case.assignment.to)
        if found.case.assignee:
            raise Refused("already_assigned", assignee=found.case.assignee)
        facts: dict[str, Any] = {
            "category": found.case.category,
            "urgency": found.case.urgency,
            "version": found.case.version,
        }
        if to:
            return Planned(stream, to=to, department=department, load=busy[to], **facts)
        choice = choose(stream, found.case, found.sheet, found.entries, known, busy)
        if choice.refusal is not None:
            return Planned(stream, why_not=refusal(choice.refusal), **facts)
        first = choice.first
        return Planned(stream, to=first.person, department=first.department, rule=first.rule, load=first.load, **facts)
    except UnknownStream:
        return Planned(stream, why_not=refusal(Refused("unknown_case", case=stream)))
    except Refused as error:
        return Planned(stream, why_not=refusal(error))


@router.post("/assign", include_in_schema=False)
def assign(
    at: AtDesk,
    command_id: Annotated[str, Form()],
    plan: Annotated[list[str], Form(default_factory=list)],
) -> HTMLResponse:
    """Assign what was shown: each line says ``case|person|department|rule|version``."""
    at.need(Permission.ASSIGN)
    done = [_assign(at, line, command_id) for line in plan[:MOST]]
    return at.page("assigned.html", done=done)


def _assign(at: Desk, line: str, command_id: str) -> dict[str, str]:
    case, to, department, rule, version = (line.split("|") + [""] * 5)[:5]
    submission = Submission(
        AssignCase(to=to, department=department, rule=rule),
        at.visitor.actor,
        f"{command_id}:{case}",
        case,
        expected_version=int(version) if version.isdecimal() else None,
    )
    receipt = at.house.recorder.record(submission)
    told = refusal(receipt.refusal) if receipt.refusal else _("assigned to {person}", person=at.naming.person(to))
    return {"case": case, "told": told, "done": "yes" if receipt.accepted else ""}
