"""The schema comes from numbered files, forward only, each applied once; and the application may only append."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ledger import migrate as module
from ledger.errors import LedgerNotReady, LedgerUnavailable, MigrationRefused
from ledger.migrate import Migration, migrate, pending, shipped
from worker.stack.postgres import OWNER_ROLE, PostgresServer


@pytest.fixture
def empty_url(postgres: PostgresServer, database: str) -> Iterator[str]:
    """A database of the owner's without any ledger."""
    name = f"{database}_empty"
    postgres.create_database(name)
    yield postgres.url(OWNER_ROLE, name)
    postgres.drop_database(name)


def test_a_new_database_gets_every_migration_once_and_a_second_run_does_nothing(empty_url: str) -> None:
    names = [migration.name for migration in shipped()]
    assert names == sorted(path.name for path in Path(module.__file__).with_name("migrations").glob("*.sql"))
    assert pending(empty_url) == names
    assert migrate(empty_url) == names
    assert migrate(empty_url) == []
    assert pending(empty_url) == []


def test_several_processes_may_migrate_at_once(empty_url: str) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty_url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied, key=len) == [[], [], [], [migration.name for migration in shipped()]]


def test_the_numbers_of_the_files_have_no_gaps() -> None:
    assert [migration.number for migration in shipped()] == list(range(1, len(shipped()) + 1))


def test_a_file_that_was_changed_after_it_was_applied_is_refused(
    owner_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *rest = shipped()
    changed = Migration(first.number, first.name, first.text + "\n-- a small change")
    monkeypatch.setattr(module, "shipped", lambda _=None: [changed, *rest])
    with pytest.raises(MigrationRefused, match=f"{first.name} was changed after it had been applied"):
        migrate(owner_url)
    with pytest.raises(MigrationRefused, match="was changed"):
        pending(owner_url)


def test_other_line_ends_are_no_change() -> None:
    first = shipped()[0]
    assert Migration(1, "x", first.text.replace("\n", "\r\n")).checksum == first.checksum


def test_a_database_newer_than_the_program_is_refused(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    older = shipped()[:-1]
    monkeypatch.setattr(module, "shipped", lambda _=None: older)
    with pytest.raises(MigrationRefused, match="newer than this program"):
        migrate(owner_url)


def test_a_migration_that_fails_leaves_nothing_of_itself(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = len(shipped()) + 1
    broken = Migration(number, "9999_broken.sql", "CREATE TABLE casefold.half (); SELECT 1/0;")
    known = shipped()
    monkeypatch.setattr(module, "shipped", lambda _=None: [*known, broken])
    with pytest.raises(psycopg.errors.DivisionByZero):
        migrate(owner_url)
    assert pending(owner_url) == ["9999_broken.sql"]
    with psycopg.connect(owner_url) as connection:
        assert connection.execute("SELECT to_regclass('casefold.half')").fetchall() == [(None,)]


def test_an_owner_without_the_right_is_told_what_is_missing(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = len(shipped()) + 1
    more = Migration(number, "9999_more.sql", "CREATE TABLE casefold.more ();")
    known = shipped()
    monkeypatch.setattr(module, "shipped", lambda _=None: [*known, more])
    with pytest.raises(MigrationRefused, match="DATABASE_OWNER_URL"):
        migrate(database_url)


def test_an_old_server_is_refused_with_a_sentence(owner_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OLDEST_SERVER", 990000)
    with pytest.raises(LedgerNotReady, match="needs 17 or newer"):
        migrate(owner_url)


def test_a_server_that_is_not_there_is_said_to_be_away() -> None:
    with pytest.raises(LedgerUnavailable):
        migrate("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")


TABLES = ("stored_events", "command", "matter", "ledger_epoch")


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}", "DROP TABLE {}"])
def test_the_application_can_neither_change_nor_remove_what_is_written(
    database_url: str, owner_url: str, table: str, statement: str
) -> None:
    with psycopg.connect(owner_url) as owner:
        column = owner.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum = 1", [f"casefold.{table}"]
        ).fetchall()[0][0]
    parts = (sql.Identifier("casefold", table), sql.Identifier(column), sql.Identifier(column))
    with (
        psycopg.connect(database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL(statement).format(*parts))


@pytest.mark.requirement("L-03")
def test_the_application_can_neither_disarm_nor_hide_its_tracks(database_url: str) -> None:
    for statement in (
        "ALTER TABLE casefold.stored_events DISABLE TRIGGER ALL",
        "ALTER TABLE casefold.stored_events OWNER TO CURRENT_USER",
        "SELECT setval('casefold.stored_events_notification_id_seq', 1)",
        "UPDATE casefold.migration SET checksum = ''",
        "DELETE FROM casefold.follower",
        "CREATE TABLE casefold.mine ()",
        "SET ROLE casefold_owner",
    ):
        with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_the_application_does_as_it_likes_with_the_read_models(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("TRUNCATE casefold_views.case_summary")
        connection.execute("CREATE TABLE casefold_views.mine ()")
