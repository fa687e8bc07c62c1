"""How policies are spoken of: their versions and standings, time limits and parameters, in words and for programs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.house import House
from console.output import REFUSED, fail, print_json, say
from console.when import shown
from console.words import N_, _, in_context, language, listed, word
from domain.actor import Role
from domain.policy import Sheet
from domain.policy_life import Policy, Standing, Version, standing_of
from domain.refusal import Refused
from domain.rules import ClockRule, Escalation, Parameter
from domain.words import Complexity, Urgency

if TYPE_CHECKING:  # imported where it is used: asking for help must not wait for the reader of sheets
    from policies import SheetError

Kind = Annotated[
    str,
    typer.Argument(metavar="KIND", help=N_("Kind of case: complaint, after_sales, inquiry."), show_default=False),
]

SHIPPED = N_("shipped with the program")

LEGEND = N_(
    "Limits: 30m, 24h round the clock; 90wm, 8wh of working time; 3wd working days; 7d, 8w, 6mo, 1y by the calendar; "
    "0m at once."
)


UNITS = {
    "minutes": N_("minutes"),
    "hours": N_("hours"),
    "working_hours": N_("working hours"),
    "working_days": N_("working days"),
    "days": N_("days"),
    "weeks": N_("weeks"),
    "months": N_("months"),
    "years": N_("years"),
    "percent": N_("percent"),
    "times": N_("times"),
    "amount": "",
}
"""What parameters count."""


@dataclass(frozen=True)
class Chosen:
    """A sheet to look at, and where it comes from."""

    sheet: Sheet
    name: str
    """The version, or the name of the file or pack."""
    version: Version | None = None
    """None: it is not in the ledger."""
    standing: Standing | None = None


def version_of(house: House, policy: Policy, kind: str, name: str, now: datetime) -> Chosen:
    """A version of the policy by its name. Raises Refused."""
    version = policy.versions.get(name)
    if version is None:
        raise Refused("unknown_version", version=name, kind=kind, known=", ".join(policy.versions) or "none")
    return Chosen(house.ledger.sheet(version.digest), name, version, standing_of(policy, name, now))


def looks_like_a_file(text: str) -> bool:
    """Whether a file is meant, not the name of a version."""
    return text.endswith(".toml") or os.sep in text


def sheet_in_file(path: Path, *, as_json: bool = False) -> Sheet:
    """The sheet of a file. Ends the program with all its mistakes when it cannot be followed."""
    from policies import SheetError, check, read_sheet

    if mistakes := check(path):
        raise told(mistakes, as_json=as_json)
    try:
        return read_sheet(path)
    except SheetError as error:
        raise told([error], as_json=as_json) from error


def told(mistakes: list[SheetError], *, as_json: bool) -> typer.Exit:
    """The mistakes of a file, each with its line: ``raise told(…)``."""
    if as_json:
        print_json({"accepted": False, "code": "mistakes", "mistakes": mistakes_as_json(mistakes)})
    for mistake in mistakes:
        say(str(mistake))
    return fail(_("{number} mistakes; nothing was done.", number=len(mistakes)), REFUSED)


def mistakes_as_json(mistakes: list[SheetError]) -> list[dict[str, Any]]:
    """The mistakes of files for programs."""
    return [
        {"file": str(mistake.path), "line": mistake.line, "sentence": mistake.sentence, "text": str(mistake)}
        for mistake in mistakes
    ]


def standing_label(standing: Standing) -> str:
    """Where a version is in its life, for people."""
    return word(standing)


def author_label(version: Version) -> str:
    """Who drew it up."""
    return version.author or _(SHIPPED)


def begin_label(version: Version) -> str:
    """From when on it is in force."""
    return shown(version.in_force_from)


def role_label(text: str) -> str:
    """A role; whoever else a sheet names, as it is."""
    return word(Role(text)) if text in set(Role) else text


def title_of(texts: Mapping[str, str], otherwise: str) -> str:
    """A text of a sheet in the reader's language."""
    return texts.get(language()) or texts.get("en") or otherwise


# ── Time limits ──────────────────────────────────────────────────────────────────────────────────────────────────────


def limit_label(rule: ClockRule) -> str:
    """The limit, and those of urgent, safety, complex or major cases."""
    classes = [name for name in (*Urgency, *Complexity) if name != "ordinary" and name in rule.limit]
    others = [f"{class_label(name)} {rule.limit[name]}" for name in classes]
    return "; ".join([rule.limit.get("ordinary", ""), *others])


def class_label(name: str) -> str:
    """An urgency or a complexity."""
    known = in_context("Urgency", name)
    return known if known != name else in_context("Complexity", name)


def warning_label(rule: ClockRule) -> str:
    """At what part of the limit it warns."""
    return listed(f"{percent}%" for percent in rule.warn)


def escalation_label(steps: tuple[Escalation, ...]) -> str:
    """Who is told after the limit, and how long after it."""
    return listed(f"+{step.after} {role_label(step.to)}" for step in steps)


def source_label(rule: ClockRule) -> str:
    """Where a limit comes from, whom it binds, and for which cases it is."""
    family = in_context("Family", rule.family)
    parts = [rule.source, rule.requirement, family if rule.family != "house" else ""]
    if rule.binds:
        parts.append(_("binds: {who}", who=role_label(rule.binds)))
    if rule.effective_from or rule.effective_to:
        period = {"start": rule.effective_from or "…", "end": rule.effective_to or "…"}
        parts.append(_("for cases received {start} to {end}", **period))
    return "; ".join(part for part in parts if part)


# ── Parameters ───────────────────────────────────────────────────────────────────────────────────────────────────────


def set_by_you(parameter: Parameter) -> bool:
    """Whether the organisation has set another value than the pack ships."""
    return parameter.value != parameter.default


def parameter_rows(parameters: Mapping[str, Parameter]) -> Iterator[tuple[str, ...]]:
    """The parameters as lines: name, value, whose, default, what it means, where the rule book has it."""
    for name, parameter in parameters.items():
        own = set_by_you(parameter)
        yield (
            name,
            f"{parameter.value} {_(UNITS.get(parameter.unit, parameter.unit))}".strip(),
            _("set by you") if own else _("default"),
            parameter.default if own else "",
            title_of(parameter.title, ""),
            listed((*parameter.book, *parameter.requirement)),
        )


def parameters_as_json(parameters: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """The parameters for programs."""
    return [
        {
            "name": name,
            "value": parameter.value,
            "default": parameter.default,
            "set_by_you": set_by_you(parameter),
            "unit": parameter.unit,
            "title": dict(parameter.title),
            "book": list(parameter.book),
            "requirement": list(parameter.requirement),
        }
        for name, parameter in parameters.items()
    ]
