"""What the workflows of a round left behind: their ends, their histories, and when they knew of each command."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

PATIENCE = 180.0


@dataclass(frozen=True)
class Followed:
    """The workflows of a round, all complete. The runs of one id are added up."""

    cases: int
    ended: float
    """When the last one completed (time.time)."""
    events: int
    size: int
    """Bytes, as the server counts them."""

    @property
    def events_per_case(self) -> float:
        """History events."""
        return self.events / self.cases

    @property
    def bytes_per_case(self) -> float:
        """Bytes of history."""
        return self.size / self.cases


async def completed(client: Client, kind: str, since: float, cases: int, *, settle: float = 0.0) -> Followed:
    """Wait until so many workflows of a type that were started since then are complete, and none runs.

    Fewer will do after ``settle`` seconds in which nothing moved: a case that is over before anybody looked at it never
    gets a workflow.
    """
    began = datetime.fromtimestamp(since, UTC).isoformat().replace("+00:00", "Z")
    query = f"WorkflowType = '{kind}' AND StartTime >= '{began}'"
    until = time.monotonic() + PATIENCE
    moved, before = time.monotonic(), (0, 0)
    while True:
        done = (await client.count_workflows(f"{query} AND ExecutionStatus = 'Completed'")).count
        running = (await client.count_workflows(f"{query} AND ExecutionStatus = 'Running'")).count
        if (done, running) != before:
            moved, before = time.monotonic(), (done, running)
        quiet = time.monotonic() - moved
        if not running and (done >= cases or (settle and quiet > settle)):
            break
        if time.monotonic() > until:
            raise TimeoutError(f"Only {done} of {cases} workflows ({kind}) were complete after {PATIENCE:.0f} s.")
        await asyncio.sleep(0.25)
    found = [one async for one in client.list_workflows(query)]
    if not found:
        raise RuntimeError(f"No workflow ({kind}) followed any of {cases} cases.")
    if strange := [one for one in found if one.status is not WorkflowExecutionStatus.COMPLETED]:
        raise RuntimeError(f"{strange[0].id} is {strange[0].status}; only completed workflows can be compared.")
    return Followed(
        cases=len({one.id for one in found}),
        ended=max(_closed(one) for one in found),
        events=sum(one.raw_info.history_length for one in found),
        size=sum(one.raw_info.history_size_bytes for one in found),
    )


def _closed(execution: WorkflowExecution) -> float:
    assert execution.close_time is not None
    return execution.close_time.timestamp()


_VERSION = re.compile(rb'"version":\s*(\d+)')


@dataclass(frozen=True)
class Learned:
    """A workflow task, and the newest version of its case that it was given."""

    version: int
    signalled: float
    """When the signal that brought it was in the history."""
    ended: float
    """When the workflow had taken it in."""


def learned(events: Sequence[HistoryEvent]) -> list[Learned]:
    """The workflow tasks of a history that were given something new."""
    brought: tuple[int, float] = (0, 0.0)
    given = brought
    found: list[Learned] = []
    for event in events:
        at = event.event_time.ToDatetime(UTC).timestamp()
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            payloads = event.workflow_execution_signaled_event_attributes.input.payloads
            versions = [int(number) for payload in payloads for number in _VERSION.findall(payload.data)]
            brought = max(brought, (max(versions, default=0), at))
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_STARTED:
            given = brought
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            found.append(Learned(*given, at))
    return found


@dataclass(frozen=True)
class Lags:
    """How far workflows were behind, in seconds, for each command that one has taken in."""

    to_signal: list[float]
    """From the command's answer until the signal was in the workflow's history."""
    to_workflow: list[float]
    """From the command's answer until the workflow had taken it in."""


async def lags(client: Client, commits: Mapping[str, Sequence[tuple[int, float]]]) -> Lags:
    """Look into the histories of these cases: when did they know of each command?

    Commands that no workflow has taken in are left out: the case was over before the relay came to it.
    """
    limit = asyncio.Semaphore(8)
    found = Lags([], [])

    async def look(case: str) -> None:
        async with limit:
            try:
                history = await client.get_workflow_handle(case).fetch_history()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                return
        tasks = learned(history.events)
        for version, at in commits[case]:
            task = next((task for task in tasks if task.version >= version), None)
            if task is not None:
                found.to_signal.append(max(0.0, task.signalled - at))
                found.to_workflow.append(max(0.0, task.ended - at))

    await asyncio.gather(*(look(case) for case in commits))
    return found
