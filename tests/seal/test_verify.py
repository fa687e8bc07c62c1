"""`verify`: a ledger that nobody touched passes; whatever somebody did to it is found, and the first of it is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import psycopg
import pytest

from ledger.seal import comparison
from ledger.seal.findings import Fault, Report, Verdict
from ledger.seal.note import Signer, signed
from tests.seal.competitor import ORIGIN
from tests.seal.conftest import SIZE, House, fill
from tests.seal.tampering import Tampering, rewritten, tampering

CHECKS = ["checkpoints", "tiles", "entries", "versions", "commands", "seals", "noted"]
ENTRIES = "casefold.stored_events"


@pytest.mark.requirement("L-01", "L-03")
def test_a_ledger_that_nobody_touched_passes_every_check(sealed: House) -> None:
    report = sealed.verify()
    assert report.well, "\n".join(report.lines())
    assert [check.name for check in report.checks] == CHECKS
    assert report.to_data()["first_fault"] is None
    assert "1 more are not under it yet" in report.checks[2].found


@pytest.fixture
def somebody(sealed: House) -> Iterator[Tampering]:
    """Somebody with every right in the database."""
    with tampering(sealed, seed=1) as somebody:
        yield somebody


def position_of(somebody: Tampering, leaf: int) -> int:
    """Where the entry of a leaf stands in the order of the ledger."""
    position: int = somebody.entries[leaf][5]
    return position


def entry_of(somebody: Tampering, leaf: int) -> tuple[str, int]:
    """Stream and version of the entry of a leaf."""
    return somebody.entries[leaf][1], somebody.entries[leaf][2]


def entries_of(report: Report) -> list[Fault]:
    """What is wrong with entries, in their order."""
    return next(check for check in report.checks if check.name == "entries").faults


LEAVES = (0, 1, 20, SIZE - 2, SIZE - 1)
"""The first, the second, one in the middle, and the last two that are sealed."""


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("tables_too", [False, True], ids=["", "and the tables of seals are made to fit"])
@pytest.mark.parametrize("leaf", LEAVES)
def test_an_entry_that_was_removed_is_missed(somebody: Tampering, leaf: int, tables_too: bool) -> None:
    with somebody.change(f"DELETE FROM {ENTRIES} WHERE notification_id = {position_of(somebody, leaf)}"):
        if tables_too:
            rewritten(somebody)
        report = somebody.look()
    (fault,) = entries_of(report)
    assert fault.leaf == leaf
    if tables_too and leaf == SIZE - 1:  # what came later stands there now, so that it looks like another entry
        assert fault.verdict is Verdict.CHANGED
        return
    assert fault.verdict is Verdict.MISSING
    stream, version = entry_of(somebody, leaf)
    if (stream, version + 1) in [entry[1:3] for entry in somebody.entries]:
        assert (fault.stream, fault.version) == (stream, version), "the next version of the case gives the name away"


@pytest.mark.requirement("L-03")
def test_the_end_that_was_cut_off_is_missed(somebody: Tampering) -> None:
    with somebody.change(f"DELETE FROM {ENTRIES} WHERE notification_id >= {position_of(somebody, 40)}"):
        report = somebody.look()
        (fault,) = entries_of(report)
        assert (fault.verdict, fault.leaf) == (Verdict.ROLLED_BACK, 40)
        rewritten(somebody)
        (fault,) = entries_of(somebody.look())
        assert (fault.verdict, fault.leaf) == (Verdict.ROLLED_BACK, 40)
        assert f"the ledger ends after 40 entries, and {SIZE} were sealed" in fault.detail


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("ahead", [128, 4], ids=["", "more than can be looked over"])
def test_many_entries_that_were_removed_at_once_are_missed(
    somebody: Tampering, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "AHEAD", ahead)
    first, last = position_of(somebody, 10), position_of(somebody, 30)
    with somebody.change(f"DELETE FROM {ENTRIES} WHERE notification_id BETWEEN {first} AND {last}"):
        faults = entries_of(somebody.look())
    assert [fault.verdict for fault in faults] == [Verdict.MISSING] * 21
    assert [fault.leaf for fault in faults] == list(range(10, 31))


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("tables_too", [False, True], ids=["", "and the tables of seals are made to fit"])
@pytest.mark.parametrize("leaf", [0, 20, SIZE - 1])
def test_an_entry_that_was_pushed_in_is_found(house: House, leaf: int, tables_too: bool) -> None:
    fill(house)
    # There is room for it: positions have gaps, as after a transaction that was taken back.
    with (
        tampering_of(house) as somebody,
        somebody.change(
            f"INSERT INTO {ENTRIES} SELECT 'T-2026-888888', 1, topic, state, {position_of(somebody, leaf) - 1} "
            f"FROM {ENTRIES} WHERE notification_id = {position_of(somebody, 5)}"
        ),
    ):
        if tables_too:
            rewritten(somebody)
        (fault,) = entries_of(somebody.look())
    assert fault.verdict is (Verdict.INSERTED if tables_too else Verdict.BACKDATED)
    assert (fault.leaf, fault.stream, fault.version) == (leaf, "T-2026-888888", 1)


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("ahead", [128, 4], ids=["", "more than can be looked over"])
def test_many_entries_that_were_pushed_in_at_once_are_found(
    house: House, ahead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "AHEAD", ahead)
    fill(house)
    with tampering_of(house, apart=100) as somebody:
        before = position_of(somebody, 20)
        with somebody.change(
            f"INSERT INTO {ENTRIES} SELECT 'T-2026-888888', n, topic, state, {before} - 40 + n FROM {ENTRIES}, "
            f"generate_series(1, 30) AS n WHERE notification_id = {position_of(somebody, 5)}"
        ):
            faults = entries_of(somebody.look())
    assert [(fault.verdict, fault.leaf) for fault in faults] == [(Verdict.BACKDATED, 20)] * 30
    assert [fault.version for fault in faults] == list(range(1, 31))


@pytest.mark.requirement("L-03")
def test_a_ledger_that_is_another_one_altogether_is_found_and_the_search_ends(
    somebody: Tampering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "GIVE_UP", 3)
    with somebody.change(f"UPDATE {ENTRIES} SET state = sha256(state)"):
        rewritten(somebody)
        report = somebody.look()
    check = next(check for check in report.checks if check.name == "entries")
    assert (check.count, check.faults[0].leaf, check.faults[0].verdict) == (SIZE, 0, Verdict.CHANGED)


def tampering_of(house: House, apart: int = 2) -> AbstractContextManager[Tampering]:
    """Entries with room between their positions, sealed; and somebody with every right."""
    with psycopg.connect(house.owner_url, autocommit=True) as owner:
        owner.execute(f"ALTER TABLE {ENTRIES} DISABLE TRIGGER written_once".encode())
        owner.execute(f"UPDATE {ENTRIES} SET notification_id = -{apart} * notification_id".encode())
        owner.execute(f"UPDATE {ENTRIES} SET notification_id = -notification_id".encode())
        owner.execute(f"ALTER TABLE {ENTRIES} ENABLE ALWAYS TRIGGER written_once".encode())
    house.seal(limit=17)
    return tampering(house, seed=1)


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(("one", "other"), [(3, 4), (3, 30), (0, SIZE - 1)])
@pytest.mark.parametrize("what", ["notification_id", "state"])
@pytest.mark.parametrize("tables_too", [False, True], ids=["", "and the tables of seals are made to fit"])
def test_entries_that_were_swapped_are_found(
    somebody: Tampering, one: int, other: int, what: str, tables_too: bool
) -> None:
    here, there = position_of(somebody, one), position_of(somebody, other)
    if what == "state":
        swap: tuple[str, ...] = (
            (
                f"UPDATE {ENTRIES} AS e SET state = o.state, topic = o.topic FROM {ENTRIES} AS o "
                f"WHERE (e.notification_id, o.notification_id) IN (({here}, {there}), ({there}, {here}))"
            ),
        )
    else:
        swap = (
            f"UPDATE {ENTRIES} SET notification_id = -1 WHERE notification_id = {here}",
            f"UPDATE {ENTRIES} SET notification_id = {here} WHERE notification_id = {there}",
            f"UPDATE {ENTRIES} SET notification_id = {there} WHERE notification_id = -1",
        )
    with somebody.change(*swap):
        if tables_too:
            rewritten(somebody)
        faults = entries_of(somebody.look())
    assert [(fault.leaf, fault.verdict) for fault in faults] == [(one, Verdict.REORDERED), (other, Verdict.REORDERED)]


@pytest.mark.requirement("L-03")
def test_an_entry_that_was_renumbered_is_found(somebody: Tampering) -> None:
    with somebody.change(
        f"UPDATE {ENTRIES} SET notification_id = -notification_id WHERE notification_id = {position_of(somebody, 9)}"
    ):
        faults = entries_of(somebody.look())
    stream, version = entry_of(somebody, 9)
    assert {fault.verdict for fault in faults} == {Verdict.REORDERED}
    assert {(fault.stream, fault.version) for fault in faults} == {(stream, version)}
    assert 9 in [fault.leaf for fault in faults]


@pytest.mark.requirement("L-03")
def test_all_versions_of_a_case_moved_to_another_one_are_found(somebody: Tampering) -> None:
    stream, _ = entry_of(somebody, 1)
    with somebody.change(f"UPDATE {ENTRIES} SET originator_id = 'T-2026-777777' WHERE originator_id = '{stream}'"):
        rewritten(somebody)
        faults = entries_of(somebody.look())
    moved = [number for number, entry in enumerate(somebody.entries) if entry[1] == stream]
    assert [fault.leaf for fault in faults] == moved
    assert {fault.verdict for fault in faults} == {Verdict.CHANGED}


@pytest.mark.requirement("L-03")
def test_a_change_hidden_in_all_tables_is_found_and_without_tiles_still_is(somebody: Tampering, sealed: House) -> None:
    change = f"UPDATE {ENTRIES} SET state = state || ' ' WHERE notification_id = {position_of(somebody, 21)}"
    with somebody.change(change):
        rewritten(somebody)
        report = somebody.look()
        (fault,) = entries_of(report)
        assert (fault.verdict, fault.leaf) == (Verdict.CHANGED, 21)
        assert (fault.stream, fault.version) == entry_of(somebody, 21)
        for tile in sealed.path.glob(f"seals/tile/0/**/{SIZE}"):
            tile.unlink()
        report = somebody.look()
        wrong = {check.name for check in report.checks if not check.well}
        assert {"tiles", "seals"} <= wrong


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE casefold_seal.leaf SET hash = sha256(hash) WHERE leaf_index = 20",
        "DELETE FROM casefold_seal.leaf WHERE leaf_index = 20",
        f"DELETE FROM casefold_seal.leaf WHERE leaf_index = {SIZE - 1}",
        "UPDATE casefold_seal.leaf SET position = -position WHERE leaf_index = 20",
        "UPDATE casefold_seal.head SET peaks = substr(peaks, 2) || '\\x00'",
        f"UPDATE casefold_seal.head SET size = {SIZE - 1}",
        "UPDATE casefold_seal.head SET origin = 'another'",
        "DELETE FROM casefold_seal.head",
        "UPDATE casefold_seal.checkpoint SET root = sha256(root) WHERE size = 34",
        "UPDATE casefold_seal.checkpoint SET size = 35 WHERE size = 34",
        "UPDATE casefold_seal.stream_head SET hash = sha256(hash) WHERE stream = 'T-2026-000002'",
        "UPDATE casefold_seal.stream_head SET version = version + 1 WHERE stream = 'T-2026-000002'",
        "DELETE FROM casefold_seal.stream_head WHERE stream = 'T-2026-000002'",
    ],
)
def test_a_change_of_the_database_s_own_seals_is_found(somebody: Tampering, change: str) -> None:
    with somebody.change(change):
        report = somebody.look()
    assert [check.name for check in report.checks if not check.well] == ["seals"]


@pytest.mark.requirement("L-01", "L-03")
@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM casefold.command WHERE command_id = 'often-1'",
        "DELETE FROM casefold.command WHERE outcome = 'refused' AND command_id = 'too-much-1'",
        (
            "INSERT INTO casefold.command SELECT 'somebody', command_id, stream, name, salt, digest, body, actor, "
            "expected_version, received_at, outcome, refusal, events, first_version, last_version "
            "FROM casefold.command WHERE command_id = 'often-1'"
        ),
        (
            "UPDATE casefold.command AS c SET salt = o.salt, digest = o.digest, body = o.body "
            "FROM casefold.command AS o WHERE (c.command_id, o.command_id) IN (('often-1', 'often-2'), "
            "('often-2', 'often-1'))"
        ),
        "UPDATE casefold.command SET outcome = 'accepted', refusal = NULL WHERE command_id = 'too-much-1'",
        "UPDATE casefold.command SET expected_version = 1 WHERE command_id = 'expected'",
        "UPDATE casefold.command SET events = '{}', first_version = last_version + 1 WHERE command_id = 'often-1'",
        "UPDATE casefold.command SET events = ARRAY['Counted', NULL, 'Counted'] WHERE command_id = 'often-1'",
        "UPDATE casefold.command SET body = '[1.5]' WHERE command_id = 'nothing-1'",
        # What led to no other entry: removed, invented, said of another moment, another stream or another version.
        "DELETE FROM casefold.command WHERE command_id = 'nothing-1'",
        (
            "INSERT INTO casefold.command SELECT actor_id, 'made up', stream, name, salt, digest, body, actor, "
            "expected_version, received_at, outcome, refusal, events, first_version, last_version "
            "FROM casefold.command WHERE command_id = 'nothing-1'"
        ),
        "UPDATE casefold.command SET received_at = received_at - interval '1 day' WHERE command_id = 'nothing-1'",
        "UPDATE casefold.command SET stream = 'T-2026-000002' WHERE command_id = 'nobody''s'",
        (
            "UPDATE casefold.command SET first_version = first_version + 1, last_version = last_version + 1 "
            "WHERE command_id = 'nothing-1'"
        ),
        (
            "UPDATE casefold.command SET first_version = first_version - 1, last_version = last_version - 1 "
            "WHERE command_id = 'not expected'"
        ),
        (
            "UPDATE casefold.command AS c SET salt = o.salt, digest = o.digest, body = o.body "
            "FROM casefold.command AS o WHERE (c.command_id, o.command_id) IN (('nothing-1', 'nothing-2'), "
            "('nothing-2', 'nothing-1'))"
        ),
    ],
)
def test_a_change_of_commands_and_refusals_is_found(somebody: Tampering, change: str) -> None:
    with somebody.change(change):
        report = somebody.look()
    assert [check.name for check in report.checks if not check.well] == ["commands"]


@pytest.mark.requirement("L-03")
def test_checkpoints_that_the_auditor_kept_bind_too(sealed: House) -> None:
    kept = sealed.folder.read("checkpoints/34") or b""
    assert sealed.verify(against=[("kept", kept)]).well
    later = signed(f"{ORIGIN}\n99\n{'A' * 43}=\n", [sealed.signer]).encode()
    report = sealed.verify(against=[("kept", later)])
    assert report.faults[0].verdict is Verdict.ROLLED_BACK
    other = signed(f"{ORIGIN}\n34\n{'A' * 43}=\n", [sealed.signer]).encode()
    report = sealed.verify(against=[("kept", other)])
    assert report.faults[0].verdict is Verdict.INCONSISTENT
    assert "kept signs the root" in report.faults[0].detail


@pytest.mark.requirement("L-03")
def test_what_is_published_must_be_signed_by_the_log(sealed: House) -> None:
    stranger = Signer.of_seed(ORIGIN, b"\1" * 32)
    path = sealed.path / "seals" / "checkpoints" / "34"
    good = path.read_bytes()
    for content in (
        signed(good.decode().partition("\n\n")[0] + "\n", [stranger]).encode(),
        good.replace(b"34", b"33"),
        good.replace(ORIGIN.encode(), b"casefold.example/other", 1),
        good[:-20],
        b"",
        b"\xff\n\n",
    ):
        path.write_bytes(content)
        report = sealed.verify()
        assert report.faults[0].verdict is Verdict.BAD_SIGNATURE, content
    path.write_bytes(sealed.folder.read("checkpoint") or b"")
    assert sealed.verify().faults[0].verdict is Verdict.INCONSISTENT
    path.write_bytes(good)
    (sealed.path / "seals" / "checkpoint").unlink()
    assert sealed.verify().faults[0].verdict is Verdict.MISSING


@pytest.mark.requirement("L-03")
def test_every_changed_tile_is_found(sealed: House) -> None:
    for tile in sorted(path for path in (sealed.path / "seals" / "tile").rglob("*") if path.is_file()):
        good = tile.read_bytes()
        needed = tile.name == str(SIZE)  # narrower ones are only the beginnings of it
        tile.write_bytes(good[:7] + bytes([good[7] ^ 1]) + good[8:])
        assert sealed.verify().well is not needed
        tile.write_bytes(good)
