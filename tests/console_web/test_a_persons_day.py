"""A person's day in a real browser: one complaint from the first word to the review, and the auditor who replays it.

Everything is real: PostgreSQL, Temporal, a worker, the console as its own process, Chromium. At the end the ledger
holds exactly what these people did, and what the case's workflow did for them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from domain import events as e
from tests.console_web.test_browser import serious
from tests.faults.house import House
from tests.faults.served import PASSWORD, Server, serving
from worker.stack.process import tail

PHOTO = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
PATIENCE = 20_000
"""Milliseconds until something is on a page: the machine is busy with other tests."""


LOOKED_AT = ("classify case", "take decision", "propose remedy", "complete measure")
"""Forms that have between them every kind of field."""


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A whole Casefold; messages leave at once."""
    with House(home) as house, serving(house, CASEFOLD_UNDO_SECONDS="0") as server:
        server.employ("li:agent,lead@customer-service", "qian:auditor")
        yield server
        print(house.log_of("worker"), tail(server.log, 40), sep="\n")  # shown when the test fails


class Person:
    """Somebody at a browser. Whatever page they look at, nothing on it may keep anybody out."""

    def __init__(self, browser: Browser, url: str, width: int = 1280, locale: str = "en-GB") -> None:
        phone = width < 500
        self.context = browser.new_context(
            base_url=url, viewport={"width": width, "height": 844}, locale=locale, has_touch=phone, is_mobile=phone
        )
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self._looked_at: set[str] = set()
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def readable(self) -> None:
        """Nothing on this page keeps anybody out."""
        self.wrong += [f"{self.page.url}: {found}" for found in serious(self.page)]

    def sign_in(self, name: str) -> None:
        self.page.goto("/")
        self.readable()
        self.page.keyboard.type(name)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(PASSWORD)
        self.page.keyboard.press("Enter")
        expect(self.page.locator(".side")).to_be_visible(timeout=PATIENCE)
        self.readable()

    def does(self, command: str, **typed: str) -> None:
        """Find a command with the palette, fill in its form, send it: no hand leaves the keyboard."""
        page, keys = self.page, self.page.keyboard
        keys.press("Control+k")
        keys.type(command)
        expect(page.locator("#palette .option.at")).to_contain_text(command, timeout=PATIENCE, ignore_case=True)
        keys.press("Enter")
        form = page.locator("#drawer form")
        expect(form.get_by_role("heading")).to_contain_text(command, timeout=PATIENCE, ignore_case=True)
        for name, value in typed.items():
            inputs = form.locator(f"[name='{name.replace('__', '.')}']")
            match inputs.first.evaluate("input => input.type"):
                case "radio" | "checkbox":
                    form.locator(f"[name='{name}'][value='{value}']").check()
                case "select-one":
                    inputs.select_option(value)
                case _:
                    inputs.first.focus()
                    keys.type(value)
        if command not in self._looked_at and command in LOOKED_AT:
            self.readable()
            self._looked_at.add(command)
        with page.expect_navigation():
            keys.press("Control+Enter")
        expect(page.locator(".done")).to_be_visible(timeout=PATIENCE)

    def sees(self, text: str, where: str = "#live") -> None:
        """This comes up on the page, without being asked for."""
        expect(self.page.locator(where)).to_contain_text(text, timeout=PATIENCE)


@pytest.fixture
def people(browser: Browser, server: Server) -> Iterator[Callable[..., Person]]:
    """Everybody has a browser of their own."""
    there: list[Person] = []

    def person(**how: object) -> Person:
        there.append(Person(browser, server.url, **how))  # type: ignore[arg-type]
        return there[-1]

    yield person
    wrong = [text for one in there for text in one.wrong]
    for one in there:
        one.context.close()
    assert wrong == []


