"""A whole Casefold for each fault test; the logs of one that failed are shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import House

FAILED = pytest.StashKey[bool]()


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
