"""The key store: a database that holds, for each data subject, its keys, its state and the hashes it is known by."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import Connection
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from ledger.database import BoundedConnection, address, explain
from ledger.errors import KeysNotReady, KeysUnavailable
from ledger.keys.master import SIZE, MasterKeyMissing, MasterKeys, NotUnwrapped
from ledger.keys.sealed import SubjectKey, commitment_of

CUSTOMER, CONTACT, CASE, ACTOR = "customer", "contact", "case", "actor"
"""What a subject may be known by: a customer number, a phone or mail, a case without either, a member of staff."""
BY_REFERENCE = """
SELECT r.subject FROM casefold_keys.reference AS r JOIN casefold_keys.subject AS s USING (subject)
WHERE r.what = %s AND r.hash = %s AND s.state <> 'erased' ORDER BY s.created_at, r.subject
"""
READ = """
SELECT s.state, k.number, k.wrapped, k.epoch, k.commitment
FROM casefold_keys.subject AS s LEFT JOIN casefold_keys.subject_key AS k USING (subject)
WHERE s.subject = %s ORDER BY k.number
"""
REFER = """
INSERT INTO casefold_keys.reference (what, hash, subject)
SELECT %s, %s, subject FROM casefold_keys.subject WHERE subject = %s AND state <> 'erased' FOR SHARE
ON CONFLICT DO NOTHING
"""
EPOCHS = """
SELECT epoch, count(*) FROM (SELECT epoch FROM casefold_keys.subject_key WHERE wrapped IS NOT NULL
                             UNION ALL SELECT epoch FROM casefold_keys.secret) AS wrapped
GROUP BY epoch ORDER BY epoch
"""
WRAPPING = int.from_bytes(hashlib.sha256(b"casefold.keys.wrapping").digest()[:8], signed=True)
TELLING = int.from_bytes(hashlib.sha256(b"casefold.keys.telling").digest()[:8], signed=True)
AWAY = 5.0
"""Seconds for which nobody tries again to reach a key store that did not answer: each try would take its time."""
SILENCE = 4.0
READ_MANY = """
SELECT s.subject, s.state, k.number, k.wrapped, k.epoch, k.commitment
FROM casefold_keys.subject AS s LEFT JOIN casefold_keys.subject_key AS k USING (subject)
WHERE s.subject = ANY(%s::text[]) ORDER BY s.subject, k.number
"""


class SubjectState(StrEnum):
    """What may be done with a person's data: everything; keep it only; nothing, because it is gone."""

    ACTIVE = "active"
    RESTRICTED = "restricted"
    ERASED = "erased"


@dataclass(frozen=True)
class Keys:
    """A subject, as the key store has it."""

    subject: str
    state: SubjectState
    keys: Mapping[int, SubjectKey]
    damaged: Mapping[int, str]
    """Keys that are not what they were, and why."""
    locked: frozenset[int] = frozenset()
    """Keys whose master key is not here."""

    @property
    def newest(self) -> SubjectKey | None:
        """The key for what is sealed from now on."""
        return self.keys[max(self.keys)] if self.keys else None


