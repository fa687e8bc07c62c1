"""A whole Casefold for each fault test, one seed for each run, and a line for each test at the end of the report."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.house import House

LINES = pytest.StashKey[list[str]]()
FAILED = pytest.StashKey[bool]()
SEED = int(os.environ.get("CASEFOLD_SEED") or random.SystemRandom().randrange(10**6))


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """What happens by chance in this test; CASEFOLD_SEED makes the same choices again."""
    return random.Random(f"{SEED}/{request.node.name}")


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Put a line at the end of the test run's report."""
    lines = request.config.stash.setdefault(LINES, [])
    return lambda text: lines.append(f"{request.node.name}: {text}")


def pytest_report_header() -> str:
    return f"fault tests: CASEFOLD_SEED={SEED}"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(LINES, []):
        terminalreporter.section(f"faults (seed {SEED}: CASEFOLD_SEED={SEED} makes the same choices again)")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    if call.when == "call":
        item.stash[FAILED] = report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture
def house(home: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """PostgreSQL, Temporal and a worker, of this test alone; when it fails, the end of their logs is shown."""
    with House(home) as house:
        yield house
        if request.node.stash.get(FAILED, False):
            for part in house.parts:
                print(f"── {part}'s log ──\n{house.log_of(part)}")


@pytest.fixture
def ledger_house(home: Path) -> Iterator[House]:
    """PostgreSQL alone, of this test alone."""
    with House(home, parts=("postgres",)) as house:
        yield house
