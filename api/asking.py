"""What every command is asked with besides its body: key, expected version, time, and whose case it is."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, Path
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from api.examples import CASE, KEY
from api.house import House
from api.models import Instant
from api.person import Person
from api.problems import unknown_case
from ledger.errors import UnknownStream

CASE_ID = re.compile(r"C-\d{4}-\d{6,12}")

CaseId = Annotated[str, Path(description="Id of the case.", max_length=200, examples=[CASE])]
Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="The command's id: a new one for each command, a UUID, say; the same one when it is repeated. "
        "Repeating a command is harmless: it gets the first answer again.",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        examples=[KEY],
    ),
]
Expected = Annotated[
    Annotated[str, Field(pattern=r'^(\*|(W/)?"[0-9]{1,9}")$')] | SkipJsonSchema[None],
    Header(
        alias="If-Match",
        description="The version that was looked at, as its ETag gave it. When the case has moved on since, the "
        "command is refused with 412 and what happened meanwhile.",
        examples=['"5"'],
    ),
]
HappenedAt = Annotated[
    Instant | SkipJsonSchema[None],
    Header(
        alias="Happened-At",
        description="When it happened, if not just now.",
        examples=["2026-11-22T10:00:00+08:00"],
    ),
]


def key_of(header: str) -> str:
    """The command's id; quoted, as the draft standard has it, or bare, as everybody writes it."""
    return header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header


def expected_version(header: str | None) -> int | None:
    """The version in an If-Match header; None for any."""
    if header is None or header == "*":
        return None
    return int(header.removeprefix("W/").strip('"'))


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def case_of(text: str) -> str:
    """The id as the ledger writes it. Raises unknown_case for what cannot be one."""
    case = text.strip().upper()
    if not CASE_ID.fullmatch(case):
        raise unknown_case(text)
    return case


def refuse_unseen(house: House, person: Person, case: str) -> None:
    """Raises unknown_case unless the case is theirs to see; nothing is looked up for who sees all."""
    if person.sight is None or person.sight.everything:
        return
    try:
        _version, state = house.recorder.load(case)
    except UnknownStream:
        raise unknown_case(case) from None
    if not person.sees_case(state):
        raise unknown_case(case)
