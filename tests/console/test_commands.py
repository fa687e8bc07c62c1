"""One command of the command line for each command of the domain: asked, accepted, refused, repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from console.commands import OF_A_FILE, PANELS, UNASKED, panel_of
from console.values import fields_of
from domain.commands import COMMANDS, OF_THE_SYSTEM
from domain.events import CaseReceived, NoteAdded, QuestionAsked, RemedyProposed
from ledger.store import Ledger
from tests.console.conftest import Casefold, folded

OFFERED = [name for name in COMMANDS if name not in OF_THE_SYSTEM | OF_A_FILE]


@pytest.mark.parametrize("name", OFFERED)
def test_every_command_a_person_may_give_has_a_page_of_help_that_names_its_fields(
    no_ledger: Casefold, name: str
) -> None:
    answer = no_ledger(name.replace("_", "-"), "--help", COLUMNS="200")

    assert answer.code == 0
    for field in fields_of(COMMANDS[name]):
        assert (field.option in answer.out) is (field.name not in UNASKED.get(name, ())), field.option
    for option in ("--by", "--command-id", "--expect-version", "--happened-at", "--json"):
        assert option in answer.out


def test_what_only_the_workflow_asks_for_is_not_offered(no_ledger: Casefold) -> None:
    for name in OF_THE_SYSTEM:
        assert no_ledger(name.replace("_", "-"), "--help").code == 2


def test_every_command_stands_in_the_list_under_its_stage(no_ledger: Casefold) -> None:
    listed = no_ledger("--help").out

    assert all(f" {name.replace('_', '-')} " in listed for name in OFFERED)
    assert {panel_of(COMMANDS[name]) for name in OFFERED} == set(PANELS.values())


def test_an_accepted_command_says_what_happened_and_prints_its_id(casefold: Casefold, complaint: str) -> None:
    answer = casefold("classify-case", complaint, "--category", "product", "--command-id", "my-own-id")

    assert answer.code == 0
    assert answer.out.splitlines()[0].startswith(f"{complaint}  version ")
    assert "The case was given its type and sub-type." in answer.out
    assert "command id my-own-id" in answer.out


def test_an_accepted_command_for_programs(casefold: Casefold, complaint: str, ledger: Ledger) -> None:
    data = casefold("add-note", complaint, "--text", "called twice", "--json").data

    entries = ledger.history(complaint)
    assert data["accepted"] is True
    assert data["case"] == complaint
    assert data["version"] == len(entries)
    assert data["position"] == entries[-1].position
    assert data["events"] == ["NoteAdded"]
    assert data["command_id"] == entries[-1].command_id


@pytest.mark.requirement("I-02")
def test_a_refused_command_ends_with_1_and_the_sentence_on_standard_error(casefold: Casefold, complaint: str) -> None:
    answer = casefold("record-finding", complaint, "--course", "It fell.", "--cause", "packaging")

    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith("record-finding belongs to the stage investigate; the case is in receive and still")
    assert "command id " in answer.err


def test_a_refused_command_for_programs_has_code_parameters_and_sentence(casefold: Casefold, complaint: str) -> None:
    answer = casefold("assign-case", complaint, "--to", " ", "--department", "x", "--json", "--command-id", "c-1")

    assert answer.code == 1
    assert answer.data["accepted"] is False
    assert answer.data["code"] == "field_missing"
    assert answer.data["params"] == {"field": "to"}
    assert answer.data["sentence"] == "--to must be given." == answer.err.strip()
    assert answer.data["command_id"] == "c-1"


@pytest.mark.requirement("I-02")
def test_a_missing_field_is_named_in_words(casefold: Casefold) -> None:
    opened = casefold("open", "complaint", "--channel", "email", "--matter", "x", "--json").data

    answer = casefold("record-finding", opened["case"], "--course", "x", "--cause", "y")

    assert "the intake fields (customer name, contact, remedy sought)" in answer.err


def test_repeating_a_command_with_its_id_gives_the_first_answer_again(casefold: Casefold, complaint: str) -> None:
    first = casefold("add-note", complaint, "--text", "once", "--command-id", "same", "--json")
    again = casefold("add-note", complaint, "--text", "once", "--command-id", "same", "--json")
    other = casefold("add-note", complaint, "--text", "twice", "--command-id", "same", "--json")

    assert again.code == 0
    assert again.data == {**first.data, "repeated": True}
    assert (other.code, other.data["code"]) == (1, "command_id_reused")
    assert (
        "this is the first answer again"
        in casefold(*("add-note", complaint, "--text", "once", "--command-id", "same")).out
    )


def test_an_expected_version_that_has_passed_is_refused(casefold: Casefold, complaint: str) -> None:
    answer = casefold("add-note", complaint, "--text", "x", "--expect-version", "1", "--json")

    assert (answer.code, answer.data["code"]) == (1, "version_moved")


@pytest.mark.requirement("I-09")
def test_the_same_matter_names_the_case_that_it_is_already(casefold: Casefold, complaint: str) -> None:
    answer = casefold(
        *("open", "complaint", "--channel", "email", "--contact", "138 0013 8000", "--matter", " 灯坏了 "),
        *("--customer-name", "张三", "--remedy-sought", "退款"),
    )

    assert answer.code == 1
    assert complaint in answer.err


def test_open_and_receive_case_are_the_same(casefold: Casefold, ledger: Ledger) -> None:
    one = casefold("open", "inquiry", "--channel", "email", "--urgency", "urgent", "--json").data
    other = casefold("receive-case", "--kind", "inquiry", "--channel", "email", "--json").data

    assert folded(ledger, one["case"]).urgency == "urgent"
    assert folded(ledger, other["case"]).kind == "inquiry"


def test_nobody_asks_anonymously(casefold: Casefold, complaint: str) -> None:
    answer = casefold("add-note", complaint, "--text", "x", CASEFOLD_BY="")

    assert answer.code == 2
    assert "Say who asks: --by" in answer.err


@pytest.mark.parametrize("by", ["u1:boss", ":lead", "u1:system"])
def test_a_person_has_an_id_and_roles_that_exist(casefold: Casefold, complaint: str, by: str) -> None:
    answer = casefold("add-note", complaint, "--text", "x", "--by", by)

    assert answer.code == 2
    assert "--by" in answer.err


def test_who_asks_is_kept_with_roles_and_department(casefold: Casefold, complaint: str, ledger: Ledger) -> None:
    casefold("add-note", complaint, "--text", "x", "--by", "u17:agent,lead@hotline")

    assert str(ledger.history(complaint)[-1].actor) == "u17:agent,lead@hotline"


# ── Values ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _proposing(casefold: Casefold, case: str) -> str:
    casefold("record-finding", case, "--course", "It fell.", "--cause", "packaging", "--by", "wang")
    casefold("name-responsible", case, "--department", "logistics", "--person", "sun", "--by", "wang")
    casefold("take-decision", case, "--outcome", "upheld", "--finding", "F1", "--rule", "house-7", "--by", "wang")
    return case


@pytest.mark.requirement("C-03")
def test_measures_are_written_in_words_or_as_json(casefold: Casefold, investigated: str, ledger: Ledger) -> None:
    case = _proposing(casefold, investigated)

    answer = casefold(
        *("propose-remedy", case, "--summary", "A new lamp", "--amount", "1,234.50", "--by", "wang"),
        *("--measure", "Send a new lamp; wang; +3d", "--measure", "道歉；li"),
        *("--measure", '{"text": "Call; then write", "owner": "li", "due": "2099-01-02T03:04:05+08:00"}'),
    )

    assert answer.code == 0, answer.err
    entries = ledger.opened(ledger.history(case))
    event = next(entry.event for entry in entries if isinstance(entry.event, RemedyProposed))
    assert event.amount == Decimal("1234.50")
    lamp, sorry, call = event.measures
    assert (lamp.text, lamp.owner) == ("Send a new lamp", "wang")
    assert lamp.due is not None
    assert abs(lamp.due - datetime.now(UTC) - timedelta(days=3)) < timedelta(minutes=1)
    assert (sorry.text, sorry.owner, sorry.due) == ("道歉", "li", None)
    assert (call.text, call.due) == ("Call; then write", datetime(2099, 1, 1, 19, 4, 5, tzinfo=UTC))


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("just words", "owner is missing"),
        ("a; b; +1d; d", "at most 3 parts"),
        ('{"text": "a", "owner": "b", "who": "c"}', "has no field who"),
        ('{"text": ', "not JSON"),
        ("a; b; some day", "not a time"),
    ],
)
def test_a_measure_that_cannot_be_read_says_what_is_wrong(no_ledger: Casefold, measure: str, said: str) -> None:
    answer = no_ledger("propose-remedy", "C-2026-000001", "--summary", "x", "--measure", measure, COLUMNS="300")

    assert answer.code == 2
    assert said in " ".join(answer.err.split())


def test_a_due_time_may_be_said_from_now_on(casefold: Casefold, investigated: str, ledger: Ledger) -> None:
    casefold("ask-question", investigated, "--to", "sun", "--text", "why?", "--due", "+2h", "--by", "wang")

    event = next(entry.event for entry in ledger.history(investigated) if isinstance(entry.event, QuestionAsked))
    assert abs(event.due - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)


def test_when_it_happened_may_be_said(casefold: Casefold, complaint: str, ledger: Ledger) -> None:
    casefold("contact-customer", complaint, "--channel", "hotline", "--happened-at", "30 minutes ago")

    entry = next(entry for entry in ledger.history(complaint) if type(entry.event).__name__ == "CustomerContacted")
    assert timedelta(minutes=29) < entry.recorded_at - entry.happened_at < timedelta(minutes=31)
    assert (
        casefold("add-note", complaint, "--text", "x", "--happened-at", "+1d", "--json").data["code"]
        == "happened_in_future"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask-question", "C", "--to", "a", "--text", "b", "--due", "soon"), "is not a time"),
        (("confirm-refund", "C", "--amount", "ten", "--reference", "r"), "is not a number"),
        (("confirm-refund", "C", "--amount", "NaN", "--reference", "r"), "is not a number"),
        (
            ("report-repair", "C", "--cause", "a", "--standard", "b", "--measures", "c", "--minutes", "1.5"),
            "not a number",
        ),
        (("open", "complaint", "--channel", "pigeon"), "pigeon"),
        (("open", "complaint"), "--channel"),
        (("judge-eligibility", "C", "--rule", "r"), "--eligible"),
        (("add-note", "C", "--text", "@/no/such/file"), "cannot be read"),
        (("add-note", "C", "--text", "x", "--happened-at", "2026-13-01"), "is not a time"),
        (("no-such-command",), "No such command"),
        (("show", "C-2026-000001", "--at", "yesterday"), "neither a time nor a version"),
    ],
)
def test_what_is_wrongly_asked_ends_with_2_and_a_sentence(
    no_ledger: Casefold, arguments: tuple[str, ...], said: str
) -> None:
    answer = no_ledger(*arguments, COLUMNS="300")

    assert answer.code == 2
    assert answer.out == ""
    assert said in " ".join(answer.err.split())


def test_words_that_no_ledger_can_hold_are_wrongly_asked(casefold: Casefold, complaint: str) -> None:
    assert casefold("add-note", complaint, "--text", "a\0b").code == 2
    assert casefold("add-note", complaint, "--text", "x", "--command-id", "a\nb").code == 2
    assert casefold("add-note", complaint, "--text", "x" * (1 << 20 + 1)).code == 2


@pytest.mark.requirement("L-04")
def test_a_personal_text_can_stay_out_of_the_history_of_the_shell(
    casefold: Casefold, complaint: str, ledger: Ledger, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("从文件来\n", encoding="utf-8")

    casefold("add-note", complaint, "--text", "@-", typed="typed in\n")
    casefold("add-note", complaint, "--text", f"@{letter}")
    casefold("add-note", complaint, "--text", "@@home")

    entries = ledger.opened(ledger.history(complaint))
    texts = [entry.event.text for entry in entries if isinstance(entry.event, NoteAdded)]
    assert texts == ["typed in", "从文件来", "@home"]


def test_a_file_that_is_no_text_is_wrongly_asked(casefold: Casefold, complaint: str, tmp_path: Path) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\xff\xfe")

    assert "is not UTF-8 text" in " ".join(
        casefold("add-note", complaint, "--text", f"@{picture}", COLUMNS="300").err.split()
    )
    assert casefold("add-note", complaint, "--text", "@-", typed=b"\xff\xfe").code == 2


def test_what_is_not_personal_is_taken_as_it_stands(casefold: Casefold, ledger: Ledger) -> None:
    opened = casefold("open", "inquiry", "--channel", "other", "--order", "@77", "--json").data

    event = ledger.history(opened["case"])[0].event
    assert isinstance(event, CaseReceived)
    assert event.order == "@77"
