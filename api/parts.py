"""What routes and pages work with, at hand in each request as ``request.state.parts``, in mounted applications too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from fastapi import Request

from api.broadcast import Broadcast
from api.entries import Telling
from api.house import House
from api.person import Identity
from api.words import Language, Words

if TYPE_CHECKING:  # which needs this file
    from api.exports import Dossiers


@dataclass(frozen=True)
class Parts:
    """The house, who finds out who asks, and the words that people read."""

    house: House
    identity: Identity
    words: Words
    stream_seconds: float = 900.0
    """How long a stream of events may go on; who connects again is looked at again, whether they still may."""
    dossiers: Dossiers | None = None
    """Makes dossiers; None: this server makes none."""

    @cached_property
    def broadcast(self) -> Broadcast:
        """Tells what is recorded to whoever listens; begins with the first of them."""
        return Broadcast(self.house.ledger, lambda entry, language: self.telling(language).event(entry))

    def telling(self, language: Language) -> Telling:
        """Tells entries in a language."""
        return Telling(self.house.ledger, self.words, language)


def parts_of(request: Request) -> Parts:
    """The parts of the application that a request came to."""
    parts: Parts = request.state.parts
    return parts
