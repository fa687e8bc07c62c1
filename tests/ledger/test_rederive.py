"""Every decision can be derived again from what is written down; a rule that has changed is named where it matters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

import policies
from domain import commands as c
from domain import policy_commands as pc
from domain.actor import WORKFLOW, Actor
from domain.calendars import Calendar
from domain.deadlines import counted
from domain.decisions import DECISIONS
from domain.decisions.propose import propose_remedy
from domain.limits import Limit
from domain.message import Command
from domain.rederivation import Finding
from domain.refusal import Refused
from domain.streams import CASE, STREAM_TYPES
from domain.words import Arrangement, Channel, Urgency
from ledger.errors import UnknownStream
from ledger.recorder import Receipt, Recorder, Submission
from ledger.rederive import Rederived, rederive
from ledger.store import Ledger as BareLedger
from policies.calendar_files import load_calendars
from tests.conftest import TEMPLATE
from tests.domain.policy_story import GAO, SHORTER, SUN, draft
from tests.domain.policy_story import LI as LI_OF_POLICIES
from tests.domain.story import CHEN, COMPLAINT, DATA, DAY_ONE, LI, WANG, Story, answered, arranged, over
from tests.intruder import intruding
from tests.ledger.conftest import KEY
from tests.ledgers import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, AUDITOR_LOGIN, PostgresServer

HOUR = Limit.parse("1h")
YESTERDAY = DAY_ONE - timedelta(days=1)
LOG = c.ImportLog(
    kind="complaint",
    source="their-system",
    reference="L1",
    received_at=DAY_ONE - timedelta(days=30),
    closed_at=DAY_ONE - timedelta(days=20),
    deadline=DAY_ONE - timedelta(days=25),
    steps=(c.LoggedStep(activity="call", at=DAY_ONE - timedelta(days=29)),),
)


@dataclass
class Lived:
    """A ledger in which much has happened, at instants of the test's own."""

    url: str
    auditor_url: str
    recorder: Recorder
    clock: list[datetime]
    cases: dict[str, str]

    def does(self, command: Command, by: Actor, stream: str | None = None, **more: Any) -> Receipt:
        """Somebody gives a command."""
        self.clock[0] += timedelta(seconds=1)
        number = f"{len(self.cases)}-{self.clock[0].isoformat()}"
        return self.recorder.record(Submission(command, by, number, stream, **more))

    def audit(self, case: str = "") -> list[Rederived]:
        """As an auditor does it: with a login that only reads, without any key."""
        with BareLedger(self.auditor_url) as ledger:
            return list(rederive(ledger, self.cases.get(case, case)))

    def others(self, case: str = "") -> list[tuple[str, str, str, str]]:
        """What comes out differently: where, what was asked, the kind of difference, the rule."""
        return [(one.stream, one.command, one.finding, one.rule) for one in self.audit(case) if not one.same]


@pytest.fixture(scope="module")
def lived(postgres: PostgresServer) -> Iterator[Lived]:
    """Three whole lives, an imported log, a case that was late and is moved between policies; only to be read."""
    database = f"lived_{os.getpid()}"
    postgres.create_database(database, template=TEMPLATE)
    clock = [YESTERDAY]
    url, auditor = (postgres.url(login, database) for login in (APPLICATION_LOGIN, AUDITOR_LOGIN))
    with Ledger(url) as ledger:
        recorder = Recorder(ledger, KEY, lambda: clock[0])
        recorder.publish(policies.load(), WORKFLOW)
        lived = Lived(url, auditor, recorder, clock, {})
        for name, life in LIVES.items():
            _live(lived, name, life)
        lived.cases["log"] = lived.does(LOG, DATA).stream
        _late_and_moved(lived)
        yield lived
    postgres.drop_database(database)


LIVES: dict[str, Callable[[], Story]] = {
    "complaint": over,
    "after_sales": lambda: arranged(Arrangement.RETURN, "199.00"),
    "inquiry": answered,
}


def _live(lived: Lived, name: str, tell: Callable[[], Story]) -> None:
    """Tell a story of `tests.domain.story` to the ledger, command by command."""
    asked: list[tuple[Command, Actor, datetime]] = []
    decide = Story.decide

    def heard(self: Story, command: Command, by: Actor = LI, happened_at: datetime | None = None) -> Any:
        asked.append((command, by, self.now))
        return decide(self, command, by, happened_at)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Story, "decide", heard)
        tell()
    for command, by, now in asked:
        lived.clock[0] = max(lived.clock[0], now)
        receipt = lived.does(command, by, lived.cases.get(name))
        assert receipt.accepted, receipt.refusal
        lived.cases.setdefault(name, receipt.stream)


