"""The part `sealer` of the worker, and `casefold seal`: seals what was recorded, signs it, publishes it."""

from __future__ import annotations

import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import psycopg
import structlog
from psycopg import Connection
from psycopg.rows import tuple_row

from ledger.database import connect, explain, passing, translated
from ledger.errors import LedgerNotReady, LedgerUnavailable
from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.seal.keys import make_key, read_key
from ledger.seal.leaf import recorded_at
from ledger.seal.new_log import begin_anew
from ledger.seal.notary import Memory, Notary, refuse_rolled_back
from ledger.seal.note import Checkpoint, Signer
from ledger.seal.sealer import LIMIT, Sealer
from ledger.seal.sealer import NEWEST as NEWEST_LOG
from worker.settings import Settings

LOCK = int.from_bytes(sha256(b"casefold.sealer").digest()[:8], signed=True)
LEASED = ("SET idle_session_timeout = '8s'",)
"""On the connection that holds the lock: a sealer that says nothing for so long is frozen, and another may begin."""
EVERY = 1.0
"""Seconds after which entries are sealed, however few they are."""
ENOUGH = 1000
"""Entries that are sealed at once without waiting for that."""
LOOK = 0.1
NEWEST = "SELECT coalesce(max(notification_id), 0) FROM casefold.stored_events"
HEAD = "SELECT origin, last_position FROM casefold_seal.head ORDER BY log DESC LIMIT 1"

