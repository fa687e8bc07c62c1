"""The evidence of a case as its entries tell it: what was added, and what became of each file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from domain import events as e
from domain.entry import Entry
from domain.words import ScanVerdict


@dataclass(frozen=True)
class Item:
    """One piece of evidence."""

    case: str
    number: str
    """``E1``."""
    name: str
    """Of the file; sealed, as the ledger has it."""
    sha256: str
    size: int
    media_type: str
    claimed_type: str
    """What was claimed, where it is something else."""
    stored_as: str
    """Name of the object; empty: the file is kept elsewhere."""
    given_by: str
    added_by: str
    command_id: str
    version: int
    happened_at: datetime
    recorded_at: datetime
    quarantined: ScanVerdict | None = None
    """Why nobody is given it; None: anybody may be who may see the case's personal data."""
    detail: str = ""
    """What the scanner said."""
    released_by: str = ""
    purged: bool = False
    """The file was deleted."""
    retracted: bool = False
    """It no longer counts; it stays in the ledger."""


def items_of(case: str, entries: Iterable[Entry]) -> dict[str, Item]:
    """Number → evidence. A file that was given twice is one object: quarantine and release are the object's."""
    found: dict[str, Item] = {}
    versions: dict[int, str] = {}
    for entry in entries:
        match entry.event:
            case e.EvidenceAdded() as event:
                found[event.evidence] = _with_status_of_object(_item(case, entry, event), found)
                versions[entry.version] = event.evidence
            case e.EvidenceQuarantined() as event:
                _all_of_object(found, event.evidence, quarantined=event.verdict, detail=event.detail, released_by="")
            case e.EvidenceReleased() as event:
                _all_of_object(found, event.evidence, quarantined=None, released_by=entry.actor.id)
            case e.EvidencePurged() as event if event.evidence in found:
                found[event.evidence] = replace(found[event.evidence], purged=True)
            case e.EntryRetracted() as event if event.entry in versions:
                number = versions[event.entry]
                found[number] = replace(found[number], retracted=True)
    return found


def _item(case: str, entry: Entry, event: e.EvidenceAdded) -> Item:
    return Item(
        case=case,
        number=event.evidence,
        name=event.name,
        sha256=event.sha256,
        size=event.size,
        media_type=event.media_type,
        claimed_type=event.claimed_type,
        stored_as=event.stored_as,
        given_by=event.given_by,
        added_by=entry.actor.id,
        command_id=entry.command_id,
        version=entry.version,
        happened_at=entry.happened_at,
        recorded_at=entry.recorded_at,
    )


def _with_status_of_object(item: Item, found: dict[str, Item]) -> Item:
    for other in found.values():
        if item.stored_as and other.stored_as == item.stored_as and not other.purged:
            return replace(item, quarantined=other.quarantined, detail=other.detail, released_by=other.released_by)
    return item


def _all_of_object(found: dict[str, Item], number: str, **changes: object) -> None:
    if number not in found:
        return
    name = found[number].stored_as
    for other, item in found.items():
        if other == number or (name and item.stored_as == name):
            found[other] = replace(item, **changes)  # type: ignore[arg-type]
