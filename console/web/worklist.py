"""The worklist: what is mine, what is nobody's, what is late; live, and filtered by what stands in the URL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.web.desk import AtDesk, Desk
from console.web.filters import KEYS, WORDS, Filter, parse
from console.web.problems import Page
from console.web.views import start_query, tabs_of
from console.web.worklist_cells import cells
from console.web.worklist_rows import KEEP, SHOW, TABS, counted, counts, find, key_of
from console.when import span
from console.words import N_, _
from ledger.follow import places
from ledger.views import NAME as VIEWS

BEHIND = 5
"""Seconds after which a list that lags is said to lag."""
RELAY = "relay"

EXAMPLES = (
    ("due:<4h owner:me", N_("what is mine and due within four hours")),
    ("stage:confirm -is:standing", N_("waits for the customer's word, and time runs")),
    ("kind:complaint urgency:urgent,safety", N_("urgent complaints")),
    ("department:mine is:unassigned", N_("what my department has to give out")),
    ("round:>1 age:>2w", N_("went round more than once, and is older than two weeks")),
    ("ending:withdrawn age:<4w", N_("withdrawn cases of the last four weeks")),
)
"""Filters that teach the language."""

router = APIRouter(route_class=Page)


@router.get("/", include_in_schema=False)
def worklist(at: AtDesk, q: str | None = None, after: str = "") -> HTMLResponse:
    """The whole page; without a filter what is mine. ``after`` is where a page before this one ended."""
    at.need(Permission.SEE_WORKLIST)
    return at.page("worklist.html", **_list(at, _begun(at) if q is None else q, after), **_help())


@router.get("/list", include_in_schema=False)
def part(at: AtDesk, q: str = "", after: str = "", shown: int = SHOW) -> HTMLResponse:
    """The list alone, when something moved: as many lines of it as were shown."""
    at.need(Permission.SEE_WORKLIST)
    return at.page("_list.html", **_list(at, q, after, min(max(shown, SHOW), KEEP)), **_help())


@router.get("/list/more", include_in_schema=False)
def more(at: AtDesk, q: str = "", after: str = "") -> HTMLResponse:
    """The lines that come next, when somebody came to the end of those that are shown."""
    at.need(Permission.SEE_WORKLIST)
    now = at.house.ledger.now()
    return at.page("_lines.html", query=q, **_found(at, parse(q), now, after))


def _begun(at: Desk) -> str:
    """The filter of a list that nobody has asked for by a filter."""
    chosen = start_query(at)
    return TABS[0].query if chosen is None else chosen


def _found(at: Desk, wanted: Filter, now: datetime, after: str, limit: int = SHOW) -> dict[str, Any]:
    found = find(at, wanted, now, limit, after)
    return {"found": found, "cells": cells(found.lines, at.naming, now)}


def _list(at: Desk, query: str, after: str, limit: int = SHOW) -> dict[str, Any]:
    now = at.house.ledger.now()
    wanted = parse(query)
    after = after if key_of(after) else ""
    saved = tabs_of(at)
    follows = _follows(at, now)  # before the list is read: what moves meanwhile is then told by its stream
    return {
        "query": query,
        "after": after,
        "filter": wanted,
        **_found(at, wanted, now, after, limit),
        "tab": next((tab for tab in TABS if tab.query == query.strip()), None),
        "tabs": TABS,
        "saved": saved,
        "counts": counts(at, now, [view.query for view in saved if not parse(view.query).problems]),
        "counted": counted,
        **follows,
    }


def _help() -> dict[str, Any]:
    return {"examples": EXAMPLES, "keys": KEYS, "words": WORDS}


BEHIND_SAID = N_("This list is {span} behind the ledger. The projector does not run, or is catching up.")
STILL_SAID = N_(
    "Time and messages have stood still for {span}: the workflows cannot be reached. Go on working: everything "
    "is saved, and they catch up when they are back."
)


def _follows(at: Desk, now: datetime) -> dict[str, Any]:
    """How far the list is; that it lags, when it does; and that nobody takes the ledger's news to the workflows."""
    ledger = at.house.ledger
    newest, positions = ledger.newest(), {place.name: place.position for place in places(ledger)}

    def lag(follower: str, sentence: str) -> str:
        position = positions.get(follower)
        if position is None or position >= newest:
            return ""
        waiting = ledger.read(position, 1)
        if not waiting or (lag := now - waiting[0].recorded_at).total_seconds() < BEHIND:
            return ""
        return _(sentence, span=span(lag))

    said = {"behind": lag(VIEWS, BEHIND_SAID), "standing_still": lag(RELAY, STILL_SAID)}
    return {"seen": positions.get(VIEWS, 0), **said}
