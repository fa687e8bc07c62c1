"""Notices: written once from the facts of the case, in the customer's language, whatever is repeated."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.exceptions import ApplicationError

import policies
from activities.all import all_activities
from activities.asks import Ask, Asks, Sending
from activities.clock_names import CLOCKS
from activities.notify import Notify, clock_name, passed_limit, span
from activities.phrases import ARRANGEMENTS, CUSTOMER, ENDINGS, PHRASES, ROUND, UNITS, phrase_of
from activities.record import Record
from api.customer_links import CustomerLink, CustomerLinks
from domain import commands as c
from domain import events as e
from domain.actor import WORKFLOW, Actor
from domain.message import Command
from domain.rules import ApprovalRule, ClockRule, Escalation, UpwardRule
from domain.words import Arrangement, Ending, Language, NoticeKind, Outcome
from ledger.recorder import Recorder, Submission
from tests.domain.story import COMPLAINT, DAY_ONE, LI, WANG
from tests.ledgers import Ledger

KEY = b"k" * 32


@pytest.fixture
def ledger(database_url: str) -> Iterator[Ledger]:
    with Ledger(database_url) as ledger:
        yield ledger


@pytest.fixture
def recorder(shipped: str, ledger: Ledger) -> Recorder:
    return Recorder(ledger, KEY)


def _is(moment: datetime) -> datetime:
    return moment


class Office:
    """Gives commands, and sends what they ask for."""

    def __init__(self, ledger: Ledger, recorder: Recorder, outbox: Path) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.outbox = outbox
        self.notify = Notify(ledger, recorder, outbox)
        self.given = 0

    def do(self, by: Actor, command: Command, stream: str | None = None, at: datetime | None = None) -> str:
        """Give a command, now or at another instant."""
        self.given += 1
        recorder = self.recorder if at is None else Recorder(self.ledger, KEY, clock=partial(_is, at))
        receipt = recorder.record(Submission(command, by, f"o{self.given}", stream=stream))
        assert receipt.refusal is None, receipt.refusal.sentence
        return receipt.stream

    def letter(self, stream: str, notice: str) -> str:
        self.notify.send_notices(Sending(stream, [notice]))
        return (self.outbox / f"{stream}-{notice}.txt").read_text(encoding="utf-8")


@pytest.fixture
def office(ledger: Ledger, recorder: Recorder, tmp_path: Path) -> Office:
    return Office(ledger, recorder, tmp_path / "outbox")


def test_every_kind_of_notice_and_every_word_in_it_has_a_phrase_in_both_languages() -> None:
    assert set(PHRASES) == {(kind, language) for kind in NoticeKind for language in Language}
    for words in (*ENDINGS.values(), *ARRANGEMENTS.values(), CUSTOMER, UNITS, ROUND):
        assert set(words) == set(Language)
    assert set(ENDINGS) == set(Ending)
    assert set(ARRANGEMENTS) == set(Arrangement)


def test_every_time_limit_of_the_shipped_packs_has_a_chinese_name() -> None:
    sheets = [sheet for pack in policies.packs() if pack.kinds for sheet in policies.load(pack.name).values()]
    assert {rule.name for sheet in sheets for rule in sheet.clocks} - set(CLOCKS) == set()


@pytest.mark.requirement("I-06", "C-06")
@pytest.mark.parametrize(
    ("language", "words"), [(Language.ZH, "您的投诉已登记"), (Language.EN, "your Complaint is registered")]
)
def test_an_acknowledgement_is_written_in_the_customers_language(
    office: Office, language: Language, words: str
) -> None:
    stream = office.do(LI, replace(COMPLAINT, language=language))
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    letter = office.letter(stream, "N1")
    assert words in letter
    assert letter.startswith(f"To: 13800138000\nCase: {stream}\nNotice: N1\nId: ")
    assert re.search(r"\nId: [0-9a-f]{32}\nKind: acknowledgement\n", letter), "nobody guesses it from its digest"
    assert "张三" in letter


def test_a_notice_says_what_was_known_when_it_was_asked_for(office: Office) -> None:
    stream = office.do(LI, replace(COMPLAINT, language=Language.EN))
    office.do(WANG, c.TellProgress(text="We look for it."), stream)
    office.do(WANG, c.TellProgress(text="We found it."), stream)
    assert "We look for it." in office.letter(stream, "N1")
    assert "We found it." in office.letter(stream, "N2")
    due = office.recorder.load(stream)[1].received_at + timedelta(days=2)
    office.do(WANG, c.AskQuestion(to="sun", text="Who packed it?", due=due), stream)
    question = office.letter(stream, "N3")
    assert question.startswith("To: sun\n")
    assert "Who packed it?" in question
    assert f"{due:%Y-%m-%d %H:%M} UTC" in question


def test_a_message_that_is_sent_again_or_no_longer_held_back_says_what_it_was_to_say(office: Office) -> None:
    stream = office.do(LI, replace(COMPLAINT, language=Language.EN))
    held = Submission(c.TellProgress(text="We look for it."), WANG, "held", stream=stream, hold=60)
    assert office.recorder.record(held).accepted
    office.do(WANG, c.TellProgress(text="We found it."), stream)
    office.do(LI, c.ResendNotice(notice="N1"), stream)
    assert "We look for it." in office.letter(stream, "N3")
    assert "We found it." in office.letter(stream, "N2")
    office.notify.send_notices(Sending(stream, ["N1"]))
    assert not (office.outbox / f"{stream}-N1.txt").exists(), "it went as N3"


def test_sending_twice_sends_once_and_records_once(office: Office) -> None:
    stream = office.do(LI, COMPLAINT)
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    office.letter(stream, "N1")
    file = office.outbox / f"{stream}-N1.txt"
    written = file.stat().st_mtime_ns
    progress = office.notify.send_notices(Sending(stream, ["N1"]))
    assert progress is not None
    assert (progress.todo, file.stat().st_mtime_ns) == ([], written)
    sent = [entry.event for entry in office.ledger.history(stream) if isinstance(entry.event, e.NoticeSent)]
    assert [(event.reference, event.sha256) for event in sent] == [
        (file.name, hashlib.sha256(file.read_bytes()).hexdigest())
    ]
    assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_a_sender_that_died_before_it_recorded_writes_the_same_file_again(office: Office) -> None:
    stream = office.do(LI, COMPLAINT)
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    case = office.ledger.opened(office.recorder.load(stream)[1])
    office.notify._send(stream, "N1", case, case.notices["N1"])  # dies here
    first = (office.outbox / f"{stream}-N1.txt").read_bytes()
    office.letter(stream, "N1")
    assert (office.outbox / f"{stream}-N1.txt").read_bytes() == first
    assert len(list(office.outbox.iterdir())) == 1


def test_a_letter_leads_its_customer_to_their_own_page_and_is_the_same_when_it_is_written_again(
    office: Office,
) -> None:
    links = CustomerLinks.from_ledger_key(KEY)
    office.notify.page_of = lambda *page: "https://cases.example.com" + links.path(*page)
    stream = office.do(LI, COMPLAINT)
    office.do(LI, c.WithdrawCustomerLinks(reason="a slip"), stream)
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    case = office.ledger.opened(office.recorder.load(stream)[1])
    first = office.notify._send(stream, "N1", case, case.notices["N1"])
    letter = office.letter(stream, "N1")
    assert isinstance(first, c.ConfirmSending)
    assert first.sha256 == hashlib.sha256(letter.encode()).hexdigest()
    assert [links.read(one) for one in re.findall(r"https://cases[.]example[.]com/c/(\S+)", letter)] == [
        CustomerLink(stream, "zh", 1)
    ]
    office.do(LI, c.AssignCase(to="wang", department="after-sales"), stream)
    assert "https://" not in office.letter(stream, "N2"), "colleagues sign in"


@pytest.mark.requirement("C-06")
def test_what_waits_is_not_sent_early_whoever_asks_and_what_was_taken_back_never(office: Office) -> None:
    stream = office.do(LI, COMPLAINT)
    for text in ("A slip.", "We look for it."):
        held = Submission(c.TellProgress(text=text), LI, text, stream, hold=30)
        assert office.recorder.record(held).refusal is None
    both = Sending(stream, ["N1", "N2"])
    office.notify.send_notices(both)
    assert not office.outbox.exists(), "a timer that is early, or a workflow begun anew, sends nothing early"
    office.do(LI, c.CancelNotice(notice="N1", reason="a slip"), stream)
    later = office.recorder.now() + timedelta(seconds=31)
    office.notify.recorder = Recorder(office.ledger, KEY, clock=partial(_is, later))
    office.notify.send_notices(both)
    assert [file.name for file in office.outbox.iterdir()] == [f"{stream}-N2.txt"]


def test_a_customer_without_an_address_is_a_failure_that_a_person_sees(office: Office) -> None:
    stream = office.do(LI, replace(COMPLAINT, contact=""))
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    progress = office.notify.send_notices(Sending(stream, ["N1"]))
    assert progress is not None
    assert progress.todo == []
    failed = office.ledger.history(stream)[-1].event
    assert isinstance(failed, e.NoticeFailed)
    assert failed.code == "no_address"


def test_one_notice_that_cannot_be_sent_does_not_keep_back_the_others(office: Office) -> None:
    stream = office.do(LI, COMPLAINT)
    office.do(WORKFLOW, c.AcknowledgeReceipt(), stream)
    office.do(WANG, c.TellProgress(text="We look for it."), stream)
    in_the_way = office.outbox / f"{stream}-N1.txt"
    in_the_way.mkdir(parents=True)
    with pytest.raises(ApplicationError, match=r"^os_error: os_error$"):
        office.notify.send_notices(Sending(stream, ["N1", "N2"]))
    assert [number for number, notice in office.recorder.load(stream)[1].notices.items() if notice.sent] == ["N2"]
    in_the_way.rmdir()
    progress = office.notify.send_notices(Sending(stream, ["N1", "N2"]))
    assert progress is not None
    assert progress.todo == []


def test_what_the_ledger_does_not_have_is_not_sent(office: Office) -> None:
    assert office.notify.send_notices(Sending("C-2026-999999", ["N1"])) is None


def test_the_workflows_asks_are_recorded_in_one_append_and_once_for_ever(office: Office) -> None:
    stream = office.do(LI, COMPLAINT)
    record = Record(office.recorder)
    asks = Asks(
        stream, [Ask(f"{stream}/receive#1/{step}", step) for step in ("acknowledge_receipt", "tell_department_head")]
    )
    first = record.record(asks)
    again = record.record(asks)
    assert (first.outcomes, again.outcomes) == (["accepted", "accepted"], ["repeated", "repeated"])
    assert first.progress == again.progress
    entries = [entry for entry in office.ledger.history(stream) if entry.actor == WORKFLOW]
    assert len({entry.recorded_at for entry in entries}) == 1
    refused = record.record(Asks(stream, [Ask(f"{stream}/x", "lapse_survey")]))
    assert refused.outcomes == ["no_survey"]


def test_every_activity_has_a_name_that_workflows_use(office: Office) -> None:
    names = {
        activity._Definition.must_from_callable(each).name
        for each in all_activities(office.ledger, office.recorder, office.outbox)
    }
    of_erasures = {"check_holds", "destroy_keys", "purge_traces", "certify_erasure"}
    assert names == {"record", "progress", "send_notices"} | of_erasures


# ── To the staff ─────────────────────────────────────────────────────────────────────────────────────────────────────

ONE_LIMIT = ClockRule(
    name="solution",
    starts=("CaseReceived",),
    stops=("SatisfactionConfirmed",),
    limit={"ordinary": "2h"},
    escalate=(Escalation(after="0m", to="lead"), Escalation(after="1h", to="department_head")),
)
SHEET = replace(
    policies.load()["complaint"],
    version="notices",
    clocks=(ONE_LIMIT,),
    approval=ApprovalRule(above=Decimal(100), by=("lead",)),
    upward={"complex": UpwardRule(tell=("management",))},
    phrases={
        "progress": {"en": {"subject": "News of {case}", "body": "Hello {name}: {text}"}},
        "escalation": {"zh": {"subject": "【催办】{case}"}},
    },
)


@pytest.fixture
def strict(office: Office) -> Office:
    """The same office under a sheet with one short limit."""
    office.recorder.publish({"complaint": SHEET}, WORKFLOW)
    return office


@pytest.mark.requirement("T-10")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.EN, "The time limit “solution” of the Complaint {case} passed at 2026-11-23 11:00 UTC; "),
        (Language.ZH, "投诉 {case} 的“解决”时限已于 2026-11-23 11:00 UTC 届满，"),
    ],
)
def test_an_escalation_names_the_limit_in_the_readers_language_and_how_late_it_is(
    strict: Office, language: Language, words: str
) -> None:
    stream = strict.do(LI, replace(COMPLAINT, language=language), at=DAY_ONE)
    strict.do(LI, c.AddNote(text="the system was down"), stream, at=DAY_ONE + timedelta(hours=5))
    lead, head = strict.letter(stream, "N1"), strict.letter(stream, "N2")
    assert lead.startswith("To: lead@customer-service\n")
    assert head.startswith("To: department_head@customer-service\n")
    assert words.format(case=stream) in lead
    assert ("late by 3h" if language is Language.EN else "逾期 3小时") in lead


@pytest.mark.requirement("T-10")
def test_the_second_step_is_about_itself_even_when_both_were_found_at_once(strict: Office) -> None:
    stream = strict.do(LI, COMPLAINT, at=DAY_ONE)
    strict.do(LI, c.AddNote(text="the system was down"), stream, at=DAY_ONE + timedelta(hours=5))
    passed = [passed_limit(strict.ledger.history(stream), number) for number in ("N1", "N2")]
    assert [one.event.level for one in passed if one] == [1, 2]


@pytest.mark.requirement("T-10")
def test_an_escalation_that_is_sent_again_is_about_the_same_step(strict: Office) -> None:
    stream = strict.do(LI, replace(COMPLAINT, language=Language.EN), at=DAY_ONE)
    strict.do(WORKFLOW, c.CheckClocks(), stream, at=DAY_ONE + timedelta(hours=2, minutes=1))
    strict.do(WORKFLOW, c.ReportSendingFailed(notice="N1", code="no_address"), stream)
    strict.do(LI, c.ResendNotice(notice="N1"), stream)
    again = [number for number, notice in strict.recorder.load(stream)[1].notices.items() if not notice.failed][-1]
    assert "late by 1m" in strict.letter(stream, again)


@pytest.mark.requirement("H-09", "H-06")
def test_a_proposal_to_approve_and_a_report_upward_say_what_they_are_about(strict: Office) -> None:
    stream = strict.do(LI, replace(COMPLAINT, language=Language.EN))
    strict.do(LI, c.ReportUpward(to="expert", reason="We have never seen such a lamp."), stream)
    assert "We have never seen such a lamp." in strict.letter(stream, "N1")
    remedy = c.ProposeRemedy(summary="Money back.", amount=Decimal(150))
    for command in (
        c.ClassifyCase(category="product", subcategory="damage"),
        c.AssignCase(to="li", department="customer-service"),
        c.RecordFinding(course="It fell.", cause="packaging"),
        c.NameResponsible(department="logistics", person="sun"),
        c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"),
        remedy,
    ):
        strict.do(LI, command, stream)
    letter = strict.letter(stream, "N2")
    assert letter.startswith("To: lead@customer-service\n")
    assert "needs approval" in letter
    assert "Money back.\n· 150 CNY" in letter


@pytest.mark.requirement("H-07")
def test_a_substitute_is_told_that_the_case_is_with_them_now(strict: Office) -> None:
    stream = strict.do(LI, COMPLAINT)
    moved = c.MoveToSubstitute(person="li", to="wang", department="after-sales", plan="L1")
    strict.do(WORKFLOW, moved, stream)
    letter = strict.letter(stream, "N1")
    assert letter.startswith("To: wang\n")
    assert "现由您负责" in letter


@pytest.mark.requirement("C-06")
def test_a_sheets_own_words_win_over_the_programs(strict: Office) -> None:
    stream = strict.do(LI, replace(COMPLAINT, language=Language.EN))
    strict.do(LI, c.TellProgress(text="We look for it."), stream)
    letter = strict.letter(stream, "N1")
    assert f"Subject: News of {stream}\n" in letter
    assert "Hello 张三: We look for it." in letter


def test_what_a_sheet_leaves_out_is_said_as_usual(strict: Office) -> None:
    phrase = phrase_of(NoticeKind.ESCALATION, Language.ZH, SHEET)
    assert phrase.subject == "【催办】{case}"
    assert phrase.body == PHRASES[NoticeKind.ESCALATION, Language.ZH].body


@pytest.mark.parametrize(
    ("time", "words"),
    [
        (timedelta(days=1, hours=2, minutes=5), "1d 2h"),
        (timedelta(minutes=61), "1h 1m"),
        (timedelta(seconds=20), "0m"),
    ],
)
def test_how_late_is_said_in_two_units(time: timedelta, words: str) -> None:
    assert span(time, Language.EN) == words


def test_a_limit_of_a_round_is_called_by_its_round() -> None:
    assert clock_name("proposal#2", Language.ZH) == "提出方案（第2轮）"
    assert clock_name("proposal#2", Language.EN) == "proposal, round 2"
    assert clock_name("our_own", Language.ZH) == "our own"
