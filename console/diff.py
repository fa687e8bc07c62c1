"""`casefold diff`: what changed in a case between two points of its life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.diff_clocks import clocks_as_json, print_clocks
from console.help import CommandHelp
from console.look import case_id, entries_at, seen
from console.masking import mask
from console.output import as_plain, heading, print_json, show, table
from console.reveal import before_revealing
from console.show import PERSONAL
from console.telling import line_as_json, print_entries
from console.when import shown
from console.words import N_, _, field_label
from domain.case import Case
from domain.evolve import replay

From = Annotated[str, typer.Option("--from", metavar="WHEN", help=N_("The earlier point: a time or a version."))]
To = Annotated[
    str,
    typer.Option("--to", metavar="WHEN", help=N_("The later point; now, when it is left out."), show_default=False),
]
COUNTED = frozenset({"version", "counts", "facts", "seen"})
"""Parts of the state that change with every entry and tell a person nothing."""
Change = tuple[str, Any, Any]
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def add_diff(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Show what changed in a case between two points.")
    app.command("diff", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_diff)


def _diff(
    case: o.CaseId, from_: From, to: To = "", reveal: o.Reveal = False, by: o.By = "", as_json: o.AsJson = False
) -> None:
    earlier, later = o.read_point(from_, "--from"), o.read_point(to, "--to") if to else None
    stream = case_id(case)
    with at_work(as_json=as_json, reveal=reveal) as house:
        after = seen(house, stream, later)
        known = entries_at(house, stream, earlier)
        if reveal:
            shown_now = (entry.event for entry in after.entries[len(known) :])
            before_revealing(house, stream, by, shown_now, as_json=as_json)
    if len(known) > len(after.entries):
        raise typer.BadParameter(_("--from lies after --to."), param_hint="--from")
    before = replay(known)
    changes = list(changed(before, after.case, reveal=reveal))
    between = after.entries[len(known) :]
    if as_json:
        rows = [{"field": field, "before": old, "after": new} for field, old, new in changes]
        entries = [line_as_json(entry, reveal=reveal) for entry in between]
        told = {"case": stream, "from": before.version, "to": after.case.version, "changes": rows, "entries": entries}
        print_json(told | clocks_as_json(stream, before, after.case, after.sheet))
        return
    show(
        _(
            "{case}: from version {earlier} to version {later}",
            case=stream,
            earlier=before.version,
            later=after.case.version,
        )
    )
    if not between:
        show(_("Nothing changed."))
        return
    heading(_("What is different"))
    lines = [(field, _brief(old), _brief(new)) for field, old, new in changes if not field.startswith("clocks")]
    table((_("field"), _("before"), _("after")), lines, flexible=2)
    print_clocks(stream, before, after.case, after.sheet)
    heading(_("What happened in between"))
    print_entries(between, reveal=reveal)


def changed(before: Case, after: Case, *, reveal: bool) -> Iterator[Change]:
    """The parts of the state that differ, as (path, before, after); what is new or gone is one part."""
    for path, old, new in _different("", as_plain(before), as_plain(after)):
        if path.partition(".")[0] not in COUNTED:
            yield path, _masked(path, old, reveal), _masked(path, new, reveal)


def _different(path: str, old: Any, new: Any) -> Iterator[Change]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield path, old, new
        return
    for name in dict.fromkeys([*old, *new]):
        yield from _different(f"{path}.{name}" if path else name, old.get(name), new.get(name))


def _masked(path: str, value: Any, reveal: bool) -> Any:
    part, _dot, name = path.partition(".")
    return mask(name, value) if part == "intake" and name in PERSONAL and not reveal else value


def _brief(value: Any) -> str:
    """A part of the state on one line: what is empty or false is left out."""
    if isinstance(value, dict):
        parts = ((name, _brief(part)) for name, part in value.items() if part is not False)
        return ", ".join(f"{field_label(name)} {text}" for name, text in parts if text)
    if isinstance(value, list):
        return ", ".join(_brief(part) for part in value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        return shown(datetime.fromisoformat(value))
    return str(value)
