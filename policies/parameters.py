"""The numbers that a rule book leaves open: what they are worth, and filling them in where a sheet names them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from policies.draft import Draft
from policies.errors import Mistake, not_known
from policies.lines import KeyPath
from policies.shapes import PARAMETER
from policies.source import Source

FILLED = (
    "clocks",
    "counters",
    "approval",
    "happened_at_window",
    "reminders",
    "survey",
    "warranty",
    "ping_pong_at",
    "review_months",
    "supervision_months",
)
"""The parts of a sheet in which a parameter may stand; in phrases braces are facts of the case."""

UNITS = {
    "minutes": ("m", "wm"),
    "hours": ("h",),
    "working_hours": ("wh",),
    "days": ("d",),
    "working_days": ("wd",),
    "weeks": ("w",),
    "months": ("mo",),
    "years": ("y",),
}
"""What a parameter counts, and the units of limits that it may stand before."""


class Parameters:
    """The parameters of a draft, filled in where it names them."""

    def __init__(self, draft: Draft, settings: Mapping[str, Any]) -> None:
        self.draft = draft
        self.known = {path[1]: table for path, table in draft.items("parameters")}
        self.settings = settings
        """What the organisation has set, by name."""
        self.used: set[str] = set()
        self.mistakes: list[Mistake] = []
        """Names in braces that are no parameters."""
        for key in FILLED:
            if key in draft.data:
                draft.data[key] = self._filled(draft.data[key], (key,))

    def plain(self) -> dict[str, dict[str, Any]]:
        """The parameters that the sheet uses, and those of the whole organisation, as `Sheet` keeps them."""
        return {
            str(name): {
                "value": str(self._value(name)),
                "default": str(table["default"]),
                **{key: table[key] for key in ("unit", "title", "book", "requirement") if key in table},
            }
            for name, table in self.known.items()
            if name in self.used or table.get("scope") == "organisation"
        }

    def unused(self) -> Iterator[Mistake]:
        """The sheet's own parameters that it does not use; those of its pack may be for another sheet."""
        for name, table in self.known.items():
            if name not in self.used and not self.draft.is_shared(("parameters", name)):
                yield from never_used(str(name), table)

    def _value(self, name: str | int) -> Any:
        table = self.known[name]
        return self.settings.get(str(name), table.get("value", table.get("default", 1)))

    def _filled(self, value: Any, path: KeyPath) -> Any:
        """The value with all names in braces replaced."""
        if isinstance(value, dict):
            return {key: self._filled(item, (*path, key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item, (*path, number)) for number, item in enumerate(value)]
        if not isinstance(value, str):
            return value
        if re.fullmatch(PARAMETER, value):
            return self._of(value, "", path)
        return re.sub(f"({PARAMETER})([a-z]*)", lambda match: f"{self._of(match[1], match[2], path)}{match[2]}", value)

    def _of(self, braces: str, unit: str, path: KeyPath) -> Any:
        """The value of a name in braces, before a limit's unit; of one that is not known, something right anywhere."""
        name = braces[1:-1]
        self.used.add(name)
        if name not in self.known:
            self.mistakes.append(Mistake(path, not_known(name, "a parameter", [str(known) for known in self.known])))
            return 1
        counts = self.known[name].get("unit")
        if unit and isinstance(counts, str) and counts in UNITS and unit not in UNITS[counts]:
            fitting = " or ".join(f"{{{name}}}{right}" for right in UNITS[counts])
            self.mistakes.append(
                Mistake(path, f"the parameter {name!r} counts {counts}, not {unit!r}; write {fitting}.")
            )
        return self._value(name)


def never_used(name: str, table: Mapping[str, Any]) -> Iterator[Mistake]:
    """The mistake of a parameter that nothing names, unless it is the whole organisation's."""
    if table.get("scope") != "organisation":
        yield Mistake(
            ("parameters", name),
            f"no limit uses the parameter {name!r}; write {{{name}}} where it belongs, or "
            'scope = "organisation" if it is no limit of a case.',
        )


def settings_of(sources: list[Source], known: Mapping[Any, Any]) -> tuple[dict[str, Any], list[tuple[Source, Mistake]]]:
    """What the organisation has set, the first file winning; and names that are no parameters."""
    settings: dict[str, Any] = {}
    mistakes = []
    for source in sources:
        table = source.data.get("set")
        for name, value in table.items() if isinstance(table, dict) else ():
            settings.setdefault(name, value)
            if name not in known:
                mistakes.append((source, Mistake(("set", name), not_known(name, "a parameter", list(known)))))
    return settings, mistakes
