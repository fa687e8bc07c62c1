"""The customer's own page: by a signed link, without signing in and without any script."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import httpx
import pytest
from itsdangerous import TimestampSigner

from api.customer_links import VALID_FOR
from domain import commands as c
from domain import events as e
from domain.actor import Role, customer_of
from domain.commands import COMMANDS, OF_THE_CUSTOMER
from domain.rights import may
from domain.words import Channel, Outcome
from tests.console_web.conftest import Site
from tests.console_web.town import CHEN, LI, LINKS

CUSTOMER = ("陈小姐", "13900004321", "那盏灯裂了")
"""Name, contact and matter: the page shows none of it, whoever holds the link."""
OURS = ("wang", "li", "chen", "She is a judge", "after-sales", "carrier dropped it")


def received(site: Site) -> str:
    """A complaint of the test's own."""
    name, contact, matter = CUSTOMER
    received = c.ReceiveCase(
        kind="complaint",
        channel=Channel.HOTLINE,
        customer_name=name,
        contact=f"{contact}{time.monotonic_ns()}",
        matter=matter,
        remedy_sought="退货",
        category="product",
        subcategory="quality",
    )
    return site.town.ask(LI, received)


def proposed(site: Site, text: str = "We send a new lamp.", case: str = "") -> str:
    """A complaint with a proposal that its customer was told."""
    ask, first = site.town.ask, not case
    case = case or received(site)
    if first:
        ask(LI, c.AcknowledgeReceipt(), case)
        ask(LI, c.AddNote(text="She is a judge."), case)
        ask(CHEN, c.AssignCase(to="wang", department="after-sales"), case)
        ask("wang:agent@after-sales", c.AcceptAssignment(), case)
        ask(CHEN, c.TellDepartmentHead(department="after-sales"), case)
        ask(CHEN, c.TakeLead(), case)
    number = f"F{len(site.town.case(case)[0].findings) + 1}"
    ask("wang:agent@after-sales", c.RecordFinding(course="carrier dropped it", cause="transport"), case)
    if first:
        ask("wang:agent@after-sales", c.NameResponsible(department="logistics", person="sun"), case)
    ask(CHEN, c.TakeDecision(outcome=Outcome.UPHELD, findings=(number,), rule="3.2"), case)
    measures = (c.Measure(text="Send it by courier.", owner="wang"),)
    ask("wang:agent@after-sales", c.ProposeRemedy(summary=text, measures=measures), case)
    ask("wang:agent@after-sales", c.PresentProposal(), case)
    return case


class Phone:
    """A customer with a link."""

    def __init__(self, site: Site, case: str, language: str = "en") -> None:
        self.url = site.url
        self.page = httpx.get(site.url + LINKS.path(case, language), timeout=20)

    def send(self, answer: str, files: list[tuple[str, bytes]] | None = None, **typed: str) -> httpx.Response:
        """Send a form of the page that was looked at, and look at what comes."""
        form = re.search(rf'<form[^>]*action="([^"]*/{answer}[^"]*)"(.*?)</form>', self.page.text, re.DOTALL)
        assert form is not None, f"the page does not offer {answer}"
        hidden = dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[2]))
        sent = [("file", (name, content)) for name, content in files or ()]
        answered = httpx.post(
            self.url + form[1], data=hidden | typed, files=sent or None, follow_redirects=True, timeout=20
        )
        self.page = answered if answered.status_code == 200 else self.page
        return answered


def events(site: Site, case: str) -> list[type[object]]:
    """What the ledger has of a case."""
    return [type(entry.event) for entry in site.town.house.ledger.history(case)]


