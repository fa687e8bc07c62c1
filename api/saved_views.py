"""Saved views over HTTP: filters of the worklist under a name, mine and those that my department shares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api.description import OF_READING, PREFIX, problems
from api.house import House
from api.models import Answer, Whole
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.problems import Problem
from api.words import N_
from ledger.saved_views import LONGEST_NAME, LONGEST_QUERY, MOST, SavedView, SavedViews, ViewRefused

NOT_KEPT = N_("The view was not kept.")
NOT_HERE = N_("There is no such view.")
WHY_NOT: Mapping[str, str] = {
    "view_name": N_("Nothing was saved: a view needs a name of 1 to 60 characters, and another view must not have it."),
    "view_query": N_("Nothing was saved: the filter is too long, or holds what cannot be shown."),
    "view_names_somebody": N_(
        "Nothing was saved: the view holds what looks like a telephone number or an address. Views are not erased with "
        "a person's data: search for it each time instead."
    ),
    "view_no_department": N_("Nothing was saved: you belong to no department with which the view could be shared."),
    "view_too_many": N_("Nothing was saved: you have 30 views already. Remove one that you no longer need."),
}
"""Why a view cannot be kept."""

routes = APIRouter(prefix=PREFIX, tags=["views"])
Reader = Annotated[Person, needs(Permission.SEE_WORKLIST)]
Named = Annotated[str, Path(description="Name of a view of yours.", max_length=200, examples=["Urgent and mine"])]


class ViewIn(BaseModel):
    """A view as it shall be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    query: str = Field(
        description="A filter of the worklist, as it stands in the address of its page.",
        max_length=LONGEST_QUERY,
        examples=["urgency:urgent owner:me"],
    )
    shared: StrictBool = Field(False, description="Whether my department sees it, too.")
    start: StrictBool = Field(False, description="Whether I begin with it.")
    place: Whole | None = Field(None, description="Its place among my views, from 0; a new one comes last.")


class ViewOut(Answer):
    """A saved view."""

    name: str = Field(max_length=LONGEST_NAME)
    query: str
    owner: str
    mine: bool
    shared: bool = Field(description="Whether the department sees it.")
    department: str = Field(description="Whose members see it; empty: nobody else.")
    place: int
    start: bool = Field(description="Whether I begin with it.")


class ViewsOut(Answer):
    """My views in their order, then those that my department shares."""

    items: list[ViewOut] = Field(description=f"A person may have {MOST} of their own.")


def views_of(house: House, person: Person) -> SavedViews:
    """The views of whoever asks."""
    return SavedViews(house.ledger, person.actor.id, person.actor.department)


@routes.get(
    "/views", operation_id="list_views", summary="Saved views", response_model=ViewsOut, responses=problems(401, 403)
)
def list_views(request: Request, person: Reader) -> Response:
    """The filters that are kept under a name: mine, and those that my department shares."""
    views = views_of(parts_of(request).house, person)
    return json_answer({"items": [_told(view, person) for view in views.all()]})


@routes.put(
    "/views/{name}",
    operation_id="put_view",
    summary="Save a view",
    response_model=ViewOut,
    responses=problems(*OF_READING, 400, 409, 413),
)
def put_view(request: Request, person: Reader, name: Named, body: ViewIn) -> Response:
    """Keep a filter under a name, or change the view of mine that has it. Done twice it is the same."""
    views = views_of(parts_of(request).house, person)
    try:
        view = views.save(name, body.query, shared=body.shared, place=body.place)
    except ViewRefused as refused:
        raise not_kept(refused) from None
    if body.start != view.is_start:
        views.begin_with(view.number if body.start else None)
    found = views.mine(view.name)
    return json_answer(_told(found or view, person))


@routes.delete(
    "/views/{name}",
    operation_id="delete_view",
    summary="Remove a view",
    status_code=204,
    responses=problems(*OF_READING),
)
def delete_view(request: Request, person: Reader, name: Named) -> Response:
    """Remove a view of mine; others keep theirs."""
    if not views_of(parts_of(request).house, person).remove(" ".join(name.split())):
        raise Problem(404, "unknown_view", NOT_HERE, N_("There is no view {name} of yours."), {"name": name[:60]})
    return Response(status_code=204)


def not_kept(refused: ViewRefused) -> Problem:
    """The problem, with its sentence."""
    return Problem(409, refused.code, NOT_KEPT, WHY_NOT[refused.code], outcome="refused")


def _told(view: SavedView, person: Person) -> dict[str, Any]:
    return {
        "name": view.name,
        "query": view.query,
        "owner": view.owner,
        "mine": view.owner == person.actor.id,
        "shared": bool(view.department),
        "department": view.department,
        "place": view.place,
        "start": view.is_start,
    }
