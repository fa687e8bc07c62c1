"""Ledgers and recorders for these tests, and a toy stream type where it makes them clearer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.actor import Actor, Role
from ledger.recorder import Recorder
from tests.ledger.toy import TOYS
from tests.ledgers import Ledger

KEY = b"a key for the tests' matters...."
OPERATOR = Actor("u1", (Role.AGENT,), "hotline")


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    """An empty ledger of the real stream types."""
    with Ledger(database_url) as ledger:
        yield ledger


@pytest.fixture
def recorder(shipped: str, ledger: Ledger) -> Recorder:
    """A recorder on `ledger`, with the shipped sheets in force."""
    return Recorder(ledger, KEY)


@pytest.fixture
def toys(database_url: str) -> Iterator[Ledger]:
    """An empty ledger of counters (tests/ledger/toy.py)."""
    with Ledger(database_url, stream_types=TOYS) as ledger:
        yield ledger


@pytest.fixture
def counting(toys: Ledger) -> Recorder:
    """A recorder on `toys`."""
    return Recorder(toys, KEY, matter_of=lambda command: getattr(command, "matter", None))
