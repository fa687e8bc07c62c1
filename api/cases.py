"""Cases as they are and as they were: state, history, difference, what they wait for, and why they are due when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import Field, create_model
from pydantic.json_schema import SkipJsonSchema

from api.asking import CaseId, etag
from api.deadlines import DeadlinesOut, ExplanationOut, deadlines, explained
from api.description import OF_READING, PREFIX, header, problems
from api.entries import EntryOut
from api.look import Point, Seen, disclose, entries_at, newest, seen
from api.masking import PERSONAL, intake_of, mask, personal_in
from api.models import Answer, Flag, Within, answer_of
from api.parts import Parts, parts_of
from api.person import Permission, Person, needs
from api.plain import as_plain, json_answer
from api.problems import Problem
from api.waiting import WhyOut, why
from api.words import N_, language_of
from domain.case import Case
from domain.evolve import replay
from domain.needs import missing
from domain.summary import Summary, summary_of

COUNTED = frozenset({"version", "counts", "facts", "seen"})
"""Parts of the state that change with every entry and tell a person nothing."""
PAGE = 500

routes = APIRouter(prefix=PREFIX, tags=["cases"])
Reader = Annotated[Person, needs(Permission.SEE_CASE)]
At = Annotated[
    Point | SkipJsonSchema[None],
    Query(description="As it was known at this instant, or after this version. Without it: as it is."),
]
Reveal = Annotated[
    Flag, Query(description="Show personal data unmasked; for who may see it, and it is written down who did.")
]


class NeedOut(Answer):
    """Something that a stage needs."""

    code: str = Field(examples=["proposal_made", "field:contact"])
    text: str


Time: Any = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
CaseOut: Any = create_model(
    "WholeCase",
    __base__=answer_of(Summary),
    __doc__="A case: a summary, what it waits for, and its whole state.",
    waiting_for=(list[NeedOut], ...),
    as_of=(Time, ...),
    state=(answer_of(Case), ...),
)


class HistoryOut(Answer):
    """What happened in a case, in order."""

    case: str
    version: int = Field(description="The newest version at the point that was asked for.")
    entries: list[EntryOut]


class Change(Answer):
    """A part of the state that differs."""

    field: str = Field(examples=["stage", "clocks.solution.due"])
    before: Any
    after: Any


class DiffOut(Answer):
    """What is different between two points, and what happened in between."""

    case: str
    before: int = Field(description="The earlier version.")
    after: int = Field(description="The later version.")
    changes: list[Change]
    entries: list[EntryOut]


def _reading(*more: int) -> dict[int | str, dict[str, Any]]:
    return problems(*OF_READING, *more)


@routes.get(
    "/cases/{case}",
    operation_id="get_case",
    summary="A case",
    response_model=CaseOut,
    responses=_reading(304) | {200: {"description": "The case.", "headers": {"ETag": header("Its version.")}}},
)
def get_case(
    request: Request,
    person: Reader,
    case: CaseId,
    at: At = None,
    reveal: Reveal = False,
    known: Annotated[
        str | SkipJsonSchema[None],
        Header(alias="If-None-Match", description="The ETag that you have: 304 when nothing has changed since."),
    ] = None,
) -> Response:
    """A case as it is, or as it was known at an earlier point: its state with clocks, and what it waits for."""
    parts = parts_of(request)
    if at is None:
        stream, state = newest(parts.house, person, case)
        found = Seen(stream, [], state, parts.house.ledger.sheet(state.sheet), parts.house.recorder.papers, _now(parts))
    else:
        found = seen(parts.house, person, case, at)
    tag = etag(found.case.version)
    if known is not None and tag in (one.strip().removeprefix("W/") for one in known.split(",")):
        return Response(status_code=304, headers={"ETag": tag})
    if reveal:
        intake = found.case.intake
        fields = {name for name in PERSONAL if getattr(intake, name, "")}
        disclose(parts.house, person, found.id, fields)
    return json_answer(_case(found, request, reveal=reveal), headers={"ETag": tag})


def _now(parts: Parts) -> Any:
    return parts.house.ledger.now()


def _case(found: Seen, request: Request, *, reveal: bool) -> dict[str, Any]:
    parts, language = parts_of(request), language_of(request)
    state: dict[str, Any] = as_plain(found.case)
    opened = as_plain(parts.house.ledger.opened(found.case.intake))
    state["intake"] = intake_of(opened, reveal=reveal)
    codes = [] if found.case.over else missing(found.case, found.sheet, found.case.stage)
    needed = [{"code": code, "text": parts.words.need(code, language)} for code in codes]
    summary: dict[str, Any] = as_plain(summary_of(found.id, found.case, found.sheet))
    return summary | {"waiting_for": needed, "as_of": found.now, "state": state}


@routes.get(
    "/cases/{case}/history",
    operation_id="get_history",
    summary="What happened",
    response_model=HistoryOut,
    responses=_reading(),
)
def get_history(
    request: Request,
    person: Reader,
    case: CaseId,
    at: At = None,
    after: Annotated[int, Within(0, 10**9), Query(description="Only entries after this version.")] = 0,
    limit: Annotated[int, Within(1, PAGE), Query(description="At most so many entries.")] = PAGE,
    reveal: Reveal = False,
) -> Response:
    """What happened in a case, entry by entry, each with a sentence; as it was known at a point, if one is given."""
    parts = parts_of(request)
    stream, _state = newest(parts.house, person, case)
    entries = entries_at(parts.house, stream, at, _now(parts))
    told = entries[after : after + limit]
    if reveal:
        fields = {name for entry in told for name in personal_in(entry.event)}
        disclose(parts.house, person, stream, fields)
    telling = parts.telling(language_of(request))
    return json_answer(
        {"case": stream, "version": len(entries), "entries": [telling.entry(entry, reveal=reveal) for entry in told]}
    )


@routes.get(
    "/cases/{case}/diff",
    operation_id="get_diff",
    summary="What is different",
    response_model=DiffOut,
    responses=_reading(),
)
def get_diff(
    request: Request,
    person: Reader,
    case: CaseId,
    earlier: Annotated[Point, Query(alias="from", description="The earlier point.")],
    later: Annotated[
        Point | SkipJsonSchema[None], Query(alias="to", description="The later point; now, when it is left out.")
    ] = None,
) -> Response:
    """What is different in a case between two points of its life, and what happened in between; masked."""
    parts = parts_of(request)
    stream, _state = newest(parts.house, person, case)
    now = _now(parts)
    known, all_ = entries_at(parts.house, stream, earlier, now), entries_at(parts.house, stream, later, now)
    if len(known) > len(all_):
        raise Problem(
            404, "wrong_order", N_("That is not known yet."), N_("The point in “from” lies after the one in “to”.")
        )
    telling = parts.telling(language_of(request))
    changes = _changes(parts, replay(known), replay(all_))
    return json_answer(
        {
            "case": stream,
            "before": len(known),
            "after": len(all_),
            "changes": [{"field": field, "before": old, "after": new} for field, old, new in changes],
            "entries": [telling.entry(entry) for entry in all_[len(known) :]],
        }
    )


def _changes(parts: Parts, before: Case, after: Case) -> Iterator[tuple[str, Any, Any]]:
    """The parts of the state that differ, as (path, before, after); what is new or gone is one part."""
    for path, old, new in _different("", as_plain(before), as_plain(after)):
        part, _, name = path.partition(".")
        if part == "intake" and name in PERSONAL:
            opened = parts.house.ledger.opened_text
            yield path, mask(name, opened(old or "")), mask(name, opened(new or ""))
        elif part not in COUNTED:
            yield path, old, new


def _different(path: str, old: Any, new: Any) -> Iterator[tuple[str, Any, Any]]:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        if old != new:
            yield path, old, new
        return
    for name in dict.fromkeys([*old, *new]):
        yield from _different(f"{path}.{name}" if path else name, old.get(name), new.get(name))


@routes.get(
    "/cases/{case}/why",
    operation_id="get_why",
    summary="What it waits for",
    response_model=WhyOut,
    responses=_reading(),
)
def get_why(request: Request, person: Reader, case: CaseId) -> Response:
    """What a case waits for, who is expected to give it, with which commands, and until when."""
    parts = parts_of(request)
    return json_answer(why(seen(parts.house, person, case), person, parts.words, language_of(request)))


@routes.get(
    "/cases/{case}/deadlines",
    operation_id="get_deadlines",
    summary="Its time limits",
    response_model=DeadlinesOut,
    responses=_reading(),
)
def get_deadlines(request: Request, person: Reader, case: CaseId, at: At = None) -> Response:
    """All time limits of a case, those that run first: when each is due, and how it stands."""
    return json_answer(deadlines(seen(parts_of(request).house, person, case, at)))


@routes.get(
    "/cases/{case}/deadlines/{clock}",
    operation_id="explain_deadline",
    summary="Why it is due then",
    response_model=ExplanationOut,
    responses=_reading(),
)
def explain_deadline(
    request: Request,
    person: Reader,
    case: CaseId,
    clock: Annotated[
        str,
        Path(description="Its whole name, or without the round the newest one.", examples=["solution", "question:Q1"]),
    ],
    at: At = None,
) -> Response:
    """Why a time limit is due when it is: start, rule, calendar, pauses, and the way to it day by day."""
    house = parts_of(request).house
    return json_answer(explained(seen(house, person, case, at), clock, house.ledger))
