"""A ledger with its keys, and evidence of its cases in a folder."""

from __future__ import annotations

import io
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.access import Through
from domain.actor import Actor, Role
from domain.commands import ReceiveCase
from domain.words import Channel
from ledger.evidence.evidence import Added, Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import FolderStore, Store
from ledger.recorder import Recorder, Submission
from policies.loader import load
from tests.conftest import TEMPLATE
from tests.ledgers import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, PostgresServer

KEY = b"a key for the tests' matters...."
LI = Actor("li", (Role.AGENT,), "hotline")
CHEN = Actor("chen", (Role.LEAD,), "hotline")


@dataclass(frozen=True)
class Desk:
    """A ledger, and somebody who works with it."""

    ledger: Ledger
    recorder: Recorder

    def does(self, command: Any, stream: str | None = None, by: Actor = LI) -> str:
        """Give a command that is accepted; its stream."""
        receipt = self.recorder.record(Submission(command, by, str(uuid.uuid4()), stream))
        assert receipt.accepted, receipt.refusal
        return receipt.stream

    def case(self, contact: str = "13800138000") -> str:
        """Receive a complaint."""
        return self.does(
            ReceiveCase(kind="complaint", channel=Channel.HOTLINE, contact=contact, reference=str(uuid.uuid4()))
        )

    def evidence(self, store: Store, **more: Any) -> Evidence:
        """Evidence in a store."""
        return Evidence(self.ledger, self.recorder, store, RingKeys(self.ledger.ring), **more)


@pytest.fixture(scope="session")
def desk(postgres: PostgresServer) -> Iterator[Desk]:
    """One for all tests that do not look at the ledger as a whole."""
    database = f"evidence_{os.getpid()}"
    postgres.create_database(database, template=TEMPLATE)
    with Ledger(postgres.url(APPLICATION_LOGIN, database)) as ledger:
        yield _opened(ledger)
    postgres.drop_database(database)


@pytest.fixture
def own_desk(database_url: str) -> Iterator[Desk]:
    """One of the test's own."""
    with Ledger(database_url) as ledger:
        yield _opened(ledger)


def _opened(ledger: Ledger) -> Desk:
    recorder = Recorder(ledger, KEY)
    recorder.publish(load(), Actor("setup", (Role.SYSTEM,)))
    return Desk(ledger, recorder)


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    """A folder."""
    return FolderStore(tmp_path / "evidence")


@pytest.fixture
def evidence(desk: Desk, store: FolderStore) -> Evidence:
    """Evidence of the cases of `desk`, in a folder of the test's own."""
    return desk.evidence(store)


Add = Callable[..., Added]


def add(
    evidence: Evidence, case: str, content: bytes, name: str = "photo.png", command_id: str = "", **more: Any
) -> Added:
    """Somebody adds a file."""
    return evidence.add(case, io.BytesIO(content), name, more.pop("by", LI), command_id or str(uuid.uuid4()), **more)


def content_of(evidence: Evidence, case: str, number: str = "E1", by: Actor = CHEN) -> bytes:
    """Somebody reads a file to its end."""
    return b"".join(evidence.read(case, number, by, Through.API)[1])


def files(folder: Path) -> list[str]:
    """All files below a folder."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
