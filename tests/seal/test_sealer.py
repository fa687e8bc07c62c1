"""The sealer: batch after batch one tree; it signs only what continues what it signed before, and may be killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.seal.keys import make_key
from ledger.seal.leaf import Form
from ledger.seal.merkle import root_of
from ledger.seal.new_log import begin_anew
from ledger.seal.notary import Memory, short
from ledger.seal.note import Note, Signer
from ledger.seal.sealer import ENTRIES, Sealer
from ledger.seal.tiles import Tiles
from tests.intruder import intruding
from tests.ledger.toy import Count, OpenCounter
from tests.seal.competitor import ORIGIN
from tests.seal.conftest import House, fill
from worker.stack.postgres import APPLICATION_LOGIN, AUDITOR_LOGIN, SEALER_LOGIN, PostgresServer
from worker.stack.process import wait_until


@pytest.fixture
def connection(house: House) -> Iterator[psycopg.Connection]:
    """As the sealer has it."""
    with psycopg.connect(house.sealer_url, autocommit=True) as connection:
        yield connection


def copied(postgres: PostgresServer, database: str, copy: str) -> None:
    """A copy of a database, whoever is connected to it."""
    with psycopg.connect(postgres.url("postgres", "postgres"), autocommit=True) as superuser:
        superuser.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false".encode())
        superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        wait_until(lambda: not superuser.execute(CONNECTED, [database]).fetchall(), 10)
        postgres.create_database(copy, template=database)
        superuser.execute(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true".encode())


CONNECTED = "SELECT pid FROM pg_stat_activity WHERE datname = %s"


@pytest.mark.requirement("L-03")
def test_leaves_follow_the_ledger_and_each_commits_to_the_version_before(
    house: House, connection: psycopg.Connection
) -> None:
    fill(house)
    house.seal(limit=5)
    rows = connection.execute(ENTRIES, [0, 10**6]).fetchall()
    heads: dict[str, bytes] = {}
    leaves = []
    for position, stream, version, topic, state in rows:
        heads[stream] = Form(ORIGIN).leaf(position, stream, version, topic, state, heads.get(stream, b""))
        leaves.append((position, heads[stream]))
    stored = connection.execute("SELECT position, hash FROM casefold_seal.leaf ORDER BY leaf_index").fetchall()
    assert stored == leaves
    for size in house.folder.sizes():
        root = root_of(leaf for _, leaf in leaves[:size])
        assert f"{ORIGIN}\n{size}\n{short(root)}\n\n" in (house.folder.read(f"checkpoints/{size}") or b"").decode()
    newest = house.folder.checkpoint()
    assert newest is not None
    note, checkpoint = newest
    assert checkpoint.size == len(rows)
    assert Tiles(house.folder.read, len(rows)).root == checkpoint.root
    assert note.signed_by(house.signer.verifier)


def test_however_the_batches_fall_the_tree_is_the_same(house: House, postgres: PostgresServer, database: str) -> None:
    fill(house, streams=6, rounds=60)  # more than one tile
    twin = f"{database}_twin"
    copied(postgres, database, twin)
    try:
        one_by_one = house.seal(limit=37)
        other = replace(house, sealer_url=postgres.url(SEALER_LOGIN, twin), path=house.path / "twin")
        at_once = other.seal(limit=10**6)
    finally:
        postgres.drop_database(twin)
    assert len(one_by_one) > 8
    assert one_by_one[-1] == at_once[-1]
    assert len(at_once) == 1
    for checkpoint in one_by_one:
        tiles = Tiles(house.folder.read, checkpoint.size)
        assert tiles.root == checkpoint.root, "also from an earlier checkpoint the tiles that it needs are there"
    names = {str(path.relative_to(house.path / "seals")) for path in (house.path / "seals" / "tile").rglob("*")}
    assert {"tile/0/000", "tile/0/001", "tile/1/000.p/2"} <= names
    assert not any(name.startswith("tile/0/000.p") for name in names), "partial tiles go when the full one stands"


def test_nothing_new_means_nothing_sealed(house: House) -> None:
    assert house.seal() == []
    assert house.folder.checkpoint() is None
    house.does(OpenCounter(), "one")
    assert len(house.seal()) == 1
    assert house.seal() == []


@pytest.mark.requirement("L-03")
def test_a_crash_between_any_two_steps_leaves_nothing_to_be_undone(
    house: House, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(house, rounds=1)

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    stream = house.does(OpenCounter(), "last")
    for number, (where, step) in enumerate(
        (
            (Memory, "keep"),
            (Folder, "write"),
            (Folder, "replace"),
            (Folder, "_replace"),
            (type(house.notary), "_publish"),
            (type(house.notary), "_publish_tiles"),
        )
    ):
        house.does(Count(), f"c{number}", stream)
        Sealer(ORIGIN).seal(connection)  # killed between the commit and the signature …
        with monkeypatch.context() as patch:
            patch.setattr(where, step, kill)
            with pytest.raises(Killed):
                house.notary.sign(connection)  # … and in the middle of this
        if number % 2:
            house.does(Count(), f"d{number}", stream)
        house.seal()
        report = house.verify()
        assert report.well, "\n".join(report.lines())
    left = connection.execute("SELECT count(*) FROM casefold_seal.checkpoint WHERE note IS NULL").fetchone()
    assert left == (0,)


@pytest.mark.requirement("L-03")
def test_after_an_older_backup_was_put_back_nothing_is_signed_and_sizes_and_roots_are_named(
    house: House, postgres: PostgresServer, database: str
) -> None:
    stream = house.does(OpenCounter(seconds=10**8), "open")
    (early,) = house.seal()
    backup = f"{database}_backup"
    copied(postgres, database, backup)
    try:
        for number in range(5):
            house.does(Count(), f"lost {number}", stream)
        (signed,) = house.seal()
        restored = replace(house, sealer_url=postgres.url(SEALER_LOGIN, backup))
        with pytest.raises(SealRefused) as refused:
            restored.seal()
        for said in ("6 entries", short(signed.root), "1,", short(early.root), "casefold seal --new-log"):
            assert said in str(refused.value)

        # Other entries take the places of those that are lost: more of them, as many, fewer.
        with psycopg.connect(postgres.url(APPLICATION_LOGIN, backup)) as application:
            application.execute(
                "INSERT INTO casefold.stored_events SELECT originator_id, 1 + n, topic, state, notification_id + n "
                "FROM casefold.stored_events, generate_series(1, 8) AS n"
            )
        for limit in (3, 5, 8):
            with psycopg.connect(restored.sealer_url, autocommit=True) as sealer:
                Sealer(ORIGIN, limit=limit).seal(sealer)
                with pytest.raises(SealRefused, match=r"6 entries|of 6"):
                    restored.notary.sign(sealer)

        # Also when the memory went with the backup: what is published binds too.
        (house.path / "sealer" / "last.json").unlink()
        with pytest.raises(SealRefused, match="holds a checkpoint of 6 entries"):
            restored.seal()
        assert (house.folder.read("checkpoint") or b"").startswith(signed.text.encode())
    finally:
        postgres.drop_database(backup)


@pytest.mark.requirement("L-03")
def test_a_new_log_follows_the_one_that_cannot_go_on_and_both_keys_say_so(house: House, tmp_path: Path) -> None:
    key, memory = tmp_path / "key", Memory(tmp_path / "sealer" / "last.json")
    old = make_key(key, "casefold.example/new")
    house = replace(house, signer=old)
    fill(house)
    (signed,) = house.seal()
    with intruding(house.owner_url) as owner:  # as after a roll-back
        owner.execute("DELETE FROM casefold_seal.leaf; DELETE FROM casefold_seal.checkpoint")
        owner.execute("DELETE FROM casefold_seal.stream_head")
        owner.execute("UPDATE casefold_seal.head SET size = 0, peaks = '', last_position = 0")
    with pytest.raises(SealRefused):
        house.seal()
    with psycopg.connect(house.sealer_url, autocommit=True) as connection:
        name = begin_anew(connection, key, memory, house.folder, "an older backup\nwas put back")
    assert name == "casefold.example/new/2"
    new = make_key(key, "whatever")
    assert new.name == name
    with pytest.raises(SealRefused, match="sealed as casefold\\.example/new/2"):
        house.seal()
    again = replace(house, signer=new)
    again.seal()
    assert again.verify().well
    note = Note.parse((house.folder.read("fork") or b"").decode())
    assert note.signed_by(old.verifier)
    assert note.signed_by(new.verifier)
    size, root = str(signed.size), short(signed.root)
    assert note.text.splitlines() == [
        *("casefold fork v1", str(old.verifier), size, root, str(new.verifier)),
        "an older backup was put back",
    ]
    earlier = Folder(house.path / "seals" / "earlier" / "casefold.example%2Fnew")
    assert earlier.checkpoint() is not None
    assert Tiles(earlier.read, signed.size).root == signed.root
    assert make_key(tmp_path / "key.1", "x").name == old.name


def test_a_published_checkpoint_that_somebody_has_spoilt_stops_the_sealer(house: House) -> None:
    house.does(OpenCounter(), "one")
    house.seal()
    for content in (b"", b"no checkpoint", b"another\n1\n" + b"A" * 43 + b"=\n\n\xe2\x80\x94 a AAAAAAA=\n"):
        house.folder.replace({"checkpoint": content})
        with pytest.raises(SealRefused):
            house.seal()


def test_a_published_folder_that_was_lost_is_published_anew(house: House) -> None:
    fill(house)
    house.seal(limit=11)
    shutil.rmtree(house.path / "seals")
    house.seal()
    house.does(OpenCounter(), "another")
    house.seal()
    assert house.verify().well


def test_a_memory_that_cannot_be_read_or_is_another_log_s_stops_the_sealer(house: House) -> None:
    house.does(OpenCounter(), "one")
    house.seal()
    path = house.path / "sealer" / "last.json"
    good = path.read_text()
    other = {**json.loads(good), "origin": "another"}
    damaged = {**json.loads(good), "peaks": ["ab" * 32]}
    for text in ("", "{}", json.dumps(other), json.dumps(damaged), json.dumps({**damaged, "size": 3})):
        path.write_text(text)
        with pytest.raises(SealRefused):
            house.seal()
    path.write_text(good)
    assert house.seal() == []
    with pytest.raises(SealRefused, match="and not as casefold\\.example/other"):
        replace(house, signer=Signer.of_seed("casefold.example/other", b"\1" * 32), path=house.path / "other").seal()


# ── Who may do what ──────────────────────────────────────────────────────────────────────────────────────────────────

SEALS = ("leaf", "stream_head", "head", "checkpoint")


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    ("login", "statement"),
    [
        *(
            (APPLICATION_LOGIN, f"INSERT INTO casefold_seal.{table} SELECT * FROM casefold_seal.{table}")
            for table in SEALS
        ),
        *((APPLICATION_LOGIN, f"UPDATE casefold_seal.{table} SET log = log") for table in SEALS),
        *((AUDITOR_LOGIN, f"DELETE FROM casefold_seal.{table}") for table in SEALS),
        (AUDITOR_LOGIN, "INSERT INTO casefold.stored_events SELECT * FROM casefold.stored_events"),
        (AUDITOR_LOGIN, "UPDATE casefold.follower SET position = 1"),
        *((SEALER_LOGIN, f"DELETE FROM casefold_seal.{table}") for table in SEALS),
        (SEALER_LOGIN, "UPDATE casefold_seal.leaf SET hash = hash"),
        (SEALER_LOGIN, "UPDATE casefold_seal.checkpoint SET root = root"),
        (SEALER_LOGIN, "UPDATE casefold_seal.head SET origin = origin"),
        (SEALER_LOGIN, "INSERT INTO casefold.stored_events SELECT * FROM casefold.stored_events"),
        (SEALER_LOGIN, "SELECT * FROM casefold.command"),
    ],
)
def test_each_role_may_do_its_own_work_only(
    postgres: PostgresServer, settled: House, login: str, statement: str
) -> None:
    database = str(psycopg.conninfo.conninfo_to_dict(settled.owner_url)["dbname"])
    with psycopg.connect(postgres.url(login, database), autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")  # that alone would not be a fence
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_the_auditor_reads_all_that_is_verified(settled: House) -> None:
    with psycopg.connect(settled.auditor_url) as connection:
        for table in ("casefold.stored_events", "casefold.command", *(f"casefold_seal.{table}" for table in SEALS)):
            connection.execute(f"SELECT * FROM {table} LIMIT 1".encode())


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE casefold.stored_events SET topic = topic",
        "DELETE FROM casefold.stored_events",
        "TRUNCATE casefold.stored_events",
        "UPDATE casefold.command SET salt = ''",
        "DELETE FROM casefold.command",
        "TRUNCATE casefold.command",
        "UPDATE casefold_seal.leaf SET hash = hash",
        "DELETE FROM casefold_seal.leaf",
        "TRUNCATE casefold_seal.leaf",
        "DELETE FROM casefold_seal.checkpoint",
        "TRUNCATE casefold_seal.checkpoint",
        "UPDATE casefold_seal.checkpoint SET root = sha256(root)",
        "UPDATE casefold_seal.checkpoint SET note = 'another'",
        "SET session_replication_role = replica; DELETE FROM casefold.stored_events",
    ],
)
def test_not_even_the_owner_changes_what_is_written_once_by_a_slip_of_the_hand(
    settled: House, postgres: PostgresServer, statement: str
) -> None:
    url = settled.owner_url
    if "replica" in statement:  # only a superuser may say that
        url = postgres.url("postgres", str(psycopg.conninfo.conninfo_to_dict(url)["dbname"]))
    with (
        psycopg.connect(url) as connection,
        pytest.raises(psycopg.errors.RaiseException, match=r"never changed or removed|only gets its signature"),
    ):
        connection.execute(statement.encode())
