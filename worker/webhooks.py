"""The part of the worker that sends webhooks: turns entries into deliveries, and runs the workflows of endpoints.

It has a task queue of its own: receivers that are slow, or away, take no worker from cases.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from psycopg import Connection
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkflowRunner

from activities.deliver import Deliver, Manner
from domain.entry import Entry
from ledger.errors import LeaseLost, LedgerUnavailable
from ledger.follow import Follower
from ledger.store import Ledger, rows
from ledger.webhooks import deliveries, endpoints, message
from ledger.webhooks.deliveries import Wanted
from ledger.webhooks.endpoints import Endpoint
from worker.options import Options
from worker.settings import Settings
from workflows.webhook import WebhookWorkflow

NAME = "webhooks"
AT_ONCE = 500
"""Entries that are read in one look."""
LOOK_EVERY = 0.5
"""Seconds between two looks, while nothing is to be done."""
TELL_AGAIN = 30.0
"""Seconds after which a workflow is told once more that something is due: it may have been lost, with its server."""
PRUNE_EVERY = 3600.0
ONE_CALL = timedelta(seconds=10)
STICKY = timedelta(seconds=5)
RECEIVERS_AT_ONCE = 100
KINDS = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id = ANY (%s::text[]) AND originator_version = 1
"""

log = structlog.get_logger(__name__)


def queue_of(task_queue: str) -> str:
    """Where the deliveries of a Casefold wait for a worker."""
    return f"{task_queue}-webhooks"


def workflow_id(endpoint: str) -> str:
    """The id of an endpoint's workflow."""
    return f"webhook:{endpoint}"


def manner_of(settings: Settings, options: Options) -> Manner:
    """How webhooks are delivered, as the settings say."""
    return Manner(
        source=options.webhook_source,
        schedule=options.webhook_schedule,
        timeout=options.webhook_timeout,
        allowed=settings.webhook_allowed,
    )


def make_webhook_worker(client: Client, task_queue: str, ledger: Ledger, manner: Manner, **more: Any) -> Worker:
    """A worker for endpoints alone."""
    deliver = Deliver(ledger, manner)
    how: dict[str, Any] = {
        "max_concurrent_activities": RECEIVERS_AT_ONCE,
        "sticky_queue_schedule_to_start_timeout": STICKY,
        "graceful_shutdown_timeout": timedelta(seconds=manner.timeout / 2),
    }
    return Worker(
        client,
        task_queue=queue_of(task_queue),
        workflows=[WebhookWorkflow],
        activities=[deliver.due, deliver.deliver],
        **{**how, **more},
    )


class Dispatch:
    """Follows the ledger, makes deliveries, and tells workflows that something is due.

    One of several may run at a time: whoever holds the lease of the name. Others wait.
    """

    def __init__(
        self,
        ledger: Ledger,
        client: Client,
        task_queue: str,
        *,
        keep: timedelta = timedelta(days=30),
        high_water: Path | None = None,
    ) -> None:
        self.ledger = ledger
        self.client = client
        self.task_queue = task_queue
        self.keep = keep
        self.follower = Follower(NAME, ledger, interval=LOOK_EVERY, limit=AT_ONCE, high_water=high_water)
        self._told: dict[str, tuple[datetime, float]] = {}
        """Endpoint → what was asked for last when its workflow was told, and when that was."""
        self._pruned = 0.0

    async def run(self, stop: asyncio.Event) -> None:
        """Follow until asked to stop. Raises only alarms: LedgerRolledBack, UnreadableEntry."""
        try:
            while not stop.is_set():
                try:
                    if await asyncio.to_thread(self.follower.acquire):
                        await asyncio.to_thread(self._take)
                        await self._tell()
                        await asyncio.to_thread(self._prune)
                    else:
                        await _pause(stop)
                except (LeaseLost, LedgerUnavailable, RPCError) as error:
                    log.warning("webhooks_wait", error=type(error).__name__)
                    await asyncio.to_thread(self.follower.again)
                    await _pause(stop)
        finally:
            await asyncio.to_thread(self.follower.release)

    def _take(self) -> None:
        """The next entries become deliveries exactly when the position moves."""
        entries = self.follower.next()
        if not entries:
            return
        kinds: dict[str, str] | None = None
        with self.follower.moving(entries[-1].position) as connection:
            wanting = [endpoint for endpoint in endpoints.all_of(connection) if endpoint.enabled]
            if any(endpoint.kinds for endpoint in wanting):
                kinds = self._kinds(connection, entries)
            deliveries.make_all(connection, self._wanted(entries, wanting, kinds or {}))

    def _wanted(self, entries: Sequence[Entry], wanting: Sequence[Endpoint], kinds: dict[str, str]) -> list[Wanted]:
        found = []
        for entry in entries if wanting else ():
            if not message.told(self.ledger, entry):
                continue
            name, kind = type(entry.event).__name__, kinds.get(entry.stream, "")
            found += [
                Wanted(endpoint.id, message.id_of(entry), entry.position, name, entry.stream)
                for endpoint in wanting
                if endpoint.wants(entry.position, name, kind)
            ]
        return found

    def _kinds(self, connection: Connection[Any], entries: Sequence[Entry]) -> dict[str, str]:
        """Case → its kind, as its first entry says."""
        of_stream, cases = self.ledger.registry.of_stream, self.ledger.registry.types["case"]
        streams = sorted({entry.stream for entry in entries if of_stream(entry.stream) is cases})
        firsts = [self.ledger.codec.decode(*row) for row in rows(connection, KINDS, [streams])]
        return {first.stream: str(getattr(first.event, "kind", "")) for first in firsts}

    async def _tell(self) -> None:
        """Tell the workflows of endpoints for which something is due, once for each that was asked for."""
        stirred = await asyncio.to_thread(self.ledger.reading, deliveries.stirred)
        for endpoint, asked_at in stirred.items():
            known, at = self._told.get(endpoint, (None, 0.0))
            now = time.monotonic()
            if known == asked_at and now - at < TELL_AGAIN:
                continue
            await self._start(endpoint)
            self._told[endpoint] = (asked_at, now)

    async def _start(self, endpoint: str) -> None:
        """Signal the endpoint's workflow, which is started unless it runs."""
        await self.client.start_workflow(
            WebhookWorkflow.run,
            endpoint,
            id=workflow_id(endpoint),
            task_queue=queue_of(self.task_queue),
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            static_summary=f"webhooks of {endpoint}",
            start_signal="more",
            rpc_timeout=ONE_CALL,
        )

    def _prune(self) -> None:
        """Remove what arrived long ago, once an hour."""
        if time.monotonic() - self._pruned < PRUNE_EVERY and self._pruned:
            return
        self._pruned = time.monotonic()
        removed = self.ledger.reading(lambda connection: deliveries.prune(connection, self.keep))
        if removed:
            log.info("webhooks_pruned", removed=removed)


async def _pause(stop: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(stop.wait(), 1.0)
    except TimeoutError:
        return


async def run_webhooks(
    client: Client,
    ledger: Ledger,
    settings: Settings,
    options: Options,
    stop: asyncio.Event,
    *,
    high_water: Path,
    workflow_runner: WorkflowRunner,
) -> None:
    """Follow, and deliver, until asked to stop."""
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it has a line for each request, which ours replaces
    manner, keep = manner_of(settings, options), timedelta(days=options.webhook_keep_days)
    dispatch = Dispatch(ledger, client, settings.task_queue, keep=keep, high_water=high_water)
    async with make_webhook_worker(client, settings.task_queue, ledger, manner, workflow_runner=workflow_runner):
        await dispatch.run(stop)
