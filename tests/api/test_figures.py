"""Figures over HTTP: counted from the cases that whoever asks may see."""

from __future__ import annotations

import pytest

from api.house import House
from tests.api.conftest import AUDITOR, LEAD, Program, project


def number(answer: dict[str, list[dict[str, object]]], of: str, part: str = "", value: str = "") -> int:
    """One of the numbers."""
    found = [one["cases"] for one in answer["figures"] if (one["set"], one["part"], one["value"]) == (of, part, value)]
    return int(str(found[0])) if found else 0


@pytest.mark.requirement("H-01", "R-04")
def test_somebody_counts_the_cases_that_they_see_and_an_agent_counts_none(api: Program, house: House) -> None:
    case = api.opens(customer_name="张三", contact="13800138000", remedy_sought="换一个")
    assign = {"to": "sam", "department": "figures"}
    assert api.as_(LEAD).give(f"/cases/{case}/assign-case", assign).status_code == 200
    project(house)
    before = api.as_(AUDITOR).get("/figures", days=7).json()
    assert number(before, "waiting", "waits", "0") >= 1
    assert api.as_("sam:agent@figures").give(f"/cases/{case}/accept-assignment", {}).status_code == 200
    project(house)
    everybodys = api.as_(AUDITOR).get("/figures", days=7).json()
    assert number(everybodys, "waiting") == number(before, "waiting") - 1
    mine = api.as_("kim:lead@figures").get("/figures", days=7).json()
    theirs = api.as_(AUDITOR).get("/figures", department="figures").json()
    assert number(everybodys, "opened") >= number(mine, "opened") >= number(theirs, "opened") == 1
    assert number(theirs, "opened", "kind", "complaint") == 1
    assert len(theirs["days"]) == 29
    assert len(api.as_(AUDITOR).get("/figures", days=91, until="2026-01-31").json()["days"]) == 14

    refused = api.get("/figures")
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    wrong = api.as_(AUDITOR).get("/figures", days=0, until="2026-02-30").json()
    assert {error["field"]: error["code"] for error in wrong["errors"]} == {
        "days": "out_of_range",
        "until": "not_a_day",
    }
