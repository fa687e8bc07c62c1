"""What the values of a file may look like: each shape checks a value, and says the same as JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Protocol

from domain.limits import Limit, Unit
from policies.errors import Mistake, not_known
from policies.lines import KeyPath

PARAMETER = r"\{[a-z][a-z0-9_]*\}"
"""A parameter's name in braces, wherever a number may stand."""
DURATIONS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
"""The units of plain durations, which no calendar changes, with their seconds."""


class Shape(Protocol):
    """Something that a value can be held against."""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        """What is wrong with the value, whose parameters are filled in."""

    def schema(self) -> dict[str, Any]:
        """The same as JSON Schema, for a file in which parameters are still names in braces."""


@dataclass(frozen=True)
class Text:
    """Words."""

    about: str = ""
    pattern: str = ""
    such_as: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, str) or not value.strip():
            yield Mistake(path, f"{_name(path)} is {value!r}; write words in quotes{self._example()}.")
        elif self.pattern and not re.fullmatch(self.pattern, value):
            yield Mistake(path, f"{value!r} is not possible for {_name(path)}; write it{self._example()}.")

    def schema(self) -> dict[str, Any]:
        pattern = {"pattern": f"^(?:{self.pattern})$"} if self.pattern else {"minLength": 1}
        return _described({"type": "string", **pattern}, self.about)

    def _example(self) -> str:
        return f", such as {self.such_as}" if self.such_as else ""


@dataclass(frozen=True)
class Word:
    """One word of a list."""

    what: str
    """With its article, as in "a stage"."""
    known: Collection[str]
    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, str) or value not in self.known:
            yield Mistake(path, not_known(value, self.what, self.known))

    def schema(self) -> dict[str, Any]:
        return _described({"enum": list(self.known)}, self.about)


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    minimum: int = 0
    maximum: int | None = None
    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield Mistake(path, f"{_name(path)} is {value!r}; write a whole number without quotes.")
        elif value < self.minimum or (self.maximum is not None and value > self.maximum):
            upto = f"from {self.minimum} to {self.maximum}" if self.maximum is not None else f"{self.minimum} or more"
            yield Mistake(path, f"{_name(path)} is {value}; it must be {upto}.")

    def schema(self) -> dict[str, Any]:
        number = {"type": "integer", "minimum": self.minimum}
        if self.maximum is not None:
            number["maximum"] = self.maximum
        return _described({"anyOf": [number, {"type": "string", "pattern": f"^{PARAMETER}$"}]}, self.about)


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, bool):
            yield Mistake(path, f"{_name(path)} is {value!r}; write true or false without quotes.")

    def schema(self) -> dict[str, Any]:
        return _described({"type": "boolean"}, self.about)


@dataclass(frozen=True)
class Amount:
    """An amount of money, as text so that no cent is lost."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if amount_of(value) is None:
            yield Mistake(path, f'{_name(path)} is {value!r}; write an amount in quotes, such as "500" or "499.90".')

    def schema(self) -> dict[str, Any]:
        return _described({"type": "string", "pattern": rf"^(?:[0-9]+(?:\.[0-9]+)?|{PARAMETER})$"}, self.about)


def amount_of(value: Any) -> Decimal | None:
    """The amount of money that a text or parameter says; None if it says none."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount >= 0 else None


@dataclass(frozen=True)
class LimitText:
    """A time limit, as `domain.limits` reads it."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        try:
            Limit.parse(value if isinstance(value, str) else str(value))
        except ValueError as error:
            yield Mistake(path, str(error))

    def schema(self) -> dict[str, Any]:
        units = "|".join(Unit)
        return _described(
            {"type": "string", "pattern": f"^(?:0|[1-9][0-9]{{0,8}}|{PARAMETER})(?:{units})$"}, self.about
        )


@dataclass(frozen=True)
class Duration:
    """A plain duration, counted round the clock."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if seconds_of(value) is None:
            yield Mistake(path, f"{value!r} is not a duration; write 30s, 5m, 24h, 3d or 2w.")

    def schema(self) -> dict[str, Any]:
        units = "".join(DURATIONS)
        return _described({"type": "string", "pattern": f"^(?:[0-9]+|{PARAMETER})[{units}]$"}, self.about)


