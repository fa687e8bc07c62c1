"""Reading cases over HTTP: as they are, as they were, what changed, why, and who saw what is personal."""

from __future__ import annotations

import pytest

from api.house import House
from ledger.access import accesses
from tests.api.conftest import AGENT, AUDITOR, LEAD, Program, project


@pytest.fixture
def case(api: Program) -> str:
    """A complaint that was classified."""
    case = api.opens(customer_name="张三", contact="13800138000", remedy_sought="换一个")
    assert api.give(f"/cases/{case}/classify-case", {"category": "product", "subcategory": "damage"}).status_code == 200
    return case


@pytest.mark.requirement("L-04", "L-05")
def test_personal_data_is_masked_unless_who_may_see_it_asks_and_that_is_written_down(
    api: Program, house: House, case: str
) -> None:
    masked = api.get(f"/cases/{case}")
    assert masked.json()["state"]["intake"]["customer_name"] == "张*"
    assert masked.json()["state"]["intake"]["contact"] == "138****8000"
    for path in ("", "/history", "/diff?from=v1", "/why"):
        assert "13800138000" not in api.client.get(f"/cases/{case}{path}", headers={"Actor": AGENT}).text
    assert not list(accesses(house.ledger, case))

    shown = api.get(f"/cases/{case}", reveal="true", headers={"X-Request-ID": "the-same-one"})
    assert shown.json()["state"]["intake"]["contact"] == "13800138000"
    assert api.get(f"/cases/{case}", reveal="true", headers={"X-Request-ID": "the-same-one"}).status_code == 200
    history = api.get(f"/cases/{case}/history", reveal="true").json()["entries"]
    assert history[0]["data"]["customer_name"] == "张三"
    seen = list(accesses(house.ledger, case))
    assert len(seen) == 3, "each time, also when the request says that it is the same"
    assert {access.entry.actor.id for access in seen} == {"li"}
    assert "contact" in seen[1].entry.event.fields  # type: ignore[attr-defined]

    refused = api.as_("han:hr").get(f"/cases/{case}", reveal="true")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert len(list(accesses(house.ledger, case))) == 3


@pytest.mark.requirement("L-02")
def test_a_case_is_read_as_it_was_and_what_is_different_since(api: Program, house: House, case: str) -> None:
    before = house.ledger.now()
    version = api.get(f"/cases/{case}").json()["version"]
    api.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "waits"})
    now = api.get(f"/cases/{case}").json()
    then = api.get(f"/cases/{case}", at=before.isoformat()).json()
    assert (then["urgency"], now["urgency"]) == ("ordinary", "urgent")
    assert then["version"] == version == api.get(f"/cases/{case}", at=f"v{version}").json()["version"]
    assert then["state"]["clocks"]["solution"]["due"] > now["state"]["clocks"]["solution"]["due"]

    diff = api.client.get(f"/cases/{case}/diff", params={"from": f"v{version}"}, headers={"Actor": AGENT}).json()
    changes = {change["field"]: (change["before"], change["after"]) for change in diff["changes"]}
    assert changes["urgency"] == ("ordinary", "urgent")
    assert "clocks.solution.due" in changes
    assert diff["entries"][0]["event"] == "UrgencySet"
    named = api.client.get(f"/cases/{case}/diff", params={"from": "v1", "to": "v2"}, headers={"Actor": AGENT}).json()
    assert (named["before"], named["after"]) == (1, 2)


def test_points_that_nobody_knows_yet_are_not_there(api: Program, case: str) -> None:
    for at, code in (
        ("2999-01-01T00:00:00Z", "in_the_future"),
        ("v999", "no_such_version"),
        ("2020-01-01T00:00:00Z", "not_received"),
    ):
        answer = api.get(f"/cases/{case}", at=at)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert api.get(f"/cases/{case}", at="yesterday").status_code == 422


