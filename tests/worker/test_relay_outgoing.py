"""What is on its way: the newest of each case, in order, and how far all of it has arrived."""

from __future__ import annotations

from domain.progress import Progress
from worker.outgoing import Item, Outgoing


def progress(stream: str, version: int) -> Progress:
    return Progress(stream=stream, version=version, epoch="1")


def taken(outgoing: Outgoing) -> Item:
    item = outgoing.take()
    assert item is not None
    return item


def test_what_waits_for_a_case_is_replaced_by_what_is_newer() -> None:
    outgoing = Outgoing()
    outgoing.put(progress("A", 1), 10)
    outgoing.put(progress("A", 3), 12)
    outgoing.put(progress("A", 2), 11)
    item = taken(outgoing)
    assert (item.progress.version, item.since) == (3, 10)
    assert outgoing.take() is None


def test_cases_are_brought_in_the_order_of_the_ledger() -> None:
    outgoing = Outgoing()
    for position, stream in enumerate("ABCA", 1):
        outgoing.put(progress(stream, position), position)
    assert [taken(outgoing).progress.stream for _ in range(3)] == ["A", "B", "C"]


def test_a_case_is_never_brought_twice_at_the_same_time() -> None:
    outgoing = Outgoing()
    outgoing.put(progress("A", 1), 10)
    taken(outgoing)
    outgoing.put(progress("A", 2), 11)
    assert outgoing.take() is None
    outgoing.arrived("A")
    assert taken(outgoing).progress.version == 2


def test_only_what_comes_before_the_first_missing_one_is_acknowledged() -> None:
    outgoing = Outgoing()
    outgoing.put(progress("A", 1), 10)
    outgoing.put(progress("B", 1), 12)
    outgoing.given([10, 11, 12, 13])
    taken(outgoing)
    taken(outgoing)
    assert outgoing.acknowledged() == 0
    outgoing.arrived("B")
    assert outgoing.acknowledged() == 0
    outgoing.arrived("A")
    assert outgoing.acknowledged() == 13


def test_entries_that_no_workflow_must_hear_of_are_acknowledged_at_once() -> None:
    outgoing = Outgoing()
    outgoing.given([10, 11])
    assert outgoing.acknowledged() == 11


def test_a_case_that_cannot_be_told_is_parked_and_holds_the_position_but_not_the_others() -> None:
    outgoing = Outgoing()
    outgoing.put(progress("A", 1), 10)
    outgoing.put(progress("B", 1), 11)
    outgoing.given([10, 11])
    taken(outgoing)
    outgoing.put(progress("A", 2), 12)
    outgoing.given([12])
    assert outgoing.failed("A").failures == 1
    assert taken(outgoing).progress.stream == "B"
    outgoing.arrived("B")
    assert outgoing.take() is None, "it is parked until it is put back"
    assert outgoing.acknowledged() == 0
    outgoing.put_back("A")
    item = taken(outgoing)
    assert (item.progress.version, item.since, item.failures) == (2, 10, 1)
    outgoing.arrived("A")
    assert outgoing.acknowledged() == 12
