"""Releases: a versioned worker, and making its version the one that new cases start on."""

from __future__ import annotations

import asyncio

import structlog
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from ledger.recorder import Recorder
from worker.courier import RUNNING, Courier
from worker.settings import Settings
from worker.temporal import reach
from worker.wiring import open_ledger

DEPLOYMENT = "casefold"
NOT_YET = (RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.UNAVAILABLE)

log = structlog.get_logger(__name__)


def deployment(release: str) -> WorkerDeploymentConfig:
    """Cases stay on the release that they began on; when they start afresh they move to the current one."""
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(DEPLOYMENT, release),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.PINNED,
    )


async def make_current(client: Client, release: str) -> None:
    """Let new cases start on this release; tried again until the server has heard of the worker's first poll."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=DEPLOYMENT,
        build_id=release,
        identity=client.identity,
        ignore_missing_task_queues=True,
    )
    while True:
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            if error.status not in NOT_YET:
                log.error("release_not_current", release=release, error=error.status.name)
                return
            await asyncio.sleep(0.3)
        else:
            log.info("release_is_current", release=release)
            return


def run_upgrade(settings: Settings) -> int:
    """Wake the cases of the Temporal of these settings that run on an earlier release; how many there were."""

    async def run() -> int:
        client = await reach(settings)
        with open_ledger(settings, application_name="casefold upgrade") as ledger:
            recorder = Recorder(ledger, settings.matter_key)
            return await upgrade(recorder, Courier(client, settings.task_queue))

    return asyncio.run(run())


async def upgrade(recorder: Recorder, courier: Courier) -> int:
    """Bring their progress to the cases that do not run on the current release: awake, they move."""
    request = DescribeWorkerDeploymentRequest(namespace=courier.client.namespace, deployment_name=DEPLOYMENT)
    answer = await courier.client.workflow_service.describe_worker_deployment(request)
    current = answer.worker_deployment_info.routing_config.current_deployment_version.build_id
    woken = 0
    async for execution in courier.client.list_workflows(RUNNING):
        description = await courier.client.get_workflow_handle(execution.id).describe()
        info = description.raw_description.workflow_execution_info.versioning_info
        if info.deployment_version.build_id == current:
            continue
        progress = await asyncio.to_thread(recorder.progress, execution.id)
        if progress is not None:
            await courier.tell(progress)
            woken += 1
    return woken
