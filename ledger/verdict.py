"""Decides one command on one state of its stream, and puts the answer into rows: no input or output here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from eventsourcing.persistence import StoredEvent

from domain.actor import WORKFLOW
from domain.context import Context, Shelf
from domain.message import Event
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.canonical import canonical
from ledger.codec import Codec, Draft, Origin
from ledger.folds import Fold
from ledger.keys.sealing import Sealing
from ledger.refused import CommandAccepted, CommandRefused, acceptance_stream, refusal_stream, sentence_of
from ledger.submission import Asked, Receipt


@dataclass(frozen=True)
class Verdict:
    """The outcome of a command and everything that is to be written about it."""

    asked: Asked
    receipt: Receipt
    fold: Fold
    """The stream after it."""
    entries: tuple[StoredEvent, ...]
    own: int
    """How many of the entries belong to the stream. What was refused, or led to none, has its own behind them."""
    command: tuple[Any, ...]
    matter: tuple[bytes, str] | None


def decide(
    asked: Asked,
    *,
    stream: str,
    fold: Fold,
    now: datetime,
    sheet: Sheet | None,
    shelf: Shelf,
    codec: Codec,
    sealing: Sealing,
    same_matter: str | None = None,
) -> Verdict:
    """First what is overdue, whoever asks for what; then the command itself, or its refusal.

    ``stream`` is the stream's id; of a stream that is only being opened the one that it will have.
    ``same_matter`` is the stream that this matter opened already. ``sealing`` may look into the key store, and raises
    KeysUnavailable when personal data is to be written while that is away.
    """
    now = max(now, fold.recorded_at)
    drafts: list[tuple[Draft, datetime, Any]] = []
    state = fold.state

    def add(event: Event, happened_at: datetime, actor: Any) -> None:
        nonlocal state
        number = fold.version + len(drafts) + 1
        draft = codec.draft(event, lambda kind, data: sealing.event(kind, data, number))
        drafts.append((draft, min(draft.event.instant or happened_at, now), actor))
        state = asked.kind.evolve(state, draft.event)

    refusal: Refused | None = None
    try:
        if fold.version:
            for event in asked.kind.overdue(state, now):
                add(event, now, WORKFLOW)
        elif not asked.may_open:
            raise Refused("unknown_case", case=asked.stream)
        if asked.happened_at is not None and asked.happened_at > now:
            raise Refused("happened_in_future")
        if asked.expected_version is not None and asked.expected_version != fold.version:
            raise Refused("version_moved", version=fold.version)
        if same_matter is not None:
            raise Refused("same_matter", case=same_matter)
        if (closed := sealing.refusal(type(asked.command), asked.data)) is not None:
            raise closed
        hold = timedelta(seconds=asked.hold)
        context = Context(stream, now, asked.by, sheet, shelf, asked.happened_at, sealing.subject, hold)
        for event in asked.kind.decide(state, asked.command, context):
            add(event, asked.happened_at or now, asked.by)
    except Refused as error:
        refusal = error
    if refusal is not None and not fold.version:
        stream = asked.stream

    body = canonical(asked.body(sealing.command(type(asked.command), asked.data, asked.command_id)))
    digest = hashlib.sha256(asked.salt + body).digest()
    entries = []
    for number, (draft, happened_at, actor) in enumerate(drafts, fold.version + 1):
        origin = Origin(now, happened_at, actor, asked.command_id, digest)
        entries.append(StoredEvent(stream, number, type(draft.event).__name__, codec.encode(draft, origin)))
    own = len(entries)
    if own:
        fold = Fold(fold.version + own, state, hashlib.sha256(entries[-1].state).digest(), now)
    if refusal is not None:
        entries.append(_refusal_entry(asked, stream, fold.version, refusal, now, codec, digest))
    elif not own:
        entries.append(_acceptance_entry(asked, stream, fold.version, now, codec, digest))
    names = tuple(entry.topic for entry in entries[:own])
    return Verdict(
        asked=asked,
        receipt=Receipt(
            stream=stream,
            command_id=asked.command_id,
            accepted=refusal is None,
            refusal=refusal,
            version=fold.version,
            position=0,
            events=names,
            recorded_at=now,
            repeated=False,
        ),
        fold=fold,
        entries=tuple(entries),
        own=own,
        command=(
            asked.by.id,
            asked.command_id,
            stream or None,
            asked.name,
            asked.salt,
            digest,
            body.decode(),
            asked.actor,
            asked.expected_version,
            now,
            "accepted" if refusal is None else "refused",
            _refusal_json(refusal) if refusal is not None else None,
            list(names),
            fold.version - own + 1,
            fold.version,
        ),
        matter=(asked.matter, stream) if asked.matter is not None and refusal is None else None,
    )


def _refusal_entry(
    asked: Asked, stream: str, version: int, refusal: Refused, now: datetime, codec: Codec, digest: bytes
) -> StoredEvent:
    event = CommandRefused(
        command=asked.name,
        stream=stream,
        code=refusal.code,
        params=refusal.params,
        sentence=sentence_of(refusal),
        version=version,
    )
    return _own_entry(refusal_stream(asked.by.id, asked.command_id), event, asked, now, codec, digest)


def _acceptance_entry(
    asked: Asked, stream: str, version: int, now: datetime, codec: Codec, digest: bytes
) -> StoredEvent:
    event = CommandAccepted(command=asked.name, stream=stream, version=version)
    return _own_entry(acceptance_stream(asked.by.id, asked.command_id), event, asked, now, codec, digest)


def _own_entry(stream: str, event: Event, asked: Asked, now: datetime, codec: Codec, digest: bytes) -> StoredEvent:
    """What the ledger itself writes; no personal data is in it."""
    origin = Origin(now, now, asked.by, asked.command_id, digest)
    draft = codec.draft(event, lambda _, data: data)
    return StoredEvent(stream, 1, type(event).__name__, codec.encode(draft, origin))


def _refusal_json(refusal: Refused) -> str:
    """Code, parameters and the sentence of that day."""
    return canonical({"code": refusal.code, "params": dict(refusal.params), "sentence": sentence_of(refusal)}).decode()
