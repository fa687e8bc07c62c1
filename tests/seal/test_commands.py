"""The commands around seals, and the part `sealer` of the worker, as people meet them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner, Result

from domain.actor import Actor, Role
from ledger.errors import LedgerNotReady
from ledger.recorder import Recorder, Submission
from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from policies.loader import load
from tests.domain.story import COMPLAINT, LI
from tests.intruder import intruding
from tests.ledgers import Ledger
from worker import alarms, seal_watch, sealing
from worker.doctor import examine
from worker.main import app
from worker.restore import mend_seals
from worker.sealing import TOO_LONG, Sealing
from worker.settings import Settings
from worker.stack.postgres import APPLICATION_LOGIN, AUDITOR_LOGIN, OWNER_ROLE, SEALER_LOGIN, PostgresServer
from worker.stack.process import wait_until
from worker.status import look

Run = Callable[..., Result]


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database: str, postgres: PostgresServer) -> Settings:
    """A home of the test's own, and a ledger that is run elsewhere."""
    monkeypatch.setenv("CASEFOLD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "k" * 32)
    monkeypatch.setenv("CASEFOLD_LOG_ORIGIN", "casefold.example/commands")
    monkeypatch.setenv("DATABASE_URL", postgres.url(APPLICATION_LOGIN, database))
    monkeypatch.setenv("DATABASE_OWNER_URL", postgres.url(OWNER_ROLE, database))
    monkeypatch.setenv("DATABASE_SEALER_URL", postgres.url(SEALER_LOGIN, database))
    return Settings()


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """A ledger with one complaint."""
    with Ledger(database_url) as ledger:
        recorder = Recorder(ledger, b"k" * 32)
        recorder.publish(load(), Actor("setup", (Role.SYSTEM,)))
        recorder.record(Submission(COMPLAINT, LI, "open-1"))
        yield ledger


def run(*words: str) -> Result:
    """The program, in this process."""
    return CliRunner().invoke(app, list(words), catch_exceptions=False)


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("ledger")
def test_from_the_seal_to_the_bundle_as_an_auditor_does_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    sealed = run("seal")
    assert sealed.exit_code == 0
    assert "casefold.example/commands" in sealed.output
    key = run("seal", "--show-key").output.strip()
    assert key.startswith("casefold.example/commands+")
    assert settings.sealer_key.stat().st_mode & 0o777 == 0o600

    # From here on the auditor: a login that only reads, another home, the log's key on the command line.
    monkeypatch.setenv("DATABASE_URL", postgres.url(AUDITOR_LOGIN, database))
    monkeypatch.setenv("CASEFOLD_HOME", str(tmp_path / "auditor"))
    seals = ["--seals", str(settings.seals)]
    assert "Give the log's public key" in run("verify", *seals).output
    verified = run("verify", "--key", key, *seals)
    assert verified.exit_code == 0, verified.output
    assert [line.split()[0] for line in verified.output.splitlines()] == ["ok"] * 7

    own = ["--state", str(tmp_path / "state"), "--key", str(tmp_path / "witness.key"), "--name", "auditor.example"]
    cosigned = run("witness", str(settings.seals), "--log", key, *own)
    assert cosigned.exit_code == 0, cosigned.output
    witness = cosigned.output.split()[-1]
    assert run("verify", "--key", key, "--witness", witness, *seals).exit_code == 0

    case = "C-2026-000001"
    bundle = tmp_path / "bundle"
    assert run("bundle", *seals).exit_code == 2
    case = next(name for name in stream_names(postgres.url(AUDITOR_LOGIN, database)) if name.startswith("C-"))
    assert run("bundle", case, "--witnessed", "-o", str(bundle), *seals).exit_code == 0
    verifier = str(bundle / "casefold_verify.py")
    command = [sys.executable, "-I", "-S", verifier, str(bundle), "--key", key, "--witness", witness]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run("bundle", "--headers", "-o", str(tmp_path / "headers"), *seals).exit_code == 0
    assert run("bundle", "--all", "-o", str(tmp_path / "all"), *seals).exit_code == 0
    assert run("bundle", "--all", "-o", str(tmp_path / "all"), *seals).exit_code == 1


def stream_names(url: str) -> list[str]:
    with Ledger(url) as ledger:
        return list(ledger.streams("case"))


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("ledger")
def test_what_was_changed_is_named_and_the_exit_code_says_so(settings: Settings, owner_url: str) -> None:
    assert run("seal").exit_code == 0
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold.stored_events SET topic = 'CaseClosed' WHERE topic = 'CaseReceived'")
    verified = run("verify")
    assert verified.exit_code == 1
    assert "WRONG  entries      CHANGED: leaf" in verified.output
    found = json.loads(run("verify", "--json").output)
    assert found["well"] is False
    assert (found["first_fault"]["verdict"], found["first_fault"]["topic"]) == ("CHANGED", "CaseClosed")
    assert found["first_fault"]["version"] == 1
    assert settings.seals.exists()


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("ledger")
def test_a_restore_begins_a_new_log_when_it_is_told_to_and_only_when_the_old_one_cannot_go_on(
    settings: Settings, owner_url: str
) -> None:
    assert run("seal").exit_code == 0
    assert mend_seals(settings, "") == ""
    assert mend_seals(settings, "just so") == "The seals can go on; no new log was begun."
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold_seal.head SET size = 1, peaks = decode(repeat('ab', 32), 'hex')")
    assert "casefold.example/commands/2" in mend_seals(settings, "an older backup was put back")
    assert alarms.sounding(settings.stack) == {}
    assert run("verify").exit_code == 0
    assert run("seal", "--check").exit_code == 0


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("ledger")
def test_after_a_roll_back_it_refuses_with_an_alarm_until_a_new_log_is_begun(
    settings: Settings, owner_url: str
) -> None:
    assert run("seal").exit_code == 0
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold_seal.head SET size = 1, peaks = decode(repeat('ab', 32), 'hex')")
    refused = run("seal")
    assert refused.exit_code == 1
    assert "last signed" in refused.output
    assert "casefold seal --new-log" in alarms.sounding(settings.stack)["sealer"]
    told = mend_seals(settings, "")
    assert told.startswith("The seals were rolled back")
    assert "casefold seal --new-log" in told
    assert "casefold restore --new-log REASON" in told
    anew = run("seal", "--new-log", "an older backup was put back", "--json")
    assert anew.exit_code == 0, anew.output
    assert json.loads(anew.output)["text"].startswith("casefold.example/commands/2\n")
    assert alarms.sounding(settings.stack) == {}
    assert run("verify").exit_code == 0
    assert (settings.seals / "earlier" / "casefold.example%2Fcommands" / "checkpoint").exists()


def test_the_worker_s_part_seals_within_a_second_and_another_one_stands_by(
    settings: Settings, ledger: Ledger, owner_url: str
) -> None:
    stop = threading.Event()
    parts = [Sealing(settings, every=0.3) for _ in range(2)]
    threads = [threading.Thread(target=part.run, args=(stop,)) for part in parts]
    for thread in threads:
        thread.start()
    try:
        assert wait_until(lambda: (newest := parts[0].newest()) is not None and newest.size == count(ledger), 30)
        Recorder(ledger, b"k" * 32).record(Submission(COMPLAINT, LI, "open-2"))
        began = time.monotonic()
        assert wait_until(lambda: (newest := parts[0].newest()) is not None and newest.size == count(ledger), 30)
        assert time.monotonic() - began < 5
        with pytest.raises(SealRefused, match="Another sealer is at work"):
            parts[0].once(patience=0.1)
        with pytest.raises(SealRefused, match="stop it first"):
            parts[0].begin_anew("why", patience=0.1)
        found = {part.name: part for part in look(settings).parts}["sealer"]
        assert (found.state, found.where.endswith("; a sealer is connected")) == ("running", True)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert not any(thread.is_alive() for thread in threads)
    assert parts[0].once() == []


@pytest.mark.usefixtures("ledger")
def test_a_process_that_only_seals_needs_no_other_rights_and_no_other_secret(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("CASEFOLD_MATTER_KEY")
    worker = subprocess.Popen([sys.executable, "-m", "worker.main", "worker", "--part", "sealer"])
    try:
        assert wait_until(lambda: Folder(settings.seals).checkpoint() is not None, 90)
        assert run("seal", "--check").exit_code == 0
    finally:
        worker.terminate()
        ended = worker.wait(60)
    assert ended == 0
    assert not (settings.stack.path / "secrets" / "matter_key").exists()


OLD = b'{"n":1,"recorded_at":"2026-01-01T00:00:00.000000Z","salt":"AAAAAAAAAAAAAAAAAAAAAA==","v":2}'


def test_entries_that_wait_too_long_for_their_seal_are_seen(settings: Settings, ledger: Ledger) -> None:
    assert run("seal", "--check").exit_code == 0
    seals = {finding.about: finding for finding in examine(settings)}["seals"]
    assert (seals.well, seals.found) == (True, "nothing is sealed; no sealer is connected")
    Sealing(settings).once()
    with ledger.connection() as connection:
        connection.execute("INSERT INTO casefold.stored_events VALUES ('X-1', 1, 'X', %s)", [OLD])
    late = run("seal", "--check")
    assert late.exit_code == 1
    assert "up to 1 wait for it, the first for" in late.output
    seals = {finding.about: finding for finding in examine(settings)}["seals"]
    assert not seals.well
    assert "casefold worker --part sealer" in seals.mend
    sealer = {part.name: part for part in look(settings).parts}["sealer"]
    assert (sealer.state, "up to 1 wait for it" in sealer.where) == ("stopped", True)


def test_a_sealer_that_died_is_an_alarm_within_fifteen_seconds_and_a_new_one_ends_it(
    settings: Settings, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seal_watch.EVERY + TOO_LONG < 15
    monkeypatch.setattr(sealing, "TOO_LONG", 0.3)
    monkeypatch.setattr(seal_watch, "TOO_LONG", 0.3)
    watch = seal_watch.SealWatch(ledger, settings.stack)
    watch.once()
    assert alarms.sounding(settings.stack) == {}, "but after a start, sealers get their time"
    with capture_logs() as lines:
        assert wait_until(lambda: not watch.once().well and bool(alarms.sounding(settings.stack)), 5)
        watch.once()
        assert "nothing is sealed; up to" in alarms.sounding(settings.stack)["seals"]
        assert look(settings).alarms.keys() == {"seals"}
        Sealing(settings).once()
        assert watch.once().well
    assert alarms.sounding(settings.stack) == {}
    assert [(line["log_level"], line["event"], line["part"]) for line in lines] == [
        ("critical", "alarm", "sealer"),
        ("info", "alarm_over", "sealer"),
    ]
    assert lines[0]["error"] == "SealsLag"
    assert lines[0]["seconds"] > 0.3


def count(ledger: Ledger) -> int:
    number: int = ledger.query("SELECT count(*) FROM casefold.stored_events")[0][0]
    return number


@pytest.mark.usefixtures("ledger")
def test_what_is_missing_is_said_in_a_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, database_url: str, tmp_path: Path
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("DATABASE_SEALER_URL", database_url)
        with pytest.raises(LedgerNotReady, match="a member of casefold_sealer"):
            Sealing(Settings()).once()
    Sealing(settings).once()
    shutil.move(settings.sealer_key, tmp_path / "elsewhere")
    with pytest.raises(SealRefused, match="its key is not in"):
        Sealing(settings).once()
    monkeypatch.setenv("CASEFOLD_SEALER_KEY", str(tmp_path / "elsewhere"))
    Sealing(Settings()).once()
    monkeypatch.setenv("CASEFOLD_LOG_ORIGIN", "casefold.example/other")
    with pytest.raises(SealRefused, match=r"CASEFOLD_LOG_ORIGIN is casefold\.example/other"):
        Sealing(Settings()).once()


def test_without_any_name_a_log_gets_one_of_its_own_for_ever(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASEFOLD_LOG_ORIGIN")
    key = run("seal", "--show-key").output
    assert key.startswith("casefold/")
    assert run("seal", "--show-key").output == key
    assert "nothing to seal" in run("seal").output


@pytest.mark.usefixtures("settings", "ledger")
def test_the_inventory_counts_events_by_name_and_version(owner_url: str) -> None:
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold.stored_events SET topic = 'Unheard' WHERE topic = 'ClockStarted'")
    found = {kind["event"]: kind for kind in json.loads(run("ledger", "inventory", "--json").output)}
    assert (found["CaseReceived"]["version"], found["CaseReceived"]["number"]) == (1, 1)
    assert found["CaseReceived"]["readable"] is True
    assert found["Unheard"]["readable"] is False
    text = run("ledger", "inventory").output
    assert "1  CaseReceived 1\n" in text
    assert "Unheard 1   this program cannot read it" in text
