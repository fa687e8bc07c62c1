"""The worklist as the database finds it: the same as line by line, in order, page by page, only what may be seen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.identity.rights import sight_of
from console.web.filters import WORDS, parse
from console.web.worklist_rows import TABS
from domain.actor import Role
from ledger.search import EVERYTHING, Text, write_texts
from ledger.views import UPSERT
from ledger.worklist_query import MOST_COUNTED, Key, Question, Reader, Term, Wanted, count, find
from tests.console_web.filter_oracle import matches
from tests.ledgers import Ledger

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ME = Reader("li", "hotline")
PEOPLE = ("", "li", "wang", "sun")
DEPARTMENTS = ("", "hotline", "logistics")
KINDS = ("complaint", "inquiry")
CATEGORIES = ("", "product", "service")
NEEDS = ("assignment_accepted", "finding_recorded", "closed")
CHANCE = random.Random(11)


def line(number: int) -> dict[str, Any]:
    """A line with anything in it, and ties of every kind."""
    one = CHANCE.choice
    over = CHANCE.random() < 0.3
    due = one([None, *(NOW + timedelta(hours=hours) for hours in (-30, -1, 0, 1, 3, 4, 5, 49))])
    return {
        "case": f"C-2026-{number:06}",
        "version": 1,
        **{name: one(WORDS[name]) for name in ("stage", "urgency", "complexity", "channel")},
        "kind": one(KINDS),
        "round": CHANCE.randrange(1, 4),
        "category": one(CATEGORIES),
        "subcategory": "",
        "department": one(DEPARTMENTS),
        "responsible": one(PEOPLE),
        "offered_to": one(("", "", *PEOPLE)),
        "waiting_for": some(NEEDS),
        "next_due": one([due, None]),
        "breached": some(("solution", "contact")),
        "standing": some(("house", "statute")),
        "imported": CHANCE.random() < 0.2,
        "received_at": NOW - timedelta(days=one((0, 1, 2, 7, 14, 15, 29))),
        "closed_at": NOW if over else None,
        "ending": one(WORDS["ending"]) if over else "",
        "over": over,
        "subject": "",
        "clock": "" if over else "solution",
        "clock_due": None if over else due,
        "clock_since": NOW - timedelta(days=3),
        "clock_warned": False,
        "clock_calendar": "",
    }


def some(words: tuple[str, ...]) -> list[str]:
    """A few of them, or none."""
    return CHANCE.sample(words, CHANCE.randrange(len(words)))


@pytest.fixture
def lines(database_url: str) -> Iterator[tuple[Ledger, list[dict[str, Any]]]]:
    """Many lines in the read models."""
    made = [line(number) for number in range(1, 181)]
    with Ledger(database_url) as ledger:
        ledger.reading(lambda connection: connection.cursor().executemany(UPSERT, made))
        yield ledger, made


TERMS = st.one_of(
    *(
        st.builds(
            Term,
            st.just(key),
            st.lists(st.sampled_from(words), min_size=1, max_size=3).map(tuple),
            negated=st.booleans(),
        )
        for key, words in (
            *WORDS.items(),
            ("kind", KINDS),
            ("department", ("mine", "none", "logistics", "x' OR true --")),
            ("owner", ("me", "none", "wang")),
            ("offered", ("me", "none", "sun")),
            ("category", ("none", "product")),
            ("waiting", ("assignment", "closed", "%", "_")),
        )
    ),
    st.builds(
        Term,
        st.just("round"),
        st.lists(st.sampled_from(("1", "2", "3")), min_size=1, max_size=2).map(tuple),
        st.sampled_from(("", "<", ">")),
        negated=st.booleans(),
    ),
    st.builds(
        lambda key, compare, hours, negated: Term(key, (), compare, negated, (timedelta(hours=hours),)),
        st.sampled_from(("due", "age")),
        st.sampled_from("<>"),
        st.sampled_from((0, 1, 4, 24, 48, 24 * 14)),
        st.booleans(),
    ),
    st.builds(lambda negated: Term("due", ("none",), "", negated), st.booleans()),
)
SIGHTS = st.sampled_from((None, sight_of("li", [Role.AGENT], "hotline"), sight_of("sun", [Role.EXPERT], "logistics")))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(terms=st.lists(TERMS, max_size=4).map(tuple), sight=SIGHTS, page=st.sampled_from((31, 500)))
def test_sql_finds_what_is_found_line_by_line_and_each_case_once_page_by_page(
    lines: tuple[Ledger, list[dict[str, Any]]], terms: tuple[Term, ...], sight: Any, page: int
) -> None:
    ledger, made = lines
    wanted = Wanted(terms)
    question = Question(ME, NOW, sight.condition if sight else EVERYTHING)
    expected = [
        row
        for row in made
        if matches(wanted, row, NOW, ME)
        and (not sight or sight.sees(**{name: row[name] for name in ("department", "responsible", "offered_to")}))
    ]
    found: list[dict[str, Any]] = []
    after = None
    while rows := find(ledger, wanted, question, page, after):
        found += rows
        after = Key.of(rows[-1])
    assert len(found) == len(expected), "none is left out, and none comes twice"
    assert [row["case"] for row in found] == in_order(expected, newest=wanted.names_ended)
    assert count(ledger, {"": wanted}, question) == {"": len(expected)}


def in_order(rows: list[dict[str, Any]], *, newest: bool) -> list[str]:
    """What is late or due first on top; ended cases, the newest on top."""
    if newest:
        return [row["case"] for row in sorted(rows, key=lambda row: (row["received_at"], row["case"]), reverse=True)]
    never = datetime.max.replace(tzinfo=UTC)
    ordered = sorted(rows, key=lambda row: (row["clock_due"] or never, row["received_at"], row["case"]))
    return [row["case"] for row in ordered]


@pytest.mark.requirement("H-02")
def test_words_are_looked_for_in_what_cases_say_within_what_may_be_seen_rare_or_common(
    lines: tuple[Ledger, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, made = lines
    said = [Text(row["case"], "灯罩破了 broken lamp", ("灯罩", "罩破", "broken", "lamp"), False) for row in made[:40]]
    ledger.reading(lambda connection: write_texts(connection, said))
    sight = sight_of("nobody", [Role.EXPERT], "hotline")
    question = Question(ME, NOW, sight.condition)
    for few in (2000, 5):  # more cases than that are looked at in the order of the list
        monkeypatch.setattr("ledger.search.FEW", few)
        for query, ended in (("灯罩", True), ("lam", True), ("灯罩 stage:confirm,close,review", False)):
            wanted = parse(query).wanted
            expected = {
                row["case"]
                for row in made[:40]
                if row["department"] == "hotline" and (ended or not row["over"]) and matches(wanted, row, NOW, ME)
            }
            first = find(ledger, wanted, question, 3)
            rest = find(ledger, wanted, question, 500, Key.of(first[-1]))
            assert {row["case"] for row in (*first, *rest)} == expected, query
            assert len(first) + len(rest) == len(expected), query
            assert count(ledger, {query: wanted}, question) == {query: len(expected)}
    assert find(ledger, parse("罩灯").wanted, question, 3) == []
    assert find(ledger, parse("%").wanted, question, 3) == []


def test_lists_of_who_sees_some_cases_are_counted_in_one_pass_and_of_who_sees_many_one_by_one_the_same(
    lines: tuple[Ledger, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, _made = lines
    lists = {query: parse(query).wanted for query in (*(tab.query for tab in TABS), "is:over", "ending:withdrawn", "x")}
    question = Question(ME, NOW, sight_of("li", [Role.AGENT], "hotline").condition)
    together = count(ledger, lists, question)
    assert together == {query: len(find(ledger, one, question, 500)) for query, one in lists.items()}
    assert together["owner:me"] < together[""] < together["is:over"] + together[""]
    monkeypatch.setattr("ledger.worklist_query.MOST_PASSED", 10)
    assert count(ledger, lists, question) == together
    monkeypatch.setattr("ledger.worklist_query.MOST_COUNTED", 7)
    capped = {query: min(number, 7) for query, number in together.items()}
    assert count(ledger, lists, question) == capped
    monkeypatch.setattr("ledger.worklist_query.MOST_PASSED", 1000)
    assert count(ledger, lists, question) == capped


def test_the_tabs_are_counted_as_far_as_anybody_wants_to_know(
    lines: tuple[Ledger, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, made = lines
    lists = {tab.query: parse(tab.query).wanted for tab in TABS}
    open_cases = sum(not row["over"] for row in made)
    question = Question(ME, NOW)
    counted = count(ledger, lists, question)
    assert counted[""] == open_cases < MOST_COUNTED
    assert counted["owner:me"] == len(find(ledger, lists["owner:me"], question, 500)) > 0
    monkeypatch.setattr("ledger.worklist_query.MOST_COUNTED", 30)
    assert count(ledger, lists, question)[""] == 30
