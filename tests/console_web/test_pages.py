"""What the pages say and do, without any script: as a browser without JavaScript meets them."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from console.web import case as case_page
from domain import commands as c
from domain.access import EvidenceViewed, PersonalDataRead
from domain.words import Channel
from ledger.errors import LedgerUnavailable
from tests.console_web.conftest import Site
from tests.console_web.town import AUDITOR, CHEN, LI, SUN

PERSONAL = ("13800000001", "台灯收到时灯罩已碎")


def opened(site: Site, contact: str, **more: Any) -> str:
    """A complaint of the test's own."""
    received = c.ReceiveCase(
        kind="complaint",
        channel=Channel.HOTLINE,
        customer_name="张三",
        contact=contact,
        matter="灯坏了",
        remedy_sought="换一个",
        **more,
    )
    case = site.town.ask(LI, received)
    site.town.house.views.project(site.town.house.ledger.history(case))
    return case


def hidden(page: httpx.Response, name: str) -> str:
    """What a hidden field of a form holds."""
    match = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert match is not None
    return match[1]


def pages(site: Site) -> list[str]:
    """The address of every page."""
    case = site.cases[5]
    return [
        *("/", "/?q=", "/?q=stage:close+nothing", "/?q=stag:close", "/list?q=", "/new", "/new/complaint"),
        *("/new/after_sales", "/new/inquiry", f"/cases/{case}", f"/cases/{case}?tab=entries"),
        *(f"/cases/{case}?tab=json", f"/cases/{case}/clocks/solution", f"/cases/{case}/do/add_note"),
        *(f"/cases/{case}/do/tell_progress", f"/cases/{case}/do/ask_question", "/palette?q=repair", "/sign-in"),
        f"/assign?case={case}&case={site.cases[-1]}&case=C-2026-999999",
        *("/today", "/today/cases?of=open", "/policies", "/policies/complaint?tab=history", "/policies/complaint/diff"),
        *("/policies/complaint/do/draft_policy", "/policies/complaint/what-if", "/calendars", "/calendars/cn-house"),
    ]


@pytest.mark.parametrize("language", ["en", "zh-CN,zh;q=0.9"])
def test_every_page_comes_in_both_languages_with_nothing_that_a_strict_policy_forbids(
    site: Site, language: str
) -> None:
    for path in pages(site):
        page = site.get(path, accept_language=language)
        assert page.status_code == 200, path
        assert not re.search(r'\sstyle="|<style|\son[a-z]+="', page.text), f"{path} has style or script of its own"
        for script in re.findall(r"<script[^>]*>", page.text):
            assert "src=" in script or 'type="application/json"' in script, path
        elsewhere = page.text.replace(site.url, "").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in elsewhere, f"{path} asks for something from elsewhere"
        if not path.startswith(("/list", "/palette")):
            assert ('lang="zh-CN"' in page.text.split("<head>")[0]) == (language != "en"), path


def test_the_language_is_switched_in_place(site: Site) -> None:
    with site.client() as client:
        answer = client.get("/language/zh?next=/new")
        assert (answer.status_code, answer.headers["location"]) == (303, "/new")
        client.cookies.update(answer.cookies)
        assert "新建案件" in client.get("/new").text or "投诉" in client.get("/new").text
        assert client.get("/language/en?next=//elsewhere.example").headers["location"] == "/"


@pytest.mark.requirement("L-04", "L-05")
def test_personal_data_is_masked_until_somebody_asks_and_that_is_recorded(site: Site) -> None:
    case = site.cases[0]
    for tab in case_page.TABS:
        masked = site.get(f"/cases/{case}?tab={tab}").text
        assert not any(text in masked for text in PERSONAL), tab
        assert "138****0001" in masked
    assert not site.looks(case)
    for _ in range(2):
        shown = site.get(f"/cases/{case}?reveal=yes").text
        assert all(text in shown for text in PERSONAL)
    (read,) = site.looks(case)
    assert isinstance(read.event, PersonalDataRead)
    assert (read.actor.id, read.event.through) == ("sun", "console")
    assert {"contact", "matter", "customer_name"} <= set(read.event.fields)


