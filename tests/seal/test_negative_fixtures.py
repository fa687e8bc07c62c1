"""The checks are checked: four ways to build it that look as good, each of which a check of this suite must find.

A ledger without the table's lock, a recorder without a row for each command, sealers without lock and comparison, and
a verifier that writes anew what it hashes. The same check passes on what we have, or it would show nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg import Connection

from ledger.canonical import canonical
from ledger.event_table import EventTable
from ledger.recorder import Receipt, Recorder, Submission
from ledger.seal import casefold_verify, check_entries
from ledger.seal.sealer import Row
from tests.faults.checks import Reader, examine
from tests.faults.proxy import FaultProxy
from tests.ledger.conftest import KEY
from tests.ledger.toy import TOYS, Count, OpenCounter
from tests.ledgers import Ledger
from tests.seal.conftest import LI, House
from tests.seal.tampering import tampering
from tests.seal.test_bundle import exported, fast, touched_headers_that_pass
from tests.seal.test_competing import competed, without_unique_keys
from worker.stack.process import wait_until

__all__ = ["fast"]

# ── Entries become visible in the order of their positions ───────────────────────────────────────────────────────────


class WithoutLock(EventTable):
    """Appends as the library would for single events: without the table's lock."""

    def _lock_table(self, curs: Any) -> None:
        """Nothing."""


class ByFunction(EventTable):
    """Appends as the library does with POSTGRES_ENABLE_DB_FUNCTIONS: a function that takes no lock."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int] | None:
        """The library's own way."""
        self.datastore.enable_db_functions = True
        positions: Sequence[int] | None = PostgresApplicationRecorder.insert_events(self, stored_events, **kwargs)
        return positions


SLOW = (
    """CREATE FUNCTION casefold.slow() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_sleep(0.4); RETURN NULL; END $$""",
    """CREATE TRIGGER slow AFTER INSERT ON casefold.stored_events FOR EACH ROW
       WHEN (NEW.originator_id = 'T-2026-000001' AND NEW.originator_version = 2) EXECUTE FUNCTION casefold.slow()""",
)
NUMBERED = "SELECT last_value FROM casefold.stored_events_notification_id_seq"


def passed_over(house: House, kind: type[EventTable]) -> list[str]:
    """Two append at once, and who began first ends last, while somebody reads and seals: what the checks say then."""
    streams = [house.does(OpenCounter(seconds=10**8), f"open-{n}") for n in range(2)]
    with ledger_with(house.url, kind) as ledger, psycopg.connect(house.owner_url, autocommit=True) as owner:
        for statement in (*SLOW, ledger.table().sql_create_pg_function_insert_events):
            owner.execute(statement.encode() if isinstance(statement, str) else statement)
        one, other = (Recorder(ledger, KEY, matter_of=lambda _: None) for _ in range(2))  # of one, commands may wait
        reader = Reader(ledger)
        before = owner.execute(NUMBERED).fetchone()
        with ThreadPoolExecutor(2) as pool:
            slow = pool.submit(one.record, Submission(Count(), LI, "slow", streams[0]))
            assert wait_until(lambda: owner.execute(NUMBERED).fetchone() != before, 5)
            quick = pool.submit(other.record, Submission(Count(), LI, "quick", streams[1]))
            wait([quick], 0.2)
            house.seal()
            assert wait_until(lambda: not quick.done() or reader.seen[-1][0] >= quick.result().position, 5)
            receipts = [slow.result(), quick.result()]
        house.seal()
        assert wait_until(lambda: reader.seen[-1][0] == ledger.newest(), 5)
        reader.stop()
        found = [*reader.examine(house.owner_url).wrong, *examine(house.owner_url, receipts).wrong]
    return found + [check.line for check in house.verify().checks if not check.well]


@contextmanager
def ledger_with(url: str, kind: type[EventTable]) -> Iterator[Ledger]:
    """A ledger that appends in this way."""
    with Ledger(url, stream_types=TOYS, patience=3) as ledger:
        ledger._table = kind(ledger.table().datastore)  # type: ignore[arg-type]
        yield ledger


@pytest.mark.requirement("L-01", "L-03")
def test_an_append_under_the_lock_is_never_passed_over(house: House) -> None:
    assert passed_over(house, EventTable) == []


