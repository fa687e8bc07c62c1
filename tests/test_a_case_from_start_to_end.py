"""The first file to read: a complaint's whole life, told by the people in it, on real servers.

A customer's lamp arrives broken. Li answers the hotline, Chen leads the desk, Sun works in logistics, Zhao heads it,
Gu is an engineer. What nobody does below, the case's own workflow does: it acknowledges, tells, presents, sends.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

import policies
from domain import commands as c
from domain import events as e
from domain.actor import WORKFLOW, Actor
from domain.words import Channel, Ending, Outcome, Stage
from ledger.recorder import Recorder
from tests.desk import Desk
from tests.ledgers import ledger_of
from worker.demo import casefold
from worker.stack.home import StackHome

LI = Actor.parse("li:agent@hotline")
CHEN = Actor.parse("chen:lead@customer-service")
SUN = Actor.parse("sun:agent@logistics")
ZHAO = Actor.parse("zhao:department_head@logistics")
GU = Actor.parse("gu:expert@engineering")


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """A whole Casefold of the story's own: PostgreSQL, Temporal and a worker process."""
    with casefold(home) as found, ledger_of(found) as ledger:
        recorder = Recorder(ledger, StackHome(home).matter_key())
        recorder.publish(policies.load(), WORKFLOW)
        yield Desk(ledger, recorder, home / "outbox", found["TEMPORAL_ADDRESS"], found["TEMPORAL_NAMESPACE"])


@pytest.mark.requirement("I-03", "I-06", "H-03", "H-05", "H-10", "H-11", "C-02", "C-03", "C-04", "C-05", "C-07", "C-11")
@pytest.mark.requirement("R-01", "R-03", "L-01", "L-02")
async def test_a_complaint_walks_from_receive_to_review(desk: Desk) -> None:
    # Receive. The hotline rings.
    lamp = desk.opens(
        LI,
        c.ReceiveCase(
            kind="complaint",
            channel=Channel.HOTLINE,
            customer_name="张明",
            contact="13800000001",
            matter="台灯收到时灯罩已碎。",
            remedy_sought="换一个新的",
        ),
    )
    lamp.sees(e.ReceiptAcknowledged)  # at once, by the workflow
    lamp.sees(e.DepartmentHeadTold)

    # It is registered, and cannot be investigated before it has its type and its person.
    lamp.refuses(SUN, c.RecordFinding(course="…", cause="packaging"), "wrong_stage")
    lamp.does(LI, c.ClassifyCase(category="product", subcategory="damage"))
    lamp.does(CHEN, c.AssignCase(to="sun", department="logistics"))
    assert lamp.case.responsible == "li"  # nothing is dropped between two people
    lamp.does(SUN, c.AcceptAssignment())
    assert lamp.case.stage is Stage.INVESTIGATE

    # Investigate. The head of logistics leads; an engineer is asked, and the case stays where it is.
    lamp.does(ZHAO, c.TakeLead())
    lamp.does(SUN, c.ContactCustomer(channel=Channel.HOTLINE))
    lamp.does(SUN, c.AskQuestion(to="gu", text="Does one layer of paper do?", due=lamp.now() + timedelta(days=1)))
    lamp.does(GU, c.AnswerQuestion(question="Q1", text="No: two layers of foam."))
    lamp.does(SUN, c.RecordFinding(course="Packed in one layer of paper.", cause="packaging"))
    lamp.does(SUN, c.NameResponsible(department="logistics", person="tang"))
    lamp.does(ZHAO, c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house rules 5.3"))

    # Propose and confirm. The first plan does not satisfy the customer; the second does.
    lamp.does(SUN, c.ProposeRemedy(summary="A new shade.", measures=(c.Measure(text="Send a shade", owner="sun"),)))
    lamp.sees(e.ProposalPresented)
    lamp.does(LI, c.RejectProposal(new_demand="A new lamp."))
    assert (lamp.case.stage, lamp.case.round) == (Stage.PROPOSE, 2)
    before_the_lamp = lamp.now()

    lamp.does(SUN, c.ProposeRemedy(summary="A new lamp.", measures=(c.Measure(text="Send a lamp", owner="sun"),)))
    lamp.sees(e.ProposalPresented, times=2)
    lamp.does(LI, c.AcceptProposal())
    lamp.refuses(SUN, c.CloseCase(reason="sent"), "no_consent")  # agreed is not satisfied
    lamp.does(SUN, c.CompleteMeasure(measure="M1"))
    lamp.does(LI, c.ConfirmSatisfaction(words="很好"))

    # Close. The ending goes to the customer in writing.
    lamp.does(SUN, c.CloseCase(reason="已更换整灯"))
    assert lamp.case.ending is Ending.RESOLVED
    lamp.sees(e.WrittenResultSent)
    assert "已更换整灯" in lamp.letter(lamp.case.written_result)

    # Review. The customer is asked, the lesson is written down, and the workflow ends.
    lamp.sees(e.SurveyInvited)
    lamp.does(LI, c.AnswerSurvey(process=4, result=5, attitude=5))
    lamp.does(SUN, c.ReportCase(cause="packaging", course="…", result="replaced", lessons="No foam, no parcel."))
    assert lamp.case.over
    await lamp.ends()

    # An auditor looks back at the afternoon when the customer wanted a new lamp.
    then = lamp.as_of(before_the_lamp)
    assert (then.stage, then.round, then.ending) == (Stage.PROPOSE, 2, None)
    assert len(lamp.letters()) == len([n for n in lamp.case.notices.values() if n.sent]) > 0
