"""The language of filters: what it finds, and what it says when it does not understand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.web.filters import parse, with_term
from console.web.worklist_rows import cursor_of, key_of
from ledger.worklist_query import Key, Part, Reader
from tests.console_web.filter_oracle import matches

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ME = Reader("li", "hotline")


def row(**given: Any) -> dict[str, Any]:
    """A line of the worklist."""
    usual = {
        "case": "C-2026-000001",
        "kind": "complaint",
        "stage": "confirm",
        "round": 1,
        "urgency": "ordinary",
        "complexity": "ordinary",
        "category": "product",
        "subcategory": "damage",
        "channel": "hotline",
        "department": "hotline",
        "responsible": "li",
        "offered_to": "",
        "waiting_for": [],
        "next_due": NOW + timedelta(hours=2),
        "clock_due": NOW + timedelta(hours=2),
        "breached": [],
        "standing": [],
        "imported": False,
        "received_at": NOW - timedelta(days=3),
        "ending": "",
        "over": False,
    }
    return usual | given


@pytest.mark.parametrize(
    "query",
    [
        "",
        "stage:confirm due:<4h owner:me",
        "stage:propose,confirm",
        "-stage:close",
        "due:>1h",
        "department:mine",
        "age:>2d",
        "is:open",
        "round:1,2",
        "owner：me",
        "-is:overdue",
        "channel:hotline complexity:ordinary offered:none",
    ],
)
def test_a_filter_finds_what_it_says(query: str) -> None:
    found = parse(query)
    assert not found.problems
    assert matches(found.wanted, row(), NOW, ME)
    assert parse(str(found)) == found, "written down and read again it is the same"


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("owner:me", row(responsible="wang")),
        ("owner:none", row()),
        ("is:unassigned", row(offered_to="wang", responsible="")),
        ("due:<1h", row()),
        ("due:<1h", row(next_due=None)),
        ("due:none", row()),
        ("is:overdue", row()),
        ("round:>1", row()),
        ("stage:confirm,close", row(stage="review")),
        ("stage:confirm", row(over=True)),
    ],
)
def test_a_filter_leaves_out_what_it_does_not_say(query: str, line: dict[str, Any]) -> None:
    assert not matches(parse(query).wanted, line, NOW, ME)


def test_overdue_is_what_has_passed_noticed_or_not_and_is_still_to_be_done() -> None:
    overdue = parse("is:overdue").wanted
    late = NOW - timedelta(seconds=1)
    assert matches(overdue, row(breached=["solution"], next_due=None, clock_due=late), NOW, ME)
    assert matches(overdue, row(next_due=late, clock_due=late), NOW, ME)
    assert not matches(overdue, row(breached=["first_response"]), NOW, ME), "that was late once, and is done"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("stag:confirm", "stag is not something to filter by. Write one of: age, category"),
        ("stage:confrim", "stage:confrim means nothing. After stage write one of: receive, investigate"),
        ("due:soon", "due:soon is not a time. Write due:<4h"),
        ("age:2d", "age:2d is not a time"),
        ("age:none", "age:none is not a time"),
        ("round:many", "round:many is not a number"),
        ("owner:<me", "owner:<me means nothing"),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence(query: str, says: str) -> None:
    (problem,) = parse(query).problems
    assert problem.startswith(says)
    assert problem.endswith(".")


def test_cases_that_are_over_are_looked_at_when_they_are_named_or_only_words_are() -> None:
    looked_at = {query: parse(query).wanted.looked_at for query in ("ending:withdrawn", "-is:over", "lamp")}
    assert set(looked_at.values()) == {Part.ALL}
    assert {parse(query).wanted.looked_at for query in ("lamp owner:me", "")} == {Part.OPEN}


@pytest.mark.parametrize("key", [Key(False, NOW, NOW, "C-2026-000001"), Key(True, None, NOW, "C-2026-000001")])
def test_a_cursor_stands_for_its_key(key: Key) -> None:
    assert key_of(cursor_of(key)) == key


@pytest.mark.parametrize(
    "text", ["", "nonsense", "e", "1.2.C-1", "e.5.C-2026-000001\n", "9999999999999999.1.C-2026-000001"]
)
def test_a_cursor_that_is_none_is_no_failure(text: str) -> None:
    found = key_of(text)
    assert found is None or isinstance(found, Key)


def test_one_term_is_exchanged_and_the_rest_stays() -> None:
    assert with_term("stage:confirm owner:me lamp", "stage", "close") == "owner:me stage:close lamp"
    assert with_term("stage:confirm lamp", "stage", "") == "lamp"
