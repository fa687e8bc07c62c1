"""Evidence of a case: taken in by choosing, dropping or pasting files, and given out; who opened what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.exceptions import HTTPException
from fastapi.responses import Response, StreamingResponse

from api.person import Permission
from console.look import Seen
from console.web.case import looked_at, worked_at
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.words import _, refusal
from domain.access import Through
from domain.commands import AddEvidence
from domain.refusal import Refused
from domain.rights import may
from ledger.errors import LedgerError
from ledger.evidence.evidence import Content
from ledger.evidence.serving import headers

MOST = 20
"""Files that are taken in at once."""

router = APIRouter(route_class=Page)


@router.post("/cases/{case}/evidence", include_in_schema=False)
def add(
    at: AtDesk,
    case: str,
    command_id: Annotated[str, Form()],
    file: Annotated[list[UploadFile], File(default_factory=list)],
    given_by: Annotated[str, Form()] = "customer",
) -> Response:
    """Take files in, each once; what is not taken is told with its reason."""
    found = worked_at(at, case)
    given = [one for one in file[:MOST] if one.filename]
    if not given:
        return _told(at, found, [_("No file was chosen. Nothing was saved.")])
    problems = []
    for number, one in enumerate(given, 1):
        if problem := _add(at, found, one, f"{command_id}/{number}", given_by.strip()):
            problems.append(_("{file}: {problem}", file=one.filename, problem=problem))
    if problems:
        return _told(at, found, problems)
    return at.go(f"/cases/{found.id}?done={command_id}/1#evidence")


def _add(at: Desk, found: Seen, file: UploadFile, command_id: str, given_by: str) -> str:
    """Why this file was not taken; empty when it was."""
    if (refused := may(AddEvidence, at.visitor.actor, found.sheet)) is not None:
        return refusal(refused)
    try:
        added = at.house.evidence().add(
            found.id,
            file.file,
            file.filename or "",
            at.visitor.actor,
            command_id,
            given_by=given_by or "customer",
            media_type=file.content_type or "",
        )
    except Refused as error:
        return refusal(error)
    except (LedgerError, ValueError) as error:
        return str(error)
    return refusal(added.refusal) if added.refusal is not None else ""


def _told(at: Desk, found: Seen, problems: Sequence[str]) -> Response:
    given: dict[str, Any] = {"text": " ".join(problems), "back": f"/cases/{found.id}"}
    return at.page("told.html", 409, title=_("Not everything was taken in"), **given)


@router.get("/cases/{case}/evidence/{number}", include_in_schema=False)
def give(at: AtDesk, case: str, number: str, download: str = "") -> Response:
    """One file; that it was opened is recorded first."""
    at.need(Permission.SEE_PERSONAL)
    found = looked_at(at, case)
    act = f"console/{found.id}/{number}/{found.now:%Y-%m-%dT%H}"
    try:
        item, content = at.house.evidence().read(found.id, number, at.visitor.actor, Through.CONSOLE, act=act)
    except Refused as error:
        if error.code == "unknown_evidence":
            raise HTTPException(404) from None
        raise
    return StreamingResponse(_pieces(content), headers=headers(item.media_type, item.name, download=bool(download)))


def _pieces(content: Content) -> Iterator[bytes]:
    try:
        yield from content
    finally:
        content.close()
