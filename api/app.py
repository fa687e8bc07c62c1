"""Puts the API together: the routes under ``/api/v1``, what goes wrong, and what every answer carries."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from api import (
    audit,
    cases,
    commands,
    customers,
    departments,
    evidence,
    exports,
    feed,
    figures,
    health,
    lists,
    papers,
    policies,
    proof,
    saved_views,
)
from api.description import PREFIX as PREFIX
from api.description import describe
from api.failures import add_handlers
from api.frame import Frame
from api.house import House
from api.parts import Parts
from api.person import ActorHeader, Identity, Nobody
from api.webhooks import routes as webhooks
from api.words import English, Words

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
"""The framework would tell whoever the environment names of every address with its query: that may be personal data."""


def create_app(
    house: House,
    identity: Identity | None = None,
    *,
    words: Words | None = None,
    routers: Iterable[APIRouter] = (),
    trust_actor_header: bool = False,
    stream_seconds: float = 900.0,
    dossiers: exports.Dossiers | None = None,
) -> FastAPI:
    """The application. ``routers`` are added under ``/api/v1``; pages are mounted on what comes back.

    ``trust_actor_header`` believes whoever says who they are, in the header ``Actor``: for tests only.
    ``stream_seconds`` is how long a stream of events may go on; ``dossiers`` makes what is handed over of a case.
    """
    if identity is None:
        identity = ActorHeader() if trust_actor_header else Nobody()
    parts = Parts(house, identity, words or English(), stream_seconds, dossiers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        parts.broadcast.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, telemetry=SILENT)
    app.state.parts = parts
    app.add_middleware(Frame, parts=parts)
    add_handlers(app)
    own = (cases.routes, commands.router(), lists.routes, feed.routes, proof.routes, figures.routes, health.routes)
    records = (webhooks.routes, customers.routes, evidence.routes, exports.routes, audit.routes, papers.routes)
    for router in (*own, *records, saved_views.routes, policies.router(), departments.router()):
        app.router.routes.extend(router.routes)  # including a router would make each of its routes a second time
    for router in routers:
        app.include_router(router, prefix=PREFIX)
    describe(app, identity, f"{PREFIX}/openapi.json")
    return app
