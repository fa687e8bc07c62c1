"""Giving a command on a case: its form, what becomes of it, and what changed meanwhile; nothing typed is ever lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from console.look import Seen
from console.masking import mask
from console.offers import is_for_people, would
from console.undo import compensation, hold
from console.web.case import looked_at, since, versions_of, worked_at
from console.web.desk import AtDesk, Desk, new_id
from console.web.forms import Around, Form, around_of, as_command, command_of, inputs, read
from console.web.problems import Page
from console.when import NotATime, instant
from console.words import N_, _, field_label, refusal
from domain import events as e
from domain.actor import WORKFLOW
from domain.commands import COMMANDS
from domain.entry import Entry
from domain.message import Command
from domain.progress import WANTED
from domain.refusal import Refused
from domain.rights import may
from ledger.errors import LedgerUnavailable, NotWritable
from ledger.rosters import rosters
from ledger.submission import Receipt, Submission

HARMLESS = (
    e.ReceiptAcknowledged,
    e.DepartmentHeadTold,
    e.NoticeRequested,
    e.NoticeSent,
    e.StepsHeld,
    e.ClockStarted,
    e.ClockStopped,
    e.ClockWarned,
    e.ClockEscalated,
    e.CustomerReminded,
    e.SurveyInvited,
)
"""What the case's own workflow does meanwhile, without anybody having to look again."""
MANNERS = {
    "add_note": "note",
    "tell_progress": "to-customer",
    "answer_inquiry": "to-customer",
    "propose_remedy": "to-customer-later",
    "receive_message": "from-customer",
    "reject_proposal": "from-customer",
    "accept_proposal": "from-customer",
    "confirm_satisfaction": "from-customer",
    "reject_result": "from-customer",
    "answer_survey": "from-customer",
}
"""Forms that look different, so that nobody tells a customer what was meant for a colleague."""
AT_ONCE = frozenset({"remind_customer", "resend_notice"}).union(*WANTED.values())
"""Commands that are given so that something leaves now; so are the steps that the workflow takes if no person does."""
WITH_A_FILE = frozenset({"add_evidence"})
"""Commands that come with a file, and so from the page of the case (`console.web.evidence`)."""
AWAY = N_(
    "The ledger cannot be reached. Nothing of this was saved, and nothing that you typed is lost: send it again when "
    "it is back."
)
AWAY_UNKNOWN = N_(
    "The ledger cannot be reached, and it is not known whether this was saved. Send it again: if it was saved, it is "
    "not saved a second time."
)
MOVED = N_("The case has moved on since you looked. Nothing was saved yet, and nothing that you typed is lost.")
TOO_LATE = N_("It is too late to undo this with one click, or something rests on it. Nothing was changed.")

router = APIRouter(route_class=Page)


@router.get("/cases/{case}/do/{command}", include_in_schema=False)
def form(at: AtDesk, case: str, command: str) -> HTMLResponse:
    """The form of a command, with what is known filled in."""
    found = worked_at(at, case)
    _refuse_unknown(command)
    query = at.request.query_params
    typed = {name: query.getlist(name) for name in query}
    if not would(command, found, at.visitor.actor, versions_of(at, found)):
        raise _why_not(command, found, at)
    return _form(at, found, command, typed, new_id())


@router.post("/cases/{case}/do/{command}", include_in_schema=False)
async def do(at: AtDesk, request: Request, case: str, command: str) -> Response:
    """Give the command; when it cannot be recorded, the form comes back as it was, with why."""
    _refuse_unknown(command)
    sent = await request.form()
    typed = {name: [value for value in sent.getlist(name) if isinstance(value, str)] for name in sent}
    return await run_in_threadpool(_do, at, case, command, typed)


def _do(at: Desk, case: str, command: str, typed: Form) -> Response:
    found = worked_at(at, case)
    command_id = _first(typed, "command_id") or new_id()
    looked = int(_first(typed, "version") or 0) or found.case.version
    given = read(command, typed)
    happened_at = None
    try:
        happened_at = instant(text) if (text := _first(typed, "happened_at")) else None
    except NotATime as error:
        given.errors["happened_at"] = str(error)
    if given.errors:
        return _form(at, found, command, typed, command_id, 422, errors=given.errors, version=looked)
    submission = Submission(
        command_of(command, given),
        at.visitor.actor,
        command_id,
        found.id,
        happened_at,
        _version(found.entries, looked),
        0 if command in AT_ONCE else hold(at.house.undo_seconds),
    )
    try:
        receipt = at.house.recorder.record(submission)
    except LedgerUnavailable as error:
        text = _(AWAY_UNKNOWN if error.outcome_unknown else AWAY)
        return _form(at, found, command, typed, command_id, 503, problem=text, version=looked)
    except NotWritable as error:
        return _form(at, found, command, typed, new_id(), 422, problem=str(error), version=looked)
    if receipt.refusal is not None:
        return _refused(at, found, command, typed, receipt.refusal, looked)
    return at.go(f"/cases/{found.id}?done={command_id}")


