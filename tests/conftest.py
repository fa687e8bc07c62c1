"""Real servers for the tests: one PostgreSQL and one Temporal for the session, a fresh ledger for each test."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

from ledger.migrate import KEYS, migrate
from worker.stack.postgres import APPLICATION_LOGIN, APPLICATION_ROLE, OWNER_ROLE, PostgresServer
from worker.stack.stack import Stack
from worker.stack.temporal import NAMESPACE, TemporalServer

TEMPLATE = "casefold_template"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, which is what the Temporal SDK runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session. It does not survive a power cut (no fsync), but it survives kill -9."""
    # Not pytest's own temporary folder: PostgreSQL's user cannot pass through it.
    with Stack(
        Path(tempfile.mkdtemp(prefix="casefold-test-")), parts=["postgres"], durable=False, temporary=True
    ) as stack:
        stack.postgres.create_database(TEMPLATE)
        migrate(stack.postgres.url(OWNER_ROLE, TEMPLATE), application_role=APPLICATION_ROLE)
        migrate(stack.postgres.url(OWNER_ROLE, TEMPLATE), application_role=APPLICATION_ROLE, schema=KEYS)
        yield stack.postgres


@pytest.fixture
def database(postgres: PostgresServer) -> Iterator[str]:
    """The name of a fresh, migrated, empty database on `postgres`."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    postgres.create_database(name, template=TEMPLATE)
    yield name
    postgres.drop_database(name)


@pytest.fixture
def database_url(postgres: PostgresServer, database: str) -> str:
    """A fresh ledger, as the application reaches it."""
    return postgres.url(APPLICATION_LOGIN, database)


@pytest.fixture
def owner_url(postgres: PostgresServer, database: str) -> str:
    """The same fresh ledger as `database_url`, as its owner."""
    return postgres.url(OWNER_ROLE, database)


@pytest.fixture(scope="session")
def temporal() -> Iterator[TemporalServer]:
    """One real Temporal server for the session, with our namespace; tests use workflow ids of their own."""
    with Stack(Path(tempfile.mkdtemp(prefix="casefold-test-")), parts=["temporal"], temporary=True) as stack:
        yield stack.temporal


@pytest.fixture
async def temporal_client(temporal: TemporalServer, anyio_backend: str) -> Client:
    """A client of `temporal`, in our namespace."""
    return await Client.connect(temporal.address, namespace=NAMESPACE)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder for a stack of the test's own; a stack in it should be `temporary`."""
    with tempfile.TemporaryDirectory(prefix="casefold-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's own user passes through
        yield Path(folder)


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often a test marked `soak` repeats its faults: two in an ordinary run, many with `make soak`."""
    return int(os.environ.get("CASEFOLD_ROUNDS", "2"))


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder of real public complaints, which is not part of the repository."""
    folder = os.environ.get("CASEFOLD_SAMPLE_DATA")
    if not folder:
        pytest.skip("CASEFOLD_SAMPLE_DATA is not set")
    return Path(folder)
