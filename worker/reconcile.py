"""`casefold reconcile`: every open case has one running workflow, which knows its newest version; others have none.

The same goes for policies with a date ahead. They are counted apart: people ask about cases.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from rich.console import Console
from rich.table import Table

from domain.progress import Progress
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.cases import all_progress, policies_progress, portions
from worker.courier import Courier, NoAnswer, finished, is_policy
from worker.settings import Settings
from worker.temporal import reach
from worker.wiring import open_ledger

AT_ONCE = 16
"""Questions to workflows on their way at the same time."""
LOOKS = 4
A_MOMENT = 2.0
"""Between two looks: lists lag, and so may a workflow that is just being told."""


class Kind(StrEnum):
    """How a case and its workflow can differ."""

    MISSING = "missing"
    BEHIND = "behind"
    AHEAD = "ahead"
    STRAY = "stray"
    UNKNOWN = "unknown"
    SILENT = "silent"


MEANING = {
    Kind.MISSING: ("the case is open and no workflow runs for it", "casefold restore"),
    Kind.BEHIND: ("the workflow does not know the newest version", "casefold restore"),
    Kind.AHEAD: ("the workflow knows what is not in the ledger", "casefold restore"),
    Kind.STRAY: ("the case is over and its workflow still runs", "casefold restore"),
    Kind.UNKNOWN: ("a workflow runs for a case that the ledger does not have", "casefold restore"),
    Kind.SILENT: ("the workflow runs, but no worker answers for it", "casefold worker"),
}
"""What each means, and the command that mends it."""


@dataclass(frozen=True)
class Difference:
    """One case that differs from its workflow."""

    case: str
    kind: Kind
    version: int = 0
    """Of the ledger."""
    known: int = 0
    """By the workflow."""


@dataclass(frozen=True)
class Report:
    """What was found."""

    cases: int
    open: int
    running: int
    """Workflows of cases."""
    differences: list[Difference] = field(default_factory=list)
    policies: int = 0
    """Policies with a date ahead: a version that comes into force, a review."""
    policies_running: int = 0
    """Workflows of policies."""

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        found = [
            {**asdict(difference), "meaning": MEANING[difference.kind][0], "mend": MEANING[difference.kind][1]}
            for difference in self.differences
        ]
        policies = {"policies": self.policies, "policies_running": self.policies_running}
        return {"cases": self.cases, "open": self.open, "running": self.running, **policies, "differences": found}

    def show(self) -> None:
        """For people."""
        console = Console()
        cases = _counted(self.cases, "case", "cases")
        console.print(f"{cases} in the ledger, {self.open} open; {_running(self.running)}.")
        if self.policies or self.policies_running:
            waiting = _counted(self.policies, "policy waits", "policies wait")
            console.print(f"{waiting} for a date; {_running(self.policies_running)} for them.")
        if not self.differences:
            console.print("Every open case has its workflow, and every workflow is where its case is.")
            return
        table = Table(box=None, pad_edge=False)
        for column in ("case", "ledger", "workflow", "what differs", "mended by"):
            table.add_column(column, overflow="fold")
        for difference in self.differences:
            meaning, mend = MEANING[difference.kind]
            table.add_row(difference.case, str(difference.version), str(difference.known or "–"), meaning, mend)
        console.print(table)


def _counted(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _running(number: int) -> str:
    return _counted(number, "workflow runs", "workflows run")


def run_reconcile(settings: Settings) -> Report:
    """Compare the ledger and the Temporal of these settings."""

    async def compare() -> Report:
        client = await reach(settings)
        with open_ledger(settings, application_name="casefold reconcile") as ledger:
            recorder = Recorder(ledger, settings.matter_key)
            return await reconcile(ledger, recorder, Courier(client, settings.task_queue))

    return asyncio.run(compare())


async def reconcile(ledger: Ledger, recorder: Recorder, courier: Courier, moment: float = A_MOMENT) -> Report:
    """Compare twice: only what differs both times, in the same way, counts."""
    first = await look(ledger, recorder, courier)
    before = {difference.case: difference for difference in first.differences}
    lasting: dict[str, Difference] = {}
    for _ in range(LOOKS):
        if not before:
            break
        await asyncio.sleep(moment)
        again = await look_at(recorder, courier, before)
        lasting |= {found.case: found for found in again if still(before[found.case], found)}
        before = {found.case: found for found in again if found.kind is not before[found.case].kind}
    return replace(first, differences=[lasting[case] for case in sorted(lasting)])


def still(before: Difference, found: Difference) -> bool:
    """Whether it is the same difference; a workflow that meanwhile knows what the case was then is not behind."""
    return before.kind is found.kind and not (found.kind is Kind.BEHIND and found.known >= before.version > 0)


async def look(ledger: Ledger, recorder: Recorder, courier: Courier) -> Report:
    """Compare every case, and every policy, once."""
    running = {stream async for stream in courier.running()}
    strangers = set(running)
    cases = unfinished = 0
    differences: list[Difference] = []
    async for portion in portions_of_ledger(ledger, recorder):
        cases += len(portion)
        unfinished += sum(not finished(progress) for progress in portion)
        strangers -= {progress.stream for progress in portion}
        asked = [progress for progress in portion if not finished(progress) or progress.stream in running]
        differences += await compare_all(recorder, courier, asked, running)
    policies = await asyncio.to_thread(policies_progress, ledger, recorder)
    strangers -= {policy.stream for policy in policies}
    asked = [policy for policy in policies if not finished(policy) or policy.stream in running]
    differences += await compare_all(recorder, courier, asked, running)
    differences += [Difference(stream, Kind.UNKNOWN) for stream in sorted(strangers)]
    of_policies = sum(map(is_policy, running))
    return Report(
        cases,
        unfinished,
        len(running) - of_policies,
        sorted(differences, key=lambda found: found.case),
        policies=sum(not finished(policy) for policy in policies),
        policies_running=of_policies,
    )


async def look_at(recorder: Recorder, courier: Courier, streams: Iterable[str]) -> list[Difference]:
    """Compare these once more, without the list that lags."""
    found: list[Difference] = []
    for portion in portions(streams):
        progresses = await asyncio.to_thread(recorder.progress_all, portion)
        running = {stream for stream in portion if await courier.runs(stream)}
        found += [Difference(stream, Kind.UNKNOWN) for stream in portion if stream in running - progresses.keys()]
        found += await compare_all(recorder, courier, list(progresses.values()), running)
    return found


async def portions_of_ledger(ledger: Ledger, recorder: Recorder) -> AsyncIterator[list[Progress]]:
    """Every case, without blocking others."""
    cases = all_progress(ledger, recorder)
    while (portion := await asyncio.to_thread(next, cases, None)) is not None:
        yield portion


async def compare_all(
    recorder: Recorder, courier: Courier, asked: list[Progress], running: set[str]
) -> list[Difference]:
    """What differs among these, some questions at a time."""
    found: list[Difference] = []
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        questions = [compare(recorder, courier, progress, progress.stream in running) for progress in some]
        found += [answer for answer in await asyncio.gather(*questions) if answer is not None]
    return found


async def compare(recorder: Recorder, courier: Courier, progress: Progress, runs: bool) -> Difference | None:
    """What differs between this case and its workflow; None when nothing does."""
    stream, version = progress.stream, progress.version
    if not runs:
        return None if finished(progress) else Difference(stream, Kind.MISSING, version)
    if finished(progress):
        return Difference(stream, Kind.STRAY, version)
    try:
        known = await courier.known(stream)
    except NoAnswer:
        return Difference(stream, Kind.SILENT, version)
    if known is None:
        return Difference(stream, Kind.BEHIND, version)
    if known.version > version:  # perhaps the case has only just moved on
        newest = await asyncio.to_thread(recorder.progress, stream)
        if newest is None or known.version > newest.version or known.epoch > newest.epoch:
            return Difference(stream, Kind.AHEAD, version, known.version)
    if known.version < version or known.epoch != progress.epoch:
        return Difference(stream, Kind.BEHIND, version, known.version)
    return None
