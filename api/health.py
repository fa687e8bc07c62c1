"""Whether this process lives, and whether it can work: for whoever starts it anew or sends it requests."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.description import problems
from api.models import Answer
from api.parts import parts_of
from api.plain import json_answer
from api.problems import Problem
from api.words import N_

routes = APIRouter(tags=["health"])
SOON = "1"


class Health(Answer):
    """How it is."""

    status: str


@routes.get("/health/live", operation_id="is_live", summary="Does it live?", response_model=Health)
async def is_live() -> Response:
    """The process answers. It is not started anew because the database is away: it comes back by itself."""
    return json_answer({"status": "live"})


@routes.get(
    "/health/ready",
    operation_id="is_ready",
    summary="Can it work?",
    response_model=Health,
    responses=problems(503),
)
def is_ready(request: Request) -> Response:
    """The ledger can be read, and the process is not about to stop."""
    parts = parts_of(request)
    if parts.broadcast.closed:
        stopping = N_("This process is about to stop.")
        raise Problem(503, "stopping", stopping, stopping, headers={"Retry-After": SOON})
    parts.house.ledger.newest()
    return json_answer({"status": "ready"})
