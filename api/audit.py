"""For auditors over HTTP: who was shown what, and every decision of a case derived again with today's rules."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.asking import CaseId, case_of
from api.description import OF_READING, PREFIX, problems
from api.entries import EntryOut
from api.look import newest
from api.models import LARGEST_NUMBER, Answer, Within
from api.parts import Parts, parts_of
from api.person import Permission, Person, needs
from api.plain import as_plain, json_answer
from api.words import Language, language_of
from domain.rederivation import Difference, Finding
from domain.refusal import Refused
from ledger.access import accesses
from ledger.rederive import Rederived, rederive

routes = APIRouter(prefix=PREFIX, tags=["audit"])
Auditor = Annotated[Person, needs(Permission.AUDIT)]


class AccessOut(EntryOut):
    """One access to personal data, evidence or an export."""

    case: str | None = Field(description="The case; null when it concerned several.")


class AccessesOut(Answer):
    """Accesses, the newest first."""

    items: list[AccessOut]
    next: int | None = Field(description="Ask for what lies before this position; null after the last one.")


@routes.get(
    "/reads",
    operation_id="list_reads",
    summary="Who was shown what",
    response_model=AccessesOut,
    responses=problems(401, 403, 404, 422, 500, 503),
)
def list_reads(
    request: Request,
    person: Auditor,
    case: Annotated[
        str | SkipJsonSchema[None], Query(max_length=50, description="Only accesses that concern this case.")
    ] = None,
    by: Annotated[str, Query(max_length=200, description="Only accesses of this person, by their id.")] = "",
    before: Annotated[
        Annotated[int, Within(1, LARGEST_NUMBER)] | SkipJsonSchema[None],
        Query(description="`next` of the page before."),
    ] = None,
    limit: Annotated[int, Within(1, 500), Query(description="At most so many lines.")] = 100,
) -> Response:
    """Who was shown personal data, opened evidence or exported something, the newest first; purposes are masked."""
    parts = parts_of(request)
    telling = parts.telling(language_of(request))
    stream = case_of(case) if case is not None else ""
    found = list(islice(accesses(parts.house.ledger, stream, by.strip(), before=before), limit + 1))
    told = [telling.entry(one.entry) | {"case": one.case or None} for one in found[:limit]]
    return json_answer({"items": told, "next": told[-1]["position"] if len(found) > limit else None})


class DifferenceOut(Answer):
    """One thing that would come out differently."""

    event: str
    about: str
    field: str
    then: Any
    now: Any
    basis: list[str]


class RederivedOut(Answer):
    """A decision that would come out differently, or is not as it was written."""

    stream: str
    first_version: int
    last_version: int
    recorded_at: str | None
    actor: str
    command: str
    command_id: str
    finding: Finding
    rule: str = Field(description="What differs, in one word: the code of a refusal, or an event and its field.")
    detail: str
    differences: list[DifferenceOut]


class RederivationOut(Answer):
    """Every decision of a case, derived again."""

    case: str
    decisions: int = Field(description="How many were derived again.")
    different: list[RederivedOut] = Field(description="Those that do not come out as they did; empty when all is well.")


@routes.get(
    "/cases/{case}/rederivation",
    operation_id="rederive_case",
    summary="Every decision derived again",
    response_model=RederivationOut,
    responses=problems(*OF_READING),
)
def rederive_case(request: Request, person: Auditor, case: CaseId) -> Response:
    """Derive every decision of a case again from what is written down, with today's rules, and name those that would
    come out differently. It changes nothing."""
    parts = parts_of(request)
    stream, _state = newest(parts.house, person, case)
    found = list(rederive(parts.house.ledger, stream))
    language = language_of(request)
    return json_answer(
        {
            "case": stream,
            "decisions": sum(one.finding is not Finding.MISSING for one in found),
            "different": [_told(one, parts, language) for one in found if not one.same],
        }
    )


def _told(one: Rederived, parts: Parts, language: Language) -> dict[str, Any]:
    return {
        "stream": one.stream,
        "first_version": one.first_version,
        "last_version": one.last_version,
        "recorded_at": one.at,
        "actor": one.actor,
        "command": one.command,
        "command_id": one.command_id,
        "finding": one.finding,
        "rule": one.rule,
        "detail": one.detail,
        "differences": [_difference(each, parts, language) for each in one.differences],
    }


def _difference(one: Difference, parts: Parts, language: Language) -> dict[str, Any]:
    def side(value: Any) -> Any:
        if isinstance(value, Refused):
            return {"code": value.code, "params": value.params, "sentence": parts.words.refusal(value, language)}
        return as_plain(value)

    place = {"event": one.event, "about": one.about, "field": one.field}
    return place | {"then": side(one.then), "now": side(one.now), "basis": one.basis}