def seconds_of(value: Any) -> int | None:
    """The seconds of a plain duration; None if it is none."""
    match = re.fullmatch(rf"([0-9]{{1,9}})([{''.join(DURATIONS)}])", str(value))
    return None if match is None else int(match[1]) * DURATIONS[match[2]]


@dataclass(frozen=True)
class Day:
    """A date."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        try:
            date.fromisoformat(str(value))
        except ValueError:
            yield Mistake(path, f'{_name(path)} is {value!r}; write a date, such as "2026-04-15".')

    def schema(self) -> dict[str, Any]:
        return _described({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}, self.about)


@dataclass(frozen=True)
class Number:
    """The value of a parameter: a whole number, or an amount as text."""

    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if amount_of(value) is None:
            yield Mistake(path, f"{_name(path)} is {value!r}; write a whole number, or an amount in quotes.")

    def schema(self) -> dict[str, Any]:
        amount = {"type": "string", "pattern": r"^[0-9]+(?:\.[0-9]+)?$"}
        return _described({"anyOf": [{"type": "integer", "minimum": 0}, amount]}, self.about)


@dataclass(frozen=True)
class Items:
    """A list of values of one shape."""

    of: Shape
    at_least: int = 0
    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, list):
            yield Mistake(path, f"{_name(path)} is {value!r}; write a list in square brackets.")
            return
        if len(value) < self.at_least:
            yield Mistake(path, f"{_name(path)} is empty; name at least {self.at_least}.")
        for place, item in enumerate(value):
            yield from self.of.mistakes(item, (*path, place))

    def schema(self) -> dict[str, Any]:
        least = {"minItems": self.at_least} if self.at_least else {}
        return _described({"type": "array", "items": self.of.schema(), **least}, self.about)


@dataclass(frozen=True)
class Table:
    """A table whose keys are names or words of a list, with values of one shape."""

    of: Shape
    keys: Word | None = None
    about: str = ""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, dict):
            yield Mistake(path, f"{_name(path)} is {value!r}; write a table of names and values.")
            return
        for key, item in value.items():
            if self.keys is not None:
                yield from self.keys.mistakes(key, (*path, key))
            yield from self.of.mistakes(item, (*path, key))

    def schema(self) -> dict[str, Any]:
        keys = {"propertyNames": {"enum": list(self.keys.known)}} if self.keys is not None else {}
        return _described({"type": "object", "additionalProperties": self.of.schema(), **keys}, self.about)


@dataclass(frozen=True)
class Record:
    """A table with fields of its own."""

    what: str
    """As in "a setting of a clock"."""
    fields: Mapping[str, Shape]
    required: tuple[str, ...] = ()
    about: str = ""
    this: str = ""
    """What it is called when a field is missing, as in "this clock"."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """More that its JSON Schema says."""

    def mistakes(self, value: Any, path: KeyPath) -> Iterator[Mistake]:
        if not isinstance(value, dict):
            yield Mistake(path, f"{_name(path)} is {value!r}; write a table with {', '.join(self.fields)}.")
            return
        for key, item in value.items():
            if key in self.fields:
                yield from self.fields[key].mistakes(item, (*path, key))
            else:
                yield Mistake((*path, key), not_known(key, self.what, self.fields))
        for key in self.required:
            if key not in value:
                yield Mistake(path, f"{key!r} is missing; {self.this or _name(path)} needs it.")

    def schema(self) -> dict[str, Any]:
        properties = {key: shape.schema() for key, shape in self.fields.items()}
        required = {"required": list(self.required)} if self.required else {}
        closed = {"type": "object", "properties": properties, "additionalProperties": False}
        return _described({**closed, **required, **self.extra}, self.about)


def _name(path: KeyPath) -> str:
    """What a place is called: its last key, with the place in a list as "number 2 of path"."""
    if not path:
        return "this file"
    last = path[-1]
    return repr(last) if isinstance(last, str) else f"number {last + 1} of {_name(path[:-1])}"


def _described(schema: dict[str, Any], about: str) -> dict[str, Any]:
    return {"description": about, **schema} if about else schema
