"""Filters of the worklist that people keep under a name: their own, and those that their department shares."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ledger.store import Ledger

MOST = 30
"""Views that one person may have."""
LONGEST_NAME, LONGEST_QUERY, FARTHEST = 60, 500, 1000

VISIBLE = """
SELECT v.number, v.owner, v.name, v.query, v.department, v.place, s.view IS NOT NULL
FROM casefold_desk.saved_view AS v
LEFT JOIN casefold_desk.start_view AS s ON s.view = v.number AND s.person = %(person)s
WHERE v.owner = %(person)s OR (v.department <> '' AND v.department = %(department)s)
ORDER BY v.owner <> %(person)s, v.place, v.number
"""
SAVE = """
INSERT INTO casefold_desk.saved_view (owner, name, query, department, place)
SELECT %(person)s, %(name)s, %(query)s, %(department)s,
       coalesce(%(place)s, 1 + (SELECT max(place) FROM casefold_desk.saved_view WHERE owner = %(person)s), 1)
WHERE (SELECT count(*) FROM casefold_desk.saved_view WHERE owner = %(person)s) < %(most)s
   OR EXISTS (SELECT FROM casefold_desk.saved_view WHERE owner = %(person)s AND name = %(name)s)
ON CONFLICT (owner, name) DO UPDATE SET query = excluded.query, department = excluded.department,
    place = coalesce(%(place)s, saved_view.place), changed_at = clock_timestamp()
RETURNING number
"""
RENAME = """
UPDATE casefold_desk.saved_view SET name = %(name)s, changed_at = clock_timestamp()
WHERE owner = %(person)s AND name = %(before)s
  AND NOT EXISTS (SELECT FROM casefold_desk.saved_view WHERE owner = %(person)s AND name = %(name)s)
"""
REMOVE = "DELETE FROM casefold_desk.saved_view WHERE owner = %(person)s AND name = %(name)s"
BEGIN = """
INSERT INTO casefold_desk.start_view (person, view)
SELECT %(person)s, number FROM casefold_desk.saved_view
WHERE number = %(view)s AND (owner = %(person)s OR (department <> '' AND department = %(own)s))
ON CONFLICT (person) DO UPDATE SET view = excluded.view
"""
AS_USUAL = "DELETE FROM casefold_desk.start_view WHERE person = %(person)s"


class ViewRefused(Exception):
    """A view cannot be kept like that; ``code`` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class SavedView:
    """One filter under a name."""

    number: int
    owner: str
    name: str
    query: str
    department: str
    """Whose members see it, too; empty: nobody else."""
    place: int
    is_start: bool
    """Whether the person who looks begins with it."""


@dataclass(frozen=True)
class SavedViews:
    """The views of one person."""

    ledger: Ledger
    person: str
    department: str = ""

    def all(self) -> list[SavedView]:
        """Their own in their order, then those that their department shares."""
        return [SavedView(*row) for row in self.ledger.query(VISIBLE, self._who)]

    def mine(self, name: str) -> SavedView | None:
        """The view of theirs with this name."""
        return next((view for view in self.all() if view.owner == self.person and view.name == name), None)

    def save(self, name: str, query: str, *, shared: bool = False, place: int | None = None) -> SavedView:
        """Keep a filter under a name, or change the one that has it. Raises ViewRefused. Done twice it is the same."""
        name, query = " ".join(name.split()), " ".join(query.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ViewRefused("view_name")
        if len(query) > LONGEST_QUERY or not query.isprintable():
            raise ViewRefused("view_query")
        if names_somebody(name) or names_somebody(query):
            raise ViewRefused("view_names_somebody")
        if shared and not self.department:
            raise ViewRefused("view_no_department")
        if place is not None:
            place = min(max(place, 0), FARTHEST)
        values = {"name": name, "query": query, "department": self.department if shared else "", "place": place}
        if not self.ledger.query(SAVE, self._who | values | {"most": MOST}):
            raise ViewRefused("view_too_many")
        found = self.mine(name)
        assert found is not None
        return found

    def rename(self, before: str, name: str) -> bool:
        """Give a view of theirs another name; False when there is none, or another one has it. Raises ViewRefused."""
        name = " ".join(name.split())
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or names_somebody(name):
            raise ViewRefused("view_name")
        return before.isprintable() and self._do(RENAME, before=before, name=name) > 0

    def remove(self, name: str) -> bool:
        """Remove a view of theirs; whether there was one."""
        return name.isprintable() and self._do(REMOVE, name=name) > 0

    def begin_with(self, number: int | None) -> bool:
        """Begin with this view from now on; with None, or one that they do not see, as everybody does."""
        if number is not None and self._do(BEGIN, view=number, own=self.department):
            return True
        self._do(AS_USUAL)
        return False

    @property
    def _who(self) -> dict[str, str | int | None]:
        return {"person": self.person, "department": self.department}

    def _do(self, statement: str, **values: str | int | None) -> int:
        everything = self._who | values
        return self.ledger.reading(lambda connection: connection.execute(statement.encode(), everything).rowcount)


def names_somebody(text: str) -> bool:
    """Whether this holds a telephone number or an address: a view is not erased with a person's data."""
    without_days = re.sub(r"\b\d{4}-\d{2}-\d{2}\b", "", text)
    return "@" in text or re.search(r"\d[\d \-]{5,}\d", without_days) is not None
