"""What people read, in English and Chinese: complete, up to date, and in the language they asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from console import messages, words
from console.words import Language
from domain.commands import COMMANDS
from domain.events import EVENTS
from domain.refusal import Refused
from domain.refusals import SENTENCES
from tests.console.conftest import Casefold, Program


def test_every_message_has_a_chinese_translation_with_the_same_parameters() -> None:
    assert messages.untranslated(messages.renewed(Language.ZH)) == []


def test_the_catalogues_are_up_to_date() -> None:
    assert not messages.stale(Language.ZH), "run: python -m console.messages"


def test_checking_the_catalogue_changes_nothing() -> None:
    before = messages.catalogue_file(Language.ZH).read_bytes()

    checked = subprocess.run([sys.executable, "-m", "console.messages", "--check"], capture_output=True, check=False)

    assert checked.returncode == 0, checked.stdout.decode()
    assert messages.catalogue_file(Language.ZH).read_bytes() == before


def test_events_commands_and_refusals_are_chinese_for_whoever_reads_chinese() -> None:
    words.use(Language.ZH)
    try:
        for name, event in EVENTS.items():
            assert _is_chinese(words.sentence(event)), name
        for name, command in COMMANDS.items():
            assert _is_chinese(words.sentence(command)), name
        for code, template in SENTENCES.items():
            names = messages._places(template)
            assert _is_chinese(words.refusal(Refused(code, **dict.fromkeys(names, "x")))), code
    finally:
        words.use(None)


def _is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def test_a_refusal_says_codes_as_words() -> None:
    refused = Refused(
        "wrong_stage",
        command="take_decision",
        wanted="investigate",
        stage="receive",
        missing="field:contact, classified",
    )

    assert words.refusal(refused) == (
        "take-decision belongs to the stage investigate; the case is in receive and still needs: "
        "the intake field contact, its type."
    )
    words.use(Language.ZH)
    try:
        assert words.refusal(refused) == (
            "take-decision 属于调查阶段；案件处于受理阶段，还需要：受理信息“联系方式”、分类。"
        )
    finally:
        words.use(None)


def test_a_refusal_of_a_newer_program_is_told_by_its_code() -> None:
    assert words.refusal(Refused("something_new")) == "something_new"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"CASEFOLD_LANG": "zh", "LC_ALL": "en_US.UTF-8"}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"CASEFOLD_LANG": "zh-CN"}, "zh"),
        ({}, "en"),
    ],
)
def test_the_language_is_that_of_the_environment(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CASEFOLD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    words.use(None)

    assert words.language() == expected


def test_the_same_case_in_two_languages(casefold: Casefold, complaint: str) -> None:
    english = casefold("history", complaint).out
    chinese = casefold("--lang", "zh", "history", complaint).out

    assert "The case was received and registered." in english
    assert "案件已受理并登记。" in chinese
    assert "热线" in chinese
    assert len(english.splitlines()) == len(chinese.splitlines())


def test_a_refusal_in_chinese(casefold: Casefold, complaint: str) -> None:
    answer = casefold("--lang", "zh", "record-finding", complaint, "--course", "x", "--cause", "y", "--json")

    assert answer.err.startswith("record-finding 属于调查阶段")
    assert answer.data["code"] == "wrong_stage"
    assert answer.data["sentence"] == answer.err.strip()


def test_help_pages_are_translated(no_ledger: Casefold) -> None:
    listed = no_ledger("--lang", "zh", "--help", COLUMNS="160").out
    page = no_ledger("propose-remedy", "--help", CASEFOLD_LANG="zh", COLUMNS="160").out

    assert "受理并登记新案件。" in listed
    assert "提出处理方案" in page
    assert "由谁提交" in page
    assert "Propose a remedy" in no_ledger("propose-remedy", "--help").out


def test_an_unknown_language_is_wrongly_asked(no_ledger: Casefold) -> None:
    assert no_ledger("--lang", "fr", "list").code == 2


def test_a_terminal_without_chinese_shows_codes_instead_of_failing(program: Program, complaint: str) -> None:
    answer = program("history", complaint, CASEFOLD_LANG="zh", PYTHONIOENCODING="ascii")

    assert answer.code == 0, answer.err
    assert "\\u6848" in answer.out
    assert os.linesep in answer.out
