"""Deliveries: one row for each entry and endpoint, with every try, until it has arrived or is given up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from ledger.store import rows

PING = "Ping"
"""The event of a trial, which stands for no entry."""


class Fate(StrEnum):
    """What has become of a delivery so far."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True)
class Delivery:
    """What is to be told to one endpoint, and how far that is."""

    number: int
    endpoint: str
    message: str
    position: int
    event: str
    stream: str
    state: Fate
    tries: int
    attempts: int
    status: int | None
    error: str
    made_at: datetime
    next_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True)
class Attempt:
    """One try: what the receiver answered, or why there was no answer."""

    number: int
    at: datetime
    status: int | None
    error: str
    milliseconds: int


@dataclass(frozen=True)
class Outcome:
    """What came of a try."""

    status: int | None = None
    error: str = ""
    milliseconds: int = 0
    retry_after: timedelta | None = None
    """What the receiver asks for, before it is tried again."""

    @property
    def arrived(self) -> bool:
        """The receiver has it."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """The receiver wants nothing any more."""
        return self.status == 410


@dataclass(frozen=True)
class Wanted:
    """A delivery that is to be made."""

    endpoint: str
    message: str
    position: int
    event: str
    stream: str


def of_row(row: Mapping[str, Any]) -> Delivery:
    """A delivery, as its table has it."""
    values = {name: row[name] for name in Delivery.__dataclass_fields__}
    return Delivery(**{**values, "state": Fate(row["state"])})


# ── Making them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def make_all(connection: Connection[Any], wanted: Sequence[Wanted]) -> None:
    """Make these, unless they were made before: an entry that comes twice is told once."""
    connection.cursor().executemany(
        "INSERT INTO casefold_webhook.delivery (endpoint, message, position, event, stream, state)"
        " VALUES (%s, %s, %s, %s, %s, 'waiting') ON CONFLICT (endpoint, message) DO NOTHING",
        [[one.endpoint, one.message, one.position, one.event, one.stream] for one in wanted],
    )


def again(connection: Connection[Any], number: int) -> None:
    """Ask for a delivery once more, from the first try on; its message keeps its id."""
    connection.execute(
        "UPDATE casefold_webhook.delivery SET state = 'waiting', tries = 0, ended_at = NULL,"
        " asked_at = clock_timestamp(), next_at = clock_timestamp() WHERE number = %s",
        [number],
    )


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def find(connection: Connection[Any], number: int, *, locked: bool = False) -> Delivery | None:
    """One of them, if there is such a one."""
    lock = " FOR UPDATE" if locked else ""
    statement = f"SELECT * FROM casefold_webhook.delivery WHERE number = %s{lock}".encode()
    row = connection.cursor(row_factory=dict_row).execute(statement, [number]).fetchone()
    return None if row is None else of_row(row)


def find_message(connection: Connection[Any], endpoint: str, message: str) -> Delivery | None:
    """The delivery of a message to an endpoint."""
    statement = "SELECT * FROM casefold_webhook.delivery WHERE endpoint = %s AND message = %s"
    row = connection.cursor(row_factory=dict_row).execute(statement, [endpoint, message]).fetchone()
    return None if row is None else of_row(row)


def newest(
    connection: Connection[Any], endpoint: str, *, state: Fate | None = None, before: int | None = None, limit: int = 50
) -> list[Delivery]:
    """The deliveries of an endpoint, the newest first."""
    cursor = connection.cursor(row_factory=dict_row)
    found = cursor.execute(
        "SELECT * FROM casefold_webhook.delivery WHERE endpoint = %(endpoint)s"
        " AND (%(state)s::text IS NULL OR state = %(state)s)"
        " AND (%(before)s::bigint IS NULL OR number < %(before)s) ORDER BY number DESC LIMIT %(limit)s",
        {"endpoint": endpoint, "state": state, "before": before, "limit": limit},
    )
    return [of_row(row) for row in found]


def attempts_of(connection: Connection[Any], number: int) -> list[Attempt]:
    """The tries of a delivery, the first one first."""
    statement = (
        "SELECT number, at, status, error, milliseconds FROM casefold_webhook.attempt WHERE delivery = %s"
        " ORDER BY number"
    )
    return [Attempt(**row) for row in connection.cursor(row_factory=dict_row).execute(statement, [number])]


@dataclass(frozen=True)
class Count:
    """How an endpoint's deliveries stand."""

    waiting: int = 0
    failing: int = 0
    """Of those that wait: how many were tried in vain already."""
    failed: int = 0


