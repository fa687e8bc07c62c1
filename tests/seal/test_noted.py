"""Where the seals stand is noted in the ledger itself, once a day; a new log says there which one it follows."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from domain.log_stream import CheckpointPublished, LedgerForkDeclared
from ledger.recorder import Recorder, Submission
from ledger.seal.findings import Verdict
from ledger.seal.folder import Folder
from ledger.seal.keys import read_key
from ledger.store import Ledger
from tests.domain.story import COMPLAINT, LI
from tests.intruder import intruding
from tests.seal.test_commands import ledger, run, settings
from worker.seal_diary import SealDiary
from worker.sealing import Sealing
from worker.settings import Settings

__all__ = ["ledger", "settings"]
STREAM = "log:casefold.example/commands"


@pytest.fixture
def diary(settings: Settings, ledger: Ledger) -> SealDiary:
    """Whoever notes it, on a ledger that was sealed once."""
    Sealing(settings).once()
    return SealDiary(ledger, Recorder(ledger, b"k" * 32), Folder(settings.seals))


def days_pass(owner_url: str) -> None:
    """The log began yesterday."""
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold_seal.head SET begun_at = begun_at - interval '1 day'")


def noted(ledger: Ledger, stream: str = STREAM) -> list[Any]:
    return [entry.event for entry in ledger.history(stream)]


@pytest.mark.requirement("L-03")
def test_from_the_second_day_on_a_checkpoint_is_noted_each_day_and_verified(
    diary: SealDiary, settings: Settings, owner_url: str
) -> None:
    assert diary.once() == [], "on its first day a log is new"
    days_pass(owner_url)
    assert len(diary.once()) == 1
    assert diary.once() == []
    again = SealDiary(diary.ledger, Recorder(diary.ledger, b"k" * 32), diary.folder)
    assert again.once() == [], "somebody else, on the same day"
    (event,) = noted(diary.ledger)
    published = diary.folder.read(f"checkpoints/{event.size}") or b""
    assert isinstance(event, CheckpointPublished)
    assert event.note == published.decode()
    assert event.note.startswith(f"{event.origin}\n{event.size}\n{event.root}\n\n")
    Sealing(settings).once()
    verified = run("verify")
    assert "1 checkpoints that the ledger itself noted are of this tree" in verified.output, verified.output
    assert verified.exit_code == 0


@pytest.mark.requirement("L-03")
def test_what_it_notes_binds_even_whoever_can_sign_and_publish(
    diary: SealDiary, settings: Settings, owner_url: str
) -> None:
    """A log is rewritten with its own key after a checkpoint was noted: the note in the ledger contradicts it."""
    days_pass(owner_url)
    diary.once()
    with intruding(owner_url) as owner:
        owner.execute("UPDATE casefold.stored_events SET topic = 'CaseClosed' WHERE topic = 'CaseReceived'")
        for table in ("leaf", "checkpoint", "stream_head", "head"):
            owner.execute(f"DELETE FROM casefold_seal.{table}".encode())
    shutil.rmtree(settings.seals)
    settings.sealer_memory.unlink()
    assert read_key(settings.sealer_key).name == "casefold.example/commands"
    Sealing(settings).once()
    verified = run("verify")
    assert f"WRONG  noted        {Verdict.INCONSISTENT}" in verified.output, verified.output
    assert "it notes another tree than the published one" in verified.output


@pytest.mark.requirement("L-03")
def test_a_new_log_begins_in_the_ledger_with_what_it_follows(
    diary: SealDiary, settings: Settings, owner_url: str
) -> None:
    before = diary.folder.checkpoint()
    assert before is not None
    sealing = Sealing(settings)
    with intruding(owner_url) as owner:  # as after a roll-back
        owner.execute("UPDATE casefold_seal.head SET size = 1, peaks = decode(repeat('ab', 32), 'hex')")
    sealing.begin_anew("an older backup was put back")
    assert diary.once() == ["fork:casefold.example/commands/2"]
    assert diary.once() == []
    (event,) = noted(diary.ledger, f"{STREAM}/2")
    assert isinstance(event, LedgerForkDeclared)
    assert (event.follows, event.size) == ("casefold.example/commands", before[1].size)
    assert event.reason == "an older backup was put back"
    sealing.once()
    days_pass(owner_url)
    diary.recorder.record(Submission(COMPLAINT, LI, "another"))
    assert diary.once() == ["checkpoint:casefold.example/commands/2:" + diary.ledger.now().date().isoformat()]
    sealing.once()
    assert run("verify").exit_code == 0
