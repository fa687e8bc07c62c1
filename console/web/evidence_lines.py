"""The evidence of a case as lines of its page: name, kind, size, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from console.look import Seen
from console.masking import mask
from console.web.desk import Desk
from console.words import N_, _
from ledger.evidence.items import Item, items_of

UNITS = ("B", "KB", "MB", "GB")
IN_QUARANTINE = N_("in quarantine")
DELETED = N_("deleted")
RETRACTED = N_("retracted")
ELSEWHERE = N_("kept elsewhere")


@dataclass(frozen=True)
class Piece:
    """One piece of evidence for the page."""

    number: str
    name: str
    kind: str
    size: str
    sha256: str
    given_by: str
    state: str
    """What keeps it from being opened; empty when nothing does."""


def pieces(at: Desk, found: Seen) -> list[Piece]:
    """All of them, in the order in which they came; names masked unless they are to be shown."""
    return [_piece(at, item) for item in items_of(found.id, found.entries).values()]


def _piece(at: Desk, item: Item) -> Piece:
    name = at.house.ledger.opened_text(item.name)
    state = _state(item)
    return Piece(
        item.number,
        name if at.reveal else mask("name", name),
        item.media_type,
        size_text(item.size),
        item.sha256,
        item.given_by,
        _(state) if state else "",
    )


def _state(item: Item) -> str:
    if item.quarantined is not None:
        return IN_QUARANTINE
    if item.purged:
        return DELETED
    if item.retracted:
        return RETRACTED
    return "" if item.stored_as else ELSEWHERE


def size_text(size: int) -> str:
    """In the largest unit that fits."""
    number, unit = float(size), 0
    while number >= 1000 and unit < len(UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.1f} {UNITS[unit]}" if unit else f"{size} B"
