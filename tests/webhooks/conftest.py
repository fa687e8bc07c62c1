"""A house whose entries are told to receivers on this machine, with pauses of a moment."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from temporalio.client import Client

import policies
from activities.deliver import Manner
from api.house import House
from api.identity.log import TERMINAL
from api.webhooks.desk import Webhooks
from domain.message import Command
from ledger.recorder import Recorder, Submission
from ledger.views import Views
from ledger.webhooks.addresses import Allowed
from ledger.webhooks.deliveries import Delivery, Fate
from tests.domain.story import COMPLAINT, LI
from tests.ledgers import Ledger
from tests.webhooks.receiver import PATIENCE, Receiver, receiving
from worker.run import runner
from worker.webhooks import Dispatch, make_webhook_worker

MATTER_KEY = b"a key that only these tests use, long enough"
HERE = Allowed.parse("127.0.0.0/8")
_numbers = itertools.count(1)


@dataclass
class Office:
    """A house, who looks after its webhooks, and what a test needs to see what came of them."""

    house: House
    webhooks: Webhooks

    def records(self, command: Command, stream: str | None = None) -> str:
        """Somebody gives a command, which is accepted; the stream."""
        receipt = self.house.recorder.record(Submission(command, LI, f"test-{next(_numbers)}", stream))
        assert receipt.refusal is None, receipt.refusal.sentence
        return receipt.stream

    def opens(self, **changes: Any) -> str:
        """A complaint about a matter of its own."""
        return self.records(replace(COMPLAINT, matter=f"matter {next(_numbers)}", **changes))

    def tells(self, receiver: Receiver, *events: str, **more: Any) -> str:
        """Make a webhook for this receiver; its id."""
        made = self.webhooks.add("a receiver", receiver.url, events, **more)
        receiver.secrets.append(made.secret)
        return made.endpoint.id

    def only(self, endpoint: str) -> Delivery:
        """The only delivery of an endpoint."""
        (found,) = self.webhooks.deliveries(endpoint)
        return found

    def fates(self, endpoint: str) -> set[Fate]:
        """What has become of an endpoint's deliveries."""
        return {one.state for one in self.webhooks.deliveries(endpoint)}

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE
        while not await asyncio.to_thread(condition):
            assert time.monotonic() < end, "it did not come true in time"
            await asyncio.sleep(0.02)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that takes everything."""
    with receiving() as found:
        yield found


@pytest.fixture
def office(shipped: str, database_url: str) -> Iterator[Office]:
    """A fresh ledger with the shipped sheets; receivers may be on this machine."""
    with Ledger(database_url, patience=3) as ledger:
        house = House(ledger, Recorder(ledger, MATTER_KEY), Views(ledger), policies.load(), webhooks=HERE)
        yield Office(house, Webhooks(house, "root", TERMINAL))


@asynccontextmanager
async def sending(ledger: Ledger, client: Client, task_queue: str) -> AsyncIterator[None]:
    """The part of the worker that sends webhooks: further tries come after a fifth of a second, then it gives up."""
    manner = Manner(schedule=(0.2, 0.2), timeout=5.0, allowed=HERE)
    stop = asyncio.Event()
    sandboxed = runner(sandbox=True)
    async with make_webhook_worker(client, task_queue, ledger, manner, workflow_runner=sandboxed):
        dispatch = asyncio.create_task(Dispatch(ledger, client, task_queue).run(stop))
        try:
            yield
        finally:
            stop.set()
            await dispatch


@pytest.fixture
async def delivering(office: Office, temporal_client: Client) -> AsyncIterator[None]:
    """Webhooks are sent."""
    async with sending(office.house.ledger, temporal_client, f"test-{os.getpid()}-{next(_numbers)}"):
        yield
