"""Files of evidence from end to end: taken in, recorded, given out, put into quarantine, erased."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from domain.access import EvidenceViewed, Through
from domain.commands import AddEvidence, ReleaseEvidence, RetractEntry
from domain.personal import ERASED, is_sealed
from domain.refusal import Refused
from domain.words import ScanVerdict
from ledger.access import accesses
from ledger.errors import LedgerUnavailable
from ledger.evidence.errors import EvidenceDamaged, EvidenceMissing, Interrupted
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.limits import Limits
from ledger.evidence.scanner import Scanner
from ledger.evidence.sealed_file import PIECE
from ledger.evidence.store import Area, FolderStore
from tests.evidence.conftest import CHEN, LI, Desk, add, content_of, files
from tests.evidence.samples import KINDS, PNG
from tests.evidence.test_looking import EICAR, SCANNER


@pytest.mark.requirement("C-01", "L-04", "L-05")
def test_a_file_comes_back_as_it_was_its_digest_was_fixed_at_receipt_and_each_view_is_recorded(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case = desk.case()
    content = PNG + os.urandom(3 * PIECE)
    taken: list[int] = []
    added = add(evidence, case, content, "张三的灯.jpg", tell=taken.append)
    item = added.item
    assert added.accepted
    assert item is not None
    assert (item.number, item.sha256, item.size) == ("E1", hashlib.sha256(content).hexdigest(), len(content))
    assert (item.media_type, item.claimed_type, item.given_by, item.added_by) == (
        "image/png",
        "image/jpeg",
        "customer",
        "li",
    )
    assert taken == [PIECE, 2 * PIECE, 3 * PIECE, len(content)]

    assert is_sealed(item.name)
    (object_,) = files(store.path)
    assert object_ == f"objects/{item.stored_as[:2]}/{item.stored_as}"
    assert (store.path / object_).stat().st_mode & 0o077 == 0
    lying = (store.path / object_).read_bytes()
    assert item.stored_as == hashlib.sha256(lying).hexdigest()
    assert item.sha256.encode() not in lying
    assert content[60:90] not in lying

    seen, parts = evidence.read(case, "E1", CHEN, Through.DOSSIER, purpose="an appeal")
    (access,) = accesses(desk.ledger, case)
    assert isinstance(access.entry.event, EvidenceViewed)
    assert (access.entry.event.evidence, access.entry.event.through) == ("E1", Through.DOSSIER)
    assert (access.entry.actor.id, desk.ledger.opened(access.entry.event).purpose) == ("chen", "an appeal")
    assert seen.name == "张三的灯.jpg"
    assert b"".join(parts) == content
    _, exported = evidence.exported(case, "E1")
    assert exported.read(10) + exported.read(100_000) + exported.read() == content
    assert len(list(accesses(desk.ledger, case))) == 1, "who exports records that for all at once"


@pytest.mark.requirement("C-01")
def test_the_same_file_is_stored_once_in_a_case_and_a_repeated_request_gets_the_first_answer(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case, other = desk.case(), desk.case("13900139000")
    first = add(evidence, case, PNG, command_id="upload-1")
    again = add(evidence, case, PNG, command_id="upload-1")
    assert (again.repeated, again.item, again.version) == (True, first.item, first.version)
    second = add(evidence, case, PNG, "the same.png")
    assert first.item is not None
    assert second.item is not None
    assert (second.item.number, second.item.stored_as) == ("E2", first.item.stored_as)
    assert len(files(store.path)) == 1
    elsewhere = add(evidence, other, PNG)
    assert elsewhere.item is not None
    assert elsewhere.item.stored_as != first.item.stored_as
    assert len(files(store.path)) == 2
    assert content_of(evidence, case, "E2") == content_of(evidence, other) == PNG

    with ThreadPoolExecutor(6) as pool:
        asked = [pool.submit(add, evidence, other, EVERY_BYTE, command_id="at once") for _ in range(6)]
    answers = [one.result() for one in asked]
    assert {answer.refusal for answer in answers} == {None}
    assert {answer.item for answer in answers} == {evidence.item(other, "E2")}
    assert sum(not answer.repeated for answer in answers) == 1
    assert len(files(store.path)) == 3, "what the slower ones had stored is taken away again"


EVERY_BYTE = PNG + bytes(range(256))


class Breaking(io.BytesIO):
    """A file whose other end goes away."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Until then, as usual."""
        if self.tell() > PIECE:
            raise ConnectionResetError(104, "Connection reset by peer")
        return super().read(size)