@pytest.mark.requirement("I-01", "C-01", "C-04", "C-05", "C-06", "L-01", "L-02", "R-01", "R-03")
def test_a_complaint_goes_from_the_first_word_to_the_review_and_the_auditor_replays_it(
    server: Server, people: Callable[..., Person]
) -> None:
    li = people()
    li.sign_in("li")
    case = opens_a_complaint(li)
    li.sees("The receipt was acknowledged")
    li.does("classify case", category="product", subcategory="damage")
    li.does("assign case", to="li", department="customer-service")
    li.sees("The head of the department concerned was told")
    li.does("take lead")
    li.does("contact customer", channel="hotline")
    li.page.set_input_files("#evidence-file", {"name": "lamp.png", "mimeType": "image/png", "buffer": PHOTO})
    with li.page.expect_navigation():
        li.page.get_by_role("button", name="Take in").press("Enter")
    li.sees("E1", "#evidence")
    li.does("record finding", course="The carrier dropped it.", cause="transport")
    li.does("name responsible", department="logistics", person="sun")
    li.does("take decision", outcome="upheld", findings="F1", rule="5.3")
    propose(li, "We send a new shade.", "Send a shade")

    phone = people(width=390, locale="zh-CN")
    phone.page.goto(link_of(li))
    refuses(phone, "我要整灯更换")
    li.sees("The customer did not agree")
    propose(li, "We send a new lamp.", "Send a lamp")
    phone.page.reload()
    agrees(phone)
    li.sees("The customer agreed to the proposal")
    li.does("complete measure")
    phone.page.reload()
    phone.page.get_by_role("button", name="满意", exact=True).tap()
    expect(phone.page.locator("#said")).to_be_visible()
    li.sees("The customer confirmed that they are satisfied")
    li.does("close case", reason="A new lamp was delivered.")
    li.sees("The customer was invited")
    rates(phone)
    li.does("report case", cause="transport", course="Dropped.", result="A new lamp.", lessons="Pack it better.")
    li.sees("Nothing: it is over.")
    li.readable()
    qian = people()
    qian.sign_in("qian")
    replays(qian, server, case)
    happened(server, case)


# ── What they do ─────────────────────────────────────────────────────────────────────────────────────────────────────


def opens_a_complaint(li: Person) -> str:
    """From the keyboard alone; the case."""
    page, keys = li.page, li.page.keyboard
    keys.press("n")
    page.wait_for_url("**/new")
    li.readable()
    keys.press("1")
    page.wait_for_url("**/new/complaint")
    expect(page.get_by_label("customer name")).to_be_focused()
    for typed in ("王小明", "12000000001", "hotl", "", "灯罩送到就是碎的。", "换一个新的"):
        keys.type(typed)
        keys.press("Tab")
    li.readable()
    keys.press("Control+Enter")
    page.wait_for_url("**/cases/C-*")
    li.readable()
    case = page.locator("[data-case]").get_attribute("data-case")
    assert case
    return case


def propose(li: Person, summary: str, measure: str) -> None:
    """A proposal with one measure, which the workflow then tells the customer."""
    li.does("propose remedy", summary=summary, measures__text=measure, measures__owner="li", measures__due="+3d")
    li.sees("The customer was told the proposal")


def link_of(li: Person) -> str:
    """The customer's link, from the page that makes it."""
    li.page.get_by_role("link", name="Link for the customer").press("Enter")
    link = li.page.locator("#drawer .copyable code").first
    expect(link).to_contain_text("/c/", timeout=PATIENCE)
    li.readable()
    found = link.inner_text()
    li.page.keyboard.press("Escape")
    return found


def refuses(phone: Person, demand: str) -> None:
    page = phone.page
    expect(page.locator("h1")).to_contain_text("答复")
    phone.readable()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("summary", has_text="不满意").tap()
    page.locator("#demand").fill(demand)
    page.locator("form", has=page.locator("#demand")).get_by_role("button").tap()
    expect(page.locator("#said")).to_be_visible()
    phone.readable()


