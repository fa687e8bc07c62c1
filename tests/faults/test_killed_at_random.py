"""Worker, Temporal and PostgreSQL killed with -9 while operators play the example cases."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from functools import partial

import pytest

import policies
from domain.actor import WORKFLOW
from ledger.recorder import Receipt, Recorder
from tests.faults.chaos import Chaos
from tests.faults.checks import Reader, agreed, examine, examine_folds, examine_notices
from tests.faults.house import PARTS, House, eventually
from tests.faults.load import commands_in, copies, ends
from worker.play import Play


@pytest.fixture
def number_of_copies(rounds: int) -> int:
    """How often the example cases are played in each round: once in an ordinary run, three times with `make soak`."""
    return 3 if rounds > 2 else 1


@pytest.mark.requirement("L-01", "L-06")
@pytest.mark.soak
def test_cases_finish_and_nothing_is_lost_or_done_twice_when_every_part_is_killed_in_the_middle(
    house: House, rounds: int, number_of_copies: int, chance: random.Random, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    recorder.publish(policies.load(), WORKFLOW)
    house.absence = chance
    reader = Reader(house.ledger())
    receipts: list[Receipt] = []
    finished = differences = lost = duplicated = 0
    began = time.monotonic()
    try:
        for number in range(1, rounds + 1):
            name = f"round {number}"
            scripts = copies(number_of_copies, name)
            play = Play(ledger, recorder, scripts, name, patience=90)
            with Chaos(house, PARTS, play.receipts, commands_in(scripts), chance) as chaos:
                cases = play.run()
            receipts += play.receipts
            assert len(play.receipts) == commands_in(scripts)
            assert len(chaos.killed) == len(PARTS), "the kills came after the work"

            ended = [case for case, script in zip(cases, scripts, strict=True) if ends(script)]
            eventually(partial(all_over, recorder, ended), 60, f"{name}: every case ends")
            finished += len(ended)
            eventually(partial(agreed, house, ledger, recorder), 60, f"{name}: workflows know the newest progress")
            differences += len(house.casefold_json("reconcile")["differences"])
            found = examine(house.stack.owner_url, receipts)
            lost, duplicated = found.lost, found.duplicated
            found.assert_well()
    finally:
        reader.stop()
        say(
            f"{rounds} rounds, {house.kills.total()} kills {dict(house.kills)}, {len(receipts)} commands acknowledged, "
            f"{lost} lost, {duplicated} duplicated, {finished} cases finished, "
            f"{differences} differences, {time.monotonic() - began:.0f} s"
        )
    reader.examine(house.stack.owner_url).assert_well()
    eventually(lambda: not examine_notices(house.stack.owner_url, house.outbox).wrong, 90, "every notice is sent once")
    eventually(lambda: not examine_folds(house.stack.owner_url, ledger, recorder).wrong, 30, "the views have followed")
    assert differences == 0


def all_over(recorder: Recorder, cases: list[str]) -> bool:
    """Whether nothing is left to be done in any of these cases."""
    return all(recorder.load(case)[1].over for case in cases)
