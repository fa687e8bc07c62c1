"""The durable workflow of an erasure: holds, erasure, keys, traces, certificate; each step once, in this order."""

from __future__ import annotations

from datetime import timedelta

from temporalio import workflow

from workflows.desk import FOR_EVER, Desk

with workflow.unsafe.imports_passed_through():
    from activities.asks import CERTIFY_ERASURE, CHECK_HOLDS, DESTROY_KEYS, PURGE_TRACES
    from domain.progress import Progress

STEPS = {
    "requested": CHECK_HOLDS,
    "erased": DESTROY_KEYS,
    "destroyed": PURGE_TRACES,
    "purged": CERTIFY_ERASURE,
}
"""How far an erasure is → the activity that brings it one step further."""
LOOK_AGAIN = timedelta(hours=1)
"""How long an erasure that has to wait is left alone, unless something is heard of it."""
ONE_STEP = timedelta(minutes=10)


@workflow.defn
class SubjectWorkflow:
    """Carries out the erasure of one person's data. It ends when that is certified, or was taken back."""

    @workflow.init
    def __init__(self, stream: str) -> None:
        self.desk = Desk(stream)  # here, not in run: a signal may be handled before the first line of run
        self.heard = False

    @workflow.run
    async def run(self, stream: str) -> None:
        """Take one step after the other; what each needs to know is in the ledger."""
        desk = self.desk
        await desk.look()
        while True:
            await workflow.wait_condition(workflow.all_handlers_finished)
            if desk.over:  # nothing is awaited between this look and the end, so no signal can fall in between
                return
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(stream)
            before = desk.enter()
            self.heard = False
            desk.take(await self._step(before))
            if desk.known is not None and desk.progress.stage == before:
                await self._wait()

    async def _step(self, stage: str) -> Progress | None:
        progress: Progress | None = await workflow.execute_activity(
            STEPS[stage],
            self.desk.stream,
            result_type=Progress,
            start_to_close_timeout=ONE_STEP,
            retry_policy=FOR_EVER,
        )
        return progress

    async def _wait(self) -> None:
        """It has to wait, for a case to close or a hold to be released."""
        try:
            await workflow.wait_condition(lambda: self.heard, timeout=LOOK_AGAIN)
        except TimeoutError:
            return

    @workflow.signal
    def changed(self, progress: Progress) -> None:
        """The ledger has moved on; an older progress is ignored."""
        self.heard = self.heard or progress.newer_than(self.desk.known)
        self.desk.take(progress)

    @workflow.query
    def progress(self) -> Progress | None:
        """What this workflow knows of its erasure: for `casefold reconcile`, not for screens."""
        return self.desk.known
