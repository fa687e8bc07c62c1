"""The worker killed at exact points: between append, answer, signal and acknowledgement. Then everything is counted."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.faults.armed import POINTS
from tests.faults.checks import agreed, examine, examine_folds, examine_notices
from tests.faults.house import House, eventually
from tests.faults.load import copies, ends
from worker.play import Play

SCRIPTS = 2
"""The first of the example cases: three rounds with the customer, and many notices."""
AT_ONCE = 6
"""At so many points the worker dies in an ordinary run, chosen by chance; at all of them with `make soak`."""


@pytest.mark.requirement("L-01")
@pytest.mark.soak
def test_a_worker_killed_between_append_and_answer_signal_and_acknowledgement_loses_and_repeats_nothing(
    house: House, rounds: int, chance: random.Random, say: Callable[[str], None]
) -> None:
    """Cases go on while the worker dies at the next point: what one death left undone is disturbed by the others."""
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    plays: list[Play] = []
    ended: list[str] = []
    began = time.monotonic()
    for number in range(max(1, rounds // 2)):
        points = chance.sample(sorted(POINTS), len(POINTS) if rounds > 2 else AT_ONCE)
        with ThreadPoolExecutor(len(points)) as pool:
            playing = []
            house.arm(*((point, chance.randint(1, 4)) for point in points))
            deaths = house.deaths["worker"]
            for dead, point in enumerate(points, deaths + 1):
                name = f"{number} {point}"
                play = Play(ledger, recorder, copies(1, name)[:SCRIPTS], name, patience=120)
                plays.append(play)
                playing.append(pool.submit(play.run, 2))
                eventually(lambda dead=dead: house.deaths["worker"] >= dead, 60, f"the worker dies {point}")
        for play, work in zip(plays[-len(points) :], playing, strict=True):
            ended += [case for case, script in zip(work.result(), play.scripts, strict=True) if ends(script)]
    eventually(lambda: all(recorder.load(case)[1].over for case in ended), 60, "every case ends")
    notices = partial(examine_notices, house.stack.owner_url, house.outbox)
    eventually(lambda: not notices().wrong, 60, "every notice is sent once")
    eventually(lambda: agreed(house, ledger, recorder), 60, "the workflows agree")
    eventually(lambda: not examine_folds(house.stack.owner_url, ledger, recorder).wrong, 30, "the views agree")
    found = examine(house.stack.owner_url, [receipt for play in plays for receipt in play.receipts])
    say(
        f"{len(plays)} deaths at {len(POINTS)} possible points, {house.kills['worker']} more kills, "
        f"{found.acknowledged} commands acknowledged, {found.lost} lost, "
        f"{found.duplicated} duplicated, {len(ended)} cases finished, "
        f"{notices().acknowledged} notices sent, {time.monotonic() - began:.0f} s"
    )
    found.assert_well()
