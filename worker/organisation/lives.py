"""How a case of the demonstration is lived: one list of steps for each kind, from which a plan takes its part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from domain import commands as c
from domain.actor import Actor, customer_of
from domain.case import Case
from domain.message import Command
from domain.words import Arrangement, Channel, Direction, Ending, Language, Outcome, PartQuality, Urgency
from worker.organisation.people import AFTER_SALES, BY_ID, EXPERT, TECHNICIAN, Colleague, lead_of, teams
from worker.organisation.plans import Plan
from worker.organisation.stories import Teller

Do = Callable[[Case, datetime], Command]
CUSTOMER = "the customer"
"""In the place of a colleague: they did it themselves, by their link."""
QUICK = 0.25
"""What is urgent is done in so much of the time."""
SCORES = {"good": (5, 5, 5, 5, 4), "fair": (3, 4, 4), "low": (1, 2)}


@dataclass(frozen=True)
class Step:
    """One thing that somebody does, some hours after the one before; a photo is evidence instead of a command."""

    mark: str
    after: float
    by: str
    do: Do
    photo: bool = False

    def actor(self, case: Case) -> Actor:
        """Who did it."""
        return customer_of(case.subject) if self.by == CUSTOMER else BY_ID[self.by].actor


class Life:
    """One case, told by a plan: the steps that were taken."""

    def __init__(self, plan: Plan, number: int, teller: Teller, chance: Random) -> None:
        self.plan = plan
        self.number = number
        self.teller = teller
        self.chance = chance
        self.language = "zh" if chance.random() < 0.55 else "en"
        self.story = teller.story("safety" if plan.urgency == "safety" else plan.kind, self.language)
        self.customer = teller.customer(self.language)
        self.steps: list[Step] = []
        self.owner = self._owner()
        {"complaint": self._complaint, "after_sales": self._after_sales, "inquiry": self._inquiry}[plan.kind]()

    @property
    def lasts(self) -> timedelta:
        """From the first step to the last."""
        return timedelta(hours=sum(step.after for step in self.steps))

    def _owner(self) -> str:
        if self.plan.kind == "after_sales":
            return AFTER_SALES if self.language == "zh" else self.chance.choice((AFTER_SALES, "noah.ford"))
        if self.plan.kind == "inquiry":
            return self.chance.choice(("li.na", "zhou.min") if self.language == "zh" else ("emma.reed", "noah.ford"))
        return self.chance.choice(teams(self.story["team"], self.language))

    # ── Steps ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def _goes_on(self) -> bool:
        return not self.steps or self.steps[-1].mark != self.plan.until

    def _add(self, mark: str, after: float, by: str, do: Command | Do, photo: bool = False) -> None:
        """One step more, unless the life has come as far as its plan says."""
        if not self._goes_on:
            return
        hours = after * self.chance.uniform(0.6, 1.5) * (1.0 if self.plan.urgency == "ordinary" else QUICK)
        self.steps.append(Step(mark, hours, by, do if callable(do) else lambda case, now: do, photo))

    def _has(self, extra: str) -> bool:
        return extra in self.plan.extras

    def _somebody(self) -> str:
        """The customer by their link, or whoever they told it to."""
        return CUSTOMER if self.chance.random() < 0.5 else self.owner

    def _receive(self, channels: tuple[str, ...], bought_days_ago: int = 0, **more: Any) -> None:
        channel = Channel(self.chance.choice(channels))

        def receive(case: Case, now: datetime) -> Command:
            bought = now - timedelta(days=bought_days_ago)
            return c.ReceiveCase(
                kind=self.plan.kind,
                channel=channel,
                customer_name=self.customer.name,
                contact=self.customer.contact,
                language=Language(self.language),
                urgency=Urgency(self.plan.urgency),
                purchased_on=bought.date().isoformat() if bought_days_ago else "",
                **more,
            )

        self._add("received", 0, self._desk(), receive)

    def _desk(self) -> str:
        return self.chance.choice(("li.na", "zhou.min") if self.language == "zh" else ("emma.reed", "noah.ford"))

    # ── Complaint ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _complaint(self) -> None:
        story, lead = self.story, lead_of(self.language)
        owner = BY_ID[self.owner]
        self._receive(
            ("hotline", "hotline", "online_chat", "complaint_form", "email", "social", "letter"),
            matter=story["matter"],
            remedy_sought="" if self._has("incomplete") else story["want"],
            product=story["product"] if story["category"] == "product" else "",
            order=f"A-{10200 + self.number}",
        )
        self._add(
            "classified",
            0.15,
            self._desk(),
            c.ClassifyCase(category=story["category"], subcategory=story["subcategory"]),
        )
        self._add("assigned", 0.3, lead, c.AssignCase(to=owner.id, department=owner.department))
        self._add("accepted", 0.3, owner.id, c.AcceptAssignment())
        self._add("led", 0.4, lead, c.TakeLead())
        contact = 2.2 if self.chance.random() < 0.12 else 0.3
        self._add("contacted", contact, owner.id, c.ContactCustomer(channel=Channel.HOTLINE))
        if self._has("evidence"):
            self._add("seen", 0.8, CUSTOMER, c.AddNote(text="-"), photo=True)
        if self.chance.random() < 0.5:
            self._add("noted", 0.2, owner.id, c.AddNote(text=self.teller.one_of("notes", self.language)))
        of, said = story["statement"]
        self._add("heard", 1.5, owner.id, c.TakeStatement(of=of, text=said))
        if self._has("question"):
            self._question()
        if self._has("pause"):
            self._add(
                "paused", 1, owner.id, c.PauseClocks(reason=self.chance.choice(("waiting_for_customer", "inspection")))
            )
        if self._has("hand_over") or self._has("handed_over"):
            owner = self._hand_over()
        if self.plan.ending in ("withdrawn", "referred"):
            self._ends_early()
            self._review()
            return
        self._add("found", 4, owner.id, c.RecordFinding(course=story["finding"], cause=story["cause"]))
        self._add("named", 0.5, owner.id, c.NameResponsible(department=story["team"], person=owner.id))
        outcome = (
            Outcome.NOT_UPHELD
            if self.plan.ending == "unfounded"
            else self.chance.choice((Outcome.UPHELD, Outcome.UPHELD, Outcome.PARTLY_UPHELD))
        )
        self._add("decided", 2, lead, c.TakeDecision(outcome=outcome, findings=("F1",), rule=story["rule"]))
        if self.plan.ending == "unfounded":
            self._add("closed", 3, lead, c.CloseCase(ending=Ending.UNFOUNDED, reason=story["finding"]))
        else:
            self._rounds()
        self._review()

    def _question(self) -> None:
        owner = BY_ID[self.owner]
        text = self.story.get("question") or self.story["query"]

        def ask(case: Case, now: datetime) -> Command:
            return c.AskQuestion(
                to=EXPERT, department=BY_ID[EXPERT].department, text=text, due=now + timedelta(hours=24)
            )

        self._add("asked", 1, owner.id, ask)
        if self.chance.random() < 0.5:
            self._add("told", 0.3, owner.id, c.TellProgress(text=self.teller.one_of("progress", self.language)))
        self._add("replied", 6, EXPERT, c.AnswerQuestion(question="Q1", text=self.story["answer"]))

    def _hand_over(self) -> Colleague:
        """Offered to another one; accepted, where the plan says so. Who has it then."""
        other = "zhou.min" if self.language == "zh" else "noah.ford"
        other = other if other != self.owner else ("li.na" if self.language == "zh" else "emma.reed")
        reason = "明天起我休假。" if self.language == "zh" else "I am away from tomorrow."
        offer = c.OfferHandOver(to=other, department=BY_ID[other].department, reason=reason)
        self._add("handing_over", 2, self.owner, offer)
        if self._has("handed_over"):
            self._add("handed_over", 3, other, c.AcceptHandOver())
            self.owner = other
        return BY_ID[self.owner]

    def _ends_early(self) -> None:
        zh = self.language == "zh"
        if self.plan.ending == "withdrawn":
            reason = "客户来电：问题自己解决了，撤回。" if zh else "The customer called: it has sorted itself out."
            self._add("closed", 5, self.owner, c.WithdrawCase(reason=reason))
        else:
            body = "12315 消费者投诉平台" if zh else "The consumer ombudsman"
            reason = "客户选择由平台调解。" if zh else "The customer prefers mediation."
            self._add(
                "closed", 8, lead_of(self.language), c.ReferCase(body=body, reference=f"R-{self.number}", reason=reason)
            )

    def _rounds(self) -> None:
        for round_ in range(1, self.plan.rounds + 1):
            final = round_ == self.plan.rounds
            self._add("proposed" if final else "offered", 4, self.owner, self._proposal(round_))
            if not final:
                mark = "rejected" if round_ + 1 == self.plan.rounds else "refused"
                demand = self.story["demands"][min(round_, 2) - 1]
                self._add(mark, 14, self._somebody(), c.RejectProposal(new_demand=demand))
        if self.plan.ending == "no_answer":
            reason = "两次提醒均无答复。" if self.language == "zh" else "Reminded twice, no answer."
            self._add("closed", 24 * 12, self.owner, c.CloseCase(ending=Ending.NO_ANSWER, reason=reason))
            return
        self._add("agreed", 10, self._somebody(), c.AcceptProposal(words=self.story["thanks"]))
        self._measures(self.plan.rounds, 1)
        if self._has("result_rejected"):
            self._add("result_rejected", 12, self._somebody(), c.RejectResult(new_demand=self.story["demands"][0]))
            return
        self._satisfied()

    def _satisfied(self) -> None:
        self._add("satisfied", 6, self._somebody(), c.ConfirmSatisfaction(words=self.story.get("thanks", "")))
        reason = self.story.get("result") or self.story["proposal"]
        self._add("closed", 1, self.owner, c.CloseCase(reason=reason))

    def _proposal(self, round_: int) -> Do:
        summary, measures, amount = self.story["proposals"][round_ - 1]

        def propose(case: Case, now: datetime) -> Command:
            due = [now + timedelta(hours=48 + 24 * place) for place in range(len(measures))]
            return c.ProposeRemedy(
                summary=summary,
                measures=tuple(
                    c.Measure(text=text, owner=self.owner, due=at) for text, at in zip(measures, due, strict=True)
                ),
                amount=Decimal(amount) if amount else None,
                currency="CNY" if self.language == "zh" else "EUR",
            )

        return propose

    def _measures(self, round_: int, first: int) -> None:
        measures = self.story["proposals"][round_ - 1][1]
        for place in range(len(measures)):
            last = place == len(measures) - 1

            def complete(case: Case, now: datetime, place: int = place) -> Command:
                assert case.proposal is not None
                return c.CompleteMeasure(measure=list(case.proposal.measures)[place])

            self._add("carried" if last else "begun", 14, self.owner, complete)

    # ── After-sales ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _after_sales(self) -> None:
        story, owner = self.story, self.owner
        self._receive(
            ("after_sales_form", "after_sales_form", "hotline", "online_chat", "walk_in"),
            bought_days_ago=self.chance.randint(2, 300 if story["wish"] == "repair" else 12),
            fault=story["fault"],
            wish=Arrangement(story["wish"]),
            product=story["product"],
            order=f"B-{20300 + self.number}",
            serial_number=f"{story['product'].rpartition(' ')[2]}-{7000 + 13 * self.number}",
        )
        self._add("classified", 0.15, owner, c.ClassifyCase(category=story["wish"]))
        self._add("assigned", 0.2, owner, c.AssignCase(to=owner, department=BY_ID[owner].department))
        self._add("contacted", 0.8, owner, c.ContactCustomer(channel=Channel.HOTLINE))
        if self._has("evidence"):
            self._add("seen", 0.8, CUSTOMER, c.AddNote(text="-"), photo=True)
        if self.plan.ending == "withdrawn":
            self._ends_early()
            return
        if self.plan.ending == "not_eligible":
            rule = "damaged_by_misuse" if story["wish"] == "repair" else "outside_return_window"
            self._add("judged", 5, owner, c.JudgeEligibility(eligible=False, rule=rule, reason=story["refusal"]))
            self._add("closed", 2, owner, c.CloseCase(ending=Ending.NOT_ELIGIBLE, reason=story["refusal"]))
            return
        self._add("judged", 5, owner, c.JudgeEligibility(eligible=True, rule=story["rule"]))
        if story["wish"] == "repair":
            self._add("diagnosed", 3, TECHNICIAN, c.DiagnoseFault(cause=story["cause"], diagnosis=story["diagnosis"]))
        money = Decimal(story["money"]).quantize(Decimal("0.01")) if story["wish"] in ("return", "refund") else None
        currency = "CNY" if self.language == "zh" else "EUR"
        arranged = c.ProposeRemedy(
            summary=story["proposal"], arrangement=Arrangement(story["wish"]), amount=money, currency=currency
        )
        self._add("proposed", 3, owner, arranged)
        self._add("agreed", 8, self._somebody(), c.AcceptProposal())
        {"repair": self._repair, "return": self._return, "exchange": self._exchange, "refund": self._refund}[
            story["wish"]
        ](money, currency)
        self._satisfied()
        self._survey()

    def _repair(self, money: Decimal | None, currency: str) -> None:
        story = self.story
        self._add("under_way", 10, TECHNICIAN, c.StartRepair())
        self._add(
            "replaced",
            3,
            TECHNICIAN,
            c.ReplacePart(
                part=story["part"], quality=self.chance.choice((PartQuality.ORIGINAL, PartQuality.EQUIVALENT))
            ),
        )
        minutes = self.chance.randint(15, 90)
        self._add(
            "reported_repair",
            1,
            TECHNICIAN,
            c.ReportRepair(
                cause=story["cause"], standard="workshop standard 12", measures=story["repair"], minutes=minutes
            ),
        )
        self._add("tested", 1, TECHNICIAN, c.TestRepair(passed=True))
        self._add("carried", 20, TECHNICIAN, c.DemonstrateRepair())

    def _return(self, money: Decimal | None, currency: str) -> None:
        self._merchant_and_goods()
        self._refund(money, currency)

    def _exchange(self, money: Decimal | None, currency: str) -> None:
        self._merchant_and_goods()
        self._add(
            "sent",
            6,
            self.owner,
            c.RegisterShipment(
                direction=Direction.TO_CUSTOMER, carrier=self._carrier(), tracking_number=f"T{self.number:06d}"
            ),
        )
        self._add("carried", 40, self.owner, c.ConfirmDelivery())

    def _merchant_and_goods(self) -> None:
        self._add("merchant", 2, self.owner, c.TellMerchant(merchant=f"m-{10 + self.number % 30}"))
        self._add(
            "under_way",
            16,
            self.owner,
            c.RegisterShipment(
                direction=Direction.TO_US, carrier=self._carrier(), tracking_number=f"S{self.number:06d}"
            ),
        )
        self._add("back", 40, self.owner, c.ReceiveGoods(condition="完好" if self.language == "zh" else "as new"))

    def _carrier(self) -> str:
        return self.chance.choice(("SF", "JD", "YTO") if self.language == "zh" else ("DHL", "UPS", "PostNL"))

    def _refund(self, money: Decimal | None, currency: str) -> None:
        assert money is not None
        self._add(
            "carried",
            20,
            "liu.yang",
            c.ConfirmRefund(amount=money, currency=currency, reference=f"PAY-{7000 + self.number}"),
        )

    # ── Inquiry ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _inquiry(self) -> None:
        story = self.story
        self._receive(
            ("online_chat", "online_message", "hotline", "email"), matter=story["matter"], category=story["category"]
        )
        if self._has("question") or not story["article"]:
            self._add("looked", 0.2, self.owner, c.LookUpKnowledge(query=story["query"]))
            self._question()
        else:
            self._add("looked", 0.4, self.owner, c.LookUpKnowledge(query=story["query"], article=story["article"]))
        self._add(
            "answered" if self.plan.rounds == 1 else "first", 0.5, self.owner, c.AnswerInquiry(text=story["answer"])
        )
        if self.plan.rounds == 2:
            self._add("doubted", 5, self._somebody(), c.RejectProposal(new_demand=story["again"]))
            self._add(
                "looked_again",
                0.5,
                self.owner,
                c.LookUpKnowledge(query=story["query"], article=story["article"] or "KB-50"),
            )
            self._add("answered", 0.5, self.owner, c.AnswerInquiry(text=story["better"]))
        self._add("accepted", 6, self._somebody(), c.AcceptProposal())
        self._add("closed", 0.5, self.owner, c.CloseCase())
        self._survey()

    # ── Review ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _review(self) -> None:
        story = self.story
        if self.plan.ending == "resolved":
            self._survey()
        report = c.ReportCase(
            cause=story["cause"], course=story["finding"], result=story["result"], lessons=story["lessons"]
        )
        if self.plan.score == "low":
            self._add("wrote", 20, self.owner, report)
            self._improve()
        else:
            self._add("reported", 20, self.owner, report)

    def _survey(self) -> None:
        process, result, attitude = self.chance.choices(SCORES[self.plan.score], k=3)
        self._add("surveyed", 18, CUSTOMER, c.AnswerSurvey(process=process, result=result, attitude=attitude))
        if self.plan.score == "low" and self.plan.kind != "complaint":
            self._improve()

    def _improve(self) -> None:
        lead = lead_of(self.language)
        zh = self.language == "zh"
        action = self.story.get("improve") or ("复盘一次，改进答复模板" if zh else "Review it and improve the template")

        def open_(case: Case, now: datetime) -> Command:
            return c.OpenImprovement(action=action, owner=lead, due=now + timedelta(days=14))

        self._add("improving", 20, lead, open_)
        effect = "试行两周，没有再发生" if zh else "Two weeks on trial, not seen again"
        self._add("improved", 100, lead, c.CompleteImprovement(improvement="I1", effect=effect))
