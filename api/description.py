"""The description of the API (OpenAPI): what every route may answer, how one says who asks, and no internal notes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from pydantic import ConfigDict, Field
from pydantic.json_schema import models_json_schema

from api.entries import EntryOut
from api.models import Answer
from api.person import Identity
from api.plain import json_answer
from api.problems import MEDIA_TYPE

PREFIX = "/api/v1"
"""Where the API begins."""

SUMMARY = """
Complaint, after-sales and inquiry cases on a ledger that anyone can replay.

* Every command carries an `Idempotency-Key`, which is its id: repeat it with the same key and you get the first answer
  again. Use a new key for a new command, also after a refusal: a refusal is an answer, too.
* `If-Match` with the ETag of a case (`"5"`, its version) says which version you looked at.
* Whatever goes wrong is a problem (RFC 9457): `detail` is a sentence in the language of `Accept-Language` (`zh`, `en`)
  that says what happened, what was saved and what to do; `code` and `params` are for programs.
* Money is text (`"120.50"`), instants are RFC 3339 with their time zone and come back in UTC.
* Personal data is masked, unless you may see it and ask with `?reveal=true`; that is written down.
"""

TAGS = [
    {"name": "cases", "description": "Cases as they are, and as they were."},
    {"name": "commands", "description": "Everything that may be asked of a case. The ledger keeps every answer."},
    {"name": "customers", "description": "The cases of one person, under their pseudonym."},
    {"name": "evidence", "description": "Files: sealed, with their digests in the ledger."},
    {"name": "exports", "description": "What is taken out; each time is recorded."},
    {"name": "audit", "description": "Who was shown what, and every decision derived again."},
    {"name": "ledger", "description": "What happened, entry by entry, as it comes; and what proves it."},
    {"name": "policies", "description": "What we promise: sheets with a life, and working calendars."},
    {"name": "departments", "description": "Who belongs where, who is away, who stands in."},
    {"name": "webhooks", "description": "Programs elsewhere that are told of entries, signed (Standard Webhooks)."},
    {"name": "health", "description": "For whoever starts and watches processes."},
]


class Mistake(Answer):
    """A field that is missing or wrong."""

    place: str = Field(alias="in", description="body, query, path or header.")
    field: str = Field(description="Which field, `measures[0].due`.")
    code: str
    message: str


class ProblemOut(Answer):
    """What went wrong (RFC 9457)."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str = Field(description="`urn:casefold:problem:` and the code.")
    title: str
    status: int
    detail: str = Field(description="What happened, what was saved, and what to do.")
    code: str = Field(examples=["version_moved"])
    params: dict[str, Any] = Field(description="What fills in the sentence; never personal data.")
    request_id: str = Field("", description="Tell it to us when something is wrong with this answer.")
    outcome: str = Field("", description="Of a command: refused, nothing_saved, or unknown: then repeat it.")
    errors: list[Mistake] = Field([], description="Of 422: each field that is wrong.")
    changes: list[EntryOut] = Field([], description="Of 412: what happened since the version that was looked at.")


WHEN = {
    304: "The case has not changed since the version in If-None-Match.",
    400: "The Idempotency-Key is missing, or the body is not JSON.",
    401: "Nobody is signed in.",
    403: "You may not ask for this, or the policy gives the command to other roles.",
    404: "There is no such thing, or it is not yours to see.",
    409: "Refused: the sentence says why. Nothing about the case changed by the command.",
    412: "The case has moved on since the version in If-Match; `changes` says how.",
    413: "The body is too large.",
    422: "A field is missing or wrong; `errors` names it.",
    429: "There were too many attempts; the sentence says how long to wait.",
    500: "Our mistake. Repeat with the same Idempotency-Key, and tell us the request id.",
    503: "The database is away. Repeat with the same Idempotency-Key: `outcome` says what is known.",
}
HEADERS: Mapping[int, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "How to say who asks."},
    429: {"Retry-After": "Seconds."},
    503: {"Retry-After": "Seconds."},
}
OF_READING = (401, 403, 404, 422, 500, 503)
OF_COMMANDS = (400, 401, 403, 404, 409, 412, 413, 422, 500, 503)

Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """What a route may answer besides what was asked for."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    described: dict[str, Any] = {"description": WHEN[status]}
    if status >= 400:
        described["content"] = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if status in HEADERS:
        described["headers"] = {name: header(text) for name, text in HEADERS[status].items()}
    return described


def header(text: str) -> dict[str, Any]:
    """A header of an answer."""
    return {"description": text, "schema": {"type": "string"}}


def describe(app: FastAPI, identity: Identity, path: str) -> None:
    """Let the application describe itself, once, when it is first asked: that takes a second or two of its time."""
    described = functools.cache(lambda: _described(app, identity))
    app.openapi = described  # type: ignore[method-assign]

    def description() -> Response:
        return json_answer(described())

    app.add_api_route(path, description, include_in_schema=False)


def _described(app: FastAPI, identity: Identity) -> dict[str, Any]:
    schema = get_openapi(
        title="Casefold", version=version("casefold"), description=SUMMARY, routes=app.routes, tags=TAGS
    )
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    _, own = models_json_schema(
        [(ProblemOut, "serialization")], ref_template="#/components/schemas/{model}", by_alias=True
    )
    for name, model in own["$defs"].items():
        schemas.setdefault("Problem" if name == "ProblemOut" else name, model)
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    ways = {name: dict(way) for name, way in identity.security_schemes.items()}
    components["securitySchemes"] = ways
    for path, operations in schema["paths"].items():
        if path.startswith("/api/"):
            for operation in operations.values():
                operation.setdefault("security", [{name: []} for name in ways])
    described: dict[str, Any] = _tidied(schema)
    return described


_NOTES = re.compile(r"\s*\([A-Z]-\d\d(?:(?:, |…)[A-Z]-\d\d)*\)")


def _tidied(value: Any, name: str = "") -> Any:
    """The schema with whole numbers as such, and without the rows of the requirements that docstrings name."""
    if isinstance(value, dict):
        return {name: _tidied(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_tidied(part) for part in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _NOTES.sub("", value) if name == "description" and isinstance(value, str) else value
