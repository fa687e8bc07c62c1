"""Operators' commands as updates of bare workflows."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from bench.bare_worker import TASK_QUEUE, BareCase
from bench.life import STEPS
from bench.operators import AT_ONCE, Pace, Watch

TASK_TIMEOUT = timedelta(seconds=5)
"""As for the workflows of cases."""


async def update(client: Client, name: str, operators: int, cases: int, *, pace: Pace = AT_ONCE) -> Watch:
    """The same work as `bench.recording.record`; the first update of a case travels with its start.

    The operators are tasks, not threads: that is the quicker way for this client.
    """
    pile = list(range(cases))
    pile.reverse()
    watch = Watch()

    async def do(case: int, step: int) -> None:
        workflow = f"{name}-{case}"
        if step > 0:
            await client.get_workflow_handle(workflow).execute_update(BareCase.do, step)
            return
        start = WithStartWorkflowOperation(
            BareCase.run,
            STEPS,
            id=workflow,
            task_queue=TASK_QUEUE,
            task_timeout=TASK_TIMEOUT,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        await client.execute_update_with_start_workflow(BareCase.do, step, start_workflow_operation=start)

    async def operator() -> None:
        while hand := [pile.pop() for _ in range(min(pace.in_hand, len(pile)))]:
            for step in range(STEPS):
                for case in hand:
                    before = time.perf_counter()
                    await do(case, step)
                    watch.seconds.append(time.perf_counter() - before)
                    if pace.pause:
                        await asyncio.sleep(pace.pause)

    watch.began = time.time()
    await asyncio.gather(*(operator() for _ in range(operators)))
    watch.ended = time.time()
    return watch
