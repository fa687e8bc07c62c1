"""Exports over HTTP: cases as event logs or tables, and one case as a dossier; each is recorded before it is given."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path as File
from types import MappingProxyType
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema
from starlette.background import BackgroundTask

from api.asking import CaseId, case_of, refuse_unseen
from api.description import OF_READING, PREFIX, header, problems
from api.house import House
from api.look import newest
from api.models import Flag, Instant, Name
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.problems import Problem
from api.words import N_, Language, language_of
from domain.access import Disclosure, Through
from domain.actor import Actor
from domain.words import Ending, Stage, Urgency
from ledger.access import AccessLog
from ledger.exports.disclosed import fields_for
from ledger.exports.files import Form, write
from ledger.exports.told import InSight, Told, about_of, tell

MEDIA = {
    Form.XES: ("application/xml", ".xes"),
    Form.OCEL: ("application/json", ".jsonocel"),
    Form.CSV: ("text/csv; charset=utf-8", ".csv"),
    Form.JSONL: ("application/jsonl", ".jsonl"),
}
"""Form → media type, and how the name of the file ends."""
ZIP = "application/zip"

routes = APIRouter(prefix=PREFIX, tags=["exports"])
Exporter = Annotated[Person, needs(Permission.EXPORT)]
OfForm = Annotated[Form, Path(description="XES or OCEL 2.0 for process mining, a table, or lines of JSON.")]
PERSONAL = "What becomes of personal data; included needs the right to see it."
Purpose = Field("", max_length=500, description="What it is for; it is recorded with it. No names: this is an address.")


COUNTED = {"Export-Cases": "How many cases it holds.", "Export-Events": "How many events of theirs."}


def _file(*media: str, headers: Mapping[str, str] = MappingProxyType({})) -> dict[int | str, dict[str, Any]]:
    """How a file as an answer is described."""
    told = {name: header(text) for name, text in headers.items()}
    return {200: {"description": "The file.", "content": {name: {} for name in media}, "headers": told}}


class Wanted(BaseModel):
    """Which cases, as they are now; whoever says several things wants all of them to hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    case: list[Annotated[str, Field(max_length=50)]] = Field(
        [], max_length=200, description="Only these cases; may be repeated.", examples=[["C-2026-000123"]]
    )
    kind: Name = Field("", examples=["complaint"])
    stage: Stage | SkipJsonSchema[None] = None
    urgency: Urgency | SkipJsonSchema[None] = None
    department: Name = ""
    responsible: Name = ""
    ending: Ending | SkipJsonSchema[None] = None
    over: Flag | SkipJsonSchema[None] = None
    received_from: Instant | SkipJsonSchema[None] = None
    received_before: Instant | SkipJsonSchema[None] = None
    steps: Flag = Field(False, description="Only cases taken over from another system's log, and only those steps.")
    personal: Disclosure = Field(Disclosure.WITHHELD, description=PERSONAL)
    purpose: Name = Purpose


@routes.get(
    "/exports/{form}",
    operation_id="export_cases",
    summary="Export cases",
    response_class=FileResponse,
    responses=problems(*OF_READING)
    | _file("application/xml", "application/json", "text/csv", "application/jsonl", headers=COUNTED),
)
def export_cases(request: Request, person: Exporter, form: OfForm, wanted: Annotated[Wanted, Query()]) -> FileResponse:
    """The cases chosen, as a file, among those that you see. That you took it is recorded before you are given it."""
    house = parts_of(request).house
    _refuse_personal(person, wanted.personal)
    cases = tuple(dict.fromkeys(case_of(case) for case in wanted.case))
    for case in cases:
        refuse_unseen(house, person, case)
    chosen = InSight(
        cases=cases,
        kind=wanted.kind,
        stage=wanted.stage or "",
        urgency=wanted.urgency or "",
        department=wanted.department,
        responsible=wanted.responsible,
        ending=wanted.ending or "",
        over=wanted.over,
        received_from=wanted.received_from,
        received_to=wanted.received_before,
        steps=wanted.steps,
        sees=person.sees_case,
    )
    media, end = MEDIA[form]
    number = events = 0

    def make(folder: File) -> File:
        shown = fields_for(house.ledger, wanted.personal)

        def counted(one: Told) -> Told:
            nonlocal number, events
            number, events = number + 1, events + len(one.lines)
            return one

        path = folder / f"cases{end}"
        about = about_of(house.ledger, chosen, str(wanted.personal))
        write(path, form, map(counted, tell(house.ledger, chosen, shown)), about, shown)
        return path

    def note() -> None:
        only = cases[0] if len(cases) == 1 else ""
        _note(house, person.actor, only, str(form), Through.EXPORT, wanted, cases, number, chosen.words)

    return _given(make, note, media, lambda: dict(zip(COUNTED, (str(number), str(events)), strict=True)))


