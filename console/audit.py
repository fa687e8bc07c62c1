"""`casefold audit`: every decision derived again with today's rules, and what would come out differently by which."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import reading
from console.help import CommandHelp
from console.look import case_id
from console.output import DONE, REFUSED, as_plain, print_json, show, table
from console.progress import progress_bar
from console.when import shown
from console.words import N_, _, clock_label, event_label, field_label, listed, refusal
from domain.rederivation import Difference, Finding
from domain.refusal import Refused

if TYPE_CHECKING:  # imported where it is used: help must not wait for the libraries
    from ledger.rederive import Rederived

TOLD = 3
"""Events of one decision that are told; JSON has them all."""
PROVING = N_("Proving it")

OneCase = Annotated[
    str,
    typer.Argument(
        metavar="[CASE]", help=N_("Id of the case, or of another stream: policy:complaint."), show_default=False
    ),
]
Everything = Annotated[bool, typer.Option("--all", help=N_("Every decision of the ledger."))]

SENTENCES = {
    Finding.REFUSED_NOW: N_("It would be refused now: {now}"),
    Finding.ACCEPTED_NOW: N_("It would be accepted now. Then it was refused: {then}"),
    Finding.OTHER_REFUSAL: N_("It would be refused for another reason now: {now} Then: {then}"),
    Finding.OTHER_EVENTS: N_("Something else would follow: then {then}; now {now}."),
    Finding.ALTERED: N_("What is written of the command is not what was decided ({part}). Run: casefold verify"),
    Finding.MISSING: N_("No command tells of these entries: it was removed. Run: casefold verify"),
    Finding.UNREADABLE: N_("It cannot be derived: {detail}"),
}
PARTS = {
    "body, salt or digest": N_("its body, salt or digest"),
    "body": N_("its body"),
    "digest": N_("its digest"),
    "name": N_("its name"),
    "stream": N_("its case"),
    "actor": N_("who gave it"),
    "id or time": N_("its id or time"),
    "refusal": N_("its refusal"),
    "list of events": N_("its list of events"),
    "first version": N_("its first version"),
    "expected version": N_("the version that it expected"),
}
"""What contradicts the entries, or the rest of the command's row."""
AROUND = {"happened_at": N_("when it happened"), "actor": N_("who did it")}
"""What an entry says besides the fields of its event."""


def add_audit(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Derive every decision again with today's rules, and name those that would come out differently.")
    app.command("audit", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_audit)


def _audit(case: OneCase = "", everything: Everything = False, as_json: o.AsJson = False) -> None:
    if bool(case.strip()) == everything:
        raise typer.BadParameter(_("Name one case, or --all."), param_hint="CASE")
    stream = "" if everything else case.strip() if ":" in case else case_id(case)
    decisions = 0
    others: list[Rederived] = []
    with reading(as_json=as_json) as ledger, progress_bar(_("Deriving"), quiet=as_json) as told:
        from ledger.rederive import rederive  # not above: asking for help must not wait for the libraries

        for one in rederive(ledger, stream, told):
            decisions += one.finding is not Finding.MISSING
            if not one.same:
                others.append(one)
    if as_json:
        different = [as_data(one) for one in others]
        print_json({"case": stream or None, "decisions": decisions, "different": different})
    else:
        _print(stream, decisions, others)
    raise typer.Exit(REFUSED if others else DONE)


def as_data(one: Rederived) -> dict[str, Any]:
    """A decision that comes out differently, for programs."""
    return {
        "stream": one.stream,
        "first_version": one.first_version,
        "last_version": one.last_version,
        "recorded_at": as_plain(one.at),
        "actor": one.actor,
        "command": one.command,
        "command_id": one.command_id,
        "finding": one.finding.value,
        "rule": one.rule,
        "sentence": sentence_of(one),
        "detail": one.detail,
        "differences": [_difference(difference) for difference in one.differences],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    sides = {name: _side(getattr(difference, name)) for name in ("then", "now")}
    place = {"event": difference.event, "about": difference.about, "field": difference.field}
    return place | sides | {"basis": list(difference.basis)}


def _side(value: Any) -> Any:
    if isinstance(value, Refused):
        return {"code": value.code, "params": as_plain(value.params), "sentence": refusal(value)}
    return as_plain(value)


def _print(stream: str, decisions: int, others: list[Rederived]) -> None:
    if others:
        headings = (_("case"), "v", _("recorded"), _("by"), _("command"), _("what is different"))
        table(headings, [_row(one) for one in others], flexible=len(headings) - 1)
        show("")
    where = stream or _("The ledger")
    if not others:
        show(
            _(
                "{where}: derived again {decisions} decisions; all come out as they did.",
                where=where,
                decisions=decisions,
            )
        )
        return
    differ = sum(one.finding is not Finding.MISSING for one in others)
    show(
        _(
            "{where}: derived again {decisions} decisions; {different} come out differently.",
            where=where,
            decisions=decisions,
            different=differ,
        )
    )


def _row(one: Rederived) -> tuple[str, ...]:
    first, last = one.first_version, one.last_version
    versions = "" if last < first else str(first) if first == last else f"{first}-{last}"
    return (
        one.stream,
        versions,
        shown(one.at, seconds=True),
        one.actor,
        one.command.replace("_", "-"),
        sentence_of(one),
    )


def sentence_of(one: Rederived) -> str:
    """What is different about it, and by which rule."""
    if one.finding is Finding.OTHER_FIELD:
        events = [list(group) for _key, group in groupby(one.differences, key=lambda each: (each.event, each.about))]
        text = " ".join(map(_of_event, events[:TOLD]))
        more = len(events) - TOLD
        text += " " + _("… and {number} more.", number=more) if more > 0 else ""
    else:
        first = one.differences[0] if one.differences else Difference()
        part = _(PARTS[one.detail]) if one.detail in PARTS else one.detail
        sides = {"then": _told(first.then), "now": _told(first.now)}
        text = _(SENTENCES[one.finding], **sides, part=part, detail=one.detail)
    return " ".join(filter(None, (text, _rule(one))))


def _rule(one: Rederived) -> str:
    """The rule, as a program finds it, and what it rests on."""
    if not one.rule:
        return ""
    return "[" + ", ".join((one.rule, *one.differences[0].basis)) + "]"


def _of_event(differences: list[Difference]) -> str:
    """An event of which some fields would be others; what always follows from another is not told."""
    first = differences[0]
    about = clock_label(first.about) if first.event.startswith(("Clock", "Deadline")) else first.about
    moved = any(difference.field == "due" for difference in differences)
    fields = [_of_field(one) for one in differences if not (moved and one.field == "steps")]
    event = event_label(first.event).rstrip(".")
    return f"{event} ({about}): {'; '.join(fields)}." if about else f"{event}: {'; '.join(fields)}."


def _of_field(difference: Difference) -> str:
    name = difference.field
    return _(
        "{field} then {then}, now {now}",
        field=_(AROUND[name]) if name in AROUND else field_label(name),
        then=_told(difference.then),
        now=_told(difference.now),
    )


def _told(value: Any) -> str:
    """One side, in words."""
    match value:
        case Refused():
            return refusal(value)
        case datetime():
            return shown(value, seconds=True)
        case None | "" | ():
            return "–"
        case tuple():
            return listed(_parts(value))
        case _:
            return str(as_plain(value))


def _parts(values: tuple[Any, ...]) -> Iterator[str]:
    for value in values:
        yield event_label(value).rstrip(".") if isinstance(value, str) else _told(getattr(value, "at", value))
