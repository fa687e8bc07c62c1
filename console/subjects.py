"""`casefold subject …`: a person's data — whose it is, holds, restriction, erasure and its certificate (L-04)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, plainly, refused
from console.help import CommandHelp, GroupHelp
from console.house import House
from console.output import USAGE, fail, heading, pairs, print_json, show, table
from console.subject_words import standing_word
from console.values import fields_of
from console.when import shown
from console.words import N_, _, paragraphs_of, sentence
from domain import subject_messages as m
from domain.message import Command
from domain.subject import Step, Subject, standing

if TYPE_CHECKING:  # imported where they are used: asking for help must not wait for the database's libraries
    from domain.entry import Entry
    from ledger.submission import Receipt

LOOKING, HOLDS, ENDING = N_("Looking"), N_("Holds and restriction"), N_("Erasure")
PERSONAL = N_("Personal: the text, or @-, or @FILE.")
Who = Annotated[
    str,
    typer.Argument(
        metavar="PERSON", help=N_("The person's pseudonym, P3f…, or one of their cases."), show_default=False
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=PERSONAL, show_default=False)]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=PERSONAL, show_default=False)]
Why = Annotated[m.Basis, typer.Option("--basis", help=N_("The basis in law."))]
Until = Annotated[
    str, typer.Option("--until", metavar="WHEN", help=N_("When the hold ends by itself."), show_default=False)
]
Contact = Annotated[
    str, typer.Option("--contact", metavar="PHONE|MAIL", help=N_("A phone number or mail address."), show_default=False)
]
OneCase = Annotated[str, typer.Option("--case", metavar="CASE", help=N_("One of their cases."), show_default=False)]
Customer = Annotated[
    str, typer.Option("--customer", metavar="NUMBER", help=N_("A customer number."), show_default=False)
]


def add_subject(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for name, function, section, help_text in (
        ("find", _find, LOOKING, N_("Find the pseudonym of a person by phone, mail, customer number or case.")),
        ("status", _status, LOOKING, N_("Show what may be done with a person's data, and how far an erasure is.")),
        ("hold", _hold, HOLDS, paragraphs_of(m.PlaceHold)[0]),
        ("release-hold", _release_hold, HOLDS, paragraphs_of(m.ReleaseHold)[0]),
        ("restrict", _restrict, HOLDS, paragraphs_of(m.RestrictSubject)[0]),
        ("ask-release", _ask_release, HOLDS, paragraphs_of(m.AskRelease)[0]),
        ("release", _release, HOLDS, paragraphs_of(m.ReleaseSubject)[0]),
        ("erase", _erase, ENDING, paragraphs_of(m.RequestErasure)[0]),
        ("withdraw-erasure", _withdraw, ENDING, paragraphs_of(m.WithdrawErasure)[0]),
    ):
        group.command(name, help=help_text, rich_help_panel=section, cls=CommandHelp)(function)
    help_text = N_("A person's data: holds, restriction, erasure with a certificate.")
    app.add_typer(group, name="subject", help=help_text, rich_help_panel=panel)


# ── Whose ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def person_of(house: House, text: str) -> str:
    """The pseudonym that a person typed, or that of their case. Ends the program with a sentence when there is none."""
    if not text.upper().startswith("C-"):
        return text.strip()
    case = text.strip().upper()
    _version, state = house.recorder.load(case)
    ring = house.ledger.ring
    found = str(state.subject) or (ring.known_by_case(case) if ring is not None else "")
    if not found:
        raise fail(_("{case} holds no personal data of a customer.", case=case), USAGE)
    return found


def _find(contact: Contact = "", customer: Customer = "", case: OneCase = "", as_json: o.AsJson = False) -> None:
    if not (contact or customer or case):
        raise typer.BadParameter(_("Say by what: --contact, --customer or --case."))
    with at_work(as_json=as_json) as house:
        ring = house.ledger.ring
        found = [person_of(house, case)] if case else []
        if ring is not None:
            found += ring.subjects_with(contact=contact, customer=customer)
        rows = [(person, _cases(house, person)) for person in dict.fromkeys(found)]
    if as_json:
        print_json([{"subject": person, "cases": cases} for person, cases in rows])
        return
    if not rows:
        show(_("Nobody is known by that. Whoever was erased is not found any more."))
        return
    table((_("person"), _("cases")), [(person, ", ".join(cases)) for person, cases in rows], flexible=1)


def _cases(house: House, person: str) -> list[str]:
    from ledger.traces import cases_of

    return cases_of(house.ledger, person)


# ── How it stands ────────────────────────────────────────────────────────────────────────────────────────────────────


def _status(person: Who, as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        subject = person_of(house, person)
        state, entries = _life(house, subject)
        now = house.ledger.now()
        cases = _cases(house, subject)
    if as_json:
        print_json(_data(subject, state, entries, cases, now))
        return
    show(_("{person}: {state}", person=subject, state=standing_word(state)))
    pairs(
        [
            (_("cases"), ", ".join(cases) or "–"),
            (_("holds on their data"), ", ".join(standing(state, now)) or "–"),
            (_("waits for"), ", ".join(state.delayed_by) or "–"),
        ]
    )
    if entries:
        heading(_("What happened"))
        headings = ("v", _("recorded"), _("by"), _("what happened"))
        table(headings, [_line(entry) for entry in entries], flexible=3)
    if state.step is Step.CERTIFIED:
        show(_("The certificate: casefold bundle subject:{person} --output FOLDER", person=subject))


def _life(house: House, person: str) -> tuple[Subject, list[Entry]]:
    from ledger.errors import UnknownStream

    stream = f"subject:{person}"
    try:
        return house.recorder.load(stream)[1], house.ledger.history(stream)
    except UnknownStream:
        return Subject(), []


def _line(entry: Entry) -> tuple[str, ...]:
    recorded = shown(entry.recorded_at, seconds=True)
    return str(entry.version), recorded, entry.actor.id, sentence(type(entry.event))


def _data(person: str, state: Subject, entries: Sequence[Entry], cases: list[str], now: datetime) -> dict[str, Any]:
    from ledger.codec import entry_as_json

    return {
        "subject": person,
        "erased": state.erased,
        "restricted": state.restricted,
        "step": state.step.value,
        "holds": list(standing(state, now)),
        "waits_for": list(state.delayed_by),
        "cases": cases,
        "entries": [entry_as_json(entry) for entry in entries],
    }


# ── What is asked ────────────────────────────────────────────────────────────────────────────────────────────────────


def _hold(
    person: Who,
    reason: Reason,
    until: Until = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    end = o.read_instant(until, "--until") if until else None
    command = m.PlaceHold(reason=_read(m.PlaceHold, "reason", reason), until=end)
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _release_hold(
    person: Who,
    hold: Annotated[str, typer.Argument(metavar="HOLD", help=N_("Its number, H1."), show_default=False)],
    reason: Reason,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = m.ReleaseHold(hold=hold.upper(), reason=_read(m.ReleaseHold, "reason", reason))
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _restrict(
    person: Who,
    basis: Why = m.Basis.REQUEST,
    note: Note = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = m.RestrictSubject(basis=basis, note=_read(m.RestrictSubject, "note", note))
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _ask_release(
    person: Who, reason: Reason, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False
) -> None:
    command = m.AskRelease(reason=_read(m.AskRelease, "reason", reason))
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _release(person: Who, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False) -> None:
    _submit(m.ReleaseSubject(), person, by=by, command_id=command_id, as_json=as_json)


def _erase(
    person: Who,
    basis: Why = m.Basis.REQUEST,
    despite_open_cases: Annotated[
        bool, typer.Option("--despite-open-cases", help=N_("Do not wait until the person's cases are over."))
    ] = False,
    note: Note = "",
    yes: Annotated[bool, typer.Option("--yes", help=N_("Do not ask whether it is meant."))] = False,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    if not yes and not as_json:
        typer.confirm(_("This cannot be undone. Erase the data of {person}?", person=person), abort=True)
    command = m.RequestErasure(
        basis=basis, despite_open_cases=despite_open_cases, note=_read(m.RequestErasure, "note", note)
    )
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _withdraw(
    person: Who, reason: Reason, by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False
) -> None:
    command = m.WithdrawErasure(reason=_read(m.WithdrawErasure, "reason", reason))
    _submit(command, person, by=by, command_id=command_id, as_json=as_json)


def _read(command: type[Command], name: str, text: str) -> str:
    """A text that may stand on standard input or in a file, to stay out of the shell's history."""
    value: str = next(field for field in fields_of(command) if field.name == name).read(text)
    return value


