"""The page of a case: what it is, what it waits for, its time limits, what happened, and what one may do now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from math import ceil
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.clock_words import pause_title, states_of
from console.deadline_page import in_one_sentence, parts, warnings
from console.hints import BLANK, hints
from console.look import Seen, seen
from console.masking import mask
from console.offers import Offer, offers
from console.reveal import fields_in
from console.show import PERSONAL, as_json_of
from console.telling import line_as_json
from console.undo import compensation, hold, left
from console.web.countdown import Countdown, countdown, of_clock
from console.web.customers import others_of
from console.web.desk import AtDesk, Desk, new_id
from console.web.evidence_lines import pieces
from console.web.problems import Page
from console.web.reads import note_read
from console.web.timeline import Line, lines, people_of, rounds
from console.why import Wait, of_what_waits, until, waits, who
from console.words import word
from domain import events as e
from domain.case import Clock
from domain.explain import UnknownClock, clocks_of, explain
from domain.held_back import HeldBack, held_back
from domain.policy_life import Policy, was_in_force
from ledger.errors import UnknownStream

TABS = ("timeline", "entries", "json")

router = APIRouter(route_class=Page)


@dataclass(frozen=True)
class Step:
    """One thing a case waits for, with the buttons that give it."""

    wait: Wait
    who: str
    until: str
    buttons: tuple[tuple[str, Mapping[str, str]], ...]
    """Command and the values that are known; only what this person may give now."""
    later: bool
    """Something else has to come first."""


@dataclass(frozen=True)
class Waiting:
    """What is held back so that it can be undone, with what this person may do about it."""

    what: HeldBack
    sentence: str
    lets_go: bool
    takes_back: bool
    command_id: str
    """For the button that lets it go: pressed twice, it is given once."""


@dataclass(frozen=True)
class Limit:
    """A time limit on the page."""

    name: str
    clock: Clock
    countdown: Countdown
    states: tuple[str, ...]


@router.get("/cases/{case}", include_in_schema=False)
def show_case(at: AtDesk, case: str, tab: str = "timeline", done: str = "") -> HTMLResponse:
    """The page. ``done`` is the id of a command that was recorded just now: its act is told first."""
    found = looked_at(at, case)
    at.shows_case = True
    if at.reveal:
        note_read(at.house, at.visitor, found.id, _personal(at, found), _act(found))
    offered = offers_of(at, found) if at.visitor.may(Permission.WORK_CASE) else []
    tab = tab if tab in TABS else TABS[0]
    at.naming.know(people_on(found))
    customer, others = others_of(at, found.id, found.case)
    return at.page(
        "case.html",
        found=found,
        case=found.case,
        intake=_intake(at, found),
        customer=customer,
        others=others,
        offered=offered,
        groups=_grouped(offered, found),
        steps=_steps(at, found, {offer.command for offer in offered}),
        waiting=_waiting(found, {offer.command for offer in offered}),
        countdown=countdown(found.case, at.house.ledger, found.now),
        limits=_limits(at, found),
        evidence=pieces(at, found),
        command_id=new_id(),
        pauses=[(n, p, pause_title(p, found)) for n, p in found.case.pauses.items() if p.until is None],
        tab=tab,
        done=_done(at, found, done),
        leaves_in=max((_seconds(one.until, found.now) for one in held_back(found.case, found.now)), default=0),
        **_tab(at, found, tab),
    )


def looked_at(at: Desk, case: str) -> Seen:
    """The case, if there is one and this person may see it."""
    at.need(Permission.SEE_CASE)
    found = seen(at.house, case.strip().upper())
    if not at.visitor.sees_case(found.case):
        raise HTTPException(403)
    return found


def worked_at(at: Desk, case: str) -> Seen:
    """The same for whoever may give commands; which ones, the policy sheet and the domain say."""
    at.need(Permission.WORK_CASE)
    return looked_at(at, case)


def _personal(at: Desk, found: Seen) -> set[str]:
    """The personal fields that the page has something in."""
    opened = (at.house.ledger.opened(entry.event) for entry in found.entries)
    return {name for name in PERSONAL if getattr(found.case.intake, name)} | fields_in(opened)


def _act(found: Seen) -> str:
    """Looking at one case within one hour is one act."""
    return f"console/{found.id}/{found.now:%Y-%m-%dT%H}"


def offers_of(at: Desk, found: Seen) -> list[Offer]:
    """The commands that this person may give on it now."""
    return offers(found, at.visitor.actor, versions_of(at, found))


def _grouped(offered: list[Offer], found: Seen) -> dict[str, list[Offer]]:
    """By the stage that they belong to: that of now first, then the others as a case walks them."""
    parts = dict.fromkeys((found.case.stage.value, *(offer.part for offer in offered)))
    groups = {
        part: [offer for offer in offered if offer.part == part and offer.command != "add_evidence"] for part in parts
    }
    return {part: some for part, some in groups.items() if some}


def versions_of(at: Desk, found: Seen) -> tuple[str, ...]:
    """The versions of the policy that were ever in force."""
    try:
        policy: Policy = at.house.recorder.load(f"policy:{found.case.kind}")[1]
    except UnknownStream:
        return ()
    return tuple(name for name in policy.versions if was_in_force(policy, name, found.now))


def _tab(at: Desk, found: Seen, tab: str) -> dict[str, Any]:
    opened = at.house.ledger.opened
    match tab:
        case "entries":
            return {"lines": lines(found.entries, opened, reveal=at.reveal)[::-1]}
        case "json":
            state = as_json_of(found, reveal=at.reveal)
            return {"data": state | {"entries": [line_as_json(entry, reveal=at.reveal) for entry in found.entries]}}
        case _:
            return {"rounds": rounds(found.entries, opened, reveal=at.reveal)}


def people_on(found: Seen) -> set[str]:
    """Whom the page names: whoever did something, and whoever is to do something."""
    case = found.case
    hands = {case.responsible, case.lead, case.registered_by}
    offers = [one for one in (case.hand_over, case.assignment) if one]
    offered = {person for one in offers for person in (one.to, one.giver)}
    measures = {one.owner for one in case.proposal.measures.values()} if case.proposal else set()
    asked = {one.to for one in case.questions.values()}
    return hands.union(offered, measures, asked, case.reported_to, *map(people_of, found.entries))


def _intake(at: Desk, found: Seen) -> list[tuple[str, str, bool]]:
    """Field, what may be shown of it, and whether it is personal."""
    told = []
    for field in fields(found.case.intake):
        value = getattr(found.case.intake, field.name)
        personal = field.name in PERSONAL
        text = at.house.ledger.opened_text(value) if personal else word(value)
        if text:
            told.append((field.name, mask(field.name, text) if personal and not at.reveal else text, personal))
    return told


def _steps(at: Desk, found: Seen, offered: set[str]) -> list[Step]:
    """What it waits for; what can be given now comes first."""
    steps = []
    for wait in waits(found):
        told = hints(wait.code, found)
        now = [hint for hint in told if hint.accepted and hint.command in offered]
        buttons = tuple(
            (hint.command, {name: text for name, text in hint.known.items() if BLANK not in text and '"' not in text})
            for hint in now
        )
        people = who(wait, found, at.naming.person)
        steps.append(Step(wait, people, until(wait, found), buttons, bool(wait.then) and not wait.type))
    return sorted(steps, key=lambda step: (step.later, not step.buttons))


def _limits(at: Desk, found: Seen) -> list[Limit]:
    """All of them, the one that presses most on top."""
    case = found.case
    return [
        Limit(
            name,
            case.clocks[name],
            of_clock(name, case.clocks[name], at.house.ledger, found.now),
            tuple(states_of(name, case.clocks[name], found)),
        )
        for name in clocks_of(case)
    ]


@dataclass(frozen=True)
class Done:
    """What this person has just done, and whether one click undoes it."""

    line: Line
    undo: str
    """The command that would; empty when none does."""
    seconds: int
    leaves_in: int
    """Seconds until what follows from it is sent; 0: nothing is held back."""


def _done(at: Desk, found: Seen, command_id: str) -> Done | None:
    mine = [entry for entry in found.entries if entry.command_id == command_id and entry.actor == at.visitor.actor]
    if not command_id or not mine:
        return None
    told = lines(mine, at.house.ledger.opened, reveal=False)
    seconds = at.house.undo_seconds
    undo = compensation(found.entries, command_id, at.visitor.actor.id, found.now, seconds)
    head = next((line for line in told if not line.is_consequence), told[0])
    waiting = any(isinstance(entry.event, e.NoticeRequested | e.StepsHeld) for entry in mine)
    return Done(
        head,
        type(undo[0]).__name__ if undo else "",
        left(found.entries, command_id, found.now, seconds),
        left(found.entries, command_id, found.now, hold(seconds)) if waiting else 0,
    )


def _seconds(until: datetime, now: datetime) -> int:
    return ceil((until - now).total_seconds())


def _waiting(found: Seen, offered: set[str]) -> list[Waiting]:
    """What is held back; what leaves first on top."""
    return [
        Waiting(one, of_what_waits(one, found.case), one.lets_go in offered, one.takes_back in offered, new_id())
        for one in held_back(found.case, found.now)
    ]


@router.get("/cases/{case}/clocks/{clock}", include_in_schema=False)
def explain_clock(at: AtDesk, case: str, clock: str) -> HTMLResponse:
    """Why a time limit is due when it is."""
    found = looked_at(at, case)
    ledger = at.house.ledger
    try:
        explained = explain(found.entries, clock, ledger.sheet, ledger.calendar, found.now)
    except UnknownClock:
        raise HTTPException(404) from None
    at.naming.know(people_on(found))
    return at.page(
        "clock.html",
        found=found,
        clock=clock,
        countdown=of_clock(clock, found.case.clocks[clock], ledger, found.now),
        sentence=in_one_sentence(explained),
        warnings=warnings(explained),
        parts=list(parts(explained)),
    )


def since(found: Seen, version: int, at: Desk) -> Sequence[Line]:
    """What was recorded after a version, the newest first; personal data masked."""
    entries = found.entries[version:]
    at.naming.know(one for entry in entries for one in people_of(entry))
    return lines(entries, at.house.ledger.opened, reveal=False)[::-1]