@pytest.mark.requirement("C-04", "C-05", "C-06", "R-01")
def test_a_customer_refuses_with_a_new_demand_then_agrees_is_satisfied_and_rates(site: Site) -> None:
    case = proposed(site)
    phone = Phone(site, case)
    assert "We wait for your answer." in phone.page.text
    assert "We send a new lamp." in phone.page.text
    assert "Send it by courier." in phone.page.text
    assert phone.send("reject_proposal").status_code == 422, "a refusal says what is wanted instead"
    again = phone.send("reject_proposal", words="我要退钱")
    assert "look at it again" in again.text
    assert "You were not satisfied, so we are looking at it again." in again.text
    proposed(site, "You get your money back.", case)
    phone = Phone(site, case)
    assert "You get your money back." in phone.page.text
    assert "you agree" in phone.send("accept_proposal").text
    assert "You agreed, and we are doing it." in phone.page.text
    measure = next(iter(site.town.case(case)[0].proposal.measures))  # type: ignore[union-attr]
    site.town.ask("wang:agent@after-sales", c.CompleteMeasure(measure=measure), case)
    phone = Phone(site, case)
    assert "All that we promised is done." in phone.page.text
    phone.send("confirm_satisfaction", words="谢谢")
    site.town.ask("wang:agent@after-sales", c.CloseCase(reason="A new lamp arrived."), case)
    phone = Phone(site, case)
    assert "It is resolved, and closed." in phone.page.text
    assert phone.send("answer_survey", process="5", result="4").status_code == 422
    assert "We have your rating." in phone.send("answer_survey", process="5", result="4", attitude="5").text
    theirs = [entry for entry in site.town.house.ledger.history(case) if entry.actor.roles == (Role.CUSTOMER,)]
    subject = site.town.case(case)[0].subject
    assert {entry.actor.id for entry in theirs} == {f"customer:{subject}"}, "the customer, not somebody of ours"
    answers = (e.ProposalRejected, e.ProposalAccepted, e.SatisfactionConfirmed, e.SurveyAnswered)
    assert [type(entry.event) for entry in theirs if isinstance(entry.event, answers)] == list(answers)


@pytest.mark.requirement("L-04", "L-05", "H-02")
def test_the_page_shows_what_is_the_customers_to_know_and_that_it_was_opened_is_recorded(site: Site) -> None:
    case = proposed(site)
    for language, stands in (("en", "We wait for your answer."), ("zh", "投诉")):
        page = Phone(site, case, language).page
        assert page.status_code == 200
        assert stands in page.text
        assert f'lang="{"zh-CN" if language == "zh" else "en"}"' in page.text
        words = re.sub(r"<[^>]*>", " ", page.text)
        assert not [word for word in (*CUSTOMER, *OURS) if re.search(rf"(?<![A-Za-z]){word}(?![A-Za-z])", words)]
        assert "<script" not in page.text
        assert not re.search(r'\sstyle="|\son[a-z]+="|https?://(?!127)', page.text)
        assert page.headers["x-robots-tag"] == "noindex"
        assert page.headers["cache-control"] == "no-store"
    reads = site.looks(case)
    assert len(reads) == 1, "once a day, however often it is opened"
    assert reads[0].actor.id.startswith("customer:")
    assert 'lang="en"' in httpx.get(f"{site.url}{LINKS.path(case, 'zh')}?lang=en").text


def expired(path: str) -> str:
    """A link of long ago, signed with the right key."""
    with pytest.MonkeyPatch.context() as patch:
        then = int(time.time() - VALID_FOR.total_seconds() - 60)
        patch.setattr(TimestampSigner, "get_timestamp", lambda _signer: then)
        return LINKS.path(path, "en")


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize(
    ("spoilt", "status", "says"),
    [
        (lambda path: path[:-1], 404, "This link does not work"),
        (lambda path: path.replace(".", "..", 1), 404, "This link does not work"),
        (lambda path: "/c/%E4%B8%AD", 404, "This link does not work"),
        (lambda path: LINKS.path("C-2026-999999", "en"), 404, "This link does not work"),
        (lambda path: LINKS.path("policy:complaint", "en"), 404, "This link does not work"),
        (lambda path: f"{path}/close_case", 405, ""),
        (lambda path: expired("C-2026-000001"), 410, "This link is too old"),
    ],
)
def test_a_link_that_is_altered_or_too_old_says_whom_to_call(
    site: Site, spoilt: Callable[[str], str], status: int, says: str
) -> None:
    answer = httpx.get(site.url + spoilt(LINKS.path(site.cases[0], "en")))
    assert answer.status_code in (status, 404)
    if says:
        assert says in answer.text
        assert "400 820 8820" in answer.text
        assert "worklist" not in answer.text


