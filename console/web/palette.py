"""Looking for a case from anywhere: what is typed into the palette, by number or by a word of its line."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.web.desk import AtDesk
from console.web.filters import parse
from console.web.problems import Page
from console.web.worklist_rows import find

MOST = 8

router = APIRouter(route_class=Page)


@router.get("/palette", include_in_schema=False)
def cases(at: AtDesk, q: str = "") -> HTMLResponse:
    """The open cases that fit, as lines of the palette."""
    at.need(Permission.SEE_WORKLIST)
    wanted = parse(q.strip())
    found = find(at, wanted, at.house.ledger.now(), MOST).lines if q.strip() and not wanted.problems else ()
    return at.page("_palette.html", lines=found)
