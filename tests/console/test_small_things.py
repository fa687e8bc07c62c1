"""Small things that people stumble over: capital letters, the future, a kind that does not exist, a word too late."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import pytest

from console import words
from console.words import Language, clock_label
from tests.console.conftest import Casefold, Program


@pytest.mark.parametrize("arguments", [("open", "complaint", "--channel", "pigeon"), ("--lang", "fr", "list")])
def test_a_word_that_is_not_on_the_list_is_said_so_and_nothing_else(
    no_ledger: Casefold, arguments: tuple[str, ...]
) -> None:
    answer = no_ledger(*arguments, COLUMNS="300")

    assert answer.code == 2
    assert "is not one of" in answer.err
    assert "Value error" not in answer.err


def test_the_version_is_printed_without_any_server(no_ledger: Casefold) -> None:
    answer = no_ledger("--version")

    assert (answer.code, answer.out) == (0, f"casefold {version('casefold')}\n")


def test_a_case_may_be_written_in_small_letters_by_every_command(casefold: Casefold, complaint: str) -> None:
    for arguments in (("show",), ("why",), ("history",), ("add-note", "--text", "x"), ("diff", "--from", "v1")):
        answer = casefold(arguments[0], f" {complaint.lower()} ", *arguments[1:])

        assert answer.code == 0, answer.err


@pytest.mark.parametrize("command", [("why",), ("show",), ("history",), ("add-note", "--text", "x")])
def test_no_case_at_all_is_said_so(no_ledger: Casefold, command: tuple[str, ...]) -> None:
    answer = no_ledger(command[0], "", *command[1:], COLUMNS="300")

    assert answer.code == 2
    assert "Say which case" in answer.err


def test_a_kind_that_does_not_exist_is_answered_with_those_that_do(casefold: Casefold) -> None:
    answer = casefold("open", "compliment", "--channel", "email")
    data = casefold("open", "compliment", "--channel", "email", "--json").data

    assert answer.code == 1
    assert "Kinds of case are: after_sales, complaint, inquiry." in answer.err
    assert (data["code"], data["kinds"]) == ("no_sheet", ["after_sales", "complaint", "inquiry"])


def test_a_point_in_the_future_is_refused_and_today_is_not(casefold: Casefold, complaint: str) -> None:
    for command in ("show", "history"):
        answer = casefold(command, complaint, "--at", "+2h", COLUMNS="300")
        assert answer.code == 2
        assert "lies in the future" in answer.err

    today = casefold("history", complaint, "--json").data[0]["recorded_at"][:10]
    assert casefold("show", complaint, "--at", today, TZ="UTC").code == 0


def test_the_language_may_be_named_after_the_command_too(casefold: Casefold, complaint: str) -> None:
    for arguments in (("history", complaint, "--lang", "zh"), ("history", "--lang=zh", complaint)):
        assert "案件已受理并登记。" in casefold(*arguments).out
    assert "提出处理方案" in casefold("propose-remedy", "--lang", "zh", "--help").out
    assert casefold("history", complaint, "--lang", "fr").code == 2
    assert "received and registered" in casefold("history", complaint).out


def test_kinds_and_the_customer_are_chinese_for_whoever_reads_chinese(casefold: Casefold, complaint: str) -> None:
    casefold("rebuild-views")
    casefold("tell-progress", complaint, "--text", "soon")

    history = casefold("--lang", "zh", "history", complaint).out

    assert "投诉" in casefold("--lang", "zh", "list").out
    assert "投诉" in history.splitlines()[1]
    assert ": complaint ·" not in history.splitlines()[1]
    assert ": customer ·" not in history


def test_the_limit_of_a_measure_is_called_by_its_number_and_round() -> None:
    try:
        words.use(Language.EN)
        assert clock_label("measure:M1#2") == "measure M1, round 2"
        assert clock_label("question:Q1") == "question Q1"
        assert clock_label("proposal#3") == "proposal, round 3"
        words.use(Language.ZH)
        assert "M1" in clock_label("measure:M1#2")
        assert "#" not in clock_label("measure:M1#2")
    finally:
        words.use(None)


def test_where_nothing_runs_a_command_says_that_nothing_was_saved(program: Program, home: Path) -> None:
    answer = program(
        *("add-note", "C-2026-000001", "--text", "x", "--command-id", "mine", "--json"),
        DATABASE_URL="",
        CASEFOLD_HOME=str(home),
    )

    assert answer.code == 3
    assert (answer.data["outcome"], answer.data["command_id"]) == ("nothing_saved", "mine")
    assert "Nothing was saved: repeat with --command-id mine." in answer.err
