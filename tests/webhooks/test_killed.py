"""The worker is killed after the receiver has the message and before anything is written down: it comes once more."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from temporalio.client import Client

from domain import commands as c
from ledger.webhooks.deliveries import Fate
from tests.ledgers import key_environment
from tests.webhooks.conftest import MATTER_KEY, Office, sending
from tests.webhooks.receiver import Heard, Receiver
from worker.stack.temporal import NAMESPACE, TemporalServer

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def sender(database_url: str, temporal: TemporalServer, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The part of the worker that sends webhooks, as a process."""
    environment = {
        **os.environ,
        **key_environment(database_url),
        "DATABASE_URL": database_url,
        "CASEFOLD_HOME": str(home),
        "CASEFOLD_MATTER_KEY": MATTER_KEY.decode(),
        "CASEFOLD_TASK_QUEUE": home.name,
        "CASEFOLD_TEST_PROCESS": str(os.getpid()),
        "CASEFOLD_WEBHOOK_ALLOW": "127.0.0.0/8",
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": NAMESPACE,
    }
    program = [sys.executable, "-m", "tests.faults.armed", "worker", "--part", "webhooks"]
    with (home / "worker.log").open("ab") as log:
        process = subprocess.Popen(program, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.requirement("L-01")
async def test_a_worker_killed_between_sending_and_writing_it_down_sends_it_again_with_the_same_id(
    office: Office,
    receiver: Receiver,
    database_url: str,
    temporal: TemporalServer,
    temporal_client: Client,
    tmp_path: Path,
) -> None:
    has_it, dead = threading.Event(), threading.Event()

    def answer(heard: Heard) -> int:
        if not has_it.is_set():
            has_it.set()
            dead.wait(60)
        return 200

    receiver.answers = answer
    endpoint = office.tells(receiver, "NoteAdded")
    with sender(database_url, temporal, tmp_path) as first:
        office.records(c.AddNote(text="x"), office.opens())
        assert await asyncio.to_thread(has_it.wait, 60)
        first.send_signal(signal.SIGKILL)
        first.wait()
    dead.set()
    assert office.only(endpoint).attempts == 0, "nothing was written down"
    async with sending(office.house.ledger, temporal_client, tmp_path.name):  # another worker takes over
        await office.until(lambda: office.fates(endpoint) == {Fate.DELIVERED})
    assert len(receiver.heard) == 2
    assert len(set(receiver.ids())) == 1, "the receiver knows it by its id, and takes it once"
    assert receiver.heard[0].text == receiver.heard[1].text
