"""The ledger is away when the workflow wants something recorded: the server holds the retry, and nothing is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from domain import events as e
from ledger.migrate import KEYS, migrate
from tests.workflows.test_time import hasty
from tests.workflows.world import a_world
from worker.stack.stack import Stack


async def test_a_breach_is_recorded_with_its_true_instant_when_the_ledger_is_back(
    temporal_client: Client, home: Path, tmp_path: Path
) -> None:
    with Stack(home, parts=["postgres"], durable=False, temporary=True) as stack:
        migrate(stack.owner_url, schema=KEYS)  # tests keep the keys in the same database
        async with a_world(
            temporal_client, stack.database_url, stack.owner_url, tmp_path / "outbox", sheets=hasty(2)
        ) as world:
            stream = await world.open()
            await world.settled(stream)
            due = world.case(stream).clocks["lead"].due
            await asyncio.to_thread(stack.kill, "postgres")
            await asyncio.sleep(8)
            await asyncio.to_thread(stack.start_part, "postgres")
            await world.until(lambda: "ClockBreached" in world.events(stream), 40)
            await world.settled(stream)

            breach = world.ledger.history(stream)[-1]
            assert isinstance(breach.event, e.ClockBreached)
            assert breach.happened_at == due
            assert (breach.recorded_at - due).total_seconds() > 3
            history = await world.handle(stream).fetch_history()
            scheduled = [
                event.activity_task_scheduled_event_attributes.activity_type.name
                for event in history.events
                if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
            ]
            assert scheduled.count("record") == 1, "the local activity gave up, an ordinary one waited"
