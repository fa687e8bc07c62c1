"""Many timers: open cases whose warnings, deadlines and escalations fall in one minute, and how late each comes."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import policies
from bench.life import OPERATOR, PLAIN, life
from domain import events as e
from domain.commands import ReceiveCase
from domain.message import Event
from domain.policy import Sheet
from domain.rules import ClockRule, Escalation
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger

KIND = "bench_timers"
RAISED: tuple[type[Event], ...] = (e.ClockWarned, e.ClockBreached, e.ClockEscalated)
"""What each case's clock raises, once each."""
HOW_MANY = "SELECT count(*) FROM casefold.stored_events WHERE topic = ANY(%s) AND originator_id = ANY(%s)"
AT_ONCE = 50
"""Cases that are opened in one append."""


@dataclass(frozen=True)
class Timing:
    """When a case's clock warns, is due and is escalated, counted from its start."""

    due: timedelta
    warn_percent: int
    escalate_after: timedelta

    def sheet(self) -> Sheet:
        """An inquiry with this clock and no other; who registers a case may say that it came earlier."""
        rule = ClockRule(
            name="answer",
            starts=("CaseReceived",),
            stops=("InquiryAnswered",),
            limit={"ordinary": f"{self.due.seconds}s"},
            warn=(self.warn_percent,),
            escalate=(Escalation(after=f"{self.escalate_after.seconds}s", to="lead"),),
        )
        shipped = policies.load()["inquiry"]
        window = {"receive_case": 2 * self.due.seconds}
        return replace(
            shipped, name=KIND, kind=KIND, clocks=(rule,), pauses={}, automatic=(), happened_at_window_seconds=window
        )


IN_A_MINUTE = Timing(due=timedelta(seconds=100), warn_percent=90, escalate_after=timedelta(seconds=5))
"""Warned 10 s before it is due and escalated 5 s after it."""
OVER = {"minute": timedelta(seconds=45), "instant": timedelta(0)}
"""How far the starts lie apart: so that all falls in one minute, and so that all clocks are due at the same instant."""


def open_cases(recorder: Recorder, name: str, starts: Sequence[datetime]) -> list[str]:
    """A case for each of these starts, all reported now."""
    submissions = []
    for number, start in enumerate(starts):
        command = life(PLAIN, f"{name}/{number}")[0]
        assert isinstance(command, ReceiveCase)
        command = replace(command, kind=KIND)
        submissions.append(Submission(command, OPERATOR, f"{name}/{number}", happened_at=start))
    streams = []
    for first in range(0, len(submissions), AT_ONCE):
        for receipt in recorder.record_all(submissions[first : first + AT_ONCE]):
            if receipt.refusal is not None:
                raise receipt.refusal
            streams.append(receipt.stream)
    return streams


def spread(now: datetime, cases: int, over: timedelta) -> list[datetime]:
    """Starts of so many cases, evenly apart, the last one now."""
    return [now - over * number / max(1, cases - 1) for number in reversed(range(cases))]


def wait_until_raised(ledger: Ledger, streams: Sequence[str], patience: float) -> bool:
    """Wait until as many warnings, breaches and escalations are there as there should be; False when they are not."""
    names = [event.__name__ for event in RAISED]
    until = time.monotonic() + patience
    while ledger.query(HOW_MANY, [names, list(streams)])[0][0] < len(streams) * len(RAISED):
        if time.monotonic() > until:
            return False
        time.sleep(0.5)
    return True


@dataclass
class Raised:
    """What the clocks of these cases have raised."""

    cases: int
    lags: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Event → seconds between the instant at which it was due and that at which it was recorded."""
    missing: int = 0
    twice: int = 0
    early: int = 0

    @property
    def all_lags(self) -> list[float]:
        """Of all events together."""
        return [lag for lags in self.lags.values() for lag in lags]


def raised(ledger: Ledger, streams: Iterable[str]) -> Raised:
    """Look through the histories of these cases: every event once, none early, and how late each was."""
    found = Raised(0)
    for stream in streams:
        found.cases += 1
        seen: Mapping[type[Event], list[float]] = {event: [] for event in RAISED}
        for entry in ledger.history(stream):
            if type(entry.event) in RAISED:
                assert entry.event.instant is not None
                seen[type(entry.event)].append((entry.recorded_at - entry.event.instant).total_seconds())
        for event, lags in seen.items():
            found.lags[event.__name__] += lags
            found.missing += not lags
            found.twice += max(0, len(lags) - 1)
            found.early += sum(lag < 0 for lag in lags)
    return found


def round_of_timers(
    ledger: Ledger, recorder: Recorder, name: str, cases: int, over: timedelta, say: Callable[[str], None]
) -> Raised:
    """Open so many cases whose starts lie apart by so much in all, and wait until their time has passed."""
    say(f"{name}: opening {cases} cases")
    streams = open_cases(recorder, name, spread(ledger.now(), cases, over))
    say(f"{name}: {len(RAISED) * cases} events fall due in the next two minutes")
    last = IN_A_MINUTE.due + IN_A_MINUTE.escalate_after
    wait_until_raised(ledger, streams, last.total_seconds() + 120)
    return raised(ledger, streams)
