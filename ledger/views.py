"""Worklist, summaries and balance: read models made from the ledger, and made anew from it at any time."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from domain.entry import Entry
from domain.summary import Summary, summary_of
from ledger.database import connect, translated
from ledger.errors import LeaseLost, LedgerError, LedgerUnavailable
from ledger.folds import Folds
from ledger.follow import LEASE, NEWEST, Follower, places
from ledger.marks import write_marks
from ledger.search import EVERYTHING, Sight, find, texts_of, without_text, write_texts
from ledger.store import Ledger

NAME = "views"
"""The follower that keeps the read models."""
COLUMNS = tuple(field.name for field in dataclasses.fields(Summary))
UPSERT = f"""
INSERT INTO casefold_views.case_summary ({", ".join(f'"{name}"' for name in COLUMNS)})
VALUES ({", ".join(f"%({name})s" for name in COLUMNS)})
ON CONFLICT ("case") DO UPDATE SET {", ".join(f'"{name}" = excluded."{name}"' for name in COLUMNS if name != "case")}
"""
PLACE = """
UPDATE casefold.follower SET position = %(newest)s, moved_at = clock_timestamp(),
       digest = (SELECT sha256(state) FROM casefold.stored_events WHERE notification_id = %(newest)s)
WHERE name = %(name)s
"""
CHUNK = 200
FILL_EVERY = 60.0
"""Seconds between two looks for cases that cannot be searched."""
GATHER = 0.2
"""Seconds between two batches: a case to which much happens is written once for all of it."""


class Views:
    """Asks the read models, and keeps them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._folds = Folds(ledger)

    def worklist(
        self,
        *,
        kind: str | None = None,
        stage: str | None = None,
        urgency: str | None = None,
        department: str | None = None,
        responsible: str | None = None,
        due_before: datetime | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Open cases, those that are due first on top; ``responsible`` finds also what is offered to that person."""
        return self._ask("worklist", **_arguments(locals()))

    def summary(
        self,
        *,
        kind: str | None = None,
        stage: str | None = None,
        ending: str | None = None,
        over: bool | None = None,
        limit: int = 200,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """All cases, open and ended, the newest first."""
        return self._ask("summary", **_arguments(locals()))

    def counts(self) -> list[dict[str, Any]]:
        """How many cases there are, by kind, stage and ending."""
        return self._ask("counts")

    def balance(self) -> list[dict[str, Any]]:
        """By command: how many were received, accepted and refused; the last two add up to the first."""
        return self._ask("balance")

    def position(self) -> int:
        """How far they have followed the ledger."""
        return next((place.position for place in places(self._ledger) if place.name == NAME), 0)

    def project(self, entries: Iterable[Entry], connection: Connection[Any] | None = None) -> int:
        """Bring the rows of the cases that these entries belong to up to date; how many cases. Harmless to repeat."""
        cases = [stream for stream in dict.fromkeys(entry.stream for entry in entries) if self._is_case(stream)]
        if connection is not None:
            self._make(cases, connection)
        elif cases:
            self._ledger.reading(lambda pooled: self._make(cases, pooled))
        return len(cases)

    def make_searchable(self, cases: Sequence[str] | None = None) -> int:
        """Make anew what is searched of these cases, or of all that lack it, as after a crash; how many."""
        wanted = without_text(self._ledger) if cases is None else iter(cases)
        done = 0
        for chunk in _chunks(wanted, CHUNK):
            texts = texts_of(self._ledger, self._states(chunk))
            self._ledger.reading(lambda pooled, texts=texts: write_texts(pooled, texts))  # type: ignore[misc]
            done += len(texts)
        return done

    def search(
        self, text: str, *, limit: int = 50, departments: Sequence[str] | None = None, sight: Sight = EVERYTHING
    ) -> list[dict[str, Any]]:
        """The cases that hold all these words, open ones first; ``departments`` narrows whose cases are looked at.

        ``sight`` is the condition, with its parameters, that says which rows may be seen at all.
        """
        return self._ledger.reading(
            lambda pooled: find(pooled, text, limit=limit, departments=departments, sight=sight)
        )

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Throw the rows away and make them anew, in one transaction: until it commits, screens show the old ones.

        ``progress`` is told how many cases are done, of how many. A projector at work waits, and goes on from there.
        """
        done = 0
        with (
            translated(),
            connect(self._ledger.address, "casefold rebuild-views") as connection,
            connection.transaction(),
        ):
            connection.execute("SET LOCAL idle_in_transaction_session_timeout = '5min'")
            connection.execute("SET LOCAL statement_timeout = '10min'")
            connection.execute("SET LOCAL lock_timeout = '30s'")
            connection.execute(LEASE, [NAME])
            newest = connection.execute(NEWEST).fetchall()[0][0]
            connection.execute("DELETE FROM casefold_views.case_summary")
            connection.execute("DELETE FROM casefold_views.case_text")
            connection.execute("DELETE FROM casefold_views.case_mark")
            total = sum(1 for _ in self._ledger.streams("case"))
            for chunk in _chunks(self._ledger.streams("case"), CHUNK):
                done += self._make(chunk, connection)
                if progress is not None:
                    progress(done, max(total, done))
            connection.execute(PLACE, {"name": NAME, "newest": newest})
        return done

    def _make(self, cases: Sequence[str], connection: Connection[Any]) -> int:
        """Write the rows of these cases, as of their newest entries; how many."""
        states = self._states(cases)
        _write(connection, [self._line(case, state) for case, state in states.items()])
        write_texts(connection, texts_of(self._ledger, states))
        write_marks(connection, list(states))
        return len(states)

    def _states(self, cases: Sequence[str]) -> dict[str, Any]:
        return {case: fold.state for case, fold in self._folds.load_all(cases).items()}

    def _line(self, case: str, state: Any) -> dict[str, Any]:
        digest = self._ledger.registry.types["case"].sheet_of(state)
        summary = summary_of(case, state, self._ledger.sheet(digest) if digest else None)
        return {name: _value(getattr(summary, name)) for name in COLUMNS}

    def _is_case(self, stream: str) -> bool:
        kind = self._ledger.registry.of_stream(stream)
        return kind is not None and kind.name == "case"

    def _ask(self, name: str, **params: Any) -> list[dict[str, Any]]:
        def ask(connection: Connection[Any]) -> list[dict[str, Any]]:
            return connection.cursor(row_factory=dict_row).execute(named_queries()[name][1], params).fetchall()

        return self._ledger.reading(ask)


class Projector:
    """Keeps the read models up to date: rows and position move in one transaction."""

    def __init__(
        self, ledger: Ledger, views: Views | None = None, *, interval: float = 0.1, high_water: Path | None = None
    ) -> None:
        self._views = views or Views(ledger)
        self._filled = 0.0
        self.follower = Follower(NAME, ledger, interval=interval, high_water=high_water)

    def run(self, stop: threading.Event) -> None:
        """Project until ``stop`` is set. Blocks: run it in a thread. Raises only alarms (see `Follower.batches`)."""
        try:
            self._fill(stop)
            for entries in self.follower.batches(stop):
                try:
                    self.project(entries)
                    stop.wait(GATHER)
                    if time.monotonic() - self._filled > FILL_EVERY:
                        self._fill(stop)
                except (LeaseLost, LedgerUnavailable):
                    self.follower.again()
                    stop.wait(0.5)
        finally:
            self.follower.release()

    def _fill(self, stop: threading.Event) -> None:
        """What is searched is lost in a crash of the server, and lacks what could not be opened: make it anew."""
        with suppress(LedgerError):  # at another time
            if not stop.is_set():
                self._views.make_searchable()
        self._filled = time.monotonic()

    def project(self, entries: Sequence[Entry]) -> int:
        """Project one batch and move on; how many cases it touched."""
        with self.follower.moving(entries[-1].position) as connection:
            return self._views.project(entries, connection)


@cache
def named_queries() -> dict[str, tuple[str, str]]:
    """The queries of views.sql: name → (what it answers, SQL)."""
    source = files("ledger").joinpath("views.sql").read_text(encoding="utf-8")
    found = {}
    for name, comment, query in re.findall(
        r"^-- name: (\w+)\n((?:-- [^\n]*\n)+)(.*?);$", source, re.MULTILINE | re.DOTALL
    ):
        found[name] = (" ".join(line.removeprefix("-- ") for line in comment.splitlines()), query)
    return found


def _write(connection: Connection[Any], lines: list[dict[str, Any]]) -> None:
    if lines:
        ordered: list[dict[str, Any]] = sorted(lines, key=lambda line: str(line["case"]))
        connection.cursor().executemany(UPSERT, ordered)


def _value(value: Any) -> Any:
    """Words as text, lists of words as arrays."""
    if isinstance(value, tuple | list):
        return [str(word) for word in value]
    return str(value) if isinstance(value, str) else value


def _arguments(names: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in names.items() if name != "self"}


def _chunks(streams: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(streams)
    while chunk := list(islice(rest, size)):
        yield chunk
