"""How a time limit stands, in the few words of one line: for `show`, `why` and `deadline`."""

from __future__ import annotations

from collections.abc import Iterator

from console.look import Seen
from console.when import due, shown
from console.words import N_, _, clock_label, language, listed, word
from domain import events as e
from domain.case import Clock, Paused

CAUSES = {
    "resumed": N_("it ran again after a pause"),
    "calendar": N_("the calendar changed"),
    "urgency": N_("the case became more or less urgent or complex"),
    "policy": N_("the case was moved to another version of its policy"),
    "restarted": N_("it went on where it stood"),
}
"""Why a deadline was counted anew."""


def clock_line(name: str, clock: Clock, found: Seen) -> tuple[str, str, str, str]:
    """Its name, when it is due, whose limit it is, and how it stands."""
    return clock_label(name), _due(clock, found), word(clock.family), listed(states_of(name, clock, found))


def cause_words(cause: str) -> str:
    """Why a deadline moved; the cause of a newer program stands for itself."""
    return _(CAUSES[cause]) if cause in CAUSES else cause


def _due(clock: Clock, found: Seen) -> str:
    if not clock.running or clock.standing or found.case.over:
        return shown(clock.due)
    return due(clock.due, since=found.now)


def states_of(name: str, clock: Clock, found: Seen) -> Iterator[str]:
    """Everything that is worth saying about a clock, the worst first."""
    if clock.breached:
        yield _("breached")
    if clock.escalated:
        yield _("escalated to step {number}", number=clock.escalated)
    yield _state(clock, found)
    if moves := times_moved(name, found):
        yield _("moved once") if moves == 1 else _("moved {number} times", number=moves)
    if clock.provisional and clock.running:
        yield _("provisional")


def _state(clock: Clock, found: Seen) -> str:
    if clock.lapsed:
        return _("lapsed {time}", time=shown(clock.stopped_at))
    if clock.stopped_at is not None:
        return _("done {time}", time=shown(clock.stopped_at))
    if found.case.over:
        return _("the case is over")
    if clock.standing:
        return _("stands still ({pauses})", pauses=listed(holding(clock)))
    return _("running")


def pause_title(pause: Paused, found: Seen) -> str:
    """What the sheet calls the reason of a pause."""
    rule = found.sheet.pauses.get(pause.reason)
    return (rule.title if rule else {}).get(language(), pause.reason.replace("_", " "))


def holding(clock: Clock) -> list[str]:
    """The numbers of the pauses that hold a clock now."""
    return [stand.pause for stand in clock.stands if stand.until is None]


def times_moved(name: str, found: Seen) -> int:
    """How often the deadline was counted anew, since the clock was started last."""
    times = 0
    for entry in found.entries:
        match entry.event:
            case e.ClockStarted(clock=clock) if clock == name:
                times = 0
            case e.DeadlineMoved(clock=clock) if clock == name:
                times += 1
    return times
