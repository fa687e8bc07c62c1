"""A new calendar and running cases: every one that it touches is counted anew, each once, however often one begins."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import WORKFLOW
from domain.calendar_stream import CalendarPublished
from domain.case import Case, Clock
from domain.entry import Entry
from domain.message import Command, Event
from domain.policy import Sheet
from domain.rules import ClockRule
from domain.words import Urgency
from ledger.derived import publish_derived
from ledger.recorder import Receipt, Recorder, Submission
from ledger.shelf import STALE_AFTER
from tests.domain.story import COMPLAINT, LI
from tests.ledger.conftest import KEY
from tests.ledgers import Ledger
from tests.notices import announced, calendars_before
from worker.fanout import RULES, Fanout, NotAllAsked
from worker.jobs import Job, Rule

DECEMBER = datetime(2026, 12, 10, 2, 0, tzinfo=UTC)
"""A Thursday, ten in the morning in Beijing."""


@dataclass
class Wall:
    """The clock on the wall of this story."""

    now: datetime = DECEMBER

    def __call__(self) -> datetime:
        return self.now


def promise(**changes: object) -> Sheet:
    """A complaint that is to be solved within twenty working days, and is answered within an hour of working time."""
    limits = {"ordinary": "20wd", "urgent": "3wd"}
    solve = ClockRule(
        name="solution", starts=("CaseReceived",), stops=("CaseClosed",), limit=limits, calendar="cn-house"
    )
    first = ClockRule(
        name="answer",
        starts=("CaseReceived",),
        stops=("CaseClassified",),
        limit={"ordinary": "1wh"},
        calendar="cn-house",
    )
    shipped = policies.load()["complaint"]
    return replace(shipped, version="house time", clocks=(solve, first), pauses={}, **changes)  # type: ignore[arg-type]


@dataclass
class House:
    """A ledger in December 2026: nobody knows yet which days of 2027 are off."""

    ledger: Ledger
    recorder: Recorder
    wall: Wall
    folder: Path

    def do(self, command: Command, stream: str | None = None, name: str = "") -> str:
        """Give a command that is accepted; the case's id."""
        receipt = self.recorder.record(Submission(command, LI, name or f"{time.monotonic_ns()}", stream))
        assert receipt.refusal is None, receipt.refusal.sentence
        return receipt.stream

    def cases(self, number: int, urgency: Urgency = Urgency.ORDINARY) -> list[str]:
        """So many new complaints, each about a matter of its own."""
        first = time.monotonic_ns()
        opened = [replace(COMPLAINT, matter=f"{first + n}", urgency=urgency) for n in range(number)]
        submissions = [Submission(command, LI, f"open-{command.matter}") for command in opened]
        return [receipt.stream for receipt in self.recorder.record_all(submissions)]

    def notice(self) -> None:
        """The days of 2027 are announced."""
        calendar = announced(self.folder)
        assert self.recorder.publish_calendar(calendar, WORKFLOW)
        publish_derived(self.ledger, self.recorder, calendar, WORKFLOW)

    def fan_out(self, recorder: Recorder | None = None, rules: Mapping[type[Event], Rule] | None = None) -> None:
        """All that a fan-out does until it is at the end of the ledger."""
        fanout = Fanout(self.ledger, recorder or self.recorder, per_second=1e6, rules=rules or at_once())
        with fanout.follower as follower:
            assert follower.acquire()
            while entries := follower.next(0):
                fanout.take(entries)

    def clock(self, case: str, name: str = "solution") -> Clock:
        state: Case = self.recorder.load(case)[1]
        return state.clocks[name]

    def moves(self, case: str) -> list[Entry]:
        """The entries that moved a deadline of the case."""
        return [entry for entry in self.ledger.history(case) if isinstance(entry.event, e.DeadlineMoved)]


def at_once() -> Mapping[type[Event], Rule]:
    """The rules of every day, without the wait for others who have not heard of the entry: there are none here."""

    def hurried(rule: Rule) -> Rule:
        def hurried_rule(entry: Entry, ledger: Ledger, recorder: Recorder) -> Job | None:
            job = rule(entry, ledger, recorder)
            return replace(job, settled_after=0.0) if job else None

        return hurried_rule

    return {event: hurried(rule) for event, rule in RULES.items()}


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    wall = Wall()
    with Ledger(database_url) as ledger:
        recorder = Recorder(ledger, KEY, wall)
        recorder.publish({"complaint": promise()}, WORKFLOW, calendars_before(tmp_path))
        yield House(ledger, recorder, wall, tmp_path)


