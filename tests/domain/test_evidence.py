"""Evidence: what is fixed at receipt, quarantine and release, and what is left when a file is deleted."""

from __future__ import annotations

import pytest

from domain import commands as c
from domain import events as e
from domain.actor import Actor, Role
from domain.words import ScanVerdict
from tests.domain.story import CHEN, LI, SYSTEM, Story, closed, investigating

DIGEST, OBJECT = "ab" * 32, "cd" * 32
FILE = c.AddEvidence(
    name="photo.jpg", sha256=DIGEST, size=123, media_type="image/png", claimed_type="image/jpeg", stored_as=OBJECT
)
QUARANTINE = c.QuarantineEvidence(evidence="E1", verdict=ScanVerdict.INFECTED, detail="Eicar-Signature")
RELEASE = c.ReleaseEvidence(evidence="E1", reason="a test file of our own")
PURGE = c.PurgeEvidence(evidence="E1", cause="erasure")


def filed() -> Story:
    """A case with one file."""
    return investigating().after(FILE)


@pytest.mark.requirement("C-01")
def test_a_file_is_fixed_by_what_it_shows_what_was_claimed_and_where_it_lies() -> None:
    added = investigating().accepts(FILE).named(e.EvidenceAdded)[0]
    assert (added.media_type, added.claimed_type, added.stored_as) == ("image/png", "image/jpeg", OBJECT)
    investigating().refuses(c.AddEvidence(name="x", sha256=DIGEST, size=1, stored_as="../x"), "not_a_digest")
    investigating().refuses(c.AddEvidence(name="x", sha256=DIGEST, size=1, media_type="a picture"), "not_a_media_type")


@pytest.mark.requirement("C-01")
def test_evidence_in_quarantine_is_released_by_somebody_who_answers_for_it_with_a_reason() -> None:
    kept = filed().accepts(QUARANTINE, by=SYSTEM)
    assert kept.case.quarantined == ("E1",)
    kept.story.refuses(RELEASE, "not_your_role", by=LI)
    kept.story.refuses(c.ReleaseEvidence(evidence="E1", reason=" "), "field_missing", by=CHEN)
    released = kept.story.accepts(RELEASE, e.EvidenceReleased(evidence="E1", reason=RELEASE.reason), by=CHEN)
    assert released.case.quarantined == ()
    released.story.refuses(RELEASE, "not_quarantined", by=Actor("sun", (Role.INSPECTOR,)), evidence="E1")


@pytest.mark.requirement("C-01")
def test_only_the_store_puts_evidence_into_quarantine_and_saying_it_twice_changes_nothing() -> None:
    filed().refuses(QUARANTINE, "only_the_system", by=CHEN)
    filed().refuses(c.QuarantineEvidence(evidence="E2", verdict=ScanVerdict.FAILED), "unknown_evidence", by=SYSTEM)
    assert filed().after(QUARANTINE, by=SYSTEM).accepts(QUARANTINE, by=SYSTEM).events == []
    assert closed().decide(c.AddNote(text="still open to notes"))
    after_closing = closed().followed_by([e.EvidenceAdded(evidence="E1", name="x", sha256=DIGEST, size=1, given_by="")])
    after_closing.accepts(QUARANTINE, by=SYSTEM)


@pytest.mark.requirement("L-04")
def test_a_file_is_deleted_once_and_its_digest_stays() -> None:
    filed().refuses(PURGE, "only_the_system", by=CHEN)
    filed().refuses(c.PurgeEvidence(evidence="E0", cause="erasure"), "unknown_evidence", by=SYSTEM)
    purged = filed().after(QUARANTINE, by=SYSTEM).accepts(PURGE, by=SYSTEM)
    assert (purged.case.evidence, purged.case.quarantined, purged.case.purged) == ({"E1": DIGEST}, (), ("E1",))
    assert purged.story.accepts(PURGE, by=SYSTEM).events == []
    assert purged.story.accepts(QUARANTINE, by=SYSTEM).events == []
    assert purged.story.after(c.RetractEntry(entry=_entry(purged.story), reason="not hers")).case.evidence == {}


def _entry(story: Story) -> int:
    return next(entry.version for entry in story.entries if isinstance(entry.event, e.EvidenceAdded))
