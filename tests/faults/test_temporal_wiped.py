"""Temporal's database is gone: `casefold restore` brings the workflows of all open cases back from the ledger alone."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.client import Client

from domain import commands as c
from domain.progress import Progress
from ledger.recorder import Submission
from tests.apart import run
from tests.faults.checks import agreed, examine, examine_notices
from tests.faults.house import House, eventually
from tests.faults.load import AGENT, copies, ends, patiently
from worker.play import Play, Script

REPORT = c.ReportCase(cause="made up", course="made up", result="made up", lessons="made up")


@pytest.fixture
def number(rounds: int) -> int:
    """How many cases are open: a few in an ordinary run, 200 with `make soak`; CASEFOLD_OPEN_CASES says otherwise."""
    return int(os.environ.get("CASEFOLD_OPEN_CASES") or (200 if rounds > 2 else 10))


def unfinished(number: int, chance: random.Random) -> list[Script]:
    """So many of the example cases, each given up by its people somewhere in the middle."""
    scripts = [script for script in copies(number // 8 + 1, "wiped") if ends(script)]
    endings = ("close_case", "withdraw_case", "refer_case")
    cut = []
    for script in chance.sample(scripts, number):
        last = next(place for place, step in enumerate(script.steps) if step.do in endings)
        cut.append(replace(script, steps=script.steps[: chance.randint(0, last)]))
    return cut


async def what_is_known(client: Client, cases: list[str]) -> dict[str, Progress]:
    """What each workflow knows of its case."""
    known = {}
    for case in cases:
        known[case] = await client.get_workflow_handle(case).query("progress", result_type=Progress)
    return known


async def timers(client: Client, cases: list[str]) -> dict[str, float]:
    """When the newest timer of each workflow fires, as Temporal's own history says."""
    fires = {}
    for case in cases:
        async for event in client.get_workflow_handle(case).fetch_history_events():
            if event.HasField("timer_started_event_attributes"):
                length = event.timer_started_event_attributes.start_to_fire_timeout
                fires[case] = event.event_time.ToDatetime(UTC).timestamp() + length.ToMilliseconds() / 1000
    return fires


async def runs(client: Client, cases: list[str]) -> dict[str, Any]:
    """Run and length of each workflow's history: equal twice means that nothing happened between."""
    found = {}
    for case in cases:
        description = await client.get_workflow_handle(case).describe()
        found[case] = (description.run_id, description.history_length)
    return found


@pytest.mark.requirement("L-06")
@pytest.mark.soak
def test_restore_brings_all_open_cases_back_with_the_same_deadlines_and_repeats_no_effect(
    house: House, number: int, chance: random.Random, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    play = Play(ledger, recorder, unfinished(number, chance), "wiped", patience=90)
    cases = play.run()
    eventually(lambda: not examine_notices(house.stack.owner_url, house.outbox).wrong, 90, "every notice is sent")
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    newest = ledger.newest()
    known = run(with_client(house, lambda client: what_is_known(client, cases)))
    sent = outbox(house)

    with house.away("temporal"):
        for file in house.home.temporal.glob("temporal.db*"):
            file.unlink()
    before = house.casefold_json("reconcile")
    assert (before["open"], before["running"]) == (number, 0)
    began = time.monotonic()
    restored = house.casefold_json("restore")
    seconds = time.monotonic() - began
    eventually(lambda: agreed(house, ledger, recorder), 60, "every open case has its workflow again")
    working = time.monotonic() - began
    say(
        f"{number} open cases, {restored['started']} workflows started in {seconds:.1f} s, "
        f"all at their step after {working:.1f} s"
    )
    assert restored["started"] == number
    assert restored["epoch"] == "", "the ledger was not rolled back"

    assert run(with_client(house, lambda client: what_is_known(client, cases))) == known
    fires = run(with_client(house, lambda client: timers(client, cases)))
    for case, progress in known.items():
        if progress.due:
            due = max(progress.due[0].at.timestamp(), datetime.now(UTC).timestamp() - 3600)
            assert fires[case] == pytest.approx(due, abs=1), f"{case} is due at {progress.due[0]}"

    shape = run(with_client(house, lambda client: runs(client, cases)))
    again = house.casefold_json("restore")
    assert (again["started"], again["told"], again["ended"]) == (0, 0, 0), "done twice, restore changes nothing"
    assert run(with_client(house, lambda client: runs(client, cases))) == shape
    assert ledger.newest() == newest, "nothing was asked for or sent a second time"
    assert outbox(house) == sent, "no file of the outbox was touched"

    for case in cases:  # and they go on from where they were
        for command in (c.WithdrawCase(reason="made up"), REPORT):
            receipt = patiently(recorder, Submission(command, AGENT, f"{case} {type(command).__name__}", stream=case))
            assert receipt.accepted, receipt.refusal
            play.receipts.append(receipt)
    eventually(lambda: agreed(house, ledger, recorder), 90, "every case ends")
    assert house.casefold_json("reconcile")["running"] == 0
    examine(house.stack.owner_url, play.receipts).assert_well()
    examine_notices(house.stack.owner_url, house.outbox).assert_well()


async def with_client(house: House, work: Callable[[Client], Any]) -> Any:
    """Ask Temporal something."""
    return await work(await house.client())


def outbox(house: House) -> dict[str, tuple[int, int]]:
    """Every file of the outbox, with what changes when it is written again."""
    return {file.name: (file.stat().st_ino, file.stat().st_mtime_ns) for file in house.outbox.iterdir()}
