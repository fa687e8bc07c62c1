"""A new case from the keyboard: three kinds, the fields that its policy asks for first, hints while one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from api.person import Permission
from console.offers import Choice
from console.undo import hold
from console.values import fields_of
from console.web.customers import files_of
from console.web.desk import AtDesk, Desk, new_id
from console.web.doing import AWAY, AWAY_UNKNOWN
from console.web.forms import Form, Input, around_of, as_command, command_of, input_of, read
from console.web.problems import Page
from console.web.similar import similar
from console.when import NotATime, instant
from console.words import _, category_label, field_label, language, refusal
from domain.commands import ReceiveCase
from domain.policy import Sheet
from domain.policy_life import Policy, in_force
from domain.refusal import Refused
from ledger.errors import LedgerUnavailable, NotWritable
from ledger.rosters import rosters
from ledger.submission import Submission

FIRST = ("customer_name", "contact", "channel", "customer")
"""What every case begins with."""
USUAL: Mapping[str, tuple[str, ...]] = {
    "complaint": ("matter", "remedy_sought", "category", "subcategory", "urgency", "order"),
    "after_sales": ("order", "product", "serial_number", "fault", "wish", "urgency"),
    "inquiry": ("matter", "category", "urgency"),
}
"""Then what its kind is about; what the sheet requires is always among it."""
OTHERS = ("matter", "urgency")
KNOWN_KINDS = tuple(USUAL)
"""The order in which kinds are offered; others come after them."""

router = APIRouter(route_class=Page)


def sheets(at: Desk) -> dict[str, Sheet]:
    """The sheets in force, by kind, in the order in which they are offered."""
    ledger, now = at.house.ledger, at.house.ledger.now()
    found = {}
    for stream in ledger.streams("policy"):
        policy: Policy = at.house.recorder.load(stream)[1]
        if digest := in_force(policy, now):
            found[stream.partition(":")[2]] = ledger.sheet(digest)
    order = [*(kind for kind in KNOWN_KINDS if kind in found), *sorted(set(found) - set(KNOWN_KINDS))]
    return {kind: found[kind] for kind in order}


@router.get("/new", include_in_schema=False)
def kinds(at: AtDesk) -> HTMLResponse:
    """Which kind of case it is: one key."""
    at.need(Permission.OPEN_CASE)
    return at.page("kinds.html", sheets=sheets(at))


@router.post("/new/similar", include_in_schema=False)
async def hints_for(at: AtDesk, request: Request) -> Response:
    """Cases that might be the same, and the customer's file, by what is typed so far. Posted: addresses are logged."""
    sent = await request.form()
    typed = {name: value for name, value in sent.items() if isinstance(value, str)}
    return await run_in_threadpool(_hints, at, typed)


def _hints(at: Desk, typed: Mapping[str, str]) -> HTMLResponse:
    at.need(Permission.OPEN_CASE)
    files = files_of(at, typed)
    theirs = {str(one.row["case"]) for file in files for one in file.beside}
    found = [one for one in similar(at, typed) if one.strong or one.id not in theirs]
    return at.page("_similar.html", found=found, files=files, now=at.house.ledger.now())


@router.get("/new/{kind}", include_in_schema=False)
def form(at: AtDesk, kind: str) -> HTMLResponse:
    """The form for one kind."""
    query = at.request.query_params
    return _form(at, _sheet(at, kind), {name: query.getlist(name) for name in query}, new_id())


@router.post("/new/{kind}", include_in_schema=False)
async def receive(at: AtDesk, request: Request, kind: str) -> Response:
    """Receive the case; when it cannot be recorded, the form comes back as it was."""
    sent = await request.form()
    typed = {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}
    return await run_in_threadpool(_receive, at, kind, typed)


def _receive(at: Desk, kind: str, typed: Form) -> Response:
    sheet = _sheet(at, kind)
    command_id = next(iter(typed.get("command_id", ())), "") or new_id()
    given = read("receive_case", {**typed, "kind": [kind]})
    happened_at = None
    try:
        text = next(iter(typed.get("happened_at", ())), "").strip()
        happened_at = instant(text) if text else None
    except NotATime as error:
        given.errors["happened_at"] = str(error)
    if given.errors:
        return _form(at, sheet, typed, command_id, 422, errors=given.errors)
    command, waiting = command_of("receive_case", given), hold(at.house.undo_seconds)
    submission = Submission(command, at.visitor.actor, command_id, None, happened_at, hold=waiting)
    try:
        receipt = at.house.recorder.record(submission)
    except LedgerUnavailable as error:
        return _form(at, sheet, typed, command_id, 503, problem=_(AWAY_UNKNOWN if error.outcome_unknown else AWAY))
    except NotWritable as error:
        return _form(at, sheet, typed, new_id(), 422, problem=str(error))
    if receipt.refusal is not None:
        return _refused(at, sheet, typed, receipt.refusal)
    return at.go(f"/cases/{receipt.stream}?done={command_id}")


def _refused(at: Desk, sheet: Sheet, typed: Form, refused: Refused) -> HTMLResponse:
    same = str(refused.params.get("case", "")) if refused.code == "same_matter" else ""
    return _form(at, sheet, typed, new_id(), 409, problem=refusal(refused), same=same)


def _sheet(at: Desk, kind: str) -> Sheet:
    at.need(Permission.OPEN_CASE)
    found = sheets(at).get(kind)
    if found is None:
        raise HTTPException(404)
    return found


def _form(
    at: Desk,
    sheet: Sheet,
    typed: Form,
    command_id: str,
    status: int = 200,
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    same: str = "",
) -> HTMLResponse:
    found = {one.name: one for one in _inputs(sheet, typed, errors or {})}
    names = dict.fromkeys((*FIRST, *USUAL.get(sheet.kind, OTHERS), *sheet.required))
    main = [found.pop(name) for name in names if name in found]
    around = around_of(rosters(at.house.ledger), sheet)
    return at.page(
        "new.html",
        status,
        sheet=sheet,
        title=sheet.title.get(language(), sheet.kind),
        main=main,
        more=list(found.values()),
        needed=[field_label(name) for name in sheet.required],
        around=around,
        command_id=command_id,
        problem=problem,
        same=same,
        errors=[(field_label(name), text) for name, text in (errors or {}).items()],
        happened_at=next(iter(typed.get("happened_at", ())), ""),
        happened_error=(errors or {}).get("happened_at", ""),
        as_command=as_command("receive_case", "", None, str(at.request.base_url).rstrip("/")),
    )


def _inputs(sheet: Sheet, typed: Form, errors: Mapping[str, str]) -> list[Input]:
    found = []
    for one in fields_of(ReceiveCase):
        if one.name == "kind":
            continue
        allowed = None
        if one.name == "category" and sheet.categories:
            allowed = [Choice(name, category_label(name)) for name in sheet.categories]
        if one.name == "subcategory" and any(sheet.categories.values()):
            subs = dict.fromkeys(sub for several in sheet.categories.values() for sub in several)
            allowed = [Choice(name, category_label(name)) for name in subs]
        made = input_of(one, allowed, "receive_case", typed, errors.get(one.name))
        found.append(replace(made, needed=one.name in sheet.required))
    return found
