"""Dossiers: opened by a stranger, on a machine with only Python, and refused when anything in them was touched."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from console.dossier import folder as making
from console.dossier import paper
from console.dossier.glyphs import characters, printable
from domain.access import Disclosure, ExportMade
from domain.actor import Actor
from domain.commands import AddNote
from ledger.recorder import Recorder, Submission
from ledger.seal import casefold_verify
from tests.console.conftest import MATTER_KEY, Casefold
from tests.exports.conftest import PHOTO, Archive
from tests.exports.lamp import CONTACT, DEMAND, MATTER, NAME
from tests.ledgers import Ledger

ALONE = [sys.executable, "-I", "-S"]
"""Python without any library but its own, without the user's and the site's."""


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    """What the verifier in the dossier says, run in it with an empty environment."""
    done = subprocess.run(
        [*ALONE, "casefold_verify.py", *arguments], cwd=folder, env={}, capture_output=True, text=True, check=False
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def whole(
    archive: Archive, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Casefold], tuple[Path, dict[str, Any]]]:
    """The dossier with everything in it, as it comes out of its zip; made once."""
    made: list[tuple[Path, dict[str, Any]]] = []

    def once(casefold: Casefold) -> tuple[Path, dict[str, Any]]:
        if not made:
            path = tmp_path_factory.mktemp("dossier")
            arguments = ("dossier", archive.case, "--to", path / "lamp.zip", "--headers", "--personal", "included")
            answer = casefold(*arguments, "--json", "--purpose", "the court asks")
            assert answer.code == 0, answer.err
            with zipfile.ZipFile(path / "lamp.zip") as zipped:
                zipped.extractall(path)
            made.append((path / "lamp", answer.data))
        return made[0]

    return once


Whole = Callable[[Casefold], tuple[Path, dict[str, Any]]]


# ── Proved ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-03", "L-07", "C-01")
def test_a_dossier_is_verified_on_a_machine_with_only_python(
    casefold: Casefold, archive: Archive, whole: Whole
) -> None:
    folder, told = whole(casefold)

    code, said = verify(folder, ".", "--key", archive.key, "--sums", told["sums"])

    assert code == 0, said
    assert all(line.startswith("ok") for line in said.splitlines())
    entries = told["entries"]
    assert told["sealed"] == entries
    for sentence in (
        f"{entries + 1} entries are in the tree",  # one of them a refusal
        f"{archive.case} is complete up to version {entries}",
        f"{entries + 1} contents are those that were sealed",
        "1 of them refused, are those that the entries tell of",
        "1 files are those that were handed in",
        f"{told['files'] - 1} files are as SHA256SUMS lists them; its own SHA-256, the one that you were told",
    ):
        assert sentence in said
    (photo,) = (folder / "evidence").iterdir()
    assert photo.name == "E1-开箱照片.png"
    assert photo.read_bytes() == PHOTO

    code, said = verify(folder, "headers", "--key", archive.key, "--case", archive.case)
    assert code == 0
    assert f"{archive.case} has {entries} versions, and no others" in said
    assert "withheld" in said


def _rewrite(name: str, change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def touch(folder: Path) -> None:
        (path,) = folder.glob(name)
        path.write_bytes(change(path.read_bytes()))

    return touch


def _without_the_last(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[:-1])


def _an_entry_too_few(folder: Path) -> None:
    """The last entry removed everywhere, as if it had never been."""
    last = max((folder / "proofs").iterdir(), key=lambda path: int(path.name.partition(".")[0]))
    last.unlink()
    for name in ("headers.jsonl", "states/*.jsonl"):
        _rewrite(name, _without_the_last)(folder)


def _another_photograph(folder: Path) -> None:
    """The photograph exchanged, and the list of files made to fit."""
    (photo,) = (folder / "evidence").iterdir()
    photo.write_bytes(PHOTO + b"!")
    _list_anew(folder)


def _list_anew(folder: Path) -> None:
    (folder / "SHA256SUMS").unlink()
    making._sums(folder)


def _a_letter_more(folder: Path) -> None:
    (folder / "letter.txt").write_text("we are sorry")


TOUCHES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a word of an entry": (_rewrite("states/*.jsonl", lambda it: it.replace(b'"resolved"', b'"withdrew"')), "CHANGED"),
    "who did it": (_rewrite("states/*.jsonl", lambda it: it.replace(b'"id":"zhao"', b'"id":"zhou"')), "CHANGED"),
    "a header": (_rewrite("headers.jsonl", lambda it: it.replace(b"ProposalRejected", b"ProposalAccepted")), "CHANGED"),
    "two headers swapped": (_rewrite("headers.jsonl", lambda it: b"".join(it.splitlines(True)[::-1])), "INCONSISTENT"),
    "the last entry gone": (_an_entry_too_few, "CHANGED"),
    "a proof": (_rewrite("proofs/12.tlog-proof", lambda it: it.replace(b"index 12", b"index 13")), "INCONSISTENT"),
    "the checkpoint": (_rewrite("checkpoint", lambda it: it.replace(b"\n", b"0\n", 2)), "BAD_SIGNATURE"),
    "the photograph": (_another_photograph, "CHANGED"),
    "the page": (_rewrite("dossier.html", lambda it: it.replace(b"resolved", b"withdrawn")), "CHANGED"),
    "the page on paper": (_rewrite("dossier.pdf", lambda it: it + b"\n"), "CHANGED"),
    "the readable entries": (_rewrite("entries.jsonl", _without_the_last), "CHANGED"),
    "a file put in": (_a_letter_more, "INSERTED"),
    "a file taken away": (lambda folder: (folder / "README.txt").unlink(), "MISSING"),
}
"""What somebody does to a dossier → the verdict."""


@pytest.mark.requirement("L-03", "L-07")
def test_a_dossier_that_was_touched_anywhere_is_refused(
    casefold: Casefold,
    archive: Archive,
    whole: Whole,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, _told = whole(casefold)
    monkeypatch.setattr(casefold_verify, "ed25519", lru_cache(None)(casefold_verify.ed25519))
    found = {}
    for number, (what, (touch, _verdict)) in enumerate(TOUCHES.items()):
        copy = tmp_path / str(number)
        shutil.copytree(folder, copy)
        touch(copy)
        code = casefold_verify.main([str(copy), "--key", archive.key, "--json"])
        fault = json.loads(capsys.readouterr().out)["checks"][-1]["fault"]
        found[what] = (code, fault and fault["verdict"])
    assert found == {what: (1, verdict) for what, (_touch, verdict) in TOUCHES.items()}


@pytest.mark.requirement("L-07")
def test_what_is_read_cannot_be_exchanged_together_with_its_list_of_files(
    casefold: Casefold, archive: Archive, whole: Whole, tmp_path: Path
) -> None:
    folder, told = whole(casefold)
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "dossier.html").write_text("another story")
    _list_anew(tmp_path / "copy")

    assert verify(tmp_path / "copy", ".", "--key", archive.key)[0] == 0, "the entries are as they were"
    code, said = verify(tmp_path / "copy", ".", "--key", archive.key, "--sums", told["sums"])

    assert (code, "not the one that you were told" in said) == (1, True)


# ── Read ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Text(HTMLParser):
    """The words of a page, and what it would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.fetched: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        if self.lasttag != "style" and data.strip():
            self.words.append(data.strip())


