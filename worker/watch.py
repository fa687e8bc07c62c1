"""The watch over absences: leave ends on time though nobody looks, and what comes to somebody who is away moves on.

The fan-out moves what somebody has when they go. The watch is for what comes to them later: a case that is opened
again, or assigned by somebody who did not know.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog

from domain.actor import WORKFLOW
from domain.contingency import Out
from domain.department_messages import CheckLeaves
from domain.rosters import Rosters
from ledger.recorder import Recorder, Submission
from ledger.rosters import rosters
from ledger.store import Ledger
from worker.contingency import command_of, plans_now

AT_MOST = 50
"""Cases that are moved in one look; when somebody goes, the fan-out moves all they have, paced."""
WITH_SOMEBODY_AWAY = """
SELECT "case" FROM casefold_views.case_summary
WHERE NOT over AND closed_at IS NULL
  AND (responsible = ANY(%(persons)s) OR offered_to = ANY(%(persons)s) OR department = ANY(%(departments)s))
ORDER BY "case"
"""

log = structlog.get_logger(__name__)


class Watch:
    """Looks now and then; several may, since what they ask for has the same ids."""

    def __init__(self, ledger: Ledger, recorder: Recorder) -> None:
        self.ledger = ledger
        self.recorder = recorder

    async def run(self, stop: asyncio.Event, every: float) -> None:
        """Look every so many seconds, and when a leave is over, until asked to stop."""
        while not stop.is_set():
            wait = await asyncio.to_thread(self.once, every)
            try:
                await asyncio.wait_for(stop.wait(), wait)
            except TimeoutError:
                continue

    def once(self, every: float = 30.0) -> float:
        """End what is over, move what came to somebody who is away; in how many seconds to look again, at most."""
        now = self.ledger.now()
        known = rosters(self.ledger)
        ends = [self._end_leaves(name, known, now) for name in known.departments]
        self._move(known)
        return min([every, *((end - now).total_seconds() for end in ends if end is not None)])

    def _end_leaves(self, name: str, known: Rosters, now: datetime) -> datetime | None:
        """End the leaves of a department that are over; when the next one will be."""
        department = known.departments[name]
        untils = [leave.until for leave in department.leaves.values() if leave.until is not None]
        if any(until <= now for until in untils):
            stream = f"department:{name}"
            self.recorder.record(Submission(CheckLeaves(), WORKFLOW, f"watch:{stream}@{department.version}", stream))
            log.info("leaves_ended", key=stream)
        # A moment later than it is due, so that the ledger's clock is past it.
        return min((until + timedelta(milliseconds=5) for until in untils if until > now), default=None)

    def _move(self, known: Rosters) -> None:
        """Move what came to those who are away after they went; what nobody can take was reported then."""
        away = {person for one in known.departments.values() for person in (*one.leaves, *one.former)}
        failed = {name: one for name, one in known.departments.items() if one.failure is not None}
        away |= {person for one in failed.values() for person in one.members}
        if not away and not failed:
            return
        asked = {"persons": sorted(away), "departments": sorted(failed)}
        plans = plans_now("watch", self.ledger, self.recorder)
        moved = 0
        for (stream,) in self.ledger.query(WITH_SOMEBODY_AWAY, asked):
            version, case = self.recorder.load(stream)
            step = plans.step(stream, case)
            command = command_of(step)
            if isinstance(step, Out) and command is not None:
                self.recorder.record(Submission(command, WORKFLOW, f"watch:{stream}@{version}", stream))
                moved += 1
            if moved == AT_MOST:
                break
        if moved:
            log.info("moved_to_substitutes", asked=moved)
