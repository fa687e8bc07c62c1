"""`casefold status`: what runs, and where."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import psycopg
from rich.console import Console
from rich.table import Table

from ledger.webhooks import health as webhooks
from worker import alarms
from worker.sealing import waiting
from worker.settings import NothingRuns, Settings
from worker.stack.process import Identity

A_LONG_POLL = dt.timedelta(seconds=75)
"""A question for work waits up to a minute on the server; the server goes on naming who asked for five."""

State = Literal["running", "stopped", "unreachable"]


@dataclass(frozen=True)
class PartStatus:
    """One server or process."""

    name: str
    state: State
    where: str
    """Its address, or the file that tells more."""
    pid: int | None = None
    """Only of what runs on this machine in our home."""


@dataclass(frozen=True)
class Status:
    """All parts, at this moment."""

    home: str
    parts: tuple[PartStatus, ...]
    alarms: dict[str, str] = field(default_factory=dict)
    """Who has stopped until a person acts → the sentence that says why and what to do."""

    @property
    def all_running(self) -> bool:
        """Whether cases can be handled and time is kept."""
        return all(part.state == "running" for part in self.parts) and not self.alarms

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        parts = [vars(part) for part in self.parts]
        return {"home": self.home, "running": self.all_running, "parts": parts, "alarms": self.alarms}

    def show(self) -> None:
        """For people."""
        table = Table(box=None, pad_edge=False)
        for column in ("part", "state", "process", "where"):
            table.add_column(column, overflow="fold")
        for part in self.parts:
            table.add_row(part.name, part.state, str(part.pid or ""), part.where)
        console = Console()
        console.print(table)
        for name, sentence in self.alarms.items():
            console.print(f"Alarm of the {name}: {sentence}", markup=False, highlight=False, soft_wrap=True)
        if not self.all_running:
            console.print("Something does not run: casefold doctor tells why; casefold up starts the local stack.")


def look(settings: Settings) -> Status:
    """Ask each part; starts nothing and changes nothing."""
    state = settings.stack.state()
    parts = (
        _postgres(settings, Identity.from_data(state.get("postgres"))),
        _temporal(settings, Identity.from_data(state.get("temporal"))),
        _worker(settings, Identity.from_data(state.get("worker"))),
        *_projector(settings, Identity.from_data(state.get("projector"))),
        *_sealer(settings),
        *_webhooks(settings),
    )
    return Status(str(settings.stack.path), parts, alarms.sounding(settings.stack))


def _postgres(settings: Settings, identity: Identity | None) -> PartStatus:
    try:
        url = settings.database_url
    except NothingRuns:
        return PartStatus("postgres", "stopped", str(settings.stack.logs / "postgres.log"))
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            info = connection.info
            where = f"{info.dbname} at {info.host}" + (f":{info.port}" if settings.database_given else "")
    except psycopg.OperationalError:
        return PartStatus("postgres", "unreachable", "as DATABASE_URL says" if settings.database_given else url)
    return PartStatus("postgres", "running", where, _pid(identity, local=not settings.database_given))


def _temporal(settings: Settings, identity: Identity | None) -> PartStatus:
    if not settings.temporal_given and (identity is None or not identity.alive):
        return PartStatus("temporal", "stopped", str(settings.stack.logs / "temporal.log"))
    config = settings.temporal()
    address = str(config.get("target_host"))
    state: State = "running" if asyncio.run(temporal_answers(settings)) else "unreachable"
    return PartStatus("temporal", state, address, _pid(identity, local=not settings.temporal_given))


def _worker(settings: Settings, identity: Identity | None) -> PartStatus:
    if identity is not None and identity.alive:
        return PartStatus("worker", "running", str(settings.stack.logs / "worker.log"), identity.pid)
    try:
        polled = asyncio.run(workers_polling(settings))
    except Exception:  # whatever the reason: nobody can be seen polling, and the line above says why
        polled = 0
    return PartStatus("worker", "running" if polled else "stopped", f"task queue {settings.task_queue}")


def _projector(settings: Settings, identity: Identity | None) -> list[PartStatus]:
    """Who keeps the lists that people look at; nothing when nobody has started it here by itself."""
    if identity is None:
        return []
    log = str(settings.stack.logs / "projector.log")
    return [PartStatus("projector", "running" if identity.alive else "stopped", log, _pid(identity, local=True))]


def _sealer(settings: Settings) -> list[PartStatus]:
    """Whether entries are sealed as they come; nothing when the ledger cannot be asked: its own line says why."""
    try:
        with psycopg.connect(settings.database_url, connect_timeout=3) as connection:
            found = waiting(connection)
    except (NothingRuns, psycopg.Error):
        return []
    return [PartStatus("sealer", "running" if found.well else "stopped", found.sentence)]


def _webhooks(settings: Settings) -> list[PartStatus]:
    """Whether somebody sends what is due to programs elsewhere; nothing when there are none."""
    try:
        with psycopg.connect(settings.database_url, connect_timeout=3) as connection:
            found = webhooks.look(connection)
    except (NothingRuns, psycopg.Error):
        return []
    return [] if found is None else [PartStatus("webhooks", "running" if found.sent else "stopped", found.sentence)]


def _pid(identity: Identity | None, *, local: bool) -> int | None:
    return identity.pid if local and identity is not None and identity.alive else None


async def temporal_answers(settings: Settings) -> bool:
    """Whether Temporal can be reached and serves."""
    from temporalio.service import RPCError

    try:
        client = await asyncio.wait_for(settings.connect(), 5)
        return await client.service_client.check_health(timeout=dt.timedelta(seconds=3))
    except (RPCError, RuntimeError, TimeoutError, OSError):
        return False


async def workers_polling(settings: Settings, since: dt.datetime | None = None) -> int:
    """How many workers have asked the task queue for work since then (by default: lately enough to be alive)."""
    from temporalio.api.enums.v1 import TaskQueueType
    from temporalio.api.taskqueue.v1 import TaskQueue
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

    client = await asyncio.wait_for(settings.connect(), 5)
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=settings.task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
    )
    oldest = since or dt.datetime.now(dt.UTC) - A_LONG_POLL
    asked = {poller.identity: poller.last_access_time.ToDatetime(dt.UTC) for poller in answer.pollers}
    return sum(moment >= oldest for moment in asked.values())
