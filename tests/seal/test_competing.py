"""Three sealers at once, killed at random: no fork and no gap. `CASEFOLD_BATCHES=10000` for the long round."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from ledger.recorder import Submission
from ledger.seal.errors import SealRefused
from tests.intruder import intruding
from tests.ledger.toy import Count, OpenCounter
from tests.seal.competitor import ORIGIN, Careless
from tests.seal.conftest import LI, House

BATCHES = int(os.environ.get("CASEFOLD_BATCHES", "40"))
LIMIT = 7
SEED = int(os.environ.get("CASEFOLD_SEED", str(time.time_ns() % 10**6)))


@pytest.mark.requirement("L-03")
def test_three_sealers_that_are_killed_at_random_neither_fork_nor_leave_a_gap(house: House) -> None:
    wrong = competed(house, BATCHES)
    assert not wrong, f"seed {SEED}: {wrong}"


def competed(house: House, wanted: int, *kind: str) -> list[str]:
    """A round of so many batches by sealers of this kind; what is wrong afterwards."""
    chance = random.Random(SEED)
    kills = 0
    with appending(house), nursery(house, *kind) as another:
        crowd = [another() for _ in range(3)]
        end = time.monotonic() + max(60, wanted / 10)
        while batches(house) < wanted:
            if time.monotonic() > end:
                return ["they do not get on"]
            time.sleep(chance.uniform(0.02, 0.3))
            if (house.path / "gave up").exists():
                return [(house.path / "gave up").read_text()]
            place = chance.randrange(3)
            os.kill(crowd[place], signal.SIGKILL)
            crowd[place] = another()
            kills += 1
    return examined(house, kills)


def examined(house: House, kills: int = 0) -> list[str]:
    """What is wrong with seals when nobody is at work any more: a fork, a gap, a checkpoint that nobody published."""
    try:
        house.seal()
    except SealRefused as error:
        return [str(error)]
    report = house.verify()
    wrong = [check.line for check in report.checks if not check.well]
    with psycopg.connect(house.owner_url) as owner:
        (signed,) = owner.execute("SELECT count(*) FROM casefold_seal.checkpoint WHERE note IS NOT NULL").fetchall()[0]
        (entries,) = owner.execute("SELECT count(*) FROM casefold.stored_events").fetchall()[0]
    if signed != len(house.folder.sizes()):
        wrong.append(f"{signed} checkpoints are signed, and {len(house.folder.sizes())} published")
    if entries != report.size:
        wrong.append(f"there are {entries} entries, and {report.size} are sealed")
    print(f"{batches(house)} batches, {kills} kills, {report.size} entries, {len(wrong)} forks or gaps")
    return wrong


def batches(house: House) -> int:
    with psycopg.connect(house.owner_url) as owner:
        number: int = owner.execute("SELECT count(*) FROM casefold_seal.checkpoint").fetchall()[0][0]
        return number


@contextmanager
def nursery(house: House, *kind: str) -> Iterator[Callable[[], int]]:
    """Gives one more sealer, by its process number."""
    command = [sys.executable, "-m", "tests.seal.competitor", house.sealer_url, str(house.path), str(LIMIT), *kind]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def another() -> int:
        stdin.write("\n")
        stdin.flush()
        return int(stdout.readline())

    try:
        yield another
    finally:
        stdin.close()
        process.wait(20)
        stdout.close()


@contextmanager
def appending(house: House) -> Iterator[None]:
    """Somebody goes on working meanwhile, ahead of the sealers."""
    stop = threading.Event()
    stream = house.does(OpenCounter(seconds=10**8), "open")

    def work() -> None:
        number = 0
        while not stop.is_set():
            many = [Submission(Count(by=0), LI, f"c{number}/{n}", stream) for n in range(40)]
            house.recorder.record_all(many)
            number += 1
            while number * 40 > (batches(house) + 20) * LIMIT and not stop.wait(0.05):
                pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


# ── The test is tested: with the fences taken down one after the other, the next one stands ──────────────────────────

UNIQUE = (("leaf", "leaf_pkey"), ("leaf", "leaf_log_position_key"), ("checkpoint", "checkpoint_pkey"))
"""What keeps apart whoever seals without the lock and the comparison."""


def without_unique_keys(house: House) -> None:
    """Take down the fence behind the first one."""
    with intruding(house.owner_url) as owner:
        for table, key in UNIQUE:
            owner.execute(f"ALTER TABLE casefold_seal.{table} DROP CONSTRAINT {key}".encode())


@pytest.mark.requirement("L-03")
def test_behind_a_sealer_s_lock_stand_unique_keys_and_behind_those_whoever_signs(house: House) -> None:
    stream = house.does(OpenCounter(seconds=10**8), "open")
    for number in range(4):
        house.does(Count(), f"c{number}", stream)
    with pytest.raises(psycopg.errors.UniqueViolation):
        seal_twice_from_the_same_head(house)
    without_unique_keys(house)
    seal_twice_from_the_same_head(house)
    with (
        psycopg.connect(house.sealer_url, autocommit=True) as connection,
        pytest.raises(SealRefused, match="does not continue the one"),
    ):
        house.notary.sign(connection)


def seal_twice_from_the_same_head(house: House) -> None:
    """Two careless sealers have both read the head before either has moved it."""
    with psycopg.connect(house.sealer_url) as one, psycopg.connect(house.sealer_url) as other:
        Careless(ORIGIN, limit=5).seal(one)
        one.commit()
        late = Careless(ORIGIN, limit=3)
        late.LOCK_HEAD = "SELECT 0::bigint, 0::bigint, ''::bytea WHERE %s > 0"  # what it had read before
        late.seal(other)
        other.commit()