@pytest.mark.requirement("L-05")
def test_when_reading_cannot_be_recorded_nothing_is_shown(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_what: object) -> None:
        raise LedgerUnavailable("no server is there")

    monkeypatch.setattr(case_page, "note_read", away)
    answer = site.get(f"/cases/{site.cases[0]}?reveal=yes")
    assert answer.status_code == 503
    assert not any(text in answer.text for text in PERSONAL)


@pytest.mark.requirement("C-01", "L-05")
def test_evidence_is_taken_in_and_given_out_and_who_opened_it_is_recorded(site: Site) -> None:
    case = opened(site, "13900000006")
    picture = b"\x89PNG\r\n\x1a\n" + bytes(200)
    with site.client(LI) as li:
        page = li.get(f"/cases/{case}")
        sent = {"command_id": hidden(page, "command_id"), "given_by": "customer"}
        files = [("file", ("灯.png", picture, "image/png")), ("file", ("note.txt", b"It broke.", "text/plain"))]
        for _ in range(2):
            answer = li.post(f"/cases/{case}/evidence", data=sent, files=files)
            assert answer.status_code == 303, answer.text
        assert "灯.png" not in li.get(f"/cases/{case}").text
        assert "image/png" in li.get(f"/cases/{case}").text
        got = li.get(f"/cases/{case}/evidence/E1")
        assert (got.content, got.headers["content-type"]) == (picture, "image/png")
        assert li.get(f"/cases/{case}/evidence/E9").status_code == 404
        empty = li.post(f"/cases/{case}/evidence", data=sent, files=[("file", ("nothing.txt", b"", "text/plain"))])
        assert empty.status_code == 409
        assert "nothing.txt" in empty.text
    names = [type(entry.event).__name__ for entry in site.town.house.ledger.history(case)]
    assert names.count("EvidenceAdded") == 2
    assert [type(one.event) for one in site.looks(case)] == [EvidenceViewed]


def test_nobody_is_led_to_the_sign_in_page_and_back(site: Site) -> None:
    answer = httpx.get(f"{site.url}/cases/C-1?tab=json")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Fcases%2FC-1%3Ftab%3Djson"
    assert httpx.get(f"{site.url}/sign-in?next=https://elsewhere.example").text.count("elsewhere") == 0


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/nowhere", 404, "Perhaps the address has a slip in it"),
        ("/cases/C-2026-999999", 404, "There is no case C-2026-999999."),
        ("/cases/policy:complaint", 404, "There is no case"),
        ("/new/nothing", 404, "Perhaps the address has a slip in it"),
        ("/cases/{case}/clocks/nothing", 404, "Perhaps the address has a slip in it"),
        ("/cases/{case}/do/confirm_sending", 404, "Perhaps the address has a slip in it"),
        ("/cases/{case}/do/reopen_case", 409, "The case has moved on"),
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(site: Site, path: str, status: int, says: str) -> None:
    answer = site.get(path.format(case=site.cases[5]))
    assert answer.status_code == status
    assert says in answer.text
    assert "Traceback" not in answer.text


def test_what_a_role_may_not_do_is_said_with_the_roles_that_may(site: Site) -> None:
    answer = site.get(f"/cases/{site.cases[5]}/do/add_note", AUDITOR)
    assert answer.status_code == 403
    assert "Auditors read; they do not change cases." in answer.text
    assert "/do/" not in site.get(f"/cases/{site.cases[5]}", AUDITOR).text, "an auditor is offered nothing"


def test_programs_get_no_pages(site: Site) -> None:
    answer = site.get("/api/v1/nowhere")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_while_the_database_is_away_a_plain_page_says_so_and_tries_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise LedgerUnavailable("no server is there")

    monkeypatch.setattr(site.town.house.ledger, "now", away)
    answer = site.get("/")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "The database does not answer. What was saved is safe." in answer.text
    assert '<meta http-equiv="refresh" content="5">' in answer.text


