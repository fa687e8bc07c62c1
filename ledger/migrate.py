"""Brings a database up to the code: numbered SQL files, forward only, each applied once and never changed after."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

import psycopg
from psycopg import sql

from ledger.errors import LedgerNotReady, LedgerUnavailable, MigrationRefused

OLDEST_SERVER = 170000
"""PostgreSQL 17 brought the MAINTAIN right: an application may lock the ledger's table, and not change its rows."""
LOCK = int.from_bytes(hashlib.sha256(b"casefold.migrate").digest()[:8], signed=True)

BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS {schema};
CREATE TABLE IF NOT EXISTS {schema}.migration (
    number integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""


@dataclass(frozen=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file; line ends do not count."""
        return hashlib.sha256("\n".join(self.text.splitlines()).encode()).hexdigest()


LEDGER, KEYS = "casefold", "casefold_keys"
"""The schemas of the ledger and of the key store; each has its own files and its own list of what was applied."""
FOLDERS = {LEDGER: "ledger", KEYS: "ledger.keys"}
ROLES = {
    "application_role": "casefold_app",
    "sealer_role": "casefold_sealer",
    "auditor_role": "casefold_auditor",
}
"""How the groups of rights are called, where nothing else is said."""


def shipped(schema: str = LEDGER) -> list[Migration]:
    """The migrations of this code, in order."""
    found = []
    for file in files(FOLDERS[schema]).joinpath("migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_\w+\.sql", file.name):
            found.append(Migration(int(match[1]), file.name, file.read_text(encoding="utf-8")))
    found.sort(key=lambda migration: migration.number)
    return found


def migrate(
    owner_url: str,
    application_role: str = "casefold_app",
    *,
    sealer_role: str = "casefold_sealer",
    auditor_role: str = "casefold_auditor",
    schema: str = LEDGER,
) -> list[str]:
    """Apply what is missing, as the owner of the schema, and return the names of the files applied.

    May be called by several processes at once: one works, the others wait. Each file is one transaction. With
    ``schema`` KEYS the database becomes a key store.
    """
    with _connect(owner_url) as connection:
        connection.execute("SET lock_timeout = '60s'")
        try:
            connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        except psycopg.errors.LockNotAvailable as error:
            raise MigrationRefused("Another migration of this database has been running for a minute.") from error
        try:
            roles = {"application_role": application_role, "sealer_role": sealer_role, "auditor_role": auditor_role}
            return _apply(connection, schema, roles)
        except psycopg.errors.InsufficientPrivilege as error:
            raise MigrationRefused(
                f"The owner's role may not do this: {error.diag.message_primary}. "
                "Migrations need a role that owns the database and may create roles (CREATEROLE); "
                "DATABASE_OWNER_URL names it, for the key store DATABASE_KEYS_OWNER_URL."
            ) from error
        except psycopg.OperationalError as error:
            raise LedgerUnavailable(str(error)) from error


def pending(url: str, schema: str = LEDGER) -> list[str]:
    """The names of the migrations that the database lacks; raises when it is newer than the code, or changed.

    Any role that may read the ledger may ask.
    """
    with _connect(url) as connection:
        return [migration.name for migration in missing(connection, shipped(schema), schema)]


def missing(connection: psycopg.Connection, wanted: list[Migration], schema: str = LEDGER) -> list[Migration]:
    """What is still to be applied, after the applied files were compared with the shipped ones."""
    row = connection.execute("SELECT to_regclass(%s)", [f"{schema}.migration"]).fetchone()
    if row is None or row[0] is None:
        return wanted
    table = sql.SQL("SELECT number, name, checksum FROM {}.migration ORDER BY number").format(sql.Identifier(schema))
    applied = connection.execute(table).fetchall()
    by_number = {migration.number: migration for migration in wanted}
    for number, name, checksum in applied:
        if number not in by_number:
            raise MigrationRefused(
                f"This database is newer than this program, which does not know the migration {name}: "
                "install the newer program."
            )
        if by_number[number].checksum != checksum:
            raise MigrationRefused(
                f"The migration {by_number[number].name} was changed after it had been applied to this database: "
                "put the file back as it was, and make the change in a new one."
            )
    done = {number for number, _, _ in applied}
    return [migration for migration in wanted if migration.number not in done]


def _apply(connection: psycopg.Connection, schema: str, roles: Mapping[str, str]) -> list[str]:
    todo = missing(connection, shipped(schema), schema)
    if todo:
        apply_files(connection, schema, todo, roles)
    return [migration.name for migration in todo]


def apply_files(
    connection: psycopg.Connection, schema: str, todo: list[Migration], roles: Mapping[str, str] = ROLES
) -> None:
    """Apply these files, each in a transaction, or within the one that the caller has begun."""
    with connection.transaction():
        connection.execute(BOOKKEEPING.format(schema=schema).encode())
    for role in roles.values():
        _ensure_role(connection, role)
    for migration in todo:
        text = migration.text
        for name, role in roles.items():
            text = text.replace(f':"{name}"', sql.Identifier(role).as_string(connection))
        with connection.transaction():
            connection.execute(text.encode())
            done = sql.SQL("INSERT INTO {}.migration (number, name, checksum) VALUES (%s, %s, %s)")
            connection.execute(
                done.format(sql.Identifier(schema)), [migration.number, migration.name, migration.checksum]
            )


def _ensure_role(connection: psycopg.Connection, role: str) -> None:
    """A group without login that holds rights; whoever logs in for the application, the sealer, is a member."""
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
        return
    try:
        connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
    except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        pass  # Roles belong to the whole server: the migration of another database made it just now.
    except psycopg.errors.InsufficientPrivilege as error:
        raise MigrationRefused(
            f"The role {role} is missing, and the owner may not create roles. "
            f"As a superuser: CREATE ROLE {role} NOLOGIN;"
        ) from error


def _connect(url: str) -> psycopg.Connection:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise LedgerUnavailable(str(error)) from error
    if connection.info.server_version < OLDEST_SERVER:
        version = connection.info.server_version // 10000
        connection.close()
        raise LedgerNotReady(
            f"This server is PostgreSQL {version}; the ledger needs 17 or newer, whose MAINTAIN right lets the "
            "application append without being able to change or remove entries."
        )
    return connection
