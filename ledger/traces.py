"""Where a person's data lies, and what an erasure removes besides their keys."""

from __future__ import annotations

from pathlib import Path

from ledger.store import Ledger

STREAMS = """
SELECT DISTINCT originator_id FROM casefold.stored_events
WHERE position(%(sealed)s::bytea IN state) > 0 OR position(%(named)s::bytea IN state) > 0 ORDER BY originator_id
"""
"""Every entry is looked at: an erasure is rare, and must miss nothing."""
FORGET = "SELECT casefold.forget_matters(%s, %s::text[])"


def streams_of(ledger: Ledger, subject: str) -> list[str]:
    """The streams with data of this person, sealed under their key, or named as theirs."""
    sealed, named = f"$enc1.{subject}.".encode(), f'"subject":"{subject}"'.encode()
    return [stream for (stream,) in ledger.query(STREAMS, {"sealed": sealed, "named": named})]


def cases_of(ledger: Ledger, subject: str) -> list[str]:
    """The cases among them."""
    kind = ledger.registry.types["case"]
    return [stream for stream in streams_of(ledger, subject) if ledger.registry.of_stream(stream) is kind]


def forget_matters(ledger: Ledger, subject: str, cases: list[str]) -> int:
    """Remove the hashes of the matters of an erased person's cases; how many."""
    return int(ledger.query(FORGET, [subject, cases])[0][0])


def remove_letters(outbox: Path, cases: list[str]) -> int:
    """Remove the letters of these cases that still lie in the outbox; how many."""
    found = [letter for case in cases for letter in outbox.glob(f"{case}-*")]
    for letter in found:
        letter.unlink(missing_ok=True)
    return len(found)
