"""Who had a case, for how long; who answers to the customer; and whether it was passed to and fro."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.hands import Came, Custody, Held, added, by_owner, custody, hands
from domain.words import Channel, Ending
from policies.calendar_files import load_calendars
from tests.domain.story import CHEN, COMPLAINT, DATA, LI, SYSTEM, WANG, Story, assigned, closed, received, story

GU = Actor("gu", (Role.AGENT,), "online")
MON_FRI = load_calendars()["mon-fri"]
HOUR = timedelta(hours=1)


def came(told: Story) -> list[tuple[str, str, Came, timedelta]]:
    """Who, of which department, how it came to them, how long they had it."""
    found = custody(told.entries, told.now)
    return [(one.person, one.department, one.reason, one.elapsed) for one in found]


def handed_over(told: Story, giver: Actor, to: Actor, hours: float = 1) -> Story:
    """The case after a hand-over that was accepted so many hours after it was offered."""
    offer = c.OfferHandOver(to=to.id, department=to.department, reason="theirs")
    return told.after(offer, by=giver).later(hours=hours).after(c.AcceptHandOver(), by=to)


@pytest.mark.requirement("H-03", "H-04")
def test_the_giver_has_the_case_until_it_is_accepted() -> None:
    told = received().later(hours=2).after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    told = told.later(hours=3).after(c.AcceptAssignment(), by=WANG).later(hours=4)
    assert came(told) == [
        ("li", "customer-service", Came.RECEIVED, 5 * HOUR),
        ("wang", "after-sales", Came.ASSIGNED, 4 * HOUR),
    ]
    assert [one.open for one in custody(told.entries, told.now)] == [False, True]


@pytest.mark.requirement("H-03")
def test_what_was_sent_back_was_with_the_giver_all_the_time() -> None:
    told = assigned().later(hours=5).after(c.RefuseAssignment(reason="not ours"), by=WANG).later(hours=1)
    assert came(told) == [("li", "customer-service", Came.RECEIVED, 6 * HOUR)]


@pytest.mark.requirement("H-03", "H-04")
def test_a_hand_over_counts_from_its_acceptance_and_the_agent_answers_to_the_customer_to_the_end() -> None:
    told = assigned().after(c.AcceptAssignment(), by=WANG).later(hours=1)
    told = handed_over(told, WANG, GU, hours=2).later(hours=3)
    assert came(told)[1:] == [
        ("wang", "after-sales", Came.ASSIGNED, 3 * HOUR),
        ("gu", "online", Came.HANDED_OVER, 3 * HOUR),
    ]
    found = hands(told.entries, told.now)
    assert (found.hand_overs, found.answers_to_customer) == (1, "li")


@pytest.mark.requirement("H-04", "H-07")
def test_the_time_of_a_substitute_is_the_substitutes() -> None:
    move = c.MoveToSubstitute(person="wang", to="sun", department="repair", plan="after-sales/L1")
    told = assigned().after(c.AcceptAssignment(), by=WANG).later(hours=1).after(move, by=SYSTEM)
    told = told.later(hours=10).after(c.MoveBack(plan="after-sales/L1"), by=SYSTEM).later(hours=2)
    assert came(told)[1:] == [
        ("wang", "after-sales", Came.ASSIGNED, 1 * HOUR),
        ("sun", "repair", Came.SUBSTITUTE, 10 * HOUR),
        ("wang", "after-sales", Came.BACK, 2 * HOUR),
    ]
    assert hands(told.entries, told.now).hand_overs == 0


@pytest.mark.requirement("H-04")
def test_nobody_has_a_closed_case_until_it_is_opened_again() -> None:
    told = closed().later(days=2).after(c.ReopenCase(reason="it broke again")).later(hours=3)
    *_, before, again = custody(told.entries, told.now)
    assert (before.person, before.until) == ("wang", closed().case.closed_at)
    assert (again.person, again.department, again.reason) == ("wang", "after-sales", Came.REOPENED)
    assert again.elapsed == 3 * HOUR
    assert sum((one.elapsed for one in custody(told.entries, told.now)), timedelta(0)) == 3 * HOUR


@pytest.mark.requirement("H-04", "I-08")
def test_a_case_of_another_system_was_with_whom_that_system_says_until_it_closed_it() -> None:
    log = c.ImportLog(
        kind="complaint",
        source="crm",
        reference="1",
        received_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
        closed_at=datetime(2026, 11, 4, 9, tzinfo=UTC),
        ending=Ending.RESOLVED,
        department="hotline",
        responsible="r7",
    )
    told = story("complaint").after(log, by=DATA)
    assert came(told) == [("r7", "hotline", Came.IMPORTED, timedelta(days=2))]


@pytest.mark.requirement("H-04")
def test_an_acceptance_that_is_reported_as_earlier_than_the_case_came_changes_nothing_before() -> None:
    told = assigned()
    followed = told.later(hours=2).accepts(c.AcceptAssignment(), by=WANG, happened_at=told.now - timedelta(days=1))
    assert came(followed.story) == [
        ("li", "customer-service", Came.RECEIVED, timedelta(0)),
        ("wang", "after-sales", Came.ASSIGNED, 2 * HOUR),
    ]


@pytest.mark.requirement("H-04", "T-07")
def test_time_is_charged_as_elapsed_and_as_working_time() -> None:
    friday = datetime(2026, 11, 27, 15, tzinfo=UTC)
    one = Custody("wang", "after-sales", friday, friday + timedelta(days=3), Came.ASSIGNED)
    assert one.elapsed == 72 * HOUR
    assert one.working(MON_FRI) == 8 * HOUR, "two hours on Friday, six on Monday, none at the weekend"


@pytest.mark.requirement("H-04")
def test_only_the_part_that_lies_in_the_time_looked_at_is_counted() -> None:
    start = datetime(2026, 11, 23, 9, tzinfo=UTC)
    one = Custody("wang", "after-sales", start, start + 10 * HOUR, Came.ASSIGNED)
    part = one.within(start + 4 * HOUR, start + 6 * HOUR)
    assert part is not None
    assert part.elapsed == 2 * HOUR
    assert one.within(None, None) == one
    assert one.within(start + 10 * HOUR, None) is None
    assert one.within(None, start) is None


@pytest.mark.requirement("H-04")
def test_the_times_of_one_case_and_of_many_add_up_by_department_and_person() -> None:
    told = assigned().after(c.AcceptAssignment(), by=WANG).later(hours=1)
    told = handed_over(handed_over(told, WANG, GU), GU, WANG).later(hours=4)
    totals = by_owner(custody(told.entries, told.now), MON_FRI)
    assert totals["after-sales", "wang"] == Held(1, 2, 6 * HOUR, 6 * HOUR)
    assert totals["online", "gu"] == Held(1, 1, 1 * HOUR, 1 * HOUR)
    assert added(totals["online", "gu"], totals["online", "gu"]) == Held(2, 2, 2 * HOUR, 2 * HOUR)


# ── To and fro ───────────────────────────────────────────────────────────────────────────────────────────────────────


def with_wang(ping_pong_at: int = 1) -> Story:
    """A complaint with Wang of after-sales, under a sheet that flags so many returns."""
    told = Story(replace(policies.load()["complaint"], ping_pong_at=ping_pong_at))
    return told.after(COMPLAINT, c.AssignCase(to="wang", department="after-sales")).after(c.AcceptAssignment(), by=WANG)


def flags(told: Story) -> list[e.PingPongFlagged]:
    return [event for event in told.events if isinstance(event, e.PingPongFlagged)]


@pytest.mark.requirement("H-04")
def test_a_case_that_comes_back_to_a_department_that_had_it_is_flagged() -> None:
    there = handed_over(with_wang(), WANG, GU)
    assert flags(there) == []
    back = handed_over(there, GU, WANG)
    assert flags(back) == [e.PingPongFlagged(department="after-sales", times=1, hand_overs=2)]
    assert hands(back.entries, back.now).ping_pongs == 1
    again = handed_over(handed_over(back, WANG, GU), GU, WANG)
    assert [(flag.department, flag.times) for flag in flags(again)] == [
        ("after-sales", 1),
        ("online", 1),
        ("after-sales", 2),
    ]


@pytest.mark.requirement("H-04")
def test_a_hand_over_within_the_department_is_no_return() -> None:
    back = handed_over(handed_over(with_wang(), WANG, GU), GU, WANG)
    within = handed_over(back, WANG, replace(WANG, id="sun"))
    assert flags(within) == flags(back)


@pytest.mark.requirement("H-04")
def test_the_sheet_says_at_how_many_returns_a_case_is_flagged() -> None:
    def returns(ping_pong_at: int) -> list[tuple[str, int]]:
        told = with_wang(ping_pong_at)
        for _ in range(2):
            told = handed_over(handed_over(told, WANG, GU), GU, WANG)
        return [(flag.department, flag.times) for flag in flags(told)]

    assert returns(0) == []
    assert returns(2) == [("after-sales", 2)]


@pytest.mark.requirement("H-04", "H-07")
def test_going_to_a_substitute_and_back_by_plan_is_not_flagged() -> None:
    move = c.MoveToSubstitute(person="wang", to="gu", department="online", plan="after-sales/D1")
    told = with_wang().after(move, by=SYSTEM).after(c.MoveBack(plan="after-sales/D1"), by=SYSTEM)
    told = told.after(replace(move, plan="after-sales/D2"), by=SYSTEM)
    told = told.after(c.MoveBack(plan="after-sales/D2"), by=SYSTEM)
    assert flags(told) == []
    assert flags(handed_over(told, WANG, GU)) == []


@pytest.mark.requirement("H-04")
def test_a_contact_is_no_custody() -> None:
    told = received().later(hours=1).after(c.ContactCustomer(channel=Channel.HOTLINE), by=GU)
    assert came(told) == [("li", "customer-service", Came.RECEIVED, 1 * HOUR)]
    assert LI.id == hands(told.entries, told.now).answers_to_customer
