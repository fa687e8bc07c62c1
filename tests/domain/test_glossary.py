"""The vocabulary as a whole: every word has a sentence, a decision, a specification and a place."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

import policies
from domain import decisions, refusals
from domain.commands import COMMANDS, OF_THE_SYSTEM
from domain.decisions import DECISIONS
from domain.events import EVENTS
from domain.evolve import _CHANGES
from domain.message import sentence_of
from domain.needs import EVENT, NEEDS
from domain.personal import personal_fields
from domain.progress import WANTED

TESTS = Path(__file__).parent
DOMAIN = Path(decisions.__file__).parent.parent

NO_CHANGE = {
    "EvidenceViewed",
    "QualityRiskReported",
    "ProgressTold",
    "CaseWithdrawn",
    "ActivityImported",
    "PingPongFlagged",
    "ResultReported",
    "CustomerFollowedUp",
    "CounterReached",
}
"""Events that are remembered and change nothing that a decision reads; a clock or a need may still ask for them."""


@pytest.mark.parametrize("name", [*EVENTS, *COMMANDS])
def test_every_event_and_command_says_in_one_sentence_what_it_means(name: str) -> None:
    sentence = sentence_of(EVENTS.get(name) or COMMANDS[name])
    assert re.search(r"[.)]\.?$", sentence)
    assert len(sentence) > 15


def test_every_command_is_decided() -> None:
    assert set(DECISIONS) == set(COMMANDS.values())


def test_every_event_is_folded_or_known_to_change_nothing() -> None:
    unfolded = {name for name, event in EVENTS.items() if event not in _CHANGES}
    assert unfolded <= NO_CHANGE


def test_every_event_is_written_by_some_decision_or_clock() -> None:
    written = set(re.findall(r"\be\.([A-Z]\w+)", "".join(path.read_text() for path in DOMAIN.rglob("*.py"))))
    assert set(EVENTS) <= written


def test_every_refusal_has_its_sentence_and_every_sentence_is_used() -> None:
    source = "".join(path.read_text() for path in (DOMAIN.parent / "ledger").rglob("*.py"))
    source += "".join(path.read_text() for path in DOMAIN.rglob("*.py"))
    used = set(re.findall(r"\bRefused\(\s*\"(\w+)\"", source))
    assert used == set(refusals.SENTENCES)


def _specified(word: str) -> set[str]:
    """The commands that some specification hands to `accepts` or `refuses`, directly or by a name it was given."""
    found: set[str] = set()
    for path in TESTS.glob("test_*.py"):
        tree = ast.parse(path.read_text())
        names = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == word:
                found |= _commands_in(node.args[0], names)
    return found


def _commands_in(node: ast.expr, names: dict[str, ast.expr]) -> set[str]:
    if isinstance(node, ast.Name) and node.id in names:
        node = names[node.id]
    if isinstance(node, ast.Name):
        return {SHARED[node.id]} if node.id in SHARED else LOOPED.get(node.id, set())
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "replace":
        return _commands_in(node.args[0], names)
    return {
        n.attr
        for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id == "c"
    }


SHARED = {
    "COMPLAINT": "ReceiveCase",
    "APPLICATION": "ReceiveCase",
    "INQUIRY": "ReceiveCase",
    "REMEDY": "ProposeRemedy",
    "REPORT": "ReportCase",
}
LOOPED = {"command": {"AddNote", "AcknowledgeReceipt", "TellProgress"}}


def test_every_command_has_a_specification_of_being_accepted() -> None:
    assert {command.__name__ for command in COMMANDS.values()} - _specified("accepts") == set()


def test_every_command_has_a_specification_of_being_refused() -> None:
    assert {command.__name__ for command in COMMANDS.values()} - _specified("refuses") == set()


CODES = {"IntakeSupplemented", "SupplementIntake", "ClocksPaused", "PauseClocks"}
"""Where a reason is no words about a person: why a field is corrected, or the name of a pause in the sheet."""


def test_free_words_are_marked_as_personal_data() -> None:
    free = {"matter", "contact", "customer_name", "text", "words", "note", "reason", "new_demand", "lessons", "course"}
    messages: list[type[Any]] = [*EVENTS.values(), *COMMANDS.values()]
    for message in messages:
        unmarked = {f.name for f in dataclasses.fields(message)} & free - set(personal_fields(message))
        assert unmarked <= ({"reason"} if message.__name__ in CODES else set())


def test_automatic_steps_of_the_sheets_are_steps_that_a_workflow_takes() -> None:
    steps = {name for stage in WANTED.values() for name in stage}
    assert set(COMMANDS) >= OF_THE_SYSTEM
    for sheet in policies.load().values():
        assert set(sheet.automatic) <= steps
        named = {need for needs in sheet.needs.values() for need in needs if not need.startswith(EVENT)}
        assert named <= set(NEEDS)
