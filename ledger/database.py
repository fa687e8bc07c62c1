"""Connections to the ledger's database: bounded waits, kept alive, and errors that say whether an outcome is known."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import psycopg
from eventsourcing.persistence import PersistenceError
from eventsourcing.postgres import ConnectionPool, PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import Row, dict_row
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from ledger.errors import LedgerNotReady, LedgerUnavailable

T = TypeVar("T")

SCHEMA = "casefold"
DEFAULTS = {
    "connect_timeout": "5",
    "client_encoding": "utf8",
    # A connection whose packets vanish is noticed within seconds, not after the hours that TCP allows.
    "keepalives": "1",
    "keepalives_idle": "3",
    "keepalives_interval": "1",
    "keepalives_count": "3",
    "tcp_user_timeout": "6000",
}
"""Used where the address itself says nothing else."""

SESSION = (
    "SET TimeZone = 'UTC'",
    "SET default_transaction_isolation = 'read committed'",
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '5s'",
)
"""A client that hangs in the middle of an append lets go of the table after five seconds."""


BRIEF = 8.0
"""Seconds that an append or the look before it may take, the wait for the table's lock included."""


class BoundedConnection(Connection[Row]):
    """A connection that does not wait for ever for a server that says nothing: one that was stopped, or a dead line.

    TCP finds out about lines, within seconds, but not about servers, and a socket in the file system finds out nothing.
    """

    silence: float = 65.0
    """Seconds; more than a statement may take."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Run what psycopg has to say and to hear; when nothing is heard, the connection is broken."""
        try:
            return super().wait(gen, interval, self.silence if timeout is None else timeout)
        except psycopg.errors._WaitTimeout as error:
            if timeout is not None:
                raise
            self.pgconn.finish()
            raise psycopg.OperationalError(f"the server has said nothing for {self.silence:g} s") from error


def address(url: str, application_name: str) -> str:
    """The connection string: everything that the address says, and `DEFAULTS` where it says nothing."""
    try:
        said = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise LedgerNotReady(f"DATABASE_URL cannot be read: {error}") from error
    extra = {name: value for name, value in DEFAULTS.items() if name not in said}
    return make_conninfo(url, **{"application_name": application_name, **said, **extra})


def connect(url: str, application_name: str, *settings: str) -> BoundedConnection[tuple[Any, ...]]:
    """A connection of its own, outside the pool, in autocommit mode; ``settings`` are added to those of the pool."""
    connection = BoundedConnection[tuple[Any, ...]].connect(address(url, application_name), autocommit=True)
    for statement in (*SESSION, *settings):
        connection.execute(statement.encode())
    return connection


class LedgerDatastore(PostgresDatastore):
    """The library's datastore, reached by one address with all its parameters (TLS, socket, options)."""

    def __init__(self, url: str, *, pool_size: int, application_name: str, wait: float) -> None:
        where = conninfo_to_dict(address(url, application_name))
        super().__init__(
            dbname=str(where.get("dbname", "")),
            host=str(where.get("host", "")),
            port=str(where.get("port", "")),
            user=str(where.get("user", "")),
            password="",
            schema=SCHEMA,
            originator_id_type="text",
            lock_timeout=5,
            idle_in_transaction_session_timeout=5,
        )
        # The library's pool knows five parameters of a connection; ours takes the whole address.
        pool: Any = _Pool(
            conninfo=address(url, application_name),
            connection_class=BoundedConnection[Any],
            kwargs={"row_factory": dict_row},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=self.after_connect_func(),
            timeout=wait,
            # Give up early and begin anew with the next request: left alone, the pool doubles its pauses for minutes.
            reconnect_timeout=3,
        )
        self.pool = pool
        self._drained_at = 0.0

    def mend(self) -> None:
        """Give up the idle connections: after a restart of the server all are dead, and asking each takes too long."""
        if time.monotonic() - self._drained_at > 0.5:
            self._drained_at = time.monotonic()
            with suppress(psycopg.Error):
                self.pool.drain()

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        """Settings of each new connection."""

        def configure(connection: Connection[Any]) -> None:
            connection.autocommit = True
            for statement in SESSION:
                connection.execute(statement)

        return configure


class _Pool(ConnectionPool[BoundedConnection[Any]]):
    """A pool that remembers why it has no connection to give."""

    trouble = ""

    def _connect(self, timeout: float | None = None) -> BoundedConnection[Any]:
        try:
            connection = super()._connect(timeout)
        except psycopg.OperationalError as error:
            self.trouble = explain(error)
            raise
        self.trouble = ""
        return connection

    def getconn(self, timeout: float | None = None) -> BoundedConnection[Any]:
        """A connection, or the reason why there is none."""
        try:
            return super().getconn(timeout)
        except PoolTimeout as error:
            raise PoolTimeout(self.trouble or "all connections are in use") from error


def never_reached(error: BaseException) -> bool:
    """Whether the error came before anything was sent: no connection could be had."""
    return isinstance(_cause(error), PoolTimeout | PoolClosed | TooManyRequests)


def lost(error: BaseException) -> bool:
    """Whether the connection died under a statement, so that a COMMIT may or may not have been carried out."""
    cause = _cause(error)
    if never_reached(cause) or not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    state = cause.sqlstate or ""
    return not state or state.startswith(("08", "57P"))


def passing(error: BaseException) -> bool:
    """Whether trying again may help: the connection, a lock, a deadlock, a server that is starting."""
    cause = _cause(error)
    return isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError)


def explain(error: BaseException) -> str:
    """What the database says, in one line and without the statement's parameters."""
    cause = _cause(error)
    if isinstance(cause, psycopg.Error) and cause.diag.message_primary:
        return cause.diag.message_primary
    return (str(cause).strip() or type(cause).__name__).splitlines()[0]


def constraint(error: BaseException) -> str:
    """The name of the constraint that a row violated; empty when it was none."""
    cause = _cause(error)
    return (cause.diag.constraint_name or "") if isinstance(cause, psycopg.IntegrityError) else ""


def _cause(error: BaseException) -> BaseException:
    """The library wraps what psycopg raises."""
    if isinstance(error, PersistenceError) and error.__cause__ is not None:
        return error.__cause__
    return error


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the library and psycopg raise while *reading* into the ledger's own errors."""
    try:
        yield
    except (psycopg.Error, PersistenceError) as error:
        if passing(error):
            raise LedgerUnavailable(explain(error)) from error
        if isinstance(_cause(error), psycopg.errors.UndefinedTable | psycopg.errors.InvalidSchemaName):
            raise LedgerNotReady(
                f"This database holds no ledger, or an older one ({explain(error)}). Migrate it first: casefold migrate"
            ) from error
        if isinstance(_cause(error), psycopg.errors.ReadOnlySqlTransaction):
            raise LedgerNotReady("This server only reads: it is a standby. Use the address of the primary.") from error
        if isinstance(_cause(error), psycopg.errors.InsufficientPrivilege):
            raise LedgerNotReady(
                f"The database refuses this to the application's role ({explain(error)}): "
                "make it a member of casefold_app."
            ) from error
        raise


def patiently(work: Callable[[], T], *, seconds: float, between: Callable[[], None] = lambda: None) -> T:
    """Do work that only reads, and again while the database is away, for so many seconds; then LedgerUnavailable."""
    deadline = time.monotonic() + seconds
    pause = 0.05
    while True:
        try:
            with translated():
                return work()
        except LedgerUnavailable:
            if time.monotonic() + pause >= deadline:
                raise
        between()
        time.sleep(pause)
        pause = min(pause * 2, 1.0)
