"""What tests say at the end of the report, and the seed of all chance: the same with one process as with several."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from itertools import chain

import pytest

ASKED_FOR = "CASEFOLD_SEED"
SEED = "CASEFOLD_SEED_OF_THIS_RUN"
SAID = "said"


def pytest_configure() -> None:
    """One seed for the whole run: the processes among which the tests are divided find it in their environment."""
    os.environ.setdefault(SEED, os.environ.get(ASKED_FOR) or str(random.SystemRandom().randrange(10**6)))


def pytest_report_header() -> str:
    return f"chance: {ASKED_FOR}={os.environ[SEED]}"


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """What happens by chance in this test; CASEFOLD_SEED makes the same choices again."""
    return random.Random(f"{os.environ[SEED]}/{request.node.name}")


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Put a line at the end of the test run's report."""
    said = request.node.user_properties  # these travel with the result of the test, from whichever process
    return lambda text: said.append((SAID, text))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if lines := list(_said(terminalreporter)):
        seed = os.environ[SEED]
        terminalreporter.section(f"said by tests (seed {seed}: {ASKED_FOR}={seed} makes the same choices again)")
        for line in lines:
            terminalreporter.write_line(line)


def _said(terminalreporter: pytest.TerminalReporter) -> Iterator[str]:
    for report in chain(terminalreporter.getreports("passed"), terminalreporter.getreports("failed")):
        if report.when == "call":
            name = report.nodeid.rpartition("::")[2]
            yield from (f"{name}: {text}" for key, text in report.user_properties if key == SAID)
