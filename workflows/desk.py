"""What a stage may do with its case: look, ask, wait. Clocks and effects are looked after meanwhile.

Nothing here is state of its own: the newest `Progress` says what is wanted, due and to do, and what this desk remembers
of its doings (what it asked in vain, what it is sending) may be lost without harm.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RetryPolicy, SearchAttributeKey
from temporalio.exceptions import FailureError, is_cancelled_exception

from workflows.details import details

with workflow.unsafe.imports_passed_through():
    from activities.asks import PROGRESS, RECORD, REPEATED, SEND_NOTICES, Answer, Ask, Asks, Sending
    from domain.progress import Effect, Progress

STAGE = SearchAttributeKey.for_keyword("CaseStage")

LOCAL_BUDGET = timedelta(seconds=4)
"""Within one workflow task; afterwards the server, not a workflow task, holds the retry."""
ONE_TRY = timedelta(seconds=15)
"""After so long the server takes a worker for dead and asks another one; both may finish, and it is done once."""
AGAIN_QUICKLY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=1), maximum_attempts=4
)
"""The number ends it, too: a time limit that passes between two attempts of a local activity goes unnoticed, and it
would be tried for ever within one workflow task after the other."""
FOR_EVER = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=15))
LONGEST_PAUSE = 60
LEAD = timedelta(seconds=1)
"""The ledger's clock is a little ahead of the workflow's, which stands still within a task: a notice asked for just
now need not wait for a timer."""


@dataclass(frozen=True)
class Vain:
    """Something that was asked for and is still open: how often, and when it may be asked for again."""

    times: int
    again_at: datetime


@dataclass(frozen=True)
class Open:
    """A command that is to be asked for at an instant, under a key that comes from the case."""

    at: datetime | None
    """None: at once."""
    key: str
    command: str


class Desk:
    """One for each workflow, for all stages of its case."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.known: Progress | None = None
        self.gone = False
        """The ledger does not know the case: it was rolled back to before it was received."""
        self._entered = ("", 0)
        self._steps: tuple[str, ...] = ()
        self._vain: dict[str, Vain] = {}
        self._sending: dict[asyncio.Task[Progress | None], list[str]] = {}
        self._alarm: tuple[datetime, asyncio.Task[None]] | None = None
        self._changed = False

    # ── For the workflow ─────────────────────────────────────────────────────────────────────────────────────────────

    def take(self, progress: Progress | None) -> None:
        """Keep the newest; what belongs to an earlier life of the ledger never replaces what belongs to a later one."""
        self._changed = True
        if progress is None:
            self.gone = True
            return
        if self.known is not None and progress.epoch < self.known.epoch:
            return
        if progress.newer_than(self.known):
            self.known = progress
            workflow.set_current_details(details(progress))

    async def look(self) -> None:
        """Read the newest progress, unless a signal has brought one."""
        if self.known is None:
            self.take(await self._local_or_not(PROGRESS, self.stream, Progress))

    def enter(self) -> str:
        """Take up the stage that the case is in; what an earlier stage wanted asked is forgotten."""
        self._entered = (self.progress.stage, self.progress.round)
        self._steps = ()
        if workflow.info().typed_search_attributes.get(STAGE) != self.progress.stage:
            workflow.upsert_search_attributes([STAGE.value_set(self.progress.stage)])
        return self.progress.stage

    @property
    def over(self) -> bool:
        """Nothing is left to be done, and nothing is on its way, unless somebody reopens the case."""
        if self.gone:
            return True
        return self.known is not None and self.known.over and not self.known.todo and not self._sending

    # ── For stages ───────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def progress(self) -> Progress:
        """The case, as new as it is known here."""
        assert self.known is not None
        return self.known

    async def once(self, *steps: str) -> None:
        """Ask, in one append, for those of these steps that the case wants; later too, while the stage lasts."""
        self._steps += steps
        await self._ask(self._due_now())

    async def until_left(self) -> None:
        """Wait until people and clocks have moved the case to another stage or round, or it is over."""
        await self.until(lambda: (self.progress.stage, self.progress.round) != self._entered)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for this to come true. Meanwhile: record what falls due, take the steps of the stage, send notices."""
        while True:
            self._collect()
            if condition() or self.over:
                return
            self._send_what_is_to_be_sent()
            if due := self._due_now():
                await self._ask(due)
            elif self._should_start_afresh():
                await self._start_afresh()
            else:
                await self._wait()

    # ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self) -> Iterator[Open]:
        """What the case wants asked: steps of this stage and round at once, what its clocks say at their instants."""
        case = self.progress
        for step in case.wanted:
            if step in self._steps:
                yield Open(None, f"{self.stream}/{case.stage}#{case.round}/{step}", step)
        for due in case.due:
            yield Open(due.at, f"{self.stream}/{due.command}@{due.at.isoformat()}", due.command)

    def _asked_at(self, item: Open) -> datetime | None:
        """When it is to be asked for: not before its instant, and not again before a pause."""
        vain = self._vain.get(item.key)
        return vain.again_at if vain else item.at

    def _due_now(self) -> list[Open]:
        now = workflow.now()
        return [item for item in self._open() if (at := self._asked_at(item)) is None or at <= now]

    async def _ask(self, items: list[Open]) -> None:
        """Give these commands to the recorder in one append; refused or in vain, they are given again after a pause.

        A receipt is the first answer for ever, so what is still open after an ask is asked under another key.
        """
        if not items:
            return
        asks = [Ask(self._key(item), item.command) for item in items]
        answer = await self._local_or_not(RECORD, Asks(self.stream, asks, workflow.now()), Answer)
        self.take(answer.progress)
        now = workflow.now()
        for item, outcome in zip(items, answer.outcomes, strict=True):
            times = self._vain[item.key].times + 1 if item.key in self._vain else 1
            pause = 0 if outcome == REPEATED else min(LONGEST_PAUSE, 2 ** (times - 1))
            self._vain[item.key] = Vain(times, now + timedelta(seconds=pause))
        still = {item.key for item in self._open()} | {effect.key for effect in self.progress.todo}
        self._vain = {key: vain for key, vain in self._vain.items() if key in still}

    def _key(self, item: Open) -> str:
        vain = self._vain.get(item.key)
        return item.key if vain is None else f"{item.key}~{vain.times + 1}"

    async def _local_or_not(self, activity: str, argument: Asks | Sending | str, result: Any, summary: str = "") -> Any:
        """A local activity, which costs one line of history; while the database is away, one that waits for it."""
        try:
            return await workflow.execute_local_activity(
                activity,
                argument,
                result_type=result,
                schedule_to_close_timeout=LOCAL_BUDGET,
                retry_policy=AGAIN_QUICKLY,
                summary=summary or None,
            )
        except FailureError as error:  # of a local activity it may be its own error, not one that wraps it
            if is_cancelled_exception(error):
                raise
        return await workflow.execute_activity(
            activity,
            argument,
            result_type=result,
            start_to_close_timeout=ONE_TRY,
            retry_policy=FOR_EVER,
            summary=summary or None,
        )

    # ── Effects ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _effects(self) -> Iterator[tuple[datetime, Effect]]:
        """What is to be done in the world and is not being done, each with the instant from which it may be."""
        under_way = {key for keys in self._sending.values() for key in keys}
        for effect in self.progress.todo:
            if effect.key not in under_way:
                vain = self._vain.get(effect.key)
                yield (vain.again_at if vain else effect.not_before), effect

    def _send_what_is_to_be_sent(self) -> None:
        if self._should_start_afresh():
            return
        soon = workflow.now() + LEAD
        effects = [effect for at, effect in self._effects() if at <= soon]
        if effects:
            self._sending[asyncio.create_task(self._send(effects))] = [effect.key for effect in effects]

    async def _send(self, effects: list[Effect]) -> Progress | None:
        """One activity for all that is to be sent at this moment; each notice is looked at again before it leaves."""
        sending = Sending(self.stream, [effect.key for effect in effects])
        summary = ", ".join(f"{effect.key} {effect.kind}" for effect in effects)
        sent: Progress | None = await self._local_or_not(SEND_NOTICES, sending, Progress, summary)
        return sent

    def _collect(self) -> None:
        """Take in what was sent. An effect that is still to be done afterwards waits like an ask that was in vain."""
        for task in [task for task in self._sending if task.done()]:
            keys = self._sending.pop(task)
            self.take(task.result())
            for key in [effect.key for effect in self.progress.todo if effect.key in keys]:
                times = self._vain[key].times + 1 if key in self._vain else 1
                pause = timedelta(seconds=min(LONGEST_PAUSE, 2 ** (times - 1)))
                self._vain[key] = Vain(times, workflow.now() + pause)

    # ── Waiting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _wait(self) -> None:
        """Until a signal, the next instant on the agenda, or the end of a sending."""
        instants = [at for item in self._open() if (at := self._asked_at(item)) is not None]
        instants += [at for at, _ in self._effects()]
        self._set_alarm(min(instants, default=None))
        self._changed = False
        await workflow.wait_condition(self._woken)

    def _woken(self) -> bool:
        alarm = self._alarm is not None and self._alarm[1].done()
        return self._changed or alarm or any(task.done() for task in self._sending)

    def _set_alarm(self, at: datetime | None) -> None:
        """One timer for the next instant; the same instant keeps its timer."""
        if self._alarm is not None:
            if self._alarm[0] == at and not self._alarm[1].done():
                return
            self._alarm[1].cancel()
            self._alarm = None
        if at is not None:
            seconds = max((at - workflow.now()).total_seconds(), 0.001)
            self._alarm = (at, asyncio.create_task(workflow.sleep(seconds, summary="the next instant on the agenda")))

    # ── Starting afresh ──────────────────────────────────────────────────────────────────────────────────────────────

    def _should_start_afresh(self) -> bool:
        """The history has grown long, or there is a newer release to move to."""
        info = workflow.info()
        return info.is_continue_as_new_suggested() or info.is_target_worker_deployment_version_changed()

    async def _start_afresh(self) -> None:
        """Go on under the same id with an empty history, once nothing is on its way."""
        while self._sending or not workflow.all_handlers_finished():
            await workflow.wait_condition(
                lambda: workflow.all_handlers_finished() and all(task.done() for task in self._sending)
            )
            self._collect()
        if self.over:
            return
        workflow.continue_as_new(
            self.stream, initial_versioning_behavior=workflow.ContinueAsNewVersioningBehavior.AUTO_UPGRADE
        )