@pytest.mark.requirement("H-09", "C-04")
def test_a_link_that_was_withdrawn_shows_nothing_and_says_what_to_do(site: Site) -> None:
    case = proposed(site)
    phone = Phone(site, case)
    with site.client(CHEN) as chen:
        shown = chen.get(f"/cases/{case}/customer-link").text
        assert f"/cases/{case}/do/withdraw_customer_links" in shown
        given = chen.post(f"/cases/{case}/do/withdraw_customer_links", data={"reason": "sent to a wrong number"})
        assert given.status_code == 303
        [link] = re.findall(r"http://[^<]*(/c/[^<]*)</code>", chen.get(f"/cases/{case}/customer-link").text)[:1]
    for answer in (phone.send("accept_proposal"), httpx.get(f"{site.url}{LINKS.path(case, 'en')}?lang=en", timeout=20)):
        assert answer.status_code == 410
        assert "This link does not work any more" in answer.text
        assert "Ask us for a new one" in answer.text
        assert "We send a new lamp." not in answer.text
    withdrawn = site.town.house.ledger.history(case)[-1]
    assert (type(withdrawn.event), withdrawn.actor.id) == (e.CustomerLinksWithdrawn, "chen"), "it is known who did it"
    assert httpx.get(site.url + link, timeout=20).status_code == 200, "one that is made later works"


def test_an_answer_is_to_the_proposal_that_was_seen_and_counts_once(site: Site) -> None:
    case = proposed(site)
    early, twice = Phone(site, case), Phone(site, case)
    site.town.ask("wang:agent@after-sales", c.WithdrawProposal(reason="too little"), case)
    site.town.ask(
        "wang:agent@after-sales",
        c.ProposeRemedy(summary="More.", measures=(c.Measure(text="More.", owner="wang"),)),
        case,
    )
    site.town.ask("wang:agent@after-sales", c.PresentProposal(), case)
    stale = early.send("accept_proposal")
    assert stale.status_code == 409
    assert "has moved on since you opened this page" in stale.text
    assert e.ProposalAccepted not in events(site, case)
    twice = Phone(site, case)
    before = twice.page
    twice.send("accept_proposal")
    twice.page = before  # the button is pressed a second time
    assert twice.send("accept_proposal").status_code == 200
    assert events(site, case).count(e.ProposalAccepted) == 1


@pytest.mark.requirement("I-06", "C-01")
def test_a_message_and_its_files_are_kept_and_what_is_not_taken_is_told(site: Site) -> None:
    case = received(site)
    phone = Phone(site, case)
    photo = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    sent = phone.send("message", [("灯.png", photo)], words="看照片")
    assert "We have your message." in sent.text
    assert [kind for kind in events(site, case) if kind in (e.EvidenceAdded, e.CustomerMessageReceived)] == [
        e.EvidenceAdded,
        e.CustomerMessageReceived,
    ]
    (item,) = site.town.house.evidence().items(case)
    assert (item.size, item.given_by, item.media_type) == (len(photo), "customer", "image/png")
    refused = Phone(site, case).send("message", [("a.exe", b"MZ" + bytes(300))], words="run me")
    assert refused.status_code == 409
    assert "run me" in refused.text, "nothing that was typed is lost"
    assert len(site.town.house.evidence().items(case)) == 1
    most = site.town.house.evidence().limits.most
    assert Phone(site, case).send("message", [("big.png", photo + bytes(most + 300_000))]).status_code == 413
    assert Phone(site, case).send("message").status_code == 422


@pytest.mark.requirement("H-01")
def test_a_customer_may_say_what_staff_records_for_them_and_nothing_else(site: Site) -> None:
    case, sheet = site.town.case(site.cases[0])
    allowed = {name for name, command in COMMANDS.items() if may(command, customer_of(case.subject), sheet) is None}
    assert allowed == OF_THE_CUSTOMER


@pytest.mark.requirement("C-06")
def test_the_link_is_made_on_the_case_page(site: Site) -> None:
    case = received(site)
    assert f"/cases/{case}/customer-link" in site.get(f"/cases/{case}").text
    page = site.get(f"/cases/{case}/customer-link")
    links = re.findall(rf"{site.url}(/c/[^<]+)", page.text)
    assert [LINKS.read(link[3:]).language for link in links] == ["zh", "en"], "the customer's language first"
    assert "We have received it." in httpx.get(site.url + links[1]).text
