"""What leaves the house of personal data: all of it, traces for whoever knows it already, or a word in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console.house import House
from console.masking import shown_fields
from console.words import N_, _
from domain.access import Disclosure, Through
from domain.actor import Actor
from domain.message import Event
from domain.personal import HIDDEN, each_personal, personal_fields

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


def withheld_word() -> str:
    """What stands in the place of data that is left out."""
    return _("‹withheld›")


def fields_for(ledger: Ledger, choice: Disclosure) -> Callable[[Event], dict[str, Any]]:
    """How the fields of an event are shown; what is withheld is not even opened."""
    if choice is Disclosure.WITHHELD:
        return _without_personal

    def shown(event: Event) -> dict[str, Any]:
        values = shown_fields(ledger.opened(event), reveal=choice is Disclosure.INCLUDED)
        return {name: _spoken(value) for name, value in values.items()}

    return shown


def _spoken(value: Any) -> Any:
    """What stands where nothing can be read, in the reader's language; all else as it is."""
    return _(value) if isinstance(value, str) and value in HIDDEN else value


def text_for(ledger: Ledger, choice: Disclosure, field: str, text: str) -> str:
    """One personal text of a case as it is now, in the same way."""
    from console.masking import mask

    if not text:
        return text
    if choice is Disclosure.WITHHELD:
        return withheld_word()
    opened = ledger.opened_text(text)
    return mask(field, opened) if choice is Disclosure.MASKED or opened in HIDDEN else opened


def _without_personal(event: Event) -> dict[str, Any]:
    """Its fields with a word in the place of personal texts, in records within it too."""
    from ledger.canonical import plain
    from ledger.exports.told import Withheld

    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}  # type: ignore[arg-type]
    marked = personal_fields(type(event))
    if marked:
        word = withheld_word()
        written = {name: plain(value) for name, value in values.items()}
        left = each_personal(type(event), written, lambda mark, path, text: word)
        for name in marked:
            if left[name] != written[name]:
                values[name] = Withheld(word) if isinstance(left[name], str) else left[name]
    return values


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
