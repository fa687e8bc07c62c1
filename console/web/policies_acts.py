"""What people do to policies: suggest, draft, discuss, approve, retire, review, supervise; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from api.person import Permission
from console.policy_text import Mistakes, as_text, read_text
from console.values import Field, fields_of
from console.web.desk import AtDesk, Desk, new_id
from console.web.doing import AWAY, AWAY_UNKNOWN
from console.web.forms import Form, Input, Typed, input_of, read_fields
from console.web.policies import Looked, looked_at, offers_of
from console.web.problems import Page
from console.words import N_, _, field_label, refusal, sentence
from domain import policy_commands as pc
from domain.message import Command
from domain.policy_commands import MAY, POLICY_COMMANDS, THE_PROGRAM
from ledger.canonical import canonical, plain
from ledger.errors import LedgerUnavailable, NotWritable
from ledger.submission import Receipt, Submission

router = APIRouter(route_class=Page)

FOR_PEOPLE = {name: command for name, command in POLICY_COMMANDS.items() if MAY[command] != THE_PROGRAM}
GIVEN = frozenset({"version", "exception", "content"})
"""Fields that are not typed: what the form is about, and the sheet, which is read from its own text."""
TITLES = {
    "suggest_change": N_("Suggest a change"),
    "draft_policy": N_("Draft a new version"),
    "withdraw_draft": N_("Withdraw the draft"),
    "discuss_policy": N_("Say what you think"),
    "approve_policy": N_("Approve"),
    "review_policy": N_("Record the review"),
    "retire_policy": N_("Retire this version"),
    "hold_supervision": N_("Record a supervision"),
    "report_exception": N_("Report an exception"),
    "rectify_exception": N_("Put right"),
}


@router.get("/policies/{kind}/do/{command}", include_in_schema=False)
def form(at: AtDesk, kind: str, command: str, about: str = "") -> HTMLResponse:
    """The form of a command."""
    found = _found(at, kind, command)
    return _form(at, found, command, about, {}, new_id(), text=_start(found) if command == "draft_policy" else "")


@router.post("/policies/{kind}/do/{command}", include_in_schema=False)
async def do(at: AtDesk, request: Request, kind: str, command: str, about: str = "") -> Response:
    """Give the command; when it cannot be recorded, the form comes back as it was, with why."""
    sent = await request.form()
    typed = {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}
    return await run_in_threadpool(_do, at, kind, command, about, typed)


def _do(at: Desk, kind: str, command: str, about: str, typed: Form) -> Response:
    found = _found(at, kind, command)
    command_id = _first(typed, "command_id") or new_id()
    text = _first(typed, "sheet")
    given = read_fields(_fields(command), typed)
    mistakes: list[str] = []
    if command == "draft_policy":
        mistakes = _read_sheet(given, text)
    if given.errors or mistakes:
        return _form(at, found, command, about, typed, command_id, 422, given.errors, mistakes=mistakes, text=text)
    submission = Submission(_command(command, about, given), at.visitor.actor, command_id, found.stream)
    try:
        receipt = at.house.recorder.record(submission)
    except LedgerUnavailable as error:
        problem = _(AWAY_UNKNOWN if error.outcome_unknown else AWAY)
        return _form(at, found, command, about, typed, command_id, 503, problem=problem, text=text)
    except (NotWritable, ValueError) as error:
        return _form(at, found, command, about, typed, new_id(), 422, problem=str(error), text=text)
    if receipt.refusal is not None:
        problem = refusal(receipt.refusal)
        return _form(at, found, command, about, typed, new_id(), 409, problem=problem, text=text)
    return at.go(f"/policies/{kind}?tab=history&done={command}{_version(receipt, about)}")


def _version(receipt: Receipt, about: str) -> str:
    return f"&version={about}" if about and about[0] not in "XV" and receipt.events else ""


def _command(command: str, about: str, given: Typed) -> Command:
    kind = FOR_PEOPLE[command]
    named = {name: about for name in ("version", "exception") if name in {field.name for field in fields_of(kind)}}
    return kind(**given.values, **named)


def _read_sheet(given: Typed, text: str) -> list[str]:
    """The sheet of a draft, as the ledger keeps it: resolved. What is wrong with it, when something is."""
    try:
        sheet = read_text(text)
    except Mistakes as mistakes:
        return mistakes.sentences
    given.values["content"] = canonical(plain(sheet.to_data())).decode()
    return []


def _found(at: Desk, kind: str, command: str) -> Looked:
    at.need(Permission.CHANGE_POLICIES)
    if command not in FOR_PEOPLE:
        raise HTTPException(404)
    found = looked_at(at, kind)
    pc.refuse_without_right(_nothing(FOR_PEOPLE[command]), at.visitor.actor)
    return found


def _nothing(kind: type[Command]) -> Command:
    """The command with nothing in it, for whoever only looks who gives it."""
    return kind(**{field.name: "" for field in fields_of(kind) if field.required})


def _fields(command: str) -> list[Field]:
    return [field for field in fields_of(FOR_PEOPLE[command]) if field.name not in GIVEN]


def _start(found: Looked) -> str:
    """The sheet that is looked at, as the text to change."""
    day = found.line.now.astimezone().date().isoformat()
    name, number = day, 1
    while name in found.line.policy.versions:
        number += 1
        name = f"{day}.{number}"
    return as_text(found.chosen.sheet, name)


def _form(
    at: Desk,
    found: Looked,
    command: str,
    about: str,
    typed: Form,
    command_id: str,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    *,
    problem: str = "",
    mistakes: list[str] | None = None,
    text: str = "",
) -> HTMLResponse:
    errors = errors or {}
    shown: dict[str, Any] = {
        "inputs": [_input(one, command, typed, errors.get(one.name)) for one in _fields(command)],
        "errors": [field_label(name) for name in errors],
        "mistakes": mistakes or [],
        "problem": problem,
        "text": text,
        "command_id": command_id,
        "why_not": next(
            (one.why_not for one in offers_of(at, found) if (one.command, one.about) == (command, about)), ""
        ),
    }
    titles = {"title": _(TITLES[command]), "what": sentence(FOR_PEOPLE[command])}
    return at.page("policy_form.html", status, found=found, command=command, about=about, **titles, **shown)


def _input(one: Field, command: str, typed: Form, error: str | None) -> Input:
    return input_of(one, None, command, typed, error)


def _first(typed: Form, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()
