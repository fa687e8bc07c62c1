"""A sealed ledger with the lamp's complaint in it, its photograph in the evidence store, and two cases besides."""

from __future__ import annotations

import io
import itertools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from domain import commands as c
from domain.words import Channel
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import open_store
from ledger.recorder import Recorder
from tests.conftest import TEMPLATE
from tests.console.conftest import ENVIRONMENT, MATTER_KEY, Casefold, _within
from tests.exports.lamp import BEGINS, LI, SUN, Telling, lamp
from tests.ledgers import Ledger, key_environment
from worker.sealing import Sealing
from worker.settings import Settings
from worker.stack.postgres import APPLICATION_LOGIN, SEALER_LOGIN, PostgresServer

PHOTO = b"\x89PNG\r\n\x1a\n" + b"the lamp, in pieces" * 100
OTHER_NAME = "李四（虚构）"
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Archive:
    """What the tests look at, and none of them changes."""

    environment: dict[str, str]
    case: str
    """The lamp's."""
    other: str
    """A complaint that was only just received."""
    key: str
    """The log's public key."""


@pytest.fixture(scope="session")
def archive(postgres: PostgresServer) -> Iterator[Archive]:
    """A ledger of these tests' own, filled and sealed once."""
    database = f"exports_{os.getpid()}_{next(_NUMBERS)}"  # whoever imports the fixture gets an archive of their own
    postgres.create_database(database, template=TEMPLATE)
    with tempfile.TemporaryDirectory(prefix="casefold-test-", ignore_cleanup_errors=True) as home:
        url = postgres.url(APPLICATION_LOGIN, database)
        environment = {
            **ENVIRONMENT,
            **key_environment(url),
            "DATABASE_URL": url,
            "DATABASE_SEALER_URL": postgres.url(SEALER_LOGIN, database),
            "CASEFOLD_HOME": home,
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, value)
            settings = Settings()
            with Ledger(url) as ledger:
                case = lamp(ledger, MATTER_KEY.encode(), lambda does: photograph(ledger, does, settings.evidence))
                other = _besides(ledger)
            sealing = Sealing(settings)
            sealing.once()
            key = str(sealing.own_signer().verifier)
        yield Archive(environment, case, other, key)
    postgres.drop_database(database)


def photograph(ledger: Ledger, does: Telling, place: str | Path) -> None:
    """The customer's photograph, kept in the evidence store and recorded."""
    recorder = Recorder(ledger, MATTER_KEY.encode(), clock=lambda: does.now)
    evidence = Evidence(ledger, recorder, open_store(str(place)), RingKeys(ledger.ring))
    added = evidence.add(does.case, io.BytesIO(PHOTO), "开箱照片.png", SUN, "photograph")
    assert added.accepted, added.refusal


def _besides(ledger: Ledger) -> str:
    does = Telling(ledger, MATTER_KEY.encode(), BEGINS)
    does(LI, c.ReceiveCase(kind="inquiry", channel=Channel.EMAIL, matter="how long is the cable?"), days=30)
    return does(LI, c.ReceiveCase(kind="complaint", channel=Channel.LETTER, customer_name=OTHER_NAME), days=1)


@pytest.fixture
def casefold(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Casefold:
    """``casefold("export", …)`` on this ledger, within this process."""
    return _within(archive.environment, monkeypatch)
