"""Pages that follow what happens: server-sent events that say what moved; the page asks for the rest."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.parts import parts_of
from api.person import Permission
from console.web.case import looked_at
from console.web.desk import AtDesk
from console.web.feed import Feed
from console.web.problems import Page

LOOK = 1.0
"""Seconds after which it is looked whether the page is still open, and the server still goes on."""
BREATH = 15.0
"""Seconds after which an open line is shown to be alive."""
GATHER = 0.3
"""Seconds in which what moves is gathered, so that a busy ledger does not keep a page busy."""

router = APIRouter(route_class=Page)


@router.get("/live", include_in_schema=False)
async def live(at: AtDesk, case: str = "") -> StreamingResponse:
    """Server-sent events: ``case`` when this case moved, ``list`` when the worklist did, ``away`` and ``back``."""
    if case:
        await run_in_threadpool(looked_at, at, case)
    else:
        at.need(Permission.SEE_WORKLIST)
    events = _events(at.request, at.console.feed, case)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


async def _events(request: Request, feed: Feed, case: str) -> AsyncIterator[str]:
    """Until the page is closed, the server stops, or it is time to look again whether they still may."""
    parts, began, told_at, away = parts_of(request), time.monotonic(), time.monotonic(), False
    with feed.listening() as listener:
        yield "retry: 2000\n\n"
        while not parts.broadcast.closed and not await request.is_disconnected():
            now = time.monotonic()
            if now - began > parts.stream_seconds:
                return
            if now - told_at > BREATH:
                told_at = now
                yield ": still here\n\n"
            try:
                moved = await asyncio.wait_for(listener.queue.get(), LOOK)
            except TimeoutError:
                continue
            while not listener.queue.empty():
                moved = moved.and_then(listener.queue.get_nowait())
            if moved.away != away:
                away = moved.away
                yield _event("away" if away else "back", {})
            if case in moved.versions:
                yield _event("case", {"case": case, "version": moved.versions[case]})
            if moved.views and not case:
                yield _event("list", {})
            await asyncio.sleep(GATHER)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"