def _late_and_moved(lived: Lived) -> None:
    """Refused, late, reported late, paused; a new calendar and a new policy come while it runs, and it is moved."""
    refused = lived.does(c.ReceiveCase(kind="complaint", channel=Channel.EMAIL, category="no such type"), LI)
    assert not refused.stream
    case = lived.does(replace(COMPLAINT, matter="late", contact="13900000000"), LI).stream
    lived.cases["moved"] = case
    assert lived.does(replace(COMPLAINT, matter="late", contact="139 0000 0000"), LI).refusal == Refused(
        "same_matter", case=case
    )
    lived.clock[0] += timedelta(hours=12)
    contacted = c.ContactCustomer(channel=Channel.HOTLINE)
    assert not lived.does(contacted, LI, case, happened_at=lived.clock[0] + timedelta(days=1)).accepted
    assert lived.does(contacted, LI, case, happened_at=lived.clock[0] - timedelta(minutes=5)).accepted
    assert not lived.does(c.AddNote(text="x"), LI, "C-2026-000999").accepted
    assert not lived.does(c.AddNote(text="stale"), LI, case, expected_version=1).accepted
    lived.does(c.SetUrgency(urgency=Urgency.URGENT, reason="It burns."), LI, case)
    shipped = load_calendars()["round-the-clock"]
    newer = Calendar.from_data({**shipped.to_data(), "version": "newer"})
    lived.clock[0] += timedelta(seconds=1)
    assert lived.recorder.publish_calendar(newer, DATA, "newer")
    lived.does(c.SetUrgency(urgency=Urgency.ORDINARY, reason="It was put out."), LI, case)
    for by, command in (
        (LI_OF_POLICIES, draft(SHORTER)),
        (SUN, pc.DiscussPolicy(version=SHORTER.version, text="We can do that.")),
        (GAO, pc.ApprovePolicy(version=SHORTER.version)),
    ):
        assert lived.does(command, by, "policy:complaint").refusal is None
    assert lived.does(c.MoveToPolicy(version=SHORTER.version, reason="promised"), CHEN, case).accepted


@pytest.mark.requirement("L-02")
def test_every_decision_comes_out_as_it_did(lived: Lived) -> None:
    audit = lived.audit()

    assert [(one.stream, one.command, one.finding, one.rule, one.detail) for one in audit if not one.same] == []
    by_stream: dict[str, int] = {}
    for one in audit:
        by_stream[one.stream] = by_stream.get(one.stream, 0) + 1
    assert {*lived.cases.values(), "", "C-2026-000999", "policy:complaint", "calendar:round-the-clock"} <= set(
        by_stream
    )
    commands = lived.recorder._ledger.query("SELECT count(*) FROM casefold.command")
    assert len(audit) == commands[0][0]


