"""The life of a complaint with everything in it that a dossier has to tell: two rounds, evidence, a pause, a breach.

What the case's own workflow would do by itself is asked for here in its name, so that no server but the ledger is
needed. The clock is the story's own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import policies
from domain import commands as c
from domain.actor import WORKFLOW, Actor
from domain.message import Command
from domain.words import Channel, Outcome
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.submission import Submission

LI = Actor.parse("li:agent@hotline")
CHEN = Actor.parse("chen:lead@customer-service")
SUN = Actor.parse("sun:agent@logistics")
ZHAO = Actor.parse("zhao:department_head@logistics")
GU = Actor.parse("gu:expert@engineering")
DATA = Actor.parse("liu:data@customer-service")

BEGINS = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
NAME, CONTACT = "张明（虚构）", "13800000001"
MATTER = "台灯收到时灯罩已碎，包装只有一层纸。骨架也变形了，直接影响使用。"
DEMAND = "要整灯更换，不要只换灯罩 😡"


class Telling:
    """Gives commands one after the other, each some time after the last."""

    def __init__(self, ledger: Ledger, key: bytes, begins: datetime = BEGINS) -> None:
        self.now = begins
        self.recorder = Recorder(ledger, key, clock=lambda: self.now)
        self.recorder.publish(policies.load(), WORKFLOW)
        self.case = ""
        self._number = 0

    def __call__(self, by: Actor, command: Command, *, happened: timedelta | None = None, **later: float) -> str:
        """``later`` is how long after the last command."""
        self.now += timedelta(**(later or {"minutes": 7}))
        self._number += 1
        happened_at = self.now - happened if happened is not None else None
        stream = None if isinstance(command, c.ReceiveCase | c.ImportCase | c.ImportLog) else self.case
        asked = Submission(command, by, f"{self.case or self.now:}/{self._number}", stream, happened_at=happened_at)
        receipt = self.recorder.record(asked)
        assert receipt.accepted, receipt.refusal
        self.case = receipt.stream
        return receipt.stream

    def refused(self, by: Actor, command: Command) -> None:
        """Somebody asks for what may not be; that is kept, too."""
        receipt = self.recorder.record(Submission(command, by, f"{self.case}/too early", self.case))
        assert not receipt.accepted


def lamp(
    ledger: Ledger, key: bytes, evidence: Callable[[Telling], Any] | None = None, begins: datetime = BEGINS
) -> str:
    """A lamp that arrived broken; the id of the case. ``evidence`` adds what the photograph shows in its own way."""
    does = Telling(ledger, key, begins)
    intake: dict[str, Any] = {
        "customer_name": NAME,
        "contact": CONTACT,
        "matter": MATTER,
        "remedy_sought": "换一个新的并赔偿",
    }
    does(LI, c.ReceiveCase(kind="complaint", channel=Channel.HOTLINE, order="A-10001", product="台灯 X1", **intake))
    does(WORKFLOW, c.AcknowledgeReceipt(), seconds=1)
    does(WORKFLOW, c.TellDepartmentHead(), seconds=1)
    does(LI, c.ClassifyCase(category="product", subcategory="damage"))
    does(CHEN, c.AssignCase(to="sun", department="logistics"), minutes=20)
    does(SUN, c.AcceptAssignment())
    does(ZHAO, c.TakeLead())
    does(SUN, c.ContactCustomer(channel=Channel.HOTLINE, note="已回电，客户很着急"), happened=timedelta(minutes=40))
    if evidence is None:
        photo = c.AddEvidence(name="开箱照片.jpg", sha256="9f86d081884c7d659a2feaa0c55ad015" * 2, size=482_113)
        does(SUN, photo, hours=1)
    else:
        evidence(does)
    does(SUN, c.TakeStatement(of="courier", text="外箱交付时已受潮变形。"))
    due = does.now + timedelta(days=1)
    does(SUN, c.AskQuestion(to="gu", department="engineering", text="单层纸包装能否承受运输？", due=due))
    does(GU, c.AnswerQuestion(question="Q1", text="不能，标准要求至少两层泡沫。"), hours=5)
    does(SUN, c.PauseClocks(reason="waiting_for_customer", note="等客户补寄照片"), minutes=1)
    does(SUN, c.ResumeClocks(pause="P1"), hours=20)
    finding = c.RecordFinding(course="仓库临时换用单层纸包装，运输中灯罩破碎。", cause="packaging")
    does(SUN, finding)
    does(SUN, c.NameResponsible(department="logistics", person="tang"))
    does(ZHAO, c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house rules 5.3", reasons="包装不合格"))
    shade = c.Measure(text="寄送新灯罩", owner="sun", due=does.now + timedelta(days=3))
    does(SUN, c.ProposeRemedy(summary="更换灯罩", measures=(shade,)), hours=30)
    does(WORKFLOW, c.PresentProposal(), seconds=2)
    does.refused(SUN, c.CloseCase(reason="客户一定会同意"))
    does(LI, c.RejectProposal(new_demand=DEMAND), hours=3)
    whole = (
        c.Measure(text="寄送新台灯", owner="sun", due=does.now + timedelta(days=3)),
        c.Measure(text="支付 50 元补偿", owner="liu", due=does.now + timedelta(days=2)),
    )
    proposal = c.ProposeRemedy(summary="更换整灯并补偿 50 元", measures=whole, amount=Decimal("50.00"))
    does(SUN, proposal, hours=2)
    does(WORKFLOW, c.PresentProposal(), seconds=2)
    does(LI, c.AcceptProposal(words="这样可以"), minutes=30)
    does(SUN, c.CompleteMeasure(measure="M1", result="已寄出，客户已签收"), hours=60)
    does(SUN, c.CompleteMeasure(measure="M2", result="已付款"))
    does(LI, c.ConfirmSatisfaction(words="满意"))
    does(LI, c.CloseCase(reason="已更换整灯并补偿，客户满意"))
    does(WORKFLOW, c.InviteSurvey(), seconds=3)
    lessons = "缺少包装材料时应暂停发货 & “先问，后装” <看标准>"
    does(LI, c.ReportCase(cause="packaging", course="临时换用单层纸包装", result="更换整灯", lessons=lessons))
    does(LI, c.AnswerSurvey(process=4, result=5, attitude=5, words="来回太多次"), hours=2)
    return does.case