@pytest.mark.requirement("T-07")
def test_a_deadline_that_reaches_into_a_year_that_is_not_announced_says_so(house: House) -> None:
    """Twenty working days from 10 December: 15 are left in 2026, five from Monday the 4th of January."""
    [case], [urgent] = house.cases(1), house.cases(1, Urgency.URGENT)
    assert house.clock(case).due == datetime(2027, 1, 8, 2, 0, tzinfo=UTC)
    assert house.clock(case).provisional
    assert house.clock(urgent).due == datetime(2026, 12, 15, 2, 0, tzinfo=UTC)
    assert not house.clock(urgent).provisional


@pytest.mark.requirement("T-07")
def test_every_open_case_that_a_notice_touches_is_counted_anew_once_and_no_other(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    touched = house.cases(120)
    urgent = house.cases(10, Urgency.URGENT)
    withdrawn, before_the_notice = house.cases(1)[0], house.cases(1)[0]
    house.do(c.WithdrawCase(reason="settled elsewhere"), withdrawn)
    house.wall.now += timedelta(days=11)
    house.notice()
    house.wall.now += timedelta(minutes=1)
    after_the_notice = house.cases(1)[0]
    newest = house.ledger.newest()

    house.fan_out()

    for case in (*touched, before_the_notice):
        [entry] = house.moves(case)
        moved = entry.event
        assert isinstance(moved, e.DeadlineMoved)
        assert (moved.clock, moved.cause, moved.provisional) == ("solution", "calendar", False)
        # Monday the 4th is off, so the twenty days end a day later in the week: Saturday is free, Sunday is made up.
        assert (moved.before, moved.due) == (at(2027, 1, 8), at(2027, 1, 10))
        assert moved.calendar is not None
        assert "announced" in moved.calendar.version
        assert entry.actor == WORKFLOW
    for case in (*urgent, withdrawn, after_the_notice):
        assert house.moves(case) == []
        assert house.ledger.history(case)[-1].position <= newest, "what is not touched gets no entry at all"
    with capsys.disabled():
        show("The notice, and what it did to a case", house, touched[0])


@pytest.mark.requirement("T-07")
def test_killed_in_the_middle_and_begun_again_each_case_is_counted_anew_once(house: House) -> None:
    cases = house.cases(120)
    house.notice()

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
        house.fan_out(Dying(house.ledger, KEY, house.wall))
    assert sum(len(house.moves(case)) for case in cases) == 100
    house.fan_out()
    house.fan_out()
    assert [len(house.moves(case)) for case in cases] == [1] * 120


class Killed(BaseException):
    """kill -9, as far as one process can tell; tests/faults does it for real."""


@pytest.mark.requirement("T-07")
def test_the_first_calendar_of_its_name_and_one_that_is_replaced_already_cost_no_walk(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.cases(1)
    calendar = announced(house.folder)
    for version in ("announced", "announced again"):
        house.recorder.publish_calendar(replace(calendar, version=version), WORKFLOW)
    walked: list[str] = []

    def walking(self: Fanout, job: Job) -> bool:
        walked.append(job.key)
        return True

    monkeypatch.setattr(Fanout, "_ask_all", walking)
    house.fan_out()
    newest = [house.ledger.history(stream)[-1].event for stream in ("calendar:cn", "calendar:cn-house")]
    for event in newest:
        assert isinstance(event, CalendarPublished)
        assert event.version.endswith("announced again"), "what stands on a calendar follows it, whoever published that"
    assert walked == [f"recompute_deadlines@{event.digest[:16]}" for event in newest]  # type: ignore[attr-defined]


@pytest.mark.requirement("T-07")
def test_a_case_that_another_process_still_counted_on_the_old_calendar_is_not_missed(house: House) -> None:
    """Others hear of a calendar late; the walk waits for them, and begins after that."""
    other = Recorder(house.ledger, KEY, house.wall)
    for _ in range(2):
        other.papers.calendar("cn-house")
    house.notice()
    late = other.record(Submission(replace(COMPLAINT, matter="late"), LI, "late")).stream
    assert house.clock(late).provisional, "the other process had not heard of it"
    job = RULES[CalendarPublished](house.ledger.history("calendar:cn-house")[-1], house.ledger, house.recorder)
    assert job is not None
    assert job.settled_after > STALE_AFTER

    house.fan_out()
    assert len(house.moves(late)) == 1


def test_it_is_paced_and_waits_until_an_entry_has_settled(house: House) -> None:
    house.cases(30)
    house.notice()
    asked: list[float] = []

    def watching(entry: Entry, ledger: Ledger, recorder: Recorder) -> Job | None:
        job = RULES[CalendarPublished](entry, ledger, recorder)
        return replace(job, settled_after=0.5) if job and entry.stream == "calendar:cn-house" else None

    class Watched(Recorder):
        def record_all(self, submissions: Sequence[Submission]) -> list[Receipt]:
            asked.append(time.monotonic())
            return super().record_all(submissions)

    began = time.monotonic()
    fanout = Fanout(
        house.ledger, Watched(house.ledger, KEY, house.wall), per_second=60, rules={CalendarPublished: watching}
    )
    with fanout.follower as follower:
        assert follower.acquire()
        fanout.take(follower.next(0))
    assert asked[0] - began >= 0.5
    assert time.monotonic() - asked[0] >= 0.4, "thirty cases at sixty a second"


def test_asked_to_stop_it_stops_and_the_next_one_finishes(house: House) -> None:
    cases = house.cases(60)
    house.notice()
    stop = threading.Event()
    fanout = Fanout(house.ledger, house.recorder, per_second=10, rules=at_once())
    running = threading.Thread(target=fanout.run, args=[stop])
    running.start()
    until(lambda: any(house.moves(case) for case in cases))
    stop.set()
    running.join(5)
    assert not running.is_alive()
    assert fanout.follower.position < house.ledger.newest()
    house.fan_out()
    assert [len(house.moves(case)) for case in cases] == [1] * 60


def test_a_lost_lease_in_the_middle_is_taken_again_and_each_case_is_still_asked_once(
    house: House, owner_url: str
) -> None:
    cases = house.cases(110)
    house.notice()
    stop = threading.Event()
    fanout = Fanout(house.ledger, house.recorder, per_second=100, rules=at_once(), look_every=0.05)
    running = threading.Thread(target=fanout.run, args=[stop])
    running.start()
    until(lambda: any(house.moves(case) for case in cases))
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("UPDATE casefold.follower SET epoch = epoch + 1 WHERE name = 'fanout'")
    until(lambda: fanout.follower.position == house.ledger.newest(), 20)
    stop.set()
    running.join(5)
    assert [len(house.moves(case)) for case in cases] == [1] * 110


def test_a_case_that_cannot_be_looked_at_does_not_hold_up_the_others_and_is_not_forgotten(house: House) -> None:
    cases = house.cases(5)
    house.notice()
    broken = {cases[0]}

    def stumbling(entry: Entry, ledger: Ledger, recorder: Recorder) -> Job | None:
        job = at_once()[CalendarPublished](entry, ledger, recorder)
        if job is None:
            return None

        def command_for(stream: str, case: Case) -> Command | None:
            if stream in broken and entry.stream == "calendar:cn-house":
                raise ZeroDivisionError
            return job.command_for(stream, case)

        return replace(job, command_for=command_for)

    with pytest.raises(NotAllAsked):
        house.fan_out(rules={CalendarPublished: stumbling})
    assert [len(house.moves(case)) for case in cases] == [0, 1, 1, 1, 1]
    broken.clear()
    house.fan_out(rules={CalendarPublished: stumbling})
    assert [len(house.moves(case)) for case in cases] == [1] * 5


def at(year: int, month: int, day: int) -> datetime:
    """Ten in the morning in Beijing."""
    return datetime(year, month, day, 2, 0, tzinfo=UTC)


def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait until it is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.02)


def show(title: str, house: House, case: str) -> None:
    """The events, as they stand in the ledger."""
    print(f"\n{title}:")
    notices = [house.ledger.history(stream)[-1] for stream in ("calendar:cn", "calendar:cn-house")]
    started = [entry for entry in house.ledger.history(case) if isinstance(entry.event, e.ClockStarted)]
    for entry in sorted([*started, *notices, *house.moves(case)], key=lambda entry: entry.position):
        event = entry.event
        said = {
            name: str(getattr(event, name))
            for name in ("name", "version", "clock", "cause", "before", "due", "provisional")
            if hasattr(event, name)
        }
        facts = ", ".join(f"{name}={value}" for name, value in said.items())
        print(f"  {entry.recorded_at:%Y-%m-%d %H:%M}  {entry.stream}  {type(event).__name__}({facts})")