# ── Dossiers ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class NoDossier(Exception):
    """It cannot be made; the text is a sentence that says why."""


class Dossiers(Protocol):
    """Makes dossiers; `console.dossier.served` does."""

    def ready(self, house: House, order: Order) -> None:
        """Look whether it can be made at all. Raises NoDossier."""

    def make(self, house: House, case: str, target: File, order: Order) -> None:
        """Make it, as a zip at this place. Raises NoDossier."""


@dataclass(frozen=True)
class Order:
    """What a dossier is to be like."""

    by: Actor
    language: Language
    personal: Disclosure
    headers: bool
    pdf: bool


class Options(BaseModel):
    """What a dossier is to be like."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    personal: Disclosure = Field(Disclosure.MASKED, description=PERSONAL)
    language: Language | SkipJsonSchema[None] = Field(None, description="Otherwise that of Accept-Language.")
    headers: Flag = Field(False, description="With the headers of all entries of the ledger: nothing is missing.")
    pdf: Flag = Field(True, description="With the history as PDF.")
    purpose: Name = Purpose


@routes.get(
    "/cases/{case}/dossier",
    operation_id="get_dossier",
    summary="The dossier of a case",
    response_class=FileResponse,
    responses=problems(*OF_READING, 409) | _file(ZIP),
)
def get_dossier(request: Request, person: Exporter, case: CaseId, options: Annotated[Options, Query()]) -> FileResponse:
    """One case to hand over, as a zip: its history for people, its evidence, and proofs that anybody can check with
    nothing but Python. That you took it is recorded first."""
    parts = parts_of(request)
    stream, _state = newest(parts.house, person, case)
    _refuse_personal(person, options.personal)
    language = options.language or language_of(request)
    order = Order(person.actor, language, options.personal, options.headers, options.pdf)
    dossiers = parts.dossiers
    if dossiers is None:
        raise _no_dossier(NoDossier("This server was put together without dossiers."))

    def make(folder: File) -> File:
        path = folder / f"{stream}.zip"
        try:
            dossiers.make(parts.house, stream, path, order)
        except NoDossier as error:
            raise _no_dossier(error) from error
        return path

    def note() -> None:
        _note(parts.house, person.actor, stream, "dossier", Through.DOSSIER, options, (stream,), 1)

    try:
        dossiers.ready(parts.house, order)
    except NoDossier as error:
        raise _no_dossier(error) from error
    return _given(make, note, ZIP)


def _no_dossier(error: NoDossier) -> Problem:
    title = N_("The dossier cannot be made.")
    return Problem(409, "no_dossier", title, N_("Nothing was made: {reason}"), {"reason": str(error)})


# ── Both ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _refuse_personal(person: Person, personal: Disclosure) -> None:
    if personal is Disclosure.INCLUDED and not person.may(Permission.SEE_PERSONAL):
        raise person.lacks(Permission.SEE_PERSONAL)


def _note(
    house: House,
    who: Actor,
    case: str,
    form: str,
    through: Through,
    asked: Wanted | Options,
    cases: tuple[str, ...],
    number: int,
    selection: str = "",
) -> None:
    """Record that something is about to leave the house (L-05). When that cannot be done, nothing leaves it."""
    more = {"cases": cases, "number": number, "selection": selection, "purpose": asked.purpose}
    AccessLog(house.recorder).export(who, case, form, through, asked.personal, **more)  # type: ignore[arg-type]


def _given(
    make: Callable[[File], File],
    note: Callable[[], None],
    media: str,
    about: Callable[[], Mapping[str, str]] = dict,
) -> FileResponse:
    """Make the file, record that it was taken, hand it over, and remove it; ``about`` it the headers tell."""
    folder = File(tempfile.mkdtemp(prefix="casefold-export-"))

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    try:
        path = make(folder)
        note()
    except BaseException:
        remove()
        raise
    return FileResponse(
        path,
        media_type=media,
        filename=path.name,
        headers={"Cache-Control": "no-store", **about()},
        background=BackgroundTask(remove),
    )
