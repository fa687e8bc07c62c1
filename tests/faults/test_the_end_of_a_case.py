"""Somebody comes back in the very moment in which a case ends and its workflow completes: nothing of it is missed."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from domain import commands as c
from ledger.recorder import Recorder, Submission
from tests.apart import run
from tests.faults.checks import agreed, examine, examine_notices
from tests.faults.house import House, eventually
from tests.faults.load import AGENT, opened, patiently

CASES = 16
REPORT = c.ReportCase(cause="made up", course="made up", result="made up", lessons="made up")


def do(recorder: Recorder, case: str, command: object, name: str) -> None:
    """Give a command that must be accepted."""
    receipt = patiently(recorder, Submission(command, AGENT, f"{case} {name}", stream=case))  # type: ignore[arg-type]
    assert receipt.accepted, receipt.refusal


def end(recorder: Recorder, case: str, name: str) -> None:
    """Bring a case to where only its report is missing, and everything that is to be sent is sent."""
    do(recorder, case, c.WithdrawCase(reason="made up"), f"{name} withdraw")
    eventually(
        lambda: all(notice.sent for notice in recorder.load(case)[1].notices.values()), 90, f"{case}: notices are sent"
    )


@pytest.mark.requirement("C-08")
@pytest.mark.soak
def test_a_case_reopened_while_its_workflow_completes_has_a_workflow_that_knows_it(
    house: House, rounds: int, chance: random.Random, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    restarted = total = 0
    for number in range(max(1, rounds // 2)):
        cases = [opened(recorder, f"{number} {place}") for place in range(CASES)]
        pauses = {case: chance.uniform(0, 0.06) for case in cases}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda case: end(recorder, case, "first"), cases))

            def come_back(case: str, pauses: dict[str, float] = pauses) -> None:
                """Report, so that the case is over; then at once a note, and the case is opened again."""
                do(recorder, case, REPORT, "report")
                time.sleep(pauses[case])
                do(recorder, case, c.AddNote(text="somebody rang"), "note")
                do(recorder, case, c.ReopenCase(reason="not over after all"), "reopen")

            list(pool.map(come_back, cases))
        eventually(partial(agreed, house, ledger, recorder), 30, "every case has a workflow that knows it")
        total += len(cases)
        restarted += run(started_twice(house, cases))
    say(f"{total} cases reopened as they ended; {restarted} had completed and were started again")
    for case in ledger.streams("case"):
        assert not recorder.load(case)[1].over
    examine(house.stack.owner_url, []).assert_well()
    eventually(lambda: not examine_notices(house.stack.owner_url, house.outbox).wrong, 90, "every notice is sent")


async def started_twice(house: House, cases: list[str]) -> int:
    """How many of these cases have had more than one run of their workflow."""
    client = await house.client()
    runs = Counter([run.id async for run in client.list_workflows("WorkflowType = 'CaseWorkflow'")])
    return sum(runs[case] > 1 for case in cases)
