"""Sheets: the shipped ones are sound and come back from the ledger as they were; organisations write their own."""

from __future__ import annotations

import dataclasses
import re
from decimal import Decimal
from pathlib import Path
from string import Formatter

import pytest

import policies
from activities.phrases import PHRASES
from domain.policy import Sheet
from domain.rules import ClockRule
from domain.words import Complexity, NoticeKind, Urgency
from policies.calendar_files import load_calendars
from policies.checks import PLACES
from policies.reader import PACKS

EXAMPLE = Path(__file__).parent / "example.toml"
SHIPPED = [(pack.name, kind) for pack in policies.packs() for kind in pack.kinds]


def test_the_general_pack_is_the_default_and_has_a_sheet_for_each_kind_of_case() -> None:
    assert set(policies.load()) == {"complaint", "after_sales", "inquiry"}
    assert policies.load() == policies.load("general")


@pytest.mark.requirement("P-02")
@pytest.mark.parametrize(("pack", "kind"), SHIPPED)
def test_a_resolved_sheet_comes_back_from_the_ledger_with_the_same_digest(pack: str, kind: str) -> None:
    sheet = policies.load(pack)[kind]
    again = Sheet.from_data(sheet.to_data())
    assert again == sheet
    assert again.digest == sheet.digest
    assert (sheet.pack, sheet.kind) == (pack, kind)


@pytest.mark.parametrize(("pack", "kind"), SHIPPED)
def test_every_limit_of_a_shipped_sheet_can_be_counted(pack: str, kind: str) -> None:
    sheet = policies.load(pack)[kind]
    assert sheet.calendars <= set(load_calendars())
    for rule in sheet.clocks:
        assert rule.source or pack == "general", f"{rule.name} says not where it comes from"
        for urgency in Urgency:
            for complexity in Complexity:
                assert rule.limit_of(urgency, complexity).amount >= 0


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize("pack", ["short-drama", "douyin", "after-sales-ops"])
def test_a_house_pack_says_for_every_role_of_its_book_what_it_may_do(pack: str) -> None:
    for kind in ("complaint", "after_sales", "inquiry"):
        roles = {role for named in policies.load(pack)[kind].may.values() for role in named}
        assert roles >= {
            "agent",
            "lead",
            "expert",
            "technical_support",
            "department_head",
            "inspector",
            "supervisor",
            "data",
            "management",
            "hr",
            "partner",
        }


@pytest.mark.requirement("H-01")
def test_what_a_role_may_do_is_policy_data(tmp_path: Path) -> None:
    sheet = own(tmp_path, '[may]\nstart_repair = ["partner"]')
    assert sheet.may["start_repair"] == ("partner",)
    assert policies.load("after-sales-ops")["after_sales"].may["start_repair"] == ("technician", "technical_support")


@pytest.mark.requirement("I-05")
def test_the_taxonomy_belongs_to_the_organisation_and_every_change_makes_another_version(tmp_path: Path) -> None:
    shipped = policies.load("after-sales-ops")["after_sales"]
    sheet = own(tmp_path, '[categories]\ndrones = ["propeller", "camera"]')
    assert sheet.categories["drones"] == ("propeller", "camera")
    assert sheet.categories["repair"] == shipped.categories["repair"]
    assert sheet.version != shipped.version
    assert sheet.digest != shipped.digest


@pytest.mark.requirement("T-01")
def test_a_number_that_is_not_set_is_the_default_of_the_pack() -> None:
    sheet = policies.load("after-sales-ops")["inquiry"]
    parameter = sheet.parameters["first_response_minutes"]
    assert (parameter.value, parameter.default, parameter.book) == ("5", "5", ("O3.1.1", "O4.1.1"))
    assert clock(sheet, "first_response").limit["ordinary"] == "5wm"


@pytest.mark.requirement("T-01")
def test_a_number_that_is_set_shows_beside_the_default_and_is_what_counts(tmp_path: Path) -> None:
    sheet = own(tmp_path, "[set]\nfirst_response_minutes = 10\nrepair_warranty_days = 180")
    parameter = sheet.parameters["first_response_minutes"]
    assert (parameter.value, parameter.default) == ("10", "5")
    assert clock(sheet, "first_response").limit["ordinary"] == "10wm"
    assert sheet.repair_warranty_days == 180


def test_a_number_can_be_set_where_the_parameter_stands() -> None:
    sheet = policies.read_sheet(EXAMPLE)
    assert (sheet.parameters["amount"].value, sheet.parameters["amount"].default) == ("400", "500.00")
    assert sheet.approval is not None
    assert sheet.approval.above == Decimal(400)


