"""What people and departments are called on a page; the ids of the ledger stay in titles, where they can be read."""

from __future__ import annotations

from collections.abc import Iterable

from api.house import House
from api.identity.names import names_of
from console.words import kind_label, language


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
