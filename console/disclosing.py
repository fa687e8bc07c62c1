"""What leaves the house of personal data: all of it, traces for whoever knows it already, or a word in its place."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.house import House
from console.masking import mask
from console.words import N_, _
from domain.access import Disclosure, Through
from domain.actor import Actor
from domain.message import Event

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.store import Ledger

Personal = Annotated[
    Disclosure,
    typer.Option("--personal", help=N_("What becomes of personal data: included in full, masked, or withheld.")),
]
Purpose = Annotated[
    str,
    typer.Option(
        "--purpose", metavar="TEXT", show_default=False, help=N_("What it is for; it is recorded with the export.")
    ),
]

SENTENCES = {
    Disclosure.INCLUDED: N_("Personal data is included: this is as confidential as the case itself."),
    Disclosure.MASKED: N_("Personal data is masked: whoever knows it recognises it, nobody else can read it."),
    Disclosure.WITHHELD: N_("Personal data is withheld: a word stands in its place."),
}


WORDS = (N_("‹withheld›"),)
"""What stands in the place of data that is left out (`ledger.exports.disclosed`)."""


def fields_for(ledger: Ledger, choice: Disclosure) -> Callable[[Event], dict[str, Any]]:
    """How the fields of an event are shown, in the reader's language; what is withheld is not even opened."""
    from ledger.exports.disclosed import fields_for as fields

    return fields(ledger, choice, masked=mask, speak=_)


def text_for(ledger: Ledger, choice: Disclosure, field: str, text: str) -> str:
    """One personal text of a case as it is now, in the same way."""
    from ledger.exports.disclosed import text_for as shown

    return shown(ledger, choice, field, text, masked=mask, speak=_)


def note_export(
    house: House,
    who: Actor,
    case: str,
    form: str,
    through: Through,
    personal: Disclosure,
    *,
    cases: Collection[str] = (),
    number: int = 0,
    selection: str = "",
    purpose: str = "",
) -> None:
    """Record that something is about to leave the house (L-05). When that cannot be done, nothing may leave it."""
    from ledger.access import AccessLog

    log = AccessLog(house.recorder)
    more = {"cases": cases, "number": number, "selection": selection, "purpose": purpose}
    log.export(who, case, form, through, personal, **more)  # type: ignore[arg-type]
