"""Entries of the ledger as programs get them: who, when, what happened in a sentence, and the fields, masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from api.masking import fields_of
from api.models import Answer
from api.plain import as_json, as_plain
from api.words import Language, Words
from domain.entry import Entry
from ledger.canonical import instant
from ledger.refused import CommandRefused
from ledger.store import Ledger


@dataclass(frozen=True)
class Telling:
    """Tells entries in a language."""

    ledger: Ledger
    words: Words
    language: Language

    def entry(self, entry: Entry, *, reveal: bool = False) -> dict[str, Any]:
        """One entry; its personal fields are opened here, and masked unless they are to be revealed."""
        event = entry.event
        return {
            "stream": entry.stream,
            "version": entry.version,
            "position": entry.position,
            "event": type(event).__name__,
            "class_version": type(event).class_version,
            "recorded_at": instant(entry.recorded_at),
            "happened_at": instant(entry.happened_at),
            "actor": as_plain(entry.actor),
            "command_id": entry.command_id,
            "sentence": self.sentence(entry),
            "data": fields_of(self.ledger.opened(event), reveal=reveal),
        }

    def event(self, entry: Entry) -> str:
        """One entry as a server-sent event; its personal data masked."""
        return f"id: {entry.position}\nevent: {type(entry.event).__name__}\ndata: {as_json(self.entry(entry))}\n\n"

    def sentence(self, entry: Entry) -> str:
        """What happened; of a refusal what the person who asked was told."""
        event = entry.event
        if isinstance(event, CommandRefused):
            return self.words.refusal(event.refusal, self.language)
        return self.words.sentence(type(event), self.language)


class ActorOut(Answer):
    """Who asked, as they were at that moment."""

    id: str
    roles: list[str]
    department: str


class EntryOut(Answer):
    """One line of the ledger."""

    stream: str = Field(description="What it belongs to: a case, a policy, a calendar, a department.")
    version: int = Field(description="1 for the first entry of the stream, without gaps.")
    position: int = Field(description="Its place in the order of the whole ledger, with gaps.")
    event: str = Field(description="Name of the event.", examples=["RemedyProposed"])
    class_version: int
    recorded_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    happened_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    actor: ActorOut
    command_id: str
    sentence: str = Field(description="What happened, for people.")
    data: dict[str, Any] = Field(description="The fields of the event; personal ones masked, unless revealed.")


class StreamOut(Answer):
    """What happened, in order."""

    stream: str
    version: int
    entries: list[EntryOut]


def stream_out(telling: Telling, stream: str, entries: Sequence[Entry]) -> dict[str, Any]:
    """All of what happened to a policy or a department, as `StreamOut` describes it; masked."""
    return {"stream": stream, "version": len(entries), "entries": [telling.entry(entry) for entry in entries]}
