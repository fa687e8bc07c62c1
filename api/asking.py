"""What every command is asked with besides its body: key, expected version, time, and whose case it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request
from pydantic_core import PydanticCustomError

from api.examples import CASE, KEY
from api.failures import no_key, wrong_header
from api.house import House
from api.models import read_instant
from api.person import Person
from api.problems import unknown_case
from ledger.errors import UnknownStream
from ledger.submission import LONGEST_HOLD

CASE_ID = re.compile(r"C-\d{4}-\d{6,12}")

CaseId = Annotated[str, Path(description="Id of the case.", max_length=200, examples=[CASE])]
KEY_FORM = re.compile(r"[!-~]{1,200}")
EXPECTED_FORM = re.compile(r'\*|(W/)?"([0-9]{1,9})"')
HEADERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "The command's id: a new one for each command, a UUID, say; the same one when it is repeated. "
        "Repeating a command is harmless: it gets the first answer again.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
        "example": KEY,
    },
    {
        "name": "Happened-At",
        "in": "header",
        "description": "When it happened, if not just now.",
        "schema": {"type": "string", "format": "date-time"},
        "example": "2026-11-22T10:00:00+08:00",
    },
]
"""The headers of every command. They are read here: the framework takes half a millisecond for it."""
IF_MATCH: dict[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "description": "The version that was looked at, as its ETag gave it. When the case has moved on since, the command "
    "is refused with 412 and what happened meanwhile.",
    "schema": {"type": "string", "pattern": f"^({EXPECTED_FORM.pattern})$"},
    "example": '"5"',
}
"""The header of commands that do not open anything."""
HOLD: dict[str, Any] = {
    "name": "Hold",
    "in": "header",
    "description": "Seconds that messages which follow from the command wait, so that it can be undone before anybody "
    "hears of it (withdraw-proposal, cancel-notice). Without it they leave at once.",
    "schema": {"type": "integer", "minimum": 0, "maximum": LONGEST_HOLD},
    "example": 30,
}
"""The header of commands on cases."""


@dataclass(frozen=True)
class Asked:
    """How a command was asked for."""

    request: Request
    person: Person
    key: str
    expected: int | None = None
    happened_at: datetime | None = None
    hold: int = 0

    @classmethod
    def of(cls, request: Request, person: Person, *, opens: bool = False) -> Asked:
        """What the headers say. Raises a problem for what cannot be read."""
        headers = request.headers
        return cls(
            request,
            person,
            key_of(headers.get("idempotency-key", "")),
            None if opens else expected_version(headers.get("if-match")),
            instant_of(headers.get("happened-at")),
            seconds_of(headers.get("hold")),
        )


def key_of(header: str) -> str:
    """The command's id; quoted, as the draft standard has it, or bare, as everybody writes it."""
    if KEY_FORM.fullmatch(header) is None:
        raise no_key()
    return header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header


def expected_version(header: str | None) -> int | None:
    """The version in an If-Match header; None for any."""
    if header is None:
        return None
    found = EXPECTED_FORM.fullmatch(header.strip())
    if found is None:
        raise wrong_header("If-Match", "string_pattern_mismatch")
    return int(found[2]) if found[2] else None


def instant_of(header: str | None) -> datetime | None:
    """The instant in a Happened-At header."""
    if header is None:
        return None
    try:
        return read_instant(header)
    except PydanticCustomError:
        raise wrong_header("Happened-At", "not_an_instant") from None


def seconds_of(header: str | None) -> int:
    """The seconds in a Hold header; 0 without one."""
    if header is None:
        return 0
    if not re.fullmatch("[0-9]{1,3}", header) or int(header) > LONGEST_HOLD:
        raise wrong_header("Hold", "string_pattern_mismatch")
    return int(header)


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'"{version}"'


def case_of(text: str) -> str:
    """The id as the ledger writes it. Raises unknown_case for what cannot be one."""
    case = text.strip().upper()
    if not CASE_ID.fullmatch(case):
        raise unknown_case(text)
    return case


def seen_by(person: Person, stream: str | None) -> Callable[[Any], bool] | None:
    """What the recorder asks of the state of a case before it decides on it; None: whoever asks sees it in any case."""
    everything = person.sight is None or person.sight.everything
    return None if everything or stream is None or not CASE_ID.fullmatch(stream) else person.sees_case


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
