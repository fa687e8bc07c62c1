"""`casefold why`: what a case is waiting for, who can give it, until when, and what to type."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import typer
from rich.text import Text

from console import options as o
from console.answers import at_work
from console.clock_words import holding, pause_title
from console.help import CommandHelp
from console.hints import hints, judged_ineligible, letting_go, resending, resuming, stopping, taking_back
from console.look import Seen, case_id, seen
from console.needs import need_of, text_of
from console.output import heading, pairs, print_json, show, table
from console.when import due, shown, time_of_day
from console.words import N_, _, clock_label, command_label, listed, word
from domain.actor import Role
from domain.case import Case, Clock
from domain.held_back import HeldBack, held_back
from domain.needs import missing
from domain.progress import put_off, wanted


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
    """Commands to type now."""
    then: tuple[str, ...]
    """Commands that something else has to come before."""
    only: Mapping[str, tuple[str, ...]]
    """Command → the roles that may give it, where not everybody may whom the need is for."""


def add_why(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Say what a case is waiting for, who can give it, until when, and what to type.")
    app.command("why", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_why)


def _why(case: o.CaseId, as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        found = seen(house, case_id(case))  # hints are tried out on the calendars of the ledger: it stays open
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
    told = hints(code, found)
    usual = [hint for hint in told if "--ending" not in hint.line] or told
    roles: tuple[str, ...] = ()
    if all(hint.roles for hint in usual):
        roles = tuple(sorted({role for hint in usual for role in hint.roles}))
    clock = _clock_of(code, found)
    return Wait(
        code=code,
        text=_text(code, found),
        people=_people(code, found.case),
        roles=roles,
        clock=clock,
        due=_due_of(clock, found.case) if clock else _own_due(code, found.case),
        type=tuple(hint.line for hint in told if hint.accepted),
        then=tuple(hint.line for hint in told if not hint.accepted),
        only={hint.line: hint.roles for hint in told if hint.roles and hint.roles != roles and len(told) > 1},
    )


def _text(code: str, found: Seen) -> str:
    if code == "eligible" and judged_ineligible(found.case):
        return _("its ending, as it was judged not eligible")
    return text_of(code)


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
        case "lead_taken" | "proposal_approved":
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


def _due_of(clock: str, case: Case) -> datetime | None:
    """Nothing is due while it stands still, unless it was late before."""
    return case.clocks[clock].due if _ticks(case.clocks[clock]) else None


def _ticks(clock: Clock) -> bool:
    return clock.breached or not clock.standing


def _own_due(code: str, case: Case) -> datetime | None:
    return case.survey.lapse_at if code == "survey_settled" and case.survey else None


def running(case: Case) -> list[tuple[str, Clock]]:
    """The time limits that run, the next one first."""
    clocks = [(name, clock) for name, clock in case.clocks.items() if clock.running and not case.over]
    return sorted(clocks, key=lambda pair: (pair[1].standing, pair[1].due))


def pauses(found: Seen) -> list[dict[str, Any]]:
    """The pauses that last, with the time limits that each holds and what lets them run again."""
    held = [(name, clock) for name, clock in found.case.clocks.items() if clock.running]
    return [
        {
            "pause": number,
            "reason": pause.reason,
            "kind": pause.kind,
            "since": pause.since,
            "flagged": pause.flagged,
            "clocks": [name for name, clock in held if number in holding(clock)],
            "type": resuming(number, found),
        }
        for number, pause in found.case.pauses.items()
        if pause.until is None and not found.case.over
    ]


def _as_json(found: Seen) -> dict[str, Any]:
    case = found.case
    return {
        "case": found.id,
        "version": case.version,
        "stage": case.stage,
        "round": case.round,
        "over": case.over,
        "waiting_for": waits(found),
        "limits": [
            {
                "clock": name,
                "due": clock.due,
                "standing": clock.standing,
                "breached": clock.breached,
                "type": stopping(name, found),
            }
            for name, clock in running(case)
        ],
        "pauses": pauses(found),
        "by_itself": _by_itself(found),
        "held_back": [
            {
                "step": one.step,
                "notice": one.notice,
                "until": one.until,
                "lets_go": letting_go(one, found),
                "takes_back": taking_back(one, found),
            }
            for one in held_back(case, found.now)
        ],
        "to_be_sent": _to_be_sent(case),
        "failed": [{"notice": number, "type": resending(number, found)} for number in _failed(case)],
    }


def _by_itself(found: Seen) -> list[str]:
    """The steps that its workflow takes now: also those whose moment has come."""
    come = [name for name, until in put_off(found.case).items() if until <= found.now]
    return [*wanted(found.case, found.sheet), *come]


def of_what_waits(one: HeldBack, case: Case) -> str:
    """Why something does not happen yet, in one sentence."""
    if one.step:
        what = command_label(one.step)
    else:
        what = _("notice {number} ({kind})", number=one.notice, kind=word(case.notices[one.notice].kind))
    return _("Held back until {time} so that it can be undone: {what}", time=time_of_day(one.until), what=what)


def _to_be_sent(case: Case) -> list[str]:
    return [number for number, notice in case.notices.items() if notice.to_be_sent]


def _failed(case: Case) -> list[str]:
    return [number for number, notice in case.notices.items() if notice.stuck]


def _print(found: Seen) -> None:
    case = found.case
    if case.over:
        show(_("{case} waits for nothing: it is over.", case=found.id))
    else:
        where = {"stage": word(case.stage), "round": case.round}
        show(_("{case} is in {stage}, round {round}, and waits for:", case=found.id, **where))
    for wait in sorted(waits(found), key=_later):
        _print_wait(wait, found)
    if by_itself := _by_itself(found):
        show("", _("Its workflow does by itself: {steps}", steps=listed(step.replace("_", "-") for step in by_itself)))
    waiting = held_back(case, found.now)
    for one in waiting:
        _print_held_back(one, found)
    held = {one.notice for one in waiting}
    if notices := [number for number in _to_be_sent(case) if number not in held]:
        show("", _("Notices on their way: {notices}", notices=listed(notices)))
    if failed := _failed(case):
        heading(_("Notices that could not be sent"))
        table(("", "", "", ""), [_failure(number, found) for number in failed])
    if lasting := pauses(found):
        heading(_("Time stands still"))
        for pause in lasting:
            _print_pause(pause, found)
    if limits := running(case):
        heading(_("Time limits that run"))
        table(("", "", "", ""), [row for name, clock in limits for row in _limit(name, clock, found)])


def _print_held_back(one: HeldBack, found: Seen) -> None:
    show("", Text(of_what_waits(one, found.case), style="bold"))
    rows = [
        *((_("to let it go at once"), Text(line)) for line in letting_go(one, found)),
        *((_("to take it back"), Text(line)) for line in taking_back(one, found)),
    ]
    pairs([(f"  {label}", value) for label, value in rows])


def _later(wait: Wait) -> bool:
    """Whether something else has to come first."""
    return bool(wait.then) and not wait.type


def _print_wait(wait: Wait, found: Seen) -> None:
    if _later(wait):
        show("", Text(_("then: {what}", what=wait.text), style="dim"))
        pairs([("  ", Text(line, style="dim")) for line in wait.then])
        return
    show("", Text(wait.text, style="bold"))
    lines = [(_("type this") if number == 0 else "", _typed(line, wait)) for number, line in enumerate(wait.type)]
    rows = [(_("from"), Text(who(wait, found))), (_("until"), Text(until(wait, found))), *lines]
    pairs([(f"  {label}", value) for label, value in rows if value])


def _typed(line: str, wait: Wait) -> Text:
    """The command; who may give it stands behind it as a comment of the shell, so that all of it can be pasted."""
    text = Text(line)
    if roles := wait.only.get(line):
        text.append("  # " + _("only {roles}", roles=_roles(roles)), style="dim")
    return text


def _failure(number: str, found: Seen) -> tuple[str, str, str, str]:
    notice = found.case.notices[number]
    to = word(notice.audience) if notice.to == notice.audience else notice.to
    return number, word(notice.kind), to, listed(resending(number, found))


def _print_pause(pause: Mapping[str, Any], found: Seen) -> None:
    title = pause_title(found.case.pauses[pause["pause"]], found)
    show(_("{pause}  {title} ({kind})", pause=pause["pause"], title=title, kind=word(pause["kind"])))
    rows = [
        (_("stands still since"), shown(pause["since"])),
        (_("holds"), listed(map(clock_label, pause["clocks"])) or _("no time limit")),
        (_("look at it"), _("the customer was heard of meanwhile") if pause["flagged"] else ""),
        *((_("type this"), line) for line in pause["type"]),
    ]
    pairs([(f"  {label}", value) for label, value in rows if value])


def _limit(name: str, clock: Clock, found: Seen) -> Iterator[tuple[str, str, str, str]]:
    """The limit, and a line for each command that stops it."""
    first, *others = stopping(name, found) or [""]
    state = _("breached") if clock.breached else _("stands still") if clock.standing else ""
    yield clock_label(name), due(clock.due, since=found.now) if _ticks(clock) else "", state, first
    for line in others:
        yield "", "", "", line


def _roles(roles: Iterable[str]) -> str:
    return listed(word(Role(role)) for role in roles)


def who(wait: Wait, found: Seen, called: Callable[[str], str] = str) -> str:
    """The people who are expected to give it; the roles that may, where those people may not have one."""
    people = listed(dict.fromkeys(map(called, wait.people)))
    if not wait.roles:
        return people or _("anyone but auditors")
    roles = _roles(wait.roles)
    if not people:
        return roles
    if all(set(wait.roles) & _last_roles(person, found) for person in wait.people if person != _("the customer")):
        return people
    return _("{people} (only {roles} may)", people=people, roles=roles)


def _last_roles(person: str, found: Seen) -> set[str]:
    """The roles with which a person acted on this case last; none when they have not."""
    actors = (entry.actor for entry in reversed(found.entries) if entry.actor.id == person)
    return {role.value for role in next((actor.roles for actor in actors), ())}


def until(wait: Wait, found: Seen) -> str:
    """When it is due, and by which time limit; empty when nothing says so."""
    if wait.due is None:
        return ""
    time = due(wait.due, since=found.now)
    return _("{time} ({clock})", time=time, clock=clock_label(wait.clock)) if wait.clock else time