def test_a_form_that_is_sent_twice_is_recorded_once(site: Site) -> None:
    case = opened(site, "13900000001")
    with site.client() as client:
        form = client.get(f"/cases/{case}/do/add_note")
        sent = {name: hidden(form, name) for name in ("command_id", "version")} | {"text": "Called back."}
        first, second = (client.post(f"/cases/{case}/do/add_note", data=sent) for _ in range(2))
        assert first.status_code == second.status_code == 303
        page = client.get(first.headers["location"]).text
        assert "An important fact or special circumstance was noted." in page
    notes = [entry for entry in site.town.house.ledger.history(case) if type(entry.event).__name__ == "NoteAdded"]
    assert len(notes) == 1


def test_a_field_that_is_missing_is_named_and_what_was_typed_stays(site: Site) -> None:
    case = site.cases[5]
    with site.client() as client:
        form = client.get(f"/cases/{case}/do/ask_question")
        sent = {"command_id": hidden(form, "command_id"), "version": hidden(form, "version")}
        answer = client.post(
            f"/cases/{case}/do/ask_question", data={**sent, "to": "gu", "text": "Does it hold?", "due": "soonish"}
        )
    assert answer.status_code == 422
    assert "Nothing was saved yet. Look at: due." in answer.text
    assert "is not a time" in answer.text
    assert "Does it hold?</textarea>" in answer.text
    assert hidden(answer, "command_id") == sent["command_id"]


@pytest.mark.requirement("H-03")
def test_who_was_slower_is_shown_what_changed_and_loses_nothing(site: Site) -> None:
    case = opened(site, "13900000002")
    with site.client(LI) as li, site.client(CHEN) as chen:
        slow = li.get(f"/cases/{case}/do/set_urgency")
        quick = chen.get(f"/cases/{case}/do/classify_case")
        sent = {name: hidden(quick, name) for name in ("command_id", "version")} | {"category": "product"}
        assert chen.post(f"/cases/{case}/do/classify_case", data=sent).status_code == 303
        sent = {name: hidden(slow, name) for name in ("command_id", "version")}
        sent |= {"urgency": "urgent", "reason": "A child is in the house."}
        answer = li.post(f"/cases/{case}/do/set_urgency", data=sent)
        assert answer.status_code == 412
        assert "What changed since you looked" in answer.text
        assert "The case was given its type and sub-type." in answer.text
        assert "A child is in the house.</textarea>" in answer.text
        sent |= {name: hidden(answer, name) for name in ("command_id", "version")}
        assert li.post(f"/cases/{case}/do/set_urgency", data=sent).status_code == 303
    assert site.town.case(case)[0].urgency == "urgent"


def test_what_only_the_workflow_did_meanwhile_nobody_has_to_look_at_again(site: Site) -> None:
    case = opened(site, "13900000003")
    with site.client(LI) as li:
        form = li.get(f"/cases/{case}/do/add_note")
        site.town.automatic(case)
        sent = {name: hidden(form, name) for name in ("command_id", "version")} | {"text": "Still true."}
        assert li.post(f"/cases/{case}/do/add_note", data=sent).status_code == 303


def test_what_one_did_a_moment_ago_is_undone_with_one_click_by_an_entry_that_says_so(site: Site) -> None:
    case = opened(site, "13900000004")
    with site.client(LI) as li, site.client(CHEN) as chen:
        form = li.get(f"/cases/{case}/do/add_note")
        sent = {name: hidden(form, name) for name in ("command_id", "version")} | {"text": "The wrong case."}
        done = li.post(f"/cases/{case}/do/add_note", data=sent).headers["location"]
        assert f'action="/cases/{case}/undo/{sent["command_id"]}"' in li.get(done).text
        refused = chen.post(f"/cases/{case}/undo/{sent['command_id']}")
        assert refused.status_code == 409, "somebody else did it"
        assert li.post(f"/cases/{case}/undo/{sent['command_id']}").status_code == 303
        assert li.post(f"/cases/{case}/undo/{sent['command_id']}").status_code == 409, "only once"
    last = site.town.house.ledger.history(case)[-1]
    assert type(last.event).__name__ == "EntryRetracted"


