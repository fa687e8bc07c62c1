"""Signed notes and checkpoints: as others write them, and what is not one."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from ledger.seal.errors import NoSeals
from ledger.seal.keys import make_key, read_key
from ledger.seal.note import COSIGNATURE, BadNote, Checkpoint, Note, Signer, Verifier, cosigned, signed

NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
"""
"""The example of golang.org/x/mod/sumdb/note, whose format became C2SP's."""
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
TREE = """\
go.sum database tree
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— sum.golang.org Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
"""A checkpoint of Go's checksum database, as the examples of C2SP tlog-checkpoint show it under another name."""


def test_notes_and_checkpoints_of_others_are_read_and_verified() -> None:
    assert Note.parse(NOTE).signed_by(Verifier.parse(NEUMANN))
    note = Note.parse(TREE)
    assert note.signed_by(Verifier.parse(SUMDB))
    checkpoint = Checkpoint.parse(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("go.sum database tree", 20852163)
    assert checkpoint.text == note.text


def test_a_key_is_written_as_it_was_read() -> None:
    assert str(Verifier.parse(NEUMANN)) == NEUMANN
    assert str(Verifier.parse(SUMDB)) == SUMDB


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+c74f20a3",
        "name+c74f20a3+!",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+ARpc",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Verifier.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n- name AAAAAAA=\n",
        "text\n\n— name AAA=\n",
        "\n\n— a ???\n",
    ],
)
def test_what_is_no_note_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Note.parse(text)


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="


@pytest.mark.parametrize(
    "text",
    [
        f"log\n1\n{ROOT}",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n１\n{ROOT}\n",
        f"log\n{10**19}\n{ROOT}\n",
        f"log\n1\n{ROOT[:-4]}\n",
        f"log\n1\n{ROOT} \n",
        f"\n1\n{ROOT}\n",
        f"log\n1\n{ROOT}\n\n",
        "log\n1\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.parse(text)


SIGNER = Signer.of_seed("casefold.example/log", b"\5" * 32)
OTHER = Signer.of_seed("casefold.example/log", b"\6" * 32)
WITNESS = Signer.of_seed("witness.example", b"\7" * 32, COSIGNATURE)


def test_unknown_signatures_do_not_matter_and_a_bad_one_of_a_known_key_does() -> None:
    text = f"{SIGNER.name}\n1\n{ROOT}\n"
    note = signed(text, [SIGNER, OTHER, WITNESS], at=1700000000)
    for known in (SIGNER, OTHER, WITNESS):
        assert Note.parse(note).signed_by(known.verifier)
    assert not Note.parse(signed(text, [OTHER])).signed_by(SIGNER.verifier)
    bad = SIGNER.line(b"another text")
    assert not Note.parse(f"{text}\n{bad}").signed_by(SIGNER.verifier)
    assert not Note.parse(note + bad).signed_by(SIGNER.verifier), "two, one of them bad"
    assert Note.parse(note + bad).signed_by(OTHER.verifier)


def test_a_cosignature_says_when() -> None:
    text = f"{SIGNER.name}\n1\n{ROOT}\n".encode()
    assert cosigned(text, 1679315147).startswith(b"cosignature/v1\ntime 1679315147\ncasefold.example/log\n1\n")
    line = WITNESS.line(text, 1679315147)
    raw = base64.b64decode(line.split()[2])
    assert WITNESS.verifier.verifies(text, raw[4:])
    assert not WITNESS.verifier.verifies(text, (1679315148).to_bytes(8) + raw[12:])
    assert not WITNESS.verifier.verifies(text, raw[12:])


def test_signing_again_gives_the_same_bytes() -> None:
    assert signed("a\n", [SIGNER]) == signed("a\n", [SIGNER])


def test_a_key_is_made_once_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "key"
    made = make_key(path, "casefold.example/log")
    assert path.stat().st_mode & 0o777 == 0o600
    assert str(make_key(path, "another name").verifier) == str(made.verifier) == str(read_key(path).verifier)
    witness = make_key(tmp_path / "witness", "witness.example", COSIGNATURE)
    assert read_key(tmp_path / "witness").verifier == witness.verifier
    for damaged in ("", "PRIVATE+KEY+a+b+c", path.read_text().replace("casefold", "casefolk", 1)):
        (tmp_path / "damaged").write_text(damaged)
        with pytest.raises(NoSeals):
            read_key(tmp_path / "damaged")
    with pytest.raises(NoSeals, match="no spaces"):
        make_key(tmp_path / "new", "a name")
