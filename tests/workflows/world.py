"""A small Casefold for tests: a fresh ledger, a real Temporal, one sandboxed worker and a relay."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.worker import Worker

import policies
from activities.all import all_activities
from domain import commands as c
from domain.actor import WORKFLOW, Actor
from domain.case import Case
from domain.message import Command
from domain.policy import Sheet
from domain.progress import Progress
from domain.rules import ClockRule
from domain.words import Outcome
from ledger.recorder import Receipt, Recorder, Submission
from tests.domain.story import CHEN, COMPLAINT, LI, REPORT, WANG
from tests.ledgers import Ledger
from worker.courier import Courier
from worker.relay import Relay
from worker.run import runner
from workflows import WORKFLOWS

KEY = b"0123456789abcdef0123456789abcdef"
PATIENCE = 60.0
_numbers = itertools.count(1)


@dataclass
class World:
    """What a test needs to tell a story and to look at what came of it."""

    ledger: Ledger
    recorder: Recorder
    client: Client
    task_queue: str
    outbox: Path

    @property
    def courier(self) -> Courier:
        return Courier(self.client, self.task_queue)

    async def do(self, by: Actor, command: Command, stream: str | None = None) -> Receipt:
        """Give a command as a person would."""
        submission = Submission(command, by, f"test-{next(_numbers)}", stream=stream)
        return await asyncio.to_thread(self.recorder.record, submission)

    async def accepted(self, by: Actor, command: Command, stream: str | None = None) -> str:
        """Give a command that must be accepted; the case's id."""
        receipt = await self.do(by, command, stream)
        assert receipt.refusal is None, receipt.refusal.sentence
        return receipt.stream

    async def open(self, **changes: Any) -> str:
        """Open a complaint about a matter of its own."""
        return await self.accepted(LI, replace(COMPLAINT, matter=f"matter {next(_numbers)}", **changes))

    def case(self, stream: str) -> Case:
        case: Case = self.recorder.load(stream)[1]
        return case

    def progress(self, stream: str) -> Progress:
        progress = self.recorder.progress(stream)
        assert progress is not None
        return progress

    def events(self, stream: str) -> list[str]:
        """The names of the entries so far."""
        return [type(entry.event).__name__ for entry in self.ledger.history(stream)]

    def handle(self, stream: str) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(stream)

    async def until(self, condition: Callable[[], Any], seconds: float = PATIENCE) -> None:
        """Wait until it is so."""
        end = time.monotonic() + seconds
        while not await asyncio.to_thread(condition):
            assert time.monotonic() < end, "it did not come true in time"
            await asyncio.sleep(0.02)

    async def settled(self, stream: str) -> None:
        """Wait until the case's workflow has nothing left to ask or to send, and knows the newest version."""

        def nothing_left() -> bool:
            progress = self.progress(stream)
            return not progress.wanted and not progress.todo

        await self.until(nothing_left)
        await self.knows(stream, self.progress(stream).version)

    async def knows(self, stream: str, version: int) -> None:
        """Wait until the case's workflow knows this version."""
        end = time.monotonic() + PATIENCE
        while (known := await self.courier.known(stream)) is None or known.version < version:
            assert time.monotonic() < end, "the workflow was not told in time"
            await asyncio.sleep(0.01)

    async def completed(self, stream: str) -> None:
        """Wait until the case is over and its workflow has ended, and is well."""

        def over() -> bool:
            progress = self.recorder.progress(stream)
            return progress is None or (progress.over and not progress.todo)

        await self.until(over)
        end = time.monotonic() + PATIENCE
        while await self.courier.runs(stream):
            assert time.monotonic() < end, "the workflow did not end in time"
            await asyncio.sleep(0.02)
        description = await self.handle(stream).describe()
        assert description.status is WorkflowExecutionStatus.COMPLETED


def quick(name: str, starts: str, stops: str, seconds: int) -> ClockRule:
    """A clock that runs for a few seconds only, without a warning."""
    return ClockRule(name=name, starts=(starts,), stops=(stops,), limit={"ordinary": f"{seconds}s"}, warn=())


def a_complaint(stream: str) -> Iterator[tuple[Actor, Command]]:
    """What people do with a complaint until it is over, after it was opened."""
    yield LI, c.ClassifyCase(category="product", subcategory="damage")
    yield CHEN, c.AssignCase(to="wang", department="after-sales")
    yield WANG, c.AcceptAssignment()
    yield WANG, c.RecordFinding(course="It fell in transit.", cause="packaging")
    yield WANG, c.NameResponsible(department="logistics", person="sun")
    yield WANG, c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7")
    yield WANG, c.ProposeRemedy(summary="A new lamp.", measures=(c.Measure(text="Send one", owner="wang"),))
    yield WANG, c.AcceptProposal()
    yield WANG, c.CompleteMeasure(measure="M1")
    yield WANG, c.ConfirmSatisfaction()
    yield WANG, c.CloseCase(reason="The lamp was replaced.")
    yield WANG, REPORT
    yield WANG, c.AnswerSurvey(process=5, result=4, attitude=5)


@asynccontextmanager
async def a_world(
    client: Client,
    database_url: str,
    owner_url: str,
    outbox: Path,
    *,
    sheets: Mapping[str, Sheet] | None = None,
    reviews: bool = False,
    clock: Callable[[], datetime] | None = None,
    hear: Callable[[datetime], None] | None = None,
    relay: bool = True,
    worker: bool = True,
) -> AsyncIterator[World]:
    """Everything connected; ended in order. Case ids are the test's own, because tests share one Temporal.

    So are policies: their workflows have the names of kinds, and a server that skips time would skip an idle one's
    year at once. Sheets are therefore never reviewed here, unless a test wants ``reviews``, of kinds of its own.
    """
    with psycopg.connect(owner_url, autocommit=True) as connection:
        start = (os.getpid() % 900 + 100) * 1000 + next(_numbers) * 20
        connection.execute("SELECT setval('casefold.stream_number', %s)", [start])
    task_queue = f"test-{os.getpid()}-{next(_numbers)}"
    with Ledger(database_url, patience=3) as ledger, ThreadPoolExecutor(20) as executor:
        recorder = Recorder(ledger, KEY, clock, patience=3)
        wanted = sheets or policies.load()
        if not reviews:
            wanted = {kind: replace(sheet, review_months=0, supervision_months=0) for kind, sheet in wanted.items()}
        await asyncio.to_thread(recorder.publish, wanted, WORKFLOW)
        world = World(ledger, recorder, client, task_queue, outbox)
        stop = asyncio.Event()
        relaying = asyncio.create_task(Relay(ledger, recorder, world.courier).run(stop)) if relay else None
        try:
            if worker:
                async with a_worker(world, executor, hear):
                    yield world
            else:
                yield world
        finally:
            stop.set()
            if relaying is not None:
                await relaying


@asynccontextmanager
async def a_worker(
    world: World, executor: ThreadPoolExecutor, hear: Callable[[datetime], None] | None = None
) -> AsyncIterator[Worker]:
    """A worker as in production, but in the sandbox, which finds what would not replay."""
    async with Worker(
        world.client,
        task_queue=world.task_queue,
        workflows=WORKFLOWS,
        activities=all_activities(world.ledger, world.recorder, world.outbox, hear),
        activity_executor=executor,
        workflow_runner=runner(sandbox=True),
        max_concurrent_activities=20,
        max_concurrent_local_activities=20,
        graceful_shutdown_timeout=timedelta(seconds=2),
    ) as worker:
        yield worker
