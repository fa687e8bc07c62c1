"""The recorder, for what workflows ask for: warnings and breaches, acknowledgements, reminders, reviews."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

import structlog
from structlog.contextvars import bound_contextvars
from temporalio import activity

from activities.asks import ACCEPTED, RECORD, REPEATED, Answer, Asks
from activities.codes import codes_only
from domain.actor import WORKFLOW
from domain.message import Command
from domain.streams import STREAM_TYPES
from ledger.recorder import Receipt, Recorder, Submission

COMMANDS: Mapping[str, type[Command]] = {
    name: command for stream_type in STREAM_TYPES.values() for name, command in stream_type.commands.items()
}
"""By name, of everything with a life."""

log = structlog.get_logger(__name__)


class Record:
    """Gives the workflow's commands to the recorder. Run twice it records once: the keys come from the case."""

    def __init__(self, recorder: Recorder, hear: Callable[[datetime], None] | None = None) -> None:
        self.recorder = recorder
        self.hear = hear
        """Told the workflow's clock, in tests on a server that skips time."""

    @activity.defn(name=RECORD, no_thread_cancel_exception=True)
    @codes_only
    def record(self, asks: Asks) -> Answer:
        """Record all that was asked in one append; the case as it is afterwards."""
        if self.hear is not None and asks.asked_at is not None:
            self.hear(asks.asked_at)
        submissions = [
            Submission(COMMANDS[ask.command](**ask.fields), WORKFLOW, ask.key, stream=asks.stream) for ask in asks.asks
        ]
        with bound_contextvars(case=asks.stream, command_id=asks.asks[0].key):
            if len(submissions) == 1:
                receipts = [self.recorder.record(submissions[0])]
            else:
                receipts = self.recorder.record_all(submissions)
            outcomes = [outcome(receipt) for receipt in receipts]
            log.info(
                "asked", command=[ask.command for ask in asks.asks], outcome=outcomes, version=receipts[-1].version
            )
            return Answer(self.recorder.progress(asks.stream), outcomes)


def outcome(receipt: Receipt) -> str:
    """What became of a command, in one word; for a refusal its code."""
    if receipt.repeated:
        return REPEATED
    return receipt.refusal.code if receipt.refusal is not None else ACCEPTED
