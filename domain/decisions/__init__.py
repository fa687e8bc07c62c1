"""What becomes of a command: events, or a refusal. One module per stage; this page is their table of contents."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from domain import events as e
from domain.case import Case
from domain.clocks import consequences, reported_at
from domain.context import Context
from domain.decisions import anytime, close, confirm, investigate, propose, receive, review
from domain.decisions.duties import duties
from domain.decisions.holding import held, refuse_too_early, with_what_it_stopped
from domain.evolve import evolve
from domain.message import Command, Event
from domain.needs import missing
from domain.policy import Sheet
from domain.refusal import Refused
from domain.rights import refuse_without_right
from domain.words import Stage

Decision = Callable[[Case, Any, Context], list[Event]]

DECISIONS: dict[type[Command], Decision] = {
    **receive.DECISIONS,
    **investigate.DECISIONS,
    **propose.DECISIONS,
    **confirm.DECISIONS,
    **close.DECISIONS,
    **review.DECISIONS,
    **anytime.DECISIONS,
}
"""Every command and the function that decides it."""


def decide(case: Case, command: Command, context: Context) -> list[Event]:
    """The events that follow from a command: what it asks for, what that does to clocks, and the stages it completes.

    Raises `Refused` with a sentence. Changes nothing.
    """
    sheet = context.sheet
    if sheet is None:
        raise Refused("no_sheet", kind=getattr(command, "kind", case.kind))
    refuse_without_right(command, context.actor, sheet)
    refuse_too_early(case, command, context)
    before, at = case, reported_at(case, command, context)
    events: list[Event] = []
    for event in DECISIONS[type(command)](case, command, context):
        event = with_what_it_stopped(event, events)
        case = _take_in(case, event, sheet, context, at, events)
        if isinstance(event, e.CaseMovedToPolicy):
            sheet = context.shelf.sheet(event.sheet.digest)
            case = _take_in_all(case, consequences(case, event, sheet, context.shelf, at), events)
    while (step := _next_step(case, sheet)) is not None:
        case = _take_in(case, step, sheet, context, at, events)
    events.extend(held(before, case, sheet, context))
    return events


def _take_in(case: Case, event: Event, sheet: Sheet, context: Context, at: datetime, events: list[Event]) -> Case:
    """Fold one event, what it does to the clocks and what else the sheet wants done; all are added to ``events``."""
    case = _take_in_all(case, [event], events)
    case = _take_in_all(case, consequences(case, event, sheet, context.shelf, at), events)
    for duty in list(duties(case, event, sheet, context, at)):
        case = _take_in(case, duty, sheet, context, at, events)
    return case


def _take_in_all(case: Case, new: Iterable[Event], events: list[Event]) -> Case:
    for event in list(new):
        case = evolve(case, event)
        events.append(event)
    return case


def _next_step(case: Case, sheet: Sheet) -> Event | None:
    """The stage that follows, or the end of the review, when nothing is missing in the stage of now."""
    if case.over or case.stage not in case.path or missing(case, sheet, case.stage):
        return None
    index = case.path.index(case.stage)
    if index + 1 < len(case.path):
        return e.StageEntered(stage=Stage(case.path[index + 1]), round=case.round)
    return e.ReviewCompleted()
