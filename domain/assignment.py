"""Who should have a case: by its nature, by skill and by load (H-02). Worked out here; nobody is assigned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from domain.policy import Sheet
from domain.refusal import Refused
from domain.rosters import Rosters
from domain.rules import AssignmentRule
from domain.words import Complexity, Urgency

Load = Mapping[str, int]
"""Person → the open cases that they have or are offered; one that is not ordinary counts double."""


class Nature(Protocol):
    """What a rule of assignment looks at in a case."""

    @property
    def category(self) -> str: ...
    @property
    def subcategory(self) -> str: ...
    @property
    def urgency(self) -> Urgency: ...
    @property
    def complexity(self) -> Complexity: ...


class LeftOut(StrEnum):
    """Why a member of the department does not get the case."""

    AWAY = "away"
    SKILL = "skill"
    REFUSED = "refused"


@dataclass(frozen=True)
class Candidate:
    """A member of the department, and what speaks for or against them."""

    person: str
    department: str
    rule: str
    """The rule of the sheet that led to this department and skill."""
    skill: str
    """The skill that was asked for and that they have; empty: none was asked for."""
    load: int
    left_out: LeftOut | None = None


def rule_for(case: Nature, sheet: Sheet) -> AssignmentRule | None:
    """The first rule of the sheet that fits the case."""
    return next((rule for rule in sheet.assignment if _fits(rule, case)), None)


def _fits(rule: AssignmentRule, case: Nature) -> bool:
    nature = {case.category, f"{case.category}/{case.subcategory}"}
    return (
        (not rule.categories or bool(nature & set(rule.categories)))
        and (not rule.urgencies or case.urgency in rule.urgencies)
        and (not rule.complexities or case.complexity in rule.complexities)
    )


def weight(urgency: Urgency) -> int:
    """How much a case of this urgency weighs in somebody's load."""
    return 1 if urgency is Urgency.ORDINARY else 2


def load_of(held: Iterable[tuple[str, Urgency]]) -> Counter[str]:
    """The load of everybody, from who has or is offered what."""
    load: Counter[str] = Counter()
    for person, urgency in held:
        load[person] += weight(urgency)
    return load


def candidates(
    case: Nature, sheet: Sheet, rosters: Rosters, load: Load, *, refused: Collection[str] = ()
) -> list[Candidate]:
    """The members of the department that the rule names, the best first; those who are left out come last, with why.

    Those with the least load go first, then by id. ``refused`` are those who sent this case back. When nobody of a
    department can take it, its substitute's members come after. Raises `Refused`, no_assignment_rule.
    """
    rule = rule_for(case, sheet)
    if rule is None:
        raise Refused("no_assignment_rule")
    ranked: list[Candidate] = []
    for department, _named in rosters.places(rule.department, sheet):
        ranked += _members(department, rule, rosters, load, refused)
        if any(candidate.left_out is None for candidate in ranked):
            break
    return sorted(ranked, key=lambda candidate: candidate.left_out is not None)


def _members(
    department: str, rule: AssignmentRule, rosters: Rosters, load: Load, refused: Collection[str]
) -> list[Candidate]:
    known = rosters.departments.get(department)
    present = dict(rosters.present(department))
    found = []
    for person in known.members if known is not None else ():
        left_out = None
        if person not in present:
            left_out = LeftOut.AWAY
        elif rule.skill and rule.skill not in present[person]:
            left_out = LeftOut.SKILL
        elif person in refused:
            left_out = LeftOut.REFUSED
        found.append(Candidate(person, department, rule.name, rule.skill, load.get(person, 0), left_out))
    return sorted(found, key=lambda candidate: (candidate.load, candidate.person))


def chosen(ranked: Iterable[Candidate], department: str) -> Candidate:
    """The one who gets the case. Raises `Refused`, nobody_to_assign."""
    for candidate in ranked:
        if candidate.left_out is None:
            return candidate
    raise Refused("nobody_to_assign", department=department)


URGENCY_FIRST = {Urgency.SAFETY: 0, Urgency.URGENT: 1, Urgency.ORDINARY: 2}
"""The order in which unassigned work is given out: what is most urgent, then what waits longest."""
