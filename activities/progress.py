"""The newest progress of a case: what its workflow reads first."""

from __future__ import annotations

from temporalio import activity

from activities.asks import PROGRESS
from activities.codes import codes_only
from domain.progress import Progress
from ledger.recorder import Recorder


class LookUp:
    """Reads the ledger for a workflow. Changes nothing."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    @activity.defn(name=PROGRESS, no_thread_cancel_exception=True)
    @codes_only
    def progress(self, stream: str) -> Progress | None:
        """Today's progress; None when the ledger does not know the case."""
        return self.recorder.progress(stream)
