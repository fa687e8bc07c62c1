"""Personal data made unreadable (`domain.masking`), in the reader's language."""

from __future__ import annotations

from typing import Any

import domain.masking
from console.words import N_, _
from domain.masking import MASKED_TEXT
from domain.personal import HIDDEN

WORDS = (
    N_("‹erased›"),
    N_("‹restricted›"),
    N_("‹locked: its key is not available now›"),
    N_("‹does not open: it was altered, or its key was exchanged›"),
)
"""What stands where a field cannot be read (`domain.personal`)."""


def mask(field: str, value: str) -> str:
    """What may be shown of a personal field to everybody. Empty stays empty."""
    masked = domain.masking.mask(field, value)
    if masked in HIDDEN:
        return _(masked)
    if text := MASKED_TEXT.fullmatch(masked):
        return _("‹{length} characters›", length=int(text[1]))
    return masked


def shown_fields(message: Any, *, reveal: bool) -> dict[str, Any]:
    """The fields of an event or command, personal ones masked unless they are to be revealed."""
    return domain.masking.shown_fields(message, reveal=reveal, masked=mask)
