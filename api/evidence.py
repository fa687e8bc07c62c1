"""Files of evidence over HTTP: taken in, listed, given out; whoever opens one is in the ledger first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.asking import HEADERS, Asked, CaseId, case_of, etag, refuse_unseen
from api.commands import ReceiptOut, of_refusal, told_of
from api.description import OF_COMMANDS, OF_READING, PREFIX, header, problems
from api.failures import refused
from api.look import disclose, newest
from api.masking import mask
from api.models import Answer, Flag
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.problems import Problem, not_there
from api.words import N_
from domain.access import Through
from domain.commands import AddEvidence
from domain.refusal import Refused
from domain.rights import may
from domain.words import ScanVerdict
from ledger.errors import NotWritable
from ledger.evidence.errors import EvidenceUnavailable, Interrupted
from ledger.evidence.evidence import Content
from ledger.evidence.items import Item
from ledger.evidence.serving import headers

routes = APIRouter(prefix=PREFIX, tags=["evidence"])
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Reader = Annotated[Person, needs(Permission.SEE_CASE)]
Viewer = Annotated[Person, needs(Permission.SEE_PERSONAL)]
Worker = Annotated[Person, needs(Permission.WORK_CASE)]
Number = Annotated[str, Path(description="Number of the evidence.", max_length=20, examples=["E1"])]
Purpose = Annotated[
    str, Query(max_length=500, description="What it is for; it is recorded with it. No names: this is an address.")
]


class EvidenceOut(Answer):
    """One piece of evidence."""

    evidence: str = Field(examples=["E1"])
    name: str = Field(description="Of the file; masked, unless revealed.")
    sha256: str
    size: int
    media_type: str = Field(description="As the file itself shows; empty: the file is kept elsewhere.")
    claimed_type: str = Field(description="As whoever sent it said, where that is something else.")
    given_by: str
    added_by: str
    happened_at: Time
    recorded_at: Time
    stored_as: str = Field(description="Name of its object in the store; empty: the file is kept elsewhere.")
    quarantined: ScanVerdict | None = Field(description="Why nobody is given it; null: it can be had.")
    released_by: str
    purged: bool
    retracted: bool


class EvidenceList(Answer):
    """The evidence of a case."""

    case: str
    items: list[EvidenceOut]


class AddedOut(ReceiptOut):
    """What became of a file that was sent."""

    evidence: EvidenceOut


@routes.get(
    "/cases/{case}/evidence",
    operation_id="list_evidence",
    summary="The evidence of a case",
    response_model=EvidenceList,
    responses=problems(*OF_READING),
)
def list_evidence(
    request: Request,
    person: Reader,
    case: CaseId,
    reveal: Annotated[Flag, Query(description="Show the files' names unmasked; it is written down who did.")] = False,
) -> Response:
    """All evidence of a case in the order in which it came: digests, kinds, who gave it; names are masked."""
    house = parts_of(request).house
    stream, _state = newest(house, person, case)
    items = house.evidence().items(stream)
    if reveal:
        disclose(house, person, stream, {"name"} if items else set())
    told = [_told(item, house.ledger.opened_text(item.name), reveal=reveal) for item in items]
    return json_answer({"case": stream, "items": told})


@routes.get(
    "/cases/{case}/evidence/{number}",
    operation_id="get_evidence",
    summary="A file of evidence",
    response_class=StreamingResponse,
    responses=problems(*OF_READING, 409)
    | {200: {"description": "The file.", "content": {"application/octet-stream": {}}}},
)
def get_evidence(
    request: Request, person: Viewer, case: CaseId, number: Number, purpose: Purpose = ""
) -> StreamingResponse:
    """The file itself, as it was given. That you opened it is recorded first."""
    house = parts_of(request).house
    stream, _state = newest(house, person, case)
    try:
        item, content = house.evidence().read(stream, number, person.actor, Through.API, purpose=purpose)
    except Refused as error:
        raise not_there(error) if error.code == "unknown_evidence" else refused(error) from None
    except EvidenceUnavailable as error:
        raise _store_away() from error
    return StreamingResponse(_pieces(content), headers=headers(item.media_type, item.name, download=True))


@routes.post(
    "/cases/{case}/evidence",
    operation_id="upload_evidence",
    summary="Send a file of evidence",
    status_code=201,
    response_model=AddedOut,
    responses=problems(*OF_COMMANDS) | {201: {"description": "Taken in.", "headers": {"ETag": header("The version.")}}},
    openapi_extra={"parameters": HEADERS},
)
def upload_evidence(
    request: Request,
    person: Worker,
    case: CaseId,
    file: UploadFile,
    given_by: Annotated[str, Form(max_length=200, description="Who gave it.", examples=["customer"])] = "customer",
) -> Response:
    """Take a file in: sealed under the key of the case's customer, with its digest in the ledger. Sent again with the
    same key it is taken in once."""
    asked = Asked.of(request, person, opens=True)
    house = parts_of(request).house
    stream = case_of(case)
    refuse_unseen(house, person, stream)
    _version, state = house.recorder.load(stream)
    if (no := may(AddEvidence, person.actor, house.ledger.sheet(state.sheet))) is not None:
        raise refused(no, outcome="refused")  # before the file is taken
    try:
        added = house.evidence().add(
            stream,
            file.file,
            file.filename or "file",
            person.actor,
            asked.key,
            given_by=given_by or "customer",
            media_type=file.content_type or "",
            happened_at=asked.happened_at,
        )
    except EvidenceUnavailable as error:
        raise _store_away() from error
    except Interrupted as error:
        raise NotWritable(str(error)) from error
    except NotWritable:
        raise
    except ValueError as error:  # what nobody can mean
        raise NotWritable(str(error)) from error
    if added.refusal is not None:
        raise refused(added.refusal, outcome="refused", **of_refusal(added, asked))
    assert added.item is not None
    name = house.ledger.opened_text(added.item.name)
    answer = told_of(added) | {"accepted": True, "evidence": _told(added.item, name, reveal=False)}
    return json_answer(answer, 201, {"ETag": etag(added.version)})


def _told(item: Item, name: str, *, reveal: bool) -> dict[str, Any]:
    return {
        "evidence": item.number,
        "name": name if reveal else mask("name", name),
        "sha256": item.sha256,
        "size": item.size,
        "media_type": item.media_type,
        "claimed_type": item.claimed_type,
        "given_by": item.given_by,
        "added_by": item.added_by,
        "happened_at": item.happened_at,
        "recorded_at": item.recorded_at,
        "stored_as": item.stored_as,
        "quarantined": item.quarantined,
        "released_by": item.released_by,
        "purged": item.purged,
        "retracted": item.retracted,
    }


def _store_away() -> Problem:
    return Problem(
        503,
        "evidence_unavailable",
        N_("The store of evidence cannot be reached."),
        N_("Nothing was saved: repeat the request with the same Idempotency-Key when the store is back."),
        headers={"Retry-After": "2"},
        outcome="nothing_saved",
    )


def _pieces(content: Content) -> Iterator[bytes]:
    try:
        yield from content
    finally:
        content.close()