TOO_LONG = 12.0
"""Seconds that an entry may wait for its seal: a second sealer takes over after eight, after fifteen all must know."""
WAITING = f"""
SELECT h.origin, coalesce(h.size, 0), clock_timestamp(), e.state,
       (SELECT coalesce(max(notification_id), 0) FROM casefold.stored_events) - coalesce(h.last_position, 0),
       EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND classid = {LOCK >> 32 & 0xFFFFFFFF} AND objid = {LOCK & 0xFFFFFFFF}
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
FROM (VALUES (1)) AS one
LEFT JOIN LATERAL (SELECT origin, size, last_position FROM casefold_seal.head ORDER BY log DESC LIMIT 1) AS h ON true
LEFT JOIN LATERAL (SELECT state FROM casefold.stored_events WHERE notification_id > coalesce(h.last_position, 0)
                   ORDER BY notification_id LIMIT 1) AS e ON true
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Waiting:
    """How far the seals are."""

    origin: str
    """The name of the log; empty when nothing was ever sealed."""
    sealed: int
    seconds: float
    """How long the oldest entry that is not sealed has waited."""
    behind: int
    """How many wait, at most: positions have gaps."""
    connected: bool
    """Whether a sealer holds the lock. It may still refuse to seal."""

    @property
    def well(self) -> bool:
        """Whether entries are sealed as they come."""
        return self.seconds <= TOO_LONG

    @property
    def sentence(self) -> str:
        """For people."""
        sealed = f"{self.sealed} entries are sealed as {self.origin}" if self.origin else "nothing is sealed"
        if not self.well:
            sealed += f"; up to {self.behind} wait for it, the first for {self.seconds:.0f} s"
        return f"{sealed}; {'a sealer is connected' if self.connected else 'no sealer is connected'}"


def waiting(connection: Connection[Any]) -> Waiting:
    """How far the seals are, for whoever may read them."""
    cursor = connection.cursor(row_factory=tuple_row)
    origin, sealed, now, state, behind, connected = cursor.execute(WAITING).fetchall()[0]
    at = recorded_at(bytes(state)) if state is not None else ""
    seconds = (now - datetime.fromisoformat(at)).total_seconds() if at else 0.0
    return Waiting(origin or "", sealed, max(0.0, seconds), behind, connected)


class Sealing:
    """Seals one ledger. Several may run: one works, the others stand by."""

    def __init__(self, settings: Settings, *, limit: int = LIMIT, every: float = EVERY) -> None:
        self.settings = settings
        self.limit = limit
        self.every = every

    def run(self, stop: threading.Event) -> None:
        """Seal until asked to stop. Raises SealRefused, which is an alarm, and LedgerUnavailable."""
        with self._connected() as connection:
            while not self._alone(connection):
                if stop.wait(self.every):
                    return
            sealer, notary = self._parts(connection)
            while not stop.is_set():
                for checkpoint in self._round(connection, sealer, notary, stop.is_set)[-1:]:
                    log.debug("sealed", entries=checkpoint.size)
                self._pause(connection, stop)

    def once(self, patience: float = 10.0) -> list[Checkpoint]:
        """Seal all that there is now; the checkpoints that were signed."""
        end = time.monotonic() + patience
        with self._connected() as connection:
            while not self._alone(connection):
                if time.monotonic() > end:
                    raise SealRefused("Another sealer is at work; it seals within a second what is recorded.")
                time.sleep(LOOK)
            return self._round(connection, *self._parts(connection))

    def begin_anew(self, reason: str, patience: float = 5.0) -> str:
        """Begin a new log, because the old one cannot go on; the name of the new one. Raises SealRefused."""
        end = time.monotonic() + patience
        with self._connected() as connection:
            while not self._alone(connection):  # one that refuses holds the lock for moments only
                if time.monotonic() > end:
                    raise SealRefused("Another sealer is at work: stop it first.")
                time.sleep(LOOK)
            memory, folder = Memory(self.settings.sealer_memory), Folder(self.settings.seals)
            return begin_anew(connection, self.settings.sealer_key, memory, folder, reason)

    def obstacle(self) -> str:
        """Why nothing may be sealed until somebody decides; empty when nothing speaks against it, as seen from here.

        Needs the rights of a reader only. Where neither memory nor published folder are at hand, it cannot tell.
        """
        memory, folder = Memory(self.settings.sealer_memory), Folder(self.settings.seals)
        with translated(), connect(self.settings.database_url, "casefold restore") as connection:
            found = connection.execute(NEWEST_LOG).fetchone()
            if found is None:
                return ""
            try:
                refuse_rolled_back(connection, found[0], found[1], memory, folder)
            except SealRefused as refusal:
                return str(refusal)
        return ""

    def own_signer(self) -> Signer:
        """The log's key, made now when there is none yet."""
        with self._connected() as connection:
            return self.signer(self._origin(connection))

    def waiting(self) -> Waiting:
        """How far the seals are."""
        with self._connected() as connection:
            return waiting(connection)

    def newest(self) -> Checkpoint | None:
        """The newest checkpoint that was published; None when there is none."""
        found = Folder(self.settings.seals).checkpoint()
        return found[1] if found else None

    def signer(self, origin: str | None = None) -> Signer:
        """The log's key; made now when there is none and the ledger, sealed as ``origin``, needs none that was lost."""
        path, wanted = self.settings.sealer_key, self.settings.log_origin
        if path.exists():
            signer = read_key(path)
        elif origin is not None:
            raise SealRefused(
                f"This ledger is sealed as {origin}, and its key is not in {path}: put it back, or name its place in "
                "CASEFOLD_SEALER_KEY."
            )
        else:
            signer = make_key(path, wanted or f"casefold/{secrets.token_hex(4)}")
        if wanted and not re.fullmatch(rf"{re.escape(wanted)}(/[1-9][0-9]*)?", signer.name):  # later logs have numbers
            raise SealRefused(f"CASEFOLD_LOG_ORIGIN is {wanted}, but the key in {path} is that of {signer.name}.")
        return signer

    def _parts(self, connection: Connection[Any]) -> tuple[Sealer, Notary]:
        signer = self.signer(self._origin(connection))
        notary = Notary(signer, Memory(self.settings.sealer_memory), Folder(self.settings.seals))
        return Sealer(signer.name, limit=self.limit), notary

    def _round(
        self, connection: Connection[Any], sealer: Sealer, notary: Notary, over: Callable[[], bool] = lambda: False
    ) -> list[Checkpoint]:
        """Batch by batch until nothing is left. What is signed is looked at before anything is added to it."""
        notary.check(connection)
        signed: list[Checkpoint] = []
        while not over():
            batch = sealer.seal(connection)
            signed += notary.sign(connection)
            if batch is None or batch.entries < self.limit:
                break
        return signed

    def _pause(self, connection: Connection[Any], stop: threading.Event) -> None:
        sealed = connection.execute(HEAD, prepare=True).fetchall()[0][1]
        end = time.monotonic() + self.every
        while time.monotonic() < end and not stop.wait(min(LOOK, self.every)):
            if connection.execute(NEWEST, prepare=True).fetchall()[0][0] - sealed >= ENOUGH:
                return

    @staticmethod
    def _origin(connection: Connection[Any]) -> str | None:
        """The name of the log that grows; None before the first seal."""
        found = connection.execute(HEAD).fetchone()
        return found[0] if found else None

    @staticmethod
    def _alone(connection: Connection[Any]) -> bool:
        return bool(connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchall()[0][0])

    @contextmanager
    def _connected(self) -> Iterator[Connection[Any]]:
        """The connection of whoever seals, which also holds the lock; errors become sentences."""
        try:
            connection = connect(self.settings.sealer_url, "casefold sealer", *LEASED)
            with connection:
                yield connection
        except psycopg.errors.InsufficientPrivilege as error:
            raise LedgerNotReady(
                f"This login may not seal ({explain(error)}). Let DATABASE_SEALER_URL name one that is a member of "
                "casefold_sealer."
            ) from error
        except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
            raise LedgerNotReady("This database knows no seals yet. Migrate it first: casefold migrate") from error
        except psycopg.Error as error:
            if passing(error):
                raise LedgerUnavailable(explain(error)) from error
            raise
