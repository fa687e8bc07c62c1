"""The worklist: what is mine, what is nobody's, what is late; live, and filtered by what stands in the URL."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.web.desk import AtDesk, Desk
from console.web.filters import KEYS, WORDS, parse
from console.web.problems import Page
from console.web.worklist_rows import SHOW, TABS, counts, find
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
def worklist(at: AtDesk, q: str | None = None) -> HTMLResponse:
    """The whole page; without a filter what is mine."""
    at.need(Permission.SEE_WORKLIST)
    query = TABS[0].query if q is None else q
    return at.page("worklist.html", **_list(at, query), counts=counts(at, at.house.ledger.now()), **_help())


@router.get("/list", include_in_schema=False)
def part(at: AtDesk, q: str = "") -> HTMLResponse:
    """The list alone, when something moved."""
    at.need(Permission.SEE_WORKLIST)
    return at.page("_list.html", **_list(at, q), counts=counts(at, at.house.ledger.now()), **_help())


def _list(at: Desk, query: str) -> dict[str, Any]:
    now = at.house.ledger.now()
    wanted = parse(query)
    tab = next((tab for tab in TABS if tab.query == query.strip()), None)
    return {
        "query": query,
        "filter": wanted,
        "found": find(at, wanted, now),
        "tab": tab,
        "tabs": TABS,
        "show": SHOW,
        "now": now,
        "behind": _behind(at, now),
        "standing_still": _standing_still(at, now),
    }


def _help() -> dict[str, Any]:
    return {"examples": EXAMPLES, "keys": KEYS, "words": WORDS}


def _behind(at: Desk, now: datetime) -> str:
    """That the list lags, when it does."""
    return _lag(
        at, VIEWS, now, N_("This list is {span} behind the ledger. The projector does not run, or is catching up.")
    )


def _standing_still(at: Desk, now: datetime) -> str:
    """That time and messages stand still, when nobody takes the ledger's news to the workflows."""
    return _lag(
        at,
        RELAY,
        now,
        N_(
            "Time and messages have stood still for {span}: the workflows cannot be reached. Go on working: everything "
            "is saved, and they catch up when they are back."
        ),
    )


def _lag(at: Desk, follower: str, now: datetime, sentence: str) -> str:
    ledger = at.house.ledger
    place = next((place for place in places(ledger) if place.name == follower), None)
    if place is None or place.position >= ledger.newest():
        return ""
    waiting = ledger.read(place.position, 1)
    if not waiting or (lag := now - waiting[0].recorded_at).total_seconds() < BEHIND:
        return ""
    return _(sentence, span=span(lag))
