"""What is written down of whoever sees personal data (L-05)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain import access as a
from domain.actor import WORKFLOW
from domain.context import Context
from domain.message import Command
from domain.refusal import Refused
from domain.streams import ACCESS
from tests.domain.shelf import MemoryShelf

CONTEXT = Context("access:C-2026-000001", datetime(2026, 11, 23, tzinfo=UTC), WORKFLOW, None, MemoryShelf())
CLI = a.Through.CLI
MASKED = a.Disclosure.MASKED


@pytest.mark.requirement("L-05", "C-01")
def test_an_access_becomes_the_event_of_its_kind_and_leaves_nothing_else_behind() -> None:
    for command, event in (
        (a.RecordRead(fields=("contact",), through=CLI), a.PersonalDataRead(fields=("contact",), through=CLI)),
        (a.RecordView(evidence="E1", through=CLI), a.EvidenceViewed(evidence="E1", through=CLI)),
        (
            a.RecordExport(form="xes", through=CLI, personal=MASKED, number=3, selection="--kind complaint"),
            a.ExportMade(form="xes", through=CLI, personal=MASKED, number=3, selection="--kind complaint"),
        ),
    ):
        assert ACCESS.decide(ACCESS.initial, command, CONTEXT) == [event]
        assert ACCESS.fold([event]) == a.Accesses(version=1)
        assert ACCESS.events[type(event).__name__] is type(event)
    assert ACCESS.overdue(ACCESS.initial, CONTEXT.now) == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (a.RecordRead(fields=(), through=CLI), "field_missing"),
        (a.RecordView(evidence=" ", through=CLI), "field_missing"),
        (a.RecordExport(form="", through=CLI, personal=MASKED), "field_missing"),
        (a.RecordExport(form="xes", through=CLI, personal=MASKED, number=-1), "negative_number"),
    ],
)
def test_an_access_to_nothing_is_refused(command: Command, code: str) -> None:
    with pytest.raises(Refused) as refused:
        ACCESS.decide(ACCESS.initial, command, CONTEXT)
    assert refused.value.code == code
