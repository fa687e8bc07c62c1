"""The database goes away, freezes, or commits without saying so: nothing is lost, nothing is there twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from domain.actor import Actor
from ledger.database import address, connect
from ledger.errors import LedgerNotReady, LedgerUnavailable
from ledger.recorder import Recorder, Submission
from tests.faults.proxy import FaultProxy
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.test_recorder import open_counter
from tests.ledger.toy import TOYS, Count
from tests.ledgers import Ledger


@pytest.fixture
def proxy(database_url: str) -> Iterator[FaultProxy]:
    """A proxy before the test's database."""
    with FaultProxy(database_url) as proxy:
        yield proxy


@pytest.fixture
def far(proxy: FaultProxy) -> Iterator[Ledger]:
    """The same ledger as `toys`, reached through the proxy."""
    with Ledger(proxy.url, stream_types=TOYS, pool_size=4, patience=3) as ledger:
        yield ledger


@pytest.fixture
def recording(far: Ledger) -> Recorder:
    """A recorder on `far`."""
    return Recorder(far, KEY, matter_of=lambda command: getattr(command, "matter", None), patience=3)


def test_a_lost_answer_to_a_commit_is_found_out_and_nothing_is_there_twice(
    recording: Recorder, proxy: FaultProxy, toys: Ledger
) -> None:
    stream = open_counter(recording)
    for number in range(10):
        proxy.lose_commits(1)
        receipt = recording.record(Submission(Count(), OPERATOR, f"c{number}", stream))
        assert receipt.accepted
        assert not receipt.repeated, "whoever asked once is not told that they repeated themselves"
        assert receipt.version == number + 2
        assert receipt.position == toys.newest()
    assert proxy.lost_commits == 10
    assert len(toys.history(stream)) == 11


def test_a_lost_answer_of_a_whole_batch_too(recording: Recorder, proxy: FaultProxy, toys: Ledger) -> None:
    stream = open_counter(recording)
    proxy.lose_commits(1)
    receipts = recording.record_all([Submission(Count(), OPERATOR, f"c{n}", stream) for n in range(5)])
    assert [receipt.version for receipt in receipts] == [2, 3, 4, 5, 6]
    assert not any(receipt.repeated for receipt in receipts)
    assert len(toys.history(stream)) == 6


def test_when_the_database_stays_away_after_a_commit_nobody_claims_that_nothing_was_saved(
    recording: Recorder, proxy: FaultProxy, toys: Ledger
) -> None:
    stream = open_counter(recording)
    proxy.lose_commits(1)
    proxy.refuse_after_loss = True
    began = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="Outcome unknown: repeat with the same command id") as unknown:
        recording.record(Submission(Count(), OPERATOR, "c1", stream))
    assert unknown.value.outcome_unknown
    assert time.monotonic() - began < 9
    proxy.refusing = proxy.refuse_after_loss = False
    again = recording.record(Submission(Count(), OPERATOR, "c1", stream))
    assert again.repeated
    assert again.version == 2
    assert len(toys.history(stream)) == 2


def test_when_it_was_never_reached_it_says_that_nothing_was_saved(recording: Recorder, proxy: FaultProxy) -> None:
    stream = open_counter(recording)
    proxy.refusing = True
    proxy.cut()
    began = time.monotonic()
    with pytest.raises(LedgerUnavailable, match="Nothing of this was saved") as away:
        recording.record(Submission(Count(), OPERATOR, "c1", stream))
    assert not away.value.outcome_unknown
    assert time.monotonic() - began < 9
    proxy.refusing = False
    assert not recording.record(Submission(Count(), OPERATOR, "c1", stream)).repeated


def test_reading_waits_for_a_database_that_comes_back(recording: Recorder, far: Ledger, proxy: FaultProxy) -> None:
    stream = open_counter(recording)
    proxy.refusing = True
    proxy.cut()
    back = threading.Timer(1.0, lambda: setattr(proxy, "refusing", False))
    back.start()
    assert len(far.history(stream)) == 1
    back.join()
    proxy.refusing = True
    proxy.cut()
    with pytest.raises(LedgerUnavailable):
        far.newest()
    proxy.refusing = False
    assert far.newest() > 0


