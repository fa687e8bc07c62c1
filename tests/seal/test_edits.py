"""Any byte of any column of any entry or command is changed: found, and the first bad entry named.

`CASEFOLD_EDITS=10000` does it so often.
"""

from __future__ import annotations

import os
import time

import pytest

from ledger.seal.findings import Verdict
from tests.seal.conftest import House
from tests.seal.tampering import Edit, tampering

EDITS = int(os.environ.get("CASEFOLD_EDITS", "100"))
SEED = int(os.environ.get("CASEFOLD_SEED", str(time.time_ns() % 10**6)))


@pytest.mark.requirement("L-03")
def test_every_changed_byte_of_an_entry_is_found_and_the_entry_is_named(sealed: House) -> None:
    with tampering(sealed, SEED) as somebody:
        for number in range(EDITS):
            edit, report = somebody.edit("stored_events")
            assert not report.well, f"seed {SEED}, edit {number}: {edit} was not found"
            first = report.faults[0]
            known = (first.leaf, first.position, first.verdict)
            assert first.leaf == edit.row or was_moved(edit, first.position), (
                f"seed {SEED}, edit {number}: {edit}, {known}"
            )


def was_moved(edit: Edit, position: int | None) -> bool:
    """Its position puts it before where it was: there it is named, by the position that it has now."""
    return edit.column == "notification_id" and edit.after < edit.before and position == edit.after


@pytest.mark.requirement("L-01", "L-03")
def test_every_changed_byte_of_a_command_or_refusal_is_found_and_named(sealed: House) -> None:
    with tampering(sealed, SEED) as somebody:
        for number in range(EDITS):
            edit, report = somebody.edit("command")
            found = [check for check in report.checks if not check.well]
            assert [check.name for check in found] == ["commands"], f"seed {SEED}, edit {number}: {edit}"
            assert found[0].faults[0].verdict in (Verdict.CHANGED, Verdict.INSERTED, Verdict.MISSING)
