"""Search over what cases say: in Chinese of two characters, in English, by order number and by the end of a phone."""

from __future__ import annotations

import threading
from dataclasses import replace

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import ReceiveCase
from domain.words import Channel
from ledger.recorder import Recorder, Submission
from ledger.search import asked_for, normal, tokens_of
from ledger.views import Projector, Views
from tests.ledger.test_keys import LI, away  # noqa: F401 - the fixture
from tests.ledgers import Ledger, key_store

LAMP = ReceiveCase(
    kind="complaint",
    channel=Channel.HOTLINE,
    customer_name="欧阳小明",
    contact="138-0000-7777",
    matter="台灯收到时灯罩已碎，客服一直没有回复。",
    order="SO-2026-4711",
    product="Desk lamp ＬＸ９",
)
FRIDGE = replace(
    LAMP,
    customer_name="Anna Weber",
    contact="anna@example.com",
    matter="The fridge is loud.",
    order="SO-9",
    product="Fridge",
)


@pytest.fixture
def cases(recorder: Recorder, ledger: Ledger) -> dict[str, str]:
    """Two cases, projected."""
    found = {
        name: recorder.record(Submission(command, LI, f"open-{name}")).stream
        for name, command in (("lamp", LAMP), ("fridge", FRIDGE))
    }
    Views(ledger).project(entry for case in found.values() for entry in ledger.history(case))
    return found


@pytest.mark.requirement("L-04")
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("灯罩", "lamp"),
        ("欧阳", "lamp"),
        ("客服 回复", "lamp"),
        ("7777", "lamp"),
        ("13800007777", "lamp"),
        ("so-2026-4711", "lamp"),
        ("4711", "lamp"),
        ("lx9", "lamp"),
        ("FRIDGE", "fridge"),
        ("anna@example.com", "fridge"),
        ("weber loud", "fridge"),
    ],
)
def test_a_case_is_found_by_what_people_remember_of_it(
    ledger: Ledger, cases: dict[str, str], typed: str, name: str
) -> None:
    assert [row["case"] for row in Views(ledger).search(typed)] == [cases[name]]


@pytest.mark.parametrize("typed", ["", "  ", "罩灯", "fridge 灯罩", "%", "冰箱", "anna_example"])
def test_what_no_case_says_finds_nothing(ledger: Ledger, cases: dict[str, str], typed: str) -> None:
    assert Views(ledger).search(typed) == []


def test_only_the_cases_of_some_departments_are_looked_at(ledger: Ledger, cases: dict[str, str]) -> None:
    department = Views(ledger).search("灯罩")[0]["department"]
    assert Views(ledger).search("灯罩", departments=[department])
    assert not Views(ledger).search("灯罩", departments=["elsewhere"])


@given(st.text(max_size=40))
def test_whatever_a_case_says_its_words_find_it(text: str) -> None:
    content = normal(text)
    for word in content.split():
        tokens, _ = asked_for(word)
        assert set(tokens) <= tokens_of(word)


@pytest.mark.requirement("L-04")
def test_the_readable_table_is_in_no_log_and_is_filled_again_when_a_crash_emptied_it(
    ledger: Ledger, cases: dict[str, str], owner_url: str
) -> None:
    with psycopg.connect(owner_url) as connection:
        kind = connection.execute(
            "SELECT relpersistence FROM pg_class WHERE oid = 'casefold_views.case_text'::regclass"
        )
        assert kind.fetchone() in (("u",), (b"u",))
        connection.execute("DELETE FROM casefold_views.case_text")  # what recovery does
    assert Views(ledger).search("灯罩") == []
    stop = threading.Event()
    projector = Projector(ledger, interval=0.05)
    thread = threading.Thread(target=projector.run, args=[stop])
    thread.start()
    try:
        for _ in range(200):
            if Views(ledger).search("灯罩"):
                break
            stop.wait(0.05)
    finally:
        stop.set()
        thread.join()
    assert [row["case"] for row in Views(ledger).search("灯罩")] == [cases["lamp"]]


@pytest.mark.requirement("L-04")
def test_an_erased_person_is_found_no_more_but_their_order_is(
    recorder: Recorder, ledger: Ledger, cases: dict[str, str], database_url: str
) -> None:
    key_store(database_url).destroy(recorder.load(cases["lamp"])[1].subject)
    assert ledger.ring is not None
    ledger.ring.forget()
    assert Views(ledger).make_searchable([cases["lamp"]]) == 1
    assert Views(ledger).search("欧阳") == []
    assert [row["case"] for row in Views(ledger).search("so-2026-4711")] == [cases["lamp"]]


def test_what_could_not_be_opened_is_made_searchable_later(
    ledger: Ledger,
    away: Ledger,  # noqa: F811
    cases: dict[str, str],
) -> None:
    Views(away).make_searchable(list(cases.values()))
    assert Views(ledger).search("灯罩") == []
    assert Views(ledger).make_searchable() == 2
    assert len(Views(ledger).search("灯罩")) == 1
