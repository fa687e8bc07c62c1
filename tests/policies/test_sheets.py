"""Sheets: the shipped ones are sound, and a mistake in one is named with file, line and what would be right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import policies
from domain.policy import Sheet
from policies.loader import HERE

COMPLAINT = (HERE / "complaint.toml").read_text(encoding="utf-8")


def test_there_is_a_sheet_for_each_kind_of_case() -> None:
    assert set(policies.load()) == {"complaint", "after_sales", "inquiry"}


@pytest.mark.parametrize("kind", ["complaint", "after_sales", "inquiry"])
@pytest.mark.requirement("P-02")
def test_a_resolved_sheet_comes_back_from_the_ledger_with_the_same_digest(kind: str) -> None:
    sheet = policies.load()[kind]
    again = Sheet.from_data(sheet.to_data())
    assert again == sheet
    assert again.digest == sheet.digest


MISTAKES = [
    ('kind = "complaint"', 'kynd = "complaint"', "'kynd' is not a field"),
    ('version = "2026-11-22"\n', "", "'version' is missing"),
    ('"confirm", "close", "review"]', '"confirm", "clos", "review"]', "'clos' is not a stage"),
    ('path = ["receive", ', "path = [", "a path begins with 'receive'"),
    ('"contact", "matter", "remedy_sought"', '"contact", "mater"', "'mater' is not a field of the intake record"),
    ('    "invite_survey",', '    "invite_surveys",', "'invite_surveys' is not a command"),
    ('"responsible_named"', '"responsible_name"', "'responsible_name' is not a condition"),
    ('"responsible_named"', '"event:NoSuch"', "'event:NoSuch' is not a condition"),
    ('take_lead = ["department_head", "lead"]', 'take_lead = ["boss"]', "'boss' is not a role"),
    ("[endings.unfounded]", "[endings.unfound]", "'unfound' is not an ending"),
    ("after_reminders = 2", "after_reminder = 2", "'after_reminder' is not a setting of an ending"),
    ('ordinary = "5m"', 'ordinary = "5 min"', "'5 min' is not a duration; write 30s, 5m, 24h or 3d"),
    ('{ ordinary = "5m", urgent', "{ urgent", "needs an 'ordinary' value"),
    ('urgent = "1m"', 'hurried = "1m"', "'hurried' is not an urgency or complexity"),
    ('starts = ["CaseAssigned"]', 'starts = ["CaseAsigned"]', "'CaseAsigned' is not an event"),
    ('starts = ["StageEntered:propose"]', 'starts = ["StageEntered:proposal"]', "'proposal' is not a stage"),
    ('stops = ["RemedyProposed"]\n', "", "has no 'stops'"),
    ('per = "round"', 'pro = "round"', "'pro' is not a setting of a clock"),
    ('contact_customer = "24h"', 'call_customer = "24h"', "'call_customer' is not a command"),
    ('after = "3d"', 'afterwards = "3d"', "'afterwards' is not a setting of reminders"),
    ("title = {", "title = [", "not valid TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "sentence"), MISTAKES, ids=[mistake[2] for mistake in MISTAKES])
def test_a_mistake_is_named_with_file_and_line(right: str, wrong: str, sentence: str, tmp_path: Path) -> None:
    assert right in COMPLAINT
    path = tmp_path / "complaint.toml"
    path.write_text(COMPLAINT.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(policies.SheetError) as error:
        policies.read_sheet(path)
    assert re.match(rf"{re.escape(str(path))}(:\d+)?: ", str(error.value))
    assert sentence in str(error.value)


def test_two_sheets_for_one_kind_are_one_too_many(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(COMPLAINT, encoding="utf-8")
    with pytest.raises(policies.SheetError, match="two sheets are for the same kind"):
        policies.load(tmp_path)
