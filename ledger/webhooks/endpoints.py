"""Endpoints: the addresses of programs that are told of entries, and which entries each of them wants."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

OVERLAP = timedelta(hours=24)
"""So long both secrets sign after a rotation, unless it is said otherwise."""


class Standing(StrEnum):
    """Whether an endpoint is told of anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"


BY_HAND, GONE = "by_hand", "gone"
"""Why an endpoint is disabled: somebody did it, or the receiver answered 410."""


@dataclass(frozen=True)
class Endpoint:
    """One address, without its secret."""

    id: str
    label: str
    url: str
    events: tuple[str, ...]
    """Names of events; empty: all."""
    kinds: tuple[str, ...]
    """Kinds of cases; empty: all, and what is no case."""
    state: Standing
    reason: str
    since: int
    failing_since: datetime | None
    slot: str
    overlap_until: datetime | None
    made_by: str
    made_at: datetime
    changed_at: datetime

    @property
    def enabled(self) -> bool:
        """Whether it is told of anything."""
        return self.state is Standing.ENABLED

    def wants(self, position: int, event: str, kind: str) -> bool:
        """Whether it is to be told of this entry; ``kind`` is empty where the entry belongs to no case."""
        if not self.enabled or position <= self.since:
            return False
        return (not self.events or event in self.events) and (not self.kinds or kind in self.kinds)


def new_id() -> str:
    """An id of no meaning."""
    return f"WH-{os.urandom(6).hex()}"


def of_row(row: Mapping[str, Any]) -> Endpoint:
    """An endpoint, as its table has it."""
    values = {name: row[name] for name in Endpoint.__dataclass_fields__}
    lists = {name: tuple(row[name]) for name in ("events", "kinds")}
    return Endpoint(**{**values, **lists, "state": Standing(row["state"])})


def all_of(connection: Connection[Any]) -> list[Endpoint]:
    """Every endpoint, the oldest first."""
    cursor = connection.cursor(row_factory=dict_row)
    return [of_row(row) for row in cursor.execute("SELECT * FROM casefold_webhook.endpoint ORDER BY made_at, id")]


def find(connection: Connection[Any], endpoint: str, *, locked: bool = False) -> Endpoint | None:
    """One of them, if there is such a one."""
    lock = " FOR UPDATE" if locked else ""
    statement = f"SELECT * FROM casefold_webhook.endpoint WHERE id = %s{lock}".encode()
    row = connection.cursor(row_factory=dict_row).execute(statement, [endpoint]).fetchone()
    return None if row is None else of_row(row)


def insert(
    connection: Connection[Any],
    endpoint: str,
    label: str,
    url: str,
    events: Sequence[str],
    kinds: Sequence[str],
    by: str,
) -> None:
    """A new one. It is told of what is recorded from now on."""
    connection.execute(
        "INSERT INTO casefold_webhook.endpoint"
        " (id, label, url, events, kinds, state, reason, since, slot, made_by, made_at, changed_at)"
        " SELECT %s, %s, %s, %s, %s, 'enabled', '', coalesce(max(notification_id), 0), 'a', %s, now(), now()"
        " FROM casefold.stored_events",
        [endpoint, label, url, list(events), list(kinds), by],
    )


def describe(
    connection: Connection[Any], endpoint: str, label: str, url: str, events: Sequence[str], kinds: Sequence[str]
) -> None:
    """Let it be called otherwise, be elsewhere, or want other entries."""
    connection.execute(
        "UPDATE casefold_webhook.endpoint SET label = %s, url = %s, events = %s, kinds = %s, changed_at = now()"
        " WHERE id = %s",
        [label, url, list(events), list(kinds), endpoint],
    )


def enable(connection: Connection[Any], endpoint: str) -> None:
    """It is told again: of what still waits for it, and of what is recorded from now on."""
    connection.execute(
        "UPDATE casefold_webhook.endpoint SET state = 'enabled', reason = '', failing_since = NULL, changed_at = now()"
        " WHERE id = %s",
        [endpoint],
    )
    connection.execute(
        "UPDATE casefold_webhook.delivery SET tries = 0, next_at = clock_timestamp(), asked_at = clock_timestamp()"
        " WHERE endpoint = %s AND state = 'waiting'",
        [endpoint],
    )


def disable(connection: Connection[Any], endpoint: str, reason: str) -> None:
    """It is told nothing until it is enabled again."""
    connection.execute(
        "UPDATE casefold_webhook.endpoint SET state = 'disabled', reason = %s, changed_at = now() WHERE id = %s",
        [reason, endpoint],
    )


def rotated(connection: Connection[Any], endpoint: str, slot: str, overlap: timedelta) -> None:
    """From now on this slot has the secret in use; the other one signs too until the overlap is over."""
    connection.execute(
        "UPDATE casefold_webhook.endpoint SET slot = %s, overlap_until = now() + %s, changed_at = now() WHERE id = %s",
        [slot, overlap, endpoint],
    )
