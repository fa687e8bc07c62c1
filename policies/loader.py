"""Reads policy sheets from TOML, fills in defaults and refuses what no case could follow, with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from domain.actor import Role
from domain.case import INTAKE_FIELDS
from domain.commands import COMMANDS
from domain.events import EVENTS
from domain.needs import EVENT, NEEDS
from domain.policy import ClockRule, EndingRule, Sheet
from domain.words import Complexity, Ending, Stage, Urgency

HERE = Path(__file__).parent

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_RENAMED = {"happened_at_window", "reminders", "survey", "warranty"}
"""Tables of a sheet file that are resolved into plain fields of `Sheet`."""


class SheetError(ValueError):
    """A sheet that cannot be followed. The sentence names file, line, what is wrong and what would be right."""


@cache
def load(folder: Path = HERE) -> Mapping[str, Sheet]:
    """The sheets of a folder by their kind. Raises SheetError at the first that cannot be followed."""
    sheets = [read_sheet(path) for path in sorted(folder.glob("*.toml"))]
    by_kind = {sheet.kind: sheet for sheet in sheets}
    if len(by_kind) < len(sheets):
        raise SheetError(f"{folder}: two sheets are for the same kind of case; keep one.")
    return by_kind


def read_sheet(path: Path) -> Sheet:
    """One sheet. Raises SheetError with file and line."""
    text = path.read_text(encoding="utf-8")
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SheetError(f"{path}: not valid TOML: {error}.") from error
    return _Reader(path, text.splitlines()).sheet(data)


class _Reader:
    """Checks the parts of one file and knows where each stands."""

    def __init__(self, path: Path, lines: list[str]) -> None:
        self.path = path
        self.lines = lines

    def sheet(self, data: dict[str, Any]) -> Sheet:
        known = {field.name for field in fields(Sheet)} | _RENAMED
        self._known("field", data, known)
        for name in ("name", "version", "kind", "title", "path", "required", "categories", "needs"):
            if name not in data:
                raise SheetError(f"{self.path}:1: {name!r} is missing; every sheet has one.")
        self._known("stage", [*data["path"], data.get("back_to", Stage.PROPOSE), *data["needs"]], Stage)
        if data["path"][:1] != [Stage.RECEIVE] or Stage.CLOSE not in data["path"]:
            raise SheetError(f"{self._at('path')}: a path begins with 'receive' and has 'close' in it.")
        self._known("condition", _words(data["needs"]), {*NEEDS, *(EVENT + name for name in EVENTS)})
        self._known("field of the intake record", data["required"], INTAKE_FIELDS)
        self._known("command", [*data.get("automatic", ()), *data.get("may", {})], COMMANDS)
        self._known("role", _words(data.get("may", {})), Role)
        self._known("ending", data.get("endings", {}), Ending)
        return Sheet.from_data(self._resolved(data))

    def _resolved(self, data: dict[str, Any]) -> dict[str, Any]:
        """The sheet as `Sheet` wants it: durations as seconds, tables as fields."""
        plain = {key: value for key, value in data.items() if key not in _RENAMED}
        plain["clocks"] = [self._clock(clock) for clock in data.get("clocks", ())]
        for rule in data.get("endings", {}).values():
            self._known("setting of an ending", rule, {field.name for field in fields(EndingRule)})
            self._known("role", rule.get("by", ()), Role)
        windows = data.get("happened_at_window", {})
        self._known("command", (name for name in windows if name != "*"), COMMANDS)
        plain["happened_at_window_seconds"] = {name: self._seconds(value) for name, value in windows.items()}
        reminders, survey, warranty = (data.get(name, {}) for name in ("reminders", "survey", "warranty"))
        self._known("setting of reminders", reminders, {"after", "at_most"})
        self._known("setting of the survey", survey, {"lapse_after", "low_score"})
        self._known("setting of the warranty", warranty, {"repair_days"})
        if "after" in reminders:
            plain["remind_after_seconds"] = self._seconds(reminders["after"])
            plain["remind_at_most"] = reminders.get("at_most", 1)
        if "lapse_after" in survey:
            plain["survey_lapse_seconds"] = self._seconds(survey["lapse_after"])
        if "low_score" in survey:
            plain["low_score"] = survey["low_score"]
        if "repair_days" in warranty:
            plain["repair_warranty_days"] = warranty["repair_days"]
        return plain

    def _clock(self, clock: dict[str, Any]) -> dict[str, Any]:
        known = {field.name for field in fields(ClockRule)} - {"limit_seconds"} | {"limit"}
        self._known("setting of a clock", clock, known)
        for name in ("name", "starts", "stops", "limit"):
            if name not in clock:
                raise SheetError(f"{self._at(clock.get('name', '[[clocks]]'))}: this clock has no {name!r}.")
        self._known("event", (word.partition(":")[0] for word in (*clock["starts"], *clock["stops"])), EVENTS)
        stages = [word.partition(":")[2] for word in (*clock["starts"], *clock["stops"]) if ":" in word]
        self._known("stage", stages, Stage)
        self._known("urgency or complexity", clock["limit"], {*Urgency, *Complexity})
        if "ordinary" not in clock["limit"]:
            raise SheetError(f"{self._at(clock['name'])}: the limit of {clock['name']!r} needs an 'ordinary' value.")
        plain = {key: value for key, value in clock.items() if key != "limit"}
        return plain | {"limit_seconds": {key: self._seconds(value) for key, value in clock["limit"].items()}}

    def _seconds(self, text: Any) -> int:
        match = re.fullmatch(r"(\d+)([smhd])", str(text))
        if match is None:
            raise SheetError(f"{self._at(str(text))}: {text!r} is not a duration; write 30s, 5m, 24h or 3d.")
        return int(match[1]) * _UNITS[match[2]]

    def _known(self, what: str, words: Iterable[str], known: Iterable[str]) -> None:
        allowed = [str(word) for word in known]
        for word in words:
            if word not in allowed:
                raise SheetError(
                    f"{self._at(word)}: {word!r} is not {_article(what)} {what}. Known: {', '.join(sorted(allowed))}."
                )

    def _at(self, word: str) -> str:
        """File and line of the first place that names the word."""
        for number, line in enumerate(self.lines, 1):
            if str(word) in line.partition("#")[0]:
                return f"{self.path}:{number}"
        return f"{self.path}:1"


def _words(table: Mapping[str, Iterable[str]]) -> Iterator[str]:
    for words in table.values():
        yield from words


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"
