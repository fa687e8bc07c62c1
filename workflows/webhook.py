"""The durable workflow of one webhook endpoint: brings each of its deliveries there, and keeps the time of new tries.

It holds numbers of deliveries only; what is due, and when, the database says. A delivery that has to wait for its next
try is a timer here, not an activity that is repeated: so one that fails for days holds up no other, and an endpoint
that is dead for days has ten thousand rows that wait, not ten thousand activities.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, CancelledError

with workflow.unsafe.imports_passed_through():
    from activities.webhook_asks import DELIVER, DUE_DELIVERIES, Delivering, Due, Look

AT_ONCE = 4
"""Deliveries under way to one endpoint. They overtake each other: the position lets a receiver put them in order."""
LOOK_AHEAD = 50
"""Deliveries that are taken up in one look."""
LOCAL_BUDGET = timedelta(seconds=4)
AGAIN_QUICKLY = RetryPolicy(initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=1))
FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15))
ONE_TRY = timedelta(seconds=60)
SILENCE = timedelta(seconds=5)
"""After so long without a sign of life a worker is taken for dead, and another one tries the delivery again."""


@workflow.defn
class WebhookWorkflow:
    """Runs as long as its endpoint is enabled. Whoever follows the ledger tells it that there is more."""

    @workflow.init
    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.heard = False
        self.enabled = True
        self.next_in: float | None = None
        self.waiting: list[int] = []
        self.under_way: dict[int, asyncio.Task[str]] = {}

    @workflow.run
    async def run(self, endpoint: str) -> None:
        """Look what is due, try it, wait for the next; until the endpoint is disabled."""
        while True:
            afresh = workflow.info().is_continue_as_new_suggested()  # the history has grown long
            if not afresh and not self.waiting:
                await self._look()
            if not afresh:
                self._send()
            if not self.under_way:
                if afresh:
                    workflow.continue_as_new(self.endpoint)
                if not self.enabled and not self.heard:  # nothing is awaited between this look and the end
                    return
            await self._wait(looking=not afresh and not self.waiting)

    @workflow.signal
    def more(self) -> None:
        """Something is due, or the endpoint was changed."""
        self.heard = True

    async def _look(self) -> None:
        self.heard = False
        due = await self._due()
        self.enabled, self.next_in = due.enabled, due.next_in
        self.waiting = [number for number in due.numbers if number not in self.under_way]

    async def _due(self) -> Due:
        """A local activity, which costs one line of history; while the database is away, one that waits for it."""
        look = Look(self.endpoint, sorted(self.under_way), LOOK_AHEAD)
        how: dict[str, Any] = {"result_type": Due}
        try:
            found: Due = await workflow.execute_local_activity(
                DUE_DELIVERIES, look, schedule_to_close_timeout=LOCAL_BUDGET, retry_policy=AGAIN_QUICKLY, **how
            )
        except ActivityError as error:
            if isinstance(error.cause, CancelledError):
                raise
            found = await workflow.execute_activity(
                DUE_DELIVERIES, look, start_to_close_timeout=ONE_TRY, retry_policy=FOR_EVER, **how
            )
        return found

    def _send(self) -> None:
        while self.waiting and len(self.under_way) < AT_ONCE:
            number = self.waiting.pop(0)
            self.under_way[number] = asyncio.create_task(self._deliver(number))

    async def _deliver(self, number: int) -> str:
        fate: str = await workflow.execute_activity(
            DELIVER,
            Delivering(self.endpoint, number),
            result_type=str,
            start_to_close_timeout=ONE_TRY,
            heartbeat_timeout=SILENCE,
            retry_policy=FOR_EVER,
            summary=f"delivery {number}",
        )
        return fate

    async def _wait(self, *, looking: bool) -> None:
        """Until one of those under way has ended; and unless enough is to be done anyway, for more that is due."""
        pause = timedelta(seconds=max(self.next_in, 0.05)) if looking and self.next_in is not None else None
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: bool(self._ended()) or (looking and self.heard), timeout=pause, timeout_summary="the next try"
            )
        for number in self._ended():
            self.under_way.pop(number).result()

    def _ended(self) -> list[int]:
        return [number for number, task in self.under_way.items() if task.done()]
