"""What customers of the demonstration have to say: stories from a file, filled in by chance."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

FILE = Path(__file__).with_name("stories.json")
RARELY = 0.18
"""How often a customer is one who had something to say before."""


@dataclass(frozen=True)
class Customer:
    """A made-up person. Numbers that begin with 12, or with 020 7946 0, belong to nobody; example domains neither."""

    name: str
    contact: str
    language: str


@cache
def all_stories() -> dict[str, Any]:
    """Everything that the file has."""
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


class Teller:
    """Tells one story after the other, always the same ones for the same chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.stories = all_stories()
        self.known: dict[str, list[Customer]] = {"zh": [], "en": []}
        self._told: dict[tuple[str, str], int] = {}

    def story(self, kind: str, language: str) -> dict[str, Any]:
        """The next story of this kind in this language, with its blanks filled in."""
        if kind == "safety":
            story = self.stories["safety"][language]
        else:
            fitting = [story for story in self.stories[kind] if story["language"] == language]
            number = self._told.get((kind, language), 0)
            self._told[kind, language] = number + 1
            story = fitting[number % len(fitting)]
        blanks = {
            "product": self.chance.choice(self.stories["products"][language]),
            "city": self.chance.choice(self.stories["cities"][language]),
            "days": self.chance.randint(3, 19),
            "money": self.chance.choice((20, 39, 50, 88, 129, 199)),
        }
        filled: dict[str, Any] = _filled(story, blanks)
        more = self.chance.choice(self.stories["more"][language])
        if more and "matter" in filled:
            filled["matter"] += more if language == "zh" else f" {more}"
        return filled | {"product": blanks["product"], "money": blanks["money"]}

    def customer(self, language: str) -> Customer:
        """Somebody new, or now and then somebody who is known already."""
        known = self.known[language]
        if known and self.chance.random() < RARELY:
            return self.chance.choice(known)
        names = self.stories["names"][language]
        first, last = self.chance.choice(names["first"]), self.chance.choice(names["last"])
        number = len(known)
        if language == "zh":
            contact = f"12{self.chance.randint(0, 9)}{self.chance.randint(1000, 9999)}{number:04d}"
            found = Customer(last + first, contact, language)
        elif number % 2:
            found = Customer(f"{first} {last}", f"+44 20 7946 0{number % 1000:03d}", language)
        else:
            address = f"{first}.{last}{number}@example.com".lower().replace("á", "a")
            found = Customer(f"{first} {last}", address, language)
        known.append(found)
        return found

    def one_of(self, what: str, language: str) -> str:
        """A note, or a word to the customer."""
        found: str = self.chance.choice(self.stories[what][language])
        return found


def _filled(value: Any, blanks: dict[str, Any]) -> Any:
    if isinstance(value, str):
        for name, word in blanks.items():
            value = value.replace(f"{{{name}}}", str(word))
        return value
    if isinstance(value, list):
        return [_filled(item, blanks) for item in value]
    if isinstance(value, dict):
        return {name: _filled(item, blanks) for name, item in value.items()}
    return value
