"""Departments over HTTP: who belongs where, who is away, who stands in; and what may be asked of a department."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field, create_model

from api.entries import StreamOut, stream_out
from api.house import House
from api.models import Answer, answer_of
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import as_plain, json_answer
from api.problems import not_there
from api.streams import Streams
from api.words import language_of
from domain.department import Department
from domain.department_messages import OF_THE_SYSTEM, AddMember, HoldDrill
from domain.department_stream import COMMANDS, name_of
from domain.refusal import Refused
from ledger.errors import UnknownStream

NAME = re.compile(r"[^\s@/\x00-\x1f]{1,60}")
PLAYED_ELSEWHERE = (HoldDrill,)
"""A drill is played first, and its numbers are recorded then (`casefold department drill`)."""

Reader = Annotated[Person, needs(Permission.SEE_DEPARTMENTS)]
Named = Annotated[str, Path(description="Name of the department.", max_length=200, examples=["hotline"])]
DepartmentOut: Any = create_model(
    "DepartmentOut", __base__=answer_of(Department), __doc__="A department as it is.", department=(str, ...)
)


class DepartmentLine(Answer):
    """A department in short."""

    department: str
    members: int
    away: list[str] = Field(description="Members on leave.")
    failed: bool = Field(description="Nobody can work there at the moment.")


class DepartmentLines(Answer):
    """All departments."""

    items: list[DepartmentLine]


def router() -> APIRouter:
    """The routes of departments."""
    streams = Streams(
        tag="departments",
        parameter_name="department",
        parameter=Named,
        permission=Permission.CHANGE_DEPARTMENTS,
        known=_known,
        new_or_known=_new_or_known,
        begins=AddMember,
    )
    readings = (
        ("/departments", list_departments, DepartmentLines, "All departments"),
        ("/departments/{department}", get_department, DepartmentOut, "A department"),
        ("/departments/{department}/history", get_department_history, StreamOut, "What happened to a department"),
    )
    elsewhere = OF_THE_SYSTEM + PLAYED_ELSEWHERE
    return streams.router(readings, [command for command in COMMANDS.values() if command not in elsewhere])


def list_departments(request: Request, person: Reader) -> Response:
    """The departments that have members: how many, who is away, whether the desk works."""
    house = parts_of(request).house
    names = [stream.partition(":")[2] for stream in house.ledger.streams("department")]
    return json_answer({"items": [_line(name, _state(house, f"department:{name}")) for name in names]})


def get_department(request: Request, person: Reader, department: Named) -> Response:
    """A department: members with roles and skills, who is away and who stands in, whether its desk works."""
    house = parts_of(request).house
    state = _state(house, _new_or_known(house, person, department))
    return json_answer(as_plain(state) | {"department": department})


def get_department_history(request: Request, person: Reader, department: Named) -> Response:
    """What happened to a department: members who came and left, leave, failed desks, drills; masked."""
    parts = parts_of(request)
    stream = _known(parts.house, person, department)
    return json_answer(stream_out(parts.telling(language_of(request)), stream, parts.house.ledger.history(stream)))


def _line(name: str, state: Department) -> dict[str, Any]:
    return {
        "department": name,
        "members": len(state.members),
        "away": list(state.leaves),
        "failed": state.failure is not None,
    }


def _new_or_known(house: House, person: Person, name: str) -> str:
    if NAME.fullmatch(name) is None:
        raise not_there(Refused("unknown_department", department=name[:60]))
    return f"department:{name}"


def _known(house: House, person: Person, name: str) -> str:
    stream = _new_or_known(house, person, name)
    _state(house, stream)
    return stream


def _state(house: House, stream: str) -> Department:
    try:
        state = house.recorder.load(stream)[1]
    except UnknownStream:
        raise not_there(Refused("unknown_department", department=name_of(stream))) from None
    assert isinstance(state, Department)
    return state
