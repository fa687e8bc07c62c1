"""`casefold policy`: what we promise, read and changed on the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import policies
from console.policy_diff import differences
from domain.policy import Sheet
from ledger.store import Ledger
from tests.console.conftest import Casefold, folded
from tests.domain.policy_story import a_sheet

SHEET = """
extends = "general"
kind = "complaint"
version = "2027-01"

[[clocks]]
name = "solution"
starts = ["CaseReceived"]
stops = ["StageEntered:close"]
limit = { ordinary = "4d", urgent = "12h" }
warn = [50, 80]
escalate = [{ after = "0m", to = "lead" }, { after = "1d", to = "department_head" }]
binds = "agent"
source = "decided by the board"
"""
SUN, GAO, WU = "sun:technician@repair", "gao:management", "wu:supervisor"
SHIPPED = policies.load()["complaint"].version


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sheet that solves complaints a day earlier than the shipped one."""
    path = tmp_path / "shorter.toml"
    path.write_text(SHEET, encoding="utf-8")
    return path


@pytest.fixture
def discussed(casefold: Casefold, file: Path) -> str:
    """The version of that sheet, drafted by Li and discussed by Sun."""
    assert casefold("policy", "draft", file, "--reason", "Customers wait.").code == 0
    assert casefold("policy", "discuss", "complaint", "2027-01", "--text", "We can.", "--by", SUN).code == 0
    return "2027-01"


def opened(casefold: Casefold) -> str:
    """A new complaint."""
    return str(casefold("open", "complaint", "--channel", "email", "--json").data["case"])


# ── The life of a version ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-01", "P-02")
def test_a_version_lives_from_a_suggestion_to_its_retirement(
    casefold: Casefold, complaint: str, file: Path, ledger: Ledger
) -> None:
    suggested = casefold("policy", "suggest", "complaint", "--text", "慢", "--case", complaint, "--by", SUN, "--json")
    assert suggested.data["suggestion"] == "S1"
    arguments = ("--reason", "Customers wait.", "--case", complaint.lower(), "--suggestion", "s1")
    drafted = casefold("policy", "draft", file, *arguments, "--command-id", "my-draft")
    assert "A new version of the policy was drafted." in drafted.out
    assert casefold("policy", "draft", file, *arguments, "--command-id", "my-draft", "--json").data["repeated"]
    early = casefold("policy", "approve", "complaint", "2027-01", "--from", "now", "--by", GAO, "--json")
    assert (early.code, early.data["code"]) == (1, "not_discussed")
    casefold("policy", "discuss", "complaint", "2027-01", "--text", "@-", "--by", SUN, typed="We can.\n")
    own = casefold("policy", "approve", "complaint", "2027-01", "--from", "now", "--by", "li:management")
    assert "Nobody approves their own draft" in own.err
    approved = casefold("policy", "approve", "complaint", "2027-01", "--from", "now", "--by", GAO, "--json")
    assert approved.data["events"] == ["PolicyApproved", "PolicyCameIntoForce"]
    assert approved.data["policy"] == "complaint"

    sheet = policies.read_sheet(file)
    assert folded(ledger, opened(casefold)).sheet == sheet.digest
    assert folded(ledger, complaint).sheet == policies.load()["complaint"].digest
    moved = casefold("move-to-policy", complaint, "--version", "2027-01", "--reason", "Promised.", "--by", "chen:lead")
    assert moved.code == 0, moved.err

    retired = casefold("policy", "retire", "complaint", "2027-01", "--reason", "Too short.", "--by", GAO)
    assert "takes no new cases" in retired.out
    assert folded(ledger, opened(casefold)).sheet == policies.load()["complaint"].digest
    names = [type(entry.event).__name__ for entry in ledger.history("policy:complaint")]
    assert names == [
        "SheetPublished",
        "ChangeSuggested",
        "PolicyDrafted",
        "PolicyDiscussed",
        "PolicyApproved",
        "PolicyCameIntoForce",
        "PolicyRetired",
    ]