def read(page: Path) -> Text:
    """The page as a reader sees it."""
    text = Text()
    text.feed(page.read_text(encoding="utf-8"))
    return text


@pytest.mark.requirement("L-07", "L-01", "T-11", "C-04")
def test_the_history_tells_the_case_round_by_round(casefold: Casefold, archive: Archive, whole: Whole) -> None:
    folder, told = whole(casefold)
    page = read(folder / "dossier.html")
    words = page.words

    assert not page.fetched, "it needs nothing from anywhere"
    assert "script" not in page.tags
    rounds = [word for word in words if re.fullmatch(r"Round \d", word)]
    assert rounds == ["Round 1", "Round 2"]
    begins, ends = words.index("Round 2"), words.index("Evidence")
    one, two = words[words.index("Round 1") : begins], words[begins:ends]
    refused = "The customer did not agree; their new demand was recorded and a new round begins."
    assert refused in one
    assert refused not in two
    assert DEMAND in one
    assert "寄送新台灯 · sun · 2026-11-28" in " ".join(two)
    breach = words.index("A time limit passed; the breach keeps its true instant, whenever it was found.")
    assert re.fullmatch(r"recorded 2026-11-2\d \d\d:\d\d:\d\d\n6h later", words[breach - 1])
    assert {"over, resolved", "Waiting for the customer", "agent · logistics", "workflow"} <= set(words)
    refusals = words[words.index("What was refused") : ends]
    assert [word for word in refusals if "close-case" in word]
    assert "sun" in refusals
    assert words.count("71 / 71") == 1 == told["entries"] // 71
    checkpoint = (folder / "checkpoint").read_text().splitlines()
    assert {checkpoint[0], checkpoint[2]} <= set(words)
    assert len(re.findall(r"^[0-9a-f]{64}$", "\n".join(words), re.MULTILINE)) >= told["entries"]
    assert any(word.startswith(archive.key[:24]) for word in words), "the signature names the key"


