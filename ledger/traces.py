"""Where a person's data lies, and what an erasure removes besides their keys."""

from __future__ import annotations

import time
from pathlib import Path

from ledger.store import Ledger

STREAMS = """
SELECT DISTINCT originator_id FROM casefold.stored_events
WHERE notification_id > %(after)s AND notification_id <= %(upto)s
  AND (position(%(sealed)s::bytea IN state) > 0 OR position(%(named)s::bytea IN state) > 0)
"""
"""Every entry is looked at, portion by portion: an erasure is rare, and must miss nothing."""
PORTION = 100_000
NEW = 'SELECT "case" FROM casefold_views.case_summary WHERE subject = %s AND NOT over ORDER BY 1'
ABANDONED = 60.0
"""Seconds after which a letter that is half written is nobody's."""
ERASED = """
SELECT DISTINCT substr(originator_id, 9) FROM casefold.stored_events
WHERE originator_id >= 'subject:' AND originator_id < 'subject;' AND topic = 'SubjectErased'
"""
FORGET = "SELECT casefold.forget_matters(%s, %s::text[])"


def streams_of(ledger: Ledger, subject: str) -> list[str]:
    """The streams with data of this person, sealed under their key, or named as theirs."""
    sealed, named = f"$enc1.{subject}.".encode(), f'"subject":"{subject}"'.encode()
    found: set[str] = set()
    for after in range(0, ledger.newest(), PORTION):
        wanted = {"sealed": sealed, "named": named, "after": after, "upto": after + PORTION}
        found.update(stream for (stream,) in ledger.query(STREAMS, wanted))
    return sorted(found)


def open_by_views(ledger: Ledger, subject: str) -> list[str]:
    """The person's open cases as the views have them: quickly, and a moment late."""
    return [case for (case,) in ledger.query(NEW, [subject])]


def erased_subjects(ledger: Ledger) -> set[str]:
    """Everybody whose data is erased."""
    return {subject for (subject,) in ledger.query(ERASED, [])}


def cases_of(ledger: Ledger, subject: str) -> list[str]:
    """The cases among them."""
    kind = ledger.registry.types["case"]
    return [stream for stream in streams_of(ledger, subject) if ledger.registry.of_stream(stream) is kind]


def forget_matters(ledger: Ledger, subject: str, cases: list[str]) -> int:
    """Remove the hashes of the matters of an erased person's cases; how many."""
    return int(ledger.query(FORGET, [subject, cases])[0][0])


def remove_letters(outbox: Path, cases: list[str]) -> int:
    """Remove the letters of these cases that still lie in the outbox; how many. Half-written ones go, too."""
    found = [letter for case in cases for letter in outbox.glob(f"{case}-*")]
    for half in outbox.glob(".*"):
        if half.is_file() and time.time() - half.stat().st_mtime > ABANDONED:
            half.unlink(missing_ok=True)
    for letter in found:
        letter.unlink(missing_ok=True)
    return len(found)
