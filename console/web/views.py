"""Saved views: filters of the worklist under a name, kept on the server; mine, and those that my department shares."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response

from api.person import Permission
from api.saved_views import WHY_NOT, views_of
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.words import N_, _
from ledger.saved_views import LONGEST_NAME, LONGEST_QUERY, SavedView, SavedViews, ViewRefused

TAKEN = N_("Nothing was saved: another view of yours is called that, or there is none of the old name any more.")

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=2000)]
Chosen = Annotated[str, Form(max_length=10)]


def views(at: Desk) -> SavedViews:
    """The views of whoever looks. Raises a problem for whoever sees no worklist."""
    at.need(Permission.SEE_WORKLIST)
    return views_of(at.house, at.visitor.person)


@router.get("/views", include_in_schema=False)
def show(at: AtDesk) -> HTMLResponse:
    """All of them, to be renamed, shared, put in order and removed."""
    return _page(at)


@router.get("/views/new", include_in_schema=False)
def new(at: AtDesk, q: str = "") -> HTMLResponse:
    """The form that keeps the filter of now."""
    views(at)
    return _form(at, "", q[:LONGEST_QUERY])


@router.post("/views/new", include_in_schema=False)
def save(at: AtDesk, name: Text = "", query: Text = "", shared: Chosen = "", start: Chosen = "") -> Response:
    """Keep a filter, and show its list."""
    kept = views(at)
    try:
        view = kept.save(name, query, shared=bool(shared))
    except ViewRefused as refused:
        return _form(at, name, query, _(WHY_NOT[refused.code]), shared=bool(shared), start=bool(start))
    if start:
        kept.begin_with(view.number)
    return at.go(f"/?q={quote(view.query, safe='')}")


@router.post("/views/change", include_in_schema=False)
def change(
    at: AtDesk, before: Text, name: Text = "", query: Text = "", shared: Chosen = "", place: Text = ""
) -> Response:
    """Another name, filter or place; shared, or not any more."""
    kept = views(at)
    if kept.mine(before) is None:
        return _page(at, 409, _(TAKEN))
    try:
        if " ".join(name.split()) != before and not kept.rename(before, name):
            return _page(at, 409, _(TAKEN))
        kept.save(name, query, shared=bool(shared), place=int(place) if place.isdecimal() and len(place) < 4 else None)
    except ViewRefused as refused:
        return _page(at, 422, _(WHY_NOT[refused.code]))
    return at.go("/views")


@router.post("/views/remove", include_in_schema=False)
def remove(at: AtDesk, name: Text) -> Response:
    """Remove one of mine."""
    views(at).remove(name)
    return at.go("/views")


@router.post("/views/start", include_in_schema=False)
def begin(at: AtDesk, number: Annotated[int, Form()] = 0) -> Response:
    """Begin with a view, or with what is mine (0)."""
    kept = views(at)
    if not kept.begin_with(number or None) and number:
        raise HTTPException(404)
    return at.go("/views")


def start_query(at: Desk) -> str | None:
    """The filter that whoever looks begins with; None: as everybody does."""
    return next((view.query for view in views(at).all() if view.is_start), None)


def tabs_of(at: Desk) -> list[SavedView]:
    """The views that stand beside the lists that everybody has."""
    return views(at).all()


def _form(
    at: Desk, name: str, query: str, problem: str = "", *, shared: bool = False, start: bool = False
) -> HTMLResponse:
    return at.page(
        "view_form.html",
        409 if problem else 200,
        name=name,
        query=query,
        shared=shared,
        start=start,
        problem=problem,
        longest=LONGEST_NAME,
        department=at.visitor.actor.department,
    )


def _page(at: Desk, status: int = 200, problem: str = "") -> HTMLResponse:
    return at.page(
        "views.html",
        status,
        views=views(at).all(),
        me=at.visitor.actor.id,
        problem=problem,
        longest=LONGEST_NAME,
        department=at.visitor.actor.department,
    )