def test_many_threads_through_cuts_lose_nothing_and_write_nothing_twice(
    recording: Recorder, proxy: FaultProxy, toys: Ledger
) -> None:
    stream = open_counter(recording)
    stop = threading.Event()

    def trouble() -> None:
        while not stop.wait(0.05):
            proxy.lose_commits(1)
            stop.wait(0.05)
            proxy.cut()

    troubling = threading.Thread(target=trouble, daemon=True)
    troubling.start()

    def operator(index: int) -> int:
        accepted = 0
        for number in range(8):
            while True:
                try:
                    receipt = recording.record(Submission(Count(), Actor(f"u{index}"), f"c{number}", stream))
                except LedgerUnavailable:
                    continue
                assert receipt.accepted
                accepted += 1
                break
        return accepted

    with ThreadPoolExecutor(6) as pool:
        accepted = sum(pool.map(operator, range(6)))
    stop.set()
    troubling.join()
    assert accepted == 48
    entries = toys.history(stream)
    assert len(entries) == 49
    assert len({(entry.actor.id, entry.command_id) for entry in entries}) == 49


def test_a_server_that_says_nothing_any_more_is_given_up_within_seconds(
    recording: Recorder, proxy: FaultProxy, monkeypatch: pytest.MonkeyPatch, toys: Ledger
) -> None:
    monkeypatch.setattr("ledger.recorder.BRIEF", 1.0)
    monkeypatch.setattr("ledger.event_table.BRIEF", 1.0)
    stream = open_counter(recording)
    proxy.frozen = True
    began = time.monotonic()
    with pytest.raises(LedgerUnavailable, match=r"said nothing for 1 s|Nothing of this was saved"):
        recording.record(Submission(Count(), OPERATOR, "c1", stream))
    assert time.monotonic() - began < 9
    proxy.frozen = False
    assert recording.record(Submission(Count(), OPERATOR, "c1", stream)).accepted
    assert len(toys.history(stream)) == 2


def test_a_client_that_hangs_in_the_middle_of_an_append_lets_go_within_seconds(
    counting: Recorder, database_url: str
) -> None:
    stream = open_counter(counting)
    hanging = connect(database_url, "a frozen client")
    try:
        hanging.execute("BEGIN")
        hanging.execute("LOCK TABLE casefold.stored_events IN EXCLUSIVE MODE")
        began = time.monotonic()
        receipt = counting.record(Submission(Count(), OPERATOR, "c1", stream))
        assert receipt.accepted
        assert 3 < time.monotonic() - began < 9
    finally:
        hanging.close()


def test_a_restarted_server_is_used_again_at_once(recording: Recorder, far: Ledger, proxy: FaultProxy) -> None:
    stream = open_counter(recording)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: recording.record(Submission(Count(), Actor(f"u{n}"), "c", stream)), range(8)))
    proxy.cut()
    began = time.monotonic()
    assert recording.record(Submission(Count(), OPERATOR, "c1", stream)).accepted
    assert time.monotonic() - began < 2


def test_a_database_without_a_ledger_says_what_to_do(owner_url: str) -> None:
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA casefold CASCADE")
    with Ledger(owner_url, stream_types=TOYS) as ledger:
        with pytest.raises(LedgerNotReady, match="casefold migrate"):
            ledger.newest()
        with pytest.raises(LedgerNotReady, match="casefold migrate"):
            Recorder(ledger, KEY, matter_of=lambda _: None).record(Submission(Count(), OPERATOR, "c1", "T-1"))


def test_an_address_keeps_all_its_parameters() -> None:
    said = address(
        "postgresql://me@db.example/x?sslmode=verify-full&options=-c%20search_path%3Da&keepalives_idle=99", "us"
    )
    for part in ("sslmode=verify-full", "options='-c search_path=a'", "keepalives_idle=99", "host=db.example"):
        assert part in said
    assert "application_name=us" in said
    assert "connect_timeout=5" in said
    assert "keepalives_count=3" in said
    assert "application_name=mine" in address("postgresql:///x?host=/run/pg&application_name=mine", "us")
    with pytest.raises(LedgerNotReady, match="DATABASE_URL cannot be read"):
        address("postgresql://[", "us")
