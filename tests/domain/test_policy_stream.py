"""A policy sheet in the ledger: published once, replaced by a newer version, never brought back by accident."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import policies
from domain.context import Context
from domain.message import Event
from domain.policy import Sheet
from domain.policy_stream import PublishSheet, SheetPublished
from domain.refusal import Refused
from domain.streams import POLICY
from tests.domain.story import CHEN, DAY_ONE

FIRST = policies.load()["complaint"]
SECOND = replace(FIRST, version="2027-01-01", low_score=3)
CONTEXT = Context("policy:complaint", DAY_ONE, CHEN, None)


def publish(sheet: Sheet, *before: Event) -> list[Event]:
    """What follows when a sheet is published after these events."""
    return POLICY.decide(POLICY.fold(before), PublishSheet(content=json.dumps(sheet.to_data())), CONTEXT)


@pytest.mark.requirement("P-02")
def test_a_sheet_is_published_with_its_version_and_digest() -> None:
    (event,) = publish(FIRST)
    assert isinstance(event, SheetPublished)
    assert (event.version, event.digest) == (FIRST.version, FIRST.digest)
    assert Sheet.from_data(json.loads(event.content)) == FIRST


@pytest.mark.parametrize(
    ("sheet", "code"),
    [(SECOND, "sheet_unchanged"), (FIRST, "sheet_superseded"), (replace(FIRST, low_score=1), "sheet_version_used")],
)
def test_a_version_is_published_once_and_stands_for_one_content(sheet: Sheet, code: str) -> None:
    before = publish(FIRST)
    before += publish(SECOND, *before)
    with pytest.raises(Refused) as refused:
        publish(sheet, *before)
    assert refused.value.code == code
