"""Specification of the log's own stream: one checkpoint a day, of more entries; a new log says what it follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain import log_stream as ls
from domain.actor import WORKFLOW, Actor, Role
from domain.context import Context
from domain.message import Command
from domain.refusal import Refused
from domain.streams import LOG
from tests.domain.shelf import MemoryShelf

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
SIGNED = "— casefold.example/log AAAAAAA=\n"


def note(size: int | str, origin: str = "casefold.example/log") -> str:
    return f"{origin}\n{size}\n{ROOT}\n\n{SIGNED}"


FORK = f"{ls.FORK}\ncasefold.example/old+1+A\n48\n{ROOT}\ncasefold.example/log+2+B\na backup was put back\n\n{SIGNED}"


def asked(command: Command, life: ls.LogLife, days: int = 0, by: Actor = WORKFLOW) -> ls.LogLife:
    """The log after it."""
    context = Context("log:casefold.example/log", NOON + timedelta(days=days), by, None, MemoryShelf())
    for event in LOG.decide(life, command, context):
        life = LOG.evolve(life, event)
    return life


def refused(command: Command, life: ls.LogLife, days: int = 0, by: Actor = WORKFLOW) -> str:
    with pytest.raises(Refused) as refusal:
        asked(command, life, days, by)
    assert refusal.value.sentence
    return refusal.value.code


def test_one_checkpoint_is_noted_a_day_and_each_is_of_more_entries() -> None:
    life = asked(ls.PublishCheckpoint(note=note(48)), ls.LogLife())
    assert life == ls.LogLife(version=1, size=48, day="2026-11-24")
    assert refused(ls.PublishCheckpoint(note=note(50)), life) == "checkpoint_not_newer"
    assert refused(ls.PublishCheckpoint(note=note(48)), life, days=1) == "checkpoint_not_newer"
    assert asked(ls.PublishCheckpoint(note=note(50)), life, days=1).size == 50


@pytest.mark.parametrize("bad", ["", note("x"), note("٣"), note(10**16), note(48).partition("\n\n")[0], FORK])
def test_what_is_no_checkpoint_is_refused(bad: str) -> None:
    assert refused(ls.PublishCheckpoint(note=bad), ls.LogLife()) == "not_a_checkpoint"


def test_a_new_log_says_once_which_one_it_follows() -> None:
    life = asked(ls.DeclareLedgerFork(note=FORK), ls.LogLife())
    assert life.follows == "casefold.example/old"
    assert refused(ls.DeclareLedgerFork(note=FORK), life) == "nothing_changes"
    for bad in (note(48), FORK.replace("fork v1", "fork v2")):
        assert refused(ls.DeclareLedgerFork(note=bad), ls.LogLife()) == "not_a_checkpoint"
    (event,) = LOG.decide(
        ls.LogLife(),
        ls.DeclareLedgerFork(note=FORK),
        Context("log:casefold.example/log", NOON, WORKFLOW, None, MemoryShelf()),
    )
    assert event == ls.LedgerForkDeclared(
        origin="casefold.example/log",
        follows="casefold.example/old",
        size=48,
        root=ROOT,
        reason="a backup was put back",
        note=FORK,
    )


def test_each_log_has_its_own_stream_and_only_those_who_keep_time_write_in_it() -> None:
    assert refused(ls.PublishCheckpoint(note=note(48, "other")), ls.LogLife()) == "checkpoint_of_another_log"
    other = FORK.replace("casefold.example/log+2", "casefold.example/new+2")
    assert refused(ls.DeclareLedgerFork(note=other), ls.LogLife()) == "checkpoint_of_another_log"
    somebody = Actor("li", (Role.MANAGEMENT,))
    assert refused(ls.PublishCheckpoint(note=note(48)), ls.LogLife(), by=somebody) == "only_the_system"


def test_a_log_has_no_clocks() -> None:
    assert LOG.overdue(ls.LogLife(size=1), NOON) == []