@pytest.mark.requirement("I-09")
def test_the_same_matter_is_not_opened_twice_and_the_form_leads_to_the_case(site: Site) -> None:
    case = opened(site, "13900000005", order="A-778899")
    with site.client(LI) as li:
        hints = li.post("/new/similar", data={"order": "a 778899", "contact": "139 0000 0005"}).text
        assert case in hints
        assert "same order" in hints
        assert "same contact" in hints
        form = li.get("/new/complaint")
        sent = {
            "command_id": hidden(form, "command_id"),
            "channel": "email",
            "customer_name": "张三",
            "contact": "139-0000-0005",
            "matter": "灯坏了",
            "remedy_sought": "换一个",
            "order": "A-778899",
        }
        answer = li.post("/new/complaint", data=sent)
    assert answer.status_code == 409
    assert f'<a href="/cases/{case}">Open {case}</a>' in answer.text


@pytest.mark.requirement("H-02")
def test_many_cases_are_assigned_at_once_after_a_look_at_who_would_get_them(site: Site) -> None:
    mine = [opened(site, f"1390000010{number}") for number in range(2)]
    with site.client(CHEN) as chen:
        query = {"case": [*mine, site.cases[0]], "to": "wang", "department": "after-sales"}
        page = chen.get("/assign", params=query)
        assert "Assign 2 cases" in page.text
        assert "The case is with" in page.text or "already" in page.text, "the third one is somebody's"
        plans = re.findall(r'name="plan" value="([^"]*)"', page.text)
        sent = {"command_id": hidden(page, "command_id"), "plan": plans}
        for _ in range(2):
            assert chen.post("/assign", data=sent).text.count("assigned to wang") == 2
    offers = [site.town.case(case)[0].assignment for case in mine]
    assert [offer.to for offer in offers if offer is not None] == ["wang", "wang"]


@pytest.mark.requirement("T-12")
def test_a_deadline_is_explained_day_by_day(site: Site) -> None:
    page = site.get(f"/cases/{site.cases[5]}/clocks/solution").text
    assert "Where it comes from" in page
    assert "Day by day" in page
    assert f"casefold deadline explain {site.cases[5]} solution" in page


def test_every_form_offers_itself_as_a_command_and_as_a_request(site: Site) -> None:
    page = site.get(f"/cases/{site.cases[5]}/do/ask_question").text
    assert f"casefold ask-question {site.cases[5]} --to … --text @- --due …" in page
    assert f"/api/v1/cases/{site.cases[5]}/ask-question" in page
    assert "Idempotency-Key" in page


def test_the_list_is_filtered_by_its_address_and_the_most_pressing_stand_on_top(site: Site) -> None:
    assert re.findall(r'data-row="(C-[\d-]+)"', site.get(f"/?q={site.cases[5]}").text) == [site.cases[5]]
    late = [tone == "late" for tone in re.findall(r'data-row="[^"]*" class="(\w+)"', site.get("/?q=").text)]
    assert late == sorted(late, reverse=True)
    receiving = re.findall(r'data-row="(C-[\d-]+)"', site.get("/?q=stage:receive+is:unassigned").text)
    assert receiving
    assert all(site.town.case(case)[0].stage == "receive" for case in receiving)


def test_what_cases_say_is_found_by_two_chinese_characters_and_by_the_end_of_a_number(site: Site) -> None:
    case = opened(site, "13712349876", order="B-4455")
    for text in ("9876", "b-4455", "张三 9876"):
        assert case in site.get(f"/?q={text}").text, text
        assert case in site.get(f"/palette?q={text}").text, text


def test_a_person_of_another_department_is_offered_the_list_of_their_own(site: Site) -> None:
    assert site.get("/", SUN).text.count('aria-current="page"') >= 1
    assert "Nothing is with your department" in site.get("/?q=department:mine", "nobody:agent@nowhere").text