COUNTS = """
SELECT endpoint, count(*) FILTER (WHERE state = 'waiting'), count(*) FILTER (WHERE state = 'waiting' AND tries > 0),
       count(*) FILTER (WHERE state = 'failed')
FROM casefold_webhook.delivery WHERE state <> 'delivered' GROUP BY endpoint
"""


def counts(connection: Connection[Any]) -> dict[str, Count]:
    """For each endpoint that has any."""
    return {endpoint: Count(*numbers) for endpoint, *numbers in rows(connection, COUNTS)}


# ── For who delivers ─────────────────────────────────────────────────────────────────────────────────────────────────

STIRRED = """
SELECT e.id, d.asked_at FROM casefold_webhook.endpoint AS e
CROSS JOIN LATERAL (SELECT asked_at FROM casefold_webhook.delivery
                    WHERE endpoint = e.id AND state = 'waiting' ORDER BY asked_at DESC LIMIT 1) AS d
WHERE e.state = 'enabled' AND EXISTS (SELECT FROM casefold_webhook.delivery
                                      WHERE endpoint = e.id AND state = 'waiting' AND next_at <= clock_timestamp())
"""
DUE = """
SELECT number FROM casefold_webhook.delivery
WHERE endpoint = %s AND state = 'waiting' AND next_at <= clock_timestamp() AND number <> ALL (%s::bigint[])
ORDER BY next_at, number LIMIT %s
"""
NEXT = """
SELECT extract(epoch FROM min(next_at) - clock_timestamp())::float8 FROM casefold_webhook.delivery
WHERE endpoint = %s AND state = 'waiting' AND next_at > clock_timestamp()
"""


def stirred(connection: Connection[Any]) -> dict[str, datetime]:
    """The endpoints for which something is due, each with when something was asked for last."""
    return dict(rows(connection, STIRRED))


def due(connection: Connection[Any], endpoint: str, but: Sequence[int], limit: int) -> tuple[list[int], float | None]:
    """What is due for an endpoint, and in how many seconds something else will be."""
    numbers = [number for (number,) in rows(connection, DUE, [endpoint, list(but), limit])]
    ((seconds,),) = rows(connection, NEXT, [endpoint])
    return numbers, seconds


def note(connection: Connection[Any], delivery: Delivery, outcome: Outcome, pause: timedelta | None) -> Fate:
    """Write down a try and what follows: it has arrived, is tried again after the pause, or is given up (None)."""
    connection.execute(
        "INSERT INTO casefold_webhook.attempt (delivery, number, status, error, milliseconds)"
        " VALUES (%s, %s, %s, %s, %s)",
        [delivery.number, delivery.attempts + 1, outcome.status, outcome.error, outcome.milliseconds],
    )
    fate = Fate.DELIVERED if outcome.arrived else Fate.FAILED if pause is None else Fate.WAITING
    connection.execute(
        "UPDATE casefold_webhook.delivery SET state = %(fate)s, tries = tries + 1, attempts = attempts + 1,"
        " status = %(status)s, error = %(error)s,"
        " next_at = CASE WHEN %(fate)s = 'waiting' THEN clock_timestamp() + %(pause)s END,"
        " ended_at = CASE WHEN %(fate)s <> 'waiting' THEN clock_timestamp() END WHERE number = %(number)s",
        {
            "fate": fate.value,
            "status": outcome.status,
            "error": outcome.error,
            "pause": pause or timedelta(0),
            "number": delivery.number,
        },
    )
    if fate is Fate.DELIVERED:
        mark = "UPDATE casefold_webhook.endpoint SET failing_since = NULL WHERE id = %s AND failing_since IS NOT NULL"
        connection.execute(mark, [delivery.endpoint])
    elif fate is Fate.FAILED:
        mark = "UPDATE casefold_webhook.endpoint SET failing_since = now() WHERE id = %s AND failing_since IS NULL"
        connection.execute(mark, [delivery.endpoint])
    return fate


def prune(connection: Connection[Any], older_than: timedelta) -> int:
    """Remove what arrived, or was given up, longer ago than this; how many deliveries those were.

    An endpoint never gets again what was removed, should the ledger be followed once more from its beginning.
    """
    with connection.transaction():
        connection.execute(
            "UPDATE casefold_webhook.endpoint AS e SET since = greatest(e.since, d.position) FROM ("
            "  SELECT endpoint, max(position) AS position FROM casefold_webhook.delivery"
            "  WHERE state <> 'waiting' AND ended_at < now() - %s GROUP BY endpoint) AS d WHERE d.endpoint = e.id",
            [older_than],
        )
        return connection.execute(
            "DELETE FROM casefold_webhook.delivery WHERE state <> 'waiting' AND ended_at < now() - %s", [older_than]
        ).rowcount
