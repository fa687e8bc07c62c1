"""The workflow of an endpoint starts afresh when its history has grown long: nothing is lost or sent twice by that."""

from __future__ import annotations

from temporalio.testing import WorkflowEnvironment

from domain import commands as c
from ledger.webhooks.deliveries import Fate
from tests.webhooks.conftest import Office, sending
from tests.webhooks.receiver import Heard, Receiver
from worker.stack.temporal import temporal_binary
from worker.webhooks import workflow_id

NOTES = 20


async def test_a_workflow_that_starts_afresh_loses_no_delivery_and_repeats_none(
    office: Office, receiver: Receiver
) -> None:
    def answer(heard: Heard) -> int:
        first = receiver.heard[0].id
        return 500 if heard.id == first and receiver.ids().count(first) < 3 else 200

    receiver.answers = answer
    async with (
        await WorkflowEnvironment.start_local(
            namespace="casefold",
            dev_server_existing_path=str(temporal_binary()),
            dev_server_extra_args=["--dynamic-config-value", "limit.historyCount.suggestContinueAsNew=20"],
            dev_server_log_level="error",
        ) as environment,
        sending(office.house.ledger, environment.client, "afresh"),
    ):
        endpoint = office.tells(receiver, "NoteAdded")
        case = office.opens()
        for number in range(NOTES):
            office.records(c.AddNote(text=str(number)), case)
        await office.until(
            lambda: len(office.webhooks.deliveries(endpoint)) == NOTES and office.fates(endpoint) == {Fate.DELIVERED}
        )
        runs = [run.run_id async for run in environment.client.list_workflows(f"WorkflowId='{workflow_id(endpoint)}'")]
    assert len(runs) > 1
    assert len(set(receiver.ids())) == NOTES
    assert len(receiver.ids()) == NOTES + 2, "the one that failed twice, and no other, came again"
