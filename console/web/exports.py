"""Exports: cases as event logs or tables, the dossier of one case, and what was taken out lately, by whom, what for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Form as Typed
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError

from api import exports as api
from api.person import Permission
from api.problems import Problem, RefusedProblem
from api.words import Language
from console.user_words import told
from console.web.audit_tabs import tabs_for
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.web.read_log import day_of, number_of, told_of
from console.when import instant
from console.words import N_, _, language, refusal
from domain.access import Disclosure, ExportMade
from ledger.exports.files import Form
from ledger.figures import Asked, names
from ledger.read_log import Sought, look

router = APIRouter(route_class=Page)

Text = Annotated[str, Typed(max_length=500)]
LINES = 20
USUAL_DAYS = 28
FORMS = {
    Form.XES: N_("XES, for process mining"),
    Form.OCEL: N_("OCEL 2.0, for object-centric process mining"),
    Form.CSV: N_("CSV, a row for each event"),
    Form.JSONL: N_("JSON, an entry on each line"),
}
PERSONAL = {
    Disclosure.WITHHELD: N_("withheld: a word stands in its place"),
    Disclosure.MASKED: N_("masked: only whoever knows it recognises it"),
    Disclosure.INCLUDED: N_("included: as confidential as the case itself"),
}
STATES = {"": N_("open or over"), "open": N_("open"), "over": N_("over")}
NO_CASE = N_("Nothing was taken out: say which case, as in C-2026-000123.")
WRONG = N_("Nothing was taken out: what was typed cannot be read. Look at {fields}.")


@dataclass(frozen=True)
class Given:
    """What was chosen in the form for many cases."""

    form: str = Form.XES
    kind: str = ""
    department: str = ""
    state: str = ""
    first: str = ""
    last: str = ""
    personal: str = Disclosure.WITHHELD
    purpose: str = ""


@dataclass(frozen=True)
class OfOne:
    """What was chosen in the form for one case."""

    case: str = ""
    language: str = ""
    personal: str = Disclosure.MASKED
    headers: str = ""
    pdf: str = "yes"
    purpose: str = ""


@router.get("/exports", include_in_schema=False)
def exports(at: AtDesk, case: str = "", before: str = "") -> HTMLResponse:
    """The page; a case that the address names stands in the form for its dossier."""
    return _page(at, one=OfOne(case.strip().upper()[:50]), before=number_of(before))


@router.post("/exports", include_in_schema=False)
def take_cases(
    at: AtDesk,
    form: Text = Form.XES,
    kind: Text = "",
    department: Text = "",
    state: Text = "",
    first: Text = "",
    last: Text = "",
    personal: Text = Disclosure.WITHHELD,
    purpose: Text = "",
) -> Response:
    """Cases as a file, as the API gives it: that it was taken is recorded first."""
    at.need(Permission.EXPORT)
    given = Given(form, kind, department, state, first, last, personal, purpose)
    try:
        wanted = api.Wanted(
            kind=kind,
            department=department,
            over={"open": False, "over": True}.get(state),
            received_from=_begin(first),
            received_before=_end(last),
            personal=Disclosure(personal),
            purpose=purpose,
        )
        return api.export_cases(at.request, at.visitor.person, Form(form), wanted)
    except Problem as problem:
        return _page(at, problem.status, given=given, said=_said(problem))
    except ValueError as error:
        return _page(at, 422, given=given, said=_wrong(error))


@router.post("/exports/dossier", include_in_schema=False)
def take_dossier(
    at: AtDesk,
    case: Text = "",
    chosen: Text = "",
    personal: Text = Disclosure.MASKED,
    headers: Text = "",
    pdf: Text = "",
    purpose: Text = "",
) -> Response:
    """One case to hand over, with its proofs."""
    at.need(Permission.EXPORT)
    given = OfOne(case.strip().upper(), chosen, personal, headers, pdf, purpose)
    if not given.case:
        return _page(at, 422, one=given, said_of_one=_(NO_CASE))
    try:
        options = api.Options(
            personal=Disclosure(personal),
            language=Language(chosen or language()),
            headers=bool(headers),
            pdf=bool(pdf),
            purpose=purpose,
        )
        return api.get_dossier(at.request, at.visitor.person, given.case, options)
    except Problem as problem:
        return _page(at, problem.status, one=given, said_of_one=_said(problem))
    except ValueError as error:
        return _page(at, 422, one=given, said_of_one=_wrong(error))


def _begin(day: str) -> datetime | None:
    return instant(day) if day_of(day) else None


def _end(day: str) -> datetime | None:
    """The day is meant to its end."""
    return instant(day, end_of_day=True) if day_of(day) else None


def _said(problem: Problem) -> str:
    return refusal(problem.refused) if isinstance(problem, RefusedProblem) else told(problem)


def _wrong(error: ValueError) -> str:
    fields = [str(one["loc"][0]) for one in error.errors() if one["loc"]] if isinstance(error, ValidationError) else []
    return _(WRONG, fields=", ".join(fields) or _("the choices"))


def _page(
    at: Desk,
    status: int = 200,
    /,
    *,
    given: Given | None = None,
    one: OfOne | None = None,
    said: str = "",
    said_of_one: str = "",
    before: int | None = None,
) -> HTMLResponse:
    at.need(Permission.EXPORT)
    visitor, ledger = at.visitor, at.house.ledger
    sees_all = visitor.may(Permission.AUDIT)
    found = look(
        ledger,
        Sought(actor="" if sees_all else visitor.actor.id, kinds=(ExportMade.__name__,)),
        before=before,
        limit=LINES,
    )
    there: dict[str, Any] = names(ledger, Asked.of(ledger.now(), USUAL_DAYS, sight=visitor.sight))
    return at.page(
        "exports.html",
        status,
        tabs=tabs_for(visitor, "/exports"),
        given=given or Given(),
        one=one or OfOne(),
        said=said,
        said_of_one=said_of_one,
        forms=FORMS,
        disclosures=[each for each in PERSONAL.items() if each[0] is not Disclosure.INCLUDED or visitor.sees_personal],
        states=STATES,
        names=there,
        reads=told_of(at, found.items),
        older=found.older,
        before=before,
        sees_all=sees_all,
    )