def _version(entries: Sequence[Entry], looked: int) -> int:
    """The version that the person decided on: what only the workflow added meanwhile, they need not look at."""
    later = entries[looked:]
    if all(entry.actor.id == WORKFLOW.id and isinstance(entry.event, HARMLESS) for entry in later):
        return len(entries)
    return looked


def _refused(at: Desk, found: Seen, command: str, typed: Form, refused: Refused, looked: int) -> Response:
    """The sentence beside the field it is about, or on top; with what changed, when that is why."""
    found = looked_at(at, found.id)
    if refused.code == "version_moved":
        return _form(at, found, command, typed, new_id(), 412, problem=_(MOVED), changed_since=looked)
    field = refused.params.get("field") if refused.code in ("field_missing", "negative_number") else None
    errors = {str(field): refusal(refused)} if field else {}
    problem = "" if errors else refusal(refused)
    return _form(at, found, command, typed, new_id(), 409, errors=errors, problem=problem)


def _form(
    at: Desk,
    found: Seen,
    command: str,
    typed: Form,
    command_id: str,
    status: int = 200,
    *,
    errors: Mapping[str, str] | None = None,
    problem: str = "",
    version: int | None = None,
    changed_since: int | None = None,
) -> HTMLResponse:
    version = found.case.version if version is None else version
    around = _around(at, found)
    return at.page(
        "form.html",
        status,
        found=found,
        command=command,
        manner=MANNERS.get(command, ""),
        inputs=inputs(command, found, around, typed, errors),
        errors=[(field_label(name), text) for name, text in (errors or {}).items()],
        around=around,
        command_id=command_id,
        version=version,
        problem=problem,
        changed=since(found, changed_since, at) if changed_since is not None else [],
        happened_at=_first(typed, "happened_at"),
        happened_error=(errors or {}).get("happened_at", ""),
        to_whom=mask("contact", at.house.ledger.opened_text(found.case.intake.contact)),
        as_command=as_command(command, found.id, version, str(at.request.base_url).rstrip("/")),
    )


def _around(at: Desk, found: Seen) -> Around:
    return around_of(rosters(at.house.ledger), found.sheet, versions_of(at, found))


def _refuse_unknown(command: str) -> None:
    if command not in COMMANDS or not is_for_people(command) or command in WITH_A_FILE:
        raise HTTPException(404)


def _why_not(command: str, found: Seen, at: Desk) -> Exception:
    """Why this form is not for this person now."""
    return may(COMMANDS[command], at.visitor.actor, found.sheet) or HTTPException(409)


def _first(typed: Form, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()


# ── Undo ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@router.post("/cases/{case}/undo/{command_id}", include_in_schema=False)
def undo(at: AtDesk, case: str, command_id: str) -> Response:
    """Give the command that compensates for what one did a moment ago."""
    found = worked_at(at, case)
    commands = compensation(found.entries, command_id, at.visitor.actor.id, found.now, at.house.undo_seconds)
    receipts = _compensated(at, found, commands, command_id)
    refused = next((receipt.refusal for receipt in receipts if receipt.refusal is not None), None)
    if not receipts or refused is not None:
        why = refusal(refused) if refused is not None else _(TOO_LATE)
        return at.page("told.html", 409, title=_("Not undone"), text=why, back=f"/cases/{found.id}")
    return at.go(f"/cases/{found.id}?done=undo:{command_id}")


def _compensated(at: Desk, found: Seen, commands: Sequence[Command], command_id: str) -> list[Receipt]:
    """All of them, in one append."""
    names = [f"undo:{command_id}" + (f"/{number}" if number else "") for number in range(len(commands))]
    return at.house.recorder.record_all(
        [Submission(one, at.visitor.actor, name, found.id) for one, name in zip(commands, names, strict=True)]
    )
