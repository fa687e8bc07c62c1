"""The database goes away under the API: what is said then, and that repeating with the same key is enough."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from api.app import create_app
from api.house import House
from console.spoken import Spoken
from ledger.recorder import Recorder
from ledger.views import Views
from tests.api.conftest import AGENT, MATTER_KEY, ByRoles, Program, served
from tests.faults.proxy import FaultProxy
from tests.ledgers import Ledger


@pytest.fixture(scope="module")
def proxy(house: House) -> Iterator[FaultProxy]:
    """A proxy before the database."""
    with FaultProxy(house.ledger._url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def far(house: House, proxy: FaultProxy) -> Iterator[Program]:
    """A program that speaks to a server which reaches the database through the proxy, and has little patience."""
    with Ledger(proxy.url, patience=0.5) as ledger:
        recorder = Recorder(ledger, MATTER_KEY, patience=0.5)
        app = create_app(
            replace(house, ledger=ledger, recorder=recorder, views=Views(ledger)), ByRoles(), words=Spoken()
        )
        with served(app) as address, httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
            yield Program(client, AGENT)


@pytest.fixture
def back(proxy: FaultProxy) -> Iterator[None]:
    """Whatever a test does, the database is back after it."""
    yield
    proxy.refusing = proxy.refuse_after_loss = False


@pytest.mark.usefixtures("back")
def test_when_the_database_is_away_nothing_was_saved_and_the_same_key_works_when_it_is_back(
    far: Program, api: Program, proxy: FaultProxy, house: House
) -> None:
    case = api.opens()
    proxy.refusing = True
    proxy.cut()
    away = far.give(f"/cases/{case}/classify-case", {"category": "product"}, key="away")
    problem = away.json()
    assert (away.status_code, problem["code"], problem["outcome"]) == (503, "ledger_unavailable", "nothing_saved")
    assert int(away.headers["retry-after"]) > 0
    assert "same Idempotency-Key" in problem["detail"]
    for path in (f"/cases/{case}", "/worklist", f"/cases/{case}/events"):
        assert far.get(path).status_code == 503
    assert httpx.get(f"{far.address}/health/live").json() == {"status": "live"}
    assert httpx.get(f"{far.address}/health/ready").status_code == 503

    proxy.refusing = False
    again = once_it_is_back(far, case, "away")
    assert (again.status_code, again.json()["repeated"]) == (200, False)
    assert httpx.get(f"{far.address}/health/ready").json() == {"status": "ready"}


@pytest.mark.usefixtures("back")
def test_when_the_answer_to_a_commit_was_lost_nobody_claims_to_know(
    far: Program, api: Program, proxy: FaultProxy, house: House
) -> None:
    case = api.opens()
    for number in range(5):  # now and then it is the COMMIT of a connection that is only being set up
        assert once_it_is_back(far, case, f"before-{number}", {"text": "on the phone"}, "add-note").status_code == 200
        key, proxy.refuse_after_loss = f"lost-{number}", True
        proxy.lose_commits(1)
        lost = far.give(f"/cases/{case}/classify-case", {"category": "product"}, key=key, accept_language="zh")
        proxy.refusing = proxy.refuse_after_loss = False
        if key in (carried_out := [entry.command_id for entry in house.ledger.history(case)]):
            break
    assert carried_out.count(key) == 1
    assert (lost.status_code, lost.json()["outcome"]) == (503, "unknown")
    again = once_it_is_back(far, case, key)
    assert (again.status_code, again.json()["repeated"]) == (200, True), "it had been carried out"
    assert [entry.command_id for entry in house.ledger.history(case)].count(key) == 1


def once_it_is_back(
    far: Program, case: str, key: str, body: dict[str, str] | None = None, name: str = "classify-case"
) -> httpx.Response:
    """The answer once the server has a connection again, asked as Retry-After says: with the same key."""
    until = time.monotonic() + 15
    while True:
        answer = far.give(f"/cases/{case}/{name}", body or {"category": "product"}, key=key)
        if answer.status_code != 503 or time.monotonic() > until:
            return answer
        time.sleep(0.2)
