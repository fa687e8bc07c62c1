"""The read log page by page: by case, person, period and kind of access, however long it has become."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledger.access import BEFORE_ALL, OF_SEVERAL, Access, stream_of
from ledger.seal.leaf import recorded_at
from ledger.store import Ledger

AT_ONCE = 500
MOST = 3000
"""Accesses that are looked at for one page. Who seeks one among very many is told how far it went, and goes on."""

ALL = "originator_id >= 'access:' AND originator_id < 'access;'"
OF_ONE = "originator_id IN (%(own)s, %(several)s)"
NEWEST = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE {which} AND notification_id < %(before)s AND (%(kinds)s::text[] IS NULL OR topic = ANY(%(kinds)s))
ORDER BY notification_id DESC LIMIT %(limit)s
"""
FIRST_FROM = """
SELECT notification_id, state FROM casefold.stored_events WHERE notification_id >= %s ORDER BY notification_id LIMIT 1
"""


@dataclass(frozen=True)
class Sought:
    """Which accesses; what is empty asks for nothing."""

    case: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None
    """Recorded before then."""
    kinds: tuple[str, ...] = ()
    """The names of the events."""


@dataclass(frozen=True)
class Found:
    """A page of the log, the newest first."""

    items: tuple[Access, ...]
    older: int | None
    """The position before which it goes on; None after the last one. It leads to the same page tomorrow."""


def look(ledger: Ledger, sought: Sought, *, before: int | None = None, limit: int = 50) -> Found:
    """The newest accesses of these, or those before a position."""
    position = BEFORE_ALL if before is None else before
    if sought.until is not None:
        position = min(position, first_from(ledger, sought.until))
    found: list[Access] = []
    looked = 0
    while looked < MOST:
        rows = _rows(ledger, sought, position)
        for row in rows:
            access = Access(ledger.codec.decode(*row))
            if sought.since is not None and access.entry.recorded_at < sought.since:
                return Found(tuple(found), None)
            if not _wanted(sought, access):
                continue
            if len(found) == limit:
                return Found(tuple(found), found[-1].entry.position)
            found.append(access)
        if len(rows) < AT_ONCE:
            return Found(tuple(found), None)
        position = rows[-1][-1]
        looked += len(rows)
    return Found(tuple(found), position)


def _rows(ledger: Ledger, sought: Sought, before: int) -> list[tuple[Any, ...]]:
    statement = NEWEST.format(which=OF_ONE if sought.case else ALL)
    asked = {"own": stream_of(sought.case), "several": OF_SEVERAL, "before": before, "limit": AT_ONCE}
    return list(ledger.query(statement, asked | {"kinds": list(sought.kinds) or None}))


def _wanted(sought: Sought, access: Access) -> bool:
    by_them = not sought.actor or access.entry.actor.id == sought.actor
    return by_them and (not sought.case or access.concerns(sought.case))


def first_from(ledger: Ledger, moment: datetime) -> int:
    """The position of the first entry of the ledger that was recorded then or later: found by halves."""
    at = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    low, high = 1, ledger.newest() + 1
    while low < high:
        middle = (low + high) // 2
        rows = ledger.query(FIRST_FROM, [middle])
        if not rows or recorded_at(bytes(rows[0][1] or b"")) >= at:
            high = middle
        else:
            low = int(rows[0][0]) + 1
    return low
