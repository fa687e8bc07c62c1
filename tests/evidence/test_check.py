"""Store and ledger are compared: what is missing, altered, orphaned or left over; what nobody names is taken away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from ledger.evidence.check import FEW, NotTheRightLedger, compare, purge_orphans
from ledger.evidence.scanner import Scanner
from ledger.evidence.store import Area, FolderStore
from tests.evidence.conftest import Desk, add, content_of, files
from tests.evidence.samples import PNG

NOW = timedelta(seconds=-5)
"""Orphans of any age: the clocks of store and ledger may differ by moments."""


@pytest.mark.requirement("C-01", "L-03")
def test_whatever_happens_to_the_store_is_found_and_what_belongs_elsewhere_is_put_there(
    own_desk: Desk, store: FolderStore
) -> None:
    evidence = own_desk.evidence(store)
    case, other = own_desk.case(), own_desk.case("13900139000")
    items = [add(evidence, case, PNG + bytes([number])).item for number in range(5)]
    infected = add(own_desk.evidence(store, scanner=Scanner.of("false")), other, PNG).item
    names = [item.stored_as for item in items if item is not None]
    assert infected is not None
    told: list[tuple[int, int]] = []
    first = compare(evidence, lambda done, total: told.append((done, total)))
    assert (first.well, first.named, first.orphans, first.moved) == (True, 6, [], 0)
    assert told[-1] == (6, 6)

    store.file(names[0], Area.OBJECTS).unlink()
    with store.file(names[1], Area.OBJECTS).open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.write(b"\0" if file.read(1) != b"\0" else b"\1")
    store.move(names[2], Area.OBJECTS, Area.QUARANTINE)
    store.move(infected.stored_as, Area.QUARANTINE, Area.OBJECTS)
    with store.draft() as draft:
        draft.write(b"of a command that was never recorded")
        orphan = draft.keep(Area.OBJECTS)
    found = compare(evidence, mend=False)
    assert not found.well
    assert [item.number for item in found.missing] == ["E1"]
    assert [item.number for item in found.altered] == ["E2"]
    assert [item.number for item in found.unrecorded] == ["E3"]
    assert [one.name for one in found.orphans] == [orphan]

    mended = compare(evidence)
    assert (mended.moved, [item.number for item in mended.unrecorded]) == (1, ["E3"])
    assert store.has(infected.stored_as, Area.QUARANTINE)
    assert evidence.item(case, "E3").quarantined == "failed"
    again = compare(evidence)
    assert (again.moved, again.unrecorded, len(again.missing), len(again.altered)) == (0, [], 1, 1)


@pytest.mark.requirement("C-01")
def test_only_what_no_entry_names_is_taken_away_and_not_before_a_day_has_passed(
    own_desk: Desk, store: FolderStore
) -> None:
    evidence = own_desk.evidence(store)
    case, erased = own_desk.case(), own_desk.case("13900139000")
    add(evidence, case, PNG)
    gone = add(evidence, erased, PNG).item
    assert gone is not None
    kept = store.file(gone.stored_as, Area.OBJECTS).read_bytes()
    evidence.purge(erased, "erasure")
    store.file(gone.stored_as, Area.OBJECTS).write_bytes(kept)  # as if it had died before it deleted it
    (store.path / FolderStore.DRAFTS / "cut short").write_bytes(b"half")
    with store.draft() as draft:
        draft.write(b"never recorded")
        draft.keep(Area.QUARANTINE)
    assert [one.name for one in compare(evidence).left_over] == [gone.stored_as]
    before = files(store.path)
    assert purge_orphans(evidence) == 0
    assert files(store.path) == before
    assert purge_orphans(evidence, older_than=NOW) == 3
    assert len(files(store.path)) == 1
    assert content_of(evidence, case) == PNG


@pytest.mark.requirement("C-01")
def test_a_store_that_is_mostly_strange_is_left_alone(own_desk: Desk, store: FolderStore) -> None:
    evidence = own_desk.evidence(store)
    for number in range(FEW + 1):
        with store.draft() as draft:
            draft.write(bytes([number]))
            draft.keep(Area.OBJECTS)
    with pytest.raises(NotTheRightLedger, match="Is it the right ledger, and not an older backup"):
        purge_orphans(evidence, older_than=NOW)
    assert purge_orphans(evidence, older_than=NOW, even_so=True) == FEW + 1


WRITER = """
import io, os, sys, uuid
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import open_store
from ledger.recorder import Recorder
from tests.evidence.conftest import KEY, LI
from tests.ledgers import Ledger

url, place, case = sys.argv[1:]
ledger = Ledger(url)
evidence = Evidence(ledger, Recorder(ledger, KEY), open_store(place), RingKeys(ledger.ring))
while True:
    content = b"some words, " + os.urandom(400_000).hex().encode()
    added = evidence.add(case, io.BytesIO(content), "note.txt", LI, str(uuid.uuid4()))
    print(added.item.number, added.item.sha256, flush=True)
"""


@pytest.mark.soak
@pytest.mark.requirement("C-01", "L-03")
def test_a_writer_that_is_killed_has_lost_nothing_of_what_it_acknowledged_and_left_nothing_half(
    database_url: str, own_desk: Desk, store: FolderStore, rounds: int
) -> None:
    case = own_desk.case()
    acknowledged: dict[str, str] = {}
    root = Path(__file__).resolve().parents[2]
    for pause in range(rounds - 1):  # a process takes seconds to start
        command = [sys.executable, "-c", WRITER, database_url, str(store.path), case]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as writer:
            assert writer.stdout is not None
            first = writer.stdout.readline()
            time.sleep(0.3 + pause * 0.07)
            writer.kill()
            acknowledged |= dict(line.split() for line in [first, *writer.stdout] if line.endswith("\n"))
    evidence = own_desk.evidence(store)
    found = compare(evidence)
    assert found.well
    assert {item.number: item.sha256 for item in evidence.items(case)}.items() >= acknowledged.items()
    assert acknowledged
    for number in acknowledged:
        assert content_of(evidence, case, number).startswith(b"some words")
    purge_orphans(evidence, older_than=NOW)
    assert len(files(store.path)) == found.named
