"""How personal data leaves the house: all of it, traces for whoever knows it already, or a word in its place."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from domain.access import Disclosure
from domain.masking import Mask, mask, shown_fields
from domain.message import Event
from domain.personal import HIDDEN, each_personal, personal_fields
from ledger.canonical import plain
from ledger.exports.told import Withheld
from ledger.store import Ledger

WITHHELD = "‹withheld›"
"""What stands in the place of data that is left out."""

Speak = Callable[[str], str]
"""A word in the reader's language."""


def fields_for(
    ledger: Ledger, choice: Disclosure, *, masked: Mask = mask, speak: Speak = str
) -> Callable[[Event], dict[str, Any]]:
    """How the fields of an event are shown; what is withheld is not even opened."""
    if choice is Disclosure.WITHHELD:
        return lambda event: _without_personal(event, speak(WITHHELD))

    def shown(event: Event) -> dict[str, Any]:
        values = shown_fields(ledger.opened(event), reveal=choice is Disclosure.INCLUDED, masked=masked)
        return {name: _spoken(value, speak) for name, value in values.items()}

    return shown


def text_for(
    ledger: Ledger, choice: Disclosure, field: str, text: str, *, masked: Mask = mask, speak: Speak = str
) -> str:
    """One personal text of a case as it is now, in the same way."""
    if not text:
        return text
    if choice is Disclosure.WITHHELD:
        return speak(WITHHELD)
    opened = ledger.opened_text(text)
    return masked(field, opened) if choice is Disclosure.MASKED or opened in HIDDEN else opened


def _spoken(value: Any, speak: Speak) -> Any:
    """What stands where nothing can be read, in the reader's language; all else as it is."""
    return speak(value) if isinstance(value, str) and value in HIDDEN else value


def _without_personal(event: Event, word: str) -> dict[str, Any]:
    """Its fields with a word in the place of personal texts, in records within it too."""
    values = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}  # type: ignore[arg-type]
    marked = personal_fields(type(event))
    if marked:
        written = {name: plain(value) for name, value in values.items()}
        left = each_personal(type(event), written, lambda mark, path, text: word)
        for name in marked:
            if left[name] != written[name]:
                values[name] = Withheld(word) if isinstance(left[name], str) else left[name]
    return values
