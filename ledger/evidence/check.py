"""Compares the evidence store with the ledger, and takes away what no entry names."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from domain.events import EvidenceAdded
from domain.words import ScanVerdict
from ledger.evidence.errors import EvidenceError, EvidenceMissing
from ledger.evidence.evidence import Evidence
from ledger.evidence.items import Item, items_of
from ledger.evidence.scanner import Found
from ledger.evidence.sealed_file import pieces
from ledger.evidence.store import Area, Stored

CASES = """
SELECT DISTINCT originator_id FROM casefold.stored_events
WHERE topic = %s ORDER BY originator_id
"""
OLD_ENOUGH = timedelta(hours=24)
"""An object that no entry names may belong to a file that is being recorded at this moment; not after a day."""
FEW = 10
"""So many orphans are taken away without asking whether this is the right ledger."""

Tick = Callable[[int, int], None]


class NotTheRightLedger(EvidenceError):
    """Most objects would be orphans: that is rather a store or a ledger of another place, or an older backup."""

    def __init__(self, orphans: int, named: int) -> None:
        super().__init__(
            f"No entry names {orphans} objects of the store, and only {named} are named. Is it the right ledger, and "
            "not an older backup? Nothing was taken away; --even-so takes them away."
        )


@dataclass
class Comparison:
    """What was found. ``missing``, ``altered`` and ``unrecorded`` are what somebody should look at."""

    named: int = 0
    """Objects that the ledger names and that are there."""
    missing: list[Item] = field(default_factory=list)
    altered: list[Item] = field(default_factory=list)
    orphans: list[Stored] = field(default_factory=list)
    """No entry names them; mostly what an interrupted upload has left."""
    left_over: list[Stored] = field(default_factory=list)
    """They were deleted, by the ledger, and are still there."""
    unrecorded: list[Item] = field(default_factory=list)
    """In quarantine, and the ledger does not say so."""
    moved: int = 0
    """Objects that lay where they should not, and were put there now."""

    @property
    def well(self) -> bool:
        """Whether every file is there, unaltered."""
        return not (self.missing or self.altered or self.unrecorded)


def compare(evidence: Evidence, tick: Tick = lambda done, total: None, *, mend: bool = True) -> Comparison:
    """Read every object once and hold it against the ledger; no key is needed for that.

    ``mend`` puts objects where the ledger says that they belong, and records a quarantine that was not recorded.
    """
    store = evidence.store
    # The store first: what is recorded meanwhile is then an entry without a listed object, which is looked up again.
    stored: dict[str, dict[Area, Stored]] = {}
    for one in store.all():
        stored.setdefault(one.name, {})[one.area] = one
    found = Comparison()
    named: dict[str, list[Item]] = {}
    for item in every_item(evidence):
        if item.stored_as:
            named.setdefault(item.stored_as, []).append(item)
    for number, (name, items) in enumerate(named.items(), 1):
        places = stored.pop(name, {})
        if all(item.purged for item in items):
            found.left_over += places.values()
        elif not places and not any(store.has(name, area) for area in Area):
            found.missing += items
        else:
            _look_at(evidence, items, places, found, mend=mend)
        tick(number, len(named))
    found.orphans = [one for places in stored.values() for one in places.values()]
    return found


def _look_at(
    evidence: Evidence, items: list[Item], places: dict[Area, Stored], found: Comparison, *, mend: bool
) -> None:
    found.named += 1
    item = next(item for item in items if not item.purged)
    area = next(iter(places), Area.OBJECTS)
    if not _unaltered(evidence, item.stored_as, area):
        found.altered += items
    wanted = Area.QUARANTINE if item.quarantined is not None else Area.OBJECTS
    if area is Area.QUARANTINE and item.quarantined is None and not item.released_by:
        found.unrecorded.append(item)
        if mend:
            evidence.quarantine(item, Found(ScanVerdict.FAILED, "put into quarantine before it was recorded"))
    elif mend and places and area is not wanted:
        evidence.store.move(item.stored_as, area, wanted)
        found.moved += 1


def every_item(evidence: Evidence) -> Iterator[Item]:
    """The evidence of all cases."""
    for (case,) in evidence.ledger.query(CASES, [EvidenceAdded.__name__]):
        yield from items_of(case, evidence.ledger.history(case)).values()


def purge_orphans(evidence: Evidence, *, older_than: timedelta = OLD_ENOUGH, even_so: bool = False) -> int:
    """Take away what no entry names, or the ledger says was deleted, and drafts of writers that were killed; how much.

    Raises NotTheRightLedger when that would be most of what is there.
    """
    stored = list(evidence.store.all())
    before = evidence.ledger.now() - older_than
    living = {item.stored_as for item in every_item(evidence) if not item.purged}
    gone = [one for one in stored if one.name not in living and one.at < before]
    if len(gone) > max(FEW, len(stored) - len(gone)) and not even_so:
        raise NotTheRightLedger(len(gone), len(stored) - len(gone))
    for one in gone:
        evidence.store.remove(one.name, one.area)
    return len(gone) + evidence.store.remove_drafts(before)


def _unaltered(evidence: Evidence, name: str, area: Area) -> bool:
    """Whether the object's bytes are those that gave it its name."""
    digest = hashlib.sha256()
    try:
        object_ = evidence.store.open(name, area)
    except EvidenceMissing:
        return True  # moved meanwhile
    try:
        for piece, _ in pieces(object_):
            digest.update(piece)
    finally:
        object_.close()
    return digest.hexdigest() == name
