"""`casefold restore`: brings back the workflows of all open cases, and of policies, from the ledger alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from domain.progress import Progress as CaseProgress
from ledger.errors import LedgerRolledBack
from ledger.follow import Follower
from ledger.recorder import Recorder
from ledger.seal.errors import SealRefused
from ledger.store import Ledger
from ledger.views import Views
from worker import alarms
from worker.cases import policies_progress
from worker.courier import Courier, NoAnswer, finished
from worker.reconcile import Kind, look, portions_of_ledger
from worker.relay import NAME
from worker.sealing import Sealing
from worker.settings import Settings
from worker.temporal import provide_search_attributes, reach
from worker.wiring import open_ledger

AT_ONCE = 16
"""Workflows that are started at the same time: enough to be quick, and the server still serves others."""

Tick = Callable[[int], None]


@dataclass(frozen=True)
class Restored:
    """What was done."""

    cases: int
    open: int
    started: int
    """Had no workflow."""
    told: int
    """Had a workflow that knew something else than the ledger."""
    ended: int
    """Workflows of cases, or policies, that the ledger does not have (any more)."""
    unknown: int
    """Such workflows that were left alone, because the ledger shows no sign of having been rolled back."""
    epoch: str
    """The new life of a ledger that was rolled back; empty when it was not."""
    policies: int = 0
    """Policies with a date ahead: a version that comes into force, a review."""
    policies_started: int = 0
    policies_told: int = 0
    seals: str = ""
    """What became of the seals, or what somebody has to do about them; empty when they simply go on."""

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        return asdict(self)

    @property
    def sentence(self) -> str:
        """For people."""
        text = f"{self.cases} cases, {self.open} open: "
        of_policies = self.policies_started or self.policies_told
        if self.started or self.told or self.ended:
            text += f"{self.started} workflows started, {self.told} told, {self.ended} ended."
        else:
            text += "every workflow is where its case is" + ("." if of_policies else "; nothing was changed.")
        if of_policies:
            text += f" {self.policies} policies wait for a date: "
            text += f"{self.policies_started} workflows started, {self.policies_told} told."
        if self.epoch:
            text += " The ledger had been rolled back: a new epoch has begun, and the views were made anew."
        if self.unknown:
            text += f" {self.unknown} workflows run for cases that this ledger does not have: is it the right ledger?"
        return f"{text} {self.seals}".rstrip()


def run_restore(settings: Settings, *, rolled_back: bool = False, new_log: str = "", quiet: bool = False) -> Restored:
    """Restore the workflows of the Temporal of these settings, with a progress bar.

    ``new_log`` is the reason for a new log of seals, which is begun when the old one cannot go on.
    """

    async def run() -> Restored:
        client = await reach(settings)
        await provide_search_attributes(client)
        high_water = settings.stack.path / "followers" / "relay.json"
        columns = (TextColumn("Restoring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        bar = Progress(*columns, console=Console(stderr=True), disable=quiet)
        with open_ledger(settings, application_name="casefold restore") as ledger, bar:
            recorder = Recorder(ledger, settings.matter_key)
            total = await asyncio.to_thread(lambda: sum(1 for _ in ledger.streams("case")))
            task = bar.add_task("restore", total=total)
            courier = Courier(client, settings.task_queue)
            return await restore(
                ledger,
                recorder,
                courier,
                high_water,
                tick=lambda count: bar.advance(task, count),
                rolled_back=rolled_back,
            )

    restored = asyncio.run(run())
    if restored.epoch:  # what was wrong has been mended; a follower that still finds something sounds its alarm again
        for name in alarms.sounding(settings.stack):
            alarms.silence(settings.stack, name)
    return replace(restored, seals=mend_seals(settings, new_log))


def mend_seals(settings: Settings, new_log: str) -> str:
    """Begin a new log of seals when the old one cannot go on and a reason is given; what was done, or is to be done."""
    sealing = Sealing(settings)
    obstacle = sealing.obstacle()
    try:
        if obstacle and new_log:
            name = sealing.begin_anew(new_log)
            sealing.once()
            return f"A new log of seals has begun: {name}. Tell your auditors (docs/audit.md)."
    except SealRefused as refusal:
        obstacle = str(refusal)
    if obstacle:
        alarms.sound(settings.stack, "sealer", obstacle)
        return f"{obstacle} Once nothing newer can be had back: casefold restore --new-log REASON does it too."
    return "The seals can go on; no new log was begun." if new_log else ""


async def restore(
    ledger: Ledger,
    recorder: Recorder,
    courier: Courier,
    high_water: Path | None = None,
    *,
    tick: Tick = lambda count: None,
    rolled_back: bool = False,
) -> Restored:
    """Start what is missing, tell what knows something else, end what has no case. Done twice it changes nothing.

    ``rolled_back`` says what cannot always be seen from here: an older backup of the ledger was put back.
    """
    epoch = ""
    if (
        rolled_back
        or await asyncio.to_thread(relay_is_ahead, ledger, high_water)
        or await anyone_ahead(ledger, recorder, courier)
    ):
        epoch = await asyncio.to_thread(ledger.new_epoch, "restored")
        await asyncio.to_thread(Views(ledger).rebuild)
    running = {stream async for stream in courier.running()}
    strangers = set(running)
    cases = Mended()
    async for portion in portions_of_ledger(ledger, recorder):
        strangers -= {progress.stream for progress in portion}
        await mend_all(courier, portion, running, cases, tick)
    policies = Mended()
    portion = await asyncio.to_thread(policies_progress, ledger, recorder)
    strangers -= {progress.stream for progress in portion}
    await mend_all(courier, portion, running, policies)
    strangers -= (await asyncio.to_thread(recorder.progress_all, sorted(strangers))).keys()  # received meanwhile
    if epoch:
        for stream in sorted(strangers):
            await courier.end(stream, "The ledger was rolled back to before this case was received.")
    ended, unknown = (len(strangers), 0) if epoch else (0, len(strangers))
    return Restored(
        cases.all,
        cases.open,
        cases.started,
        cases.told,
        ended,
        unknown,
        epoch,
        policies=policies.open,
        policies_started=policies.started,
        policies_told=policies.told,
    )


@dataclass
class Mended:
    """What was found and done so far, among cases or among policies."""

    all: int = 0
    open: int = 0
    started: int = 0
    told: int = 0


async def mend_all(
    courier: Courier,
    portion: list[CaseProgress],
    running: set[str],
    mended: Mended,
    tick: Tick = lambda count: None,
) -> None:
    """Bring these workflows to where their cases are, some at a time; counted in ``mended``."""
    for start in range(0, len(portion), AT_ONCE):
        some = portion[start : start + AT_ONCE]
        done = await asyncio.gather(*(mend(courier, progress, progress.stream in running) for progress in some))
        mended.started += done.count("started")
        mended.told += done.count("told")
        tick(len(some))
    mended.all += len(portion)
    mended.open += sum(not finished(progress) for progress in portion)


async def mend(courier: Courier, progress: CaseProgress, listed: bool) -> str:
    """Bring one workflow to where its case is: ``started``, ``told`` or, mostly, nothing."""
    if finished(progress):
        if listed and await courier.runs(progress.stream):
            await courier.tell(progress)
            return "told"
        return ""
    if not await courier.runs(progress.stream):
        await courier.start(progress)
        return "started"
    try:
        known = await courier.known(progress.stream)
    except NoAnswer:
        return ""  # it runs, and reads the ledger as soon as a worker is there
    if known is None or (known.epoch == progress.epoch and known.version >= progress.version):
        return ""  # none: it is reading the ledger at this moment
    await courier.bring(progress)
    return "told"


def relay_is_ahead(ledger: Ledger, high_water: Path | None) -> bool:
    """Whether what the relay followed is no longer in the ledger."""
    follower = Follower(NAME, ledger, high_water=high_water)
    try:
        if follower.acquire():
            follower.release()
    except LedgerRolledBack:
        return True
    return False


async def anyone_ahead(ledger: Ledger, recorder: Recorder, courier: Courier) -> bool:
    """Whether a workflow knows what is not in the ledger."""
    report = await look(ledger, recorder, courier)
    return any(difference.kind is Kind.AHEAD for difference in report.differences)
