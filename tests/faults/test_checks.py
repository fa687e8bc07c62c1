"""The checks themselves: each finds the harm that it is for, and finds none where none was done."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import policies
from domain.actor import WORKFLOW
from domain.commands import AcknowledgeReceipt, AddNote, ConfirmSending
from ledger.recorder import Receipt, Recorder, Submission
from ledger.views import Views
from tests.faults.checks import Reader, examine, examine_folds, examine_notices
from tests.faults.house import eventually
from tests.faults.load import AGENT, opened
from tests.intruder import intruding
from tests.ledgers import Ledger


@dataclass
class Run:
    """A small run in which nothing went wrong."""

    ledger: Ledger
    recorder: Recorder
    owner_url: str
    case: str
    receipts: list[Receipt]
    outbox: Path

    def harm(self, statement: str) -> None:
        """Do what only somebody with the owner's rights can do."""
        with intruding(self.owner_url) as connection:
            connection.execute(statement.encode())


@pytest.fixture
def run(database_url: str, owner_url: str, tmp_path: Path) -> Iterator[Run]:
    """A complaint with two notes, a refusal and a notice that was sent."""
    with Ledger(database_url) as ledger:
        recorder = Recorder(ledger, b"k" * 32)
        recorder.publish(policies.load(), WORKFLOW)
        case = opened(recorder, "one")
        receipts = [
            recorder.record(Submission(AddNote(text=f"note {number}"), AGENT, f"note/{number}", stream=case))
            for number in (1, 2)
        ]
        for number in (1, 2):  # the second is refused
            recorder.record(Submission(AcknowledgeReceipt(), WORKFLOW, f"{case}/acknowledge~{number}", stream=case))
        content = b"made up"
        (tmp_path / f"{case}-N1.txt").write_bytes(content)
        sent = ConfirmSending(notice="N1", reference=f"{case}-N1.txt", sha256=hashlib.sha256(content).hexdigest())
        assert recorder.record(Submission(sent, WORKFLOW, f"{case}/notice/N1", stream=case)).accepted
        Views(ledger).rebuild()
        yield Run(ledger, recorder, owner_url, case, receipts, tmp_path)


def complaints(run: Run) -> list[str]:
    """All that the checks have to say."""
    return [
        *examine(run.owner_url, run.receipts).wrong,
        *examine_notices(run.owner_url, run.outbox).wrong,
        *examine_folds(run.owner_url, run.ledger, run.recorder).wrong,
    ]


def test_a_run_without_harm_passes(run: Run) -> None:
    assert complaints(run) == []


NEWEST_NOTE = "(SELECT max(notification_id) FROM casefold.stored_events WHERE topic = 'NoteAdded')"
HARM: dict[str, tuple[str, Callable[[Run], object]]] = {
    "an acknowledged entry is gone": (
        "I1",
        lambda run: run.harm(f"DELETE FROM casefold.stored_events WHERE notification_id = {NEWEST_NOTE}"),
    ),
    "an acknowledged command is gone": (
        "I1",
        lambda run: run.harm("DELETE FROM casefold.command WHERE command_id = 'note/2'"),
    ),
    "an entry is there twice": (
        "I2",
        lambda run: run.harm(
            "INSERT INTO casefold.stored_events (originator_id, originator_version, topic, state) "
            "SELECT originator_id, (SELECT max(originator_version) + 1 FROM casefold.stored_events "
            f"WHERE originator_id = '{run.case}'), topic, state FROM casefold.stored_events "
            f"WHERE notification_id = {NEWEST_NOTE}"
        ),
    ),
    "two entries have swapped what they say": (
        "I2",
        lambda run: run.harm(
            "UPDATE casefold.stored_events AS e SET state = o.state FROM casefold.stored_events AS o "
            "WHERE e.topic = 'NoteAdded' AND o.topic = 'NoteAdded' AND e.notification_id <> o.notification_id"
        ),
    ),
    "a version is missing": (
        "I3",
        lambda run: run.harm(
            f"DELETE FROM casefold.stored_events WHERE originator_id = '{run.case}' AND originator_version = 2"
        ),
    ),
    "a refusal is gone": (
        "refusals kept",
        lambda run: run.harm("DELETE FROM casefold.stored_events WHERE originator_id LIKE 'refused:%'"),
    ),
    "an operator was told another version": (
        "I1",
        lambda run: run.receipts.append(replace(run.receipts.pop(), version=99)),
    ),
    "a letter is gone": ("not in the outbox", lambda run: (run.outbox / f"{run.case}-N1.txt").unlink()),
    "a letter says something else": (
        "not what the ledger says",
        lambda run: (run.outbox / f"{run.case}-N1.txt").write_text("something else"),
    ),
    "a letter that nobody asked for": (
        "nobody asked for",
        lambda run: (run.outbox / f"{run.case}-N2.txt").write_text("made up"),
    ),
    "a view is behind": (
        "I8",
        lambda run: run.harm("UPDATE casefold_views.case_summary SET version = version - 1"),
    ),
    "a view shows too much": (
        "I8",
        lambda run: run.harm("UPDATE casefold_views.case_summary SET \"case\" = 'C-2026-999999'"),
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_the_checks_find_that(harm: str, run: Run) -> None:
    named, do = HARM[harm]
    do(run)
    try:
        found = complaints(run)
    except Exception as error:  # a ledger that cannot even be read: found as well
        found = [str(error)]
    assert any(named in sentence or "cannot be read" in sentence for sentence in found), found


def test_a_reader_notices_an_entry_that_appears_behind_it(run: Run) -> None:
    reader = Reader(run.ledger)
    eventually(lambda: reader.seen and reader.seen[-1][0] == run.ledger.newest(), 10, "the reader is at the end")
    reader.stop()
    assert reader.examine(run.owner_url).wrong == []
    run.harm("UPDATE casefold.stored_events SET notification_id = -1 WHERE notification_id = 1")
    assert "I4" in reader.examine(run.owner_url).wrong[0]
