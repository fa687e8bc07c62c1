"""Time stamps of an authority on checkpoints: made over HTTP, published, carried in bundles, verified."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.seal.errors import SealRefused
from ledger.seal.findings import Verdict
from ledger.seal.stamps import certificates_in, stamp_file, stamped
from tests.seal.authority import Authority, authority
from tests.seal.conftest import SIZE, House
from tests.seal.test_bundle import CASE, exported, verified
from tests.seal.test_commands import ledger, run, settings
from worker import stamping
from worker.doctor import examine
from worker.settings import Settings
from worker.stack.process import wait_until
from worker.stamping import Stamping

__all__ = ["ledger", "settings"]
pytestmark = [
    pytest.mark.requirement("L-03"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl, which is the authority here"),
]


@pytest.fixture(scope="module")
def answering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """The authority, for all of these tests."""
    with authority(tmp_path_factory.mktemp("authority") / "ca") as here:
        yield here


@pytest.fixture
def tsa(answering: Authority) -> Authority:
    """The same, without what a test has told it."""
    answering.answer, answering.status, answering.asked = None, 200, 0
    return answering


def stamper(house: House, tsa: Authority, **more: str) -> Stamping:
    said = {"CASEFOLD_TSA_URL": tsa.url, "CASEFOLD_SEALS": str(house.folder.path), "CASEFOLD_HOME": str(house.path)}
    return Stamping(Settings(**{**said, **more}))  # type: ignore[arg-type]


def test_a_checkpoint_is_stamped_once_in_so_many_hours_and_verified(
    sealed: House, tsa: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamping_it = stamper(sealed, tsa, CASEFOLD_TSA_EVERY="12")
    due = [stamping_it.due]
    assert stamping_it.once() == SIZE
    assert stamping_it.once() == 0, "it has one"
    assert stamped(sealed.folder) == [SIZE]
    due.append(stamping_it.due)
    stamping_it.clock = lambda: datetime.now(UTC) + timedelta(hours=12, seconds=1)
    due.append(stamping_it.due)
    assert due == [True, False, True]
    report = sealed.verify(authorities=certificates_in(tsa.root.read_bytes()))
    assert report.well, list(report.lines())
    assert report.checks[1].found.startswith(f"1, the newest on {SIZE} of {SIZE} entries, at 20")
    monkeypatch.setattr(stamping, "LOOK", 0.01)
    (sealed.folder.path / stamp_file(SIZE)).unlink()
    stop = threading.Event()
    running = threading.Thread(target=stamping_it.run, args=(stop,))
    running.start()
    assert wait_until(lambda: stamped(sealed.folder) == [SIZE], 10)
    stop.set()
    running.join()


def test_what_is_no_good_stamp_is_named(sealed: House, tsa: Authority, tmp_path: Path) -> None:
    trusted = certificates_in(tsa.root.read_bytes())
    report = sealed.verify(authorities=trusted)
    assert (report.faults[0].verdict, report.faults[0].detail) == (Verdict.MISSING, "no checkpoint is stamped")
    stamper(sealed, tsa).once()
    path = sealed.folder.path / stamp_file(SIZE)
    good = path.read_bytes()
    path.rename(path.with_name("34.tsr"))
    assert "Mismatch between messages" in sealed.verify(authorities=trusted).faults[0].detail
    path.with_name("34.tsr").rename(path.with_name("35.tsr"))
    assert "a checkpoint that is not there" in sealed.verify(authorities=trusted).faults[0].detail
    path.with_name("35.tsr").unlink()
    for content in (b"", good[:-5], good[:200] + bytes([good[200] ^ 1]) + good[201:]):
        path.write_bytes(content)
        assert sealed.verify(authorities=trusted).faults[0].verdict is Verdict.BAD_SIGNATURE
    path.write_bytes(good)
    with authority(tmp_path / "another") as stranger:
        others = certificates_in(stranger.root.read_bytes())
    assert sealed.verify(authorities=others).faults[0].verdict is Verdict.BAD_SIGNATURE
    assert sealed.verify(authorities=trusted).well


def test_an_authority_that_does_not_answer_or_answers_something_else_is_tried_again_later(
    sealed: House, tsa: Authority, tmp_path: Path
) -> None:
    other = stamper(sealed, tsa)
    other.once()
    old = (sealed.folder.path / stamp_file(SIZE)).read_bytes()
    (sealed.folder.path / stamp_file(SIZE)).unlink()
    for status, answer, said in (
        (503, b"", "does not answer"),
        (200, b"no stamp", "is no time stamp"),
        (200, old, "stamped something else"),
        (200, b"0\x03\x02\x01\x02".replace(b"0\x03", b"0\x050\x03"), "refuses: status 2"),
    ):
        tsa.status, tsa.answer = status, answer
        with pytest.raises(SealRefused, match=said):
            stamper(sealed, tsa).once()
    with pytest.raises(SealRefused, match="does not answer"):
        stamper(sealed, tsa, CASEFOLD_TSA_URL="http://127.0.0.1:1/").once()
    assert stamped(sealed.folder) == []


def test_a_bundle_carries_the_stamp_and_openssl_verifies_it(sealed: House, tsa: Authority, tmp_path: Path) -> None:
    stamper(sealed, tsa).once()
    bundle = tmp_path / "bundle"
    exported(sealed, bundle, CASE)
    code, _, output = verified(bundle)
    assert code == 0, output
    command = output.partition("to do so: ")[2].splitlines()[0].replace("CA.pem", str(tsa.root))
    done = subprocess.run(command.split(), cwd=bundle, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout, done.stdout + done.stderr
    stamp = bundle / "tsr" / f"{SIZE}.tsr"
    good = stamp.read_bytes()
    for path, content in (
        (stamp, b"another"),
        (stamp.with_suffix(""), (sealed.folder.read("checkpoints/34") or b"")),
        (stamp, None),
    ):
        before = path.read_bytes()
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        assert verified(bundle)[0] == 1
        path.write_bytes(before)
    assert stamp.read_bytes() == good
    assert verified(bundle)[0] == 0


@pytest.mark.usefixtures("ledger")
def test_from_the_command_line(
    settings: Settings, tsa: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert "names no authority" in run("seal", "--stamp").output
    monkeypatch.setenv("CASEFOLD_TSA_URL", tsa.url)
    assert run("seal", "--stamp").exit_code == 0
    verify = run("verify", "--tsa-certificate", str(tsa.root))
    assert verify.exit_code == 0, verify.output
    assert "ok     time stamps  1, the newest on" in verify.output
    assert {finding.about: finding for finding in examine(Settings())}["time stamps"].well
    assert run("bundle", "--headers", "--stamped", "-o", str(tmp_path / "bundle")).exit_code == 0
    assert (tmp_path / "bundle" / "tsr").is_dir()
    monkeypatch.setenv("CASEFOLD_TSA_URL", "http://127.0.0.1:1/")
    for stamp in (settings.seals / "tsr").iterdir():
        stamp.unlink()
    stamps = {finding.about: finding for finding in examine(Settings())}["time stamps"]
    assert (stamps.well, stamps.found) == (False, "no checkpoint has one")
    failed = run("seal", "--stamp")
    assert (failed.exit_code, "does not answer" in failed.output) == (1, True)
