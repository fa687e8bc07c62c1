"""A small Casefold for each test that asks for one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey
from temporalio.testing import WorkflowEnvironment

from tests.workflows.world import World, a_world
from worker.stack.temporal import SEARCH_ATTRIBUTES, temporal_binary


@pytest.fixture
async def world(temporal_client: Client, database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A fresh ledger, a worker and a relay on the session's Temporal."""
    async with a_world(temporal_client, database_url, owner_url, tmp_path / "outbox") as world:
        yield world


class HeardClock:
    """The recorder's clock on a server that skips time: it has heard from workflows how late it is."""

    def __init__(self) -> None:
        self.heard = datetime.now(UTC)

    def hear(self, instant: datetime) -> None:
        self.heard = max(self.heard, instant)

    def __call__(self) -> datetime:
        return max(self.heard, datetime.now(UTC))


@pytest.fixture(scope="session")
async def skipping() -> AsyncIterator[WorkflowEnvironment]:
    """A real server whose workflows skip the time in which they wait."""
    async with await WorkflowEnvironment.start_time_skipping_v2(
        namespace="casefold",
        dev_server_existing_path=str(temporal_binary()),
        dev_server_extra_args=["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"],
        dev_server_log_level="error",
        search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
    ) as environment:
        yield environment


@pytest.fixture
async def days(
    skipping: WorkflowEnvironment, database_url: str, owner_url: str, tmp_path: Path
) -> AsyncIterator[World]:
    """A world in which days pass in a second."""
    clock = HeardClock()
    async with a_world(
        skipping.client, database_url, owner_url, tmp_path / "outbox", clock=clock, hear=clock.hear
    ) as world:
        yield world


@pytest.fixture
async def forgetful(database_url: str, owner_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A world whose Temporal wants workflows to start afresh after a few events."""
    async with (
        await WorkflowEnvironment.start_local(
            namespace="casefold",
            dev_server_existing_path=str(temporal_binary()),
            dev_server_extra_args=["--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20"],
            dev_server_log_level="error",
            search_attributes=[SearchAttributeKey.for_keyword(name) for name in SEARCH_ATTRIBUTES],
        ) as environment,
        a_world(environment.client, database_url, owner_url, tmp_path / "outbox") as world,
    ):
        yield world