def agrees(phone: Person) -> None:
    expect(phone.page.get_by_text("We send a new lamp.")).to_be_visible()
    phone.page.get_by_role("button", name="同意", exact=True).tap()
    expect(phone.page.locator("#said")).to_be_visible()
    phone.readable()


def rates(phone: Person) -> None:
    phone.page.reload()
    for name, score in (("process", 4), ("result", 5), ("attitude", 5)):
        phone.page.locator(f"label:has([name={name}][value='{score}'])").tap()
    phone.readable()
    phone.page.get_by_role("button", name="提交评价").tap()
    expect(phone.page.locator("#said")).to_be_visible()


def replays(qian: Person, server: Server, case: str) -> None:
    """The slider from the last entry back to the first, and forward to the customer's new demand."""
    page, keys = qian.page, qian.page.keyboard
    entries = server.house.ledger().history(case)
    refused = next(entry.version for entry in entries if isinstance(entry.event, e.ProposalRejected))
    page.goto(f"/cases/{case}")
    qian.readable()
    page.get_by_role("link", name="Replay").first.press("Enter")
    head, slider, step = page.locator(".step-head h2"), page.locator("#slider"), page.locator("#step")
    expect(head).to_contain_text(f"Entry {len(entries)} of {len(entries)}", timeout=PATIENCE)
    slider.focus()
    keys.press("Home")
    expect(head).to_contain_text("Entry 1 of", timeout=PATIENCE)
    expect(step).to_contain_text("The case was received and registered.")
    qian.readable()
    slider.fill(str(refused - 1))
    expect(head).to_contain_text(f"Entry {refused - 1} of", timeout=PATIENCE)
    slider.focus()
    keys.press("ArrowRight")
    expect(step.locator(".what")).to_contain_text("The customer did not agree", timeout=PATIENCE)
    keys.press("ArrowRight")
    expect(step.locator(".new", has_text="propose").first).to_be_visible(timeout=PATIENCE)
    qian.readable()


# ── What the ledger holds ────────────────────────────────────────────────────────────────────────────────────────────


OPERATOR = """
    CaseReceived ClockStarted ClockStarted
    CaseClassified
    CaseAssigned ClockStarted
    AssignmentAccepted StageEntered
    LeadTaken
    CustomerContacted ClockStopped
    EvidenceAdded
    FindingRecorded
    ResponsibleNamed
    DecisionTaken StageEntered ClockStarted
    RemedyProposed ClockStopped StageEntered
    RemedyProposed ClockStopped StageEntered
    MeasureCompleted ClockStopped
    CaseClosed ClockStarted WrittenResultRequested StageEntered
    CaseReported ClockStopped ReviewCompleted
"""
CUSTOMER = """
    ProposalRejected StageEntered ClockStarted
    ProposalAccepted ClockStarted
    SatisfactionConfirmed ClockStopped StageEntered
    SurveyAnswered
"""
WORKFLOW = """
    ReceiptAcknowledged ClockStopped NoticeRequested NoticeSent
    DepartmentHeadTold NoticeRequested NoticeSent
    ProposalPresented NoticeRequested NoticeSent
    ProposalPresented NoticeRequested NoticeSent
    WrittenResultSent
    SurveyInvited NoticeRequested NoticeSent
"""


def happened(server: Server, case: str) -> None:
    """Exactly this, and nothing else: by people in this order; by the workflow, which sends while people go on."""
    entries = server.house.ledger().history(case)
    found: dict[str, list[str]] = {"li": [], "customer": [], "casefold": []}
    for entry in entries:
        found[entry.actor.id.partition(":")[0]].append(type(entry.event).__name__)
    assert found["li"] == OPERATOR.split()
    assert found["customer"] == CUSTOMER.split()
    assert Counter(found["casefold"]) == Counter(WORKFLOW.split())
    told = "".join(path.read_text() for path in server.house.outbox.iterdir())
    assert "We send a new shade." in told
    assert "We send a new lamp." in told
