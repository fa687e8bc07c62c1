"""Brings the progress of cases and policies to their workflows, and tells which workflows run."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowQueryFailedError, WorkflowQueryRejectedError
from temporalio.common import (
    QueryRejectCondition,
    SearchAttributeKey,
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.progress import Progress
from workflows import CaseWorkflow, PolicyWorkflow, SubjectWorkflow

KIND = SearchAttributeKey.for_keyword("CaseKind")
STAGE = SearchAttributeKey.for_keyword("CaseStage")

TASK_TIMEOUT = timedelta(seconds=5)
"""After so long another worker takes over from one that died: three seconds of a case's time instead of ten."""
REMEMBERED = 10_000
ONE_CALL = timedelta(seconds=10)
ONE_QUESTION = timedelta(seconds=5)
"""A worker must answer it; when none runs, waiting longer does not help."""
UNANSWERED = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED, RPCStatusCode.FAILED_PRECONDITION)
RUNNING = "WorkflowType IN ('CaseWorkflow', 'PolicyWorkflow', 'SubjectWorkflow') AND ExecutionStatus = 'Running'"


class NoAnswer(Exception):
    """A workflow runs, but no worker answers for it."""


def finished(progress: Progress) -> bool:
    """Whether the case needs no workflow: it is over, and everything that was to be sent is sent.

    A policy is over while no date lies ahead of it.
    """
    return progress.over and not progress.todo


def is_policy(stream: str) -> bool:
    """Whether this is the id of a policy, or of an erasure, and so of its workflow; all others are cases."""
    return stream.startswith(("policy:", "subject:"))


def run_of(stream: str) -> Any:
    """What the workflow of this stream runs."""
    if stream.startswith("subject:"):
        return SubjectWorkflow.run
    return PolicyWorkflow.run if stream.startswith("policy:") else CaseWorkflow.run


class Courier:
    """One client and one task queue. A workflow's id is the id of its case or policy."""

    def __init__(self, client: Client, task_queue: str, patience: timedelta = ONE_QUESTION) -> None:
        self.client = client
        self.task_queue = task_queue
        self.patience = patience
        self._brought: OrderedDict[str, None] = OrderedDict()
        """Whose workflow was running lately: a signal alone costs half of one that may have to start something."""

    async def bring(self, progress: Progress) -> None:
        """Signal the workflow; when the case needs one and none runs, start it. Bringing it twice does no harm."""
        if finished(progress):
            await self.tell(progress)
        elif progress.stream not in self._brought or not await self.tell(progress):
            await self._start(progress, signal=True)
            self._remember(progress.stream)

    def _remember(self, stream: str) -> None:
        self._brought[stream] = None
        self._brought.move_to_end(stream)
        if len(self._brought) > REMEMBERED:
            self._brought.popitem(last=False)

    async def tell(self, progress: Progress) -> bool:
        """Signal the workflow, if one runs; whether one does."""
        handle = self.client.get_workflow_handle(progress.stream)
        try:
            await handle.signal("changed", progress, rpc_timeout=ONE_CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return False
        return True

    async def start(self, progress: Progress) -> None:
        """Start the workflow unless it runs: then nothing changes, not even its history."""
        await self._start(progress, signal=False)

    async def _start(self, progress: Progress, *, signal: bool) -> None:
        run = run_of(progress.stream)
        await self.client.start_workflow(
            run,
            progress.stream,
            id=progress.stream,
            task_queue=self.task_queue,
            task_timeout=TASK_TIMEOUT,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,  # a closed case may be reopened
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            search_attributes=TypedSearchAttributes(
                [SearchAttributePair(KIND, progress.kind), SearchAttributePair(STAGE, progress.stage)]
            ),
            static_summary=f"{progress.kind} {progress.stream}",
            start_signal="changed" if signal else None,
            start_signal_args=[progress] if signal else [],
            rpc_timeout=ONE_CALL,
        )

    async def end(self, stream: str, reason: str) -> None:
        """End a workflow whose case or policy the ledger does not have."""
        try:
            await self.client.get_workflow_handle(stream).terminate(reason=reason, rpc_timeout=ONE_CALL)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise

    async def running(self) -> AsyncIterator[str]:
        """The ids of all running workflows of cases and policies. The list lags behind by a second or so."""
        async for execution in self.client.list_workflows(RUNNING):
            yield execution.id

    async def runs(self, stream: str) -> bool:
        """Whether this workflow runs, without lag."""
        try:
            description = await self.client.get_workflow_handle(stream).describe(rpc_timeout=ONE_CALL)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return description.status is WorkflowExecutionStatus.RUNNING

    async def known(self, stream: str) -> Progress | None:
        """What the workflow knows of its case. Raises NoAnswer; None when none runs, or it knows nothing yet."""
        handle = self.client.get_workflow_handle(stream)
        try:
            known: Progress | None = await handle.query(
                "progress",
                result_type=Progress,
                reject_condition=QueryRejectCondition.NOT_OPEN,
                rpc_timeout=self.patience,
            )
        except WorkflowQueryRejectedError:
            return None
        except WorkflowQueryFailedError as error:
            raise NoAnswer(stream) from error
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            if error.status in UNANSWERED:
                raise NoAnswer(stream) from error
            raise
        return known
