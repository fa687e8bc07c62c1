"""Mistakes in a sheet: each is refused with its file, its very line, what is wrong and what would be right."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import NamedTuple

import pytest

import policies
from policies.reader import PACKS

TEXT = (Path(__file__).parent / "example.toml").read_text(encoding="utf-8")


class Mistake(NamedTuple):
    """Something right, what is written instead, what is said, and the text on whose line it is said."""

    right: str
    wrong: str
    says: str
    advises: str
    at: str = ""
    """Where it is said, if that is not where the wrong text begins."""


MISTAKES = [
    # keys and words
    Mistake('kind = "complaint"', 'kynd = "complaint"', "'kynd' is not a field of a sheet", "Did you mean 'kind'?"),
    Mistake('version = "2026-11-25"\n', "", "'version' is missing", "every sheet has one", at="# A sheet with one"),
    Mistake('"confirm", "close", "review"]', '"confirm", "clos", "review"]', "'clos' is not a stage", "mean 'close'?"),
    Mistake('"contact", "matter"]', '"contact", "mater"]', "'mater' is not a field of the intake", "mean 'matter'?"),
    Mistake('"invite_survey"]', '"invite_surveys"]', "'invite_surveys' is not a command", "mean 'invite_survey'?"),
    Mistake('"finding_recorded"', '"finding_record"', "is not a condition", "Did you mean 'finding_recorded'?"),
    Mistake('"event:CustomerFollowedUp"', '"event:FollowedUp"', "is not a condition", "event:CustomerFollowedUp"),
    Mistake(
        '["department_head"]\n',
        '["department_hed"]\n',
        "'department_hed' is not a role",
        "Did you mean 'department_head'?",
    ),
    Mistake("take_lead = [", "take_leads = [", "'take_leads' is not a command", "Did you mean 'take_lead'?"),
    Mistake("take_lead = [", "check_clocks = [", "'check_clocks' is not a command", "Did you mean"),
    Mistake(
        "[endings.no_answer]", "[endings.no_reply]", "'no_reply' is not an ending", "Known: no_answer, not_eligible"
    ),
    Mistake("after_reminders = 2", "after_reminder = 2", "is not a setting of an ending", "mean 'after_reminders'?"),
    Mistake('starts = ["CaseReceived"]', 'starts = ["CaseRecieved"]', "is not an event", "mean 'CaseReceived'?"),
    Mistake('"StageEntered:propose"', '"StageEntered:proposal"', "is not an event", "mean 'StageEntered:propose'?"),
    Mistake('urgent = "0m"', 'hurried = "0m"', "'hurried' is not an urgency or complexity", "Known: complex, major"),
    Mistake('calendar = "cn-house"', 'calendar = "cn-hous"', "'cn-hous' is not a calendar", "Did you mean 'cn-house'?"),
    Mistake('family = "statute"', 'family = "statue"', "'statue' is not a family", "Did you mean 'statute'?"),
    Mistake('roll = "next_working_day"', 'roll = "next_day"', "is not a way to move a deadline", "next_working_day"),
    Mistake('binds = "authority"', 'binds = "autority"', "'autority' is not somebody", "Did you mean 'authority'?"),
    Mistake('per = "round"', 'pro = "round"', "'pro' is not a setting of a clock", "Did you mean 'per'?"),
    Mistake('per = "round"', 'per = "stage"', "'stage' is not a way to count clocks", "Known: case, round"),
    Mistake('kind = "statutory"', 'kind = "legal"', "'legal' is not a kind of pause", "Known: convenience, statutory"),
    Mistake('unit = "minutes"', 'unit = "min"', "'min' is not a unit", "Did you mean 'minutes'?"),
    Mistake(
        'contact_customer = "24h"', 'call_customer = "24h"', "'call_customer' is not a command or *", "Did you mean"
    ),
    Mistake("[phrases.acknowledgement]", "[phrases.acknowledgment]", "is not a kind of notice", "'acknowledgement'?"),
    # shapes
    Mistake("title = { en =", "title = [ en =", "not valid TOML", "at line 5"),
    Mistake("ping_pong_at = 1", 'ping_pong_at = "once"', "'ping_pong_at' is 'once'", "write a whole number"),
    Mistake("written_result = true", 'written_result = "yes"', "'written_result' is 'yes'", "write true or false"),
    Mistake('by = ["lead"]', 'by = "lead"', "'by' is 'lead'", "write a list in square brackets"),
    Mistake("low_score = 2", "low_score = 7", "'low_score' is 7", "it must be from 0 to 5"),
    Mistake(
        'two_above = "5000"',
        'two_above = "a lot"',
        "'two_above' is 'a lot'",
        'write an amount in quotes, such as "500"',
    ),
    Mistake('requirement = ["T-01"]', 'requirement = ["T1"]', "'T1' is not possible", "such as T-01"),
    Mistake(
        '{ en = "Complaint", zh = "投诉" }',
        '{ en = "Complaint" }',
        "'zh' is missing",
        "a name in both languages needs it",
    ),
    Mistake('zh = "投诉" }', 'fr = "Plainte" }', "'fr' is not a language", "Known: en, zh"),
    # limits
    Mistake(
        '{answer_minutes}m"', '{answer_minutes} min"', "'5 min' is not a limit", "write a number and a unit: 30s, 5m"
    ),
    Mistake('ordinary = "60d"', 'ordinary = "60 days"', "'60 days' is not a limit", "write a number and a unit"),
    Mistake(
        '{ ordinary = "{answer_minutes}m", urgent', "{ urgent", "needs an 'ordinary' value", "for all that are not"
    ),
    Mistake(
        '{answer_minutes}m"',
        '{answer_minuts}m"',
        "'answer_minuts' is not a parameter",
        "Did you mean 'answer_minutes'?",
    ),
    Mistake(
        '{answer_minutes}m"', '{answer_minutes}h"', "counts minutes, not 'h'", "write {answer_minutes}m or {answer"
    ),
    Mistake(
        '{answer_minutes}m"',
        '5m"',
        "no limit uses the parameter 'answer_minutes'",
        "write {answer_minutes} where it",
        at="[parameters.answer_minutes]",
    ),
    Mistake(
        'calendar = "cn-house"\n',
        "",
        "3wd is working time, and no calendar is named",
        "such as calendar =",
        at='limit = { ordinary = "3wd"',
    ),
    Mistake(
        'calendar = "cn-house"',
        'calendar = "round-the-clock"',
        "'round-the-clock' never closes",
        "write the limit in m, h or d",
        at='limit = { ordinary = "3wd"',
    ),
    Mistake(
        'after = "1h", to',
        'after = "1wh", to',
        "1wh is working time, and no calendar is named",
        "such as calendar =",
        at='{ after = "1wh"',
    ),
    Mistake(
        'limit = { ordinary = "3wd", complex = "5wd", major = "9wd" }',
        'limit = { ordinary = "24h" }',
        "24h runs from its start",
        "from_next_day is for limits in days",
        at="from_next_day = true",
    ),
    Mistake(
        'complex = "5wd", major = "9wd"',
        'complex = "5wd"',
        "a major case would get the ordinary limit",
        "name 'major' too",
        at='limit = { ordinary = "3wd"',
    ),
    Mistake(
        'urgent = "0m"',
        'urgent = "9m"',
        "urgent takes 9m, longer than ordinary, 5m",
        "must not be slower",
        at='limit = { ordinary = "{answer_minutes}m"',
    ),
    # warnings, escalations, versions
    Mistake("warn = [50, 80]", "warn = [50, 100]", "number 2 of 'warn' is 100", "it must be from 1 to 99"),
    Mistake("warn = [50, 80]", "warn = [80, 50]", "warnings rise from one to the next", "write [50, 80]"),
    Mistake(
        'after = "1h", to',
        'after = "0m", to',
        "0m is not after the step before it",
        "escalations rise",
        at='{ after = "0m", to = "department_head" }',
    ),
    Mistake('to = "lead" }', 'to = "boss" }', "'boss' is not a role", "Known: agent"),
    Mistake(
        'stops = ["RemedyProposed"]\n',
        "",
        "'stops' is missing",
        "this clock needs it",
        at='[[clocks]]\nname = "proposal"',
    ),
    Mistake(
        'name = "proposal"',
        'name = "first_response"',
        "overlapping versions",
        "give one of them another name",
        at='name = "first_response"\nper',
    ),
    Mistake(
        'effective_from = "2026-04-15"',
        'effective_from = "2026-04-14"',
        "overlapping versions",
        "that do not overlap",
        at='name = "mediation"\nstarts = ["CaseReceived"]\nstops = ["ProposalAccepted"]\nlimit = { ordinary = "60d" }',
    ),
    Mistake(
        'effective_to = "2026-04-14"',
        'effective_from = "2026-04-14"\neffective_to = "2026-01-01"',
        "2026-01-01 is before effective_from",
        "exchange them",
        at='effective_to = "2026-01-01"',
    ),
    Mistake(
        'effective_to = "2026-04-14"',
        'effective_to = "14.4.2026"',
        "'effective_to' is '14.4.2026'",
        'write a date, such as "2026-04-15"',
    ),
    # pauses, counters, approval
    Mistake(
        'clocks = ["mediation", "proposal"]',
        'clocks = ["mediation", "proposals"]',
        "'proposals' is not a clock of this",
        "Did you mean 'proposal'?",
    ),
    Mistake(
        'clocks = ["proposal"]',
        'clocks = ["proposal", "mediation"]',
        "'mediation' comes from law",
        "or make the pause statutory",
    ),
    Mistake("at = 2", "at = 0", "'at' is 0", "it must be 1 or more"),
    Mistake('two_above = "5000"', 'two_above = "400"', "two persons approve above 400", "must be more than 400"),
    Mistake('"proposal_approved"]', '"proposal_made"]', "propose needs 'proposal_approved'", "add it to the list"),
    # departments
    Mistake(
        'department = "repair"', 'department = "repairs"', "'repairs' is not a department", "Did you mean 'repair'?"
    ),
    Mistake(
        'default_department = "hotline"',
        'default_department = "hot-line"',
        "'hot-line' is not a department",
        "'hotline'?",
    ),
    Mistake('hotline = "repair"', 'hotline = "hotline"', "'hotline' cannot take its own cases", "name another desk"),
    Mistake(
        'repair = "finance"',
        'repair = "hotline"',
        "substitutes go in a circle: hotline → repair → hotline",
        "let one of them end it",
        at='hotline = "repair"',
    ),
    Mistake('repair = "finance"', 'repair = "finances"', "'finances' is not a department", "Did you mean 'finance'?"),
    Mistake(
        '"goods/quality"', '"goods/colour"', "'goods/colour' is not a category", "Known: billing, goods, goods/damage"
    ),
    Mistake(
        'name = "rest"',
        'name = "goods"',
        "another assignment rule named 'goods'",
        "give one of them another name",
        at='name = "goods"\ndepartment = "hotline"',
    ),
    # the rest
    Mistake(
        'include = ["cn-statutory"]',
        'include = ["cn-statuary"]',
        "is not a pack with limits to include",
        "'cn-statutory'?",
    ),
    Mistake('"Dear {name}"', '"Dear {nmae}"', "'nmae' is not a fact that a phrase can name", "Did you mean 'name'?"),
    Mistake('"Dear {name}"', '"Dear {name"', "the braces do not match", "write {{ and }}"),
    Mistake(
        'zh = { subject = "已收到 {case}", body = "{name}，您好" }\n',
        "",
        "'zh' is missing",
        "a notice in both languages",
        at="[phrases.acknowledgement]",
    ),
    Mistake('path = ["receive", ', "path = [", "a path begins with 'receive'", "has 'close' in it"),
    Mistake('"close", "review"]', '"close", "close"]', "'close' is on the path twice", "walks each stage once"),
    Mistake(
        '"propose", "confirm", "close"',
        '"confirm", "close"',
        "'propose', which is not on the path",
        "name a stage that is",
        at='back_to = "propose"',
    ),
    Mistake(
        '"close", "review"]', '"close"]', "'review' is not on the path", "or leave its needs out", at='review = ["event'
    ),
    Mistake("at_most = 2", "at_most = 1", "only 1 are sent", "let reminders.at_most be 2", at="after_reminders = 2"),
    Mistake('after = "3d"', 'after = "3wd"', "'3wd' is not a duration", "write 30s, 5m, 24h, 3d or 2w"),
    Mistake(
        "[parameters.answer_minutes]",
        "[set]\nanswer_minuts = 9\n\n[parameters.answer_minutes]",
        "'answer_minuts' is not a parameter",
        "'answer_minutes'?",
        at="answer_minuts",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[f"{m.says} · {m.wrong[:30]}" for m in MISTAKES])
def test_a_mistake_is_refused_with_file_line_and_advice(mistake: Mistake, tmp_path: Path) -> None:
    assert mistake.right in TEXT
    text = TEXT.replace(mistake.right, mistake.wrong, 1)
    path = written(tmp_path, text)
    with pytest.raises(policies.SheetError) as caught:
        policies.read_sheet(path)
    error = caught.value
    assert str(error).startswith(f"{path}:{line_of(mistake.at or mistake.wrong, text)}: ")
    assert mistake.says in error.sentence
    assert mistake.advises in error.sentence
    assert error.sentence.endswith((".", "?"))


TWENTY = {
    'version = "2026-11-25"': "version = 7",
    '"close", "review"]': '"close", "reviw"]',
    'required = ["customer_name",': 'required = ["customername",',
    '"invite_survey"]': '"invite"]',
    "written_result = true": 'written_result = "yes"',
    "ping_pong_at = 1": "ping_pong_at = -1",
    'unit = "months"': 'unit = "fortnights"',
    '"finding_recorded"': '"findings"',
    'take_lead = ["department_head"]': 'take_lead = ["chief"]',
    "after_reminders = 2": "after_reminders = 5",
    'zh = "热线" }': 'cn = "热线" }',
    'repair = "finance"': 'repair = "repair"',
    'two_above = "5000"': 'two_above = "50"',
    'department = "repair"': 'department = "repairs"',
    "warn = [50, 80]": "warn = [80, 50]",
    '{ after = "1h", to = "department_head" }': '{ after = "1h", to = "head" }',
    '"RemedyProposed"': '"RemedyProposal"',
    'ordinary = "60d"': 'ordinary = "60 d"',
    'clocks = ["proposal"]': 'clocks = ["mediation"]',
    "at = 2": "at = 0",
    '"Dear {name}"': '"Dear {customer}"',
    "low_score = 2": "low_score = 9",
}


def test_twenty_mistakes_of_a_file_are_found_at_once(tmp_path: Path) -> None:
    text = TEXT
    for right, wrong in TWENTY.items():
        assert right in text
        text = text.replace(right, wrong, 1)
    path = written(tmp_path, text)
    errors = policies.check(path)
    wanted = {line_of(wrong, text) for wrong in TWENTY.values()}
    assert len(TWENTY) >= 20
    assert {error.line for error in errors} >= wanted
    assert len(errors) <= len(TWENTY) + 3  # a word that is wrong may be missed elsewhere too
    assert all(error.path == path for error in errors)
    with pytest.raises(policies.SheetError) as caught:
        policies.read_sheet(path)
    assert str(caught.value) == str(errors[0])


@pytest.mark.parametrize(
    "text", ["", "x", "kind = 1", "clocks = 3\npath = 4\nneeds = 5", "[[path]]", "clocks = [1, 2]"]
)
def test_whatever_a_file_says_the_answer_is_a_sentence(text: str, tmp_path: Path) -> None:
    assert all(isinstance(error, policies.SheetError) for error in policies.check(written(tmp_path, text)))
    assert policies.check(written(tmp_path, text))


@pytest.mark.parametrize("key", ["", "clocks", "pauses", "limit", "phrases", "assignment", "approval", "parameters"])
@pytest.mark.parametrize("value", ['"text"', "3", "[]", "[3]", "{}", "{ a = 1 }", "[{}]", "[{ name = 3 }]", "true"])
def test_no_shape_of_a_value_makes_the_reader_fail(key: str, value: str, tmp_path: Path) -> None:
    lines = [line for line in TEXT.split("\n[")[0].splitlines() if not line.startswith(f"{key} =")]
    policies.check(written(tmp_path, "\n".join([*lines, f"{key or 'title'} = {value}"])))
    clock = f'[[clocks]]\nname = "x"\n{key or "limit"} = {value}\n'
    policies.check(written(tmp_path, TEXT + clock))


@pytest.mark.parametrize(
    "text",
    [
        "rows = [{ book = 1, requirement = 2, where = 3 }]",
        "rows = [3]",
        "parameters = 3\nset = 4\ninclude = 5",
        "assignment = [{ categories = 3 }]\ncounters = [{}]",
        'pauses = { p = { clocks = [{}] } }\nclocks = [{ name = ["x"], kinds = "complaint" }]',
    ],
)
def test_no_shape_of_what_sheets_share_makes_the_reader_fail(text: str, tmp_path: Path) -> None:
    (tmp_path / "pack.toml").write_text(text, encoding="utf-8")
    written(tmp_path, TEXT)
    assert policies.check(tmp_path)


def test_a_file_that_is_missing_or_not_text_is_named(tmp_path: Path) -> None:
    (missing,) = policies.check(tmp_path / "none.toml")
    assert "none.toml:1: this file cannot be read" in str(missing)
    path = tmp_path / "latin.toml"
    path.write_bytes('name = "投诉"'.encode("gb18030"))
    (wrong,) = policies.check(path)
    assert "is not UTF-8" in wrong.sentence


def test_a_mistake_in_what_sheets_share_is_named_where_it_stands(tmp_path: Path) -> None:
    pack = (
        f'name = "{tmp_path.name}"\n'
        'title = { en = "Ours", zh = "本单位" }\n'
        'about = { en = "Ours.", zh = "本单位。" }\n'
        "[substitutes]\n"
        'finance = "hotline"\n'
    )
    (tmp_path / "pack.toml").write_text(pack, encoding="utf-8")
    path = written(tmp_path, TEXT)
    (error,) = {str(error) for error in policies.check(path) if error.path != path}
    assert error.startswith(f"{tmp_path / 'pack.toml'}:5: substitutes go in a circle")


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('nam = "x"', 4, "'nam' is not a field of a pack. Did you mean 'name'?"),
        ('name = "other"', 1, "'other' is not the name of its folder"),
        (
            '[parameters.x]\ndefault = 1\nunit = "days"\ntitle = { en = "x", zh = "x" }',
            4,
            "no limit uses the parameter 'x'",
        ),
        (
            '[[rows]]\nbook = "X1"\nrequirement = ["T-01"]\nwhere = ["clocks.nothing"]',
            7,
            "'clocks.nothing' is in no sheet",
        ),
        (
            '[pauses.p]\nkind = "statutory"\ntitle = { en = "x", zh = "x" }\nclocks = ["none"]',
            7,
            "'none' is not a clock of any",
        ),
        (
            '[[assignment]]\nname = "a"\ndepartment = "repair"\ncategories = ["none"]',
            7,
            "'none' is not a category of any",
        ),
    ],
)
def test_a_mistake_of_a_pack_is_named(text: str, line: int, says: str, tmp_path: Path) -> None:
    head = 'title = { en = "Ours", zh = "本单位" }\nabout = { en = "Ours.", zh = "本单位。" }\n'
    name = "" if "name = " in text.split("[")[0] and "nam = " not in text else f'name = "{tmp_path.name}"\n'
    pack = f"{text}\n{head}" if not name else f"{name}{head}{text}\n"
    (tmp_path / "pack.toml").write_text(pack, encoding="utf-8")
    written(tmp_path, TEXT)
    errors = policies.check(tmp_path / "pack.toml")
    assert [(error.path.name, error.line) for error in errors] == [("pack.toml", line)]
    assert says in errors[0].sentence
    with pytest.raises(policies.SheetError):
        policies.load(tmp_path)


def test_two_sheets_for_one_kind_are_one_too_many(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(TEXT, encoding="utf-8")
    with pytest.raises(policies.SheetError, match=r"b\.toml:4: two sheets are for the same kind of case"):
        policies.load(tmp_path)


def test_a_pack_that_is_not_there_is_named() -> None:
    with pytest.raises(policies.SheetError, match="Did you mean 'douyin'"):
        policies.load("duoyin")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            'extends = "duoyin"\nkind = "complaint"\nversion = "1"',
            "'duoyin' is not a pack to extend. Did you mean 'douyin'?",
        ),
        ('extends = "uk-disp"\nkind = "inquiry"\nversion = "1"', "has no sheet for cases of the kind 'inquiry'"),
    ],
)
def test_a_sheet_extends_one_that_is_there(text: str, says: str, tmp_path: Path) -> None:
    assert says in policies.check(written(tmp_path, text))[0].sentence


def test_the_limits_that_a_pack_offers_are_checked_too() -> None:
    for file in sorted(PACKS.glob("*/limits*.toml")):
        assert policies.check(file) == []


def test_an_error_can_be_sent_to_another_process() -> None:
    error = policies.SheetError(Path("a.toml"), 3, "something is wrong.")
    assert str(pickle.loads(pickle.dumps(error))) == "a.toml:3: something is wrong."


def written(folder: Path, text: str) -> Path:
    path = folder / "complaint.toml"
    path.write_text(text, encoding="utf-8")
    return path


def line_of(part: str, text: str) -> int:
    """The line on which this part of the text begins."""
    assert part in text, part
    return text.count("\n", 0, text.index(part)) + 1
