"""Commands over HTTP: what is recorded, what is refused and how, and what repeating does."""

from __future__ import annotations

import concurrent.futures

import pytest

from api.house import House
from api.models import body_of
from domain.commands import COMMANDS, OF_THE_SYSTEM
from domain.evolve import replay
from tests.api.conftest import AGENT, LEAD, Program


@pytest.mark.requirement("L-01")
def test_a_command_is_recorded_once_however_often_it_is_sent(api: Program, house: House) -> None:
    case = api.opens(customer_name="张三")
    first = api.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "waits"}, key="once")
    again = api.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "waits"}, key='"once"')
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() | {"repeated": True} == again.json()
    assert first.headers["etag"] == f'"{first.json()["version"]}"'
    assert first.json()["events"][0] == "UrgencySet"
    entries = house.ledger.history(case)
    assert len(entries) == first.json()["version"]
    assert (entries[-1].actor.id, entries[-1].command_id) == ("li", "once")
    other = api.give(f"/cases/{case}/set-urgency", {"urgency": "safety", "reason": "burns"}, key="once")
    assert (other.status_code, other.json()["code"]) == (409, "command_id_reused")


def test_a_case_is_opened_at_an_address_of_its_own(api: Program) -> None:
    said = {"kind": "complaint", "channel": "hotline", "contact": "13900139000", "matter": "与众不同的事"}
    answer = api.give("/cases", said)
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/v1/cases/{answer.json()['case']}"
    assert api.client.get(f"{api.address}{answer.headers['location']}", headers={"Actor": AGENT}).status_code == 200
    same = api.give("/cases", said)
    assert (same.status_code, same.json()["params"]) == (409, {"case": answer.json()["case"]})
    unknown = api.give("/cases", {"kind": "quarrel", "channel": "hotline"})
    assert (unknown.status_code, unknown.json()["code"]) == (409, "no_sheet")
    assert set(unknown.json()["kinds"]) >= {"complaint", "after_sales", "inquiry"}


def test_without_a_key_nothing_is_done_and_the_answer_says_what_to_send(api: Program) -> None:
    for key in ({}, {"Idempotency-Key": ""}, {"Idempotency-Key": "two words"}, {"Idempotency-Key": "x" * 201}):
        said = {"kind": "complaint", "channel": "hotline"}
        answer = api.client.post("/cases", json=said, headers={"Actor": AGENT, **key})
        assert answer.status_code == 400
        problem = answer.json()
        assert (problem["code"], problem["outcome"]) == ("idempotency_key", "nothing_saved")
        assert "Idempotency-Key" in problem["detail"]


def test_who_looked_at_an_older_version_is_told_what_changed_since(api: Program) -> None:
    case = api.opens(customer_name="张三", contact="13800138000")
    looked_at = api.get(f"/cases/{case}").headers["etag"]
    api.as_(LEAD).give(f"/cases/{case}/add-note", {"text": "打电话给13800138000"})
    stale = api.give(f"/cases/{case}/classify-case", {"category": "product"}, if_match=looked_at)
    problem = stale.json()
    assert (stale.status_code, problem["code"], problem["outcome"]) == (412, "version_moved", "refused")
    assert [change["event"] for change in problem["changes"]] == ["NoteAdded"]
    assert problem["changes"][0]["actor"]["id"] == "chen"
    assert problem["changes"][0]["sentence"]
    assert "13800138000" not in stale.text, "what changed is masked"
    fresh = api.give(f"/cases/{case}/classify-case", {"category": "product"}, if_match=f'"{problem["version"]}"')
    assert fresh.status_code == 200


def test_a_refusal_is_a_sentence_in_the_language_that_was_asked_for(api: Program) -> None:
    case = api.opens()
    english = api.give(f"/cases/{case}/accept-hand-over")
    chinese = api.give(f"/cases/{case}/accept-hand-over", accept_language="fr, zh-CN;q=0.9, en;q=0.1")
    assert english.status_code == chinese.status_code == 409
    assert english.headers["content-type"] == "application/problem+json"
    problem = english.json()
    assert (problem["code"], problem["status"], problem["outcome"]) == ("no_offer", 409, "refused")
    assert (problem["type"], problem["detail"]) == (
        "urn:casefold:problem:no_offer",
        "The case is not offered to anybody.",
    )
    assert not chinese.json()["detail"].isascii()
    assert (english.headers["content-language"], chinese.headers["content-language"]) == ("en", "zh")


