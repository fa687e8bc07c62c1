"""What is sent waits for a moment when that is asked for: a slip can be undone before anybody hears of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain import events as e
from domain.actor import WORKFLOW
from domain.case import Case
from domain.context import Context
from domain.message import Command, Event, snake
from domain.policy import Sheet
from domain.progress import wanted
from domain.refusal import Refused
from domain.words import Audience


def held(before: Case, case: Case, sheet: Sheet, context: Context) -> Iterator[Event]:
    """The steps that the workflow would take at once because of this command wait as long as its own notices.

    A promise is worth more than the chance to undo: nothing waits when a time limit would pass meanwhile.
    """
    if not context.hold:
        return
    until = context.now + context.hold
    passing = any(clock.running and context.now <= clock.due <= until for clock in case.clocks.values())
    steps = tuple(name for name in wanted(case, sheet) if name not in wanted(before, sheet))
    if steps and not passing:
        yield e.StepsHeld(steps=steps, until=until)


def refuse_too_early(case: Case, command: Command, context: Context) -> None:
    """The workflow's timer may be a little ahead of the ledger's clock; a person may take the step when they like."""
    name = snake(type(command).__name__)
    until = case.held.get(name)
    if until is not None and context.actor.id == WORKFLOW.id and context.now < until:
        raise Refused("step_held", command=name, until=until.isoformat())


def with_what_it_stopped(event: Event, before: Sequence[Event]) -> Event:
    """A notice to the customer remembers the time limits that this command has stopped so far."""
    if not isinstance(event, e.NoticeRequested) or event.audience is not Audience.CUSTOMER or event.stopped:
        return event
    return replace(event, stopped=tuple(one.clock for one in before if isinstance(one, e.ClockStopped)))
