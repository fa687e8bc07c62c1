"""Follows the ledger from a position that outlasts the process: views, relay and all else that comes after the ledger.

At least once, in the ledger's order. Whoever holds the lease of a name follows under it, on one connection of its own;
the position is written only under that lease, and only forward. A follower that finds the entry at its position gone or
changed stops with an alarm: the ledger was rolled back.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from domain.entry import Entry
from ledger.database import connect, explain, passing, translated
from ledger.errors import LeaseLost, LedgerRolledBack, LedgerUnavailable
from ledger.high_water import Mark, read_mark, write_mark
from ledger.store import EPOCH, Ledger, rows

LEASED = ("SET lock_timeout = '2s'", "SET idle_session_timeout = '8s'")
"""On the connection that holds a lease. It looks several times a second: when it says nothing for so long, its process
is frozen or its machine has no power, and the server, which would keep the lease for it for hours, lets go of it."""
LEASE = """
INSERT INTO casefold.follower AS f (name, epoch) VALUES (%s, 1)
ON CONFLICT (name) DO UPDATE SET epoch = f.epoch + 1 RETURNING position, digest, epoch
"""
MOVE = """
UPDATE casefold.follower SET position = %(position)s, digest = %(digest)s, moved_at = clock_timestamp()
WHERE name = %(name)s AND epoch = %(epoch)s AND position < %(position)s
"""
NEXT = """
SELECT originator_id, originator_version, topic,
       CASE WHEN notification_id = %(after)s THEN sha256(state) ELSE state END, notification_id
