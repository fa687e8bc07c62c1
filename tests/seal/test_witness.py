"""A witness puts its name to what continues what it has seen, and to nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.seal.findings import Verdict
from ledger.seal.folder import Folder, Read, witness_file
from ledger.seal.note import COSIGNATURE, Note, Signer, signed
from ledger.seal.tiles import grow
from ledger.seal.witness import Cosigned, NotCosigned, Witness
from tests.ledger.toy import Count, OpenCounter
from tests.seal.conftest import SIGNER, SIZE, House

WITNESS = Signer.of_seed("auditor.example/witness one".replace(" ", "-"), b"\2" * 32, COSIGNATURE)
LOG = SIGNER.verifier


@pytest.fixture
def look(tmp_path: Path) -> Callable[[Read], Cosigned]:
    """One witness, which looks again and again."""
    witness = Witness(WITNESS, tmp_path / "witness" / "state.json", clock=lambda: 1764000000.9)
    return lambda read: witness.look(LOG, read)


def at(house: House, size: int) -> Read:
    """What is published, as it was when there were so many entries."""
    content = house.folder.read(f"checkpoints/{size}")
    return lambda name: content if name == "checkpoint" else house.folder.read(name)


@pytest.mark.requirement("L-03")
def test_it_cosigns_what_continues_what_it_has_seen(sealed: House, look: Callable[[Read], Cosigned]) -> None:
    for before, size in ((0, 17), (17, 17), (17, 34), (34, 51), (51, SIZE)):
        done = look(at(sealed, size))
        assert (done.before, done.checkpoint.size) == (before, size)
        note = Note.parse(done.note)
        assert note.signed_by(LOG)
        assert note.signed_by(WITNESS.verifier)
        assert int.from_bytes(note.signatures[1].signature[:8]) == 1764000000
    sealed.folder.replace({witness_file(WITNESS.name, SIZE): done.note.encode()})
    report = sealed.verify(witnesses=[WITNESS.verifier])
    assert report.well, "\n".join(report.lines())
    assert report.checks[1].found == f"{WITNESS.name} has cosigned {SIZE} entries"


@pytest.mark.requirement("L-03")
def test_it_refuses_what_was_rolled_back_and_says_so(sealed: House, look: Callable[[Read], Cosigned]) -> None:
    look(at(sealed, 34))
    with pytest.raises(NotCosigned, match=r"34 entries.*were cosigned before, and the checkpoint has 17") as refusal:
        look(at(sealed, 17))
    assert refusal.value.verdict is Verdict.ROLLED_BACK
    assert look(sealed.folder.read).before == 34, "a refusal changes nothing"


@pytest.mark.requirement("L-03")
def test_it_refuses_another_history_though_the_log_has_signed_it(
    house: House, sealed: House, look: Callable[[Read], Cosigned], tmp_path: Path
) -> None:
    look(sealed.folder.read)
    stream = house.does(OpenCounter(seconds=10**8), "open")
    for number in range(60):
        house.does(Count(), f"c{number}", stream)
    other = replace(house, path=tmp_path / "other")
    other.seal()
    with pytest.raises(NotCosigned, match="does not continue it") as refusal:
        look(other.folder.read)
    assert refusal.value.verdict is Verdict.INCONSISTENT
    same_size = signed(f"{SIGNER.name}\n{SIZE}\n{'A' * 43}=\n", [SIGNER]).encode()
    sealed.folder.replace({"checkpoint": same_size})
    with pytest.raises(NotCosigned, match="lead to another one"):
        look(sealed.folder.read)


@pytest.mark.requirement("L-03")
def test_it_refuses_what_is_not_signed_or_cannot_be_proved(
    sealed: House, look: Callable[[Read], Cosigned], tmp_path: Path
) -> None:
    look(at(sealed, 17))
    stranger = Signer.of_seed(SIGNER.name, b"\1" * 32)
    good = sealed.folder.read("checkpoint") or b""
    text = good.decode().partition("\n\n")[0] + "\n"
    for content in (
        signed(text, [stranger]).encode(),
        good[:-9],
        signed("other\n1\n" + "A" * 43 + "=\n", [SIGNER]).encode(),
    ):
        sealed.folder.replace({"checkpoint": content})
        with pytest.raises(NotCosigned) as refusal:
            look(sealed.folder.read)
        assert refusal.value.verdict is Verdict.BAD_SIGNATURE
    sealed.folder.replace({"checkpoint": good})
    grow(Folder(tmp_path / "other"), 0, SIZE, lambda start, end: [bytes(32)] * (end - start))
    tile = (tmp_path / "other" / "tile" / "0" / "000.p" / str(SIZE)).read_bytes()
    sealed.folder.replace({f"tile/0/000.p/{SIZE}": tile})
    with pytest.raises(NotCosigned) as refusal:
        look(sealed.folder.read)
    assert refusal.value.verdict is Verdict.INCONSISTENT
    (sealed.path / "seals" / "tile" / "0" / "000.p" / str(SIZE)).unlink()
    with pytest.raises(NotCosigned) as refusal:
        look(sealed.folder.read)
    assert refusal.value.verdict is Verdict.MISSING
    with pytest.raises(NotCosigned, match="no checkpoint is published"):
        look(Folder(tmp_path / "nothing").read)


def test_it_does_not_sign_when_it_cannot_remember(sealed: House, tmp_path: Path) -> None:
    witness = Witness(WITNESS, tmp_path / "state.json")
    for text in ("", "[]", '{"casefold.example/test": {}}'):
        witness.state.write_text(text)
        with pytest.raises(NotCosigned, match="cannot be read"):
            witness.look(LOG, sealed.folder.read)
    witness.state.unlink()
    assert witness.look(LOG, sealed.folder.read).before == 0


@pytest.mark.requirement("L-03")
def test_a_live_ledger_must_agree_with_what_a_witness_has_cosigned(
    sealed: House, look: Callable[[Read], Cosigned]
) -> None:
    other = Signer.of_seed("another.example", b"\4" * 32, COSIGNATURE)
    report = sealed.verify(witnesses=[other.verifier])
    assert [check.name for check in report.checks if not check.well] == ["witnesses"]
    text = f"{SIGNER.name}\n34\n{'A' * 43}=\n"
    forged = signed(text, [SIGNER, WITNESS], at=1).encode()
    sealed.folder.replace({witness_file(WITNESS.name, 34): forged})
    report = sealed.verify(witnesses=[WITNESS.verifier])
    assert report.faults[0].verdict is Verdict.INCONSISTENT
    sealed.folder.replace({witness_file(WITNESS.name, 34): signed(text, [SIGNER]).encode()})
    assert sealed.verify(witnesses=[WITNESS.verifier]).faults[0].verdict is Verdict.BAD_SIGNATURE
    later = replace(look(sealed.folder.read).checkpoint, size=99)
    note = signed(later.text, [SIGNER, WITNESS], at=1).encode()
    sealed.folder.replace({witness_file(WITNESS.name, 99): note})
    assert sealed.verify(witnesses=[WITNESS.verifier]).faults[0].verdict is Verdict.ROLLED_BACK
