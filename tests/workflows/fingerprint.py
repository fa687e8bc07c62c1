"""What a workflow asks of Temporal, line by line, when a recorded history is replayed.

The SDK's Replayer compares kinds of commands and names of activities; neither arguments nor the lengths of timers.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_commands import WorkflowCommand
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.converter import default
from temporalio.worker import (
    Replayer,
    UnsandboxedWorkflowRunner,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)
from temporalio.workflow import _Definition

from workflows import WORKFLOWS, WebhookWorkflow

HISTORIES = Path(__file__).parent / "histories"


class Listening(WorkflowRunner):
    """Runs workflows and writes down the commands that they give."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._inner = UnsandboxedWorkflowRunner()

    def prepare_workflow(self, defn: _Definition) -> None:
        self._inner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        instance: Any = self._inner.create_instance(det)
        activate = instance.activate

        def listened(activation: WorkflowActivation) -> WorkflowActivationCompletion:
            completion: WorkflowActivationCompletion = activate(activation)
            self.lines += [line for command in completion.successful.commands if (line := line_of(command))]
            return completion

        instance.activate = listened
        made: WorkflowInstance = instance
        return made


async def fingerprint(history: WorkflowHistory) -> list[str]:
    """Replay, which raises when the code no longer fits the history; the commands given, a line for each."""
    runner = Listening()
    await Replayer(workflows=[*WORKFLOWS, WebhookWorkflow], workflow_runner=runner).replay_workflow(history)
    return runner.lines


def line_of(command: WorkflowCommand) -> str:
    """One command with its arguments, and without the numbers that only the SDK uses."""
    match command.WhichOneof("variant"):
        case "start_timer":
            length = command.start_timer.start_to_fire_timeout.ToTimedelta()
            return f"start a timer of {length / timedelta(seconds=1):.3f} s"
        case "cancel_timer":
            return "cancel the timer"
        case "schedule_activity":
            activity = command.schedule_activity
            limits = MessageToDict(activity.start_to_close_timeout), MessageToDict(activity.retry_policy)
            return f"activity {activity.activity_type}({arguments(activity.arguments)}) {limits}"
        case "schedule_local_activity":
            local = command.schedule_local_activity
            limits = MessageToDict(local.schedule_to_close_timeout), MessageToDict(local.retry_policy)
            return f"local activity {local.activity_type}({arguments(local.arguments)}) {limits}"
        case "upsert_workflow_search_attributes":
            fields = command.upsert_workflow_search_attributes.search_attributes.indexed_fields
            given = {name: json.loads(fields[name].data) for name in sorted(fields)}
            return f"search attributes {given}"
        case "complete_workflow_execution":
            return "complete"
        case "continue_as_new_workflow_execution":
            return f"continue as new({arguments(command.continue_as_new_workflow_execution.arguments)})"
        case "respond_to_query" | None:
            return ""
        case other:
            return str(other)


def arguments(payloads: Any) -> str:
    """The arguments as they were given."""
    return ", ".join(json.dumps(value, sort_keys=True) for value in default().payload_converter.from_payloads(payloads))


def recorded() -> list[Path]:
    """All recorded histories."""
    return sorted(HISTORIES.glob("*.json"))


def read(path: Path) -> WorkflowHistory:
    """A recorded history."""
    return WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
