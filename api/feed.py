"""The ledger as it grows: page by page from a position, or as server-sent events while it happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.asking import CaseId
from api.broadcast import AT_ONCE, Read, Told
from api.description import PREFIX, problems
from api.entries import EntryOut
from api.look import disclose, newest
from api.masking import personal_in
from api.models import LARGEST_NUMBER, Answer, Flag, Within
from api.parts import Parts, parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.words import Language, language_of
from domain.entry import Entry

BREATH = 15.0
"""Seconds without news, after which an open stream is shown to be alive."""

routes = APIRouter(prefix=PREFIX, tags=["ledger"])
Follower = Annotated[Person, needs(Permission.READ_LEDGER)]
Reader = Annotated[Person, needs(Permission.SEE_CASE)]
Position = Annotated[int, Within(0, LARGEST_NUMBER)]
After = Annotated[Position, Query(description="Only entries after this position.")]


class FeedOut(Answer):
    """A part of the ledger."""

    entries: list[EntryOut]
    next: int = Field(description="Ask for what comes after this position.")
    newest: int = Field(description="The position of the newest entry.")
    epoch: str = Field(
        description="The life of this ledger. When it changes, an older backup was put back: begin anew."
    )


@routes.get(
    "/entries",
    operation_id="get_entries",
    summary="The ledger from a position",
    response_model=FeedOut,
    responses=problems(401, 403, 422, 500, 503),
)
def get_entries(
    request: Request,
    person: Follower,
    after: After = 0,
    limit: Annotated[int, Within(1, 1000), Query(description="At most so many entries.")] = 200,
    reveal: Annotated[Flag, Query(description="Show personal data unmasked; it is written down who did.")] = False,
) -> Response:
    """The entries of all streams in the order of the ledger: cases, policies, calendars, departments, refusals."""
    parts = parts_of(request)
    ledger = parts.house.ledger
    entries = ledger.read(after, limit)
    if reveal:
        fields = {name for entry in entries for name in personal_in(entry.event)}
        cases = {entry.stream for entry in entries if personal_in(entry.event)}
        disclose(parts.house, person, "", fields, cases)
    telling = parts.telling(language_of(request))
    told = [telling.entry(entry, reveal=reveal) for entry in entries]
    position = entries[-1].position if entries else after
    return json_answer({"entries": told, "next": position, "newest": ledger.newest(), "epoch": ledger.epoch()})


# ── Server-sent events ───────────────────────────────────────────────────────────────────────────────────────────────

LastEvent = Annotated[
    Position | SkipJsonSchema[None],
    Header(
        alias="Last-Event-ID",
        description="Sent by browsers that connect again: the position of the last event that arrived.",
    ),
]
Begin = Annotated[
    Position | SkipJsonSchema[None],
    Query(description="Begin after this position; without it, with what comes from now on."),
]
EVENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9]+$"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: `id` is the position, `event` the name, `data` the entry as JSON, masked. The stream "
        "ends now and then; whoever connects again with Last-Event-ID misses nothing.",
        "content": {"text/event-stream": {"schema": EVENT}},
    }
}


@routes.get(
    "/events",
    operation_id="follow_ledger",
    summary="The ledger as it grows",
    response_class=StreamingResponse,
    responses=problems(401, 403, 422, 500, 503) | STREAM,
)
async def follow_ledger(
    request: Request, person: Follower, after: Begin = None, last: LastEvent = None
) -> StreamingResponse:
    """Everything that is recorded, as it is recorded (server-sent events)."""
    parts = parts_of(request)
    language = language_of(request)

    def read(position: int) -> list[Told]:
        return _told(parts, language, parts.house.ledger.read(position, AT_ONCE))

    return await _stream(parts, language, last if last is not None else after, lambda entry: True, read)


@routes.get(
    "/cases/{case}/events",
    operation_id="follow_case",
    summary="A case as it goes on",
    response_class=StreamingResponse,
    responses=problems(401, 403, 404, 422, 500, 503) | STREAM,
)
async def follow_case(
    request: Request, person: Reader, case: CaseId, after: Begin = None, last: LastEvent = None
) -> StreamingResponse:
    """What is recorded about a case, as it is recorded (server-sent events)."""
    parts = parts_of(request)
    language = language_of(request)
    stream, _state = await asyncio.to_thread(newest, parts.house, person, case)

    def read(position: int) -> list[Told]:
        later = [entry for entry in parts.house.ledger.history(stream) if entry.position > position]
        return _told(parts, language, later[:AT_ONCE])

    return await _stream(
        parts, language, last if last is not None else after, lambda entry: entry.stream == stream, read
    )


def _told(parts: Parts, language: Language, entries: list[Entry]) -> list[Told]:
    telling = parts.telling(language)
    return [(entry.position, telling.event(entry)) for entry in entries]


async def _stream(
    parts: Parts, language: Language, after: int | None, wanted: Callable[[Entry], bool], read: Read
) -> StreamingResponse:
    """The answer; a ledger that is away is said before it begins."""
    position = after if after is not None else await asyncio.to_thread(parts.house.ledger.newest)
    first = await asyncio.to_thread(read, position)

    async def lines() -> AsyncIterator[bytes]:
        yield b"retry: 2000\n\n"
        ends = time.monotonic() + parts.stream_seconds
        yield _bytes(first)
        begin = first[-1][0] if first else position
        breath = min(BREATH, parts.stream_seconds)
        async for told in parts.broadcast.batches(begin, wanted, language, read, breath=breath):
            yield _bytes(told) or b": still here\n\n"
            if time.monotonic() >= ends:
                return

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(lines(), media_type="text/event-stream", headers=headers)


def _bytes(told: Sequence[Told]) -> bytes:
    return "".join(text for _position, text in told).encode("utf-8", "backslashreplace")
