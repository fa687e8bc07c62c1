"""The worker killed at exact points: between append, answer, signal and acknowledgement. Then everything is counted."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import policies
from domain.actor import WORKFLOW
from ledger.recorder import Receipt
from tests.faults.armed import POINTS
from tests.faults.checks import agreed, examine, examine_folds, examine_notices
from tests.faults.house import House, eventually
from tests.faults.load import copies, ends
from worker.play import Play

SCRIPTS = 2
"""The first of the example cases: three rounds with the customer, and eight notices."""


@pytest.fixture(scope="module")
def shared() -> Iterator[House]:
    """One house for all points: its ledger grows, and is examined anew after each."""
    folder = Path(tempfile.mkdtemp(prefix="casefold-test-"))
    with House(folder) as house:
        yield house


@pytest.fixture(scope="module")
def receipts() -> list[Receipt]:
    """All that operators were told in `shared`."""
    return []


@pytest.mark.requirement("L-01", "L-03")
@pytest.mark.parametrize("point", POINTS)
def test_a_worker_killed_just(point: str, shared: House, receipts: list[Receipt], say: Callable[[str], None]) -> None:
    ledger, recorder = shared.ledger(), shared.recorder()
    recorder.publish(policies.load(), WORKFLOW)
    scripts = copies(1, point)[:SCRIPTS]
    shared.failpoint = (point, 3)
    shared.kill("worker")
    shared.wait_for("worker")
    deaths = shared.deaths["worker"]
    began = time.monotonic()
    play = Play(ledger, recorder, scripts, point, patience=120)
    cases = play.run()
    receipts += play.receipts
    ended = [case for case, script in zip(cases, scripts, strict=True) if ends(script)]
    eventually(lambda: shared.deaths["worker"] > deaths, 60, "the worker came to the point")
    eventually(lambda: all(recorder.load(case)[1].over for case in ended), 60, "the cases end")
    eventually(lambda: agreed(shared, ledger, recorder), 30, "the workflows agree")
    eventually(lambda: not examine_folds(shared.stack.owner_url, ledger, recorder).wrong, 30, "the views agree")
    notices = partial(examine_notices, shared.stack.owner_url, shared.outbox)
    eventually(lambda: not notices().wrong, 90, "every notice is sent")
    say(f"everything done after {time.monotonic() - began:.1f} s")
    assert shared.deaths["worker"] == deaths + 1
    examine(shared.stack.owner_url, receipts).assert_well()
