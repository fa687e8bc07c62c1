"""What proves the ledger: the newest signed checkpoint, and how many entries are not under it yet."""

from __future__ import annotations

import base64
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.description import PREFIX, problems
from api.models import Answer
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from ledger.seal.newest import newest_sealed, unsealed

routes = APIRouter(prefix=PREFIX, tags=["ledger"])
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Reader = Annotated[Person, needs(Permission.READ_LEDGER)]


class CheckpointOut(Answer):
    """A signed checkpoint of the log."""

    origin: str = Field(description="Name of the log.")
    size: int = Field(description="Entries under it.")
    root: str = Field(description="Root of the tree over them, base64.")
    last_position: int = Field(description="Position of the last entry under it.")
    sealed_at: Time
    note: str = Field(description="The signed note (C2SP), as it is published: check it with a key of your own.")


class VerificationOut(Answer):
    """How far the ledger is sealed."""

    checkpoint: CheckpointOut | None
    unsealed: int = Field(description="Entries that wait to be sealed: those of the last second, when all is well.")
    newest: int = Field(description="Position of the newest entry.")


@routes.get(
    "/verification",
    operation_id="get_verification",
    summary="The newest checkpoint",
    response_model=VerificationOut,
    responses=problems(401, 403, 500, 503),
)
def get_verification(request: Request, person: Reader) -> Response:
    """The newest signed checkpoint, and what is not under it yet. Believe the note, not this answer: verify it."""
    ledger = parts_of(request).house.ledger
    found = newest_sealed(ledger)
    checkpoint: dict[str, Any] | None = None
    if found is not None:
        checkpoint = {
            "origin": found.origin,
            "size": found.size,
            "root": base64.b64encode(found.root).decode(),
            "last_position": found.last_position,
            "sealed_at": found.sealed_at,
            "note": found.note,
        }
    return json_answer({"checkpoint": checkpoint, "unsealed": unsealed(ledger), "newest": ledger.newest()})
