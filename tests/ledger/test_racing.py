"""Many at once: one answer for one command, one case for one matter, one version after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
import pytest

from domain.actor import Actor, Role
from ledger.recorder import Receipt, Recorder, Submission
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.test_recorder import complaint, open_counter
from tests.ledger.toy import TOYS, Count, Counter, OpenCounter
from tests.ledgers import Ledger

R = TypeVar("R")


def at_once(number: int, work: Callable[[int], R]) -> list[R]:
    """Do the work in so many threads that all begin together."""
    start = threading.Barrier(number)

    def one(index: int) -> R:
        start.wait()
        return work(index)

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(one, range(number)))


@pytest.fixture
def recorders(database_url: str, counting: Recorder) -> Iterator[list[Recorder]]:
    """`counting` and two more, as in three processes."""
    ledgers = [Ledger(database_url, stream_types=TOYS, pool_size=4) for _ in range(2)]
    yield [
        counting,
        *(Recorder(ledger, KEY, matter_of=lambda command: getattr(command, "matter", None)) for ledger in ledgers),
    ]
    for ledger in ledgers:
        ledger.close()


def check_versions(ledger: Ledger, stream: str) -> None:
    """Versions are 1..n (I3)."""
    entries = ledger.history(stream)
    assert [entry.version for entry in entries] == list(range(1, len(entries) + 1))


@pytest.mark.requirement("L-01")
def test_the_same_command_fifty_times_in_parallel_is_recorded_once(recorders: list[Recorder], toys: Ledger) -> None:
    stream = open_counter(recorders[0])
    receipts = at_once(50, lambda i: recorders[i % 3].record(Submission(Count(), OPERATOR, "c1", stream)))
    assert sum(not receipt.repeated for receipt in receipts) == 1
    assert {(r.accepted, r.version, r.position, r.events, r.recorded_at) for r in receipts} == {
        (True, 2, toys.newest(), ("Counted",), toys.history(stream)[1].recorded_at)
    }
    assert len(toys.history(stream)) == 2


@pytest.mark.requirement("I-09")
def test_the_same_matter_fifty_times_in_parallel_is_one_case(recorders: list[Recorder], toys: Ledger) -> None:
    receipts = at_once(
        50, lambda i: recorders[i % 3].record(Submission(OpenCounter(matter="the leak"), OPERATOR, f"c{i}"))
    )
    (opened,) = [receipt for receipt in receipts if receipt.accepted]
    assert list(toys.streams("counter")) == [opened.stream]
    for receipt in receipts:
        assert receipt is opened or (
            receipt.refusal is not None
            and (receipt.refusal.code, receipt.refusal.params) == ("same_matter", {"case": opened.stream})
        )


def test_operators_on_one_case_wait_for_each_other_and_none_is_lost(recorders: list[Recorder], toys: Ledger) -> None:
    stream = open_counter(recorders[0])

    def operator(index: int) -> list[Receipt]:
        by = Actor(f"u{index}", (Role.AGENT,))
        return [recorders[index % 3].record(Submission(Count(), by, f"c{n}", stream)) for n in range(10)]

    receipts = [receipt for each in at_once(9, operator) for receipt in each]
    assert all(receipt.accepted and not receipt.repeated for receipt in receipts)
    assert sorted(receipt.version for receipt in receipts) == list(range(2, 92))
    check_versions(toys, stream)
    for recorder in recorders:
        version, counter = recorder.load(stream)
        assert (version, counter) == (91, Counter(total=90, due=counter.due))


def test_of_two_operators_who_expect_the_same_version_one_is_told_to_look_again(
    recorders: list[Recorder], toys: Ledger
) -> None:
    stream = open_counter(recorders[0])
    for race in range(20):
        version = race + 1
        receipts = at_once(
            2,
            lambda i, version=version, race=race: recorders[i].record(  # type: ignore[misc]
                Submission(Count(), Actor(f"u{i}"), f"c{race}", stream, expected_version=version)
            ),
        )
        assert sorted(receipt.accepted for receipt in receipts) == [False, True]
        (refused,) = [receipt.refusal for receipt in receipts if receipt.refusal]
        assert (refused.code, refused.params) == ("version_moved", {"version": version + 1})
    check_versions(toys, stream)


def test_no_reader_ever_passes_an_entry_that_appears_later(recorders: list[Recorder], toys: Ledger) -> None:
    done = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while True:
            last = done.is_set()
            seen.extend(entry.position for entry in toys.read(seen[-1] if seen else 0, 50))
            if last:
                return

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    streams = [open_counter(recorders[n], f"o{n}") for n in range(3)]
    at_once(
        9,
        lambda i: [
            recorders[i % 3].record(Submission(Count(by=1 + n % 2 * 900), Actor(f"u{i}"), f"c{n}", streams[n % 3]))
            for n in range(15)
        ],
    )
    done.set()
    reader.join()
    while more := toys.read(seen[-1], 500):
        seen.extend(entry.position for entry in more)
    assert seen == [entry.position for entry in toys.read(0, 10_000)]


def test_two_caches_of_one_stream_never_disagree_with_the_ledger(recorders: list[Recorder], toys: Ledger) -> None:
    stream = open_counter(recorders[0])
    for number in range(30):
        recorders[number % 3].record(Submission(Count(by=number), OPERATOR, f"c{number}", stream))
        version, counter = recorders[(number + 1) % 3].load(stream)
        assert counter == toys.registry.types["counter"].fold([entry.event for entry in toys.history(stream)])
        assert version == number + 2


def test_a_small_cache_gives_the_same_answers(toys: Ledger) -> None:
    recorder = Recorder(toys, KEY, matter_of=lambda _: None, cached=2)
    streams = [open_counter(recorder, f"o{n}") for n in range(5)]
    for number in range(20):
        recorder.record(Submission(Count(), OPERATOR, f"c{number}", streams[number % 5]))
    assert [recorder.load(stream)[0] for stream in streams] == [5] * 5


def test_real_cases_opened_together_get_ids_of_their_own(recorder: Recorder, ledger: Ledger) -> None:
    receipts = at_once(12, lambda i: recorder.record(Submission(complaint(i), Actor(f"u{i}", (Role.AGENT,)), "c")))
    assert len({receipt.stream for receipt in receipts}) == 12
    for receipt in receipts:
        check_versions(ledger, receipt.stream)


def test_a_command_that_meets_a_bug_spoils_nobody_else_s(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)

    def operator(index: int) -> str:
        try:
            counting.record(Submission(Count(note="bug" if index == 3 else ""), OPERATOR, f"c{index}", stream))
        except RuntimeError as error:
            return str(error)
        return ""

    answers = at_once(12, operator)
    assert answers == ["a bug in a rule" if index == 3 else "" for index in range(12)]
    assert len(toys.history(stream)) == 12


def test_the_balance_holds_after_a_race(recorders: list[Recorder], toys: Ledger, owner_url: str) -> None:
    stream = open_counter(recorders[0])
    at_once(
        12,
        lambda i: [
            recorders[i % 3].record(Submission(Count(by=100), Actor(f"u{i % 6}"), f"c{n}", stream)) for n in range(5)
        ],
    )
    with psycopg.connect(owner_url) as connection:
        found: dict[str, int] = dict(
            connection.execute("SELECT outcome, count(*) FROM casefold.command GROUP BY 1").fetchall()
        )
        refusals = connection.execute(
            "SELECT count(*) FROM casefold.stored_events WHERE topic = 'CommandRefused'"
        ).fetchall()
    assert found == {"accepted": 11, "refused": 20}
    assert refusals == [(20,)]
