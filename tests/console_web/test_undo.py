"""Undo in the browser: what a person does there waits thirty seconds before anybody outside hears of it."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import httpx
import pytest

from console.undo import USUAL, hold
from domain import commands as c
from domain import events as e
from domain.entry import Entry
from domain.held_back import held_back
from domain.message import Event
from domain.words import Outcome
from ledger.rederive import rederive
from tests.console_web.conftest import Site
from tests.console_web.test_customer import Phone, received
from tests.console_web.town import CHEN, LI

WANG = "wang:agent@after-sales"


def proposing(site: Site) -> str:
    """A complaint that waits for its proposal."""
    case, ask = received(site), site.town.ask
    ask(CHEN, c.AssignCase(to="wang", department="after-sales"), case)
    ask(WANG, c.AcceptAssignment(), case)
    ask(CHEN, c.TakeLead(), case)
    ask(WANG, c.RecordFinding(course="It fell.", cause="transport"), case)
    ask(WANG, c.NameResponsible(department="logistics", person="sun"), case)
    ask(WANG, c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="3.2"), case)
    return case


def given(client: httpx.Client, case: str, command: str, **typed: str) -> tuple[str, str]:
    """Give a command by its form: the command's id, and the page that comes then."""
    command_id = f"test-{time.monotonic_ns()}"
    answer = client.post(f"/cases/{case}/do/{command}", data={"command_id": command_id, **typed})
    assert answer.status_code == 303, answer.text
    return command_id, client.get(answer.headers["location"]).text


def newest(site: Site, case: str, kind: type[Event]) -> Entry:
    """The newest entry of this kind."""
    return next(entry for entry in reversed(site.town.house.ledger.history(case)) if isinstance(entry.event, kind))


@pytest.mark.requirement("C-04", "C-06")
def test_a_proposal_of_the_browser_waits_and_is_withdrawn_with_one_click(site: Site) -> None:
    case = proposing(site)
    with site.client(WANG) as wang:
        command_id, page = given(wang, case, "propose_remedy", summary="A new lamp.", arrangement="exchange")
        assert "Messages that follow from it leave in" in page
        again = wang.get(f"/cases/{case}").text
        assert "Messages about this case leave in" in again, "whoever looks sees that it waits"
        assert re.search(r"Held back until \d\d:\d\d:\d\d so that it can be undone: present proposal<", again)
        assert "Send now" in again.partition(f'action="/cases/{case}/do/present_proposal">')[2], "or send it now"
        assert f'href="/cases/{case}/do/withdraw_proposal"' in again, "or take it back"
        held = newest(site, case, e.StepsHeld)
        assert held.event.until - held.recorded_at == timedelta(seconds=hold(USUAL))  # type: ignore[attr-defined]
        assert wang.post(f"/cases/{case}/undo/{command_id}").status_code == 303
    progress = site.town.house.recorder.progress(case)
    assert progress is not None
    assert (progress.stage, progress.wanted) == ("propose", [])
    assert "present_proposal" not in [due.command for due in progress.due]
    assert all(one.same for one in rederive(site.town.house.ledger, case)), "how long it waited is written down, too"


@pytest.mark.requirement("C-06")
def test_the_customer_does_not_read_of_what_can_still_be_undone(site: Site) -> None:
    case = proposing(site)
    with site.client(WANG) as wang:
        command_id, _ = given(wang, case, "tell_progress", text="It is on its way to you.")
        assert "We wrote to you:" not in Phone(site, case).page.text
        assert wang.post(f"/cases/{case}/undo/{command_id}").status_code == 303
    notice = newest(site, case, e.NoticeCancelled).event.notice  # type: ignore[attr-defined]
    assert not site.town.case(case)[0].notices[notice].to_be_sent
    assert "We wrote to you:" not in Phone(site, case).page.text


@pytest.mark.requirement("C-06")
def test_whatever_is_held_back_can_be_sent_now_with_one_click(site: Site) -> None:
    house = site.town.house
    with site.client(LI) as li:
        answer = li.post(
            "/new/inquiry", data={"command_id": "held", "channel": "hotline", "contact": "x", "matter": "y"}
        )
        case = answer.headers["location"].split("?")[0].rpartition("/")[2]
        _, page = given(li, case, "tell_progress", text="It is on its way to you.")
        assert [one.lets_go for one in held_back(site.town.case(case)[0], house.ledger.now())] == [
            "acknowledge_receipt",
            "resend_notice",
        ]
        for command in ("acknowledge_receipt", "resend_notice"):
            action = f"/cases/{case}/do/{command}"
            form = page.partition(f'<form method="post" action="{action}">')[2].partition("Send now")[0]
            fields = dict(re.findall(r'name="(.*?)" value="(.*?)"', form))
            assert [li.post(action, data=fields).status_code for _twice in range(2)] == [303, 303]
            page = li.get(f"/cases/{case}").text
    assert held_back(site.town.case(case)[0], house.ledger.now()) == []
    left = [one for one in site.town.case(case)[0].notices.values() if one.to_be_sent]
    assert [one.kind for one in left] == ["acknowledgement", "progress"], "each once, and none waits"
    assert "We wrote to you:" in Phone(site, case).page.text
    last = list(site.town.case(case)[0].notices)[-1]
    site.town.ask(LI, c.CancelNotice(notice=last, reason="a slip after all"), case)
    assert "We wrote to you:" not in Phone(site, case).page.text, "the customer reads of nothing that never left"


def test_a_program_says_how_long_its_messages_wait(site: Site) -> None:
    case = proposing(site)
    with site.client(WANG) as wang:
        for seconds, status in (("20", 200), ("20", 200), ("-1", 422), ("601", 422)):
            headers = {"Idempotency-Key": f"hold-{seconds}", "Hold": seconds}
            told = wang.post(f"/api/v1/cases/{case}/tell-progress", headers=headers, json={"text": "On its way."})
            assert told.status_code == status, told.text
    asked = newest(site, case, e.NoticeRequested)
    assert asked.event.not_before - asked.recorded_at == timedelta(seconds=20)  # type: ignore[attr-defined]


def test_what_the_command_line_and_programs_do_leaves_at_once(site: Site) -> None:
    case = proposing(site)
    site.town.ask(WANG, c.TellProgress(text="It is on its way to you."), case)
    asked = newest(site, case, e.NoticeRequested)
    assert asked.event.not_before == asked.recorded_at  # type: ignore[attr-defined]
    assert "We wrote to you:" in Phone(site, case).page.text
