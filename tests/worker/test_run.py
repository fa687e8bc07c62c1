"""The process `casefold worker`: it waits for servers that are away, works, and leaves in order when it is asked to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.follow import places
from ledger.recorder import Recorder, Submission
from tests.domain.story import COMPLAINT, LI
from tests.ledgers import ledger_of
from worker import alarms
from worker.options import PARTS
from worker.settings import Settings
from worker.stack.stack import Stack


@pytest.fixture
def stack(home: Path) -> Iterator[Stack]:
    """Both servers, whose addresses stay the same when they are stopped and started again."""
    with Stack(home, durable=False, temporary=True) as stack:
        yield stack


def start_worker(stack: Stack, *arguments: str, **settings: str) -> subprocess.Popen[bytes]:
    """The worker as a process of its own, with its log in the stack's folder."""
    environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json", **settings}
    with (stack.home.logs / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "worker.main", "worker", *arguments], env=environment, stdout=log, stderr=log
        )


def log_of(stack: Stack) -> list[dict[str, object]]:
    """The lines of the worker's log."""
    lines = (stack.home.logs / "worker.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def wait_for_sent(recorder: Recorder, stream: str, seconds: float = 40) -> None:
    """Wait until the acknowledgement has been sent, which needs every part of the worker and both servers."""
    end = time.monotonic() + seconds
    while True:
        case = recorder.load(stream)[1]
        if case.notices and all(notice.sent for notice in case.notices.values()):
            return
        assert time.monotonic() < end, "nothing was sent"
        time.sleep(0.05)


def opened(recorder: Recorder, number: int) -> str:
    """A new complaint."""
    command = replace(COMPLAINT, matter=f"matter {number}")
    receipt = recorder.record(Submission(command, LI, f"open-{number}"))
    assert receipt.refusal is None, receipt.refusal.sentence
    return receipt.stream


def test_a_worker_waits_for_servers_that_are_away_and_leaves_when_asked(stack: Stack) -> None:
    environment = stack.environment()
    stack.stop_part("temporal")
    stack.stop_part("postgres")
    worker = start_worker(stack, **environment, CASEFOLD_SANDBOX="1")
    try:
        time.sleep(2)
        assert worker.poll() is None, "it waits"
        stack.start_part("temporal")
        time.sleep(1)
        stack.start_part("postgres")
        with ledger_of(stack.environment(), patience=20) as ledger:
            recorder = Recorder(ledger, stack.matter_key, patience=20)
            while recorder.sheet_in_force("complaint") is None:  # the worker publishes it
                time.sleep(0.1)
            wait_for_sent(recorder, opened(recorder, 1))

            stack.kill("postgres")
            time.sleep(1)
            stack.start_part("postgres")
            wait_for_sent(recorder, opened(recorder, 2))

            stack.kill("temporal")
            later = opened(recorder, 3)  # commands do not wait for Temporal
            time.sleep(1)
            stack.start_part("temporal")
            wait_for_sent(recorder, later)
        assert alarms.sounding(stack.home) == {}
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()
    events = [line["event"] for line in log_of(stack)]
    assert events[0] == "worker_starts"
    assert events[-1] == "worker_stops"
    settled = next(line for line in log_of(stack) if line["event"] == "notice_settled")
    assert settled["command_id"] == f"{settled['case']}/notice/{settled['effect']}"


def test_the_parts_can_run_alone(stack: Stack) -> None:
    workers = [start_worker(stack, "--part", part) for part in PARTS]
    try:
        with ledger_of(stack.environment()) as ledger:
            recorder = Recorder(ledger, stack.matter_key)
            while recorder.sheet_in_force("complaint") is None:
                time.sleep(0.1)
            stream = opened(recorder, 1)
            wait_for_sent(recorder, stream)
            while not ledger.query("SELECT 1 FROM casefold_views.case_summary"):
                time.sleep(0.05)
            while not {"relay", "views", "fanout"} <= {place.name for place in places(ledger) if place.position}:
                time.sleep(0.05)
    finally:
        for worker in workers:
            worker.terminate()
        assert [worker.wait(60) for worker in workers] == [0] * len(PARTS)


def test_a_worker_without_any_server_named_says_what_to_do(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL", "DATABASE"))}
    done = subprocess.run(
        [sys.executable, "-m", "worker.main", "worker"],
        env={**kept, "CASEFOLD_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=90,
    )
    assert done.returncode == 3
    assert "casefold up" in done.stderr


@pytest.mark.parametrize("command", ["reconcile", "restore", "upgrade"])
def test_a_command_that_does_not_reach_temporal_says_so_in_a_sentence(command: str, database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker.main", command],
        env={**os.environ, "DATABASE_URL": database_url, "TEMPORAL_ADDRESS": "127.0.0.1:1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 3
    assert done.stderr.strip() == "Temporal does not answer at 127.0.0.1:1: see `casefold doctor`."


def test_an_alarm_is_kept_until_it_is_over(tmp_path: Path) -> None:
    home = Settings(home=tmp_path).stack
    assert alarms.sounding(home) == {}
    alarms.sound(home, "relay", "The ledger was rolled back.")
    alarms.sound(home, "relay", "The ledger was rolled back.")
    assert alarms.sounding(home) == {"relay": "The ledger was rolled back."}
    alarms.silence(home, "relay")
    alarms.silence(home, "relay")
    assert alarms.sounding(home) == {}
