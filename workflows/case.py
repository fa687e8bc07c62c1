"""The durable workflow of one case: it walks the path given on the case's first day, until the case is over."""

from __future__ import annotations

from temporalio import workflow

from workflows.desk import Desk
from workflows.stages import STAGES

with workflow.unsafe.imports_passed_through():
    from domain.progress import Progress


@workflow.defn
class CaseWorkflow:
    """Follows the ledger: signals bring the newest progress, and nothing is kept here that the ledger does not have.

    So it can be continued as new, lost, or started again from the ledger alone, and doing so twice changes nothing.
    """

    @workflow.init
    def __init__(self, stream: str) -> None:
        self.desk = Desk(stream)  # here, not in run: a signal may be handled before the first line of run

    @workflow.run
    async def run(self, stream: str) -> None:
        """Walk from stage to stage until the case is over.

        A stage that this program does not know fails the workflow task, which the server repeats: the case waits for a
        program that knows it.
        """
        desk = self.desk
        await desk.look()
        while True:
            await workflow.wait_condition(workflow.all_handlers_finished)
            if desk.over:  # nothing is awaited between this look and the end, so no signal can fall in between
                return
            await STAGES[desk.enter()](desk)

    @workflow.signal
    def changed(self, progress: Progress) -> None:
        """The ledger has moved on; an older progress is ignored."""
        self.desk.take(progress)

    @workflow.query
    def progress(self) -> Progress | None:
        """What this workflow knows of its case: for `casefold reconcile`, not for screens."""
        return self.desk.known