@pytest.mark.requirement("L-02")
def test_a_stricter_rule_is_named_exactly_where_it_would_have_refused(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stricter(case: Any, command: c.ProposeRemedy, context: Any) -> Any:
        if command.measures and len(command.measures) < 2:
            raise Refused("no_measure")
        return propose_remedy(case, command, context)

    monkeypatch.setitem(DECISIONS, c.ProposeRemedy, stricter)

    assert lived.others() == [(lived.cases["complaint"], "propose_remedy", Finding.REFUSED_NOW, "no_measure")]
    found = next(one for one in lived.audit("complaint") if not one.same)
    assert found.differences[0].now == Refused("no_measure")
    assert found.actor == WANG.id


@pytest.mark.requirement("L-02")
def test_a_milder_rule_is_named_exactly_where_it_would_have_accepted(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.decisions.receive.in_taxonomy", lambda sheet, category, subcategory: None)

    assert lived.others() == [("", "receive_case", Finding.ACCEPTED_NOW, "unknown_category")]


@pytest.mark.requirement("L-02", "T-12")
def test_another_way_to_count_a_limit_is_named_with_clock_field_and_requirement(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "domain.clocks.counted",
        lambda rule, limit, *more: counted(rule, HOUR if rule.name in ("answer", "solution") else limit, *more),
    )

    found = [one for one in lived.audit("inquiry") if not one.same]

    assert [(one.command, one.finding, one.first_version) for one in found] == [
        ("receive_case", Finding.OTHER_FIELD, 1)
    ]
    first = found[0].differences[0]
    assert (first.event, first.about, first.field) == ("ClockStarted", "answer", "due")
    assert first.then > first.now
    assert "T-08" in first.basis
    moved = lived.audit("moved")[-1]
    assert (moved.command, moved.rule) == ("move_to_policy", "DeadlineMoved.due")
    assert moved.differences[0].basis[0] == "T-04"  # as the sheet says of this limit


@pytest.mark.requirement("L-02")
def test_what_would_be_overdue_today_belongs_to_the_decision(lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first command after half a day found several limits passed; today's rule would find none of them."""
    monkeypatch.setattr("domain.clocks._due", lambda name, clock: iter(()))

    found = [one for one in lived.audit("moved") if not one.same]

    assert {one.finding for one in found} == {Finding.OTHER_EVENTS}
    assert found[0].differences[0].then[0] in ("ClockWarned", "ClockBreached")


def test_a_rule_that_fails_on_what_was_allowed_then_is_named_and_the_audit_goes_on(
    lived: Lived, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(case: Any, command: Any, context: Any) -> Any:
        raise KeyError("a bug of today")

    monkeypatch.setitem(DECISIONS, c.AcceptAssignment, fails)

    audit = lived.audit("complaint")
    assert [(one.command, one.finding) for one in audit if not one.same] == [("accept_assignment", Finding.UNREADABLE)]
    assert "KeyError" in next(one.detail for one in audit if not one.same)


def test_a_command_that_today_nobody_knows_is_named(lived: Lived) -> None:
    known = {name: command for name, command in CASE.commands.items() if name != "add_note"}
    with BareLedger(lived.auditor_url, stream_types={**STREAM_TYPES, "case": replace(CASE, commands=known)}) as ledger:
        others = [one for one in rederive(ledger) if not one.same]

    assert [(one.command, one.finding) for one in others] == [("add_note", Finding.UNREADABLE)] * 2
    assert others[0].detail == "This program knows no command 'add_note'."


def test_there_is_nothing_to_audit_in_a_case_that_does_not_exist(lived: Lived) -> None:
    with pytest.raises(UnknownStream):
        lived.audit("C-2026-000777")


ALTERATIONS = {
    "body": ("UPDATE casefold.command SET body = jsonb_set(body, '{data,category}', '\"delivery\"')", Finding.ALTERED),
    "actor": ("UPDATE casefold.command SET actor = jsonb_set(actor, '{roles}', '[\"lead\"]')", Finding.ALTERED),
    "time": ("UPDATE casefold.command SET received_at = received_at - interval '1 hour'", Finding.ALTERED),
    "expected": ("UPDATE casefold.command SET expected_version = 7", Finding.ALTERED),
    "outcome": (
        'UPDATE casefold.command SET outcome = \'refused\', refusal = \'{"code": "no_offer", "params": {}}\'',
        Finding.ACCEPTED_NOW,
    ),
    "removed": ("DELETE FROM casefold.command", Finding.MISSING),
}


@pytest.mark.requirement("L-03")
def test_an_altered_row_of_a_command_is_named(recorder: Recorder, ledger: Ledger, owner_url: str) -> None:
    case = recorder.record(Submission(COMPLAINT, LI, "open")).stream
    classify = c.ClassifyCase(category="product", subcategory="damage")
    assert recorder.record(Submission(classify, LI, "classify", case)).accepted
    assert all(one.same for one in rederive(ledger, case))
    kept = "CREATE TABLE kept AS SELECT * FROM casefold.command WHERE command_id = 'classify'"
    back = "INSERT INTO casefold.command SELECT * FROM kept"
    with intruding(owner_url) as somebody:
        somebody.execute(kept)

    for what, (statement, finding) in ALTERATIONS.items():
        with intruding(owner_url) as somebody:
            somebody.execute(f"{statement} WHERE command_id = 'classify'".encode())

        found = [one for one in rederive(ledger, case) if not one.same]
        assert [one.finding for one in found] == [finding], (what, found)
        assert found[0].first_version > 1, what
        assert found[0].command_id == ("" if what == "removed" else "classify")

        with intruding(owner_url) as somebody:
            somebody.execute("DELETE FROM casefold.command WHERE command_id = 'classify'")
            somebody.execute(back)
    assert all(one.same for one in rederive(ledger, case))
