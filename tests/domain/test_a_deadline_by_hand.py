"""One deadline worked out by hand: over a lunch break, nights, a weekend, a make-up Saturday and a public holiday.

The promise is 45 working hours on the house's calendar: Monday to Friday, 09:00–12:00 and 13:30–18:00, so a whole day
has 7:30. A complaint comes on Friday 6 February 2026 at 11:00 in Beijing. Spring Festival is off from Sunday the 15th
to Monday the 23rd, and Saturday the 14th is worked instead. Time stands still twice: because the customer travels, a
convenience, from Tuesday the 10th at 10:00 to Wednesday the 11th at 11:00, and because an expert examines the goods,
which the law allows, from Friday the 13th at 16:00 to Saturday the 14th at 10:00.

    day         counted                    paused                      so far
    Fri  6 Feb  11–12, 13:30–18     5:30                                5:30  over lunch, into the night
    Sat  7 Feb  rest day                                                5:30  the weekend
    Sun  8 Feb  rest day                                                5:30
    Mon  9 Feb  9–12, 13:30–18      7:30                               13:00
    Tue 10 Feb  9–10                1:00   10–12, 13:30–18   6:30  P1  14:00
    Wed 11 Feb  11–12, 13:30–18     5:30   9–11              2:00  P1  19:30
    Thu 12 Feb  9–12, 13:30–18      7:30                               27:00
    Fri 13 Feb  9–12, 13:30–16      5:30   16–18             2:00  P2  32:30
    Sat 14 Feb  10–12, 13:30–18     6:30   9–10              1:00  P2  39:00  made up for the holiday
    15–23 Feb   nine days off                                          39:00  Spring Festival
    Tue 24 Feb  9–12, 13:30–16:30   6:00                               45:00  due at 16:30
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import WORKFLOW
from domain.calendars import Window
from domain.case import Clock
from domain.deadlines import pauses_of, walk_of
from domain.limits import Limit
from domain.message import Command
from domain.policy import Sheet
from domain.rules import ClockRule, Escalation, Family, PauseKind, PauseRule
from domain.working_time import walk
from tests.domain.story import COMPLAINT, Story

LIMIT = Limit.parse("45wh")
MORNING, AFTERNOON = Window(9 * 60, 12 * 60), Window(13 * 60 + 30, 18 * 60)
SPRING = {"en": "Spring Festival", "zh": "春节"}

HOUSE = ClockRule(
    name="solution",
    starts=("CaseReceived",),
    stops=("CaseClosed",),
    limit={"ordinary": "45wh"},
    calendar="cn-house",
    warn=(80,),
    escalate=(Escalation(after="2wh", to="lead"),),
)
LAW = replace(HOUSE, name="law", family=Family.STATUTE, warn=(), escalate=())
"""The same limit, from law: a convenience pause does not stop it."""


def sheet() -> Sheet:
    """A complaint with these two clocks, and the two reasons for which they may stand still."""
    shipped = policies.load()["complaint"]
    pauses = {
        "customer_travels": PauseRule(kind=PauseKind.CONVENIENCE, clocks=("solution",)),
        "goods_examined": PauseRule(kind=PauseKind.STATUTORY, clocks=("solution", "law"), source="§ 60"),
    }
    return replace(shipped, version="by hand", clocks=(HOUSE, LAW), pauses=pauses, counters=(), upward={})


def beijing(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of February 2026: Beijing is eight hours ahead of UTC."""
    return datetime(2026, 2, day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def given(story: Story, at: datetime, command: Command) -> Story:
    """The case after this command was given at that instant."""
    return replace(story, now=at).after(command)


RECEIVED = beijing(6, 11)


def received() -> Story:
    return given(Story(sheet()), RECEIVED, COMPLAINT)


def travelled() -> Story:
    """The customer travelled from Tuesday 10:00 to Wednesday 11:00."""
    paused = given(received(), beijing(10, 10), c.PauseClocks(reason="customer_travels"))
    return given(paused, beijing(11, 11), c.ResumeClocks(pause="P1"))


def examined() -> Story:
    """An expert examined the goods from Friday 16:00 to Saturday 10:00."""
    paused = given(travelled(), beijing(13, 16), c.PauseClocks(reason="goods_examined"))
    return given(paused, beijing(14, 10), c.ResumeClocks(pause="P2"))


def clock(story: Story, name: str = "solution") -> Clock:
    return story.case.clocks[name]


def warns_at(story: Story) -> datetime:
    """When the clock warns."""
    [at] = [step.at for step in clock(story).steps if step.kind is e.StepKind.WARN]
    return at


@pytest.mark.requirement("T-07")
def test_without_pauses_it_is_due_on_the_make_up_saturday() -> None:
    """5:30 + 7:30 (Mon) + 7:30 + 7:30 + 7:30 + 7:30 (Fri) is 43:00; two hours more on Saturday the 14th: 11:00.

    80 % are 36:00: 35:30 on Thursday evening, and half an hour on Friday.
    """
    assert clock(received()).due == beijing(14, 11)
    assert warns_at(received()) == beijing(13, 9, 30)
    assert clock(received(), "law").due == beijing(14, 11)


@pytest.mark.requirement("T-09")
def test_a_convenience_pause_moves_the_promise_of_the_house_and_not_the_limit_from_law() -> None:
    """8:30 of working time stood still: 42:00 on Saturday evening, and the last three hours end on the 24th at noon.

    36:00 is reached 1:30 after 34:30, where Friday evening stands: Saturday at 10:30.
    """
    assert clock(travelled()).due == beijing(24, 12)
    assert warns_at(travelled()) == beijing(14, 10, 30)
    assert clock(travelled(), "law").due == beijing(14, 11)


@pytest.mark.requirement("T-09")
def test_a_statutory_pause_moves_both() -> None:
    """The house: see the table. The law: 41:00 on Friday, which lost two hours, 43:00 on Saturday noon."""
    assert clock(examined()).due == beijing(24, 16, 30)
    assert clock(examined(), "law").due == beijing(14, 15, 30)


@dataclass(frozen=True)
class Row:
    """A line of the table above."""

    day: int
    why: str
    counted: str
    total: str
    paused: str = "0:00"
    pauses: tuple[str, ...] = ()


TABLE = (
    Row(6, "working", "5:30", "5:30"),
    Row(7, "rest_day", "0:00", "5:30"),
    Row(8, "rest_day", "0:00", "5:30"),
    Row(9, "working", "7:30", "13:00"),
    Row(10, "working", "1:00", "14:00", "6:30", ("P1",)),
    Row(11, "working", "5:30", "19:30", "2:00", ("P1",)),
    Row(12, "working", "7:30", "27:00"),
    Row(13, "working", "5:30", "32:30", "2:00", ("P2",)),
    Row(14, "make_up", "6:30", "39:00", "1:00", ("P2",)),
    *(Row(day, "holiday", "0:00", "39:00") for day in range(15, 24)),
    Row(24, "working", "6:00", "45:00"),
)


def hours(seconds: int) -> str:
    """As the table writes it."""
    return f"{seconds // 3600}:{seconds % 3600 // 60:02}"


@pytest.mark.requirement("T-07", "T-09", "T-12")
def test_every_line_of_the_walk_is_the_one_of_the_table() -> None:
    story = examined()
    calendar = story.shelf.calendar("cn-house")
    walked = walk_of(HOUSE, LIMIT, clock(story).started_at, calendar, pauses_of(clock(story).stands))
    assert walked == walk(RECEIVED, LIMIT, calendar, pauses=pauses_of(clock(story).stands))
    assert walked.due == clock(story).due == beijing(24, 16, 30)
    assert not walked.provisional
    rows = [
        Row(line.day.day, line.why, hours(line.counted), hours(line.total), hours(line.paused), line.pauses)
        for line in walked.lines
    ]
    assert rows == list(TABLE)
    for line in walked.lines:
        off = line.why in ("rest_day", "holiday")
        assert line.windows == (() if off else (MORNING, AFTERNOON))
        assert line.name == (SPRING if date(2026, 2, 14) <= line.day <= date(2026, 2, 23) else {})
        assert not line.rolled
        assert not line.provisional


@pytest.mark.requirement("T-10", "T-11")
def test_warning_breach_and_escalation_have_their_instants_on_the_same_calendar() -> None:
    """36:00 is 3:30 after Friday evening's 32:30: 10–12 on Saturday, and 13:30–15:00.

    Two working hours after Tuesday 16:30 are 1:30 until 18:00, and half an hour on Wednesday: 09:30. All of them are
    found late, on Thursday, and keep their instants.
    """
    assert warns_at(examined()) == beijing(14, 15)
    found = replace(examined(), now=beijing(26, 9)).accepts(c.CheckClocks(), by=WORKFLOW)
    law, house = beijing(14, 15, 30), beijing(24, 16, 30)
    said = [event for event in found.events if not isinstance(event, e.NoticeRequested)]
    assert said == [
        e.ClockWarned(clock="solution", due=house, percent=80, at=beijing(14, 15)),
        e.ClockBreached(clock="law", due=law),
        e.ClockBreached(clock="solution", due=house),
        e.ClockEscalated(clock="solution", due=house, level=1, to="lead", at=beijing(25, 9, 30)),
    ]
    assert [event.instant for event in said] == [beijing(14, 15), law, house, beijing(25, 9, 30)]
    [notice] = found.named(e.NoticeRequested)
    assert notice.to.startswith("lead")