@pytest.mark.requirement("L-07")
def test_entries_for_programs_say_where_they_are_in_the_tree(casefold: Casefold, whole: Whole) -> None:
    folder, told = whole(casefold)
    lines = [json.loads(line) for line in (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()]

    assert [line["version"] for line in lines] == list(range(1, told["entries"] + 1))
    proofs = {path.name for path in (folder / "proofs").iterdir()}
    leaves = {f"{line['leaf']}.tlog-proof" for line in lines}
    assert leaves < proofs
    assert len(proofs - leaves) == 1, "the refusal has one too"
    assert lines[0]["data"]["customer_name"] == NAME


@pytest.mark.requirement("L-04", "L-07")
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("personal", ["masked", "withheld"])
def test_personal_data_is_nowhere_in_a_dossier_without_it(
    casefold: Casefold, archive: Archive, tmp_path: Path, personal: str, language: str
) -> None:
    folder = tmp_path / "dossier"
    answer = casefold(
        *("dossier", archive.case, "--to", folder, "--personal", personal, "--language", language, "--no-pdf")
    )
    assert answer.code == 0, answer.err

    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for words in (NAME, CONTACT, MATTER, DEMAND, "单层纸包装", "开箱照片", "客户很着急", "寄送新台灯"):
        assert words.encode() not in everything
        assert base64.b64encode(words.encode()) not in everything
        assert json.dumps(words)[1:-1].encode() not in everything
    assert PHOTO not in everything
    assert not (folder / "evidence").exists()
    page = read(folder / "dossier.html")
    assert ("138****0001" in page.words) is (personal == "masked")
    assert ("案件已受理并登记。" in page.words) is (language == "zh")
    assert not (folder / "dossier.pdf").exists()
    assert verify(folder, ".", "--key", archive.key)[0] == 0


# ── On paper ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-07")
def test_the_page_on_paper_has_every_glyph_or_is_not_made(
    casefold: Casefold, archive: Archive, whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _told = whole(casefold)
    assert (folder / "dossier.pdf").read_bytes().startswith(b"%PDF-1.7")
    there = characters(paper.font_file())
    assert all(ord(char) in there for char in MATTER + NAME)
    assert printable(DEMAND, there) == DEMAND.replace("😡", "‹U+1F621›")
    assert printable("👩\N{ZERO WIDTH JOINER}🔧\n\N{NARROW NO-BREAK SPACE}é", there) == "‹U+1F469›‹U+1F527›\n é"

    monkeypatch.setattr(paper, "printable", lambda text, there: text)  # so that the emoji comes to the typesetter
    answer = casefold("dossier", archive.case, "--to", tmp_path / "a", "--personal", "included")
    assert (answer.code, "The PDF cannot be made" in answer.err) == (1, True)

    monkeypatch.setattr(paper, "PACKAGE", "no_such_font")
    before = len(exports(archive))
    answer = casefold("dossier", archive.case, "--to", tmp_path / "b")
    assert answer.code == 1
    assert answer.err == (
        "The PDF cannot be made: its font is not installed (pip install cvttf-notosanscjk-regular). With --no-pdf the "
        "rest is made without it.\n"
    )
    assert not list(tmp_path.iterdir()), "nothing is left of it"
    assert len(exports(archive)) == before


# ── Recorded, and refused ────────────────────────────────────────────────────────────────────────────────────────────


def exports(archive: Archive) -> list[tuple[Actor, ExportMade]]:
    """Who exported what of the lamp's case."""
    with Ledger(archive.environment["DATABASE_URL"]) as ledger:
        history = ledger.opened(ledger.history(f"access:{archive.case}"))
    return [(entry.actor, entry.event) for entry in history if isinstance(entry.event, ExportMade)]


@pytest.mark.requirement("L-05")
def test_that_a_dossier_was_made_is_recorded(casefold: Casefold, archive: Archive, whole: Whole) -> None:
    whole(casefold)
    found = [export for _who, export in exports(archive) if export.purpose]
    assert found == [
        ExportMade(
            form="dossier",
            through=found[0].through,
            personal=Disclosure.INCLUDED,
            cases=(archive.case,),
            number=1,
            purpose="the court asks",
        )
    ]
    assert {who.id for who, _export in exports(archive)} == {"li"}


@pytest.mark.requirement("L-03", "L-07")
def test_entries_that_are_not_sealed_yet_are_told_and_said_to_be_unproved(
    casefold: Casefold, archive: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "PATIENCE", 0.0)
    with Ledger(archive.environment["DATABASE_URL"]) as ledger:
        note = AddNote(text="called back, nobody was there")
        Recorder(ledger, MATTER_KEY.encode()).record(Submission(note, Actor.parse("li"), "note", archive.other))

    answer = casefold("dossier", archive.other, "--to", tmp_path / "d", "--no-pdf", "--json")

    assert answer.data["entries"] == answer.data["sealed"] + 1
    words = read(tmp_path / "d" / "dossier.html").words
    assert {"1 of them are not sealed yet: for these it proves nothing.", "not sealed yet"} <= set(words)
    assert verify(tmp_path / "d", ".", "--key", archive.key)[0] == 0


def test_a_dossier_that_cannot_be_made_leaves_nothing(casefold: Casefold, archive: Archive, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    taken = casefold("dossier", archive.case, "--to", tmp_path / "there")
    nobody = casefold("dossier", "C-2020-000001", "--to", tmp_path / "a")
    unsealed = casefold("dossier", archive.case, "--to", tmp_path / "b", CASEFOLD_SEALS=str(tmp_path / "nothing"))

    assert (taken.code, "already" in taken.err) == (2, True)
    assert (nobody.code, "C-2020-000001" in nobody.err) == (1, True)
    assert (unsealed.code, "casefold seal" in unsealed.err) == (1, True)
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
