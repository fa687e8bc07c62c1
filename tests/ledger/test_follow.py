"""Followers: in order, at least once, one at a time, from a position that outlasts them; and they notice roll-backs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from ledger.errors import LeaseLost, LedgerError, LedgerRolledBack, LedgerUnavailable, UnreadableEntry
from ledger.follow import Follower, places
from ledger.recorder import Recorder, Submission
from tests.faults.proxy import FaultProxy
from tests.intruder import intruding
from tests.ledger.conftest import OPERATOR
from tests.ledger.test_recorder import open_counter
from tests.ledger.toy import TOYS, Count
from tests.ledgers import Ledger


@pytest.fixture
def filled(counting: Recorder) -> str:
    """A stream with ten entries in the ledger."""
    stream = open_counter(counting)
    for number in range(9):
        counting.record(Submission(Count(), OPERATOR, f"c{number}", stream))
    return stream


@pytest.fixture
def follower(toys: Ledger) -> Iterator[Follower]:
    """A follower with small batches."""
    with Follower("tester", toys, limit=4, interval=0.05) as follower:
        yield follower


def everything(follower: Follower) -> list[int]:
    """Follow to the end, acknowledging batch by batch."""
    positions: list[int] = []
    while entries := follower.next(0):
        positions += [entry.position for entry in entries]
        follower.acknowledge(entries[-1].position)
    return positions


def cut_off(owner_url: str, keep: int) -> None:
    """Put the ledger back to its first entries, as an older backup would; positions of followers stay."""
    with intruding(owner_url) as owner:
        position = owner.execute(
            "SELECT notification_id FROM casefold.stored_events ORDER BY 1 OFFSET %s LIMIT 1", [keep - 1]
        ).fetchall()[0][0]
        owner.execute("DELETE FROM casefold.stored_events WHERE notification_id > %s", [position])
        owner.execute("DELETE FROM casefold.command WHERE last_version > %s", [keep])
        owner.execute("SELECT setval('casefold.stored_events_notification_id_seq', %s)", [position])


def test_entries_come_in_order_and_not_again_after_they_were_acknowledged(
    follower: Follower, toys: Ledger, filled: str
) -> None:
    assert follower.acquire()
    first = follower.next(0)
    second = follower.next(0)
    assert [entry.position for entry in first + second] == [entry.position for entry in toys.read(0, 8)]
    follower.acknowledge(first[-1].position)
    follower.release()
    with Follower("tester", toys) as again:
        assert again.acquire()
        assert again.position == first[-1].position
        assert again.next(0) == toys.read(again.position, 100)
        assert again.lag() == toys.newest() - again.position


def test_what_was_not_acknowledged_can_be_had_again(follower: Follower, filled: str) -> None:
    follower.acquire()
    first = follower.next(0)
    follower.acknowledge(first[1].position)
    follower.again()
    assert follower.next(0)[:2] == first[2:]


def test_a_position_moves_only_forward_and_only_to_entries_that_were_given_out(
    follower: Follower, toys: Ledger, filled: str
) -> None:
    follower.acquire()
    entries = follower.next(0)
    follower.acknowledge(entries[2].position)
    follower.acknowledge(entries[0].position)
    assert follower.position == entries[2].position
    assert [(place.name, place.position) for place in places(toys)] == [("tester", entries[2].position)]
    with pytest.raises(ValueError, match="not the position of an entry that was given out"):
        follower.acknowledge(entries[-1].position + 100)


def test_only_one_follows_under_a_name(follower: Follower, toys: Ledger, filled: str) -> None:
    assert follower.acquire()
    other = Follower("tester", toys)
    assert not other.acquire()
    with Follower("somebody else", toys) as elsewhere:
        assert elsewhere.acquire()
    follower.release()
    assert other.acquire()
    other.release()


def test_whoever_lost_the_lease_writes_nothing_any_more(
    follower: Follower, toys: Ledger, filled: str, owner_url: str
) -> None:
    follower.acquire()
    entries = follower.next(0)
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE casefold.follower SET epoch = epoch + 1")
    with pytest.raises(LeaseLost):
        follower.acknowledge(entries[0].position)
    assert not follower.held
    with pytest.raises(LeaseLost):
        follower.next(0)
    assert follower.acquire()
    assert follower.next(0) == entries


def test_whoever_takes_long_over_an_entry_keeps_the_lease_and_hears_when_it_is_gone(
    follower: Follower, toys: Ledger, filled: str, owner_url: str
) -> None:
    with pytest.raises(LeaseLost):
        follower.keep()
    follower.acquire()
    follower.keep()
    assert follower.held
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE casefold.follower SET epoch = epoch + 1")
    with pytest.raises(LeaseLost):
        follower.keep()
    assert not follower.held


def test_an_append_in_this_process_wakes_the_follower_at_once(toys: Ledger, counting: Recorder, filled: str) -> None:
    with Follower("slow", toys, interval=30) as slow:
        slow.acquire()
        everything(slow)
        timer = threading.Timer(0.2, lambda: counting.record(Submission(Count(), OPERATOR, "late", filled)))
        timer.start()
        began = time.monotonic()
        (entry,) = slow.next(10)
        assert time.monotonic() - began < 2
        assert entry.command_id == "late"
        timer.join()


def test_an_append_of_another_process_is_seen_with_the_next_poll(
    follower: Follower, filled: str, database_url: str
) -> None:
    follower.acquire()
    everything(follower)
    with Ledger(database_url, stream_types=TOYS) as other:
        recorder = Recorder(other, b"k", matter_of=lambda _: None)
        timer = threading.Timer(0.2, lambda: recorder.record(Submission(Count(), OPERATOR, "late", filled)))
        timer.start()
        began = time.monotonic()
        assert len(follower.next(10)) == 1
        assert time.monotonic() - began < 2
        timer.join()
    assert follower.next(0.1) == []


def test_following_goes_on_through_cuts(toys: Ledger, counting: Recorder, filled: str, database_url: str) -> None:
    stop = threading.Event()
    seen: list[int] = []
    with FaultProxy(database_url) as proxy, Ledger(proxy.url, stream_types=TOYS, patience=2) as far:
        follower = Follower("cut", far, interval=0.02, limit=3)

        def follow() -> None:
            for entries in follower.batches(stop, pause=0.05):
                seen.extend(entry.position for entry in entries)
                try:
                    follower.acknowledge(entries[-1].position)
                except LeaseLost:
                    continue
            follower.release()

        thread = threading.Thread(target=follow, daemon=True)
        thread.start()
        for number in range(30):
            counting.record(Submission(Count(), OPERATOR, f"cut{number}", filled))
            if number % 5 == 0:
                proxy.cut()
        wanted = {entry.position for entry in toys.read(0, 1000)}
        deadline = time.monotonic() + 15
        while not wanted <= set(seen) and time.monotonic() < deadline:
            time.sleep(0.02)
        stop.set()
        thread.join()
    assert wanted == set(seen)
    firsts = list(dict.fromkeys(seen))
    assert firsts == sorted(firsts)


def test_a_database_that_is_away_is_an_error_to_whoever_asks_once(toys: Ledger) -> None:
    away = Ledger("postgresql://nobody@127.0.0.1:1/none", stream_types=TOYS)
    with away, pytest.raises(LedgerUnavailable):
        Follower("x", away).acquire()


def again_and_other(owner_url: str, counting: Recorder, stream: str) -> None:
    """After the roll-back others go on: positions and versions are used again, for other entries."""
    for number in range(12):
        counting.record(Submission(Count(by=2), OPERATOR, f"other{number}", stream))


ROLLED_BACK: list[Callable[[str, Recorder, str], None]] = [lambda *_: None, again_and_other]


@pytest.mark.parametrize("then", ROLLED_BACK, ids=["and stays short", "and grows again with other entries"])
@pytest.mark.requirement("L-03")
def test_a_ledger_rolled_back_under_a_follower_is_an_alarm(
    follower: Follower, toys: Ledger, counting: Recorder, filled: str, owner_url: str, then: Callable[..., None]
) -> None:
    follower.acquire()
    seen = everything(follower)
    cut_off(owner_url, keep=4)
    then(owner_url, counting, filled)
    newest = toys.newest()
    with pytest.raises(LedgerRolledBack, match=f"'tester' has followed it to entry {seen[-1]}") as alarm:
        follower.next(0)
    assert (alarm.value.position, alarm.value.newest) == (seen[-1], newest)
    with pytest.raises(LedgerRolledBack):
        follower.acquire()
    with pytest.raises(LedgerRolledBack), Follower("tester", toys) as fresh:
        fresh.acquire()


def test_after_a_restore_was_declared_followers_begin_from_the_start(
    follower: Follower, toys: Ledger, filled: str, owner_url: str
) -> None:
    follower.acquire()
    everything(follower)
    cut_off(owner_url, keep=4)
    before = toys.epoch()
    after = toys.new_epoch("restored in a test")
    assert after > before
    follower.release()
    assert follower.acquire()
    assert follower.position == 0
    assert everything(follower) == [entry.position for entry in toys.read(0, 100)]


def test_an_older_backup_takes_the_positions_with_it_but_not_the_high_water_mark(
    toys: Ledger, counting: Recorder, filled: str, owner_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "marks" / "tester.json"
    with Follower("tester", toys, high_water=file) as first:
        first.acquire()
        position = everything(first)[-1]
    assert file.exists()
    cut_off(owner_url, keep=4)
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE casefold.follower SET position = 0, digest = NULL")
    with pytest.raises(LedgerRolledBack, match=f"entry {position} \\(as {file} says\\)"):
        Follower("tester", toys, high_water=file).acquire()
    toys.new_epoch()
    with Follower("tester", toys, high_water=file) as restored:
        assert restored.acquire()
        assert len(everything(restored)) == 4
    with Follower("tester", toys, high_water=file) as once_more:
        assert once_more.acquire()
    with psycopg.connect(owner_url) as owner:
        owner.execute("DELETE FROM casefold.ledger_epoch WHERE reason <> 'created'")
    with pytest.raises(LedgerRolledBack):
        Follower("tester", toys, high_water=file).acquire()


def test_a_high_water_mark_that_cannot_be_read_is_an_error(toys: Ledger, tmp_path: Path) -> None:
    file = tmp_path / "mark.json"
    file.write_text("{")
    with pytest.raises(LedgerError, match=r"mark\.json cannot be read"):
        Follower("tester", toys, high_water=file).acquire()


def test_an_entry_that_cannot_be_read_stops_the_follower_by_name(
    follower: Follower, toys: Ledger, filled: str, owner_url: str
) -> None:
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold.stored_events SET topic = 'Unheard' WHERE originator_version = 3")
    follower.acquire()
    with pytest.raises(UnreadableEntry, match=f"Entry 3 of {filled} cannot be read: .*'Unheard'"):
        follower.next(0)


@pytest.mark.requirement("L-03")
def test_a_recorder_s_cache_notices_that_the_ledger_was_rolled_back(
    counting: Recorder, toys: Ledger, filled: str, owner_url: str, database_url: str
) -> None:
    assert counting.load(filled)[0] == 10
    cut_off(owner_url, keep=4)
    assert counting.load(filled)[0] == 4
    assert counting.record(Submission(Count(), OPERATOR, "n1", filled)).version == 5
    counting.load(filled)
    cut_off(owner_url, keep=2)
    with Ledger(database_url, stream_types=TOYS) as ledger:
        other = Recorder(ledger, b"k", matter_of=lambda _: None)
        for number in range(10):
            other.record(Submission(Count(by=5), OPERATOR, f"m{number}", filled))
    receipt = counting.record(Submission(Count(), OPERATOR, "n2", filled))
    assert receipt.version == 13
    assert counting.load(filled)[1].total == 1 + 50 + 1
    cut_off(owner_url, keep=2)
    receipts = counting.record_all([Submission(Count(), OPERATOR, f"b{n}", filled) for n in range(3)])
    assert [receipt.version for receipt in receipts] == [3, 4, 5]


def test_a_hole_in_a_stream_is_not_folded_over(
    counting: Recorder, toys: Ledger, filled: str, owner_url: str, database_url: str
) -> None:
    with intruding(owner_url) as owner:
        owner.execute("DELETE FROM casefold.stored_events WHERE originator_version = 5")
    with Ledger(database_url, stream_types=TOYS) as ledger:
        other = Recorder(ledger, b"k", matter_of=lambda _: None)
        with pytest.raises(UnreadableEntry, match=f"Entry 5 of {filled} cannot be read: it is missing"):
            other.record(Submission(Count(), OPERATOR, "n1", filled))
