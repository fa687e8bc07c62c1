"""Entries come back as they were written; rows that were not written by us are refused by name, and never run."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor import Actor, Role
from domain.message import Event
from domain.personal import Personal
from domain.streams import STREAM_TYPES
from ledger.canonical import LARGEST, plain
from ledger.codec import Codec, Origin, entry_as_json
from ledger.errors import NotWritable, UnreadableEntry
from ledger.refused import CommandRefused, refusal_stream
from ledger.registry import Registry
from tests.ledgers import KEY, seal_for

REGISTRY = Registry(STREAM_TYPES)
CODEC = Codec(REGISTRY.events)
NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
SEAL = seal_for("C-2026-000001", 3)
ELSEWHERE = KEY.seal("x", "C-2026-000001/4/NoteAdded/text")
ORIGIN = Origin(NOW, NOW, Actor("u1", (Role.AGENT, Role.LEAD), "hotline"), "c1", b"\x01" * 32)

st.register_type_strategy(str, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
st.register_type_strategy(int, st.integers(-(2**53) + 1, 2**53 - 1))
st.register_type_strategy(
    datetime,
    st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.timezones()),  # noqa: DTZ001
)


def events() -> st.SearchStrategy[Event]:
    """Any event of the glossary with any content."""
    return st.sampled_from(sorted(REGISTRY.events)).flatmap(lambda name: st.from_type(REGISTRY.events[name]))


@pytest.mark.requirement("L-01")
@given(events())
def test_every_event_comes_back_as_it_was_written(event: Event) -> None:
    try:
        draft = CODEC.draft(event, seal_for("C-2026-000001", 7))
    except NotWritable:
        return  # Amounts that are not numbers, and the like.
    entry = CODEC.decode("C-2026-000001", 7, type(event).__name__, CODEC.encode(draft, ORIGIN), 99)
    assert entry.event == draft.event
    assert plain(entry.event) == draft.data
    assert (entry.stream, entry.version, entry.position) == ("C-2026-000001", 7, 99)
    assert (entry.recorded_at, entry.happened_at, entry.actor) == (NOW, NOW, ORIGIN.actor)
    assert json.loads(json.dumps(entry_as_json(entry)))["data"] == draft.data


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_garbage_is_refused_and_nothing_else_happens(state: bytes) -> None:
    with pytest.raises(UnreadableEntry, match="Entry 1 of C-1 cannot be read"):
        CODEC.decode("C-1", 1, "NoteAdded", state)


def test_two_entries_of_the_same_event_differ_by_their_salt() -> None:
    draft = CODEC.draft(note(), SEAL)
    assert CODEC.encode(draft, ORIGIN) != CODEC.encode(draft, ORIGIN)


def note() -> Event:
    """A real event."""
    return STREAM_TYPES["case"].events["NoteAdded"](text="王")  # type: ignore[call-arg]


def state(**changes: Any) -> bytes:
    """The bytes of a note, with some fields changed; None leaves one out."""
    body = json.loads(CODEC.encode(CODEC.draft(note(), SEAL), ORIGIN))
    body.update(changes)
    return json.dumps({name: value for name, value in body.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("topic", "written", "why"),
    [
        ("os:system", state(), "no event called 'os:system'"),
        ("ledger.codec:Codec", state(), "no event called"),
        ("antigravity", state(), "no event called"),
        ("", state(), "no event called ''"),
        (None, state(), "no event called 'None'"),
        ("NoteAdded", None, "empty"),
        ("NoteAdded", b"", "not what was written"),
        ("NoteAdded", b"[]", "format"),
        ("NoteAdded", b"\xff", "not UTF-8|not what was written"),
        ("NoteAdded", b"[" * 100_000, "nested too deeply|not what was written"),
        ("NoteAdded", b" " * (LARGEST + 1), "too many"),
        ("NoteAdded", state(v=3), "format is not 2"),
        ("NoteAdded", state(v="2"), "format is not 2"),
        ("NoteAdded", state(v=1), "earlier program that kept personal data in plain text"),
        ("NoteAdded", state(n=2), "NoteAdded version 2 is newer than this program, which knows version 1"),
        ("NoteAdded", state(n=0), "version or its data is missing"),
        ("NoteAdded", state(n=True), "version or its data is missing"),
        ("NoteAdded", state(salt=None), "fields are not those of an entry: salt"),
        ("NoteAdded", state(extra=1), "fields are not those of an entry: extra"),
        ("NoteAdded", state(data={"text": "a", "colour": "red"}), "the field colour is not known"),
        ("NoteAdded", state(data={"text": 1}), "text: "),
        ("NoteAdded", state(data={"text": "a"}), "the field text holds personal data in plain text"),
        ("NoteAdded", state(data={"text": ELSEWHERE}), "the field text was sealed for another place"),
        ("NoteAdded", state(data={}), "text: Field required"),
        ("NoteAdded", state(data=None), "fields are not those of an entry: data"),
        ("NoteAdded", state(data={"text": 1.5}), "holds a float"),
        ("NoteAdded", state().replace(b'"v": 2', b'"v": NaN'), "holds a float"),
        ("NoteAdded", state(recorded_at="2026-03-01T09:30:00+01:00"), "not in UTC"),
        ("NoteAdded", state(recorded_at="soonZ"), "not what was written"),
        ("NoteAdded", state(actor={"id": "u1", "roles": ["emperor"], "department": ""}), "not what was written"),
        ("NoteAdded", state(actor={"id": "u1"}), "actor's fields are not known: department, roles"),
        ("NoteAdded", state(command_id=7), "id is not text"),
        ("RefundConfirmed", state(data={"amount": 12.5, "reference": "r"}), "float"),
        ("RefundConfirmed", state(data={"amount": 12, "reference": "r", "currency": "CNY"}), "amount|not known"),
    ],
    ids=lambda value: str(value)[:40],
)
@pytest.mark.requirement("L-03")
def test_a_hostile_row_is_refused_by_name(topic: str | None, written: bytes | None, why: str) -> None:
    before = set(sys.modules)
    with pytest.raises(UnreadableEntry, match=why):
        CODEC.decode("C-2026-000001", 3, topic, written)
    assert set(sys.modules) == before, "reading a row imported something"


def test_a_refusal_never_shows_the_content_of_the_row() -> None:
    with pytest.raises(UnreadableEntry) as refused:
        CODEC.decode("C-1", 1, "NoteAdded", state(data={"text": ["13800000000"], "phone": "13800000000"}))
    assert "13800000000" not in str(refused.value)


@dataclass(frozen=True, kw_only=True)
class Renamed(Event):
    """An event that used to be called Before, and had another field once, and another meaning before that."""

    class_version: ClassVar[int] = 3
    cents: int
    comment: str = ""


OLD = Codec(
    {"Renamed": Renamed},
    renamed={"Before": "Renamed"},
    upcasters={
        ("Before", 1): lambda data: {"euros": data["amount"]},
        ("Before", 2): lambda data: {"cents": data["euros"] * 100},
    },
)


@pytest.mark.requirement("L-02")
@pytest.mark.parametrize(("written", "data"), [(1, {"amount": 2}), (2, {"euros": 2}), (3, {"cents": 200})])
def test_entries_of_older_versions_are_brought_up_to_today(written: int, data: dict[str, int]) -> None:
    assert OLD.decode("x", 1, "Before", state(n=written, data=data)).event == Renamed(cents=200)


def test_a_version_without_a_way_to_today_is_refused() -> None:
    with pytest.raises(UnreadableEntry, match="no way from Renamed version 1 to 2"):
        OLD.decode("x", 1, "Renamed", state(n=1, data={"amount": 2}))


def test_an_event_that_is_not_in_the_glossary_is_not_written() -> None:
    with pytest.raises(NotWritable, match="Renamed is not in the glossary"):
        CODEC.draft(Renamed(cents=1), SEAL)


def test_streams_of_refusals_of_two_actors_never_meet() -> None:
    assert refusal_stream("a", "b/c") != refusal_stream("a/b", "c")
    assert refusal_stream("a%2F", "b") != refusal_stream("a/", "b")


def test_a_refusal_holds_no_personal_field() -> None:
    assert not any(isinstance(mark, Personal) for mark in CommandRefused.__annotations__.values())
