"""Real servers for the tests: one PostgreSQL and one Temporal for the session, a fresh ledger for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client

import policies
from domain.actor import WORKFLOW
from ledger.migrate import KEYS, migrate
from ledger.recorder import Recorder
from tests.ledgers import Ledger
from tests.rounds import ROUNDS
from worker.stack.postgres import (
    APPLICATION_LOGIN,
    APPLICATION_ROLE,
    OWNER_ROLE,
    SYSTEM_USER,
    PostgresServer,
    _ensure_system_user,
)
from worker.stack.stack import Stack
from worker.stack.temporal import NAMESPACE, TemporalServer

pytest_plugins = ["tests.report"]

TEMPLATE = "casefold_template"
SHIPPED = "casefold_shipped"
MEMORY = Path("/dev/shm")
ROOM = 4_000_000_000
_numbers = itertools.count(1)


def new_home() -> Path:
    """A folder for servers, in memory where that can be: a fresh database is 300 small files.

    Not in pytest's own temporary folder: PostgreSQL's user cannot pass through it.
    """
    return Path(tempfile.mkdtemp(prefix="casefold-test-", dir=MEMORY if _usable(MEMORY) else None))


def _usable(memory: Path) -> bool:
    """Whether there is room, programs may run there (PostgreSQL's may have to be copied), and no TMPDIR was chosen."""
    if "TMPDIR" in os.environ or not os.access(memory, os.W_OK):
        return False
    found = os.statvfs(memory)
    return not found.f_flag & os.ST_NOEXEC and found.f_bavail * found.f_frsize > ROOM


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, which is what the Temporal SDK runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for the session. It does not survive a power cut (no fsync), but it survives kill -9."""
    with Stack(new_home(), parts=["postgres"], durable=False, temporary=True) as stack:
        stack.postgres.create_database(TEMPLATE)
        migrate(stack.postgres.url(OWNER_ROLE, TEMPLATE), application_role=APPLICATION_ROLE)
        migrate(stack.postgres.url(OWNER_ROLE, TEMPLATE), application_role=APPLICATION_ROLE, schema=KEYS)
        yield stack.postgres


@pytest.fixture(scope="session")
def shipped(postgres: PostgresServer) -> str:
    """The name of a database with the shipped sheets in force: to copy it is quicker than to publish them again."""
    postgres.create_database(SHIPPED, template=TEMPLATE)
    with Ledger(postgres.url(APPLICATION_LOGIN, SHIPPED)) as ledger:
        Recorder(ledger, b"no matter was ever told this key").publish(policies.load(), WORKFLOW)
    return SHIPPED


@pytest.fixture
def database(request: pytest.FixtureRequest, postgres: PostgresServer) -> Iterator[str]:
    """The name of a fresh database on `postgres`: migrated and empty, or for tests that want it like `shipped`."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    wanted = "shipped" in request.fixturenames
    postgres.create_database(name, template=request.getfixturevalue("shipped") if wanted else TEMPLATE)
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
    with Stack(new_home(), parts=["temporal"], temporary=True) as stack:
        yield stack.temporal


@pytest.fixture
async def temporal_client(temporal: TemporalServer, anyio_backend: str) -> Client:
    """A client of `temporal`, in our namespace."""
    return await Client.connect(temporal.address, namespace=NAMESPACE)


@pytest.fixture
def home() -> Iterator[Path]:
    """An empty folder for a stack of the test's own; a stack in it should be `temporary`."""
    folder = new_home()
    folder.chmod(0o711)  # PostgreSQL's own user passes through
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def rounds() -> int:
    """How often a test marked `soak` repeats its faults: two in an ordinary run, many with `make soak`."""
    return ROUNDS


@pytest.fixture(scope="session")
def sample_data() -> Path:
    """The folder of real public complaints, which is not part of the repository."""
    folder = os.environ.get("CASEFOLD_SAMPLE_DATA")
    if not folder:
        pytest.skip("CASEFOLD_SAMPLE_DATA is not set")
    return Path(folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser: CASEFOLD_CHROMIUM, or the one in PATH. On a build machine (CI=true) its absence is a failure."""
    found = os.environ.get("CASEFOLD_CHROMIUM") or shutil.which("chromium")
    if found and Path(found).exists():
        return found
    missing = f"There is no browser ({found or 'chromium'}): apt-get install chromium, or set CASEFOLD_CHROMIUM"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Make the user that PostgreSQL runs as for root, before several processes of tests would race to make it."""
    if os.geteuid() == 0:
        _ensure_system_user(SYSTEM_USER)
