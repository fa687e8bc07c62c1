"""Backup and its proof: the whole circle on real servers, and everything that must not come back with it."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from typer.testing import CliRunner

from domain.access import Through
from domain.actor import WORKFLOW, Actor, Role
from domain.commands import AddNote, ReceiveCase
from domain.personal import ERASED, RESTRICTED
from domain.refusal import Refused
from domain.subject_messages import PlaceHold, RestrictSubject
from domain.words import Channel
from ledger.evidence.check import compare
from ledger.evidence.evidence import Evidence
from ledger.migrate import KEYS, migrate
from ledger.recorder import Recorder, Submission
from ledger.seal.findings import Report
from ledger.seal.folder import Folder
from ledger.seal.keys import read_key
from ledger.seal.verify import verify
from ledger.store import Ledger
from ledger.views import Views
from policies.loader import load
from tests.conftest import TEMPLATE
from tests.evidence.samples import PNG
from tests.ledgers import key_environment
from worker.backup.errors import BackupRefused
from worker.backup.make import make
from worker.backup.manifest import Manifest
from worker.backup.prove import prove
from worker.backup.restore import put_back_backup
from worker.evidence import open_evidence
from worker.main import app
from worker.sealing import Sealing
from worker.settings import Settings
from worker.stack.postgres import APPLICATION_LOGIN, OWNER_ROLE, SEALER_LOGIN, PostgresServer
from worker.wiring import open_ledger

LI = Actor("li", (Role.AGENT,), "hotline")
DA = Actor("da", (Role.DATA,))


@dataclass(frozen=True)
class Place:
    """Databases and a home of their own."""

    settings: Settings

    def does(self, command: Any, stream: str | None = None, actor: Actor = LI) -> str:
        """Somebody gives a command; its stream."""
        with open_ledger(self.settings) as ledger:
            receipt = Recorder(ledger, self.settings.matter_key).record(
                Submission(command, actor, str(uuid.uuid4()), stream)
            )
        assert receipt.accepted, receipt.refusal
        return receipt.stream

    def case(self, contact: str) -> str:
        """A complaint of somebody, with a file."""
        case = self.does(ReceiveCase(kind="complaint", channel=Channel.EMAIL, contact=contact, matter=f"of {contact}"))
        with open_ledger(self.settings) as ledger:
            self.evidence(ledger).add(case, io.BytesIO(PNG + contact.encode()), "photo.png", LI, f"file/{case}")
        return case

    def evidence(self, ledger: Ledger) -> Evidence:
        """Files of this place."""
        return open_evidence(self.settings, ledger, Recorder(ledger, self.settings.matter_key))

    def subject(self, case: str) -> str:
        """Whose case it is."""
        with open_ledger(self.settings) as ledger:
            return str(Recorder(ledger, b"").load(case)[1].subject)

    def contact(self, case: str) -> str:
        """What can be read of it."""
        with open_ledger(self.settings) as ledger:
            event: Any = ledger.opened(ledger.history(case)[0].event)
            return str(event.contact)

    def verify(self) -> Report:
        """Its ledger against its published seals."""
        with psycopg.connect(self.settings.owner_url) as connection:
            return verify(connection, Folder(self.settings.seals), read_key(self.settings.sealer_key).verifier)


NewPlace = Callable[[str], Place]


@pytest.fixture
def new_place(postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewPlace]:
    """Makes places with empty databases."""
    monkeypatch.setenv("CASEFOLD_MASTER_KEYS", key_environment("")["CASEFOLD_MASTER_KEYS"])
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "a key that only these tests use, long enough")
    made: list[str] = []

    def make_place(name: str) -> Place:
        ledger, keys = (f"{what}_{name}_{os.getpid()}" for what in ("backup", "backup_keys"))
        postgres.create_database(ledger, template=TEMPLATE)
        postgres.create_database(keys)
        made.extend((ledger, keys))
        urls: dict[str, str] = {
            "given_database_url": postgres.url(APPLICATION_LOGIN, ledger),
            "given_owner_url": postgres.url(OWNER_ROLE, ledger),
            "given_sealer_url": postgres.url(SEALER_LOGIN, ledger),
            "given_keys_url": postgres.url(APPLICATION_LOGIN, keys),
            "given_keys_owner_url": postgres.url(OWNER_ROLE, keys),
        }
        given: dict[str, Any] = {key: SecretStr(url) for key, url in urls.items()}
        settings = Settings(home=tmp_path / name, **given)
        migrate(settings.keys_owner_url, schema=KEYS)
        return Place(settings)

    yield make_place
    for name in made:
        postgres.drop_database(name)


@pytest.fixture
def live(new_place: NewPlace) -> Place:
    """A place where people work; what they did is sealed."""
    place = new_place("live")
    with open_ledger(place.settings) as ledger:
        Recorder(ledger, place.settings.matter_key).publish(load(), WORKFLOW)
    return place


def counts(settings: Settings) -> dict[str, int]:
    """Table → rows, of everything that is no read model."""
    statement = """SELECT schemaname || '.' || tablename FROM pg_tables
        WHERE schemaname ~ '^casefold' AND schemaname <> 'casefold_views' AND tablename <> 'migration' ORDER BY 1"""
    found = {}
    for url in (settings.owner_url, settings.keys_owner_url):
        with psycopg.connect(url) as connection:
            for (table,) in connection.execute(statement).fetchall():
                (found[table],) = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() or (0,)
    return found


@contextmanager
def at_work(place: Place) -> Iterator[None]:
    """New persons, cases and files one after the other, all sealed and published at once, while this block runs."""
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            place.case(f"caller{number}@example.com")
            Sealing(place.settings).once()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        try:
            yield
        finally:
            stop.set()
            working.result()


@pytest.mark.requirement("L-03", "L-04", "L-06")
def test_what_was_backed_up_and_proved_comes_back_as_it_was_and_whoever_was_erased_since_stays_erased(
    live: Place, new_place: NewPlace, tmp_path: Path, postgres: PostgresServer
) -> None:
    first, second, third = (live.case(f"{name}@example.com") for name in ("wang", "zhao", "sun"))
    Sealing(live.settings).once()
    live.does(AddNote(text="not sealed yet"), first)

    folder = tmp_path / "backup"
    with at_work(live):
        manifest = make(live.settings, folder)
    assert manifest == Manifest.read(folder)
    proof = prove(live.settings, folder)
    assert proof.well, proof.told()
    told = "\n".join(proof.told())
    assert f"{manifest.entries} entries of {manifest.cases} cases" in told
    assert manifest.seals is not None
    assert f"{manifest.seals.size} entries are those that casefold/" in told
    assert f"a field of each of {manifest.cases} keys opens" in told
    assert re.search(rf"({manifest.cases}|{manifest.cases - 1}) files of evidence are there", told)
    secrets = [live.settings.master_keys().text().split(":")[1].strip(), "a key that only these tests use"]
    for file in folder.rglob("*"):
        assert not file.is_file() or not any(secret.encode() in file.read_bytes() for secret in secrets)
    with pytest.raises(BackupRefused, match="is there already and not empty"):
        make(live.settings, folder)

    # Life goes on: somebody is erased, and more is sealed and published.
    gone = live.subject(second)
    with open_ledger(live.settings) as ledger:
        assert ledger.ring is not None
        ledger.ring.store.destroy(gone)
        live.evidence(ledger).purge(second, "erasure")
    for command in (RestrictSubject(), PlaceHold(reason="a claim")):
        live.does(command, f"subject:{live.subject(third)}", DA)
    live.does(AddNote(text="after the backup"), first)
    Sealing(live.settings).once()
    later = make(live.settings, tmp_path / "later")
    assert later.erased == (gone,)
    assert prove(live.settings, tmp_path / "later", server=postgres).well

    # Everything is lost, the secrets apart.
    back = new_place("back")
    back.settings.sealer_key.parent.mkdir(parents=True)
    shutil.copyfile(live.settings.sealer_key, back.settings.sealer_key)
    done = put_back_backup(back.settings, folder, erased=[str(tmp_path / "later")])
    assert done.erased == (gone,)
    assert done.objects == manifest.evidence.objects
    assert done.new_log.endswith("/2")
    assert any("casefold restore --rolled-back" in sentence for sentence in done.next)
    rows = {table.table: table.rows for table in (*manifest.ledger.tables, *manifest.keys.tables)}
    there = counts(back.settings)
    assert there.pop("casefold_seal.head") == rows.pop("casefold_seal.head") + 1
    assert there.pop("casefold_keys.change") == rows.pop("casefold_keys.change") + 2
    rows["casefold_keys.reference"] -= 1
    # What stood in the later backup stands here, too: two commands, under the key of whoever carries them over.
    assert done.carried == (live.subject(third),)
    for table in ("casefold.command", "casefold.stored_events"):
        rows[table] += 2
    for table in ("casefold_keys.subject", "casefold_keys.subject_key", "casefold_keys.reference"):
        rows[table] += 1
    rows["casefold.follower"] = there["casefold.follower"]
    assert there == rows

    assert [back.contact(case) for case in (first, second, third)] == ["wang@example.com", ERASED, RESTRICTED]
    with open_ledger(back.settings) as ledger:
        evidence = back.evidence(ledger)
        assert b"".join(evidence.read(first, "E1", LI, Through.CLI)[1]) == PNG + b"wang@example.com"
        with pytest.raises(Refused, match="the data of the person are restricted"):
            evidence.read(third, "E1", LI, Through.CLI)
        with pytest.raises(Refused, match="the data of the person were erased"):
            evidence.read(second, "E1", LI, Through.CLI)
        assert compare(evidence).well
        listed = {row["case"] for row in Views(ledger).worklist()}
    assert listed >= {first, second, third}
    assert len(listed) == manifest.cases
    assert back.case("qian@example.com") not in listed, "no number is given out twice"
    Sealing(back.settings).once()
    assert back.verify().well
    with pytest.raises(
        BackupRefused, match=r"is not empty \(casefold\.stored_events\): a backup is put back into empty"
    ):
        put_back_backup(back.settings, folder)


@pytest.mark.requirement("L-03", "L-04")
def test_a_proof_names_what_could_not_be_put_back(
    live: Place, tmp_path: Path, postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = live.case("wang@example.com")
    Sealing(live.settings).once()
    folder = tmp_path / "backup"
    manifest = make(live.settings, folder)
    (object_,) = (file for file in (folder / "evidence" / "objects").rglob("*") if file.is_file())
    object_.write_bytes(object_.read_bytes()[:-1])
    data = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps(data | {"entries": manifest.entries + 1}))
    (tile,) = (folder / "seals" / "tile" / "0" / "000.p").iterdir()
    tile.write_bytes(bytes(32) + tile.read_bytes()[32:])
    monkeypatch.setenv("CASEFOLD_MASTER_KEYS", "1:" + "A" * 43 + "=")
    proof = prove(Settings(home=live.settings.home), folder, server=postgres)
    wrong = [line.removeprefix("WRONG  ") for line in proof.told() if line.startswith("WRONG")]
    assert not proof.well
    assert wrong[0].endswith(f"the backup was made of {manifest.entries + 1} up to {manifest.position}")
    assert "tiles" in wrong[1]
    assert wrong[2] == f"keys that cannot be used: {live.subject(case)} 1"
    assert wrong[3].startswith(f"keys that do not open: {live.subject(case)} 1")
    assert wrong[4] == f"files of evidence that are missing or altered: {case} E1"


@pytest.mark.requirement("L-03", "L-04")
def test_a_backup_that_is_damaged_foreign_or_without_its_secrets_changes_nothing(
    live: Place, new_place: NewPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = live.case("wang@example.com")
    folder = tmp_path / "backup"
    manifest = make(live.settings, folder)
    empty = new_place("empty")
    before = counts(empty.settings)

    def refused(words: str, settings: Settings = empty.settings, backup: Path = folder) -> None:
        with pytest.raises(BackupRefused, match=words):
            put_back_backup(settings, backup)

    refused("holds no finished backup", backup=tmp_path)
    with monkeypatch.context() as patch:
        patch.setenv("CASEFOLD_MASTER_KEYS", "1:" + "A" * 43 + "=")
        refused("The master key 1 with the fingerprint .* is not in", Settings(home=empty.settings.home))
    with monkeypatch.context() as patch:
        patch.setenv("CASEFOLD_MATTER_KEY", "b" * 64)
        refused("The matter key is another one", Settings(home=empty.settings.home))
    (table,) = [folder / table.file for table in manifest.ledger.tables if table.table == "casefold.stored_events"]
    whole = table.read_bytes()
    table.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    refused("is damaged: files not as written: ledger/casefold.stored_events.copy.gz")
    assert not prove(live.settings, folder).well
    table.write_bytes(whole)
    data = json.loads((folder / "manifest.json").read_text())
    data["ledger"]["migrations"][0]["checksum"] = "another"
    (folder / "manifest.json").write_text(json.dumps(data))
    refused("schema of another program, which applied 0001_ledger.sql")
    assert counts(empty.settings) == before
    assert not Path(empty.settings.evidence).exists()
    assert live.contact(case) == "wang@example.com"


@pytest.mark.requirement("L-03")
def test_a_planned_move_goes_on_with_the_same_log_of_seals_and_the_command_says_what_it_did(
    live: Place, new_place: NewPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.case("wang@example.com")
    Sealing(live.settings).once()
    folder = tmp_path / "backup"
    for name, url in environment(live.settings).items():
        monkeypatch.setenv(name, url)
    made = CliRunner().invoke(app, ["backup", str(folder)])
    assert made.exit_code == 0, made.output
    assert "1 cases, sealed up to" in made.output
    assert "Needed to open it, and not in it: master keys 1 (" in made.output
    assert "It is not proved yet" in made.output

    moved = new_place("moved")
    shutil.copytree(live.settings.sealer_key.parent, moved.settings.sealer_key.parent)
    for name, url in environment(moved.settings).items():
        monkeypatch.setenv(name, url)
    back = CliRunner().invoke(app, ["restore-backup", str(folder), "--same-log", "--json"])
    assert back.exit_code == 0, back.output
    assert json.loads(back.stdout)["new_log"] == ""
    again = CliRunner().invoke(app, ["restore-backup", str(folder)])
    assert again.exit_code == 1
    assert "nothing was changed" in again.output
    before = Folder(live.settings.seals).checkpoint()
    moved.case("zhao@example.com")
    Sealing(moved.settings).once()
    after = Folder(moved.settings.seals).checkpoint()
    assert before is not None
    assert after is not None
    assert after[1].origin == before[1].origin
    assert after[1].size > before[1].size
    assert moved.verify().well


def environment(settings: Settings) -> dict[str, str]:
    """What the program finds."""
    return {
        "CASEFOLD_HOME": str(settings.home),
        "DATABASE_URL": settings.database_url,
        "DATABASE_OWNER_URL": settings.owner_url,
        "DATABASE_SEALER_URL": settings.sealer_url,
        "DATABASE_KEYS_URL": settings.keys_url,
        "DATABASE_KEYS_OWNER_URL": settings.keys_owner_url,
    }
