"""Fills an empty ledger with the organisation of the demonstration: its people, and the cases of its last weeks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from api.identity.access import Access
from api.identity.log import TERMINAL
from api.identity.users import Users
from domain.access import Through
from domain.actor import WORKFLOW
from domain.case import Case
from domain.department_messages import AddMember
from domain.policy import Sheet
from domain.subject_messages import RequestErasure
from domain.words import Ending
from ledger.access import AccessLog
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import FolderStore
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.organisation.lives import Life
from worker.organisation.past import Clock, Past
from worker.organisation.people import BY_ID, MANAGER, STAFF
from worker.organisation.plans import chosen
from worker.organisation.stories import Teller

SEED = 20261125
BEFORE = timedelta(hours=2)
"""How long before the first case the organisation opened."""
AGO = timedelta(hours=20)
"""When somebody asked to be forgotten, and the auditor looked around."""
SOME = 5
"""Every so many cases somebody had a look at a telephone number."""


@dataclass(frozen=True)
class Filled:
    """What there is now."""

    cases: int
    steps: int
    entries: int


def fill(
    ledger: Ledger,
    matter_key: bytes,
    sheets: Mapping[str, Sheet],
    folder: Path,
    now: datetime,
    *,
    number: int = 200,
    password: str = "",
    told: Callable[[int, int], None] = lambda done, of: None,
) -> Filled:
    """Fill it; ``folder`` is the home, where letters and files of evidence lie. The same each time, but for ``now``.

    ``told`` hears how many steps of people are done, of how many. Without a password nobody can sign in.
    """
    chance = Random(SEED)
    lives = _lives(number, chance, now)
    first = min(begins for _, begins in lives)
    clock = Clock(first - BEFORE)
    recorder = Recorder(ledger, matter_key, clock=clock)
    evidence = Evidence(ledger, recorder, FolderStore(folder / "evidence"), RingKeys(ledger.ring))
    past = Past(ledger, recorder, clock, evidence, folder / "outbox", now)
    recorder.publish(sheets, WORKFLOW)
    _employ(past)
    steps = sum(len(life.steps) for life, _ in lives)
    for life, begins in lives:
        past.live(life, begins, lambda done: told(done, steps))
    past.at(now - AGO, lambda: _yesterday(past, AccessLog(recorder)))
    past.run()
    if password:
        _let_in(ledger, password)
    return Filled(len(past.cases), steps, ledger.newest())


def _lives(number: int, chance: Random, now: datetime) -> list[tuple[Life, datetime]]:
    """The cases, and when each began: so that its last step is as long ago as its plan says."""
    teller = Teller(chance)
    found = []
    for place, plan in enumerate(chosen(number, chance), 1):
        life = Life(plan, place, teller, chance)
        quiet = timedelta(hours=chance.uniform(*plan.quiet))
        found.append((life, now - life.lasts - quiet))
    return found


def _employ(past: Past) -> None:
    for one in STAFF:
        command = AddMember(person=one.id, roles=one.roles)
        past.ask(BY_ID[MANAGER].actor, command, f"demo/employ/{one.id}", f"department:{one.department}")


def _yesterday(past: Past, accesses: AccessLog) -> None:
    """Telephone numbers were looked up, and a customer wanted to be forgotten."""
    forgotten = False
    for place, stream in enumerate(past.cases.values()):
        case: Case = past.recorder.load(stream)[1]
        if place % SOME == 0 and case.assignee in BY_ID:
            accesses.read(BY_ID[case.assignee].actor, stream, ["contact"], Through.CONSOLE, act=f"demo/{place}")
        if not forgotten and case.over and case.ending is Ending.RESOLVED and _only_once(past, case.subject):
            past.ask(BY_ID[MANAGER].actor, RequestErasure(), "demo/forget", f"subject:{case.subject}")
            forgotten = True


def _only_once(past: Past, subject: str) -> bool:
    return [past.recorder.load(stream)[1].subject for stream in past.cases.values()].count(subject) == 1


def _let_in(ledger: Ledger, password: str) -> None:
    """Everybody can sign in, with this password."""
    users = Users(Access(ledger), "casefold", TERMINAL)
    for one in STAFF:
        users.add(
            one.id,
            one.name,
            one.roles,
            administrator=one.administrator,
            department=one.department,
            language=one.language.value,
            password=password,
        )
