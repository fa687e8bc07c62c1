"""The servers and processes of a benchmark: one stack in a temporary folder, and two workers that run side by side."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client

from worker.options import PARTS as PARTS_OF_WORKER
from worker.options import Options
from worker.settings import TASK_QUEUE
from worker.stack.process import Identity, StackError, spawn, tail
from worker.stack.stack import Stack

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
PARTS = ("operators", "worker", "Temporal", "PostgreSQL")
"""Whose use of the processor is counted. The operators' is that of the recorder, or of Temporal's client."""


@contextmanager
def bare_worker(stack: Stack) -> Iterator[Identity]:
    """The worker of the bare workflows, with the limits of Casefold's own."""
    limit = str(Options().workflow_tasks)
    command = [sys.executable, "-m", "bench.bare_worker", stack.temporal_address, stack.namespace, limit]
    yield from _running(spawn(command, log=stack.home.logs / "bare.log", environment=os.environ, cwd=ROOT))


@contextmanager
def casefold_worker(
    stack: Stack, parts: Sequence[str] = PARTS_OF_WORKER, *, name: str = "worker", background: bool = False
) -> Iterator[Identity]:
    """Casefold's own worker, relay and projector, or some of these, started as in production."""
    environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json"}
    log = stack.home.logs / f"{name}.log"
    command = [sys.executable, "-m", "worker.main", "worker", *(f"--part={part}" for part in parts)]
    yield from _running(spawn(command, log=log, environment=environment, cwd=ROOT, background=background))


def _running(process: Identity) -> Iterator[Identity]:
    try:
        yield process
    finally:
        process.stop()


async def connect(stack: Stack) -> Client:
    """A client, as an operator's program would have one."""
    return await Client.connect(stack.temporal_address, namespace=stack.namespace)


async def ready(client: Client, stack: Stack, worker: Identity) -> None:
    """Wait until Casefold's worker asks for work and its relay follows the ledger."""
    end = time.monotonic() + PATIENCE
    while not await _follows(client, stack.database_url):
        if time.monotonic() > end or not worker.alive:
            raise StackError(f"The worker does not start. The end of its log:\n{tail(stack.home.logs / 'worker.log')}")
        await asyncio.sleep(0.2)


async def _follows(client: Client, url: str) -> bool:
    queue = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    if not (await client.workflow_service.describe_task_queue(queue)).pollers:
        return False
    with psycopg.connect(url) as connection:
        return bool(connection.execute("SELECT 1 FROM casefold.follower WHERE name = 'relay'").fetchall())


@dataclass(frozen=True)
class Part:
    """A part of the whole whose use of the processor is counted, with all its children."""

    name: str
    pid: int

    def seconds(self) -> float:
        """Processor time so far."""
        try:
            process = psutil.Process(self.pid)
            family = [process, *process.children(recursive=True)]
        except psutil.Error:
            return 0.0
        if self.pid == os.getpid():
            family = [process]
        total = 0.0
        for one in family:
            try:
                times = one.cpu_times()
            except psutil.Error:
                continue
            total += times.user + times.system
        return total


def machine() -> dict[str, Any]:
    """Where this runs, and how busy it is with other things."""
    model = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    load = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "processor": model,
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "load_average": [round(value, 2) for value in load],
        "others_percent": psutil.cpu_percent(interval=0.5),
    }
