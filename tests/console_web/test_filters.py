"""The language of filters: what it finds, and what it says when it does not understand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console.web.filters import Reader, due_before, parse, with_term

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
        "damage 000001",
        '"C-2026-000001"',
        "round:1,2",
        "owner：me",
        "-is:overdue",
        "channel:hotline complexity:ordinary offered:none",
    ],
)
def test_a_filter_finds_what_it_says(query: str) -> None:
    found = parse(query)
    assert not found.problems
    assert found.matches(row(), NOW, ME)
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
        ("-damage", row(category="other", subcategory="")),
        ("nothing like that", row()),
    ],
)
def test_a_filter_leaves_out_what_it_does_not_say(query: str, line: dict[str, Any]) -> None:
    assert not parse(query).matches(line, NOW, ME)


def test_overdue_is_what_has_passed_noticed_or_not() -> None:
    overdue = parse("is:overdue")
    assert overdue.matches(row(breached=["solution"], next_due=None), NOW, ME)
    assert overdue.matches(row(next_due=NOW - timedelta(seconds=1)), NOW, ME)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("stag:confirm", "stag is not something to filter by. Write one of: age, category"),
        ("stage:confrim", "stage:confrim means nothing. After stage write one of: receive, investigate"),
        ("due:soon", "due:soon is not a time. Write due:<4h"),
        ("age:2d", "age:2d is not a time"),
        ("round:many", "round:many is not a number"),
        ("owner:<me", "owner:<me means nothing"),
    ],
)
def test_what_is_not_understood_is_said_in_a_sentence(query: str, says: str) -> None:
    (problem,) = parse(query).problems
    assert problem.startswith(says)
    assert problem.endswith(".")


def test_what_the_database_can_answer_is_told_apart() -> None:
    found = parse("stage:confirm kind:complaint,inquiry -urgency:safety due:<4h due:<2d")
    assert found.only("stage") == "confirm"
    assert found.only("kind") is None
    assert found.only("urgency") is None
    assert due_before(found, NOW) == NOW + timedelta(hours=4)


def test_one_term_is_exchanged_and_the_rest_stays() -> None:
    assert with_term("stage:confirm owner:me lamp", "stage", "close") == "owner:me stage:close lamp"
    assert with_term("stage:confirm lamp", "stage", "") == "lamp"
