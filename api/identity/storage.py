"""The tables of `casefold_access`, worked with in transactions that may be repeated while the database is away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from psycopg import Connection
from psycopg.rows import dict_row

from ledger.store import Ledger

T = TypeVar("T")
Row = dict[str, Any]
Params = Sequence[Any] | Mapping[str, Any]


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Transaction:
    """All that is done with one is saved together, or nothing of it."""

    connection: Connection[Any]
    now: datetime

    def rows(self, statement: str, params: Params = ()) -> list[Row]:
        """Every row that a statement answers."""
        cursor = self.connection.cursor(row_factory=dict_row).execute(statement.encode(), params)
        return cursor.fetchall() if cursor.description is not None else []

    def row(self, statement: str, params: Params = ()) -> Row | None:
        """The first row, if there is one."""
        return next(iter(self.rows(statement, params)), None)

    def do(self, statement: str, params: Params = ()) -> int:
        """Change something; the number of rows."""
        return self.connection.execute(statement.encode(), params).rowcount


class Storage:
    """Where users and sessions are kept: in the ledger's database, beside the ledger."""

    def __init__(self, ledger: Ledger, clock: Callable[[], datetime] = wall_clock) -> None:
        self._ledger = ledger
        self.clock = clock

    def look(self, work: Callable[[Transaction], T]) -> T:
        """Read something with one statement, which needs no transaction around it: a third of the way to the server."""
        return self._ledger.reading(lambda connection: work(Transaction(connection, self.clock())))

    def run(self, work: Callable[[Transaction], T]) -> T:
        """Do it in one transaction. Done twice, after the answer to a commit was lost, it must do no harm."""

        def once(connection: Connection[Any]) -> T:
            with connection.transaction():
                return work(Transaction(connection, self.clock()))

        return self._ledger.reading(once)