class KeyStore:
    """Reads and writes the key store. Opens nothing until it is used; safe to use from many threads.

    Every method raises KeysUnavailable while the database is away, and KeysNotReady when it is not a key store.
    """

    def __init__(self, url: str, master: Callable[[], MasterKeys], *, pool_size: int = 4, wait: float = 2.0) -> None:
        self._master = master
        self._url = url
        self._pool: ConnectionPool[Any] | None = None
        self._size, self._wait = pool_size, wait
        self._opening = threading.Lock()
        self._index_key = b""
        self._away_until, self._trouble = 0.0, ""

    def read(self, subject: str) -> Keys | None:
        """The subject with its keys, unwrapped; None when nobody knows it."""
        with self._connection() as connection:
            rows = connection.execute(READ, [subject]).fetchall()
        return self._keys(subject, rows) if rows else None

    def read_many(self, subjects: Sequence[str]) -> dict[str, Keys]:
        """Those of these subjects that are known, in one round trip."""
        if not subjects:
            return {}
        with self._connection() as connection:
            rows = connection.execute(READ_MANY, [list(subjects)]).fetchall()
        found: dict[str, list[Any]] = {}
        for subject, *row in rows:
            found.setdefault(subject, []).append(row)
        return {subject: self._keys(subject, rows) for subject, rows in found.items()}

    def create(self, references: Sequence[tuple[str, str]] = ()) -> Keys:
        """A new subject with a first key, known by these references: (what, text)."""
        index = self._index()
        with self._connection() as connection, connection.transaction():
            return self._create(connection, [(what, self._hash(what, text, index)) for what, text in references])

    def only_one_with(self, contact: str) -> str | Keys:
        """Who alone has this contact; otherwise somebody new. Two who ask at once get the same."""
        hash_ = self._hash(CONTACT, contact, self._index())
        with self._connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(hash_[:8], signed=True)])
            known = [subject for (subject,) in connection.execute(BY_REFERENCE, [CONTACT, hash_])]
            return known[0] if len(known) == 1 else self._create(connection, [(CONTACT, hash_)])

    def _create(self, connection: Connection[Any], references: Sequence[tuple[str, bytes]]) -> Keys:
        """The key is wrapped while nobody can retire a master key: `retiring` waits for this transaction."""
        subject, key = f"P{os.urandom(10).hex()}", os.urandom(SIZE)
        connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRAPPING])
        wrapped, epoch = self._master().wrap(key)
        with connection.pipeline():
            connection.execute("INSERT INTO casefold_keys.subject (subject) VALUES (%s)", [subject])
            connection.execute(
                "INSERT INTO casefold_keys.subject_key (subject, number, wrapped, epoch, commitment)"
                " VALUES (%s, 1, %s, %s, %s)",
                [subject, wrapped, epoch, commitment_of(key)],
            )
            for what, hash_ in references:
                connection.execute(REFER, [what, hash_, subject])
        return Keys(subject, SubjectState.ACTIVE, {1: SubjectKey.of(subject, 1, key)}, {})

    @contextmanager
    def retiring(self) -> Iterator[dict[int, int]]:
        """What each master key wraps, while nobody wraps anything."""
        with self._connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [WRAPPING])
            yield {int(epoch): int(count) for epoch, count in connection.execute(EPOCHS)}

    def refer(self, what: str, text: str, subject: str) -> None:
        """Let the subject be known by this, too."""
        with self._connection() as connection:
            connection.execute(REFER, [what, self._hash(what, text, self._index()), subject])

    def unrefer(self, what: str, text: str, subject: str) -> None:
        """Let the subject no longer be known by this."""
        statement = "DELETE FROM casefold_keys.reference WHERE what = %s AND hash = %s AND subject = %s"
        with self._connection() as connection:
            connection.execute(statement, [what, self._hash(what, text, self._index()), subject])

    def known_by(self, what: str, text: str) -> list[str]:
        """The subjects that are known by this, the oldest first; never erased ones."""
        hash_ = self._hash(what, text, self._index())
        with self._connection() as connection:
            return [subject for (subject,) in connection.execute(BY_REFERENCE, [what, hash_])]

    def change(self, subject: str, state: SubjectState) -> None:
        """Restrict a subject, or lift that. Erased subjects stay erased, and are left alone."""
        with self._connection() as connection, connection.transaction():
            changed = connection.execute(
                "UPDATE casefold_keys.subject SET state = %s, changed_at = clock_timestamp()"
                " WHERE subject = %s AND state NOT IN ('erased', %s)",
                [state, subject, state],
            )
            if changed.rowcount:
                self._tell(connection, subject, state)

    def destroy(self, subject: str) -> int:
        """Destroy the subject's keys and forget what it is known by; how many keys. Harmless to repeat."""
        with self._connection() as connection, connection.transaction():
            connection.execute(
                "INSERT INTO casefold_keys.subject (subject, state) VALUES (%s, 'erased') ON CONFLICT (subject)"
                " DO UPDATE SET state = 'erased', changed_at = clock_timestamp()"
                " WHERE casefold_keys.subject.state <> 'erased'",
                [subject],
            )
            destroyed = connection.execute(
                "UPDATE casefold_keys.subject_key SET wrapped = NULL, destroyed_at = clock_timestamp()"
                " WHERE subject = %s AND wrapped IS NOT NULL",
                [subject],
            ).rowcount
            connection.execute("DELETE FROM casefold_keys.reference WHERE subject = %s", [subject])
            self._tell(connection, subject, SubjectState.ERASED)
        return destroyed

    def changes(self) -> int:
        """The number of the newest change of any subject's state."""
        with self._connection() as connection:
            row = connection.execute("SELECT coalesce(max(number), 0) FROM casefold_keys.change").fetchone()
            assert row is not None
            return int(row[0])

    def changed_since(self, number: int) -> list[tuple[int, str]]:
        """The changes after this one: number and subject."""
        with self._connection() as connection:
            statement = "SELECT number, subject FROM casefold_keys.change WHERE number > %s ORDER BY number"
            return [(int(row[0]), str(row[1])) for row in connection.execute(statement, [number])]

    def rewrap(self, portion: int = 500) -> Iterator[int]:
        """Wrap by the newest master key what an older one wraps; yields how many keys are done, portion by portion.

        What cannot be unwrapped stays as it is: `epochs` goes on naming its master key.
        """
        master = self._master()
        done = 0
        for table, names in (("subject_key", ("subject", "number")), ("secret", ("name",))):
            columns = ", ".join(names)
            marks = ", ".join(["%s"] * len(names))
            select = (
                f"SELECT {columns}, wrapped, epoch FROM casefold_keys.{table}"
                f" WHERE wrapped IS NOT NULL AND epoch <> %s AND ({columns}) > ({marks})"
                f" ORDER BY {columns} LIMIT %s FOR UPDATE"
            )
            same = " AND ".join(f"{name} = %s" for name in names)
            update = f"UPDATE casefold_keys.{table} SET wrapped = %s, epoch = %s WHERE {same}"
            last: list[Any] = ["", 0][: len(names)]
            while True:
                with self._connection() as connection, connection.transaction():
                    rows = connection.execute(select.encode(), [master.newest, *last, portion]).fetchall()
                    for *key, wrapped, epoch in rows:
                        last = key
                        with suppress(NotUnwrapped):
                            again, newest = master.wrap(master.unwrap(bytes(wrapped), epoch))
                            connection.execute(update.encode(), [again, newest, *key])
                            done += 1
                if not rows:
                    break
                yield done

    def epochs(self) -> dict[int, int]:
        """Epoch of a master key → how many keys it wraps."""
        with self._connection() as connection:
            return {int(epoch): int(count) for epoch, count in connection.execute(EPOCHS)}

    def counts(self) -> dict[SubjectState, int]:
        """How many subjects there are, by state."""
        with self._connection() as connection:
            found = connection.execute("SELECT state, count(*) FROM casefold_keys.subject GROUP BY state").fetchall()
        return {SubjectState(state): int(count) for state, count in found}

    def hash_of(self, what: str, text: str) -> bytes:
        """The blind index of a text: recognises what is asked for, and tells nothing without its key."""
        return self._hash(what, text, self._index())

    def keep_secret(self, name: str, secret: bytes) -> None:
        """Keep 32 bytes that are no person's key, under this name; what was there before is gone."""
        with self._connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock_shared(%s)", [WRAPPING])
            wrapped, epoch = self._master().wrap(secret)
            connection.execute(
                "INSERT INTO casefold_keys.secret (name, wrapped, epoch) VALUES (%s, %s, %s)"
                " ON CONFLICT (name) DO UPDATE SET wrapped = excluded.wrapped, epoch = excluded.epoch",
                [name, wrapped, epoch],
            )

    def kept_secret(self, name: str) -> bytes:
        """What is kept under this name. Raises KeysNotReady when there is nothing, or its master key is missing."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT wrapped, epoch FROM casefold_keys.secret WHERE name = %s", [name]
            ).fetchone()
        if row is None:
            raise KeysNotReady(f"The key store has no secret {name}: rotate it.")
        try:
            return self._master().unwrap(bytes(row[0]), row[1])
        except NotUnwrapped as error:
            raise KeysNotReady(str(error)) from error

    def close(self) -> None:
        """Give the connections back."""
        if self._pool is not None:
            self._pool.close()

    def _keys(self, subject: str, rows: Sequence[Any]) -> Keys:
        state = SubjectState(rows[0][0])
        found: dict[int, SubjectKey] = {}
        damaged: dict[int, str] = {}
        locked: set[int] = set()
        for _, number, wrapped, epoch, commitment in rows:
            if number is None or wrapped is None:
                continue
            try:
                key = self._master().unwrap(bytes(wrapped), epoch)
            except MasterKeyMissing:
                locked.add(number)
                continue
            except NotUnwrapped as error:
                damaged[number] = str(error)
                continue
            if commitment_of(key) == bytes(commitment):
                found[number] = SubjectKey.of(subject, number, key)
            else:
                damaged[number] = f"Key {number} of {subject} is not the one that was made."
        return Keys(subject, state, found, damaged, frozenset(locked))

    def _tell(self, connection: Connection[Any], subject: str, state: SubjectState) -> None:
        """One after the other, as the last thing of a transaction: whoever has read a number has read all before."""
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [TELLING])
        connection.execute("INSERT INTO casefold_keys.change (subject, state) VALUES (%s, %s)", [subject, state])

    def _hash(self, what: str, text: str, index: bytes) -> bytes:
        return hmac.digest(index, f"{what}\0{text}".encode(), "sha256")

    def _index(self) -> bytes:
        """The key of the blind indexes, made by whoever needs it first."""
        if not self._index_key:
            wrapped, epoch = self._master().wrap(os.urandom(SIZE))
            with self._connection() as connection:
                connection.execute(
                    "INSERT INTO casefold_keys.secret (name, wrapped, epoch) VALUES ('index', %s, %s)"
                    " ON CONFLICT DO NOTHING",
                    [wrapped, epoch],
                )
                row = connection.execute(
                    "SELECT wrapped, epoch FROM casefold_keys.secret WHERE name = 'index'"
                ).fetchone()
            assert row is not None
            try:
                self._index_key = self._master().unwrap(bytes(row[0]), row[1])
            except NotUnwrapped as error:
                raise KeysNotReady(str(error)) from error
        return self._index_key

    @contextmanager
    def _connection(self) -> Iterator[Connection[Any]]:
        if time.monotonic() < self._away_until:
            raise KeysUnavailable(self._trouble)
        try:
            with self._opened().connection() as connection:
                connection.silence = SILENCE
                yield connection
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise KeysNotReady(
                f"The database of DATABASE_KEYS_URL is not a key store ({explain(error)}): casefold migrate"
            ) from error
        except psycopg.errors.InsufficientPrivilege as error:
            raise KeysNotReady(
                f"The key store refuses this to the application's role ({explain(error)}): "
                "make it a member of casefold_app."
            ) from error
        except (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed, TooManyRequests) as error:
            self._away_until, self._trouble = time.monotonic() + AWAY, explain(error)
            raise KeysUnavailable(self._trouble) from error

    def _opened(self) -> ConnectionPool[Any]:
        with self._opening:
            if self._pool is None:
                self._pool = ConnectionPool(
                    conninfo=address(self._url, "casefold keys"),
                    connection_class=BoundedConnection,
                    kwargs={"autocommit": True},
                    min_size=0,
                    max_size=self._size,
                    open=True,
                    timeout=self._wait,
                    reconnect_timeout=3,
                    check=ConnectionPool.check_connection,
                )
            return self._pool