def test_who_has_the_newest_version_already_is_not_sent_it_again(api: Program, case: str) -> None:
    first = api.get(f"/cases/{case}")
    same = api.get(f"/cases/{case}", headers={"If-None-Match": f'W/{first.headers["etag"]}, "x"'})
    assert (same.status_code, same.content) == (304, b"")
    api.give(f"/cases/{case}/add-note", {"text": "x"})
    assert api.get(f"/cases/{case}", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_it_says_what_a_case_waits_for_and_who_may_give_it(api: Program, case: str) -> None:
    api.as_(LEAD).give(f"/cases/{case}/assign-case", {"to": "wang", "department": "hotline"})
    why = api.get(f"/cases/{case}/why", headers={"Accept-Language": "zh"}).json()
    wait = next(one for one in why["waiting_for"] if one["code"] == "assignment_accepted")
    assert wait["people"] == ["wang"]
    assert [give["command"] for give in wait["give"]] == ["accept_assignment"]
    assert not wait["text"].isascii()
    answer = api.as_("wang:agent@hotline").client.post(
        f"{api.address}{wait['give'][0]['path']}",
        headers={"Actor": "wang:agent@hotline", "Idempotency-Key": f"w{case}"},
    )
    assert answer.status_code == 200
    assert api.get(f"/cases/{case}/why").json()["stage"] == "investigate"
    assert [limit["clock"] for limit in why["limits"]]


@pytest.mark.requirement("T-12")
def test_a_deadline_is_explained(api: Program, case: str) -> None:
    listed = api.get(f"/cases/{case}/deadlines").json()
    assert "solution" in {clock["clock"] for clock in listed["clocks"]}
    found = api.get(f"/cases/{case}/deadlines/solution").json()
    assert (found["agrees"], found["result"], found["limit"]) == (True, "running", "5d")
    assert found["walk"][0]["windows"] == ["00:00-24:00"]
    unknown = api.get(f"/cases/{case}/deadlines/nonsense")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_clock")
    assert "solution" in unknown.json()["detail"]


@pytest.mark.requirement("H-01")
def test_a_case_of_another_department_is_not_there_for_an_agent(api: Program, case: str) -> None:
    stranger = api.as_("zhou:agent@repairs")
    for path in ("", "/history", "/why", "/deadlines", "/events"):
        assert stranger.get(f"/cases/{case}{path}").json()["code"] == "unknown_case"
    assert stranger.give(f"/cases/{case}/add-note", {"text": "x"}).status_code == 404
    assert api.as_(AUDITOR).get(f"/cases/{case}").status_code == 200
    assert stranger.get("/entries").status_code == 403


def test_every_answer_carries_an_id_and_safe_headers(api: Program) -> None:
    answer = api.get("/cases/nonsense", headers={"X-Request-ID": "from-a-proxy-1"})
    assert answer.headers["x-request-id"] == answer.json()["request_id"] == "from-a-proxy-1"
    odd = api.get("/nothing", headers={"X-Request-ID": "a b"})
    assert odd.headers["x-request-id"] != "a b"
    assert (odd.status_code, odd.json()["code"]) == (404, "no_such_address")
    assert odd.headers["x-content-type-options"] == "nosniff"
    assert odd.headers["cache-control"] == "no-store"
    wrong = api.client.delete("/cases", headers={"Actor": AGENT})
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


# ── Lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pages_of_the_worklist_stay_in_place_while_cases_come(api: Program, house: House) -> None:
    mine = {api.opens() for _number in range(7)}
    project(house)
    chief = api.as_("lin:management")
    page = chief.get("/worklist", limit=3, department="hotline").json()
    got = list(page["items"])
    while page["next"]:
        if len(got) < 9:
            api.opens(urgency="safety")  # due before those that were read already: no page is moved by it
            project(house)
        page = chief.get("/worklist", limit=3, department="hotline", cursor=page["next"]).json()
        got += page["items"]
    ids = [line["case"] for line in got]
    assert len(ids) == len(set(ids)), "no case twice"
    assert mine <= set(ids), "none left out"
    dues = [line["clock_due"] or "9999" for line in got]
    assert dues == sorted(dues)


def test_lists_show_what_is_asked_for_and_what_may_be_seen(api: Program, house: House) -> None:
    inquiry = api.opens(kind="inquiry")
    project(house)
    chief = api.as_("lin:management")
    found = chief.get("/cases", kind="inquiry", limit=500).json()
    assert inquiry in {line["case"] for line in found["items"]}
    assert {line["kind"] for line in found["items"]} == {"inquiry"}
    newest = [line["received_at"] for line in found["items"]]
    assert newest == sorted(newest, reverse=True)
    assert "customer_name" not in found["items"][0]
    assert api.as_("zhou:technician@nowhere").get("/cases", kind="inquiry", responsible="li").json()["items"] == []
    mistyped = chief.get("/cases", knid="inquiry")
    assert (mistyped.status_code, mistyped.json()["errors"][0]["field"]) == (422, "knid")
    assert chief.get("/cases", cursor="nonsense").status_code == 422