@pytest.mark.requirement("C-01")
def test_what_is_refused_or_breaks_off_leaves_nothing_behind(desk: Desk, store: FolderStore) -> None:
    evidence = desk.evidence(store, limits=Limits(most=3 * PIECE))
    case = desk.case()
    before = desk.recorder.load(case)[0]
    with pytest.raises(Refused, match=r"The file is empty\. Nothing was saved"):
        add(evidence, case, b"")
    with pytest.raises(Refused, match=r"larger than 192 KiB, which is the limit\. Nothing was saved"):
        add(evidence, case, PNG + bytes(3 * PIECE))
    with pytest.raises(Refused, match=r"The file is application/x-elf, whatever its name says"):
        add(evidence, case, KINDS["elf"][0], "photo.jpg", media_type="image/jpeg")
    with pytest.raises(Interrupted, match=r"Connection reset by peer\)\. Nothing of it was saved"):
        evidence.add(case, Breaking(PNG + bytes(2 * PIECE)), "photo.png", LI, "broken")
    with pytest.raises(ValueError, match="NUL"):
        add(evidence, case, PNG, "photo\0.png")
    refused = add(evidence, case, PNG, " ")
    assert refused.refusal is not None
    assert (refused.refusal.code, refused.item) == ("field_missing", None)
    assert (desk.recorder.load(case)[0], evidence.items(case), files(store.path)) == (before, [], [])
    add(evidence, case, PNG + bytes(3 * PIECE - len(PNG)))


