"""Any byte of any column of any entry or command is changed: found, and the first bad entry named.

A hundred times in an ordinary run, ten thousand times with `make soak`; `CASEFOLD_EDITS` says otherwise.
"""

from __future__ import annotations

import os
import time

import pytest

from ledger.seal.findings import Report, Verdict
from tests.seal.conftest import House
from tests.seal.tampering import Edit, rewritten, tampering

SEED = int(os.environ.get("CASEFOLD_SEED", str(time.time_ns() % 10**6)))
pytestmark = [pytest.mark.soak, pytest.mark.requirement("L-03")]


@pytest.fixture
def edits(rounds: int) -> int:
    """How many bytes are changed."""
    return int(os.environ.get("CASEFOLD_EDITS", "100" if rounds <= 2 else "10000"))


def test_every_changed_byte_of_an_entry_is_found_and_the_entry_is_named(sealed: House, edits: int) -> None:
    with tampering(sealed, SEED) as somebody:
        for number in range(edits):
            edit, report = somebody.edit("stored_events")
            assert not report.well, f"seed {SEED}, edit {number}: {edit} was not found"
            assert names(report, edit), f"seed {SEED}, edit {number}: {edit}, {report.faults[0]}"
    print(f"seed {SEED}: {edits} bytes of entries changed, {edits} found and named")


def test_so_is_one_when_the_database_s_own_seals_were_made_to_fit(sealed: House, edits: int) -> None:
    """Rows, leaves, heads and checkpoints were rewritten together: only what is published tells."""
    with tampering(sealed, SEED) as somebody:
        for number in range(edits // 4):
            edit, report = somebody.edit("stored_events", then=rewritten)
            assert not report.well, f"seed {SEED}, edit {number}: {edit} was not found"
            assert names(report, edit), f"seed {SEED}, edit {number}: {edit}, {report.faults[0]}"
    print(f"seed {SEED}: {edits // 4} bytes of entries changed and resealed, {edits // 4} found and named")


@pytest.mark.requirement("L-01")
def test_every_changed_byte_of_a_command_or_refusal_is_found_and_named(sealed: House, edits: int) -> None:
    with tampering(sealed, SEED) as somebody:
        for number in range(edits):
            edit, report = somebody.edit("command")
            found = [check for check in report.checks if not check.well]
            assert [check.name for check in found] == ["commands"], f"seed {SEED}, edit {number}: {edit}"
            assert found[0].faults[0].verdict in (Verdict.CHANGED, Verdict.INSERTED, Verdict.MISSING)
    print(f"seed {SEED}: {edits} bytes of commands and refusals changed, {edits} found and named")


def names(report: Report, edit: Edit) -> bool:
    """Whether the first fault is the entry that was edited, by its leaf; or by its new position, when it was moved."""
    first = report.faults[0]
    moved = edit.column == "notification_id" and edit.after < edit.before
    return first.leaf == edit.row or (moved and first.position == edit.after)
