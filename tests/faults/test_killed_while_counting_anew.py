"""The worker killed in the middle of counting open cases anew: after it began again, each was counted once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain import events as e
from domain.rules import ClockRule
from domain.words import Urgency
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from tests.faults.checks import agreed, examine
from tests.faults.house import House, eventually
from tests.faults.load import AGENT, complaint, promise

CASES = 60
"""More than are asked at once."""
OFFICE = """
name = "office"
version = "{version}"
title = {{ en = "Office", zh = "办公室" }}
time_zone = "Asia/Shanghai"
[week]
mon-fri = ["09:00-18:00"]
[years.{this}]
status = "announced"
source = "made up"
[years.{next}]
status = "{status}"
source = "made up"
holidays = [{{ name = {{ en = "A week off", zh = "放假" }}, off = "{next}-03-01/{next}-03-05" }}]
[years.{after_next}]
status = "announced"
source = "made up"
"""
SOLVE = ClockRule(
    name="solution",
    starts=("CaseReceived",),
    stops=("CaseClosed",),
    limit={"ordinary": "270wd", "urgent": "2wd"},
    calendar="office",
    warn=(),
)
"""More working days than a year has, so that it always reaches into the next one."""


def office(folder: Path, version: str, status: str) -> Path:
    """A calendar file whose next year is announced, or not yet."""
    this = datetime.now(UTC).year
    years = {"this": this, "next": this + 1, "after_next": this + 2}
    file = folder / "office.toml"
    file.write_text(OFFICE.format(version=version, status=status, **years), encoding="utf-8")
    return file


def opened(recorder: Recorder, number: int, urgency: Urgency = Urgency.ORDINARY) -> list[str]:
    """So many complaints."""
    submissions = [
        Submission(replace(complaint(f"{urgency} {n}"), urgency=urgency), AGENT, f"{urgency}-{n}")
        for n in range(number)
    ]
    return [receipt.stream for receipt in recorder.record_all(submissions)]


def moved(ledger: Ledger, case: str) -> list[e.DeadlineMoved]:
    """What moved a deadline of the case."""
    return [entry.event for entry in ledger.history(case) if isinstance(entry.event, e.DeadlineMoved)]


@pytest.mark.requirement("T-07", "L-01")
def test_a_worker_killed_while_it_counts_anew_counts_each_case_once(
    house: House, tmp_path: Path, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    before = house.casefold("calendar", "import", str(office(tmp_path, "1", "provisional")), "--by", "liu:data")
    assert before.returncode == 0, before.stderr
    promise(recorder, clocks=(SOLVE,), automatic=(), pauses={})
    cases, urgent = opened(recorder, CASES), opened(recorder, 5, Urgency.URGENT)
    assert all(recorder.load(case)[1].clocks["solution"].provisional for case in cases)
    eventually(lambda: agreed(house, ledger, recorder), 60, "every case has its workflow")

    house.arm(("after an append", 2))  # the first is that of the sheets, as at every start
    deaths = house.deaths["worker"]
    told = house.casefold_json(
        "calendar", "import", str(office(tmp_path, "2", "announced")), "--by", "liu:data", timeout=60
    )
    assert (told["cases"], told["clocks"]) == (CASES, CASES)
    eventually(lambda: house.deaths["worker"] > deaths, 60, "the worker dies in the middle")
    counted = sum(len(moved(ledger, case)) for case in cases)
    assert 0 < counted < CASES

    eventually(lambda: all(moved(ledger, case) for case in cases), 60, "the next worker counts the others")
    eventually(lambda: agreed(house, ledger, recorder), 60, "every workflow knows its new deadline")
    for case in cases:
        [event] = moved(ledger, case)
        assert (event.cause, event.provisional) == ("calendar", False)
    assert not any(moved(ledger, case) for case in urgent), "what the calendar does not touch stays as it is"
    say(f"{CASES} cases: {counted} counted anew before the worker died, {CASES - counted} after it, none twice")
    examine(house.stack.owner_url, []).assert_well()
