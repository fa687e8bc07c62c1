"""`casefold doctor` and `casefold status` on real servers: well when all is well, and the remedy when it is not."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import anyio
import psycopg
import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tests.ledgers import key_environment, key_store
from worker.doctor import Finding, examine
from worker.settings import TASK_QUEUE, Settings
from worker.stack.postgres import PostgresServer
from worker.stack.temporal import NAMESPACE, SEARCH_ATTRIBUTES, TemporalServer
from worker.status import look, workers_polling


@workflow.defn
class Idle:
    """Gives the worker something to know."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""


@pytest.fixture
def given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, database_url: str, owner_url: str, temporal: TemporalServer
) -> None:
    """Everything runs elsewhere, except the worker."""
    monkeypatch.setenv("CASEFOLD_HOME", str(tmp_path))
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "k" * 32)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("DATABASE_OWNER_URL", owner_url)
    for name, value in key_environment(database_url).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", NAMESPACE)


def wrong() -> dict[str, Finding]:
    return {finding.about: finding for finding in examine(Settings()) if not finding.well}


@pytest.mark.usefixtures("given")
def test_all_is_well_but_for_the_worker_that_nobody_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFOLD_TASK_QUEUE", "nobody")
    assert wrong().keys() == {"worker"}
    assert wrong()["worker"].mend == "casefold worker"


@pytest.mark.usefixtures("given")
async def test_a_worker_that_asks_for_work_is_seen(temporal_client: Client) -> None:
    runner = UnsandboxedWorkflowRunner()
    async with Worker(temporal_client, task_queue=TASK_QUEUE, workflows=[Idle], workflow_runner=runner):
        with anyio.fail_after(10):
            while await workers_polling(Settings()) == 0:  # noqa: ASYNC110 - the server tells only who asks
                await anyio.sleep(0.1)


@pytest.mark.usefixtures("given")
def test_a_login_that_may_change_entries_is_pointed_out(monkeypatch: pytest.MonkeyPatch, owner_url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", owner_url)
    assert "UPDATE, DELETE, TRUNCATE" in wrong()["rights"].found
    assert "casefold_app" in wrong()["rights"].mend


@pytest.mark.usefixtures("given")
def test_a_login_without_rights_is_pointed_out(monkeypatch: pytest.MonkeyPatch, owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("REVOKE MAINTAIN ON casefold.stored_events FROM casefold_app")
    assert "lacks MAINTAIN" in wrong()["rights"].found


@pytest.mark.usefixtures("given")
def test_an_empty_database_needs_migrating(monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer) -> None:
    postgres.create_database("empty")
    try:
        monkeypatch.setenv("DATABASE_URL", postgres.url("casefold_app_login", "empty"))
        assert "0001" in wrong()["schema"].found
        assert "casefold migrate" in wrong()["schema"].mend
    finally:
        postgres.drop_database("empty")


@pytest.mark.requirement("L-04")
@pytest.mark.usefixtures("given")
def test_a_master_key_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, database_url: str) -> None:
    key_store(database_url).create()
    monkeypatch.setenv("CASEFOLD_MASTER_KEYS", f"2:{base64.b64encode(bytes(32)).decode()}")
    assert "master keys 1 are missing" in wrong()["key store"].found


@pytest.mark.usefixtures("given")
def test_servers_that_do_not_answer_and_a_missing_namespace_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "missing")
    assert "namespace create --namespace missing" in wrong()["namespace"].mend
    monkeypatch.setenv("TEMPORAL_NAMESPACE", NAMESPACE)
    monkeypatch.setitem(SEARCH_ATTRIBUTES, "CaseForgotten", "Keyword")
    assert "--name CaseForgotten --type Keyword" in wrong()["search attributes"].mend
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    assert {"PostgreSQL", "Temporal"} <= wrong().keys()
    assert [part.state for part in look(Settings()).parts] == ["unreachable", "unreachable", "stopped"]


def test_without_anything_running_both_say_so_in_words_and_in_json(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "CASEFOLD_HOME": str(tmp_path / "home")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "worker.main", *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)

    status = run("status", "--json")
    assert status.returncode == 3
    assert json.loads(status.stdout)["running"] is False
    doctor = run("doctor", "--json")
    assert doctor.returncode == 3
    mends = {finding["mend"] for finding in json.loads(doctor.stdout) if not finding["well"]}
    assert mends == {"casefold up"}
    assert "casefold up" in run("doctor").stdout
    assert not (tmp_path / "home").exists(), "looking must not change anything"


@pytest.mark.requirement("C-01")
@pytest.mark.usefixtures("given")
def test_a_place_where_no_evidence_can_be_stored_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "evidence"
    monkeypatch.setenv("CASEFOLD_EVIDENCE", str(place))
    assert "evidence" not in wrong()
    shutil.rmtree(place)
    place.write_text("a file where a folder should be")
    assert "CASEFOLD_EVIDENCE" in wrong()["evidence"].mend
