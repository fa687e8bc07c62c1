"""`casefold dossier`: one case to hand over, readable by anybody and checked with nothing but Python."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from console import options as o
from console.answers import at_work
from console.disclosing import Personal, Purpose, note_export
from console.help import CommandHelp
from console.house import House, Unreachable, address
from console.look import case_id, seen
from console.output import REFUSED, fail, print_json, show
from console.reveal import reader, refuse_another
from console.words import N_, Language, _, language, use
from domain.access import Disclosure, Through

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from console.dossier.folder import Dossier
    from console.dossier.page import Made

T = TypeVar("T")
TELL_SUMS = N_("SHA-256 of its {sums}, to be told by another way than the dossier itself: {digest}")

To = Annotated[
    Path | None,
    typer.Option(
        "--to",
        metavar="FOLDER|FILE.zip",
        show_default=False,
        help=N_("Where to put it: a new folder, or a new zip; otherwise a folder called like the case."),
    ),
]
InLanguage = Annotated[
    Language | None,
    typer.Option("--language", show_default=False, help=N_("The language of the dossier; otherwise that of --lang.")),
]
Headers = Annotated[
    bool,
    typer.Option(
        "--headers",
        help=N_("With the headers of all entries of the ledger: they show that nothing of the case is missing."),
    ),
]
NoPdf = Annotated[bool, typer.Option("--no-pdf", help=N_("Without the PDF."))]


def add_dossier(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Make a dossier of a case: its history, its evidence, and proofs that anybody can check.")
    app.command("dossier", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_dossier)


def _dossier(
    case: o.CaseId,
    to: To = None,
    in_language: InLanguage = None,
    personal: Personal = Disclosure.MASKED,
    headers: Headers = False,
    no_pdf: NoPdf = False,
    purpose: Purpose = "",
    by: o.By = "",
    as_json: o.AsJson = False,
) -> None:
    from console.dossier.folder import SUMS
    from console.dossier.page import VERIFIER, Made

    stream, who = case_id(case), reader(by)
    target = to or Path(stream)
    made = Made(by=who, personal=personal, headers=headers, pdf=not no_pdf)
    if target.exists():
        raise typer.BadParameter(_("{file} is there already: name a new one.", file=target), param_hint="--to")
    speaks = in_language or language()
    with at_work(as_json=as_json) as house:
        try:
            if address():
                refuse_another(house, by)
                done = _over_http(house, stream, target, made, speaks, purpose)
            else:
                done = _next_door(house, stream, target, made, speaks, purpose)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise fail(_("{file} cannot be written: {reason}.", file=target, reason=reason), REFUSED) from error
    if as_json:
        print_json(vars(done) | {"path": str(done.path), "case": stream, "personal": personal})
        return
    numbers = {"number": done.entries, "sealed": done.sealed}
    show(_("{file}: {number} entries, {sealed} of them proved.", file=done.path, **numbers))
    show(_(TELL_SUMS, sums=SUMS, digest=done.sums))
    folder = target.with_suffix("") if target.suffix == ".zip" else target
    show(_("To check it: cd {folder} && python {verifier} . --key KEY", folder=folder, verifier=VERIFIER))


def _next_door(house: House, stream: str, target: Path, made: Made, speaks: Language, purpose: str) -> Dossier:
    from console.dossier.folder import make, ready
    from console.dossier.paper import NoPaper
    from ledger.seal.errors import NoSeals, SealRefused

    seals = _seals(house)
    seen(house, stream)
    try:
        ready(made, seals)  # what cannot be made is not recorded as if it had been
        more = {"cases": (stream,), "number": 1, "purpose": purpose}
        note_export(house, made.by, stream, "dossier", Through.DOSSIER, made.personal, **more)  # type: ignore[arg-type]
        return _speaking(speaks, lambda: make(house, stream, target, made, seals))
    except (NoPaper, SealRefused, NoSeals) as error:
        raise fail(str(error), REFUSED) from error


def _over_http(house: House, stream: str, target: Path, made: Made, speaks: Language, purpose: str) -> Dossier:
    from console.remote.dossier import NoDossier, fetch

    try:
        return fetch(house, stream, target, made, speaks, purpose)
    except NoDossier as error:
        raise fail(str(error), REFUSED) from error


def _speaking(chosen: Language, work: Callable[[], T]) -> T:
    """Do this in another language, and go on in the one before."""

    def speak() -> T:
        use(chosen)
        return work()

    return contextvars.copy_context().run(speak)


def _seals(house: House) -> Path:
    if house.seals is None:
        raise Unreachable(_("This program was put together without a place where seals are published."))
    return house.seals
