"""Pages that follow what happens: server-sent events that say what moved; the page asks for the rest."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.parts import parts_of
from api.person import Permission
from console.web.case import looked_at
from console.web.desk import AtDesk, Desk
from console.web.feed import Listener, Moved, views_at
from console.web.problems import Page
from ledger.errors import LedgerError

LOOK = 1.0
"""Seconds after which it is looked whether the page is still open, and the server still goes on."""
BREATH = 15.0
"""Seconds after which an open line is shown to be alive."""
GATHER = 0.3
"""Seconds in which what moves is gathered, so that a busy ledger does not keep a page busy."""
START = 2.0
"""Seconds that a page waits for the feed to begin."""
LIST_EVERY = 0.7
"""Seconds between two words that the worklist moved: the first goes out at once, what follows it waits so long."""

router = APIRouter(route_class=Page)


@router.get("/live", include_in_schema=False)
async def live(at: AtDesk, case: str = "", seen: str = "") -> StreamingResponse:
    """Server-sent events: ``case`` when this case moved, ``list`` when the worklist did, ``away`` and ``back``.

    ``seen`` is how far the read models were when the page's list was made.
    """
    if case:
        await run_in_threadpool(looked_at, at, case)
    else:
        at.need(Permission.SEE_WORKLIST)
    events = _events(at, case, int(seen) if seen.isdecimal() and len(seen) < 19 else None)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(at: Desk, case: str, seen: int | None) -> AsyncIterator[str]:
    """Until the page is closed, the server stops, or it is time to look again whether they still may.

    The first thing told is where the case stands now, or that the list moved: since its page was made.
    """
    request, feed = at.request, at.console.feed
    parts, began, breathed, away = parts_of(request), time.monotonic(), time.monotonic(), False
    listed, list_moved = 0.0, False
    with feed.listening() as listener:
        yield "retry: 2000\n\n"
        if case and (version := await run_in_threadpool(_stands, at, case)):
            yield _event("case", {"case": case, "version": version})
        if seen is not None and not case:
            list_moved = await run_in_threadpool(_moved_since, at, seen)
        while not parts.broadcast.closed and not await request.is_disconnected():
            now = time.monotonic()
            if now - began > parts.stream_seconds:
                return
            if now - breathed > BREATH:
                breathed = now
                yield ": still here\n\n"
            if list_moved and now - listed >= LIST_EVERY:
                listed, list_moved = now, False
                yield _event("list", {})
            moved = await _next(listener, listed + LIST_EVERY - now if list_moved else LOOK)
            if moved is None:
                continue
            if moved.away != away:
                away = moved.away
                yield _event("away" if away else "back", {})
            list_moved = list_moved or (moved.views and not case)
            if case in moved.versions:
                yield _event("case", {"case": case, "version": moved.versions[case]})
                await asyncio.sleep(GATHER)


async def _next(listener: Listener, seconds: float) -> Moved | None:
    """All that moved until now, waiting for the first of it so long at most; None when nothing did."""
    try:
        moved = await asyncio.wait_for(listener.queue.get(), seconds)
    except TimeoutError:
        return None
    while not listener.queue.empty():
        moved = moved.and_then(listener.queue.get_nowait())
    return moved


def _stands(at: Desk, case: str) -> int:
    """The newest version of the case; 0 when it cannot be asked for just now."""
    at.console.feed.wait(START)
    try:
        version, _state = at.house.recorder.load(case)
    except LedgerError:
        return 0
    return version


def _moved_since(at: Desk, seen: int) -> bool:
    """Whether the read models are further than they were when a list was made."""
    at.console.feed.wait(START)
    try:
        return views_at(at.house.ledger) > seen
    except LedgerError:
        return False


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
