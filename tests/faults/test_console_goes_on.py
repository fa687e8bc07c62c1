"""Temporal or PostgreSQL away under the console: people hear it plainly, go on or wait, and nothing needs a restart."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx
import pytest

from domain import events as e
from tests.faults.checks import agreed
from tests.faults.house import House, eventually
from tests.faults.served import PASSWORD, Server, serving

OPENING = {
    "channel": "hotline",
    "customer_name": "王小明",
    "contact": "12000000002",
    "matter": "灯坏了。",
    "remedy_sought": "换新",
    "department": "customer-service",
}


@pytest.fixture
def server(house: House) -> Iterator[Server]:
    """A whole Casefold with its console; messages leave at once."""
    with serving(house, CASEFOLD_UNDO_SECONDS="0") as server:
        server.employ("li:agent,lead@customer-service")
        yield server


@pytest.fixture
def li(server: Server) -> Iterator[httpx.Client]:
    """An operator who is signed in."""
    with httpx.Client(
        base_url=server.url, timeout=30, headers={"Accept-Language": "zh-CN", "Origin": server.url}
    ) as client:
        answer = client.post("/sign-in", data={"user": "li", "password": PASSWORD, "next": "/"})
        assert answer.status_code == HTTPStatus.SEE_OTHER
        yield client


def opens(li: httpx.Client, matter: str) -> str:
    """A complaint, by the form of the console; the case."""
    answer = li.post("/new/complaint", data={**OPENING, "matter": matter, "command_id": matter})
    assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
    return answer.headers["location"].partition("?")[0].rpartition("/")[2]


def does(li: httpx.Client, case: str, command: str, **typed: str) -> httpx.Response:
    """A command, by its form."""
    return li.post(f"/cases/{case}/do/{command}", data={**typed, "command_id": f"{case}/{command}"})


class Stream:
    """A page that is open: what the server tells it of itself, and opens again when the line breaks, as browsers do."""

    def __init__(self, li: httpx.Client, case: str) -> None:
        self.events: list[str] = []
        self.opened = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, args=[li, case], daemon=True)
        self._thread.start()

    def _listen(self, li: httpx.Client, case: str) -> None:
        while not self._stop.is_set():
            try:
                with li.stream("GET", f"/live?case={case}", timeout=5) as answer:
                    if answer.status_code == HTTPStatus.OK:
                        self.opened += 1
                        self._hear(answer)
            except httpx.HTTPError:
                pass
            self._stop.wait(0.2)

    def _hear(self, answer: httpx.Response) -> None:
        for line in answer.iter_lines():
            if line.startswith("event: "):
                self.events.append(line.removeprefix("event: "))
            if self._stop.is_set():
                return

    def close(self) -> None:
        """The page is closed."""
        self._stop.set()
        self._thread.join(10)


@pytest.mark.requirement("L-06")
def test_without_temporal_people_open_and_work_cases_and_are_told_that_time_and_messages_stand_still(
    house: House, server: Server, li: httpx.Client, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    before = opens(li, "before")
    eventually(lambda: recorder.load(before)[1].acknowledged, 30, "its workflow runs")
    with house.away("temporal"):
        case = opens(li, "meanwhile")
        for command, typed in (
            ("classify_case", {"category": "product", "subcategory": "damage"}),
            ("assign_case", {"to": "li", "department": "customer-service"}),
            ("contact_customer", {"channel": "hotline"}),
            ("record_finding", {"course": "摔坏了。", "cause": "transport"}),
        ):
            assert does(li, case, command, **typed).status_code == HTTPStatus.SEE_OTHER, command
        told = eventually(
            lambda: re.search("计时和消息已停[^<]*", li.get("/").text), 30, "the list says what stands still"
        )
        say(told[0])
        assert not recorder.load(case)[1].acknowledged, "only its workflow acknowledges"
    eventually(lambda: recorder.load(case)[1].acknowledged, 60, "the workflow catches up")
    eventually(lambda: agreed(house, ledger, recorder), 60, "workflows know the newest progress")
    eventually(
        lambda: sum(isinstance(entry.event, e.NoticeSent) for entry in ledger.history(case)) >= 2,
        60,
        "notices are sent",
    )
    eventually(lambda: "计时和消息已停" not in li.get("/").text, 30, "nothing is said any more")
    assert server.process.alive


@pytest.mark.requirement("L-01", "L-06")
def test_without_postgresql_every_page_says_so_and_all_is_well_afterwards_without_a_restart(
    house: House, server: Server, li: httpx.Client, say: Callable[[str], None]
) -> None:
    recorder = house.recorder(patience=60)
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    case = opens(li, "before")
    page = Stream(li, case)
    try:
        eventually(lambda: page.opened, 30, "the page listens")
        with house.away("postgres"):
            paths = ("/", f"/cases/{case}", "/new/complaint", f"/api/v1/cases/{case}")
            began = time.monotonic()
            with ThreadPoolExecutor() as pool:
                sent = pool.submit(does, li, case, "add_note", text="写了一半")
                *pages, program = pool.map(li.get, paths)
            assert time.monotonic() - began < 20, "told soon"
            for answer in pages:
                assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
                assert int(answer.headers["retry-after"]) > 0
                assert 'lang="zh-CN"' in answer.text
                assert "数据库" in answer.text
                assert "Traceback" not in answer.text
            assert (program.status_code, program.headers["content-type"]) == (503, "application/problem+json")
            assert sent.result().status_code == HTTPStatus.SERVICE_UNAVAILABLE
            assert "retry-after" in sent.result().headers
            eventually(lambda: "away" in page.events or page.opened > 1, 20, "the open page hears that it is away")
        back = time.monotonic()
        eventually(lambda: li.get(f"/cases/{case}").status_code == HTTPStatus.OK, 60, "pages are there again")
        say(f"pages were there again {time.monotonic() - back:.1f} s after PostgreSQL")
        assert does(li, case, "add_note", text="写了一半").status_code == HTTPStatus.SEE_OTHER
        heard = len(page.events)
        eventually(lambda: "case" in page.events[heard - 1 :], 30, "the open page hears of it by itself")
    finally:
        page.close()
    notes = [entry for entry in house.ledger().history(case) if isinstance(entry.event, e.NoteAdded)]
    assert len(notes) == 1, "sent twice, saved once"
    assert server.process.alive
    assert "Traceback" not in server.log.read_text()
