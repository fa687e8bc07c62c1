"""All departments together: who is away by which plan, and where their work goes then (H-02, H-07)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.department import Department
from domain.policy import Sheet


@dataclass(frozen=True)
class Absence:
    """Somebody is not there."""

    plan: str
    """Unique over all departments: ``hotline/L1``."""
    department: str
    substitute: str = ""
    """Who was named to take their cases; empty: whoever the plan finds."""


@dataclass(frozen=True)
class Rosters:
    """Every department by its name."""

    departments: Mapping[str, Department]

    def absence_of(self, person: str, department: str = "") -> Absence | None:
        """By which plan this person is away; None when they are at work.

        Leave is leave wherever they work. A failed desk keeps away those who have no other one; whoever is in no
        department works at the desk of the ``department`` that their case is with.
        """
        desks = [name for name, known in self.departments.items() if person in known.members]
        for name, known in self.departments.items():
            if (leave := known.leaves.get(person)) is not None:
                return Absence(f"{name}/{leave.plan}", name, leave.substitute)
            if person in known.former and not desks:
                return Absence(f"{name}/{known.former[person]}", name)
        return self._at_failed_desks(desks or [department])

    def _at_failed_desks(self, desks: Sequence[str]) -> Absence | None:
        """The absence of somebody whose desks have all failed."""
        failed = None
        for name in desks:
            failure = self.departments[name].failure if name in self.departments else None
            if failure is None:
                return None
            failed = failed or Absence(f"{name}/{failure.plan}", name)
        return failed

    def places(self, department: str, sheet: Sheet) -> Iterator[tuple[str, str]]:
        """The departments whose members may do this one's work, in order, each with a person named for it.

        A desk that has failed is left for where it said, then for the substitute that the sheet names.
        """
        named = ""
        tried: set[str] = set()
        while department and department not in tried:
            tried.add(department)
            known = self.departments.get(department)
            failure = known.failure if known is not None else None
            if failure is None:
                yield department, named
            named = failure.to_person if failure is not None else ""
            department = (failure.to_department if failure is not None else "") or sheet.substitutes.get(department, "")

    def present(self, department: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The members of a department who can take cases now, with their skills."""
        known = self.departments.get(department)
        for person, member in known.members.items() if known is not None else ():
            if known is not None and known.is_present(person) and self.absence_of(person, department) is None:
                yield person, member.skills
