"""Leave and failed desks on a real ledger: every open case moves once, comes back once, and a drill moves nothing."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

import policies
from domain import commands as c
from domain import department_messages as m
from domain.actor import WORKFLOW, Actor
from domain.case import Case
from domain.contingency import Out, drill, held, load_in
from domain.department import Department
from domain.entry import Entry
from domain.message import Command
from domain.words import Ending, Urgency
from ledger.recorder import Receipt, Recorder, Submission
from ledger.rosters import load, rosters
from ledger.views import Views
from tests.domain.story import CHEN, COMPLAINT, LI, WANG
from tests.ledger.conftest import KEY
from tests.ledgers import Ledger
from worker.fanout import Fanout
from worker.watch import Watch

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SUN = Actor("sun", department="after-sales")
_numbers = itertools.count(1)


@dataclass
class House:
    """A ledger with the departments of a small organisation."""

    ledger: Ledger
    recorder: Recorder
    now: datetime = MONDAY
    people: dict[str, str] = field(default_factory=dict)

    def do(self, command: Command, stream: str | None = None, by: Actor = CHEN) -> Receipt:
        """Give a command that is accepted."""
        receipt = self.recorder.record(Submission(command, by, f"test-{next(_numbers)}", stream))
        assert receipt.refusal is None, receipt.refusal.sentence
        return receipt

    def desk(self, command: Command, department: str = "after-sales") -> Receipt:
        """Ask something of a department."""
        return self.do(command, f"department:{department}")

    def case_with(self, by: Actor = WANG, **changes: object) -> str:
        """A new complaint that this person has accepted."""
        case = self.case_offered(by, **changes)
        self.do(c.AcceptAssignment(), case, by)
        return case

    def case_offered(self, to: Actor = WANG, **changes: object) -> str:
        """A new complaint that was assigned to this person, who has not answered."""
        opened = replace(COMPLAINT, matter=f"matter {next(_numbers)}", **changes)  # type: ignore[arg-type]
        case = self.do(opened, by=LI).stream
        self.do(c.ClassifyCase(category="product"), case, LI)
        self.do(c.AssignCase(to=to.id, department=to.department or "after-sales"), case)
        return case

    def fan_out(self, recorder: Recorder | None = None) -> None:
        """All that a fan-out does until it is at the end of the ledger."""
        fanout = Fanout(self.ledger, recorder or self.recorder, per_second=1e6)
        with fanout.follower as follower:
            assert follower.acquire()
            while entries := follower.next(0):
                fanout.take(entries)

    def watch(self) -> float:
        """One look of the watch, at views that are up to date."""
        Views(self.ledger).rebuild()
        return Watch(self.ledger, self.recorder).once()

    def case(self, stream: str) -> Case:
        case: Case = self.recorder.load(stream)[1]
        return case

    def department(self, name: str = "after-sales") -> Department:
        department: Department = self.recorder.load(f"department:{name}")[1]
        return department

    def holders(self, cases: Sequence[str]) -> Counter[str]:
        """Who has how many of these."""
        return Counter(self.case(case).responsible for case in cases)

    def entries(self, stream: str, *names: str) -> list[Entry]:
        """The entries of these names."""
        return [entry for entry in self.ledger.history(stream) if type(entry.event).__name__ in names]

    def moves(self, cases: Sequence[str]) -> list[int]:
        """How often each was moved."""
        return [len(self.entries(case, "MovedToSubstitute", "MovedBack")) for case in cases]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    sheet = replace(policies.load()["complaint"], version="with substitutes", substitutes={"after-sales": "hotline"})
    with Ledger(database_url) as ledger:
        told = House(ledger, Recorder(ledger, KEY, lambda: told.now))
        told.recorder.publish({"complaint": sheet}, WORKFLOW)
        for person in ("wang", "sun", "ma"):
            told.desk(m.AddMember(person=person, skills=("lamps",)))
        told.desk(m.AddMember(person="gu", skills=("phones",)))
        told.desk(m.AddMember(person="zhou"), "hotline")
        told.fan_out()
        yield told


@pytest.mark.requirement("H-07")
def test_every_open_case_of_somebody_who_goes_moves_once_and_comes_back_once(house: House) -> None:
    wangs = [house.case_with() for _ in range(60)]
    suns = [house.case_with(SUN) for _ in range(5)]
    closed, later_closed = house.case_with(), wangs.pop()
    house.do(c.WithdrawCase(reason="settled"), closed)
    newest = house.ledger.newest()

    house.desk(m.StartLeave(person="wang"))
    house.fan_out()

    assert house.holders(wangs) == {"ma": 30, "sun": 29}, "spread over those who share the skill"
    assert house.moves(wangs) == [1] * 59
    for case in (*suns, closed):
        assert house.ledger.history(case)[-1].position <= newest
    [moved] = house.entries(wangs[0], "MovedToSubstitute")
    assert (moved.actor, moved.event.plan) == (WORKFLOW, "after-sales/L1")  # type: ignore[attr-defined]
    house.do(c.WithdrawCase(reason="settled"), later_closed)

    house.desk(m.EndLeave(person="wang"))
    house.fan_out()

    assert house.holders(wangs) == {"wang": 59}
    assert house.moves(wangs) == [2] * 59
    assert house.moves([later_closed]) == [1], "who closed it keeps it"
    house.fan_out()
    assert house.moves(wangs) == [2] * 59


@pytest.mark.requirement("H-07")
def test_killed_in_the_middle_and_begun_again_each_case_moves_once(house: House) -> None:
    cases = [house.case_with() for _ in range(120)]
    house.desk(m.StartLeave(person="wang"))

    class Dying(Recorder):
        """Its process dies with the second portion: after it was written, before anybody knows."""

        portions = 0

        def record_all(self, submissions: Sequence[Submission]) -> list[Receipt]:
            receipts = super().record_all(submissions)
            self.portions += 1
            if self.portions == 2:
                raise Killed
            return receipts

    with pytest.raises(Killed):
        house.fan_out(Dying(house.ledger, KEY, lambda: house.now))
    assert sum(house.moves(cases)) == 100
    house.fan_out()
    assert house.moves(cases) == [1] * 120
    assert house.holders(cases)["wang"] == 0
    house.desk(m.EndLeave(person="wang"))
    with pytest.raises(Killed):
        house.fan_out(Dying(house.ledger, KEY, lambda: house.now))
    house.fan_out()
    assert house.moves(cases) == [2] * 120
    assert house.holders(cases) == {"wang": 120}


class Killed(BaseException):
    """kill -9, as far as one process can tell; tests/faults does it for real."""


@pytest.mark.requirement("H-07", "H-03")
def test_a_case_that_nobody_can_take_stays_and_is_reported_until_somebody_comes(house: House) -> None:
    gu, zhou = Actor("gu", department="after-sales"), Actor("zhou", department="hotline")
    cases = [house.case_with(gu) for _ in range(3)]
    house.desk(m.StartLeave(person="zhou"), "hotline")
    house.desk(m.StartLeave(person="gu"))
    house.fan_out()
    assert house.holders(cases) == {"gu": 3}
    assert house.department().without_substitute == {"L1": tuple(cases)}
    house.fan_out()
    assert len(house.entries("department:after-sales", "SubstituteMissing")) == 1

    house.desk(m.AddMember(person="xu", skills=("phones",)))
    house.fan_out()
    assert house.holders(cases) == {"xu": 3}
    assert not house.department().without_substitute
    assert zhou.id not in house.holders(cases)


@pytest.mark.requirement("H-07")
def test_a_failed_desk_moves_the_cases_of_all_its_people_and_they_come_back_to_each(house: House) -> None:
    cases = [house.case_with(by) for by in (WANG, SUN, WANG)]
    offered = house.case_offered()
    house.desk(m.FailDesk(to_department="hotline", reason="no power"))
    house.fan_out()
    assert house.holders(cases) == {"zhou": 3}
    offer = house.case(offered).assignment
    assert offer is not None
    assert (offer.to, house.case(offered).responsible) == ("zhou", "li")
    house.desk(m.RestoreDesk())
    house.fan_out()
    assert [house.case(case).responsible for case in cases] == ["wang", "sun", "wang"]
    assert house.case(cases[0]).department == "after-sales"


@pytest.mark.requirement("H-07", "H-03")
def test_what_people_handed_on_meanwhile_stays_there(house: House) -> None:
    case = house.case_with()
    house.desk(m.StartLeave(person="wang", substitute="sun"))
    house.fan_out()
    house.do(c.OfferHandOver(to="li", department="customer-service", reason="knows them"), case, SUN)
    house.do(c.AcceptHandOver(), case, LI)
    house.desk(m.EndLeave(person="wang"))
    house.fan_out()
    assert house.case(case).responsible == "li"


@pytest.mark.requirement("H-07", "T-11")
def test_a_leave_ends_on_time_though_nobody_looks_and_with_its_true_instant_however_late(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = house.case_with()
    friday = MONDAY + timedelta(days=4)
    house.desk(m.StartLeave(person="wang", until=friday))
    house.fan_out()
    assert house.case(case).responsible != "wang"
    house.now = friday + timedelta(hours=5)
    monkeypatch.setattr(house.ledger, "now", lambda: house.now)
    house.watch()
    house.watch()
    [ended] = house.entries("department:after-sales", "LeaveEnded")
    assert (ended.happened_at, ended.recorded_at) == (friday, house.now)
    house.fan_out()
    assert house.case(case).responsible == "wang"


async def test_the_watch_comes_when_a_leave_is_over_and_not_only_now_and_then(database_url: str) -> None:
    with Ledger(database_url) as ledger:
        recorder = Recorder(ledger, KEY)
        for number, command in enumerate(
            (
                m.AddMember(person="wang"),
                m.StartLeave(person="wang", until=ledger.now() + timedelta(seconds=1)),
            )
        ):
            submission = Submission(command, CHEN, f"test-{number}", "department:after-sales")
            receipt = await asyncio.to_thread(recorder.record, submission)
            assert receipt.accepted
        stop = asyncio.Event()
        watching = asyncio.create_task(Watch(ledger, recorder).run(stop, every=600))
        try:
            await until(lambda: not recorder.load("department:after-sales")[1].leaves)
        finally:
            stop.set()
            await watching
        ended = ledger.history("department:after-sales")[-1]
        assert ended.recorded_at - ended.happened_at < timedelta(seconds=2)


@pytest.mark.requirement("H-07", "H-03")
def test_what_comes_to_somebody_who_is_away_moves_on_too(house: House) -> None:
    before = house.case_with()
    house.do(c.WithdrawCase(reason="settled"), before)
    house.desk(m.StartLeave(person="wang", substitute="sun"))
    house.fan_out()
    house.do(c.ReopenCase(reason="it broke again"), before)
    offered = house.case_offered()
    house.watch()
    assert house.case(before).responsible == "sun"
    offer = house.case(offered).assignment
    assert offer is not None
    assert offer.to == "sun"
    house.watch()
    assert house.moves([before, offered]) == [1, 0]


@pytest.mark.requirement("H-07")
def test_a_drill_over_the_ledger_moves_nothing_and_says_what_would_happen(house: House) -> None:
    cases = [house.case_with() for _ in range(4)]
    newest = house.ledger.newest()
    seen = [held(case, house.case(case), house.recorder.papers.sheet(house.case(case).sheet)) for case in cases]
    known = [one for one in seen if one is not None]
    steps = drill("after-sales", "wang", known, rosters(house.ledger), load_in(known), house.now)
    assert Counter(step.to for step in steps if isinstance(step, Out)) == {"ma": 2, "sun": 2}
    house.fan_out()
    assert house.ledger.newest() == newest
    assert house.holders(cases) == {"wang": 4}


@pytest.mark.requirement("H-02")
def test_load_counts_what_somebody_has_and_what_is_offered_to_them(house: House) -> None:
    house.case_with()
    house.case_with(urgency=Urgency.URGENT)
    house.case_offered()
    ended = house.case_with()
    house.do(c.WithdrawCase(reason="settled"), ended)
    Views(house.ledger).rebuild()
    assert house.case(ended).ending is Ending.WITHDRAWN
    assert load(house.ledger) == {"wang": 4, "li": 1}


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not await asyncio.to_thread(condition):
        assert time.monotonic() < end, "it did not come true in time"
        await asyncio.sleep(0.05)
