"""What is taken out or looked up over HTTP: files of evidence, exports, the customer's file, the log of readings."""

from __future__ import annotations

import csv
import io
import json

import pytest

from api.house import House
from ledger.access import accesses
from tests.api.conftest import AGENT, AUDITOR, LEAD, Program, project

PHOTO = b"\x89PNG\r\n\x1a\n" + b"the lamp, in pieces" * 10


@pytest.fixture
def case(api: Program) -> str:
    """A complaint of somebody who is known by name."""
    return api.opens(customer_name="张三", contact="13800138000")


def sent(api: Program, case: str, key: str, by: str = AGENT, name: str = "灯.png") -> dict[str, object]:
    """A photograph, as a program sends it."""
    answer = api.client.post(
        f"/cases/{case}/evidence",
        files={"file": (name, PHOTO, "image/jpeg")},
        headers={"Actor": by, "Idempotency-Key": key},
    )
    told: dict[str, object] = answer.json()
    return told | {"status": answer.status_code}


@pytest.mark.requirement("C-01", "L-05")
def test_a_file_is_sent_once_and_whoever_opens_it_is_in_the_ledger(api: Program, house: House, case: str) -> None:
    first = sent(api, case, f"file-{case}")
    assert (first["status"], first["repeated"]) == (201, False)
    again = sent(api, case, f"file-{case}")
    assert (again["status"], again["repeated"], again["version"]) == (201, True, first["version"])
    assert sent(api, case, f"audited-{case}", by=AUDITOR)["status"] == 403

    listed = api.get(f"/cases/{case}/evidence").json()["items"]
    assert [(one["evidence"], one["media_type"], one["claimed_type"]) for one in listed] == [
        ("E1", "image/png", "image/jpeg")
    ]
    assert listed[0]["name"] == "‹5›"
    assert api.get(f"/cases/{case}/evidence", reveal="true").json()["items"][0]["name"] == "灯.png"

    file = api.get(f"/cases/{case}/evidence/E1", purpose="to see the damage")
    assert file.content == PHOTO
    assert file.headers["content-type"] == "application/octet-stream"
    assert "filename*=UTF-8''%E7%81%AF.png" in file.headers["content-disposition"]
    assert {type(one.entry.event).__name__ for one in accesses(house.ledger, case)} == {
        "EvidenceViewed",
        "PersonalDataRead",
    }
    assert api.get(f"/cases/{case}/evidence/E9").json()["code"] == "unknown_evidence"
    assert api.as_("zhou:agent@repairs").get(f"/cases/{case}/evidence").json()["code"] == "unknown_case"


@pytest.mark.requirement("L-05")
def test_an_export_holds_what_one_sees_without_personal_data_and_is_recorded(
    api: Program, house: House, case: str
) -> None:
    elsewhere = api.as_("zhou:agent@repairs").opens(department="repairs", kind="inquiry")
    lead = api.as_(LEAD)
    table = lead.get("/exports/csv", kind="inquiry", purpose="the monthly figures")
    assert table.headers["content-disposition"] == 'attachment; filename="cases.csv"'
    rows = list(csv.DictReader(io.StringIO(table.text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}"))))
    assert elsewhere not in {row["case"] for row in rows}, "a lead of the hotline does not see the repairs"

    lines = [json.loads(line) for line in lead.get("/exports/jsonl", case=case).text.splitlines()]
    assert lines[0]["data"]["customer_name"] == "‹withheld›"
    masked = lead.get("/exports/jsonl", case=case, personal="masked").text.splitlines()
    assert json.loads(masked[0])["data"]["contact"] == "138****8000"
    shown = lead.get("/exports/jsonl", case=case, personal="included").text.splitlines()
    assert json.loads(shown[0])["data"]["contact"] == "13800138000"
    for form, begins in (("xes", b"<?xml"), ("ocel", b"{")):
        assert lead.get(f"/exports/{form}", case=case).content.startswith(begins)

    log = api.as_(AUDITOR).get("/reads", case=case, limit=3).json()
    assert [line["data"]["form"] for line in log["items"]] == ["ocel", "xes", "jsonl"]
    older = api.as_(AUDITOR).get("/reads", case=case, by="chen", before=log["next"]).json()["items"]
    assert [line["data"]["personal"] for line in older[:2]] == ["masked", "withheld"]

    assert api.get("/exports/csv").status_code == 403, "agents take nothing out"
    refused = api.as_("han:management").get("/exports/csv", personal="included")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert lead.get("/exports/csv", case=elsewhere).json()["code"] == "unknown_case"
    assert lead.get(f"/cases/{case}/dossier").json()["code"] == "no_dossier", "nothing is sealed here"


@pytest.mark.requirement("L-04")
def test_a_customer_is_found_by_what_is_known_of_them_among_the_cases_that_one_sees(
    api: Program, house: House, case: str
) -> None:
    contact = f"1390013{int(case[-4:]):04d}"
    mine = api.opens(contact=contact)
    theirs = api.as_("zhou:agent@repairs").opens(contact=contact, department="repairs")
    project(house)
    found = api.client.post("/customers/find", json={"contact": contact}, headers={"Actor": AGENT}).json()["items"]
    assert [one["cases"] for one in found] == [[mine]]

    file = api.get(f"/cases/{mine}/customer").json()
    assert file["customer"] == found[0]["customer"]
    assert [line["case"] for line in file["cases"]] == [mine]
    assert (file["erased"], file["restricted"], file["step"], file["holds"]) == (False, False, "", [])
    all_ = api.as_(AUDITOR).get(f"/customers/{file['customer']}").json()
    assert [line["case"] for line in all_["cases"]] == [theirs, mine]
    assert api.as_("gu:expert@nowhere").get(f"/customers/{file['customer']}").json()["code"] == "unknown_customer"
    assert contact not in json.dumps(all_)


@pytest.mark.requirement("L-02")
def test_an_auditor_derives_the_decisions_of_a_case_again(api: Program, case: str) -> None:
    answer = api.as_(AUDITOR).get(f"/cases/{case}/rederivation").json()
    assert answer == {"case": case, "decisions": 1, "different": []}
    assert api.get(f"/cases/{case}/rederivation").status_code == 403


def test_a_program_can_fold_a_case_by_itself(api: Program, house: House, case: str) -> None:
    entries = api.get(f"/cases/{case}/history").json()["entries"]
    first = entries[0]["data"]
    sheet = api.get(f"/sheets/{first['sheet']['digest']}").json()
    assert sheet["content"]["kind"] == "complaint"
    clock = next(entry["data"] for entry in entries if entry["event"] == "ClockStarted")
    assert api.get(f"/calendar-versions/{clock['calendar']['digest']}").json()["content"]["name"]
    assert api.get("/sheets/nonsense").json()["code"] == "unknown_paper"
    where = api.get("/ledger").json()
    assert where["newest"] >= where["lists"]
    assert where["epoch"] == house.ledger.epoch()
