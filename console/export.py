"""`casefold export`: cases as event logs for process mining, or as tables and lines for everything else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.disclosing import Personal, Purpose, fields_for, note_export
from console.help import CommandHelp
from console.house import House, address
from console.output import REFUSED, fail, print_json, show
from console.progress import progress_bar
from console.reveal import reader, refuse_another
from console.when import NotATime, instant
from console.words import N_, _
from domain.access import Disclosure, Through
from domain.actor import Actor
from domain.words import Ending, Stage, Urgency

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.exports.files import Form
    from ledger.exports.told import Selection, Told

FORMS = ("xes", "ocel", "csv", "jsonl")
EVERY = 50
"""Cases between two looks of the progress bar."""

To = Annotated[
    Path,
    typer.Option(
        "--to",
        metavar="FILE",
        show_default=False,
        help=N_("The file to write; a name that ends with .gz is compressed."),
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar="|".join(FORMS),
        show_default=False,
        help=N_(
            "What it becomes, if the file's name does not say: .xes, .csv, .jsonl; OCEL 2.0 as .jsonocel, .xmlocel or "
            ".sqlite."
        ),
    ),
]
Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="CASE", show_default=False, help=N_("Only this case; repeatable.")),
]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help=N_("Only this kind of case."), show_default=False)]
OnlyStage = Annotated[Stage | None, typer.Option("--stage", help=N_("Only this stage."))]
OnlyUrgency = Annotated[Urgency | None, typer.Option("--urgency", help=N_("Only this urgency."))]
OnlyEnding = Annotated[Ending | None, typer.Option("--ending", help=N_("Only cases that ended so."))]
Department = Annotated[
    str, typer.Option("--department", metavar="NAME", help=N_("Only this department's."), show_default=False)
]
Responsible = Annotated[
    str, typer.Option("--responsible", metavar="ID", help=N_("Only what is with this person."), show_default=False)
]
From = Annotated[
    str,
    typer.Option("--received-from", metavar="WHEN", show_default=False, help=N_("Only cases received from then on.")),
]
Before = Annotated[
    str,
    typer.Option("--received-to", metavar="WHEN", show_default=False, help=N_("Only cases received before then.")),
]
Open = Annotated[bool | None, typer.Option("--open/--over", help=N_("Only open cases, or only those that are over."))]
Steps = Annotated[
    bool,
    typer.Option(
        "--steps", help=N_("Only cases taken over from another system's log, and of them only the steps of that log.")
    ),
]
Replace = Annotated[bool, typer.Option("--replace", help=N_("Write over a file that is there already."))]


def add_export(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Export cases as an event log or a table: XES, OCEL 2.0, CSV, JSON lines.")
    app.command("export", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_export)


@dataclass
class _Count:
    """What was written so far."""

    cases: int = 0
    events: int = 0

    def counting(self, told: Iterator[Told]) -> Iterator[Told]:
        """The same cases, counted."""
        for one in told:
            self.cases += 1
            self.events += len(one.lines)
            yield one


def _export(
    to: To,
    form: Format = "",
    cases: Cases = None,
    kind: Kind = "",
    stage: OnlyStage = None,
    urgency: OnlyUrgency = None,
    department: Department = "",
    responsible: Responsible = "",
    ending: OnlyEnding = None,
    received_from: From = "",
    received_to: Before = "",
    is_open: Open = None,
    steps: Steps = False,
    personal: Personal = Disclosure.WITHHELD,
    purpose: Purpose = "",
    replace_file: Replace = False,
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    from ledger.exports.told import Selection

    who, chosen_form = reader(by), _form(form, to)
    if to.exists() and not replace_file:
        raise typer.BadParameter(
            _("{file} is there already: name another, or say --replace.", file=to), param_hint="--to"
        )
    if not to.absolute().parent.is_dir():
        raise typer.BadParameter(_("There is no folder {folder}.", folder=to.absolute().parent), param_hint="--to")
    chosen = Selection(
        cases=tuple(dict.fromkeys(case.strip().upper() for case in cases or ())),
        kind=kind,
        stage=stage or "",
        urgency=urgency or "",
        department=department,
        responsible=responsible,
        ending=ending or "",
        over=None if is_open is None else not is_open,
        received_from=o.read_instant(received_from, "--received-from") if received_from else None,
        received_to=_before(received_to),
        steps=steps,
    )
    with at_work(as_json=as_json) as house:
        try:
            if address():
                count = _over_http(house, by, to, chosen_form, chosen, personal, purpose)
            else:
                count = _Run(house, who, to, chosen_form, chosen, personal, purpose, as_json).all()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise fail(_("{file} cannot be written: {reason}.", file=to, reason=reason), REFUSED) from error
    if as_json:
        written = {"file": str(to), "format": chosen_form, "personal": personal}
        print_json(written | {"cases": count.cases, "events": count.events})
    else:
        show(_("{file}: {cases} cases, {events} events.", file=to, cases=count.cases, events=count.events))


def _form(form: str, to: Path) -> Form:
    """What to write. Ends the program with a sentence when neither the option nor the name of the file says it."""
    from ledger.exports.files import Form, form_of

    if form and form not in FORMS:
        message = _("{text!r} is not one of: {words}.", text=form, words=", ".join(FORMS))
        raise typer.BadParameter(message, param_hint="--format")
    found = Form(form) if form else form_of(to)
    if found is None:
        message = _("The name {file} does not say what it is to be: say --format.", file=to.name)
        raise typer.BadParameter(message, param_hint="--format")
    return found


def _before(text: str) -> datetime | None:
    """The end of the time in which cases were received: a day is meant to its end."""
    if not text:
        return None
    try:
        return instant(text, end_of_day=True)
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint="--received-to") from error


def _over_http(
    house: House, by: str, to: Path, form: Form, chosen: Selection, personal: Disclosure, purpose: str
) -> _Count:
    """The file as the server makes it, in the name of whoever the token belongs to."""
    from console.remote.exports import export  # needs the client

    refuse_another(house, by)
    return _Count(*export(house, to, form, chosen, personal, purpose))


class _Run:
    """One export. What shows personal data is recorded before anything is written, all else before it is there."""

    def __init__(
        self,
        house: House,
        who: Actor,
        to: Path,
        form: Form,
        chosen: Selection,
        personal: Disclosure,
        purpose: str,
        quiet: bool,
    ) -> None:
        self._house = house
        self._who = who
        self._to = to
        self._form = form
        self._chosen = chosen
        self._personal = personal
        self._purpose = purpose
        self._quiet = quiet

    def all(self) -> _Count:
        """Write the file; what it holds."""
        from ledger.exports.files import write
        from ledger.exports.told import about_of

        shown = fields_for(self._house.ledger, self._personal)
        early = self._personal is not Disclosure.WITHHELD
        if early:
            self._note(self._counted())
        count = _Count()
        with progress_bar(_("Exporting"), quiet=self._quiet) as told:
            cases = count.counting(self._cases(shown, told))
            before = None if early else lambda: self._note(count.cases)
            about = about_of(self._house.ledger, self._chosen, str(self._personal))
            write(self._to, self._form, cases, about, shown, before_it_is_there=before)
        return count

    def _counted(self) -> int:
        """How many cases it will be; without a choice the ledger knows, with one they have to be looked at."""
        from ledger.exports.told import Selection, tell
        from ledger.histories import how_many

        if self._chosen == Selection():
            return how_many(self._house.ledger, "case")
        return sum(1 for _told in tell(self._house.ledger, self._chosen, lambda event: {}))

    def _cases(self, shown: Callable[[Any], Any], told: Callable[[int, int], None]) -> Iterator[Told]:
        from ledger.exports.told import tell
        from ledger.histories import how_many

        total = len(self._chosen.cases) or how_many(self._house.ledger, "case")

        def looked_at(number: int) -> None:
            if number % EVERY == 0 or number == total:
                told(number, max(total, number))

        return tell(self._house.ledger, self._chosen, shown, looked_at)

    def _note(self, number: int) -> None:
        cases = self._chosen.cases
        note_export(
            self._house,
            self._who,
            cases[0] if len(cases) == 1 else "",
            str(self._form),
            Through.EXPORT,
            self._personal,
            cases=cases,
            number=number,
            selection=self._chosen.words,
            purpose=self._purpose,
        )
