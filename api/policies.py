"""Policies over HTTP: what is in force, every version with its sheet, and what may be asked of a policy."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from api.entries import StreamOut, stream_out
from api.house import House
from api.models import Answer
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.problems import not_there
from api.streams import Streams
from api.words import language_of
from domain.calendar_stream import CalendarLife
from domain.policy import Sheet
from domain.policy_commands import MAY, THE_PROGRAM, DraftPolicy
from domain.policy_life import Policy, Standing, standing_of, version_in_force
from domain.refusal import Refused
from ledger.canonical import canonical, plain
from ledger.errors import NotWritable, UnknownStream

NAME = re.compile(r"[\w.+-]{1,80}")
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Reader = Annotated[Person, needs(Permission.SEE_POLICIES)]
Kind = Annotated[str, Path(description="Kind of case.", max_length=200, examples=["complaint"])]
VersionOf = Annotated[str, Path(description="Name of the version.", max_length=200, examples=["2026-11-25"])]


class PolicyLine(Answer):
    """The policy for a kind of case."""

    kind: str
    in_force: str = Field(description="The version that new cases follow; empty when there is none.")
    next_review: Time | None
    next_supervision: Time | None
    open_suggestions: list[str]


class PolicyLines(Answer):
    """All policies."""

    items: list[PolicyLine]


class VersionLine(Answer):
    """A version of a policy."""

    version: str
    digest: str
    standing: Standing
    shipped: bool
    author: str
    approved_by: str
    in_force_from: Time | None
    cases: list[str] = Field(description="Those that showed the problem.")
    suggestions: list[str] = Field(description="Those that it answers.")
    discussed_by: list[str]


class PolicyOut(PolicyLine):
    """A policy with all its versions."""

    version: int = Field(description="How many entries its stream has.")
    versions: list[VersionLine]


class SheetOut(VersionLine):
    """A version with its sheet: change it, give it another version, and it can be drafted."""

    kind: str
    sheet: dict[str, Any]


class CalendarLine(Answer):
    """A working calendar."""

    name: str
    version: str = Field(description="The version in force.")
    digest: str
    published: dict[str, str] = Field(description="Every version so far, with its digest.")


class CalendarLines(Answer):
    """All working calendars."""

    items: list[CalendarLine]


class CalendarOut(CalendarLine):
    """A working calendar as it is in force."""

    calendar: dict[str, Any]


def router() -> APIRouter:
    """The routes of policies."""
    streams = Streams(
        tag="policies",
        parameter_name="kind",
        parameter=Kind,
        permission=Permission.CHANGE_POLICIES,
        known=_known,
        new_or_known=_new_or_known,
        begins=DraftPolicy,
        read={DraftPolicy: {"content": (dict[str, Any], sheet_text)}},
    )
    readings = (
        ("/policies", list_policies, PolicyLines, "All policies"),
        ("/policies/{kind}", get_policy, PolicyOut, "A policy"),
        ("/policies/{kind}/history", get_policy_history, StreamOut, "What happened to a policy"),
        ("/policies/{kind}/versions/{version}", get_sheet, SheetOut, "A sheet"),
        ("/calendars", list_calendars, CalendarLines, "Working calendars"),
        ("/calendars/{name}", get_calendar, CalendarOut, "A working calendar"),
    )
    return streams.router(readings, [command for command, roles in MAY.items() if roles != THE_PROGRAM])


def sheet_text(data: dict[str, Any]) -> str:
    """The sheet as the ledger keeps it: resolved. What is no sheet goes on as it is, and is refused with a sentence."""
    try:
        sheet = Sheet.from_data(data)
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError):
        return json.dumps(data)
    except RecursionError:
        raise NotWritable("content is nested too deeply") from None
    return canonical(plain(sheet.to_data())).decode()


def _known(house: House, person: Person, kind: str) -> str:
    _policy(house, kind)
    return f"policy:{kind}"


def _new_or_known(house: House, person: Person, kind: str) -> str:
    if NAME.fullmatch(kind) is None:
        _policy(house, kind)
    return f"policy:{kind}"


def _policy(house: House, kind: str) -> Policy:
    """Raises no_policy."""
    return house.recorder.papers.policy(kind if NAME.fullmatch(kind) else "…")


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_policies(request: Request, person: Reader) -> Response:
    """For each kind of case: which version is in force, and what falls due."""
    house = parts_of(request).house
    now = house.ledger.now()
    kinds = [stream.partition(":")[2] for stream in house.ledger.streams("policy")]
    return json_answer({"items": [_line(kind, house.recorder.papers.policy(kind), now) for kind in kinds]})


def get_policy(request: Request, person: Reader, kind: Kind) -> Response:
    """The policy for a kind of case: every version, and where it is in its life."""
    house = parts_of(request).house
    policy, now = _policy(house, kind), house.ledger.now()
    versions = [_version(policy, name, now) for name in policy.versions]
    return json_answer(_line(kind, policy, now) | {"version": policy.version, "versions": versions})


def get_policy_history(request: Request, person: Reader, kind: Kind) -> Response:
    """What happened to a policy: drafts, discussions, approvals, reviews; masked."""
    parts = parts_of(request)
    _policy(parts.house, kind)
    stream = f"policy:{kind}"
    return json_answer(stream_out(parts.telling(language_of(request)), stream, parts.house.ledger.history(stream)))


def get_sheet(request: Request, person: Reader, kind: Kind, version: VersionOf) -> Response:
    """A version of a policy with its whole sheet: time limits, parameters, what each stage needs, who may do what."""
    house = parts_of(request).house
    policy = _policy(house, kind)
    if version not in policy.versions:
        known = ", ".join(policy.versions) or "none"
        raise not_there(Refused("unknown_version", version=version[:50], kind=kind, known=known))
    sheet = house.ledger.sheet(policy.versions[version].digest)
    return json_answer(_version(policy, version, house.ledger.now()) | {"kind": kind, "sheet": plain(sheet.to_data())})


def _line(kind: str, policy: Policy, now: datetime) -> dict[str, Any]:
    return {
        "kind": kind,
        "in_force": version_in_force(policy, now),
        "next_review": policy.next_review,
        "next_supervision": policy.next_supervision,
        "open_suggestions": policy.open_suggestions,
    }


def _version(policy: Policy, name: str, now: datetime) -> dict[str, Any]:
    version = policy.versions[name]
    return {
        "version": name,
        "digest": version.digest,
        "standing": standing_of(policy, name, now),
        "shipped": version.shipped,
        "author": version.author,
        "approved_by": version.approved_by,
        "in_force_from": version.in_force_from,
        "cases": version.cases,
        "suggestions": version.suggestions,
        "discussed_by": version.discussed_by,
    }


# ── Calendars ────────────────────────────────────────────────────────────────────────────────────────────────────────


def list_calendars(request: Request, person: Reader) -> Response:
    """The working calendars that deadlines are counted on."""
    house = parts_of(request).house
    names = [stream.partition(":")[2] for stream in house.ledger.streams("calendar")]
    return json_answer({"items": [_calendar(name, _life(house, name)) for name in names]})


def get_calendar(
    request: Request,
    person: Reader,
    name: Annotated[str, Path(description="Name of the calendar.", max_length=200, examples=["round-the-clock"])],
) -> Response:
    """A working calendar as it is in force: hours, holidays, make-up days, and who announced them."""
    life = _life(parts_of(request).house, name)
    content = life.in_force.to_data() if life.in_force else {}
    return json_answer(_calendar(name, life) | {"calendar": plain(content)})


def _life(house: House, name: str) -> CalendarLife:
    try:
        life = house.recorder.load(f"calendar:{name if NAME.fullmatch(name) else ''}")[1]
    except UnknownStream:
        raise not_there(Refused("unknown_calendar", calendar=name[:50])) from None
    assert isinstance(life, CalendarLife)
    return life


def _calendar(name: str, life: CalendarLife) -> dict[str, Any]:
    calendar = life.in_force
    version, digest = (calendar.version, calendar.digest) if calendar else ("", "")
    return {"name": name, "version": version, "digest": digest, "published": dict(life.published)}
