"""The rows of a database, written to files and read from them, all of one moment."""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import make_conninfo

from ledger.database import address, explain
from ledger.errors import LedgerNotReady, LedgerUnavailable
from ledger.migrate import KEYS, LEDGER, apply_files, shipped
from worker.backup.errors import BackupRefused
from worker.backup.manifest import Applied, DatabaseCopy, TableFile

VIEWS = "casefold_views"
"""Left out: read models are made anew from the ledger, and may hold readable personal data."""
LEVEL = 1
"""Of compression: much of it is sealed, and does not get smaller."""
CHUNK = 1 << 20

TABLES = """
SELECT n.nspname || '.' || c.relname, array_agg(a.attname::text ORDER BY a.attnum), c.oid
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname = ANY (%s) AND c.relname <> 'migration'
GROUP BY n.nspname, c.relname, c.oid ORDER BY 1
"""
REFERS = "SELECT conrelid, confrelid FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid"
SEQUENCES = """
SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences
WHERE schemaname = ANY (%s) AND last_value IS NOT NULL ORDER BY 1
"""
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname ~ '^casefold(_|$)'"
TELLING = {
    LEDGER: (f"{LEDGER}.stored_events", f"{LEDGER}.command", "casefold_access.account"),
    KEYS: (f"{KEYS}.subject",),
}
"""Tables with a row in them as soon as anything was done there."""

Tick = Callable[[str, int], None]
"""Is told the table, and how many bytes of it have been read or written since."""


@contextmanager
def one_moment(url: str, name: str) -> Iterator[Connection[Any]]:
    """A connection that sees one moment of a database and may take its time."""
    with _connected(url, name, "repeatable read", read_only=True) as connection, connection.transaction():
        yield connection


@contextmanager
def all_or_nothing(url: str, name: str) -> Iterator[Connection[Any]]:
    """A connection whose changes come at its end, all or none."""
    with _connected(url, name, "read committed", read_only=False) as connection, connection.transaction():
        yield connection


@contextmanager
def _connected(url: str, name: str, isolation: str, *, read_only: bool) -> Iterator[Connection[Any]]:
    options = (
        f"-c default_transaction_isolation={isolation.replace(' ', chr(92) + ' ')} "
        f"-c default_transaction_read_only={'on' if read_only else 'off'} "
        "-c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=30s -c TimeZone=UTC "
        "-c client_min_messages=warning"
    )
    try:
        with psycopg.connect(make_conninfo(address(url, name), options=options), autocommit=True) as connection:
            yield connection
    except psycopg.errors.InsufficientPrivilege as error:
        raise LedgerNotReady(
            f"This role may not do that ({explain(error)}). A backup is made and put back by the owner of the "
            "databases: DATABASE_OWNER_URL, DATABASE_KEYS_OWNER_URL."
        ) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise LedgerUnavailable(explain(error)) from error


# ── Out ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def copy_out(connection: Connection[Any], schema: str, folder: Path, tick: Tick) -> DatabaseCopy:
    """Write all that belongs to the ledger, or to the key store, into a new folder."""
    folder.mkdir(mode=0o700)
    schemas = _schemas(connection, schema)
    applied = [Applied(*row) for row in connection.execute(_applied(schema)).fetchall()]
    tables = tuple(_write(connection, name, columns, folder, tick) for name, columns in _tables(connection, schemas))
    sequences = {str(name): int(last) for name, last in connection.execute(SEQUENCES, [schemas]).fetchall()}
    return DatabaseCopy(schema, tuple(applied), tables, sequences)


def _applied(schema: str) -> sql.Composed:
    return sql.SQL("SELECT number, name, checksum FROM {}.migration ORDER BY number").format(sql.Identifier(schema))


def _schemas(connection: Connection[Any], schema: str) -> list[str]:
    """All that belong to it: of the key store one, of the ledger all the others but the read models."""
    if schema == KEYS:
        return [KEYS]
    return [name for (name,) in connection.execute(SCHEMAS).fetchall() if name not in (KEYS, VIEWS)]


