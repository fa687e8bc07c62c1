"""PostgreSQL killed and kept away while operators write: they wait or hear it clearly, and nothing is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

import policies
from domain.actor import WORKFLOW
from ledger.errors import LedgerUnavailable
from ledger.recorder import Recorder
from tests.faults.checks import Reader, examine
from tests.faults.house import House, eventually
from tests.faults.load import Writers, opened

CASES = 4


@pytest.mark.requirement("L-01")
@pytest.mark.soak
def test_whatever_was_acknowledged_survives_postgresql_killed_in_the_middle_of_writing(
    ledger_house: House, rounds: int, chance: random.Random, say: Callable[[str], None]
) -> None:
    house = ledger_house
    recorder = house.recorder(patience=30)
    recorder.publish(policies.load(), WORKFLOW)
    cases = [opened(recorder, f"case {number}") for number in range(CASES)]
    reader = Reader(house.ledger())
    writers = Writers(recorder, cases, "notes")
    longest = 0.0
    try:
        for _ in range(rounds):
            before = len(writers.receipts)
            eventually(lambda before=before: len(writers.receipts) > before + 50, 60, "operators write")
            time.sleep(chance.uniform(0, 0.2))
            house.kill("postgres")
            began, before = time.monotonic(), len(writers.receipts)
            eventually(lambda before=before: len(writers.receipts) > before, 60, "operators write again", every=0.01)
            longest = max(longest, time.monotonic() - began)
    finally:
        writers.stop()
        reader.stop()
    found = examine(house.stack.owner_url, writers.receipts)
    say(
        f"{rounds} rounds, {house.kills['postgres']} kills, {found.acknowledged} notes acknowledged, "
        f"{found.lost} lost, {found.duplicated} duplicated, writing again after {longest:.1f} s at most"
    )
    found.assert_well()
    reader.examine(house.stack.owner_url).assert_well()


@pytest.mark.requirement("L-01")
def test_callers_hear_clearly_that_postgresql_is_away_for_ten_seconds_and_their_repetition_is_answered(
    ledger_house: House, say: Callable[[str], None]
) -> None:
    house = ledger_house
    impatient = house.ledger(patience=1)  # callers with less patience than the outage
    recorder = Recorder(impatient, house.stack.matter_key, patience=1)
    recorder.publish(policies.load(), WORKFLOW)
    writers = Writers(recorder, [opened(recorder, f"case {number}") for number in range(2)], "notes")
    try:
        eventually(lambda: len(writers.receipts) > 50, 60, "operators write")
        with house.away("postgres"):
            gone = time.monotonic()
            longest = 0.0
            while time.monotonic() < gone + 10:
                asked = time.monotonic()
                with pytest.raises(LedgerUnavailable):
                    impatient.newest()
                longest = max(longest, time.monotonic() - asked)
        before = len(writers.receipts)
        eventually(lambda: len(writers.receipts) > before + 50, 60, "operators write again")
    finally:
        writers.stop()
    assert longest < 3, "a caller with one second of patience waited this long for its answer"
    assert writers.unavailable
    for error in writers.unavailable:
        known = "Outcome unknown: repeat" if error.outcome_unknown else "Nothing of this was saved: repeat"
        assert known in str(error)
        assert "note " not in str(error)
    found = examine(house.stack.owner_url, writers.receipts)
    say(
        f"{len(writers.unavailable)} clear errors in 10 s, {found.acknowledged} notes acknowledged, "
        f"{found.lost} lost, {found.duplicated} duplicated"
    )
    found.assert_well()
