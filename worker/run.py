"""`casefold worker`: the process that keeps time and tells workflows what happened. Its parts can also run alone."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import (
    PollerBehaviorAutoscaling,
    UnsandboxedWorkflowRunner,
    Worker,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

import policies
from activities.all import all_activities
from activities.erase import Purge
from activities.notify import PageOf
from domain.actor import WORKFLOW
from ledger.errors import LeaseLost, LedgerRolledBack, LedgerUnavailable, UnreadableEntry
from ledger.recorder import Recorder
from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.search import forget_text
from ledger.store import Ledger
from ledger.views import Projector
from worker import alarms, logs
from worker.courier import Courier
from worker.evidence import purging
from worker.fanout import Fanout
from worker.garbage import settle_down
from worker.letters import Letters
from worker.options import PARTS, Options
from worker.relay import Relay
from worker.release import deployment, make_current
from worker.seal_diary import SealDiary
from worker.seal_watch import SealWatch
from worker.sealing import Sealing
from worker.settings import Settings
from worker.stamping import Stamping
from worker.sweep import Sweep
from worker.temporal import Stopped, connect, pause_or_stop, provide_search_attributes, quiet_runtime
from worker.watch import Watch
from worker.webhooks import run_webhooks
from worker.wiring import customer_pages, open_ledger
from workflows import WORKFLOWS

CACHED_CASES = 2000
"""Cases whose workflow stays in memory; others are replayed when something happens to them."""
LONGEST_PAUSE = 30.0
ALARM_PAUSE = 10.0
CALM = 20.0
"""Seconds after which a part that was stopped by an alarm, and runs again, is taken to be well."""

log = structlog.get_logger(__name__)


def run_worker(settings: Settings, parts: Collection[str] = PARTS, options: Options | None = None) -> int:
    """Run these parts until SIGTERM or SIGINT; servers may be away at the start or later. Returns the exit code."""
    logs.configure(settings.log, settings.log_level)
    process = Process(settings, options or Options(), parts)
    settle_down()
    return asyncio.run(process.run())


class Process:
    """One ledger, one connection to Temporal, and the parts that use them."""

    def __init__(self, settings: Settings, options: Options, parts: Collection[str] = PARTS) -> None:
        self.settings = settings
        self.options = options
        self.parts = [part for part in PARTS if part in parts]
        self.stop = asyncio.Event()
        alone = self.parts == ["sealer"]  # whoever only seals needs no other address and no other secret
        more: dict[str, Any] = {"application_name": "casefold worker", "patience": options.patience}
        self.ledger = Ledger(settings.sealer_url, **more) if alone else open_ledger(settings, **more)
        key = b"" if alone else settings.matter_key
        self.recorder = Recorder(self.ledger, key, patience=options.patience)
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def run(self) -> int:
        """Run the parts until asked to stop."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop.set)
        log.info("worker_starts", part=self.parts, release=self.options.release, task_queue=self.settings.task_queue)
        works: dict[str, Callable[[], Awaitable[None]]] = {
            "worker": self.work,
            "relay": self.relay,
            "projector": self.project,
            "fanout": self.fan_out,
            "sealer": self.seal,
            "webhooks": self.send_webhooks,
        }
        try:
            async with asyncio.TaskGroup() as group:
                for part in self.parts:
                    group.create_task(self._keep(part, works[part]))
                if "relay" in self.parts:
                    group.create_task(self._keep("sweep", self.sweep))
                if "fanout" in self.parts:
                    group.create_task(self._keep("watch", self.watch))
                    group.create_task(self._keep("seal watch", self.watch_seals))
                    group.create_task(self._keep("seal diary", self.note_seals))
                if "sealer" in self.parts and self.settings.tsa_url:
                    group.create_task(self._keep("time stamps", self.stamp))
        finally:
            self.ledger.close()
        log.info("worker_stops")
        return 0

    async def _keep(self, part: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run a part again and again, with longer and longer pauses while it fails at once."""
        pause = 1.0
        while not self.stop.is_set():
            began = time.monotonic()
            calm = asyncio.get_running_loop().call_later(CALM, alarms.silence, self.settings.stack, part)
            try:
                await work()
            except Stopped:
                return
            except (LedgerRolledBack, SealRefused, UnreadableEntry) as alarm:
                alarms.sound(self.settings.stack, part, str(alarm))
                log.critical("alarm", part=part, error=type(alarm).__name__, exc_info=alarm)
                pause = ALARM_PAUSE
            except (RPCError, LedgerUnavailable, LeaseLost) as error:
                log.warning("part_waits", part=part, error=type(error).__name__)
            except Exception as error:
                log.error("part_failed", part=part, error=type(error).__name__, exc_info=error)
            finally:
                calm.cancel()
            if time.monotonic() - began > LONGEST_PAUSE:
                pause = 1.0
            with contextlib.suppress(Stopped):
                await pause_or_stop(pause, self.stop)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def client(self) -> Client:
        """The one connection to Temporal, made when it is first needed and mended by itself later."""
        async with self._connecting:
            if self._client is None:
                self._client = await connect(self.settings, self.stop, quiet_runtime())
                missing = await provide_search_attributes(self._client)
                if missing:
                    log.warning("search_attributes_unknown", key=missing)
            return self._client

    async def work(self) -> None:
        """Workflows and activities, until asked to stop; what is being done may end first.

        The sheets of this release come into force first: cases that are received from now on follow them.
        """
        await asyncio.to_thread(self.recorder.publish, policies.load(self.settings.pack), WORKFLOW)
        client = await self.client()
        options = self.options
        outbox = options.outbox or self.settings.stack.path / "outbox"
        with ThreadPoolExecutor(options.activities, "activity") as executor:
            worker = make_worker(
                client,
                self.settings.task_queue,
                self.ledger,
                self.recorder,
                outbox,
                executor,
                options,
                purge_evidence=purging(self.settings, self.ledger, self.recorder),
                page_of=customer_pages(self.settings),
            )
            running = asyncio.create_task(worker.run())
            tasks = [running, asyncio.create_task(self.stop.wait())]
            letters = Letters(self.ledger, self.recorder, outbox)
            tasks.append(asyncio.create_task(self._keep("letters", partial(letters.run, self.stop))))
            if options.release:
                tasks.append(asyncio.create_task(make_current(client, options.release)))
            try:
                await asyncio.wait(tasks[:2], return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks[1:]:
                    task.cancel()
                if not running.done():
                    await worker.shutdown()
                await running

    async def relay(self) -> None:
        """Bring each case's progress to its workflow."""
        courier = Courier(await self.client(), self.settings.task_queue)
        in_flight, high_water = self.options.in_flight, self._high_water("relay")
        relay = Relay(self.ledger, self.recorder, courier, in_flight=in_flight, high_water=high_water)
        await relay.run(self.stop)

    async def sweep(self) -> None:
        """Hold open cases against running workflows, now and then."""
        sweep = Sweep(self.ledger, self.recorder, Courier(await self.client(), self.settings.task_queue))
        while not self.stop.is_set():
            await pause_or_stop(self.options.sweep_seconds, self.stop)
            await sweep.once()

    async def project(self) -> None:
        """Keep the views."""
        await self._in_a_thread(Projector(self.ledger, high_water=self._high_water("views")).run)

    async def fan_out(self) -> None:
        """Bring what concerns many cases to each of them."""
        per_second, high_water = self.options.fanout_per_second, self._high_water("fanout")
        fanout = Fanout(self.ledger, self.recorder, per_second=per_second, high_water=high_water)
        await self._in_a_thread(fanout.run)

    async def watch(self) -> None:
        """Look after what is with people who are away."""
        await Watch(self.ledger, self.recorder).run(self.stop, self.options.watch_seconds)

    async def watch_seals(self) -> None:
        """Look whether somebody seals."""
        await SealWatch(self.ledger, self.settings.stack).run(self.stop)

    async def note_seals(self) -> None:
        """Note in the ledger where the seals stand."""
        await SealDiary(self.ledger, self.recorder, Folder(self.settings.seals)).run(self.stop)

    async def seal(self) -> None:
        """Seal, sign and publish what was recorded."""
        await self._in_a_thread(Sealing(self.settings).run)

    async def send_webhooks(self) -> None:
        """Tell programs elsewhere what was recorded."""
        high_water, workflow_runner = self._high_water("webhooks"), runner(sandbox=self.options.sandbox)
        await run_webhooks(
            await self.client(),
            self.ledger,
            self.settings,
            self.options,
            self.stop,
            high_water=high_water,
            workflow_runner=workflow_runner,
        )

    async def stamp(self) -> None:
        """Have checkpoints time-stamped."""
        await self._in_a_thread(Stamping(self.settings).run)

    async def _in_a_thread(self, follow: Callable[[threading.Event], None]) -> None:
        """Let this follow the ledger until asked to stop."""
        stop = threading.Event()
        following = asyncio.create_task(asyncio.to_thread(follow, stop))
        stopping = asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait([following, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stop.set()
            stopping.cancel()
            await following

    def _high_water(self, follower: str) -> Path:
        """Where it is kept, outside the database, how far a follower was."""
        return self.settings.stack.path / "followers" / f"{follower}.json"


def make_worker(
    client: Client,
    task_queue: str,
    ledger: Ledger,
    recorder: Recorder,
    outbox: Path,
    executor: ThreadPoolExecutor,
    options: Options,
    purge_evidence: Purge = lambda case: 0,
    page_of: PageOf | None = None,
) -> Worker:
    """A worker for cases, as it runs in production and, with the sandbox, in tests."""
    return Worker(
        client,
        task_queue=task_queue,
        workflows=WORKFLOWS,
        activities=all_activities(
            ledger,
            recorder,
            outbox,
            purge_evidence=purge_evidence,
            purge_texts=partial(forget_text, ledger),
            page_of=page_of,
        ),
        activity_executor=executor,
        workflow_runner=runner(sandbox=options.sandbox),
        max_cached_workflows=CACHED_CASES,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=options.sticky_seconds),
        max_concurrent_workflow_tasks=options.workflow_tasks,
        max_concurrent_activities=options.activities,
        max_concurrent_local_activities=options.activities,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=timedelta(seconds=options.grace_seconds),
        deployment_config=deployment(options.release) if options.release else None,
    )


def runner(*, sandbox: bool) -> WorkflowRunner:
    """The sandbox finds what would not replay, but costs a third of a worker's time."""
    return SandboxedWorkflowRunner() if sandbox else UnsandboxedWorkflowRunner()
