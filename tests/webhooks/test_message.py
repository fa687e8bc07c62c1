"""What a receiver is told: of every event all fields but those that hold personal data."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from domain.actor import Actor
from domain.entry import Entry
from domain.streams import STREAM_TYPES
from ledger.webhooks.message import TOLD, fields_of, id_of
from tests.golden.samples import sample
from tests.worker.test_canary import CANARY, planted

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EVENTS = {name: event for kind in TOLD for name, event in STREAM_TYPES[kind].events.items()}


@pytest.mark.requirement("L-04")
def test_no_field_of_any_event_that_holds_personal_data_leaves() -> None:
    with_personal_data = 0
    for name, event in EVENTS.items():
        filled = planted(sample(event))
        with_personal_data += CANARY in repr(filled)
        told = fields_of(Entry("C-2026-000001", 1, filled, NOON, NOON, Actor("li"), "a"))
        assert CANARY not in json.dumps(told), name
    assert with_personal_data > 20


def test_the_id_of_a_message_is_the_same_as_long_as_the_entry_is() -> None:
    event = sample(EVENTS["NoteAdded"])
    entry = Entry("C-2026-000001", 1, event, NOON, NOON, Actor("li"), "a", 7)
    moved = Entry("C-2026-000001", 1, event, NOON, NOON, Actor("li"), "a", 8)
    another = Entry("C-2026-000001", 1, event, NOON, NOON, Actor("li"), "b", 7)
    assert id_of(entry) == id_of(moved)
    assert id_of(entry) != id_of(another), "after a roll-back another entry may stand in its place"
