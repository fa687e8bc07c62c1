"""One route for each command, made from the glossary: ``ProposeRemedy`` is ``POST /cases/{case}/propose-remedy``."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import Field

from api.asking import HEADERS, HOLD, IF_MATCH, Asked, CaseId, case_of, etag, seen_by
from api.description import OF_COMMANDS, PREFIX, header, problems
from api.examples import example_of
from api.failures import refused
from api.house import House
from api.models import Answer, body_of, build, with_fields
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import as_plain, json_answer
from api.problems import unknown_case
from api.words import language_of
from domain.commands import COMMANDS, OF_THE_SYSTEM, ImportCase, ImportLog, ReceiveCase
from domain.message import Command, snake
from ledger.canonical import LARGEST
from ledger.errors import NotWritable, UnknownStream
from ledger.submission import Receipt, Submission

CHANGES_TOLD = 100
"""Entries that a 412 tells at most, the newest."""
OPENING = {ReceiveCase: "/cases", ImportCase: "/import-case", ImportLog: "/import-log"}
PERMISSIONS = {
    ReceiveCase: Permission.OPEN_CASE,
    ImportCase: Permission.IMPORT_CASES,
    ImportLog: Permission.IMPORT_CASES,
}
"""Those of opening commands; all others are work on a case."""


class ReceiptOut(Answer):
    """What became of a command."""

    accepted: bool
    case: str = Field(description="The case; of other things with a life the name of their stream.")
    version: int = Field(description="After the command; also in the ETag.")
    position: int = Field(
        description="Place of the last entry, in the order of the whole ledger; 0: nothing was added."
    )
    events: list[str] = Field(description="What happened, warnings and breaches that had fallen due among it.")
    recorded_at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    repeated: bool = Field(description="Whether this is the answer to an earlier request with the same key.")
    command_id: str


@dataclass(frozen=True)
class Route:
    """Where a command is given, and how."""

    command: type[Command]
    path: str
    name: str
    permission: Permission
    stream_of: Callable[[House, Person, str], str | None]
    """(house, person, what the path names) → the stream that the command is for."""
    parameter: Any = None
    """The annotation of the path's parameter; None when the path has none."""
    parameter_name: str = "case"
    opens: bool = False
    tag: str = "commands"
    read: Mapping[str, Any] = field(default_factory=dict)
    """Field → (annotation in the body, function that reads it), where the record has it otherwise."""


def router() -> APIRouter:
    """The commands of cases that people and programs give."""
    found = APIRouter(prefix=PREFIX, max_body_size=LARGEST)
    for route in _routes():
        add_route(found, route)
    return found


def _routes() -> Iterator[Route]:
    for command, path in OPENING.items():
        name = snake(command.__name__)
        yield Route(command, path, name, PERMISSIONS[command], lambda house, person, text: None, opens=True)
    for name, command in COMMANDS.items():
        if name not in OF_THE_SYSTEM and command not in OPENING:
            path = f"/cases/{{case}}/{name.replace('_', '-')}"
            yield Route(command, path, name, Permission.WORK_CASE, _case, CaseId)


def _case(house: House, person: Person, text: str) -> str:
    return case_of(text)


def add_route(routes: APIRouter, route: Route) -> None:
    """Add the route of one command."""
    status = 201 if route.opens else 200
    answered: dict[int | str, dict[str, Any]] = problems(*OF_COMMANDS)
    headers = {"ETag": header("The version after the command.")}
    if route.opens:
        headers["Location"] = header("Where it is.")
    answered[status] = {"description": "Recorded.", "headers": headers}
    of_a_case = route.command in COMMANDS.values()
    routes.add_api_route(
        route.path,
        _endpoint(route),
        methods=["POST"],
        status_code=status,
        response_model=ReceiptOut,
        responses=answered,
        operation_id=route.name,
        summary=_summary(route.command),
        description=_doc(route.command),
        tags=[route.tag],
        openapi_extra={"parameters": [*HEADERS, *([] if route.opens else [IF_MATCH]), *([HOLD] if of_a_case else [])]},
    )