@pytest.mark.requirement("P-01")
def test_a_version_is_approved_for_a_date_and_listed_as_on_its_way(casefold: Casefold, discussed: str) -> None:
    answer = casefold("policy", "approve", "complaint", discussed, "--from", "2099-01-01", "--by", GAO)
    assert "to be in force from a date on" in answer.out
    line = next(line for line in casefold("policy", "list", "--json").data if line["kind"] == "complaint")
    assert (line["in_force"], line["shipped"]) == (SHIPPED, True)
    (draft,) = line["drafts"]
    assert (draft["version"], draft["standing"], draft["author"], draft["discussed_by"], draft["approved_by"]) == (
        "2027-01",
        "approved",
        "li",
        ["sun"],
        "gao",
    )
    shown = casefold("policy", "list").out
    assert "On their way" in shown
    assert "2099-01-01 00:00" in shown
    past = casefold("policy", "approve", "complaint", discussed, "--from", "2020-01-01", "--by", GAO)
    assert past.code == 1


@pytest.mark.requirement("P-03")
def test_a_review_is_recorded_and_the_next_one_is_a_year_later(casefold: Casefold) -> None:
    answer = casefold("policy", "review", "complaint", "--outcome", "revise", "--remarks", "Too slow.", "--by", GAO)
    assert answer.code == 0, answer.err
    line = next(line for line in casefold("policy", "list", "--json").data if line["kind"] == "complaint")
    assert line["reviewed_at"][:4] < line["next_review"][:4]
    assert not line["review_overdue"]
    assert casefold("policy", "review", "complaint", "--outcome", "keep").code == 1, "an agent does not review"


@pytest.mark.requirement("P-05")
def test_an_exception_is_followed_from_the_supervision_that_found_it_to_its_end(
    casefold: Casefold, complaint: str
) -> None:
    early = casefold("policy", "exception", "complaint", "--text", "x", "--owner", "sun", "--due", "+14d", "--by", WU)
    assert (early.code, "No supervision was held yet" in early.err) == (1, True)
    assert casefold("policy", "supervise", "complaint", "--checked", "40").code == 1, "an agent does not supervise"
    held = casefold("policy", "supervise", "complaint", "--checked", "40", "--remarks", "Calm.", "--by", WU)
    assert "It is supervision V1" in held.out
    arguments = ("--text", "Zhang did not call.", "--owner", "sun", "--due", "+14d", "--case", complaint.lower())
    report = casefold("policy", "exception", "complaint", *arguments, "--by", WU, "--json")
    assert report.data["exception"] == "X1"
    assert casefold("policy", "exception", "complaint", *arguments[:-1], "C-2026-999999", "--by", WU).code == 1

    listed = casefold("policy", "list")
    assert "Exceptions that are not yet put right" in listed.out
    assert "Zhang" not in listed.out
    assert "Zhang did not call." in casefold("policy", "list", "--reveal").out
    assert "X1 sun" in casefold("policy", "show", "complaint").out
    (one,) = casefold("policy", "show", "complaint", "--json").data["exceptions"]
    assert (one["exception"], one["supervision"], one["case"], one["open"]) == ("X1", "V1", complaint, True)

    other = casefold("policy", "rectify", "complaint", "X1", "--effect", "Called.", "--json")
    assert (other.code, other.data["code"]) == (1, "exception_of_another")
    done = casefold("policy", "rectify", "complaint", "x1", "--effect", "Called.", "--by", SUN)
    assert "An exception was put right" in done.out
    assert "Exceptions that are not yet put right" not in casefold("policy", "list").out
    (line,) = (line for line in casefold("policy", "list", "--json").data if line["kind"] == "complaint")
    assert [(one["exception"], one["open"], one["overdue"]) for one in line["exceptions"]] == [("X1", False, False)]


@pytest.mark.requirement("P-05")
def test_the_next_supervision_is_shown_where_the_sheet_asks_for_one(casefold: Casefold, file: Path) -> None:
    assert "Supervision" not in casefold("policy", "list").out
    file.write_text(SHEET.replace("[[clocks]]", "supervision_months = 3\n\n[[clocks]]"), encoding="utf-8")
    assert casefold("policy", "draft", file, "--reason", "Are they kept?").code == 0
    casefold("policy", "discuss", "complaint", "2027-01", "--text", "Good.", "--by", SUN)
    assert casefold("policy", "approve", "complaint", "2027-01", "--from", "now", "--by", GAO).code == 0
    assert "next supervision" in casefold("policy", "list").out
    shown = casefold("policy", "show", "complaint")
    assert "every 3 months" in shown.out
    (line,) = (line for line in casefold("policy", "list", "--json").data if line["kind"] == "complaint")
    assert line["next_supervision"] > line["since"]


