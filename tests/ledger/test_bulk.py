"""Many commands in one transaction give the answers that they get one by one."""

from __future__ import annotations

import dataclasses
import json
import random
from typing import Any

import psycopg
import pytest

from domain.actor import Actor, Role
from domain.policy_stream import PublishSheet
from domain.refusal import Refused
from ledger.recorder import Receipt, Recorder, Submission
from policies.loader import load
from tests.intruder import intruding
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.test_recorder import complaint, open_counter
from tests.ledger.toy import Count, DoNothing, OpenCounter
from tests.ledgers import Ledger


def mixed(streams: list[str], seed: int) -> list[Submission]:
    """Openings, counts, refusals, repetitions, used ids and nonsense, in any order."""
    chance = random.Random(seed)
    submissions = []
    for _ in range(60):
        command: Any = chance.choice(
            [
                Count(by=chance.randrange(400)),
                DoNothing(),
                OpenCounter(matter=f"m{chance.randrange(5)}"),
                Count(by=5000),
            ]
        )
        opening = isinstance(command, OpenCounter)
        submissions.append(
            Submission(
                command,
                Actor(f"u{chance.randrange(3)}", (Role.AGENT,)),
                f"c{chance.randrange(40)}",
                None if opening else chance.choice([*streams, "T-2020-000009"]),
                expected_version=chance.choice([None, None, 2]) if not opening else None,
            )
        )
    return submissions


def told(receipt: Receipt) -> tuple[Any, ...]:
    """What a receipt says, without instants and positions."""
    return (
        receipt.command_id,
        receipt.accepted,
        receipt.refusal.code if receipt.refusal else None,
        receipt.version,
        receipt.events,
        receipt.repeated,
        bool(receipt.position),
    )


@pytest.mark.requirement("I-08")
@pytest.mark.parametrize("seed", range(6))
def test_at_once_is_as_one_by_one(counting: Recorder, toys: Ledger, owner_url: str, seed: int) -> None:
    streams = [open_counter(counting, f"a{n}") for n in range(3)]
    one_by_one = [counting.record(submission) for submission in mixed(streams, seed)]
    folded = [counting.load(stream) for stream in streams]
    with intruding(owner_url) as connection:
        connection.execute("TRUNCATE casefold.stored_events, casefold.command, casefold.matter")
        connection.execute("ALTER SEQUENCE casefold.stream_number RESTART")
    other = Recorder(toys, KEY, matter_of=lambda command: getattr(command, "matter", None))
    assert [open_counter(other, f"a{n}") for n in range(3)] == streams
    submissions = mixed(streams, seed)
    at_once = [*other.record_all(submissions[:20]), *other.record_all(submissions[20:])]
    assert list(map(told, at_once)) == list(map(told, one_by_one))
    for stream, (version, counter) in zip(streams, folded, strict=True):
        again, other_counter = other.load(stream)
        assert (again, other_counter.total) == (version, counter.total)
        assert [entry.version for entry in toys.history(stream)] == list(range(1, version + 1))
    positions = {entry.position for entry in toys.read(0, 1000)}
    assert {receipt.position for receipt in at_once if receipt.position} <= positions


def test_one_transaction_for_all(recorder: Recorder, ledger: Ledger, owner_url: str) -> None:
    receipts = recorder.record_all([Submission(complaint(n), OPERATOR, f"c{n}") for n in range(100)])
    assert [receipt.command_id for receipt in receipts] == [f"c{n}" for n in range(100)]
    assert len({receipt.stream for receipt in receipts}) == 100
    with psycopg.connect(owner_url) as connection:
        writers = connection.execute(
            "SELECT count(DISTINCT xmin::text) FROM casefold.command WHERE command_id LIKE 'c%'"
        ).fetchall()
    assert writers == [(1,)]
    assert all(
        receipt.repeated
        for receipt in recorder.record_all([Submission(complaint(n), OPERATOR, f"c{n}") for n in range(100)])
    )
    assert len(list(ledger.streams("case"))) == 100


def test_commands_for_one_stream_are_decided_one_after_the_other(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    receipts = counting.record_all([Submission(Count(by=300), OPERATOR, f"c{n}", stream) for n in range(5)])
    assert [receipt.accepted for receipt in receipts] == [True, True, True, False, False]
    assert [receipt.version for receipt in receipts] == [2, 3, 4, 4, 4]
    assert len(toys.history(stream)) == 4


def test_when_somebody_else_is_faster_it_goes_one_by_one(counting: Recorder, toys: Ledger, database_url: str) -> None:
    stream = open_counter(counting)
    counter = toys.registry.types["counter"]
    other = Recorder(
        Ledger(database_url, stream_types={"counter": dataclasses.replace(counter)}), KEY, matter_of=lambda _: None
    )
    decide = counter.decide
    raced: list[Receipt] = []

    def slow(state: Any, command: Any, context: Any) -> Any:
        if not raced:
            raced.append(other.record(Submission(Count(by=7), Actor("fast"), "f1", stream)))
        return decide(state, command, context)

    object.__setattr__(counter, "decide", slow)
    try:
        receipts = counting.record_all([Submission(Count(), OPERATOR, f"c{n}", stream) for n in range(3)])
    finally:
        object.__setattr__(counter, "decide", decide)
        other._ledger.close()
    assert raced[0].version == 2
    assert [receipt.version for receipt in receipts] == [3, 4, 5]
    assert not any(receipt.repeated for receipt in receipts)


def test_the_same_matter_twice_in_one_batch_is_one_case(counting: Recorder) -> None:
    first, second, third = counting.record_all(
        [Submission(OpenCounter(matter=matter), OPERATOR, f"c{n}") for n, matter in enumerate(["a", "a", "b"])]
    )
    assert (first.accepted, third.accepted) == (True, True)
    assert second.refusal == Refused("same_matter", case=first.stream)


def test_a_sheet_published_in_a_batch_is_in_force_for_the_cases_after_it(recorder: Recorder) -> None:
    sheet = load()["complaint"]
    other = type(sheet).from_data({**sheet.to_data(), "version": "other", "low_score": 1})
    content = json.dumps(other.to_data())
    setup = Actor("setup", (Role.SYSTEM,))
    before, _, after = recorder.record_all(
        [
            Submission(complaint(1), OPERATOR, "c1"),
            Submission(PublishSheet(content=content), setup, "p1", "policy:complaint"),
            Submission(complaint(2), OPERATOR, "c2"),
        ]
    )
    assert recorder.load(before.stream)[1].sheet == sheet.digest
    assert recorder.load(after.stream)[1].sheet == other.digest


def test_nothing_asked_is_nothing_answered(counting: Recorder, toys: Ledger) -> None:
    assert counting.record_all([]) == []
    assert toys.newest() == 0
