"""`casefold why`: what a case is waiting for, who can give it, until when, and what to type."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer
from rich.text import Text

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.look import Seen, case_id, seen
from console.needs import need_of, text_of
from console.output import heading, pairs, print_json, show, table
from console.values import fields_of
from console.when import due
from console.words import N_, _, clock_label, listed, word
from domain.actor import Role
from domain.case import Case, Clock
from domain.commands import COMMANDS
from domain.needs import missing
from domain.progress import wanted


@dataclass(frozen=True)
class Wait:
    """One thing a case waits for."""

    code: str
    text: str
    people: tuple[str, ...]
    """Who is expected to give it; empty: whoever has one of the roles."""
    roles: tuple[str, ...]
    """Roles that may; empty: all but auditors."""
    clock: str
    due: datetime | None
    type: tuple[str, ...]
    """Commands to type."""


def add_why(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Say what a case is waiting for, who can give it, until when, and what to type.")
    app.command("why", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_why)


def _why(case: o.CaseId, as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        found = seen(house, case_id(case))
    if as_json:
        print_json(_as_json(found))
    else:
        _print(found)


def waits(found: Seen) -> list[Wait]:
    """Everything that the stage of now still needs, in the order of its sheet."""
    if found.case.over:
        return []
    return [_wait(code, found) for code in missing(found.case, found.sheet, found.case.stage)]


def _wait(code: str, found: Seen) -> Wait:
    commands = _commands(code, found)
    roles = {role for command in commands for role in found.sheet.may.get(command, ())}
    open_to_all = any(command not in found.sheet.may for command in commands)
    clock = _clock_of(code, found)
    return Wait(
        code=code,
        text=text_of(code),
        people=_people(code, found.case),
        roles=() if open_to_all else tuple(sorted(roles)),
        clock=clock,
        due=found.case.clocks[clock].due if clock else _own_due(code, found.case),
        type=tuple(line for command in commands for line in _lines(command, code, found)),
    )


def _commands(code: str, found: Seen) -> tuple[str, ...]:
    """The commands that make sense for this case."""
    commands = need_of(code).commands
    if code == "assignment_accepted":
        return commands[1:] if found.case.assignment else commands[:1]
    if code == "proposal_made":
        answered = "answer_found" in found.sheet.needs.get("investigate", ())
        return commands[1:] if answered else commands[:1]
    if code == "proposal_accepted" and found.case.proposal and not found.case.proposal.presented:
        return ("present_proposal", *commands)
    return commands


def _people(code: str, case: Case) -> tuple[str, ...]:
    """Who is expected to give it."""
    name, _colon, rest = code.partition(":")
    match name:
        case "assignment_accepted" if case.assignment:
            return (case.assignment.to,)
        case "questions_answered":
            return tuple(question.to for question in case.questions.values() if not question.answered)
        case "measure" if case.proposal and rest in case.proposal.measures:
            return (case.proposal.measures[rest].owner,)
        case "proposal_accepted" | "satisfaction_confirmed" | "survey_settled":
            return tuple(filter(None, (_("the customer"), case.responsible)))
        case "lead_taken":
            return ()
        case _:
            return (case.responsible,) if case.responsible else ()


def _clock_of(code: str, found: Seen) -> str:
    """The running time limit that this need stops; empty when none is its own."""
    name, _colon, rest = code.partition(":")
    case, events = found.case, set(need_of(code).events)
    prefixes = {
        "questions_answered": "question:",
        "measure": f"measure:{rest}#",
        "improvements_completed": "improvement:",
    }
    named = {rule.name for rule in found.sheet.clocks if events & set(rule.stops)}
    mine = [
        (clock.due, key)
        for key, clock in case.clocks.items()
        if clock.running and (key.partition("#")[0] in named or (name in prefixes and key.startswith(prefixes[name])))
    ]
    return min(mine)[1] if mine else ""


def _own_due(code: str, case: Case) -> datetime | None:
    return case.survey.lapse_at if code == "survey_settled" and case.survey else None


def _lines(command: str, code: str, found: Seen) -> Iterable[str]:
    """What to type, with what is known filled in; a line for each open question or improvement."""
    _name, _colon, rest = code.partition(":")
    known: dict[str, list[str]] = {
        "question": [number for number, question in found.case.questions.items() if not question.answered],
        "improvement": [number for number, completed in found.case.improvements.items() if not completed],
        "measure": [rest],
        "field": [rest],
    }
    parts = [f"casefold {command.replace('_', '-')} {found.id}"]
    repeated: list[str] = [""]
    for field in fields_of(COMMANDS[command]):
        if field.required and field.name in known and known[field.name][:1] not in ([], [""]):
            repeated = [f"{field.option} {value}" for value in known[field.name]]
            parts.append("{}")
        elif field.required:
            parts.append(field.option if field.kind is bool else f"{field.option} …")
    line = " ".join(parts)
    return [line.replace("{}", value) for value in repeated]


def running(case: Case) -> list[tuple[str, Clock]]:
    """The time limits that run, the next one first."""
    clocks = [(name, clock) for name, clock in case.clocks.items() if clock.running and not case.over]
    return sorted(clocks, key=lambda pair: pair[1].due)


def _as_json(found: Seen) -> dict[str, Any]:
    case = found.case
    return {
        "case": found.id,
        "version": case.version,
        "stage": case.stage,
        "round": case.round,
        "over": case.over,
        "waiting_for": waits(found),
        "limits": [{"clock": name, "due": clock.due, "breached": clock.breached} for name, clock in running(case)],
        "by_itself": wanted(case, found.sheet),
        "to_be_sent": _to_be_sent(case),
    }


def _to_be_sent(case: Case) -> list[str]:
    return [number for number, notice in case.notices.items() if not (notice.sent or notice.failed)]


def _print(found: Seen) -> None:
    case = found.case
    if case.over:
        show(_("{case} waits for nothing: it is over.", case=found.id))
        return
    show(
        _(
            "{case} is in {stage}, round {round}, and waits for:",
            case=found.id,
            stage=word(case.stage),
            round=case.round,
        )
    )
    for wait in waits(found):
        show("", Text(wait.text, style="bold"))
        rows = [
            (_("from"), _who(wait)),
            (_("until"), _until(wait, found)),
            *((_("type this") if number == 0 else "", line) for number, line in enumerate(wait.type)),
        ]
        pairs([(f"  {label}", value) for label, value in rows if value])
    if by_itself := wanted(case, found.sheet):
        show("", _("Its workflow does by itself: {steps}", steps=listed(step.replace("_", "-") for step in by_itself)))
    if notices := _to_be_sent(case):
        show("", _("Notices on their way: {notices}", notices=listed(notices)))
    if limits := running(case):
        heading(_("Time limits that run"))
        late = _("breached")
        rows_ = [
            (clock_label(name), due(clock.due, since=found.now), late if clock.breached else "")
            for name, clock in limits
        ]
        table(("", "", ""), rows_)


def _who(wait: Wait) -> str:
    roles = listed(word(Role(role)) for role in wait.roles)
    people = listed(dict.fromkeys(wait.people))
    if roles:
        return _("{people} (only {roles} may)", people=people, roles=roles) if people else roles
    return people or _("anyone but auditors")


def _until(wait: Wait, found: Seen) -> str:
    if wait.due is None:
        return ""
    time = due(wait.due, since=found.now)
    return _("{time} ({clock})", time=time, clock=clock_label(wait.clock)) if wait.clock else time
