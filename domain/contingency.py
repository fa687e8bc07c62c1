"""Where open cases go when somebody is away or a desk has failed, and when they come back (H-07). It moves nothing.

It looks at how things are, not at what has just happened: a case of somebody who is away goes to a substitute, and one
whose own person is at work again comes back. So it may be asked at any time, and again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.assignment import load_of, rule_for, weight
from domain.case import Case, Substitution
from domain.copying import replace
from domain.department import Department, Failure, Leave
from domain.policy import Sheet
from domain.rosters import Absence, Rosters
from domain.words import Complexity, Urgency


@dataclass(frozen=True)
class Held:
    """An open case, as far as plans need to know it."""

    case: str
    person: str
    """Who answers for it."""
    department: str
    offered_to: str
    """To whom it is on its way."""
    home: Substitution | None
    sheet: Sheet
    category: str
    subcategory: str
    urgency: Urgency
    complexity: Complexity


def held(stream: str, case: Case, sheet: Sheet) -> Held | None:
    """The case for plans; None when it is closed: who closed it keeps it, also to write its report."""
    if not case.received or case.closed:
        return None
    offer = case.assignment or case.hand_over
    return Held(
        case=stream,
        person=case.responsible,
        department=case.department,
        offered_to=offer.to if offer is not None else "",
        home=case.substitution,
        sheet=sheet,
        category=case.category,
        subcategory=case.subcategory,
        urgency=case.urgency,
        complexity=case.complexity,
    )


def load_in(cases: Iterable[Held]) -> Counter[str]:
    """The load of everybody, when these are all open cases."""
    return load_of((person, case.urgency) for case in cases for person in {case.person, case.offered_to} - {""})


@dataclass(frozen=True)
class Out:
    """The case goes to a substitute."""

    case: str
    person: str
    """Who is away: they have it, or it was offered to them."""
    to: str
    department: str
    plan: str


@dataclass(frozen=True)
class Back:
    """The case comes back to its own person."""

    case: str
    plan: str


@dataclass(frozen=True)
class Nobody:
    """The case should move, and nobody can take it: it stays where it is."""

    case: str
    person: str
    plan: str


Step = Out | Back | Nobody


@dataclass
class Contingency:
    """The plans of all departments as of now. It remembers what it gave to whom, so that work is spread."""

    rosters: Rosters
    load: Counter[str] = field(default_factory=Counter)

    def step(self, case: Held) -> Step | None:
        """What is to be done with this case; None when it is in good hands."""
        if case.home is not None and self.rosters.absence_of(case.home.person, case.home.department) is None:
            return Back(case.case, case.home.plan)
        for person in filter(None, (case.person, case.offered_to)):
            absence = self.rosters.absence_of(person, case.department)
            if absence is not None:
                return self._out(case, person, absence)
        return None

    def _out(self, case: Held, person: str, absence: Absence) -> Step:
        found = self._substitute(case, person, absence)
        if found is None:
            return Nobody(case.case, person, absence.plan)
        to, department = found
        self.load[to] += weight(case.urgency)
        return Out(case.case, person, to, department, absence.plan)

    def _substitute(self, case: Held, person: str, absence: Absence) -> tuple[str, str] | None:
        """Who was named, if they are there; otherwise the least loaded who can do it, here or where the plan leads."""
        if absence.substitute and self._at_work(absence.substitute, absence.department):
            return absence.substitute, absence.department
        for department, named in self.rosters.places(absence.department, case.sheet):
            if named and self._at_work(named, department):
                return named, department
            able = self._able(case, person, department, own=department == absence.department)
            if able := able - {person, case.person}:
                return min(able, key=lambda one: (self.load[one], one)), department
        return None

    def _at_work(self, person: str, department: str) -> bool:
        return self.rosters.absence_of(person, department) is None

    def _able(self, case: Held, person: str, department: str, *, own: bool) -> set[str]:
        """Those present with the skill that the case needs.

        Where no rule of assignment names one: in the person's own department those who share a skill with them.
        """
        rule = rule_for(case, case.sheet)
        wanted = {rule.skill} if rule is not None and rule.skill else set()
        if not wanted and own:
            wanted = self._skills(person, department)
        return {one for one, skills in self.rosters.present(department) if not wanted or wanted & set(skills)}

    def _skills(self, person: str, department: str) -> set[str]:
        known = self.rosters.departments.get(department)
        member = known.members.get(person) if known is not None else None
        return set(member.skills) if member is not None else set()


DRILL = "drill"
"""The plan of a drill; real ones have a letter and a number."""


def drill(
    department: str, person: str, cases: Iterable[Held], rosters: Rosters, load: Mapping[str, int], now: datetime
) -> list[Out | Nobody]:
    """What would happen to these cases if this person went on leave now or, without a person, the desk failed."""
    plan = Contingency(_played(department, person, rosters, now), Counter(load))
    steps = (plan.step(case) for case in cases)
    return [step for step in steps if isinstance(step, Out | Nobody) and step.plan == f"{department}/{DRILL}"]


def _played(department: str, person: str, rosters: Rosters, now: datetime) -> Rosters:
    """The departments as they would be."""
    known = rosters.departments.get(department, Department())
    if person:
        leaves = {**known.leaves, person: Leave(DRILL, "", None, now)}
        played = replace(known, leaves=leaves)
    else:
        played = replace(known, failure=Failure(DRILL, "", "", now))
    return Rosters({**rosters.departments, department: played})
