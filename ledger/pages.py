"""Pages of the worklist and of the case list that stay in place while rows come and go: each begins after a row.

A page is told by the last row of the one before it (a key of its order), never by a number of rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from ledger import views
from ledger.search import EVERYTHING as EVERYTHING
from ledger.search import Sight as Sight
from ledger.store import Ledger

COLUMNS = ", ".join(f'"{name}"' for name in views.COLUMNS)
FROM = f"SELECT {COLUMNS} FROM casefold_views.case_summary WHERE "

IS = ("kind", "stage", "urgency", "complexity", "category", "channel", "department", "ending")
"""Columns that a filter of their own name compares with a word."""
FILTERS: Mapping[str, str] = {
    **{name: f"{name} = %({name})s" for name in IS},
    "responsible": "(responsible = %(responsible)s OR offered_to = %(responsible)s)",
    "over": "over = %(over)s",
    "due_before": "next_due < %(due_before)s",
    "overdue": "(coalesce(clock_due, 'infinity') < clock_timestamp()) = %(overdue)s",
    "received_from": "received_at >= %(received_from)s",
    "received_before": "received_at < %(received_before)s",
}
"""Filter → its condition."""
DUE_AFTER = """
(coalesce(clock_due, 'infinity'), received_at, "case")
 > (coalesce(%(key_due)s::timestamptz, 'infinity'), %(key_received)s, %(key_case)s)
"""
RECEIVED_BEFORE = '(received_at, "case") < (%(key_received)s, %(key_case)s)'
BY_DUE = """ORDER BY coalesce(clock_due, 'infinity'), received_at, "case" """
"""What is late longest on top; an index has the same expression."""
BY_RECEIVED = 'ORDER BY received_at DESC, "case" DESC'


@dataclass(frozen=True)
class Key:
    """Where a page ends."""

    due: datetime | None
    received: datetime
    case: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Key:
        """The key of a row."""
        return cls(row["clock_due"], row["received_at"], row["case"])


Rows = list[dict[str, Any]]


def worklist(
    ledger: Ledger, filters: Mapping[str, Any], after: Key | None, limit: int, sight: Sight = EVERYTHING
) -> Rows:
    """Open cases after a key, those that are late or due first on top; cases without a running clock come last."""
    return _ask(ledger, filters, f"NOT over AND {DUE_AFTER}" if after else "NOT over", BY_DUE, after, limit, sight)


def cases(ledger: Ledger, filters: Mapping[str, Any], after: Key | None, limit: int, sight: Sight = EVERYTHING) -> Rows:
    """All cases after a key, open and ended, the newest first."""
    return _ask(ledger, filters, RECEIVED_BEFORE if after else "", BY_RECEIVED, after, limit, sight)


def _ask(
    ledger: Ledger,
    filters: Mapping[str, Any],
    after: str,
    order: str,
    key: Key | None,
    limit: int,
    sight: Sight,
) -> Rows:
    conditions = [FILTERS[name] for name in filters] + ([after] if after else []) + [f"({sight[0]})"]
    statement = f"{FROM}{' AND '.join(conditions)} {order} LIMIT %(limit)s"
    params: dict[str, Any] = {**filters, **sight[1], "limit": limit}
    if key is not None:
        params |= {"key_due": key.due, "key_received": key.received, "key_case": key.case}

    def ask(connection: Connection[Any]) -> Rows:
        return connection.cursor(row_factory=dict_row).execute(statement.encode(), params).fetchall()

    return ledger.reading(ask)
