"""`casefold reads`: who was shown personal data, opened evidence or exported something, the newest first (L-05)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, reading
from console.help import CommandHelp
from console.house import House
from console.look import case_id
from console.masking import shown_fields
from console.output import print_json, say, show, table
from console.reveal import ANY, before_revealing
from console.telling import line_as_json
from console.when import shown, zone
from console.words import N_, _, field_label, listed, sentence, word
from domain.access import EvidenceViewed, ExportMade, PersonalDataRead

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.access import Access
    from ledger.store import Ledger

OneCase = Annotated[
    str, typer.Argument(metavar="[CASE]", help=N_("Only accesses that concern this case."), show_default=False)
]
OnlyBy = Annotated[
    str, typer.Option("--by", metavar="ID", help=N_("Only accesses of this person, by their id."), show_default=False)
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=1, help=N_("At most so many lines."))]
Purposes = Annotated[bool, typer.Option("--reveal", help=N_("Show purposes unmasked; that is recorded, too."))]


def add_reads(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Tell who was shown personal data, opened evidence or exported something, the newest first.")
    app.command("reads", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_reads)


def _reads(
    case: OneCase = "", by: OnlyBy = "", limit: Limit = 100, reveal: Purposes = False, as_json: o.AsJson = False
) -> None:
    stream = case.strip() if ":" in case else case_id(case) if case.strip() else ""
    with _looking(reveal=reveal, as_json=as_json) as (ledger, house):
        from ledger.access import accesses  # not above: asking for help must not wait for the libraries

        found = list(islice(accesses(ledger, stream, by.strip()), limit + 1))
        more, found = len(found) > limit, found[:limit]
        if house is not None:
            who = os.environ.get("CASEFOLD_BY", "")  # here --by says whose accesses are asked for
            before_revealing(house, "", who, (one.entry.event for one in found), as_json=as_json)
        found = [_opened(ledger, one) for one in found]
    if as_json:
        print_json([_as_json(one, reveal=reveal) for one in found])
        return
    if not found:
        show(_("Nobody was shown any personal data so far, as far as this log goes."))
        return
    headings = (_("when ({zone})", zone=zone()), _("by"), _("case"), _("through"), _("what"))
    table(headings, [_row(one, reveal=reveal) for one in found], flexible=len(headings) - 1)
    if more:
        say(_("There are more: --limit shows more lines."))


@contextmanager
def _looking(*, reveal: bool, as_json: bool) -> Iterator[tuple[Ledger, House | None]]:
    """The ledger alone, as an auditor has it; with the house where a read is to be recorded."""
    if reveal:
        with at_work(as_json=as_json) as house:
            yield house.ledger, house
    else:
        with reading(as_json=as_json) as ledger:
            yield ledger, None


def _opened(ledger: Ledger, access: Access) -> Access:
    return type(access)(ledger.opened(access.entry))


def _as_json(access: Access, *, reveal: bool) -> dict[str, Any]:
    return {"case": access.case or None} | line_as_json(access.entry, reveal=reveal)


def _row(access: Access, *, reveal: bool) -> tuple[str, ...]:
    event: Any = access.entry.event
    where = access.case or _("several")
    what = " · ".join([sentence(type(event)).rstrip("."), *filter(None, _told(event, reveal=reveal))])
    return shown(access.entry.recorded_at, seconds=True), access.entry.actor.id, where, word(event.through), what


def _told(event: Any, *, reveal: bool) -> Iterator[str]:
    """What was seen, in a few words."""
    match event:
        case PersonalDataRead():
            yield listed(_("whatever came") if name == ANY else field_label(name) for name in event.fields)
            yield listed(event.cases)
        case EvidenceViewed():
            yield event.evidence
        case ExportMade():
            yield event.form
            yield _("personal data {disclosure}", disclosure=word(event.personal))
            yield _("{number} cases", number=event.number) if event.number else ""
            yield listed(event.cases)
            yield event.selection
    yield str(shown_fields(event, reveal=reveal)["purpose"])
