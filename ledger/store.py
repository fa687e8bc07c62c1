"""The ledger: entries of streams in the order in which they were recorded, read and appended."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar

from psycopg import Connection
from psycopg.rows import tuple_row

from domain.calendar_stream import calendar_of
from domain.calendars import Calendar
from domain.entry import Entry
from domain.policy import Sheet
from domain.stream import StreamType
from ledger.codec import Codec
from ledger.database import BoundedConnection, LedgerDatastore, address, patiently
from ledger.errors import LedgerNotReady, UnknownCalendar, UnknownSheet, UnknownStream
from ledger.event_table import EventTable
from ledger.keys.ring import KeyRing, Locked
from ledger.keys.store import KeyStore, SubjectState
from ledger.registry import Registry
from ledger.wake import Wake

T = TypeVar("T")
Params = Sequence[Any] | Mapping[str, Any]

HISTORY = """
SELECT originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id = %s ORDER BY originator_version
"""
READ = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE notification_id > %s ORDER BY notification_id LIMIT %s
"""
SHEETS = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id >= 'policy:' AND originator_id < 'policy;' AND topic IN ('SheetPublished', 'PolicyDrafted')
ORDER BY notification_id
"""
CALENDARS = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id >= 'calendar:' AND originator_id < 'calendar;' AND topic = 'CalendarPublished'
ORDER BY notification_id
"""
SUBJECTS = """
SELECT originator_id, topic FROM casefold.stored_events
WHERE originator_id = ANY(%s::text[]) AND topic IN ('SubjectErased', 'SubjectRestricted', 'SubjectReleased')
ORDER BY originator_id, originator_version
"""
STREAMS = """
SELECT originator_id FROM casefold.stored_events
WHERE originator_id > %s AND originator_id < %s AND originator_version = 1 ORDER BY originator_id LIMIT 1000
"""
NEW_EPOCH = """
INSERT INTO casefold.ledger_epoch (epoch, began_at, reason)
SELECT to_char(n.t AT TIME ZONE 'UTC', 'YYYYMMDD"T"HH24MISS.US"Z"') || '-'
       || left(replace(gen_random_uuid()::text, '-', ''), 8), n.t, %s
FROM (SELECT greatest(clock_timestamp(), max(began_at) + interval '1 microsecond') AS t FROM casefold.ledger_epoch) AS n
RETURNING epoch
"""
REWIND = """
UPDATE casefold.follower AS f SET position = 0, digest = NULL, epoch = f.epoch + 1, moved_at = clock_timestamp()
WHERE f.position > 0 AND NOT EXISTS (SELECT 1 FROM casefold.stored_events AS e
                                     WHERE e.notification_id = f.position AND sha256(e.state) = f.digest)
"""
EPOCH = "SELECT max(epoch) FROM casefold.ledger_epoch"


