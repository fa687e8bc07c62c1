"""Temporal killed and kept away: commands go on, workflows catch up, and a deadline that passed does not hide."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain.actor import Actor
from domain.entry import Entry
from domain.rules import ClockRule, Escalation
from domain.words import Channel
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger
from tests.faults.checks import agreed, examine, examine_notices
from tests.faults.house import House, eventually
from tests.faults.load import AGENT, opened, patiently, promise

SUN = Actor.parse("sun:agent@logistics")
CONTACT = "contact"
AWAY_SECONDS = 6


def contact_within(
    seconds: int, warn: tuple[int, ...] = (), escalate: tuple[Escalation, ...] = ()
) -> dict[str, object]:
    """A sheet whose only clock is the one of the first contact."""
    rule = ClockRule(
        name=CONTACT,
        starts=("CaseAssigned",),
        stops=("CustomerContacted",),
        limit={"ordinary": f"{seconds}s"},
        warn=warn,
        escalate=escalate,
    )
    return {"clocks": (rule,)}


def assigned(recorder: Recorder, name: str) -> tuple[str, datetime]:
    """A case whose customer is to be contacted, and until when."""
    case = opened(recorder, name)
    assign = c.AssignCase(to=SUN.id, department="logistics")
    assert patiently(recorder, Submission(assign, AGENT, f"assign:{name}", stream=case)).accepted
    due: datetime = recorder.load(case)[1].clocks[CONTACT].due
    return case, due


def contact(case: str, command_id: str) -> Submission:
    """The customer is contacted now."""
    return Submission(c.ContactCustomer(channel=Channel.HOTLINE), SUN, command_id, stream=case)


def sleep_until(moment: datetime) -> None:
    """Until the clock of this machine, which is also PostgreSQL's, shows this."""
    while (left := (moment - datetime.now(UTC)).total_seconds()) > 0:
        time.sleep(left)


def breaches(ledger: Ledger, case: str) -> list[Entry]:
    """The breaches of the case's clock."""
    return [entry for entry in ledger.history(case) if isinstance(entry.event, e.ClockBreached)]


@pytest.mark.requirement("L-06")
def test_commands_go_on_while_temporal_is_away_and_workflows_catch_up(house: House, say: Callable[[str], None]) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    early = [opened(recorder, f"early {number}") for number in range(3)]
    eventually(lambda: all(recorder.load(case)[1].acknowledged for case in early), 30, "receipts are acknowledged")
    slowest = 0.0
    receipts: list[Receipt] = []
    with house.away("temporal"):
        late = [opened(recorder, f"late {number}") for number in range(3)]
        until = time.monotonic() + AWAY_SECONDS
        while time.monotonic() < until:
            for case in early + late:
                began = time.monotonic()
                note = Submission(c.AddNote(text="a note"), AGENT, f"{case} {len(receipts)}", stream=case)
                receipts.append(recorder.record(note))
                slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.02)
        assert not any(recorder.load(case)[1].acknowledged for case in late), "only a workflow acknowledges"
    back = time.monotonic()
    eventually(lambda: all(recorder.load(case)[1].acknowledged for case in late), 60, "workflows catch up")
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    say(
        f"{len(receipts)} commands in {AWAY_SECONDS} s without Temporal, slowest {slowest * 1000:.0f} ms; "
        f"workflows caught up {time.monotonic() - back:.1f} s after its return"
    )
    assert all(receipt.accepted for receipt in receipts)
    assert slowest < 2
    examine(house.stack.owner_url, receipts).assert_well()
    eventually(lambda: not examine_notices(house.stack.owner_url, house.outbox).wrong, 60, "every notice is sent")
    assert house.casefold("reconcile").returncode == 0


@pytest.mark.requirement("T-11")
def test_a_person_who_misses_a_deadline_while_temporal_is_away_leaves_the_breach_with_its_true_instant(
    house: House,
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    promise(recorder, **contact_within(4))
    missed, due = assigned(recorder, "missed")
    kept, _ = assigned(recorder, "kept")
    with house.away("temporal"):
        in_time = recorder.record(contact(kept, "in time"))
        assert recorder.load(kept)[1].clocks[CONTACT].stopped_at <= recorder.load(kept)[1].clocks[CONTACT].due
        sleep_until(due + timedelta(seconds=0.5))
        late = recorder.record(contact(missed, "late"))
    assert "ClockBreached" not in in_time.events
    assert late.accepted
    assert late.events[0] == "ClockBreached", "what is overdue comes before what the person did"
    [breach] = breaches(ledger, missed)
    assert breach.event == e.ClockBreached(clock=CONTACT, due=due)
    assert breach.happened_at == due
    assert breach.recorded_at == late.recorded_at
    assert breach.command_id == "late", "the breach is in the append of the person who was late"
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    assert len(breaches(ledger, missed)) == 1, "the workflow, when it is back, breaches no second time"
    assert breaches(ledger, kept) == [], "in time stays in time, however late the workflow hears of it"
    examine(house.stack.owner_url, [in_time, late]).assert_well()


@pytest.mark.requirement("T-10", "T-11")
def test_what_falls_due_while_everything_is_down_is_recorded_with_its_true_instant(
    house: House, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    promise(recorder, **contact_within(6, warn=(90,), escalate=(Escalation(after="1s", to="lead"),)))
    case, due = assigned(recorder, "nobody there")
    with house.away("worker"), house.away("temporal"), house.away("postgres"):
        sleep_until(due + timedelta(seconds=1.5))
    eventually(lambda: breaches(ledger, case), 60, "the workflow asks for what is overdue")
    found = [
        entry
        for entry in ledger.history(case)
        if isinstance(entry.event, e.ClockWarned | e.ClockBreached | e.ClockEscalated)
    ]
    instants = [due - timedelta(seconds=0.6), due, due + timedelta(seconds=1)]
    assert [type(entry.event) for entry in found] == [e.ClockWarned, e.ClockBreached, e.ClockEscalated]
    assert [entry.happened_at for entry in found] == instants
    for entry in found[1:]:
        late = entry.recorded_at - entry.happened_at
        say(f"{type(entry.event).__name__}: found late by {late.total_seconds():.1f} s")
        assert late > timedelta(0)
        assert entry.command_id.startswith(f"{case}/"), "nobody but the workflow asked"
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    assert len(breaches(ledger, case)) == 1
