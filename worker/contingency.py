"""Carries the plans of departments out: cases of somebody who is away go to a substitute, and come back (H-07).

Every entry that changes who is at work has all open cases looked at, as `domain.contingency` says, by the fan-out.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from domain import department_messages as m
from domain.actor import WORKFLOW
from domain.case import Case
from domain.commands import MoveBack, MoveToSubstitute
from domain.contingency import Back, Contingency, Nobody, Out, Step, held
from domain.entry import Entry
from domain.message import Command, Event
from ledger.recorder import Recorder, Submission
from ledger.rosters import load, rosters
from ledger.store import Ledger
from worker.jobs import Job, Rule


@dataclass
class Plans:
    """The plans of all departments, as they were when this was made."""

    key: str
    contingency: Contingency
    recorder: Recorder
    missing: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Plan, ``hotline/L1`` → the cases that nobody can take."""

    def step(self, stream: str, case: Case) -> Step | None:
        """What is to be done with a case."""
        if not case.received or case.closed:
            return None
        found = held(stream, case, self.recorder.papers.sheet(case.sheet))
        return self.contingency.step(found) if found is not None else None

    def command_for(self, stream: str, case: Case) -> Command | None:
        """What is asked of a case; one that nobody can take is remembered."""
        step = self.step(stream, case)
        if isinstance(step, Nobody):
            self.missing[step.plan].append(stream)
        return command_of(step)

    def report(self) -> Sequence[Submission]:
        """What nobody could take, plan by plan, and the plans for which somebody was found since the last look."""
        reported = {
            f"{name}/{plan}": ()
            for name, department in self.contingency.rosters.departments.items()
            for plan in department.without_substitute
        }
        return [self._report(plan, tuple(cases)) for plan, cases in (reported | self.missing).items()]

    def _report(self, plan: str, cases: tuple[str, ...]) -> Submission:
        department, _, number = plan.rpartition("/")
        digest = hashlib.sha256(" ".join(cases).encode()).hexdigest()[:16]
        command = m.ReportSubstituteMissing(plan=number, cases=cases)
        return Submission(command, WORKFLOW, f"fanout:{self.key}:{plan}:{digest}", f"department:{department}")


def command_of(step: Step | None) -> Command | None:
    """The step as it is asked of its case."""
    match step:
        case Out(person=person, to=to, department=department, plan=plan):
            return MoveToSubstitute(person=person, to=to, department=department, plan=plan)
        case Back(plan=plan):
            return MoveBack(plan=plan)
        case _:
            return None


def plans_now(key: str, ledger: Ledger, recorder: Recorder) -> Plans:
    """The plans as they are."""
    return Plans(key, Contingency(rosters(ledger), load(ledger)), recorder)


def substitutes(entry: Entry, ledger: Ledger, recorder: Recorder) -> Job:
    """What a change among those who are at work asks of open cases."""
    key = f"substitutes@{entry.stream}/{entry.version}"
    plans = plans_now(key, ledger, recorder)
    return Job(key, plans.command_for, finish=plans.report)


CHANGES: tuple[type[Event], ...] = (
    m.MemberAdded,
    m.MemberRemoved,
    m.LeaveStarted,
    m.LeaveEnded,
    m.DeskFailed,
    m.DeskRestored,
)
"""The entries that change who is at work."""

CONTINGENCY: dict[type[Event], Rule] = dict.fromkeys(CHANGES, substitutes)