def _submit(command: Command, person: str, *, by: str, command_id: str, as_json: bool) -> None:
    from ledger.subjects import mirror
    from ledger.submission import Submission

    who = o.actor(by)
    command_id = o.command_id_or_new(command_id)
    with at_work(as_json=as_json, command_id=command_id) as house:
        subject = person_of(house, person)
        _refuse_unknown(house, subject)
        try:
            receipt = house.recorder.record(Submission(command, who, command_id, f"subject:{subject}"))
        except ValueError as error:  # what nobody can mean: an empty id, a NUL character, a text of a megabyte
            raise fail(plainly(error), USAGE) from error
        if receipt.refusal is not None:
            raise refused(receipt.refusal, as_json=as_json, command_id=command_id, subject=subject)
        mirror(house.ledger, subject)
    if as_json:
        print_json(_receipt(receipt, subject))
    else:
        _tell(receipt, subject)


def _refuse_unknown(house: House, person: str) -> None:
    """A slip of the hand must not make a stream for nobody."""
    ring = house.ledger.ring
    if ring is not None and ring.store.read(person) is None:
        raise fail(_("Nobody has the pseudonym {person}: casefold subject find", person=person), USAGE)


def _receipt(receipt: Receipt, person: str) -> dict[str, Any]:
    return {
        "accepted": True,
        "subject": person,
        "entry": receipt.version,
        "events": list(receipt.events),
        "repeated": receipt.repeated,
        "command_id": receipt.command_id,
    }


def _tell(receipt: Receipt, person: str) -> None:
    show(_("person {person}, entry {entry}", person=person, entry=receipt.version))
    for event in receipt.events:
        show(f"  {sentence(m.SUBJECT_EVENTS[event])}")
    if "ErasureRequested" in receipt.events:
        show("  " + _("The worker erases it now, or waits: casefold subject status {person}", person=person))
    show(_("command id {command_id}", command_id=receipt.command_id))