def _summary(command: type[Command]) -> str:
    return command.__name__[0] + "".join(f" {one.lower()}" if one.isupper() else one for one in command.__name__[1:])


def _doc(command: type[Command]) -> str:
    return inspect.cleandoc(command.__doc__ or "")


def _endpoint(route: Route) -> Callable[..., Response]:
    """A function whose parameters are what the route takes, so that the framework reads and describes them."""
    model = with_fields(body_of(route.command), {name: one[0] for name, one in route.read.items()})
    readers = {name: one[1] for name, one in route.read.items()}

    def endpoint(**given: Any) -> Response:
        body = given["body"]
        command = build(route.command, body if body is not None else model(), readers)
        asked = Asked.of(given["request"], given["person"], opens=route.opens)
        house = parts_of(asked.request).house
        stream = route.stream_of(house, asked.person, given.get(route.parameter_name, ""))
        return give(command, stream, asked, opens=route.opens)

    required = any(one.is_required() for one in model.model_fields.values())
    content = Body(openapi_examples={"example": {"value": example_of(route.command)}})
    parameters: dict[str, tuple[Any, Any]] = {
        "request": (Request, ...),
        "person": (Annotated[Person, needs(route.permission)], ...),
        "body": (Annotated[model if required else model | None, content], ... if required else None),
    }
    if route.parameter is not None:
        parameters[route.parameter_name] = (route.parameter, ...)
    endpoint.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [_parameter(name, kind, default) for name, (kind, default) in parameters.items()]
    )
    return endpoint


def _parameter(name: str, kind: Any, default: Any) -> inspect.Parameter:
    empty = inspect.Parameter.empty if default is ... else default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=empty)


def give(command: Command, stream: str | None, asked: Asked, *, opens: bool = False) -> Response:
    """Record a command and answer; what is refused is raised as a problem."""
    house = parts_of(asked.request).house
    person, sees = asked.person, seen_by(asked.person, stream)
    at, expected = asked.happened_at, asked.expected
    submission = Submission(command, person.actor, asked.key, stream, at, expected, asked.hold, sees=sees)
    try:
        receipt = house.recorder.record(submission)
    except UnknownStream as error:
        raise unknown_case(error.stream) from None
    except NotWritable:
        raise
    except ValueError as error:  # what nobody can mean
        raise NotWritable(str(error)) from error
    if receipt.refusal is not None:
        raise refused(receipt.refusal, outcome="refused", **of_refusal(receipt, asked))
    headers = {"ETag": etag(receipt.version)}
    if opens:
        headers["Location"] = f"{PREFIX}/cases/{receipt.stream}"
    answer = told_of(receipt) | {"accepted": True}
    return json_answer(answer, 201 if opens else 200, headers)


def told_of(receipt: Receipt) -> dict[str, Any]:
    """A receipt, as `ReceiptOut` describes it, without whether it was accepted."""
    return {
        "case": receipt.stream,
        "version": receipt.version,
        "position": receipt.position,
        "events": receipt.events,
        "recorded_at": receipt.recorded_at,
        "repeated": receipt.repeated,
        "command_id": receipt.command_id,
    }


def of_refusal(receipt: Receipt, asked: Asked) -> dict[str, Any]:
    """What programs may want to know besides the sentence."""
    assert receipt.refusal is not None
    more: dict[str, Any] = as_plain(told_of(receipt))
    parts = parts_of(asked.request)
    if receipt.refusal.code == "version_moved":
        more["changes"] = changes(asked, receipt.stream)
    if receipt.refusal.code == "no_sheet":
        more["kinds"] = sorted(stream.partition(":")[2] for stream in parts.house.ledger.streams("policy"))
    return more


def changes(asked: Asked, stream: str) -> list[dict[str, Any]]:
    """What happened since the version that was looked at; personal data masked."""
    parts = parts_of(asked.request)
    telling = parts.telling(language_of(asked.request))
    since = parts.house.ledger.history(stream)[asked.expected or 0 :]
    return [telling.entry(entry) for entry in since[-CHANGES_TOLD:]]
