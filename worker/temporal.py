"""The connection to Temporal: patient, with the namespace and the search attributes that cases need."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import structlog
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError, RPCStatusCode

from worker.settings import NothingRuns, Settings
from worker.stack.temporal import SEARCH_ATTRIBUTES

NOT_ALLOWED = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.UNAUTHENTICATED)
LONGEST_PAUSE = 5.0
ONE_TRY = 5.0

log = structlog.get_logger(__name__)


class Stopped(Exception):
    """The process was asked to stop."""


def quiet_runtime() -> Runtime:
    """A runtime whose own warnings go through our log: without their fields, which quote failures."""
    forwarding = LogForwardingConfig(
        logging.getLogger("temporalio.core"), append_target_to_name=False, append_log_fields_to_message=False
    )
    level = TelemetryFilter(core_level="WARN", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(level, forwarding=forwarding)))


async def connect(settings: Settings, stop: asyncio.Event | None = None, runtime: Runtime | None = None) -> Client:
    """A client, however long it takes until Temporal answers.

    Raises NothingRuns at once when no server is named at all, and Stopped when asked to stop.
    """
    pause, told = 0.2, False
    while True:
        try:
            client = await asyncio.wait_for(settings.connect(runtime=runtime), ONE_TRY)
            await client.service_client.check_health(timeout=timedelta(seconds=ONE_TRY))
            return client
        except NothingRuns:
            raise
        except (RPCError, RuntimeError, OSError, TimeoutError):
            if not told:
                log.warning("temporal_unreachable")
            told = True
            await pause_or_stop(pause, stop)
            pause = min(pause * 2, LONGEST_PAUSE)


async def reach(settings: Settings) -> Client:
    """A client for a command that a person gave. Raises NothingRuns, with a sentence, when Temporal does not answer."""
    try:
        return await asyncio.wait_for(settings.connect(runtime=quiet_runtime()), 2 * ONE_TRY)
    except (RPCError, RuntimeError, OSError, TimeoutError):
        address = settings.temporal().get("target_host", "its address")
        raise NothingRuns(f"Temporal does not answer at {address}: see `casefold doctor`.") from None


async def pause_or_stop(seconds: float, stop: asyncio.Event | None) -> None:
    """Wait a while. Raises Stopped when asked to stop meanwhile."""
    if stop is None:
        await asyncio.sleep(seconds)
        return
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
    raise Stopped


async def provide_search_attributes(client: Client) -> list[str]:
    """Register those of our search attributes that the namespace lacks: a workflow that sets another waits for ever.

    Some servers let only their administrators do this; then the names of the missing ones come back.
    """
    try:
        known = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
        missing = [name for name in SEARCH_ATTRIBUTES if name not in known.custom_attributes]
        if missing:
            kinds = {name: _kind(SEARCH_ATTRIBUTES[name]) for name in missing}
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
            )
    except RPCError as error:
        if error.status in NOT_ALLOWED:
            return list(SEARCH_ATTRIBUTES)
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
    return []


def _kind(name: str) -> IndexedValueType.ValueType:
    return IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{name.upper()}")
