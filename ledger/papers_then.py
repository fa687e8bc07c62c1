"""The organisation's papers as they were at an earlier moment: calendars in force, policy sheets, versions (L-02)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.calendar_stream import CalendarLife
from domain.calendars import Calendar
from domain.policy import Sheet
from domain.policy_events import PolicyDrafted, SheetPublished
from domain.policy_life import Policy, in_force, was_in_force
from domain.refusal import Refused
from ledger.database import BRIEF
from ledger.shelf import STALE_AFTER
from ledger.store import Ledger

PAPERS = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE (originator_id >= 'calendar:' AND originator_id < 'calendar;')
   OR (originator_id >= 'policy:' AND originator_id < 'policy;')
ORDER BY originator_id, originator_version
"""
UNSETTLED = timedelta(seconds=STALE_AFTER + BRIEF)
"""How long a decision may not have known of a paper, or may have known of it already.

A paper is recorded with the instant at which it was decided, and seen when it is committed; a calendar is used for a
while without asking again.
"""


@dataclass(frozen=True)
class _Life:
    """The states of one calendar or policy, each with the instant from which on it was there."""

    since: list[datetime]
    states: list[Any]

    def at(self, moment: datetime) -> tuple[datetime, Any] | None:
        """The newest state that was recorded by then."""
        place = bisect_right(self.since, moment)
        return (self.since[place - 1], self.states[place - 1]) if place else None


class PapersThen:
    """Everything that was ever on the shelf; `rows` are those of `PAPERS`. Asks the database nothing more."""

    def __init__(self, ledger: Ledger, rows: Iterable[tuple[Any, ...]]) -> None:
        self.ledger = ledger
        self._lives: defaultdict[str, _Life] = defaultdict(lambda: _Life([], []))
        for stream, version, topic, state, position in rows:
            entry = ledger.codec.decode(stream, version, topic, state, position)
            kind = ledger.registry.of_stream(stream)
            assert kind is not None, "both prefixes are known"
            if isinstance(entry.event, SheetPublished | PolicyDrafted):
                ledger.sheet_in(entry.event)
            life = self._lives[stream]
            life.since.append(entry.recorded_at)
            life.states.append(kind.evolve(life.states[-1] if life.states else kind.initial, entry.event))

    def at(self, now: datetime) -> ShelfThen:
        """What was on the shelf at that instant."""
        return ShelfThen(self, now, now)

    def around(self, now: datetime) -> Iterator[ShelfThen]:
        """What a decision of that instant may have found there instead, the likeliest first."""
        near = sorted({at for life in self._lives.values() for at in life.since if abs(at - now) <= UNSETTLED})
        for at in reversed(near):
            if at <= now:
                yield ShelfThen(self, now, at - timedelta.resolution)
        for at in near:
            if at > now:
                yield ShelfThen(self, now, at)

    def state(self, stream: str, moment: datetime) -> tuple[datetime, Any] | None:
        """A calendar or policy as it was known then, and since when."""
        life = self._lives.get(stream)
        return life.at(moment) if life is not None else None


@dataclass(frozen=True)
class ShelfThen:
    """The papers of one moment, as `domain.context.Shelf`."""

    papers: PapersThen
    now: datetime
    known: datetime
    """The newest paper that is known was recorded by then."""

    def calendar(self, name: str) -> Calendar:
        """The calendar in force then. Raises `Refused`, unknown_calendar."""
        found = self.papers.state(f"calendar:{name}", self.known)
        life = found[1] if found is not None else None
        if not isinstance(life, CalendarLife) or life.in_force is None:
            raise Refused("unknown_calendar", calendar=name)
        return life.in_force

    def sheet(self, digest: str) -> Sheet:
        """The sheet with this digest. Raises UnknownSheet."""
        return self.papers.ledger.sheet(digest)

    def version(self, kind: str, version: str) -> Sheet | None:
        """A version of the policy for a kind of case that was in force by then."""
        policy = self._policy(kind)
        if policy is None or not was_in_force(policy[1], version, self.now):
            return None
        return self.sheet(policy[1].versions[version].digest)

    def in_force(self, kind: str) -> Sheet | None:
        """The sheet that new cases of a kind followed then."""
        policy = self._policy(kind)
        if policy is None:
            return None
        digest = in_force(policy[1], max(self.now, policy[0]))
        return self.sheet(digest) if digest else None

    def _policy(self, kind: str) -> tuple[datetime, Policy] | None:
        return self.papers.state(f"policy:{kind}", self.known)
