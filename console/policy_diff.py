"""`casefold policy diff`: what differs between two versions of a policy, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.output import print_json, show, table
from console.policy_words import Kind, class_label, looks_like_a_file, role_label, sheet_in_file, version_of
from console.words import N_, _, clock_label, field_label, listed
from domain.policy import Sheet
from domain.policy_life import version_in_force

One = Annotated[
    str, typer.Argument(metavar="V", help=N_("The earlier version, or the later one if it is the only one."))
]
Other = Annotated[
    str,
    typer.Argument(metavar="[V|FILE]", help=N_("The later version, or a sheet as TOML."), show_default=False),
]

NAMED = frozenset({"clocks", "counters", "assignment"})
"""Lists whose items have names: compared item by item, wherever they stand."""
NOT_COMPARED = frozenset({"version", "pack"})


@dataclass(frozen=True)
class Difference:
    """One field that two sheets have differently; None: one of them does not have it."""

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Sheet, after: Sheet) -> list[Difference]:
    """All fields that differ, in the order of the sheet; what is new or gone is one difference."""
    return list(_different((), _by_name(before.to_data()), _by_name(after.to_data())))


def _by_name(data: Mapping[str, Any]) -> dict[str, Any]:
    """The sheet with its named lists as tables."""
    return {
        name: {_name(item): {key: part for key, part in item.items() if key != "name"} for item in value}
        if name in NAMED
        else value
        for name, value in data.items()
        if name not in NOT_COMPARED
    }


def _name(item: Mapping[str, Any]) -> str:
    """What an item of a list is called: a time limit by its period too, since one follows another under one name."""
    period = [item.get("effective_from") or "…", item.get("effective_to") or "…"]
    return str(item["name"]) if period == ["…", "…"] else f"{item['name']} {'–'.join(period)}"


def _different(path: tuple[str, ...], before: Any, after: Any) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from _different((*path, name), before.get(name), after.get(name))
    elif before != after:
        yield Difference(path, before, after)


# ── The command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def add_diff(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Show what differs between two versions, or between a version and a file.")
    app.command("diff", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_diff)


def _diff(kind: Kind, one: One, other: Other = "", as_json: o.AsJson = False) -> None:
    files = {text: sheet_in_file(Path(text), as_json=as_json) for text in (one, other) if looks_like_a_file(text)}
    with at_work(as_json=as_json) as house:
        now = house.ledger.now()
        policy = house.recorder.papers.policy(kind)
        names = (one, other) if other else (version_in_force(policy, now), one)
        sheets = [files[name] if name in files else _version(house, kind, name) for name in names]
    before, after = sheets
    found = differences(before, after)
    if as_json:
        rows = [{"field": ".".join(one.path), "before": one.before, "after": one.after} for one in found]
        print_json({"kind": kind, "from": names[0], "to": names[1], "differences": rows})
        return
    show(_("{kind}: from {before} to {after}", kind=kind, before=names[0], after=names[1]))
    if not found:
        show(_("They promise the same."))
        return
    table((_("what"), _("before"), _("after")), [_row(one) for one in found], flexible=2)


def _version(house: House, kind: str, name: str) -> Sheet:
    return version_of(house, house.recorder.papers.policy(kind), kind, name, house.ledger.now()).sheet


def _row(difference: Difference) -> tuple[str, str, str]:
    return where(difference.path), value_label(difference.before), value_label(difference.after)


def where(path: Sequence[str]) -> str:
    """A field of a sheet, in words."""
    part, *rest = path
    label = field_label(part)
    if part == "clocks":
        name, *fields = rest
        return " · ".join([_("time limit {clock}", clock=clock_label(name)), *map(_field, fields)])
    return " · ".join([label, *map(_field, rest)])


def _field(name: str) -> str:
    """A field, an urgency, a role, or a name of the sheet's own."""
    for label in (field_label(name), class_label(name), role_label(name)):
        if label != name:
            return label
    return name


def value_label(value: Any) -> str:
    """A value of a sheet on one line; – for what is not there."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return listed(map(value_label, value))
    if isinstance(value, dict):
        return ", ".join(
            f"{_field(name)} {value_label(part)}" for name, part in value.items() if part not in ("", [], {})
        )
    return str(value).replace("\n", " ⏎ ")