def test_a_draft_is_withdrawn(casefold: Casefold, discussed: str) -> None:
    assert casefold("policy", "withdraw", "complaint", discussed, "--reason", "Not yet.").code == 0
    again = casefold("policy", "discuss", "complaint", discussed, "--text", "Why?", "--json")
    assert again.data["code"] == "draft_withdrawn"
    assert "On their way" not in casefold("policy", "list").out


@pytest.mark.requirement("L-04")
def test_free_words_about_policies_are_masked_unless_they_are_to_be_revealed(
    casefold: Casefold, discussed: str
) -> None:
    casefold("policy", "suggest", "complaint", "--text", "Zhang is too slow")
    for command in (("list",), ("show", "complaint", "--version", discussed)):
        hidden, revealed = casefold("policy", *command), casefold("policy", *command, "--reveal")
        assert "Customers wait." not in hidden.out
        assert "Customers wait." in revealed.out
    assert "Zhang" not in casefold("policy", "list").out
    assert "Zhang is too slow" in casefold("policy", "list", "--reveal").out


def test_what_is_not_there_is_named_with_what_is(casefold: Casefold) -> None:
    for arguments in (("suggest", "complant", "--text", "x"), ("show", "complant"), ("diff", "complant", "a")):
        answer = casefold("policy", *arguments)
        assert answer.code == 1
        assert "Kinds are: after_sales, complaint, inquiry." in answer.err
    for arguments in (("show", "complaint", "--version", "2030"), ("diff", "complaint", "2030")):
        assert f"Versions are: {SHIPPED}." in casefold("policy", *arguments).err
    answer = casefold("policy", "suggest", "complaint", "--text", "x", "--case", "C-2026-999999")
    assert (answer.code, "C-2026-999999" in answer.err) == (1, True)
    assert casefold("policy", "suggest", "complaint", "--text", "x", CASEFOLD_BY="").code == 2


def test_what_is_wrongly_asked_needs_no_ledger(no_ledger: Casefold) -> None:
    for arguments in (
        ("show",),
        ("show", "--pack", "nonsense"),
        ("show", "--pack", "general", "nonsense"),
        ("approve", "complaint", "v", "--from", "some day"),
        ("approve", "complaint", "v"),
        ("review", "complaint", "--outcome", "perhaps"),
    ):
        assert no_ledger("policy", *arguments).code == 2


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("T-10", "P-01")
def test_a_sheet_is_shown_with_every_time_limit_and_what_comes_after_it(casefold: Casefold, discussed: str) -> None:
    shown = casefold("policy", "show", "complaint", "--version", discussed).out
    line = next(line for line in shown.splitlines() if line.startswith("solution"))
    assert "4d; urgent 12h" in line
    assert "50%, 80%" in line
    assert "+0m lead, +1d department head" in line
    assert "decided by the board; binds: agent" in line
    for rule in policies.load()["complaint"].clocks:
        assert rule.calendar in shown
    assert "receive → investigate → propose → confirm → close → review" in shown
    assert "take-lead" in shown
    assert "discussed" in shown.splitlines()[0]
    assert "投诉" in casefold("policy", "show", "complaint", "--lang", "zh").out.splitlines()[0]


def test_a_sheet_for_programs_is_the_whole_sheet(casefold: Casefold) -> None:
    data = casefold("policy", "show", "complaint", "--json").data
    assert Sheet.from_data(data["sheet"]) == policies.load()["complaint"]
    assert (data["version"], data["standing"], data["versions"][0]["shipped"]) == (SHIPPED, "in_force", True)


@pytest.mark.requirement("P-01")
def test_a_parameter_says_whether_you_set_it(casefold: Casefold, tmp_path: Path) -> None:
    pack = next(pack for pack in policies.packs() if pack.kinds and pack.parameters)
    kind = pack.kinds[0]
    sheet = policies.load(pack.name)[kind]
    name, parameter = next((name, one) for name, one in sheet.parameters.items() if one.unit != "amount")
    other = int(parameter.default) + 1
    path = tmp_path / "own.toml"
    path.write_text(f'extends = "{pack.name}"\nkind = "{kind}"\nversion = "own"\n[set]\n{name} = {other}\n')
    assert casefold("policy", "draft", path, "--reason", "Ours.").code == 0
    shown = casefold("policy", "show", kind, "--version", "own", "--parameters").out.splitlines()
    own = next(line for line in shown if line.startswith(name))
    assert f"{other} " in own
    assert "set by you" in own
    assert sum("default" in line for line in shown) >= len(sheet.parameters) - 1
    data = casefold("policy", "show", kind, "--version", "own", "--json").data["parameters"]
    assert [one["name"] for one in data if one["set_by_you"]] == [name]
    found = casefold("policy", "diff", kind, SHIPPED, "own", "--json").data["differences"]
    assert f"parameters.{name}" in {one["field"] for one in found} | {one["field"].rpartition(".")[0] for one in found}


