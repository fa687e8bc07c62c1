"""What the ledger itself writes about a command that was refused, in a stream of its own: nothing waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.message import Event
from domain.refusal import Refused


@dataclass(frozen=True, kw_only=True)
class CommandRefused(Event):
    """A command was refused, with the sentence that the person who asked was told."""

    command: str
    stream: str
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    sentence: str = ""

    @property
    def refusal(self) -> Refused:
        """The refusal as it was raised."""
        return Refused(self.code, **self.params)


def refusal_stream(actor_id: str, command_id: str) -> str:
    """The stream that holds the refusal of one command; ids of two actors never meet in it."""
    actor = actor_id.replace("%", "%25").replace("/", "%2F")
    return f"refused:{actor}/{command_id}"


def sentence_of(refusal: Refused) -> str:
    """The sentence, or the code when its text is missing: a refusal is kept in any case."""
    try:
        return refusal.sentence
    except (KeyError, ImportError, IndexError):
        return refusal.code
