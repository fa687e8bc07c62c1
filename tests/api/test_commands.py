"""Commands over HTTP: what is recorded, what is refused and how, and what repeating does."""

from __future__ import annotations

from api.house import House
from domain.evolve import replay
from tests.api.conftest import Program


def test_smoke(api: Program, house: House) -> None:
    answer = api.give("/cases", {"kind": "complaint", "channel": "hotline", "customer_name": "张三", "matter": "灯坏了"})
    print(answer.status_code, answer.headers, answer.text)
    case = answer.json()["case"]
    a = api.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "waits"})
    print(a.status_code, a.text)
    a = api.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "waits"}, if_match='"1"', accept_language="zh")
    print(a.status_code, a.text)
    a = api.give(f"/cases/{case}/set-urgency", {"urgency": "nope", "x": 1}, accept_language="zh")
    print(a.status_code, a.text)
    print(replay(house.ledger.history(case)).urgency)
    assert 0


def test_reads(api: Program) -> None:
    case = api.opens(customer_name="张三", contact="13800138000")
    for path in ("", "/history", "/diff?from=v1", "/why", "/deadlines", "/deadlines/solution"):
        a = api.get(f"/cases/{case}{path}", reveal="true") if path in ("", "/history") else api.get(f"/cases/{case}{path}")
        print(path, a.status_code, a.text[:3000])
    assert 0