def test_what_is_wrong_with_a_body_is_said_field_by_field_and_without_its_values(api: Program) -> None:
    case = api.opens()
    answer = api.give(
        f"/cases/{case}/propose-remedy",
        {"measures": [{"text": "x", "owner": "li", "due": "tomorrow"}], "amount": 12.5, "secret": "13800138000"},
    )
    assert answer.status_code == 422
    problem = answer.json()
    assert {error["field"]: error["code"] for error in problem["errors"]} == {
        "summary": "missing",
        "measures[0].due": "not_an_instant",
        "amount": "not_an_amount",
        "secret": "extra_forbidden",
    }
    assert all(error["field"] in error["message"] for error in problem["errors"])
    assert "13800138000" not in answer.text
    assert problem["outcome"] == "nothing_saved"
    for body in (b"{", b'{"a": "\xff"}', b"[" * 3000):
        headers = {"Actor": AGENT, "Idempotency-Key": "k", "Content-Type": "application/json"}
        broken = api.client.post(f"/cases/{case}/add-note", content=body, headers=headers)
        assert (broken.status_code, broken.headers["content-type"]) == (400, "application/problem+json")
    text = b'{"text": "' + b"x" * 1_100_000 + b'"}'
    for content in (text, iter([text[:600_000], text[600_000:]])):
        headers = {"Actor": AGENT, "Idempotency-Key": "k", "Content-Type": "application/json"}
        large = api.client.post(f"/cases/{case}/add-note", content=content, headers=headers)
        assert (large.status_code, large.json()["code"]) == (413, "too_large")


def test_a_fact_of_yesterday_is_recorded_as_of_yesterday(api: Program, house: House) -> None:
    case = api.opens()
    happened = house.ledger.history(case)[0].recorded_at
    answer = api.give(
        f"/cases/{case}/contact-customer", {"channel": "hotline"}, happened_at=happened.isoformat(), key="late"
    )
    assert answer.status_code == 200, answer.text
    entry = next(entry for entry in house.ledger.history(case) if entry.command_id == "late")
    assert entry.happened_at == happened < entry.recorded_at
    ahead = api.give(f"/cases/{case}/contact-customer", {"channel": "hotline"}, happened_at="2999-01-01T00:00:00Z")
    assert (ahead.status_code, ahead.json()["code"]) == (409, "happened_in_future")