def _tables(connection: Connection[Any], schemas: Sequence[str]) -> list[tuple[str, list[str]]]:
    """The tables with their columns; what others refer to comes before these."""
    found = {oid: (name, columns) for name, columns, oid in connection.execute(TABLES, [list(schemas)]).fetchall()}
    order: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(found, ()))
    for one, other in connection.execute(REFERS).fetchall():
        if one in found and other in found:
            order.add(one, other)
    return [found[oid] for oid in order.static_order()]


def _write(connection: Connection[Any], table: str, columns: list[str], folder: Path, tick: Tick) -> TableFile:
    file = folder / f"{table}.copy.gz"
    rows = 0
    with file.open("wb") as raw:
        # no name and no time inside: the same rows are the same bytes
        packed = gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=LEVEL, mtime=0)
        with packed, connection.cursor().copy(_copy(table, columns, "TO STDOUT")) as copy:
            for part in copy:
                packed.write(part)
                rows += bytes(part).count(b"\n")  # within a value it is written \n
                tick(table, len(part))
        raw.flush()
        os.fsync(raw.fileno())
    return TableFile(table, tuple(columns), rows, f"{folder.name}/{file.name}", file.stat().st_size, digest_of(file))


def _copy(table: str, columns: Sequence[str], how: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {}").format(_place(table), listed, sql.SQL(how))


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


# ── In ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def refuse_unless_empty(connection: Connection[Any], schema: str) -> None:
    """Raises BackupRefused when anything was ever recorded here: what is there would be mixed up, or lost."""
    for table in TELLING[schema]:
        there = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
        if there is not None and there[0] is not None and _filled(connection, table):
            raise BackupRefused(
                f"The database {connection.info.dbname} is not empty ({table}): a backup is put back into empty "
                "databases only, and nothing was changed. Name new ones (DATABASE_URL and its kin, or another "
                "CASEFOLD_HOME), and keep what is there until you need it no more."
            )


def _filled(connection: Connection[Any], table: str) -> bool:
    found = connection.execute(sql.SQL("SELECT EXISTS (SELECT FROM {})").format(_place(table))).fetchone()
    return found is not None and bool(found[0])


def _place(table: str) -> sql.Identifier:
    schema, _, name = table.partition(".")
    return sql.Identifier(schema, name)


def copy_in(connection: Connection[Any], copied: DatabaseCopy, folder: Path, tick: Tick) -> None:
    """Make the schemas as they were, and fill them; within the caller's transaction."""
    wanted = _files(copied)
    for name in _schemas(connection, copied.schema) + ([VIEWS] if copied.schema == LEDGER else []):
        connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(name)))
    apply_files(connection, copied.schema, wanted)
    for table in copied.tables:
        if _filled(connection, table.table):  # by a migration; where nothing may be removed, there is nothing
            connection.execute(sql.SQL("DELETE FROM {}").format(_place(table.table)))
        _read(connection, table, folder, tick)
    for sequence, last in copied.sequences.items():
        connection.execute("SELECT setval(%s::regclass, %s)", [sequence, last])


def _files(copied: DatabaseCopy) -> list[Any]:
    """The migrations that the copy had, as this program has them. Raises BackupRefused."""
    ours = {migration.number: migration for migration in shipped(copied.schema)}
    for one in copied.migrations:
        if one.number not in ours or ours[one.number].checksum != one.checksum:
            raise BackupRefused(
                f"This backup has the schema of another program, which applied {one.name}: put it back with the "
                "program that made it, or a later one."
            )
    return [ours[one.number] for one in copied.migrations]


def _read(connection: Connection[Any], table: TableFile, folder: Path, tick: Tick) -> None:
    rows = 0
    statement = _copy(table.table, table.columns, "FROM STDIN")
    with gzip.open(folder / table.file, "rb") as packed, connection.cursor().copy(statement) as copy:
        while part := packed.read(CHUNK):
            copy.write(part)
            rows += part.count(b"\n")
            tick(table.table, len(part))
    if rows != table.rows:
        raise BackupRefused(f"{table.file} has {rows} rows instead of {table.rows}: the backup is damaged.")