@pytest.mark.parametrize("kind", [WithoutLock, ByFunction])
def test_without_the_lock_readers_and_sealers_pass_over_entries_and_the_checks_say_so(
    house: House, kind: type[EventTable]
) -> None:
    found = passed_over(house, kind)
    assert any(line.startswith("I4: the reader passed [") for line in found), found
    assert any("BACKDATED" in line for line in found), found
    rows_are_missing = any("no command led to this entry" in line for line in found)
    assert rows_are_missing == (kind is ByFunction), "that way writes no rows for commands either"


# ── A command is carried out once ────────────────────────────────────────────────────────────────────────────────────


class WithoutCommands(EventTable):
    """Appends entries, and no row for the command that led to them."""

    def _insert_events(self, curs: Any, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super()._insert_events(curs, stored_events, **{**kwargs, "commands": ()})


def done_again(house: House, kind: type[EventTable]) -> list[str]:
    """The answer to a COMMIT is lost, and somebody sends the same again; what was acknowledged, done twice, made up."""
    with FaultProxy(house.url) as proxy, ledger_with(proxy.url, kind) as ledger:
        recorder = Recorder(ledger, KEY, matter_of=lambda _: None)
        receipts: list[Receipt] = [recorder.record(Submission(OpenCounter(), LI, "open"))]
        proxy.lose_commits(1)
        for _ in range(2):
            receipts.append(recorder.record(Submission(Count(), LI, "once", receipts[0].stream)))
        assert proxy.lost_commits == 1
        house.seal()
        found = examine(house.owner_url, receipts)
        wrong = [f"{found.duplicated} are there twice"] if found.duplicated else []
        return wrong + found.wrong + [check.line for check in house.verify().checks if not check.well]


@pytest.mark.requirement("L-01")
def test_with_a_row_for_each_command_nothing_is_done_again(house: House) -> None:
    assert done_again(house, EventTable) == []


def test_without_a_row_for_each_command_it_is_done_again_and_the_checks_say_so(house: House) -> None:
    found = done_again(house, WithoutCommands)
    assert "are there twice" in found[0]
    assert any(line.startswith("I2: ") for line in found)
    assert any("no command led to this entry" in line for line in found)
    with psycopg.connect(house.owner_url) as owner:
        (counted,) = owner.execute("SELECT count(*) FROM casefold.stored_events WHERE topic = 'Counted'").fetchall()[0]
    assert counted == 3, "asked for once, sent twice more: done three times"


# ── A tree that cannot fork ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-03")
def test_careless_sealers_fork_and_the_round_of_competing_ones_says_so(house: House) -> None:
    without_unique_keys(house)
    found = competed(house, 1000, "careless")
    assert found
    assert "they do not get on" not in found


# ── What is hashed is what is stored ─────────────────────────────────────────────────────────────────────────────────


def anew(line: bytes) -> bytes:
    """The same JSON, parsed and written again; what is none stays as it is."""
    try:
        return json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    except ValueError:
        return line


@pytest.mark.usefixtures("fast")
def test_a_verifier_of_bundles_that_wrote_json_anew_would_let_touched_headers_pass_and_the_check_says_so(
    sealed: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(sealed, tmp_path / "bundle", "headers")
    true_lines = casefold_verify.lines_of
    monkeypatch.setattr(casefold_verify, "lines_of", lambda path: map(anew, true_lines(path)))
    passed = touched_headers_that_pass(tmp_path / "bundle", 24)
    assert set(passed) == {"a space", "a space behind", "a member twice", "members in another order", "an escape"}


@contextmanager
def written_anew() -> Iterator[None]:
    """`verify` hashes what it has parsed and written again."""
    true_entries = check_entries.entries

    def entries(connection: Connection[Any]) -> Iterator[list[Row]]:
        for rows in true_entries(connection):
            yield [(*row[:4], None if row[4] is None else canonical(json.loads(row[4]))) for row in rows]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(check_entries, "entries", entries)
        yield


def test_a_verification_that_wrote_json_anew_would_not_see_other_bytes_and_the_check_says_so(sealed: House) -> None:
    space = "UPDATE casefold.stored_events SET state = '{ '::bytea || substr(state, 2) WHERE originator_version = 3"
    with tampering(sealed, seed=1) as somebody, somebody.change(space):
        assert not somebody.look().well
        with written_anew():
            assert somebody.look().well, "it is fooled, so the tests of edits would fail"
