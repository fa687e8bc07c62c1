"""What a program needs to fold a case by itself: sheets and calendars by their digests, and where the ledger is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from api.description import OF_READING, PREFIX, problems
from api.models import Answer
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.problems import Problem
from api.words import N_
from ledger.canonical import plain
from ledger.errors import UnknownCalendar, UnknownSheet

routes = APIRouter(prefix=PREFIX)
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Reader = Annotated[Person, needs(Permission.SEE_CASE)]
Digest = Annotated[str, Path(description="SHA-256 of its content.", max_length=80, examples=["9f86d081884c7d65"])]
NOT_THERE = N_("There is no such thing here.")


class PaperOut(Answer):
    """A paper under its digest; it never changes."""

    digest: str
    content: dict[str, Any]


class LedgerOut(Answer):
    """Where the ledger is."""

    now: Time = Field(description="By the ledger's own clock.")
    newest: int = Field(description="The position of its newest entry.")
    epoch: str = Field(description="Its life; it changes when an older backup was put back.")
    lists: int = Field(description="How far the lists have followed it.")


@routes.get(
    "/ledger",
    operation_id="get_ledger",
    summary="Where the ledger is",
    response_model=LedgerOut,
    responses=problems(401, 403, 500, 503),
    tags=["ledger"],
)
def get_ledger(request: Request, person: Reader) -> Response:
    """The ledger's clock, its newest position, and how far the lists have followed."""
    ledger = parts_of(request).house.ledger
    followed = parts_of(request).house.views.position()
    return json_answer({"now": ledger.now(), "newest": ledger.newest(), "epoch": ledger.epoch(), "lists": followed})


@routes.get(
    "/sheets/{digest}",
    operation_id="get_sheet_by_digest",
    summary="A sheet under its digest",
    response_model=PaperOut,
    responses=problems(*OF_READING),
    tags=["policies"],
)
def get_sheet_by_digest(request: Request, person: Reader, digest: Digest) -> Response:
    """The policy sheet that a case keeps from its first day, as its receipt names it."""
    try:
        sheet = parts_of(request).house.ledger.sheet(digest)
    except UnknownSheet:
        raise _unknown(digest) from None
    return json_answer({"digest": digest, "content": plain(sheet.to_data())})


@routes.get(
    "/calendar-versions/{digest}",
    operation_id="get_calendar_by_digest",
    summary="A calendar under its digest",
    response_model=PaperOut,
    responses=problems(*OF_READING),
    tags=["policies"],
)
def get_calendar_by_digest(request: Request, person: Reader, digest: Digest) -> Response:
    """The version of a working calendar that a deadline was counted on, as its entry names it."""
    try:
        calendar = parts_of(request).house.ledger.calendar(digest)
    except UnknownCalendar:
        raise _unknown(digest) from None
    return json_answer({"digest": digest, "content": plain(calendar.to_data())})


def _unknown(digest: str) -> Problem:
    sentence = N_("No paper with the digest {digest} was ever in force or proposed here.")
    return Problem(404, "unknown_paper", NOT_THERE, sentence, {"digest": digest[:80]})