def test_a_shipped_pack_is_shown_without_a_ledger(no_ledger: Casefold) -> None:
    for pack in policies.packs():
        shown = no_ledger("policy", "show", "--pack", pack.name)
        assert shown.code == 0
        data = no_ledger("policy", "show", "--pack", pack.name, "--json").data
        assert [sheet["kind"] for sheet in data["sheets"]] == list(pack.kinds)
        assert len(data["rows"]) == len(pack.rows)


def test_the_schema_of_sheets_is_printed_for_editors(no_ledger: Casefold) -> None:
    assert no_ledger("policy", "schema").data["title"] == "Casefold policy sheet"


# ── Files ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_file_is_checked_and_every_mistake_is_named_with_its_line(no_ledger: Casefold, file: Path) -> None:
    assert no_ledger("policy", "check", file).code == 0
    wrong = file.with_name("wrong.toml")
    wrong.write_text(SHEET.replace('"4d"', '"soon"').replace('"lead"', '"king"'), encoding="utf-8")
    answer = no_ledger("policy", "check", file, wrong)
    assert answer.code == 1
    assert f"{file}: no mistakes." in answer.out
    assert f"{wrong}:10: 'soon' is not a limit" in answer.out
    assert "king" in answer.out
    data = no_ledger("policy", "check", wrong, "--json").data
    assert [mistake["line"] for mistake in data["mistakes"]] == [10, 12]
    assert all(mistake["sentence"].endswith(".") for mistake in data["mistakes"])
    assert no_ledger("policy", "check", file.with_name("nothing.toml")).code == 1


def test_a_file_with_a_mistake_is_neither_drafted_nor_compared(casefold: Casefold, file: Path, ledger: Ledger) -> None:
    newest = ledger.newest()
    file.write_text(SHEET.replace('"4d"', '"soon"'), encoding="utf-8")
    for arguments in (("draft", file, "--reason", "x"), ("diff", "complaint", SHIPPED, file)):
        answer = casefold("policy", *arguments)
        assert answer.code == 1
        assert "'soon' is not a limit" in answer.err
        assert casefold("policy", *arguments, "--json").data["mistakes"][0]["line"] == 10
    assert ledger.newest() == newest


@pytest.mark.requirement("P-01")
def test_two_versions_are_compared_field_by_field(casefold: Casefold, discussed: str, file: Path) -> None:
    in_force = casefold("policy", "diff", "complaint", discussed)
    assert "time limit solution · limit · ordinary" in in_force.out
    named = casefold("policy", "diff", "complaint", SHIPPED, discussed, "--json").data
    assert (named["from"], named["to"]) == (SHIPPED, discussed)
    found = {one["field"]: (one["before"], one["after"]) for one in named["differences"]}
    assert found["clocks.solution.limit.ordinary"] == (
        policies.load()["complaint"].to_data()["clocks"][2]["limit"]["ordinary"],
        "4d",
    )
    with_file = casefold("policy", "diff", "complaint", SHIPPED, file, "--json").data
    assert with_file["differences"] == named["differences"]
    same = casefold("policy", "diff", "complaint", discussed, file)
    assert "They promise the same." in same.out


def test_limits_of_one_name_for_different_periods_are_compared_apart() -> None:
    rule = a_sheet().clocks[1]
    until, since = replace(rule, effective_to="2026-04-14"), replace(rule, effective_from="2026-04-15")
    longer = replace(since, limit={"ordinary": "96h"})
    found = differences(a_sheet(clocks=(until, since)), a_sheet(clocks=(until, longer)))
    assert {one.path[:2] for one in found} == {("clocks", "solution 2026-04-15–…")}


def test_what_is_new_or_gone_is_one_difference() -> None:
    sheet = a_sheet()
    other = a_sheet(clocks=sheet.clocks[:1], low_score=4, version="x")
    found = {".".join(one.path): (one.before, one.after) for one in differences(sheet, other)}
    assert found["low_score"] == (2, 4)
    assert found["clocks.solution"][1] is None
    assert set(found) == {"low_score", "clocks.solution"}
    assert json.dumps(found["clocks.solution"][0])
