"""The version of a calendar that a deadline names is found again, however many came after it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.actor import WORKFLOW
from ledger.errors import UnknownCalendar
from ledger.recorder import Recorder
from policies.calendar_files import load_calendars
from tests.ledgers import Ledger


@pytest.mark.requirement("T-12", "T-07")
def test_every_version_of_a_calendar_is_found_by_its_digest(database_url: str) -> None:
    first = load_calendars()["cn"]
    second = replace(first, version="later", days={})
    with Ledger(database_url) as ledger:
        recorder = Recorder(ledger, b"k" * 32)
        recorder.publish_calendar(first, WORKFLOW)
        assert ledger.calendar(first.digest) == first
        recorder.publish_calendar(second, WORKFLOW)
        assert ledger.calendar(second.digest) == second
        assert ledger.calendar(first.digest) == first
        assert recorder.papers.calendar("cn") == second


def test_a_digest_that_nobody_published_is_unknown(database_url: str) -> None:
    with Ledger(database_url) as ledger, pytest.raises(UnknownCalendar):
        ledger.calendar("ab" * 32)