class Ledger:
    """Reads the ledger; `ledger.recorder.Recorder` is the only one who writes it.

    Opens nothing until it is used. Reading waits up to ``patience`` seconds for a database that is away, then raises
    LedgerUnavailable. Safe to use from many threads; not from an event loop (use ``asyncio.to_thread``).
    """

    def __init__(
        self,
        url: str,
        *,
        pool_size: int = 8,
        application_name: str = "casefold",
        stream_types: Mapping[str, StreamType] | None = None,
        patience: float = 10.0,
        keys: KeyStore | None = None,
    ) -> None:
        if stream_types is None:
            from domain.streams import STREAM_TYPES

            stream_types = STREAM_TYPES
        self.registry = Registry(stream_types)
        self.codec = Codec(self.registry.events)
        self.patience = patience
        self.ring = KeyRing(keys, self.states_of) if keys is not None else None
        """Seals and opens personal data; None: no key store is named, and what is sealed stays sealed."""
        self.appended = Wake()
        """Rings after each append of this process, so that its followers need not wait for their next poll."""
        self._url = url
        self._application_name = application_name
        self._datastore = LedgerDatastore(
            url, pool_size=pool_size, application_name=application_name, wait=min(patience, 5.0)
        )
        self._table: EventTable | None = None
        self._opening = threading.Lock()
        self._sheets: dict[str, Sheet] = {}
        self._calendars: dict[str, Calendar] = {}

    # ── For everyone ─────────────────────────────────────────────────────────────────────────────────────────────────

    def history(self, stream: str, until: datetime | None = None) -> list[Entry]:
        """The entries of a stream; with ``until`` the longest beginning that was recorded by that instant.

        Raises UnknownStream when there is no such stream; before its first entry a stream's history is empty.
        """
        if until is not None and until.tzinfo is None:
            raise ValueError("until has no time zone")
        rows = self.query(HISTORY, [stream]) if "\0" not in stream else []
        if not rows:
            raise UnknownStream(stream)
        entries = []
        for version, topic, state, position in rows:
            entry = self.codec.decode(stream, version, topic, state, position)
            if until is not None and entry.recorded_at > until:
                break
            entries.append(entry)
        return entries

    def read(self, after: int, limit: int) -> list[Entry]:
        """Entries of all streams in the order of the ledger, from the one after this position on."""
        return [self.codec.decode(*row) for row in self.query(READ, [after, limit])]

    def newest(self) -> int:
        """The position of the newest entry; 0 when the ledger is empty. Positions rise, with gaps."""
        return int(self.query("SELECT coalesce(max(notification_id), 0) FROM casefold.stored_events")[0][0])

    def now(self) -> datetime:
        """The ledger's clock."""
        now: datetime = self.query("SELECT clock_timestamp()")[0][0]
        return now

    def epoch(self) -> str:
        """The life of this ledger; it changes when a restore begins a new one. Later epochs sort after earlier ones."""
        return str(self.query(EPOCH)[0][0])

    def new_epoch(self, reason: str = "restored") -> str:
        """Begin a new life after an older backup was put back; followers of entries that are gone begin from the start.

        Their alarms end with it: call it only after what was acknowledged since has been repeated or given up.
        """

        def begin(connection: Connection[Any]) -> str:
            with connection.transaction():
                row = connection.cursor(row_factory=tuple_row).execute(NEW_EPOCH, [reason]).fetchone()
                connection.execute(REWIND)
                assert row is not None
                return str(row[0])

        return self.reading(begin)

    def sheet(self, digest: str) -> Sheet:
        """The policy sheet with this digest. Raises UnknownSheet."""
        sheet = self._sheets.get(digest)
        if sheet is None:
            for row in self.query(SHEETS):
                self.sheet_in(self.codec.decode(*row).event)
            sheet = self._sheets.get(digest)
        if sheet is None:
            raise UnknownSheet(digest)
        return sheet

    def calendar(self, digest: str) -> Calendar:
        """The version of a working calendar with this digest, as deadlines name it. Raises UnknownCalendar."""
        if digest not in self._calendars:
            for row in self.query(CALENDARS):
                event: Any = self.codec.decode(*row).event
                self._calendars.setdefault(event.digest, calendar_of(event))
        if digest not in self._calendars:
            raise UnknownCalendar(digest)
        return self._calendars[digest]

    def streams(self, type_name: str) -> Iterator[str]:
        """The ids of all streams of a type, in the order of their bytes."""
        for start, end in self.registry.ranges(type_name):
            while rows := self.query(STREAMS, [start, end]):
                for (stream,) in rows:
                    yield stream
                start = rows[-1][0]

    def opened(self, message: T) -> T:
        """The same event, command or record with its personal fields readable.

        Where a key is destroyed, or cannot be had, a word of `domain.personal` stands that says so.
        """
        return (self.ring or _NO_RING).opened(message)

    def opened_text(self, text: str) -> str:
        """One personal field, readable, or a word that says why not."""
        return (self.ring or _NO_RING).opened(text)

    def close(self) -> None:
        """Give the connections back. Closing twice does no harm."""
        self._datastore.close()
        if self.ring is not None:
            self.ring.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ── For the other modules of this package ────────────────────────────────────────────────────────────────────────

    @property
    def address(self) -> str:
        """The whole connection string."""
        return address(self._url, self._application_name)

    def sheet_in(self, event: Any) -> Sheet:
        """The sheet that a SheetPublished or PolicyDrafted carries, known by the digest under which it was recorded.

        Its name stays that digest even when a later program fills in more defaults and would compute another one.
        """
        sheet = self._sheets.get(event.digest)
        if sheet is None:
            sheet = Sheet.from_data(json.loads(event.content))
            sheet.__dict__["digest"] = event.digest
            sheet = self._sheets.setdefault(event.digest, sheet)
        return sheet

    def table(self) -> EventTable:
        """The table of entries; made at the first use because it asks the database about its types."""
        table = self._table
        if table is None:
            with self._opening:
                table = self._table
                if table is None:
                    table = EventTable(self._datastore)
                    if table.stored_event_type_name not in self._datastore.psycopg_python_types:
                        raise LedgerNotReady("This database holds no ledger yet. Migrate it first: casefold migrate")
                    self._table = table
        return table

    @contextmanager
    def connection(self, silence: float = BoundedConnection.silence) -> Iterator[Connection[Any]]:
        """A connection of the pool, in autocommit mode; errors are the library's and psycopg's."""
        with self._datastore.get_connection() as connection:
            assert isinstance(connection, BoundedConnection)
            connection.silence = silence
            yield connection

    def reading(self, work: Callable[[Connection[Any]], T]) -> T:
        """Do work that may be done again, with patience for a database that is away."""

        def once() -> T:
            with self.connection() as connection:
                return work(connection)

        return patiently(once, seconds=self.patience, between=self.mend)

    def state_of(self, subject: str) -> SubjectState:
        """What the ledger says may be done with a person's data, whatever the key store says."""
        return self.states_of([subject]).get(subject, SubjectState.ACTIVE)

    def states_of(self, subjects: Sequence[str]) -> dict[str, SubjectState]:
        """The same for many; those of which the ledger says nothing are left out."""
        found: dict[str, SubjectState] = {}
        for stream, topic in self.query(SUBJECTS, [[f"subject:{subject}" for subject in subjects]]):
            subject = stream.partition(":")[2]
            if found.get(subject) is not SubjectState.ERASED:  # nothing comes after that
                found[subject] = STATES[topic]
        return found

    def query(self, statement: str, params: Params = ()) -> list[tuple[Any, ...]]:
        """All rows of one statement that reads."""
        return self.reading(lambda connection: rows(connection, statement, params))

    def mend(self) -> None:
        """After a lost connection: do not try the others one by one."""
        self._datastore.mend()


_NO_RING = Locked()
STATES = {
    "SubjectErased": SubjectState.ERASED,
    "SubjectRestricted": SubjectState.RESTRICTED,
    "SubjectReleased": SubjectState.ACTIVE,
}


def rows(connection: Connection[Any], statement: str, params: Params = ()) -> list[tuple[Any, ...]]:
    """All rows, as tuples, by a prepared statement."""
    return connection.cursor(row_factory=tuple_row).execute(statement, params, prepare=True).fetchall()
