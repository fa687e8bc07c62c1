"""What a ledger says must not be done with persons' data: restrictions and holds, to be carried into an older copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from domain.actor import WORKFLOW
from domain.message import Command
from domain.subject import Subject
from domain.subject_messages import PlaceHold, RestrictSubject
from ledger.errors import UnknownStream
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from ledger.subjects import mirror

STREAMS = """
SELECT DISTINCT originator_id FROM casefold.stored_events
WHERE originator_id >= 'subject:' AND originator_id < 'subject;' AND topic IN ('SubjectRestricted', 'HoldPlaced')
ORDER BY 1
"""
REASON = "Carried over when a backup was put back: it was placed after the backup. Its words are with the later ledger."


@dataclass(frozen=True)
class Standing:
    """Persons by pseudonym."""

    restricted: tuple[str, ...] = ()
    held: Mapping[str, Mapping[str, datetime | None]] = field(default_factory=lambda: MappingProxyType({}))
    """Person → number of a hold → until when it stands; None: until it is released."""

    def __or__(self, other: Standing) -> Standing:
        persons = sorted({*self.held, *other.held})
        held = {person: {**self.held.get(person, {}), **other.held.get(person, {})} for person in persons}
        return Standing(tuple(sorted({*self.restricted, *other.restricted})), held)


def standing_now(ledger_url: str) -> Standing:
    """What stands in this ledger. No key is needed."""
    with Ledger(ledger_url, application_name="casefold backup") as ledger:
        recorder = Recorder(ledger, b"")
        restricted, held = [], {}
        for (stream,) in ledger.query(STREAMS):
            person, subject = stream.partition(":")[2], recorder.load(stream)[1]
            if subject.erased:
                continue
            if subject.restricted:
                restricted.append(person)
            if subject.holds:
                held[person] = dict(subject.holds)
    return Standing(tuple(restricted), held)


def carry(ledger: Ledger, recorder: Recorder, standing: Standing, backup: str) -> tuple[str, ...]:
    """Place in this ledger what it does not know of; the persons for whom that was done.

    ``backup`` names the copy that was put back: carrying over twice places nothing twice.
    """
    carried = []
    for person in sorted({*standing.restricted, *standing.held}):
        here = _subject(recorder, f"subject:{person}")
        missing = [] if here.erased else [*_missing(person, standing, here)]
        for name, command in missing:
            key = f"{backup}/{person}/{name}"
            recorder.record(Submission(command, WORKFLOW, key, stream=f"subject:{person}"))
        if missing:
            mirror(ledger, person)
            carried.append(person)
    return tuple(carried)


def _missing(person: str, standing: Standing, here: Subject) -> Iterator[tuple[str, Command]]:
    """What stands elsewhere and not here. Both ledgers number a person's holds alike, as far as they agree."""
    if person in standing.restricted and not here.restricted:
        yield "restricted", RestrictSubject()
    for hold, until in standing.held.get(person, {}).items():
        if hold not in here.holds:
            yield hold, PlaceHold(reason=REASON, until=until)


def _subject(recorder: Recorder, stream: str) -> Subject:
    try:
        found = recorder.load(stream)[1]
    except UnknownStream:
        return Subject()
    assert isinstance(found, Subject)
    return found
