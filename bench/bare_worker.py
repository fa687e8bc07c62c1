"""The second baseline: a workflow that takes updates, each with an empty local activity, in its own worker process."""

from __future__ import annotations

import asyncio
import signal
import sys
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

TASK_QUEUE = "bench-bare"


@activity.defn
async def nothing() -> None:
    """Does nothing, where Casefold would record a command."""


@workflow.defn
class BareCase:
    """Takes as many updates as it was told, and is then complete. It remembers nothing and decides nothing."""

    @workflow.init
    def __init__(self, steps: int) -> None:
        self.left = steps

    @workflow.run
    async def run(self, steps: int) -> None:
        """Wait for the last update."""
        await workflow.wait_condition(lambda: self.left == 0 and workflow.all_handlers_finished())

    @workflow.update
    async def do(self, step: int) -> None:
        """One command of an operator."""
        await workflow.execute_local_activity(nothing, schedule_to_close_timeout=timedelta(seconds=4))
        self.left -= 1


async def main(address: str, namespace: str, workflow_tasks: int) -> None:
    """Serve until asked to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await Client.connect(address, namespace=namespace)
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[BareCase],
        activities=[nothing],
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        max_concurrent_workflow_tasks=workflow_tasks,
    )
    async with worker:
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
