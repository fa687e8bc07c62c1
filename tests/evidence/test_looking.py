"""Looking at a file: what it is by its content, which files are taken, how they are served, what a scanner says."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest

from domain.refusal import Refused
from domain.words import ScanVerdict
from ledger.evidence.limits import Limits, readable
from ledger.evidence.scanner import Found, Scanner
from ledger.evidence.serving import headers, may_be_shown, safe_name
from ledger.evidence.sniff import Sniffer, claimed, differs
from tests.evidence.samples import KINDS, PNG

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SCANNER = f"""#!{sys.executable}
import pathlib, sys
content = pathlib.Path(sys.argv[1]).read_bytes() if len(sys.argv) > 1 else sys.stdin.buffer.read()
if b"BREAK" in content:
    sys.exit(2)
if b"EICAR" in content:
    print("stream: Eicar-Signature FOUND")
sys.exit(b"EICAR" in content)
"""


@pytest.fixture
def scanner(tmp_path: Path) -> Path:
    """A program that answers as clamdscan does."""
    program = tmp_path / "scan"
    program.write_text(SCANNER)
    program.chmod(0o755)
    return program


def kind_of(content: bytes, piece: int = 64 * 1024) -> str:
    """What a file is, seen piece by piece."""
    sniffer = Sniffer()
    for start in range(0, len(content), piece):
        sniffer.feed(content[start : start + piece])
    return sniffer.media_type()


@pytest.mark.requirement("C-01")
@pytest.mark.parametrize("name", KINDS)
def test_a_file_is_what_its_content_shows(name: str) -> None:
    content, media_type = KINDS[name]
    assert kind_of(content) == media_type


@pytest.mark.requirement("C-01")
def test_a_claim_that_is_not_so_is_noticed_and_a_text_shows_nothing_of_what_it_is_a_text_of() -> None:
    assert claimed("", "photo.JPG") == claimed("image/jpg; charset=x", "photo.png") == "image/jpeg"
    assert claimed("application/octet-stream", "a.pdf") == "application/pdf"
    assert claimed("not a type", "without") == ""
    assert differs("image/jpeg", "image/png")
    assert differs("image/jpeg", "application/vnd.microsoft.portable-executable")
    assert not differs("text/csv", "text/plain")
    assert not differs("", "image/png")


@pytest.mark.requirement("C-01")
def test_programs_scripts_and_what_cannot_be_told_are_not_taken_whatever_they_are_called() -> None:
    refused = {name for name, (_, media_type) in KINDS.items() if not _taken(Limits(), media_type)}
    assert refused == {"exe", "elf", "script", "jar", "apk", "msi", "xlsm", "nothing known"}
    with pytest.raises(Refused, match=r"image/gif.*Types that are taken: image/png, application/pdf\.$"):
        Limits.of(10, "image/png, application/pdf").refuse_type("image/gif")
    with pytest.raises(Refused, match=r"larger than 1\.5 KiB, which is the limit"):
        Limits.of(1536).refuse_size(1537)
    Limits.of(10, "*").refuse_type("application/x-elf")
    assert [readable(size) for size in (7, 25 * 2**20, 5 * 2**30)] == ["7 bytes", "25 MiB", "5 GiB"]


def _taken(limits: Limits, media_type: str) -> bool:
    try:
        limits.refuse_type(media_type)
    except Refused:
        return False
    return True


@pytest.mark.requirement("C-01")
def test_a_browser_shows_only_what_can_do_nothing_and_saves_everything_else() -> None:
    shown = {name for name, (_, media_type) in KINDS.items() if may_be_shown(media_type)}
    assert not shown & {"page", "page in UTF-16", "drawing", "xml", "exe", "script", "zip", "docx", "nothing known"}
    assert shown >= {"png", "jpeg", "pdf", "mp4", "mp3", "chat"}
    page = headers("text/html", 'a"b\\c\r\nX-Evil: 1.html')
    assert page["Content-Type"] == "application/octet-stream"
    assert page["Content-Disposition"].startswith("attachment; ")
    assert page["X-Content-Type-Options"] == "nosniff"
    assert "\n" not in "".join(page.values())
    plain, _, told = headers("image/png", "灯 坏了.png")["Content-Disposition"].partition("filename*=UTF-8''")
    assert (plain, unquote(told)) == ('inline; filename="_ __.png"; ', "灯 坏了.png")
    assert safe_name("../../etc/pass\x1bwd") == "pass_wd"
    assert safe_name("C:\\x\\" + "长" * 300 + ".jpg").endswith(".jpg")
    assert (safe_name(" .. "), safe_name("\u202egpj.exe")) == ("file", "_gpj.exe")


@pytest.mark.requirement("C-01")
@pytest.mark.parametrize("words", ["", " {}"], ids=["standard input", "path"])
def test_a_scanner_is_given_the_readable_file_and_its_exit_code_is_the_verdict(scanner: Path, words: str) -> None:
    command = Scanner.of(f"{scanner}{words}")
    assert command is not None

    def scan(*pieces: bytes) -> Found | None:
        scan = command.begin()
        for piece in pieces:
            scan.feed(piece)
        return scan.end()

    assert scan(PNG, bytes(300_000)) is None
    assert scan(bytes(300_000), EICAR) == Found(ScanVerdict.INFECTED, "stream: Eicar-Signature FOUND")
    assert scan(b"BREAK") == Found(ScanVerdict.FAILED, "exit code 2.")


@pytest.mark.requirement("C-01")
def test_a_scanner_that_does_not_come_to_an_end_has_found_nothing_harmless() -> None:
    assert Scanner.of("  ") is None
    missing = Scanner(("/nowhere/scan",)).begin()
    missing.feed(PNG)
    assert missing.end() == Found(ScanVerdict.FAILED, "the scanner cannot be started: No such file or directory")
    started = time.monotonic()
    hanging = Scanner(("sleep", "60"), patience=0.3).begin()
    hanging.feed(bytes(1_000_000))  # more than fits into the pipe that it does not read
    assert hanging.end() == Found(ScanVerdict.FAILED, "the scanner gave no answer within 0.3 s")
    assert time.monotonic() - started < 10
    satisfied = Scanner(("true",)).begin()
    for _ in range(30):
        satisfied.feed(bytes(64 * 1024))
    assert satisfied.end() is None
