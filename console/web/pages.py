"""Mounts the pages on the application: one module for each page, with its template."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import Response
from fastapi.staticfiles import StaticFiles
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from api.house import House
from console.web import (
    account,
    assigning,
    calendars,
    case,
    customer,
    customer_link,
    customers,
    doing,
    entry,
    evidence,
    exports,
    language,
    live,
    opening,
    palette,
    people,
    policies,
    policies_acts,
    policies_whatif,
    proofs,
    read_log,
    replay,
    sign_in,
    today,
    unmasked,
    views,
    webhooks,
    worklist,
)
from console.web.desk import Console
from console.web.problems import Page
from console.web.rendering import STATIC

PAGES: tuple[APIRouter, ...] = (
    worklist.router,
    views.router,
    opening.router,
    case.router,
    doing.router,
    evidence.router,
    assigning.router,
    palette.router,
    live.router,
    language.router,
    sign_in.router,
    entry.router,
    account.router,
    unmasked.router,
    people.router,
    customer.router,
    customer_link.router,
    customers.router,
    replay.router,
    proofs.router,
    exports.router,
    read_log.router,
    today.router,
    policies.router,
    policies_acts.router,
    policies_whatif.router,
    calendars.router,
    webhooks.router,
)
"""The pages, in the order in which their addresses are tried. Add yours here, and its line in `navigation`."""

FOR_GOOD = "public, max-age=31536000, immutable"


class Static(StaticFiles):
    """Files that browsers keep: their addresses change with their content."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One file."""

        async def keeping(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200 and scope["query_string"]:
                headers = message["headers"]
                assert isinstance(headers, list)
                headers.append((b"cache-control", FOR_GOOD.encode()))
            await send(message)

        await super().__call__(scope, receive, keeping)  # type: ignore[arg-type]


def mount(app: FastAPI, house: House, pages: tuple[APIRouter, ...] = PAGES) -> None:
    """Add the pages. Call it last: whatever no route is for, outside of the API, becomes a page that says so."""
    app.state.console = Console.of(house)
    app.mount("/static", Static(directory=STATIC), name="static")
    for page in pages:
        app.include_router(page)
    app.include_router(nothing_here)


class OutsideOfTheApi(Page):
    """A page for every address that is not the API's: programs get answers that programs read."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the address is a page's."""
        ours = not scope["path"].startswith(("/api/", "/health/"))
        return super().matches(scope) if ours else (Match.NONE, {})


nothing_here = APIRouter(route_class=OutsideOfTheApi)


@nothing_here.get("/{path:path}", include_in_schema=False)
def nothing(request: Request, path: str) -> Response:
    """There is no such page."""
    raise HTTPException(404)