FROM casefold.stored_events WHERE notification_id >= %(after)s ORDER BY notification_id LIMIT %(limit)s
"""
AT = "SELECT sha256(state) FROM casefold.stored_events WHERE notification_id = %s"
NEWEST = "SELECT coalesce(max(notification_id), 0) FROM casefold.stored_events"
WHERE_ALL = "SELECT name, position, moved_at FROM casefold.follower ORDER BY name"


class Follower:
    """One name's place in the ledger.

    Safe to use from several threads: one may wait in `next` while others acknowledge. ``interval`` is the pause between
    two looks; an append in this process ends it early. ``high_water`` is a file outside the database that remembers how
    far this follower was, so that a restored older backup is noticed though its positions are older too.
    """

    def __init__(
        self,
        name: str,
        ledger: Ledger,
        *,
        interval: float = 0.1,
        limit: int = 500,
        high_water: Path | None = None,
    ) -> None:
        self.name = name
        self._ledger = ledger
        self._interval = interval
        self._limit = limit
        self._file = high_water
        self._written = 0.0
        self._marked: Mark | None = None
        self._key = int.from_bytes(hashlib.sha256(f"casefold.follower:{name}".encode()).digest()[:8], signed=True)
        self._lock = threading.RLock()
        self._connection: Connection[tuple[Any, ...]] | None = None
        self._lease = 0
        self._position = 0
        self._cursor = 0
        self._digest = self._acknowledged = b""
        self._ledger_epoch = ""
        self._delivered: deque[tuple[int, bytes]] = deque()
        self._seen: Mark | None = None

    @property
    def held(self) -> bool:
        """Whether this process follows under the name, as far as it knows."""
        return self._connection is not None

    @property
    def position(self) -> int:
        """The position up to which everything is acknowledged, as of the lease."""
        return self._position

    def acquire(self) -> bool:
        """Take the lease; False while another process has it.

        Raises LedgerRolledBack when what was followed before is no longer there, and LedgerUnavailable.
        """
        with self._lock:
            if self._connection is not None:
                return True
            with translated():
                connection = connect(self._ledger.address, f"casefold {self.name}"[:63], *LEASED)
                connection.silence = 4.0
            try:
                with translated():
                    if not connection.execute("SELECT pg_try_advisory_lock(%s)", [self._key]).fetchall()[0][0]:
                        connection.close()
                        return False
                    position, digest, lease = connection.execute(LEASE, [self.name]).fetchall()[0]
                    epoch = connection.execute(EPOCH).fetchall()[0][0]
                    self._look_back(connection, position, bytes(digest or b""), epoch)
            except BaseException:
                connection.close()
                raise
            self._connection, self._lease, self._ledger_epoch = connection, lease, epoch
            self._position, self._acknowledged = position, bytes(digest or b"")
            self.again()
            return True

    def next(self, timeout: float | None = None) -> list[Entry]:
        """The next entries, in the order of the ledger; empty when none came within ``timeout`` (None: one interval).

        Raises LeaseLost when the lease is gone (take it again: what was not acknowledged comes again),
        LedgerRolledBack, and UnreadableEntry.
        """
        deadline = time.monotonic() + (self._interval if timeout is None else timeout)
        while True:
            heard = self._ledger.appended.count
            self._remember()
            entries = self._poll()
            wait = min(self._interval, deadline - time.monotonic())
            if entries or wait <= 0:
                return entries
            self._ledger.appended.wait(heard, wait)

    def acknowledge(self, position: int) -> None:
        """Everything up to this position is done with and will not come again. Going back has no effect.

        Raises LeaseLost when another process follows under the name now.
        """
        with self._leased() as connection:
            self._move(connection, position)
        self._remember()

    def keep(self) -> None:
        """Say that this process still follows, for whoever takes long over one entry: a silent lease is taken away.

        Raises LeaseLost.
        """
        with self._leased() as connection:
            self._refuse_another(connection)

    @contextmanager
    def moving(self, position: int) -> Iterator[Connection[tuple[Any, ...]]]:
        """A transaction that moves the position: what is written in it happens exactly when the position moves.

        The position is moved first, so that its row keeps apart whoever writes the same read model.
        """
        with self._leased() as connection:
            with connection.transaction():
                self._move(connection, position, inside=True)
                yield connection
            self._moved(position)
        self._remember()

    def batches(self, stop: threading.Event, *, pause: float = 1.0) -> Iterator[list[Entry]]:
        """Follow until ``stop`` is set, through lost leases and servers that go away; batches are never empty.

        The caller acknowledges. Only alarms are raised: LedgerRolledBack, UnreadableEntry.
        """
        while not stop.is_set():
            try:
                if not self.acquire():
                    stop.wait(pause)
                    continue
                entries = self.next()
            except (LeaseLost, LedgerUnavailable):
                stop.wait(pause)
                continue
            if entries:
                yield entries

    def again(self) -> None:
        """Give out once more, in order, what was not acknowledged."""
        with self._lock:
            self._delivered.clear()
            self._cursor, self._digest = self._position, self._acknowledged

    def lag(self) -> int:
        """How many positions the newest entry is ahead of what is acknowledged (gaps count)."""
        return max(0, self._ledger.newest() - self._position)

    def release(self) -> None:
        """Give the lease back."""
        with self._lock:
            self._remember(now=True)
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _poll(self) -> list[Entry]:
        with self._leased() as connection:
            found = rows(connection, NEXT, {"after": self._cursor, "limit": self._limit + (self._cursor > 0)})
            if self._cursor:
                if not found or found[0][4] != self._cursor or bytes(found[0][3]) != self._digest:
                    raise self._alarm(connection, self._cursor)
                found = found[1:]
            entries = [self._ledger.codec.decode(*row) for row in found]
            self._delivered.extend((row[4], hashlib.sha256(row[3]).digest()) for row in found)
            if found:
                self._cursor, self._digest = self._delivered[-1]
                self._seen = Mark(self._ledger_epoch, self._cursor, self._digest)
            return entries

    def _move(self, connection: Connection[Any], position: int, *, inside: bool = False) -> None:
        if position <= self._position:
            return
        digest = next((digest for place, digest in reversed(self._delivered) if place == position), None)
        if digest is None:
            raise ValueError(f"{position} is not the position of an entry that was given out.")
        params = {"name": self.name, "position": position, "digest": digest, "epoch": self._lease}
        if not connection.execute(MOVE, params, prepare=True).rowcount:
            self._refuse_another(connection)
        if not inside:
            self._moved(position)

    def _refuse_another(self, connection: Connection[Any]) -> None:
        """Raises LeaseLost unless this lease is still the newest of its name."""
        now = connection.execute("SELECT epoch FROM casefold.follower WHERE name = %s", [self.name]).fetchall()
        if not now or now[0][0] != self._lease:
            raise LeaseLost(f"Another process follows as {self.name!r} now, or the ledger was restored.")

    def _moved(self, position: int) -> None:
        if position > self._position:
            while self._delivered[0][0] < position:
                self._delivered.popleft()
            self._position, self._acknowledged = self._delivered[0]

    @contextmanager
    def _leased(self) -> Iterator[Connection[tuple[Any, ...]]]:
        """The connection that holds the lease; when anything breaks on it, the lease is over."""
        with self._lock:
            connection = self._connection
            if connection is None:
                raise LeaseLost(f"The lease of {self.name!r} is not held.")
            try:
                yield connection
            except (LeaseLost, LedgerRolledBack):
                self._drop()
                raise
            except psycopg.Error as error:
                if connection.broken or passing(error):
                    self._drop()
                    raise LeaseLost(
                        f"The connection that held the lease of {self.name!r} broke: {explain(error)}"
                    ) from error
                raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _look_back(self, connection: Connection[Any], position: int, digest: bytes, epoch: str) -> None:
        """Whether everything that this follower has ever got is still there."""
        if position and not _holds(connection, position, digest):
            raise self._alarm(connection, position)
        for mark, where in ((self._seen, ""), (read_mark(self._file), f" (as {self._file} says)")):
            if mark is None or mark.epoch < epoch:
                continue  # A restore was declared since: what was there before it no longer counts.
            if mark.epoch > epoch or not _holds(connection, mark.position, mark.digest):
                raise self._alarm(connection, mark.position, where)

    def _alarm(self, connection: Connection[Any], position: int, where: str = "") -> LedgerRolledBack:
        newest = connection.execute(NEWEST).fetchall()[0][0]
        return LedgerRolledBack(self.name, position, newest, where=where)

    def _remember(self, *, now: bool = False) -> None:
        """Keep the high-water mark outside the database, at most once a second."""
        with self._lock:
            mark = Mark(self._ledger_epoch, self._position, self._acknowledged)
            if self._file is None or not self._position or mark == self._marked:
                return
            if not now and time.monotonic() - self._written < 1:
                return  # the next look at the ledger comes by here again
            write_mark(self._file, mark)
            self._written, self._marked = time.monotonic(), mark


@dataclass(frozen=True)
class Place:
    """How far a follower is."""

    name: str
    position: int
    moved_at: datetime


def places(ledger: Ledger) -> list[Place]:
    """All followers and their positions."""
    return [Place(*row) for row in ledger.query(WHERE_ALL)]


def _holds(connection: Connection[Any], position: int, digest: bytes) -> bool:
    found = connection.execute(AT, [position]).fetchall()
    return bool(found) and bytes(found[0][0]) == digest
