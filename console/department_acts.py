"""`casefold department add-member`, `leave`, `fail-desk` …: what people ask of a department."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, plainly, refused
from console.help import CommandHelp
from console.output import USAGE, fail, print_json, show
from console.values import fields_of
from console.words import N_, _, paragraphs_of, sentence
from domain import department_messages as m
from domain.actor import Role
from domain.department_stream import EVENTS
from domain.message import Command

if TYPE_CHECKING:
    from ledger.submission import Receipt

MEMBERS = N_("Members")
ABSENCES = N_("Leave and failed desks")
PERSONAL = N_("Personal: the text, or @-, or @FILE.")

Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("Name of the department: hotline."), show_default=False)]
Person = Annotated[str, typer.Argument(metavar="PERSON", help=N_("Id of the person."), show_default=False)]
Roles = Annotated[list[Role] | None, typer.Option("--role", help=N_("A role that they have; may be repeated."))]
Skills = Annotated[
    list[str] | None, typer.Option("--skill", metavar="WORD", help=N_("Something they can do; may be repeated."))
]
Substitute = Annotated[
    str,
    typer.Option("--substitute", metavar="PERSON", help=N_("A member who takes the cases; otherwise by plan.")),
]
Until = Annotated[str, typer.Option("--until", metavar="WHEN", help=N_("When they are back: 2026-12-01 09:00, +3d."))]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=PERSONAL)]
ToDepartment = Annotated[
    str,
    typer.Option("--to-department", metavar="NAME", help=N_("Which department takes the cases; otherwise by plan.")),
]
ToPerson = Annotated[str, typer.Option("--to-person", metavar="PERSON", help=N_("Who of that department takes them."))]


def add_acts(app: typer.Typer) -> None:
    """Add the commands."""
    for name, command, function, panel in (
        ("add-member", m.AddMember, _add_member, MEMBERS),
        ("remove-member", m.RemoveMember, _remove_member, MEMBERS),
        ("leave", m.StartLeave, _leave, ABSENCES),
        ("return", m.EndLeave, _return, ABSENCES),
        ("fail-desk", m.FailDesk, _fail_desk, ABSENCES),
        ("restore-desk", m.RestoreDesk, _restore_desk, ABSENCES),
    ):
        help_text = "\n\n".join(paragraphs_of(command))
        app.command(name, help=help_text, rich_help_panel=panel, cls=CommandHelp)(function)


def _add_member(
    name: Name,
    person: Person,
    role: Roles = None,
    skill: Skills = None,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = m.AddMember(person=person, roles=tuple(role or (Role.AGENT,)), skills=tuple(skill or ()))
    submit(command, name, by=by, command_id=command_id, as_json=as_json)


def _remove_member(
    name: Name, person: Person, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False
) -> None:
    submit(m.RemoveMember(person=person), name, by=by, command_id=command_id, as_json=as_json)


def _leave(
    name: Name,
    person: Person,
    substitute: Substitute = "",
    until: Until = "",
    reason: Reason = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = m.StartLeave(
        person=person,
        substitute=substitute,
        until=o.read_instant(until, "--until") if until else None,
        reason=_personal(m.StartLeave, reason),
    )
    submit(command, name, by=by, command_id=command_id, as_json=as_json)


def _return(name: Name, person: Person, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False) -> None:
    submit(m.EndLeave(person=person), name, by=by, command_id=command_id, as_json=as_json)


def _fail_desk(
    name: Name,
    reason: Reason,
    to_department: ToDepartment = "",
    to_person: ToPerson = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = m.FailDesk(to_department=to_department, to_person=to_person, reason=_personal(m.FailDesk, reason))
    submit(command, name, by=by, command_id=command_id, as_json=as_json)


def _restore_desk(name: Name, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False) -> None:
    submit(m.RestoreDesk(), name, by=by, command_id=command_id, as_json=as_json)


# ── What they have in common ─────────────────────────────────────────────────────────────────────────────────────────


def _personal(command: type[Command], text: str) -> str:
    """A reason that may stand on standard input or in a file, to stay out of the shell's history."""
    value: str = next(field for field in fields_of(command) if field.name == "reason").read(text)
    return value


def submit(command: Command, name: str, *, by: str, command_id: str, as_json: bool, quiet: bool = False) -> Receipt:
    """Ask it of the department; a refusal ends the program with its sentence. ``quiet``: the caller tells the rest."""
    from ledger.submission import Submission  # not above: asking for help must not wait for pydantic

    who = o.actor(by)
    command_id = o.command_id_or_new(command_id)
    with at_work(as_json=as_json, command_id=command_id) as house:
        try:
            receipt = house.recorder.record(Submission(command, who, command_id, f"department:{name}"))
        except ValueError as error:  # what nobody can mean: an empty id, a NUL character, a text of a megabyte
            raise fail(plainly(error), USAGE) from error
        if receipt.refusal is not None:
            raise refused(receipt.refusal, as_json=as_json, command_id=command_id, department=name)
    if not quiet:
        if as_json:
            print_json(receipt_data(receipt, name))
        else:
            _tell(receipt, name)
    return receipt


def receipt_data(receipt: Receipt, name: str) -> dict[str, Any]:
    """An accepted command, for programs."""
    return {
        "accepted": True,
        "department": name,
        "entry": receipt.version,
        "position": receipt.position,
        "events": list(receipt.events),
        "recorded_at": receipt.recorded_at,
        "repeated": receipt.repeated,
        "command_id": receipt.command_id,
    }


def _tell(receipt: Receipt, name: str) -> None:
    head = N_("department {department}, entry {entry}")
    if receipt.repeated:
        head = N_("department {department}, entry {entry}, recorded before: this is the first answer again")
    show(_(head, department=name, entry=receipt.version))
    for event, times in Counter(receipt.events).items():
        show(f"  {sentence(EVENTS[event])}" + (f" (×{times})" if times > 1 else ""))
    if {"LeaveStarted", "LeaveEnded", "DeskFailed", "DeskRestored", "MemberRemoved"} & set(receipt.events):
        show("  " + _("The worker moves the open cases now."))
    show(_("command id {command_id}", command_id=receipt.command_id))
