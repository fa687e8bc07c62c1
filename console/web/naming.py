"""What people and departments are called on a page; the ids of the ledger stay in titles, where they can be read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from api.house import House
from api.identity.names import names_of
from console.words import kind_label, language

BETWEEN = re.compile(r"([\s@,;:()，、；：（）。]+|\.(?=\s|$))")
"""What stands around ids: in *li@finance*, in a measure with its owner, in a sentence that names somebody."""


class Naming:
    """The names that one page needs. Whoever makes a page says whom it shows, so that one query finds them all."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._people: dict[str, str] = {}

    def know(self, people: Iterable[str]) -> None:
        """Look up those who are not known yet."""
        asked = {one for one in people if one} - self._people.keys()
        self._people.update(dict.fromkeys(asked, "") | names_of(self._house.ledger, asked))

    def person(self, who: str) -> str:
        """Their name; the id of whoever is no user."""
        if who not in self._people:
            self.know([who])
        return self._people.get(who) or who

    def people(self, several: Iterable[str]) -> list[str]:
        """The names of several."""
        return [self.person(one) for one in several]

    def within(self, text: str, *, departments: bool = True) -> str:
        """A text in which the ids that are known here are names; of departments only where the text is made of ids."""
        return self._each(text, lambda name, _id: name, departments=departments)

    def with_ids(self, text: str, *, departments: bool = True) -> str:
        """The same for whoever checks: each name with its id."""
        return self._each(text, lambda name, known_as: f"{name} ({known_as})", departments=departments)

    def in_records(self, text: str) -> str:
        """Lines of parts, as measures with their owners: a part that is an id becomes a name, the rest stays."""
        lines = (line.split("; ") for line in text.split("\n"))
        return "\n".join("; ".join(self._people.get(part) or part for part in parts) for parts in lines)

    def _each(self, text: str, told: Callable[[str, str], str], *, departments: bool) -> str:
        parts = []
        for part in BETWEEN.split(text):
            name = self._people.get(part) or (self.department(part) if departments else part)
            parts.append(told(name, part) if name != part else part)
        return "".join(parts)

    def department(self, name: str) -> str:
        """Its title in a policy sheet; without one as it is."""
        titles = (sheet.departments.get(name) for sheet in self._house.sheets.values())
        return next((title[language()] for title in titles if title and language() in title), name)

    def kind(self, name: str) -> str:
        """A kind of case in the reader's language, from the catalogue or its policy sheet."""
        label = kind_label(name)
        sheet = self._house.sheets.get(name)
        if label == name and sheet is not None and language() == "zh":
            return sheet.title.get(language(), name)
        return label.replace("_", " ")
