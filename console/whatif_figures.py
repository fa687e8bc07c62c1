"""The figures of a what-if for programs, and for charts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from console.words import N_, _, clock_label
from domain.comparison import ALL, Comparison, Limits, Proposals
from domain.policy import Sheet

MEASURES = {"late": N_("late"), "warned": N_("warned of"), "escalated": N_("escalated")}
PERSONS = {"one": N_("one person approves"), "two": N_("two persons approve")}
SIDES = {"promised": N_("as promised"), "draft": N_("under the draft")}


@dataclass(frozen=True)
class Answer:
    """What one draft would have changed."""

    kind: str
    draft: Sheet
    comparison: Comparison


def as_json_of(answer: Answer) -> dict[str, Any]:
    """A department that is null stands for all together; a role is how often it would have been told."""
    draft, found = answer.draft, answer.comparison
    return {
        "kind": answer.kind,
        "draft": {"name": draft.name, "version": draft.version, "digest": draft.digest, "pack": draft.pack},
        "cases": found.draft.cases.cases,
        "late": {"promised": found.promised.cases.late, "draft": found.draft.cases.late},
        "newly_late": found.newly_late,
        "no_longer_late": found.no_longer_late,
        "examples": found.examples,
        "limits": [
            {"limit": limit, "department": department or None, "promised": promised, "draft": drafted}
            for limit, department, promised, drafted in found.rows()
        ],
        "approvals": [
            {"department": department or None, "promised": promised, "draft": drafted}
            for department, promised, drafted in found.approvals()
        ],
        "not_told": found.not_told,
    }


def charts(answer: Answer) -> Iterator[dict[str, Any]]:
    """One chart for each measure: categories along the axis, and series whose values stand in their order.

    The first category, null, is all departments together.
    """
    found = answer.comparison
    rows = {(limit, department): (promised, drafted) for limit, department, promised, drafted in found.rows()}
    limits = list(dict.fromkeys(limit for limit, _ in rows))
    departments = [ALL, *found.departments()]
    for measure in MEASURES:
        series = [
            {
                "name": f"{clock_label(limit)}, {_(SIDES[side])}",
                "limit": limit,
                "under": side,
                "values": [
                    getattr(rows.get((limit, name), (Limits(), Limits()))[place], measure) for name in departments
                ],
            }
            for limit in limits
            for place, side in enumerate(SIDES)
        ]
        yield _chart(answer, measure, departments, series)
    approvals = {department: (promised, drafted) for department, promised, drafted in found.approvals()}
    series = [
        {
            "name": f"{_(text)}, {_(SIDES[side])}",
            "persons": persons,
            "under": side,
            "values": [
                getattr(approvals.get(name, (Proposals(), Proposals()))[place], persons) for name in departments
            ],
        }
        for persons, text in PERSONS.items()
        for place, side in enumerate(SIDES)
    ]
    yield _chart(answer, "approvals", departments, series)


def _chart(answer: Answer, measure: str, departments: list[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    categories = [department or None for department in departments]
    return {"kind": answer.kind, "measure": measure, "categories": categories, "series": series}
