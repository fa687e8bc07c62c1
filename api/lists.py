"""Lists of cases: the worklist, those that are due first on top, and all cases, the newest first; page by page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import SkipJsonSchema

from api.description import PREFIX, problems
from api.models import Answer, Flag, Instant, Name, Within, answer_of
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from domain.summary import Summary
from domain.words import Channel, Complexity, Ending, Stage, Urgency
from ledger import pages
from ledger.follow import places
from ledger.pages import Key
from ledger.views import NAME

MOST = 500
CURSOR = r"^(-?[0-9]{1,16})?[.]-?[0-9]{1,16}[.]C-[0-9]{4}-[0-9]{6,12}$"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
routes = APIRouter(prefix=PREFIX, tags=["cases"])
Reader = Annotated[Person, needs(Permission.SEE_WORKLIST)]

LineOut: Any = create_model("CaseLine", __base__=answer_of(Summary), __doc__="One line about a case.")


class PageOut(Answer):
    """A page of a list."""

    items: list[LineOut]
    next: str | None = Field(description="The cursor of the next page; null after the last one.")
    position: int = Field(description="How far the lists have followed the ledger: compare the position of a receipt.")


class Filters(BaseModel):
    """Which cases; whoever names several filters wants all of them to hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Name | SkipJsonSchema[None] = Field(None, examples=["complaint"])
    stage: Stage | SkipJsonSchema[None] = None
    urgency: Urgency | SkipJsonSchema[None] = None
    complexity: Complexity | SkipJsonSchema[None] = None
    category: Name | SkipJsonSchema[None] = None
    channel: Channel | SkipJsonSchema[None] = None
    department: Name | SkipJsonSchema[None] = None
    responsible: Name | SkipJsonSchema[None] = Field(None, description="With this person, or offered to them.")
    due_before: Instant | SkipJsonSchema[None] = Field(None, description="With a time limit that is due before.")
    overdue: Flag | SkipJsonSchema[None] = Field(None, description="Whether a running time limit has passed.")
    received_from: Instant | SkipJsonSchema[None] = None
    received_before: Instant | SkipJsonSchema[None] = None
    cursor: Annotated[str, Field(pattern=CURSOR)] | SkipJsonSchema[None] = Field(
        None, description="`next` of the page before; with the same filters."
    )
    limit: Annotated[int, Within(1, MOST)] = 100


class AllFilters(Filters):
    """The same, and those that only make sense among ended cases."""

    ending: Ending | SkipJsonSchema[None] = None
    over: Flag | SkipJsonSchema[None] = Field(None, description="Whether all is done, also after the closing.")


@routes.get(
    "/worklist",
    operation_id="get_worklist",
    summary="The worklist",
    response_model=PageOut,
    responses=problems(401, 403, 422, 500, 503),
)
def get_worklist(request: Request, person: Reader, filters: Annotated[Filters, Query()]) -> Response:
    """Open cases, what is late or due first on top; those without a running time limit come last, oldest first."""
    return _page(request, person, filters, pages.worklist)


@routes.get(
    "/cases",
    operation_id="list_cases",
    summary="All cases",
    response_model=PageOut,
    responses=problems(401, 403, 422, 500, 503),
)
def list_cases(request: Request, person: Reader, filters: Annotated[AllFilters, Query()]) -> Response:
    """All cases, open and ended, the newest first."""
    return _page(request, person, filters, pages.cases)


def _page(request: Request, person: Person, filters: Filters, ask: Callable[..., pages.Rows]) -> Response:
    ledger = parts_of(request).house.ledger
    asked = filters.model_dump(mode="python", exclude={"cursor", "limit"}, exclude_none=True)
    after = read_cursor(filters.cursor) if filters.cursor is not None else None
    sight = person.sight.condition if person.sight is not None else pages.EVERYTHING
    rows = ask(ledger, {name: _value(value) for name, value in asked.items()}, after, filters.limit + 1, sight)
    more = len(rows) > filters.limit
    rows = rows[: filters.limit]
    cursor = write_cursor(Key.of(rows[-1])) if more else None
    position = next((place.position for place in places(ledger) if place.name == NAME), 0)
    return json_answer({"items": rows, "next": cursor, "position": position})


def _value(value: Any) -> Any:
    return str(value) if isinstance(value, str) else value


def write_cursor(key: Key) -> str:
    """A key as a text that nobody else need understand."""
    due = "" if key.due is None else (key.due - EPOCH) // MICROSECOND
    return f"{due}.{(key.received - EPOCH) // MICROSECOND}.{key.case}"


def read_cursor(text: str) -> Key:
    """The key that a cursor stands for."""
    due, received, case = text.split(".")
    return Key(EPOCH + int(due) * MICROSECOND if due else None, EPOCH + int(received) * MICROSECOND, case)
