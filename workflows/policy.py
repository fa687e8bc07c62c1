"""The durable workflow of one policy: it wakes when a version comes into force and when a review falls due."""

from __future__ import annotations

from temporalio import workflow

from workflows.desk import Desk

with workflow.unsafe.imports_passed_through():
    from domain.progress import Progress


@workflow.defn
class PolicyWorkflow:
    """Follows the ledger as a case's workflow does, and has but one stage: to wait for the next date.

    It ends when no date lies ahead; the next one starts it again.
    """

    @workflow.init
    def __init__(self, stream: str) -> None:
        self.desk = Desk(stream)  # here, not in run: a signal may be handled before the first line of run

    @workflow.run
    async def run(self, stream: str) -> None:
        """Ask for what falls due, until nothing does."""
        desk = self.desk
        await desk.look()
        while True:
            await workflow.wait_condition(workflow.all_handlers_finished)
            if desk.over:  # nothing is awaited between this look and the end, so no signal can fall in between
                return
            desk.enter()
            await desk.until_left()

    @workflow.signal
    def changed(self, progress: Progress) -> None:
        """The ledger has moved on; an older progress is ignored."""
        self.desk.take(progress)

    @workflow.query
    def progress(self) -> Progress | None:
        """What this workflow knows of its policy: for `casefold reconcile`, not for screens."""
        return self.desk.known