@pytest.mark.requirement("H-01")
def test_who_asks_must_be_known_and_have_the_role(api: Program) -> None:
    case = api.opens()
    nobody = api.as_("").give(f"/cases/{case}/add-note", {"text": "x"})
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert api.as_("").get(f"/cases/{case}").status_code == 401
    auditor = api.as_("vera:auditor").give(f"/cases/{case}/add-note", {"text": "x"})
    assert (auditor.status_code, auditor.json()["code"]) == (403, "forbidden")
    role = api.as_("han:hr,agent").give(f"/cases/{case}/check-clocks")
    assert role.status_code == 404, "what only the program asks for has no address"
    elsewhere = api.give("/cases/C-2026-999999/add-note", {"text": "x"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (404, "unknown_case")
    assert api.give("/cases/nonsense/add-note", {"text": "x"}).status_code == 404


@pytest.mark.requirement("H-01", "L-01")
def test_a_case_that_is_not_theirs_to_see_is_unknown_to_their_commands_and_nothing_is_written(
    api: Program, house: House
) -> None:
    case = api.opens()
    sun, stranger = api.as_("sun:agent@logistics"), api.as_("gu:expert@engineering")
    note = f"/cases/{case}/add-note"
    assert sun.give(f"/cases/{case}/set-urgency", {"urgency": "urgent", "reason": "x"}).json()["code"] == "unknown_case"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:  # in one append with others, too
        askers = [api, stranger] * 8
        answers = list(pool.map(lambda who: who.give(note, {"text": "x"}).status_code, askers))
    assert answers == [200, 404] * 8
    assert {entry.actor.id for entry in house.ledger.history(case)} == {"li"}

    passed_on = f"/cases/{case}/assign-case", {"to": "sun", "department": "logistics"}
    assert api.as_(LEAD).give(*passed_on, key="passed-on").status_code == 200
    assert sun.give(f"/cases/{case}/accept-assignment").status_code == 200
    assert api.as_(LEAD).give(note, {"text": "x"}).status_code == 404, "it is with another department now"
    again = api.as_(LEAD).give(*passed_on, key="passed-on")
    assert (again.status_code, again.json()["repeated"]) == (200, True), "but what they did themselves they may hear"


def test_every_command_of_people_has_its_route_and_an_example_that_fits(api: Program) -> None:
    paths = api.get("/openapi.json").json()["paths"]
    for name in sorted(COMMANDS.keys() - OF_THE_SYSTEM - {"receive_case", "import_case", "import_log"}):
        operation = paths[f"/api/v1/cases/{{case}}/{name.replace('_', '-')}"]["post"]
        assert operation["operationId"] == name
        assert operation["description"]
        body = operation["requestBody"]["content"]["application/json"]["examples"]["example"]["value"]
        body_of(COMMANDS[name]).model_validate(body)
    assert not [path for path in paths for name in OF_THE_SYSTEM if path.endswith(f"/{name.replace('_', '-')}")]
    assert all(
        {"summary", "operationId", "tags"} <= operation.keys() for path in paths.values() for operation in path.values()
    )


def test_of_many_who_accept_at_once_one_is_accepted(api: Program, house: House) -> None:
    case = api.opens()
    assert api.as_(LEAD).give(f"/cases/{case}/assign-case", {"to": "li", "department": "hotline"}).status_code == 200
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _number: api.give(f"/cases/{case}/accept-assignment"), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert replay(house.ledger.history(case)).assignee == "li"


def test_a_policy_is_drafted_from_the_sheet_that_was_read(api: Program) -> None:
    kinds = {line["kind"]: line for line in api.get("/policies").json()["items"]}
    version = kinds["inquiry"]["in_force"]
    sheet = api.get(f"/policies/inquiry/versions/{version}").json()["sheet"]
    body = {"content": {**sheet, "version": "2027.1"}, "reason": "a new year"}
    drafted = api.as_(LEAD).give("/policies/inquiry/draft-policy", body)
    assert drafted.status_code == 200, drafted.text
    nonsense = api.give("/policies/inquiry/draft-policy", {"content": {"词": [1.5]}, "reason": "x"})
    assert (nonsense.status_code, nonsense.json()["code"]) == (409, "sheet_unreadable")
    versions = {one["version"]: one for one in api.get("/policies/inquiry").json()["versions"]}
    assert (versions["2027.1"]["standing"], versions["2027.1"]["author"]) == ("drafted", "chen")
    own = api.as_(LEAD).give("/policies/inquiry/approve-policy", {"version": "2027.1"})
    assert (own.status_code, own.json()["code"]) == (403, "not_your_role")
    assert api.get("/policies/quarrel").json()["code"] == "no_policy"


@pytest.mark.requirement("H-07")
def test_a_department_gets_members_who_go_on_leave(api: Program) -> None:
    lead = api.as_(LEAD)
    for person in ("wang", "zhao"):
        answer = lead.give("/departments/repairs/add-member", {"person": person, "roles": ["technician"]})
        assert answer.status_code == 200, answer.text
    away = lead.give("/departments/repairs/start-leave", {"person": "wang", "substitute": "zhao"})
    assert away.json()["events"] == ["LeaveStarted"]
    found = api.get("/departments/repairs").json()
    assert found["members"]["zhao"]["roles"] == ["technician"]
    assert found["leaves"]["wang"]["substitute"] == "zhao"
    assert lead.give("/departments/nowhere/end-leave", {"person": "wang"}).status_code == 404
