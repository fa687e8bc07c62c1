"""Releases: a versioned worker, and making its version the one that new cases start on."""

from __future__ import annotations

import asyncio

import structlog
from temporalio.api.workflowservice.v1 import SetWorkerDeploymentCurrentVersionRequest
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

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
