"""What the ledger itself writes about a command that left no other entry, in a stream of its own: nothing waits for it.

It was refused, or accepted with nothing to be done. Without such an entry nobody could prove that it was ever given.
"""

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
    version: int = 0
    """Of the stream, after what was overdue; 0 where there is none."""

    @property
    def refusal(self) -> Refused:
        """The refusal as it was raised."""
        return Refused(self.code, **self.params)


@dataclass(frozen=True, kw_only=True)
class CommandAccepted(Event):
    """A command was accepted, and there was nothing to be done."""

    command: str
    stream: str
    version: int
    """Of the stream."""


def refusal_stream(actor_id: str, command_id: str) -> str:
    """The stream that holds the refusal of one command; ids of two actors never meet in it."""
    return f"refused:{_of_its_own(actor_id, command_id)}"


def acceptance_stream(actor_id: str, command_id: str) -> str:
    """The same for a command that was accepted, and led to nothing."""
    return f"accepted:{_of_its_own(actor_id, command_id)}"


def _of_its_own(actor_id: str, command_id: str) -> str:
    actor = actor_id.replace("%", "%25").replace("/", "%2F")
    return f"{actor}/{command_id}"


def sentence_of(refusal: Refused) -> str:
    """The sentence, or the code when its text is missing: a refusal is kept in any case."""
    try:
        return refusal.sentence
    except (KeyError, ImportError, IndexError):
        return refusal.code