@pytest.mark.requirement("C-01", "L-03")
def test_an_object_that_was_altered_exchanged_or_lost_is_never_given_out(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case, other = desk.case(), desk.case("13900139000")
    item, strange = add(evidence, case, PNG * 5000).item, add(evidence, other, PNG).item
    assert item is not None
    assert strange is not None
    place = store.file(item.stored_as, Area.OBJECTS)
    whole = place.read_bytes()
    for broken in (
        whole[:-1] + bytes([whole[-1] ^ 1]),
        whole[: len(whole) // 2],
        store.file(strange.stored_as, Area.OBJECTS).read_bytes(),
    ):
        place.write_bytes(broken)
        with pytest.raises(EvidenceDamaged, match="put it back from a backup"):
            content_of(evidence, case)
    place.unlink()
    with pytest.raises(EvidenceMissing, match="put the object back from a backup"):
        content_of(evidence, case)

    # an entry that names another's object, or a digest that the object has not
    desk.does(AddEvidence(name="x", sha256=strange.sha256, size=strange.size, stored_as=strange.stored_as), case)
    with pytest.raises(EvidenceDamaged, match="belongs to another case"):
        content_of(evidence, case, "E2")
    desk.does(AddEvidence(name="x", sha256=item.sha256, size=strange.size, stored_as=strange.stored_as), other)
    with pytest.raises(EvidenceDamaged, match="not the file whose digest the ledger has"):
        content_of(evidence, other, "E2")
    desk.does(AddEvidence(name="x", sha256=item.sha256, size=7), other)
    assert evidence.purge(case, "erasure") == 2
    assert content_of(evidence, other) == PNG, "what another case only names is not deleted with it"
    with pytest.raises(Refused, match="kept elsewhere"):
        content_of(evidence, other, "E3")
    with pytest.raises(Refused, match="There is no evidence E9"):
        content_of(evidence, other, "E9")


@pytest.mark.requirement("C-01")
def test_what_the_scanner_finds_is_given_to_nobody_until_somebody_has_released_it(
    desk: Desk, store: FolderStore, tmp_path: Path
) -> None:
    program = tmp_path / "scan.py"
    program.write_text(SCANNER)
    evidence = desk.evidence(store, scanner=Scanner.of(f"{sys.executable} {program}"))
    case = desk.case()
    clean, infected = add(evidence, case, PNG), add(evidence, case, EICAR, "bill.txt")
    broken = add(desk.evidence(store, scanner=Scanner.of("false --quiet 0")), case, b"plain words", "note.txt")
    assert clean.item is not None
    assert clean.item.quarantined is None
    assert infected.item is not None
    assert broken.item is not None
    assert (infected.item.quarantined, infected.item.detail) == (ScanVerdict.INFECTED, "stream: Eicar-Signature FOUND")
    name = infected.item.stored_as
    assert store.has(name, Area.QUARANTINE)
    assert not store.has(name, Area.OBJECTS)
    assert content_of(evidence, case) == PNG
    with pytest.raises(Refused, match="E2 is in quarantine"):
        content_of(evidence, case, "E2")
    assert [access.entry.event.evidence for access in accesses(desk.ledger, case)] == ["E1"]  # type: ignore[attr-defined]

    again = add(evidence, case, EICAR, "the same.txt")
    assert again.item is not None
    assert (again.item.stored_as, again.item.quarantined) == (name, ScanVerdict.INFECTED)
    desk.does(ReleaseEvidence(evidence="E2", reason="a test file that everybody knows"), case, by=CHEN)
    assert content_of(evidence, case, "E2") == content_of(evidence, case, "E4") == EICAR
    assert (store.has(name, Area.QUARANTINE), evidence.item(case, "E2").released_by) == (False, "chen")


@pytest.mark.requirement("C-01")
def test_an_object_in_quarantine_is_not_given_out_even_when_nobody_has_recorded_it_yet(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case = desk.case()
    item = add(evidence, case, PNG).item
    assert item is not None
    store.move(item.stored_as, Area.OBJECTS, Area.QUARANTINE)
    with pytest.raises(Refused, match=r"in quarantine \(failed\)"):
        content_of(evidence, case)


@pytest.mark.requirement("L-04")
def test_files_of_an_erased_person_cannot_be_read_and_are_deleted_and_their_digests_stay(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case, other = desk.case("13700137000"), desk.case("13600136000")
    first, _ = add(evidence, case, PNG), add(evidence, other, PNG)
    add(evidence, case, b"words of hers", "words.txt")
    ring = desk.ledger.ring
    assert ring is not None
    ring.store.destroy(desk.recorder.load(case)[1].subject)
    ring.forget()
    with pytest.raises(Refused, match=r"E1 can no longer be read: the data of the person were erased\."):
        content_of(evidence, case)
    with pytest.raises(Refused, match="was erased; nothing new about them"):
        add(evidence, case, PNG, "another.png")
    assert desk.ledger.opened(evidence.item(case, "E1")).name == ERASED

    assert evidence.purge(case, "erasure") == evidence.purge(case, "erasure") == 2
    assert first.item is not None
    assert (evidence.item(case, "E1").purged, evidence.item(case, "E1").sha256) == (True, first.item.sha256)
    with pytest.raises(Refused, match="was deleted; its digest stays"):
        content_of(evidence, case)
    assert len(files(store.path)) == 1
    assert content_of(evidence, other) == PNG


@pytest.mark.requirement("C-01")
def test_retracted_evidence_no_longer_counts_and_can_still_be_looked_at(desk: Desk, evidence: Evidence) -> None:
    case = desk.case()
    item = add(evidence, case, PNG).item
    assert item is not None
    desk.does(RetractEntry(entry=item.version, reason="the wrong case"), case)
    assert evidence.item(case, "E1").retracted
    assert desk.recorder.load(case)[1].evidence == {}
    assert content_of(evidence, case) == PNG


@pytest.mark.requirement("L-04")
def test_while_the_keys_are_away_no_file_is_taken_or_given_out(
    desk: Desk, evidence: Evidence, store: FolderStore
) -> None:
    case = desk.case()
    add(evidence, case, PNG)
    with pytest.raises(LedgerUnavailable, match="no key store is named"):
        add(Evidence(desk.ledger, desk.recorder, store, RingKeys(None)), case, PNG)
    with pytest.raises(LedgerUnavailable, match="no key store is named"):
        content_of(Evidence(desk.ledger, desk.recorder, store, RingKeys(None)), case)
    assert len(files(store.path)) == 1
