"""Figures over HTTP: how many cases, by what, in a period and now; the numbers of the console's page *Today*."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from api.description import PREFIX, problems
from api.models import Answer, Name, Within
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from ledger.figures import Asked
from ledger.pages import EVERYTHING
from ledger.today import Today, today

routes = APIRouter(prefix=PREFIX, tags=["figures"])
Reader = Annotated[Person, needs(Permission.SEE_FIGURES)]
LONGEST = 400
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


def _day(value: Any) -> date:
    """A day as RFC 3339 writes it."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError("not_a_day", "Input should be a day such as 2026-11-25")


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]


class FiguresAsked(BaseModel):
    """Of which time, and of which cases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    days: Annotated[int, Within(1, LONGEST)] = Field(28, description="How many days. More than 31 are told by weeks.")
    until: Day | SkipJsonSchema[None] = Field(
        None, description="The last day of the period; today, if not said. Years before 2000 count as 2000."
    )
    kind: Name | SkipJsonSchema[None] = Field(None, examples=["complaint"])
    department: Name | SkipJsonSchema[None] = None


class FigureOut(Answer):
    """One number."""

    set: str = Field(description="What is counted: cases `opened`, `closed`, `open`, `breached`, `offered` …")
    part: str = Field(description="By what it is told apart: `day`, `kind`, `stage` …; empty: the whole set.")
    value: str = Field(description="Which part; days and bands by their place, from 0.")
    cases: int = Field(description="How many cases; a case counts once.")


class BreachesOut(Answer):
    """How many cases broke a time limit on one of the days."""

    limit: str
    day: int = Field(description="Its place in `days`, from 0.")
    cases: int


class TakenOut(Answer):
    """How long cases took from receipt to closing."""

    kind: str = Field(description="Empty: all kinds.")
    cases: int
    median: int = Field(description="Seconds; half of them took no longer.")
    ninetieth: int = Field(description="Seconds; nine of ten took no longer.")
    calendar: str = Field(description="Whose working time it is; empty: round the clock.")


class FiguresOut(Answer):
    """The figures of a period, and of now."""

    days: list[str] = Field(description="Where each day, or week, of the period begins; and where the last one ends.")
    figures: list[FigureOut]
    breaches: list[BreachesOut]
    taken: list[TakenOut]


@routes.get(
    "/figures",
    operation_id="get_figures",
    summary="Figures",
    response_model=FiguresOut,
    responses=problems(401, 403, 422, 500, 503),
)
def get_figures(request: Request, person: Reader, asked: Annotated[FiguresAsked, Query()]) -> Response:
    """How many cases were opened, closed, late, handed over, rated; how many are open, and since when.

    Only cases that you see are counted.
    """
    house = parts_of(request).house
    sight = person.sight.condition if person.sight is not None else EVERYTHING
    wanted = Asked.of(
        house.ledger.now(),
        asked.days,
        until=asked.until and max(EARLIEST, min(asked.until, LATEST)),
        kind=asked.kind,
        department=asked.department,
        sight=sight,
    )
    return json_answer(as_data(today(house.ledger, house.recorder.papers, wanted)))


def as_data(found: Today) -> dict[str, Any]:
    """The figures as programs get them, over HTTP and on the command line."""
    return {
        "days": found.asked.days,
        "figures": found.counted,
        "breaches": [{"limit": limit, "day": day, "cases": cases} for limit, day, cases in found.breaches],
        "taken": found.taken,
    }
