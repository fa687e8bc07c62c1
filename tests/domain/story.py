"""Given, when, then for cases: a story is told command by command, without any server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import policies
from domain import commands as c
from domain.actor import WORKFLOW, Actor, Role
from domain.case import Case
from domain.context import Context
from domain.entry import Entry
from domain.message import Command, Event
from domain.policy import Sheet
from domain.refusal import Refused
from domain.streams import CASE
from domain.words import Arrangement, Channel, Direction, Outcome
from tests.domain.shelf import MemoryShelf

DAY_ONE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

LI = Actor("li", (Role.AGENT,), "customer-service")
WANG = Actor("wang", (Role.AGENT,), "after-sales")
CHEN = Actor("chen", (Role.LEAD,), "customer-service")
ZHAO = Actor("zhao", (Role.DEPARTMENT_HEAD,), "after-sales")
WU = Actor("wu", (Role.TECHNICIAN,), "repair")
DATA = Actor("liu", (Role.DATA,))
AUDITOR = Actor("qian", (Role.AUDITOR,))
SYSTEM = WORKFLOW


@dataclass(frozen=True)
class Story:
    """A case so far: its events, and the clock on the wall."""

    sheet: Sheet
    """The sheet in force; a case that was received keeps its own, as long as the shelf has it."""
    events: tuple[Event, ...] = ()
    now: datetime = DAY_ONE
    case_id: str = "C-2026-000001"
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    """Calendars, and sheets besides the one in force."""
    entries: tuple[Entry, ...] = ()
    """The same events as the ledger would have them."""
    hold: timedelta = timedelta()
    """How long messages wait that follow from what people do."""

    @property
    def case(self) -> Case:
        folded: Case = CASE.fold(self.events)
        return folded

    def decide(self, command: Command, by: Actor = LI, happened_at: datetime | None = None) -> list[Event]:
        """As the recorder does it: first what is due, then what is asked."""
        late = CASE.overdue(self.case, self.now)
        case = self.case
        for event in late:
            case = CASE.evolve(case, event)
        shelf = self.papers
        sheet = shelf.sheet(case.sheet) if case.sheet else self.sheet
        hold = timedelta() if by == SYSTEM else self.hold
        context = Context(self.case_id, self.now, by, sheet, shelf, happened_at, hold=hold)
        return late + CASE.decide(case, command, context)

    @property
    def papers(self) -> MemoryShelf:
        """The shelf, with the sheet in force."""
        return self.shelf.with_sheets([self.sheet])

    def later(self, **delta: float) -> Story:
        """The same case, some time later."""
        return replace(self, now=self.now + timedelta(**delta))

    def after(self, *commands: Command, by: Actor = LI) -> Story:
        """The case after these commands, all accepted."""
        story = self
        for command in commands:
            story = story.followed_by(story.decide(command, by), by)
        return story

    def followed_by(self, events: Sequence[Event], by: Actor = LI, happened_at: datetime | None = None) -> Story:
        """The case after these events, which the recorder writes down now."""
        entries = [
            Entry(
                stream=self.case_id,
                version=version,
                event=event,
                recorded_at=self.now,
                happened_at=min(event.instant or happened_at or self.now, self.now),
                actor=by,
                command_id=f"{self.case_id}/{len(self.events)}",
            )
            for version, event in enumerate(events, len(self.events) + 1)
        ]
        return replace(self, events=(*self.events, *events), entries=(*self.entries, *entries))

    def accepts(
        self, command: Command, *expected: Event, by: Actor = LI, happened_at: datetime | None = None
    ) -> Followed:
        """When the command is given, it is accepted; the expected events are among what follows, in this order."""
        events = self.decide(command, by, happened_at)
        remaining = iter(events)
        for event in expected:
            assert event in remaining, f"{event} is not among {events}"
        return Followed(self.followed_by(events, by, happened_at), events)

    def refuses(
        self, command: Command, code: str, /, by: Actor = LI, happened_at: datetime | None = None, **params: Any
    ) -> Refused:
        """When the command is given, it is refused with this code, these parameters and a whole sentence."""
        with pytest.raises(Refused) as caught:
            self.decide(command, by, happened_at)
        refused = caught.value
        assert refused.code == code, refused.sentence
        assert {name: refused.params[name] for name in params} == params
        assert refused.sentence.endswith(".")
        return refused


@dataclass(frozen=True)
class Followed:
    """What followed from an accepted command."""

    story: Story
    events: Sequence[Event] = field(default_factory=list)

    @property
    def case(self) -> Case:
        return self.story.case

    def named(self, kind: type[Event]) -> list[Any]:
        """The events of one kind among what followed."""
        return [event for event in self.events if isinstance(event, kind)]


def story(kind: str) -> Story:
    """Nothing has happened yet."""
    return Story(policies.load()[kind])


# ── Situations ───────────────────────────────────────────────────────────────────────────────────────────────────────

COMPLAINT = c.ReceiveCase(
    kind="complaint",
    channel=Channel.HOTLINE,
    customer_name="张三",
    contact="13800138000",
    matter="灯坏了",
    remedy_sought="换一个",
)
APPLICATION = c.ReceiveCase(
    kind="after_sales",
    channel=Channel.AFTER_SALES_FORM,
    customer_name="Mary Major",
    contact="mary@example.com",
    order="A-1",
    product="Lamp X",
    serial_number="SN-9",
    fault="does not light",
    wish=Arrangement.REPAIR,
)
INQUIRY = c.ReceiveCase(
    kind="inquiry", channel=Channel.ONLINE_CHAT, contact="lee@example.com", matter="Does it dim?", category="product"
)


def received() -> Story:
    """A complaint as it was registered."""
    return story("complaint").after(COMPLAINT)


def assigned() -> Story:
    """A complaint that Wang was assigned and has not answered."""
    return (
        received()
        .after(c.ClassifyCase(category="product", subcategory="damage"))
        .after(c.AssignCase(to="wang", department="after-sales"), by=CHEN)
    )


def investigating() -> Story:
    """A complaint that Wang investigates."""
    return assigned().after(c.AcceptAssignment(), by=WANG)


def found() -> Story:
    """A complaint with one finding."""
    return investigating().after(c.RecordFinding(course="It fell in transit.", cause="packaging"), by=WANG)


def proposing() -> Story:
    """A complaint that is decided and waits for a proposal."""
    return found().after(
        c.NameResponsible(department="logistics", person="sun"),
        c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"),
        by=WANG,
    )


REMEDY = c.ProposeRemedy(
    summary="A new lamp.", measures=(c.Measure(text="Send a new lamp", owner="wang", due=DAY_ONE + timedelta(days=3)),)
)


def proposed() -> Story:
    """A complaint whose customer has not been told the proposal yet."""
    return proposing().after(REMEDY, by=WANG)


def presented() -> Story:
    """A complaint whose customer was told the proposal."""
    return proposed().after(c.PresentProposal(), by=SYSTEM)


def agreed() -> Story:
    """A complaint whose customer agreed; the measure is still to be carried out."""
    return presented().after(c.AcceptProposal(), by=WANG)


def satisfied() -> Story:
    """A complaint in *close*: carried out, and the customer is satisfied."""
    return agreed().after(c.CompleteMeasure(measure="M1"), c.ConfirmSatisfaction(), by=WANG)


def closed() -> Story:
    """A resolved complaint in *review*."""
    return satisfied().after(c.CloseCase(reason="The lamp was replaced."), by=WANG)


def surveyed() -> Story:
    """A resolved complaint whose customer was invited to the survey."""
    return closed().after(c.InviteSurvey(), by=SYSTEM)


REPORT = c.ReportCase(cause="packaging", course="It fell.", result="Replaced.", lessons="More foam.")


def over() -> Story:
    """A complaint whose review is complete."""
    return surveyed().after(REPORT, c.AnswerSurvey(process=5, result=4, attitude=5), by=WANG)


def application() -> Story:
    """An after-sales application that is judged."""
    return (
        story("after_sales")
        .after(APPLICATION, c.ClassifyCase(category="repair"))
        .after(c.AssignCase(to="li", department="after-sales"))
    )


def arranged(arrangement: Arrangement, amount: str | None = None) -> Story:
    """An eligible application whose customer agreed to this arrangement."""
    proposal = c.ProposeRemedy(
        summary="As wished.", arrangement=arrangement, amount=Decimal(amount) if amount else None
    )
    return application().after(
        c.JudgeEligibility(eligible=True, rule="within_warranty"),
        c.DiagnoseFault(cause="broken switch"),
        proposal,
        c.AcceptProposal(),
    )


def asked() -> Story:
    """An inquiry whose answer is looked for."""
    return story("inquiry").after(INQUIRY)


def answered() -> Story:
    """An inquiry that was answered."""
    return asked().after(
        c.LookUpKnowledge(query="dimming", article="KB-12"), c.AnswerInquiry(text="Yes, with a remote.")
    )


TO_US, TO_CUSTOMER = Direction.TO_US, Direction.TO_CUSTOMER
