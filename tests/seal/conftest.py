"""A ledger with all that a ledger may hold, sealed and published in a folder of the test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.actor import Actor, Role
from ledger.recorder import Recorder, Submission
from ledger.seal.findings import Report
from ledger.seal.folder import Folder
from ledger.seal.notary import Memory, Notary
from ledger.seal.note import Checkpoint, Signer
from ledger.seal.sealer import Sealer
from ledger.seal.verify import verify
from tests.conftest import TEMPLATE
from tests.ledger.conftest import KEY
from tests.ledger.toy import TOYS, Count, CountOften, DoNothing, OpenCounter
from tests.ledgers import Ledger
from tests.seal.competitor import ORIGIN, SEED
from worker.stack.postgres import APPLICATION_LOGIN, AUDITOR_LOGIN, OWNER_ROLE, SEALER_LOGIN, PostgresServer

LI = Actor("li", (Role.AGENT,), "hotline")
ODD = Actor('odd/"one"%', (Role.LEAD,), "队伍")
START = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class House:
    """A ledger, its sealer, and what is published of it."""

    url: str
    """As the application reaches it."""
    owner_url: str
    sealer_url: str
    auditor_url: str
    recorder: Recorder
    clock: list[datetime]
    path: Path
    signer: Signer

    @property
    def folder(self) -> Folder:
        """What is published."""
        return Folder(self.path / "seals")

    @property
    def notary(self) -> Notary:
        """Who signs."""
        return Notary(self.signer, Memory(self.path / "sealer" / "last.json"), self.folder)

    def seal(self, limit: int = 1000) -> list[Checkpoint]:
        """Seal, sign and publish all that there is."""
        signed: list[Checkpoint] = []
        with psycopg.connect(self.sealer_url, autocommit=True) as connection:
            self.notary.check(connection)
            while Sealer(self.signer.name, limit=limit).seal(connection):
                signed += self.notary.sign(connection)
            return signed + self.notary.sign(connection)

    def verify(self, **more: Any) -> Report:
        """As an auditor does it."""
        with psycopg.connect(self.auditor_url) as connection:
            return verify(connection, self.folder, self.signer.verifier, **more)

    def does(self, command: Any, command_id: str, stream: str | None = None, by: Actor = LI, **more: Any) -> str:
        """Somebody gives a command; the stream."""
        self.clock[0] += timedelta(seconds=7)
        return self.recorder.record(Submission(command, by, command_id, stream, **more)).stream


SIZE = 53
"""Entries that `fill` writes, all of them sealed in `sealed`."""


def fill(house: House, streams: int = 4, rounds: int = 5) -> list[str]:
    """Streams that are counted up by turns, late ones among them, refusals, and commands that lead to nothing."""
    names = [house.does(OpenCounter(seconds=40 if n == 1 else 10**6), f"open-{n}") for n in range(streams)]
    for number in range(rounds):
        for place, name in enumerate(names):
            by = ODD if place == 2 else LI
            house.does(Count(by=1, note=f'笔记 {number} "quoted" \\ and\nmore'), f'{place}/{number} "x"', name, by=by)
        house.does(CountOften(times=3), f"often-{number}", names[0], happened_at=house.clock[0])
        house.does(Count(by=5000), f"too-much-{number}", names[number % streams], by=ODD)
        house.does(DoNothing(), f"nothing-{number}", names[0])
    house.does(Count(), "nobody's", "T-2026-999999")
    version = house.recorder.load(names[3])[0]
    house.does(Count(), "expected", names[3], expected_version=version)
    house.does(Count(), "not expected", names[3], expected_version=version)
    return names


SIGNER = Signer.of_seed(ORIGIN, SEED)
"""Always the same, so that failures can be repeated."""


@contextmanager
def housed(postgres: PostgresServer, database: str, path: Path) -> Iterator[House]:
    """A ledger without any entry in this database."""
    clock = [START]
    url = postgres.url(APPLICATION_LOGIN, database)
    with Ledger(url, stream_types=TOYS) as ledger:
        recorder = Recorder(ledger, KEY, clock=lambda: clock[0], matter_of=lambda _: None)
        owner, sealer, auditor = (postgres.url(role, database) for role in (OWNER_ROLE, SEALER_LOGIN, AUDITOR_LOGIN))
        yield House(url, owner, sealer, auditor, recorder, clock, path, SIGNER)


@pytest.fixture
def house(database: str, postgres: PostgresServer, tmp_path: Path) -> Iterator[House]:
    """A ledger without any entry."""
    with housed(postgres, database, tmp_path) as house:
        yield house


@pytest.fixture(scope="session")
def settled(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger of some fifty entries under several checkpoints, and one that is not sealed yet; not to be changed."""
    database = f"settled_{os.getpid()}"
    postgres.create_database(database, template=TEMPLATE)
    with housed(postgres, database, tmp_path_factory.mktemp("settled")) as house:
        fill(house)
        house.seal(limit=17)
        house.does(Count(), "later", "T-2026-000001")
        yield house
    postgres.drop_database(database)


@pytest.fixture
def sealed(settled: House, tmp_path: Path) -> House:
    """The same, with a copy of what is published, and of what the sealer remembers, of the test's own."""
    shutil.copytree(settled.path, tmp_path, dirs_exist_ok=True)
    return replace(settled, path=tmp_path)