def test_a_sheet_that_extends_another_takes_the_rest_from_it(tmp_path: Path) -> None:
    shipped = policies.load("after-sales-ops")["after_sales"]
    sheet = own(tmp_path, "ping_pong_at = 3")
    same = dataclasses.replace(sheet, ping_pong_at=shipped.ping_pong_at, version=shipped.version)
    assert same == shipped


def test_a_clock_of_the_own_sheet_stands_for_the_shared_one_of_its_name(tmp_path: Path) -> None:
    clock = (
        '[[clocks]]\nname = "survey"\nstarts = ["CaseClosed"]\nstops = ["SurveyInvited"]\nlimit = { ordinary = "1h" }'
    )
    rules = [rule for rule in own(tmp_path, clock).clocks if rule.name == "survey"]
    assert [rule.limit for rule in rules] == [{"ordinary": "1h"}]


def test_limits_may_count_on_a_calendar_of_the_organisations_own(tmp_path: Path) -> None:
    survey = (
        '[[clocks]]\nname = "survey"\nstarts = ["CaseClosed"]\nstops = ["SurveyInvited"]\nlimit = { ordinary = "2wd" }'
    )
    sheet = own(tmp_path, f'calendars = ["harbin-office"]\n{survey}\ncalendar = "harbin-office"')
    assert clock(sheet, "survey").calendar == "harbin-office"


def test_an_organisation_may_have_a_pack_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(
        f'name = "{tmp_path.name}"\n'
        'title = { en = "Ours", zh = "本单位" }\n'
        'about = { en = "Ours.", zh = "本单位。" }\n'
        "ping_pong_at = 4\n",
        encoding="utf-8",
    )
    text = EXAMPLE.read_text(encoding="utf-8").replace("ping_pong_at = 1\n", "")
    (tmp_path / "complaint.toml").write_text(text, encoding="utf-8")
    sheet = policies.load(tmp_path)["complaint"]
    assert (sheet.pack, sheet.ping_pong_at) == (tmp_path.name, 4)


@pytest.mark.requirement("H-02")
def test_assignment_rules_for_all_kinds_are_asked_before_those_of_one() -> None:
    for pack in ("short-drama", "douyin", "after-sales-ops"):
        for sheet in policies.load(pack).values():
            assert [rule.name for rule in sheet.assignment[:2]] == ["safety", "major"]
            assert {rule.department for rule in sheet.assignment} <= set(sheet.departments)


def test_a_sheet_does_not_inherit_what_only_other_kinds_have() -> None:
    sheets = policies.load("after-sales-ops")
    assert "waiting_for_parts" not in sheets["inquiry"].pauses
    assert sheets["complaint"].pauses["waiting_for_parts"].clocks == ("solution", "carry_out")
    assert "repair_warranty_days" not in sheets["complaint"].parameters
    assert not [rule for rule in sheets["inquiry"].clocks if rule.name.startswith("cn-")]


def test_house_letters_are_written_in_both_languages() -> None:
    for pack in ("short-drama", "douyin", "after-sales-ops", "uk-disp"):
        for sheet in policies.load(pack).values():
            for kind in (NoticeKind.ACKNOWLEDGEMENT, NoticeKind.WRITTEN_RESULT):
                assert set(sheet.phrases[kind]) == {"en", "zh"}


def test_what_the_programs_own_letters_name_a_sheet_may_name_too() -> None:
    texts = [text for phrase in PHRASES.values() for text in (phrase.subject, phrase.body)]
    assert {name for text in texts for _, name, _, _ in Formatter().parse(text) if name} <= set(PLACES)


def own(folder: Path, text: str) -> Sheet:
    """An organisation's own after-sales sheet on top of the shipped one."""
    path = folder / "ours.toml"
    head = 'extends = "after-sales-ops"\nkind = "after_sales"\nversion = "ours-1"\n'
    path.write_text(f"{head}{text}\n", encoding="utf-8")
    return policies.read_sheet(path)


def clock(sheet: Sheet, name: str) -> ClockRule:
    return next(rule for rule in sheet.clocks if rule.name == name)


def test_all_shipped_files_are_without_mistakes() -> None:
    for folder in sorted(PACKS.iterdir()):
        assert policies.check(folder) == []
    assert policies.check(EXAMPLE) == []


def test_the_example_of_the_manual_can_be_used(tmp_path: Path) -> None:
    manual = (Path(__file__).resolve().parent.parent.parent / "docs" / "policies.md").read_text(encoding="utf-8")
    (example,) = [block for block in re.findall(r"```toml\n(.*?)```", manual, re.DOTALL) if "extends" in block]
    path = tmp_path / "ours.toml"
    path.write_text(example, encoding="utf-8")
    assert policies.check(path) == []
    assert policies.read_sheet(path).parameters["solve_hours"].value == "48"
    assert all(f"`{pack.name}`" in manual for pack in policies.packs())
