"""`casefold evidence`: what people type to take files in, look at them, and check the store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.conftest import Casefold
from tests.evidence.samples import KINDS, PNG
from tests.evidence.test_looking import EICAR

LEAD = ("--by", "chen:lead@hotline")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture that is not what its name says."""
    file = tmp_path / "张三的灯.jpg"
    file.write_bytes(PNG + os.urandom(100_000))
    return file


@pytest.mark.requirement("C-01", "L-05")
def test_files_are_taken_in_listed_masked_and_written_out_and_that_is_recorded(
    casefold: Casefold, complaint: str, photo: Path, tmp_path: Path
) -> None:
    chat = tmp_path / "chat.txt"
    chat.write_text("灯坏了")
    added = casefold("evidence", "add", complaint, photo, chat, "--command-id", "mine")
    assert added.code == 0, added.err
    assert added.out.count(f"{complaint}  E") == 2
    assert "image/png 97.7 KiB" in added.out
    assert "is image/png, not image/jpeg." in added.err
    again = casefold("evidence", "add", complaint, photo, chat, "--command-id", "mine", "--json")
    assert [(one["evidence"], one["repeated"], one["command_id"]) for one in again.data] == [
        ("E1", True, "mine/1"),
        ("E2", True, "mine/2"),
    ]

    listed = casefold("evidence", "list", complaint)
    assert "张三" not in listed.out
    assert "张三的灯.jpg" in casefold("evidence", "list", complaint, "--reveal").out
    out = tmp_path / "out"
    out.mkdir()
    got = casefold("evidence", "get", complaint, "e1", "--to", out, "--purpose", "an appeal", *LEAD)
    assert got.code == 0, got.err
    written = out / "张三的灯.jpg"
    assert written.read_bytes() == photo.read_bytes()
    assert written.stat().st_mode & 0o777 == 0o600
    assert "is there already" in casefold("evidence", "get", complaint, "E1", "--to", written, *LEAD, COLUMNS="300").err
    assert casefold("evidence", "get", complaint, "E2", "--to", "-", *LEAD).out == "灯坏了"
    assert [
        one["data"]["evidence"]
        for one in casefold("reads", complaint, "--json").data
        if one["event"] == "EvidenceViewed"
    ]


@pytest.mark.requirement("C-01")
def test_what_is_not_taken_is_refused_with_a_sentence_that_says_what_would_be(
    casefold: Casefold, complaint: str, photo: Path, tmp_path: Path
) -> None:
    program = tmp_path / "photo.jpg"
    program.write_bytes(KINDS["elf"][0])
    large = casefold("evidence", "add", complaint, photo, "--json", CASEFOLD_EVIDENCE_LIMIT="50KiB")
    assert (large.code, large.data["code"]) == (1, "evidence_too_large")
    assert "larger than 50 KiB, which is the limit. Nothing was saved" in large.err
    assert (
        "image/png, whatever its name says"
        in casefold("evidence", "add", complaint, photo, CASEFOLD_EVIDENCE_TYPES="text/plain application/pdf").err
    )
    assert casefold("evidence", "add", complaint, program, "--json").data["code"] == "evidence_type_not_taken"
    assert (
        "cannot be read: No such file" in casefold("evidence", "add", complaint, tmp_path / "none", COLUMNS="300").err
    )
    assert "C-2026-999999" in casefold("evidence", "add", "C-2026-999999", photo).err
    assert "has no evidence" in casefold("evidence", "list", complaint).out


@pytest.mark.requirement("C-01")
def test_quarantine_release_and_the_check_of_the_store(
    casefold: Casefold, complaint: str, photo: Path, home: Path, tmp_path: Path
) -> None:
    bill = tmp_path / "bill.txt"
    bill.write_bytes(EICAR)
    kept = casefold("evidence", "add", complaint, bill, CASEFOLD_SCANNER="sh -c 'echo Eicar FOUND; exit 1'")
    assert "E1 is in quarantine (infected: Eicar FOUND); casefold release-evidence lets it out." in kept.err
    assert "in quarantine (infected)" in casefold("evidence", "list", complaint).out
    assert "E1 is in quarantine" in casefold("evidence", "get", complaint, "E1", "--to", "-", *LEAD).err
    release = ("release-evidence", complaint, "--evidence", "E1", "--reason", "a test file")
    assert casefold(*release).code == 1
    assert casefold(*release, *LEAD).code == 0
    assert casefold("evidence", "get", complaint, "E1", "--to", "-", *LEAD).out == EICAR.decode()

    casefold("evidence", "add", complaint, photo)
    assert "2 objects are where the ledger says." in casefold("evidence", "check").out
    (object_,) = [file for file in (home / "evidence").rglob("*") if file.is_file() and file.stat().st_size > 50_000]
    object_.write_bytes(object_.read_bytes()[:-1])
    (object_.parent / ("0" * 64)).write_bytes(b"nobody's")
    checked = casefold("evidence", "check")
    assert checked.code == 1
    assert f"{complaint} E2 was altered: put it back from a backup." in checked.out
    assert "1 objects belong to no entry" in checked.out
    assert casefold("evidence", "purge-orphans", "--json").data == {"purged": 0}, "not before a day has passed"
    object_.unlink()
    data = casefold("evidence", "check", "--json").data
    assert (data["well"], data["missing"], data["orphans"]) == (False, [{"case": complaint, "evidence": "E2"}], 1)
