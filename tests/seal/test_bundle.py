"""Bundles: verified by one file on a machine with nothing but Python; touched anywhere, they are not accepted."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.errors import UnknownStream
from ledger.seal import casefold_verify
from ledger.seal.bundle import VERIFIER, Bundled, Exporter
from ledger.seal.errors import NoSeals, SealRefused
from ledger.seal.folder import Folder, checkpoint_in, witness_file
from ledger.seal.leaf import _END
from ledger.seal.note import COSIGNATURE, Checkpoint, Note, Signer, signed
from ledger.seal.witness import Witness
from tests.ledger.toy import CountOften, OpenCounter
from tests.seal.competitor import ORIGIN
from tests.seal.conftest import SIGNER, SIZE, House

KEY = str(SIGNER.verifier)
CASE = "T-2026-000001"
SMALL = "T-2026-000002"
"""One with fewer entries, for what is done with each of them."""
STRANGER = Signer.of_seed(ORIGIN, b"\1" * 32)
WITNESS = Signer.of_seed("witness.example/a", b"\2" * 32, COSIGNATURE)


def exported(house: House, target: Path, what: str, *, witnessed: bool = False) -> Bundled:
    """A bundle, as an auditor's login makes it."""
    with psycopg.connect(house.auditor_url) as connection:
        exporter = Exporter(connection, house.folder, witnessed)
        if what in ("all", "headers"):
            return exporter.all(target, contents=what == "all")
        return exporter.case(what, target)


def verified(bundle: Path, *more: str, key: str = KEY) -> tuple[int, dict[str, object], str]:
    """Exit code, first fault and output of the verifier, alone with the standard library."""
    command = [sys.executable, "-I", "-S", str(bundle / VERIFIER), str(bundle), "--key", key, *more]
    done = subprocess.run(command, capture_output=True, text=True, env={"PATH": ""}, cwd="/", check=False)
    assert not done.stderr or done.returncode == 2, done.stderr
    return done.returncode, {}, done.stdout


@pytest.mark.requirement("L-03")
@pytest.mark.parametrize("what", [CASE, "headers", "all"])
def test_a_bundle_is_verified_by_one_file_and_nothing_else(sealed: House, tmp_path: Path, what: str) -> None:
    bundle = tmp_path / "bundle"
    done = exported(sealed, bundle, what)
    code, _, output = verified(bundle)
    assert code == 0, output
    expected = {
        CASE: (f"{CASE} is complete up to version {done.entries}", "contents are those that were sealed"),
        "headers": (f"these are all {SIZE} entries", "withheld"),
        "all": (f"these are all {SIZE} entries", f"{SIZE} contents are those that were sealed"),
    }
    for sentence in expected[what]:
        assert sentence in output
    code, _, output = verified(bundle, "--json")
    assert json.loads(output)["well"] is True
    assert (bundle / "states").exists() is (what != "headers")
    assert done.later == (0 if what == "never" else 1)


@pytest.mark.requirement("L-03")
def test_all_headers_say_how_many_versions_a_case_has_without_saying_what_is_in_them(
    sealed: House, tmp_path: Path
) -> None:
    exported(sealed, tmp_path / "case", CASE)
    exported(sealed, tmp_path / "headers", "headers")
    lines = (tmp_path / "case" / "headers.jsonl").read_bytes().splitlines()
    versions = sum(json.loads(line)["id"] == CASE for line in lines)
    code, _, output = verified(tmp_path / "headers", "--case", CASE)
    assert code == 0
    assert f"{CASE} has {versions} versions, and no others" in output
    assert "笔记" not in (tmp_path / "headers" / "headers.jsonl").read_text()


def test_a_bundle_says_what_it_is_not(sealed: House, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "bundle", CASE)
    other = Signer.of_seed("casefold.example/other", b"\7" * 32)
    for key, verdict in ((str(STRANGER.verifier), "BAD_SIGNATURE"), (str(other.verifier), "BAD_SIGNATURE")):
        code, _, output = verified(tmp_path / "bundle", key=key)
        assert (code, verdict in output) == (1, True)
    for words in (["--key", "x"], ["--key", KEY, "--witness", KEY], ["--key", str(WITNESS.verifier)]):
        assert casefold_verify.main([str(tmp_path / "bundle"), *words]) == 2
    assert casefold_verify.main([str(tmp_path / "bundle"), "--key", KEY, "--quorum", "1"]) == 2
    assert casefold_verify.main([str(tmp_path / "nothing"), "--key", KEY]) == 1


def test_what_cannot_be_proved_is_not_exported(sealed: House, tmp_path: Path) -> None:
    with pytest.raises(UnknownStream):
        exported(sealed, tmp_path / "a", "T-2026-123456")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "something").touch()
    with pytest.raises(SealRefused, match="not empty"):
        exported(sealed, tmp_path / "b", CASE)
    with pytest.raises(NoSeals, match="No witness"):
        exported(sealed, tmp_path / "c", CASE, witnessed=True)
    nothing = replace(sealed, path=tmp_path / "nothing")
    with pytest.raises(NoSeals, match="casefold seal"):
        exported(nothing, tmp_path / "d", CASE)
    for tile in (sealed.path / "seals" / "tile").rglob(str(SIZE)):
        tile.write_bytes(bytes(len(tile.read_bytes())))
    with pytest.raises(SealRefused, match="casefold verify"):
        exported(sealed, tmp_path / "e", CASE)


@pytest.mark.requirement("L-03")
def test_witnesses_that_are_asked_for_must_have_cosigned(sealed: House, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "alone", CASE)
    wanted = ["--witness", str(WITNESS.verifier)]
    code, _, output = verified(tmp_path / "alone", *wanted)
    assert (code, "no good signature of witness.example/a" in output) == (1, True)
    done = Witness(WITNESS, tmp_path / "state.json").look(SIGNER.verifier, sealed.folder.read)
    sealed.folder.replace({witness_file(WITNESS.name, SIZE): done.note.encode()})
    exported(sealed, tmp_path / "two", CASE, witnessed=True)
    code, _, output = verified(tmp_path / "two", *wanted)
    assert (code, "cosigned by witness.example/a" in output) == (0, True)
    other = Signer.of_seed("witness.example/b", b"\3" * 32, COSIGNATURE)
    both = [*wanted, "--witness", str(other.verifier)]
    assert verified(tmp_path / "two", *both)[0] == 1
    assert verified(tmp_path / "two", *both, "--quorum", "1")[0] == 0


@pytest.mark.requirement("L-03")
def test_an_older_export_is_the_beginning_of_a_newer_one(sealed: House, tmp_path: Path) -> None:
    exported(sealed, tmp_path / "new", "headers")
    old = sealed.folder.path / "checkpoints" / "34"
    code, _, output = verified(tmp_path / "new", "--against", str(old))
    assert (code, "this log continues what it was at 34 entries" in output) == (0, True), output
    kept = tmp_path / "kept"
    for note, verdict in (
        (signed(f"{ORIGIN}\n34\n{'A' * 43}=\n", [SIGNER]), "INCONSISTENT"),
        (signed(f"{ORIGIN}\n99\n{'A' * 43}=\n", [SIGNER]), "ROLLED_BACK"),
        (signed(f"{ORIGIN}\n34\n{'A' * 43}=\n", [STRANGER]), "BAD_SIGNATURE"),
    ):
        kept.write_text(note)
        code, _, output = verified(tmp_path / "new", "--against", str(kept))
        assert (code, verdict in output) == (1, True), output
    exported(sealed, tmp_path / "case", CASE)
    assert verified(tmp_path / "case", "--against", str(old))[0] == 2


# ── Somebody touches a bundle ────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same signature is looked at once: thousands of bundles have it."""
    monkeypatch.setattr(casefold_verify, "ed25519", lru_cache(None)(casefold_verify.ed25519))


def accepted(bundle: Path, witnesses: Sequence[str] = ()) -> str:
    """Empty when the bundle is accepted, else the verdict."""
    keys = [casefold_verify.Key.parse(text) for text in (KEY, *witnesses)]
    looked = casefold_verify.Bundle(bundle, keys[0], keys[1:], len(witnesses))
    if looked.run():
        return ""
    return str(looked.checks[-1]["fault"]["verdict"])


class Touched:
    """Changes files of a bundle one at a time, and puts them back."""

    def __init__(self, bundle: Path) -> None:
        self.bundle = bundle
        self.number = 0

    def verdict(self, changes: dict[str, bytes | None]) -> str:
        """What becomes of the bundle with these files changed (None: gone)."""
        before = {name: self._read(name) for name in changes}
        for name, content in changes.items():
            self._write(name, content)
        self.number += 1
        try:
            return accepted(self.bundle)
        finally:
            for name, content in before.items():
                self._write(name, content)

    def _read(self, name: str) -> bytes | None:
        path = self.bundle / name
        return path.read_bytes() if path.exists() else None

    def _write(self, name: str, content: bytes | None) -> None:
        if content is None:
            (self.bundle / name).unlink()
        else:
            (self.bundle / name).write_bytes(content)


Lines = list[bytes]


def touched_proof(lines: Lines, place: int, chance: random.Random) -> Iterator[tuple[str, Lines]]:
    """The lines of a proof with the one at this place touched, in each of the ways."""
    raw = bytearray(casefold_verify.unbase64(lines[place].decode()))
    flipped, short = bytearray(raw), raw[:-1]
    flipped[chance.randrange(32)] ^= 1 << chance.randrange(8)
    before, after = lines[:place], lines[place + 1 :]

    def hashed(content: bytes) -> bytes:
        import base64

        return base64.b64encode(content)

    yield "a bit is changed", [*before, hashed(bytes(flipped)), *after]
    yield "it is gone", [*before, *after]
    yield "it is there twice", [*before, lines[place], *lines[place:]]
    yield "it is cut short", [*before, hashed(bytes(short)), *after]
    yield "it is longer", [*before, hashed(bytes([*raw, 0])), *after]
    yield "it is another", [*before, hashed(chance.randbytes(32)), *after]
    yield "it is empty", [*before, b"", *after]
    yield "it is no base64", [*before, b"*" + lines[place][1:], *after]
    yield "it is written otherwise", [*before, lines[place][:-2] + bytes([lines[place][-2] + 1]) + b"=", *after]
    yield "it has a space behind it", [*before, lines[place] + b" ", *after]
    if place and lines[place - 1] != lines[place]:
        yield "it changes places", [*lines[: place - 1], lines[place], lines[place - 1], *after]
    yield "all before it are gone", [lines[place], *after] if place else [b"", *after]
    yield "all behind it are gone", [*before, lines[place]] if after else before


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
def test_no_bundle_with_a_touched_proof_is_accepted(sealed: House, tmp_path: Path) -> None:
    bundle, chance = tmp_path / "bundle", random.Random(1)
    exported(sealed, bundle, SMALL)
    assert accepted(bundle) == ""
    touched = Touched(bundle)
    proofs = sorted((bundle / "proofs").iterdir(), key=lambda path: int(path.stem.split(".")[0]))
    for number, path in enumerate(proofs):
        name = f"proofs/{path.name}"
        content = path.read_bytes()
        top, _, note = content.partition(b"\n\n")
        first, index, *hashes = top.split(b"\n")
        for place in range(len(hashes)):
            for how, lines in touched_proof(hashes, place, chance):
                changed = b"\n".join([first, index, *lines]) + b"\n\n" + note
                assert touched.verdict({name: changed}), f"{name} place {place}: {how}"
        leaf = int(path.name.split(".")[0])
        for other in (leaf + 1, leaf - 1, leaf ^ 2, leaf + SIZE, -leaf - 1):
            says = content.replace(index, b"index %d" % other)
            assert touched.verdict({name: says}), f"{name} says index {other}"
            if other >= 0 and not (bundle / "proofs" / f"{other}.tlog-proof").exists():
                renamed = {name: None, f"proofs/{other}.tlog-proof": says}
                assert verdict_of_new(touched, renamed), f"{name} is called {other}"
        other_proof = proofs[number - 1].read_bytes()
        assert touched.verdict({name: other_proof})
        assert touched.verdict({name: content.replace(first, b"c2sp.org/tlog-proof@v2")})
        assert touched.verdict({name: content + b"\n"})
        assert touched.verdict({name: content[:-1]})
        assert touched.verdict({name: content.replace(b"\n%d\n" % SIZE, b"\n%d\n" % (SIZE + 1))})
        assert touched.verdict({name: b""})
        assert touched.verdict({name: None}) == "MISSING"
    assert touched.number > 10 * len(proofs)


def verdict_of_new(touched: Touched, changes: dict[str, bytes | None]) -> str:
    """The same where some of the files are new."""
    new = [name for name in changes if not (touched.bundle / name).exists()]
    gone = {name: (touched.bundle / name).read_bytes() for name, content in changes.items() if content is None}
    for name in new:
        (touched.bundle / name).write_bytes(changes[name] or b"")
    for name in gone:
        (touched.bundle / name).unlink()
    touched.number += 1
    try:
        return accepted(touched.bundle)
    finally:
        for name in new:
            (touched.bundle / name).unlink()
        for name, content in gone.items():
            (touched.bundle / name).write_bytes(content)


HEADERS: dict[str, Callable[[Lines, int], Lines]] = {
    "a line is gone": lambda lines, n: [*lines[:n], *lines[n + 1 :]],
    "a line is there twice": lambda lines, n: [*lines[: n + 1], *lines[n:]],
    "lines changed places": lambda lines, n: [*lines[: n - 1], lines[n], lines[n - 1], *lines[n + 1 :]] if n else [],
    "a space": lambda lines, n: [*lines[:n], lines[n].replace(b":", b": ", 1), *lines[n + 1 :]],
    "a space behind": lambda lines, n: [*lines[:n], lines[n] + b" ", *lines[n + 1 :]],
    "members in another order": lambda lines, n: [*lines[:n], turned(lines[n]), *lines[n + 1 :]],
    "a member twice": lambda lines, n: [*lines[:n], lines[n].replace(b'"v":1', b'"v":2,"v":1'), *lines[n + 1 :]],
    "a member more": lambda lines, n: [*lines[:n], lines[n].replace(b'"v":1', b'"v":1,"w":1'), *lines[n + 1 :]],
    "another version": lambda lines, n: [*lines[:n], lines[n][:-1] + b"0}", *lines[n + 1 :]],
    "another number for the version": lambda lines, n: [*lines[:n], lines[n][:-1] + b".0}", *lines[n + 1 :]],
    "another time": lambda lines, n: [*lines[:n], lines[n].replace(b'"at":"2026', b'"at":"2025'), *lines[n + 1 :]],
    "no time": lambda lines, n: [*lines[:n], lines[n].replace(b'"at":"2', b'"at":"'), *lines[n + 1 :]],
    "another log": lambda lines, n: [*lines[:n], lines[n].replace(b"/test", b"/tesu"), *lines[n + 1 :]],
    "another case": lambda lines, n: [*lines[:n], lines[n].replace(b"T-2026", b"T-2027"), *lines[n + 1 :]],
    "an escape": lambda lines, n: [*lines[:n], lines[n].replace(b'"id":"T', b'"id":"\\u0054'), *lines[n + 1 :]],
    "another event": lambda lines, n: [*lines[:n], lines[n].replace(b'"topic":"C', b'"topic":"D'), *lines[n + 1 :]],
    "no event": lambda lines, n: [*lines[:n], lines[n].replace(b'"topic":"C', b'"topic":null,"C'), *lines[n + 1 :]],
    "another digest": lambda lines, n: [*lines[:n], digest(lines[n]), *lines[n + 1 :]],
    "no version before": lambda lines, n: [*lines[:n], without_prev(lines[n]), *lines[n + 1 :]],
    "an empty line": lambda lines, n: [*lines[:n], b"", *lines[n:]],
    "all lines are gone": lambda lines, n: [],
}


def turned(line: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(line).items())), separators=(",", ":"), ensure_ascii=False).encode()


def digest(line: bytes) -> bytes:
    place = line.index(b'"state":"') + 9
    return line[:place] + (b"0" if line[place : place + 1] != b"0" else b"1") + line[place + 1 :]


def without_prev(line: bytes) -> bytes:
    body = json.loads(line)
    body["prev"] = "" if body["prev"] else "00" * 32
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("what", [SMALL, "headers", "all"])
def test_no_bundle_with_touched_headers_is_accepted(sealed: House, tmp_path: Path, what: str) -> None:
    bundle = tmp_path / "bundle"
    exported(sealed, bundle, what)
    assert touched_headers_that_pass(bundle, 1 if what == SMALL else 6) == []
    whole = (bundle / "headers.jsonl").read_bytes()
    touched = Touched(bundle)
    for content in (b"", whole[:-1], whole[:-2], whole + b"x", whole + b"\n", whole.replace(b"\n", b"\r\n")):
        assert touched.verdict({"headers.jsonl": content})
    assert touched.verdict({"headers.jsonl": None}) == "MISSING"


def touched_headers_that_pass(bundle: Path, step: int) -> list[str]:
    """Touch every so-manieth header in each of the ways; what the verifier lets through, which should be nothing."""
    touched = Touched(bundle)
    lines = (bundle / "headers.jsonl").read_bytes().splitlines()
    passed = []
    for place in range(0, len(lines), step):
        for how, change in HEADERS.items():
            changed = change(lines, place)
            content = b"".join(line + b"\n" for line in changed)
            if changed != lines and not touched.verdict({"headers.jsonl": content}):
                passed.append(how)
    return passed


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
def test_with_all_leaves_in_the_bundle_the_first_bad_header_is_named(sealed: House, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    exported(sealed, bundle, "headers")
    touched = Touched(bundle)
    lines = (bundle / "headers.jsonl").read_bytes().splitlines()
    expected = {
        "another event": "CHANGED",
        "a line is gone": "MISSING",
        "a line is there twice": "INSERTED",
        "lines changed places": "REORDERED",
    }
    for how, verdict in expected.items():
        changed = HEADERS[how](lines, 20)
        assert touched.verdict({"headers.jsonl": b"".join(line + b"\n" for line in changed)}) == verdict, how
    for tile in (bundle / "tile").rglob(str(SIZE)):
        tile.write_bytes(bytes(SIZE * 32))  # tiles that somebody has touched are not believed
    changed = HEADERS["another event"](lines, 20)
    assert touched.verdict({"headers.jsonl": b"".join(line + b"\n" for line in changed)}) == "INCONSISTENT"
    shutil.rmtree(bundle / "tile")
    assert accepted(bundle) == "", "they are not needed when all is well"


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("what", [SMALL, "all"])
def test_no_bundle_with_touched_contents_is_accepted(sealed: House, tmp_path: Path, what: str) -> None:
    bundle, chance = tmp_path / "bundle", random.Random(2)
    exported(sealed, bundle, what)
    touched = Touched(bundle)
    (path,) = (bundle / "states").iterdir()
    name = f"states/{path.name}"
    lines = path.read_bytes().splitlines()
    for place, line in enumerate(lines):
        byte = chance.randrange(len(line))
        for how, changed in {
            "a bit": [*lines[:place], line[:byte] + bytes([line[byte] ^ 1]) + line[byte + 1 :], *lines[place + 1 :]],
            "gone": [*lines[:place], *lines[place + 1 :]],
            "twice": [*lines[: place + 1], *lines[place:]],
            "a space": [*lines[:place], line.replace(b":", b": ", 1), *lines[place + 1 :]],
            "turned": [*lines[:place], turned(line), *lines[place + 1 :]],
            "places": [*lines[: place - 1], line, lines[place - 1], *lines[place + 1 :]] if place else [],
            "empty": [*lines[:place], b"", *lines[place + 1 :]],
        }.items():
            if changed == lines:
                continue
            assert touched.verdict({name: b"".join(one + b"\n" for one in changed)}), f"line {place}: {how}"
    assert touched.verdict({name: None}) == "MISSING"
    (bundle / "states" / "more.jsonl").write_bytes(lines[0] + b"\n")
    assert accepted(bundle) in ("INSERTED", "CHANGED")


def other(value: Any) -> Any:
    """Something else of the same kind."""
    match value:
        case None:
            return 3
        case int():
            return value + 1
        case str():
            return value[:-1] + ("x" if value[-1:] != "x" else "y")
        case list():
            return [*value, "Counted"]
    return {**value, "id": "zhou"}


COMMANDS: dict[str, Callable[[Lines, int], Lines]] = {
    "gone": lambda lines, n: [*lines[:n], *lines[n + 1 :]],
    "twice": lambda lines, n: [*lines[: n + 1], *lines[n:]],
    "swapped": lambda lines, n: [*lines[: n - 1], lines[n], lines[n - 1], *lines[n + 1 :]] if n else lines,
    "a space": lambda lines, n: [*lines[:n], lines[n].replace(b":", b": ", 1), *lines[n + 1 :]],
    "a member twice": lambda lines, n: [*lines[:n], lines[n].replace(b"{", b'{"body":"{}",', 1), *lines[n + 1 :]],
    "a member more": lambda lines, n: [*lines[:n], lines[n][:-1] + b',"z":1}', *lines[n + 1 :]],
    "no JSON": lambda lines, n: [*lines[:n], b"[" * 10_000, *lines[n + 1 :]],
    "empty": lambda lines, n: [*lines[:n], b"", *lines[n + 1 :]],
    "versions far away": lambda lines, n: [*lines[:n], with_member(lines[n], last_version=10**18), *lines[n + 1 :]],
    "accepted after all": lambda lines, n: [*lines[:n], with_member(lines[n], outcome="accepted"), *lines[n + 1 :]],
    "no refusal": lambda lines, n: [*lines[:n], with_member(lines[n], refusal=None), *lines[n + 1 :]],
}


def with_member(line: bytes, **changed: Any) -> bytes:
    return casefold_verify.written({**json.loads(line), **changed})


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
@pytest.mark.parametrize("what", [CASE, "all"])
def test_no_bundle_with_touched_commands_is_accepted(sealed: House, tmp_path: Path, what: str) -> None:
    bundle = tmp_path / "bundle"
    exported(sealed, bundle, what)
    touched = Touched(bundle)
    (path,) = (bundle / "commands").iterdir()
    name = f"commands/{path.name}"
    lines = path.read_bytes().splitlines()
    told = verified(bundle)[2]
    assert f"{len(lines)} commands, {2 if what == CASE else 7} of them refused, are those that the entries" in told
    for place in range(0, len(lines), 1 if what == CASE else 5):
        row = json.loads(lines[place])
        ways = {how: change(lines, place) for how, change in COMMANDS.items()}
        for member, value in row.items():
            changed = with_member(lines[place], **{member: other(value)})
            ways[member] = [*lines[:place], changed, *lines[place + 1 :]]
        for how, touched_lines in ways.items():
            if touched_lines != lines:
                verdict = touched.verdict({name: b"".join(one + b"\n" for one in touched_lines)})
                assert verdict, f"line {place}: {how}\n{lines[place].decode()}"
    assert touched.verdict({name: None}) == "MISSING"
    (bundle / "commands" / "more.jsonl").write_bytes(lines[0] + b"\n")
    assert accepted(bundle) == "INSERTED"
    shutil.rmtree(bundle / "commands")
    assert "commands     not in this bundle" in verified(bundle)[2], "whoever holds them back cannot hide it"


@pytest.mark.usefixtures("fast")
def test_no_checkpoint_cuts_what_one_command_led_to(house: House, tmp_path: Path) -> None:
    stream = house.does(OpenCounter(seconds=10**8), "open")
    for number in range(3):
        house.does(CountOften(times=120 if number == 1 else 3), f"often-{number}", stream)
    house.seal(limit=2)
    assert house.folder.sizes() == [4, 124, 127]

    class Earlier(Folder):
        """The folder as it was when there were so many entries."""

        def checkpoint(self) -> tuple[Note, Checkpoint] | None:
            return checkpoint_in(self.read(f"checkpoints/{size}"), str(size))

    with psycopg.connect(house.auditor_url) as connection:
        for size in house.folder.sizes():
            bundle = tmp_path / str(size)
            exporter = Exporter(connection, Earlier(house.folder.path))
            assert exporter.case(stream, bundle).entries == size
            assert accepted(bundle) == ""


@pytest.mark.requirement("L-03")
@pytest.mark.usefixtures("fast")
def test_no_bundle_with_a_touched_checkpoint_is_accepted(sealed: House, tmp_path: Path) -> None:
    bundle, chance = tmp_path / "bundle", random.Random(3)
    exported(sealed, bundle, "headers")
    touched = Touched(bundle)
    note = (bundle / "checkpoint").read_bytes()
    text = note.partition(b"\n\n")[0] + b"\n"
    for place in range(len(note)):
        for changed in (
            note[:place] + bytes([note[place] ^ 1 << chance.randrange(7)]) + note[place + 1 :],
            note[:place],
        ):
            assert touched.verdict({"checkpoint": changed}), f"byte {place}"
    good = note.decode()
    bad = SIGNER.line(b"something else")
    for changed_note in (
        signed(text.decode(), [STRANGER]),
        good + bad,
        good + "\n",
        good.replace("\n\n", "\n"),
        signed(f"casefold.example/other\n{SIZE}\n" + text.decode().split("\n")[2] + "\n", [SIGNER]),
        (sealed.folder.read("checkpoints/34") or b"").decode(),
    ):
        assert touched.verdict({"checkpoint": changed_note.encode()})
    assert touched.verdict({"checkpoint": None}) == "MISSING"
    assert touched.verdict({"checkpoint": signed(text.decode(), [SIGNER, STRANGER]).encode()}) == "", "others may sign"


# ── The verifier's own arithmetic ────────────────────────────────────────────────────────────────────────────────────

RFC8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC8032)
def test_signatures_of_rfc_8032_are_good_and_touched_ones_are_not(public: str, message: str, signature: str) -> None:
    key, text, good = (bytes.fromhex(one) for one in (public, message, signature))
    assert casefold_verify.ed25519(key, text, good)
    assert not casefold_verify.ed25519(key, text + b"\0", good)
    for place in range(0, 64, 9):
        touched = good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :]
        assert not casefold_verify.ed25519(key, text, touched)
    more = (int.from_bytes(good[32:], "little") + casefold_verify.ORDER).to_bytes(32, "little")
    assert not casefold_verify.ed25519(key, text, good[:32] + more), "one signature has one form"
    assert not casefold_verify.ed25519(key, text, good[:-1])
    assert not casefold_verify.ed25519(key[:-1], text, good)
    assert not casefold_verify.ed25519(b"\xff" * 32, text, good), "no point"
    assert not casefold_verify.ed25519(b"\x02" + b"\0" * 31, text, good), "no point on the curve"


def test_signatures_of_the_library_are_good() -> None:
    chance = random.Random(4)
    for _ in range(10):
        key = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(chance.randrange(200))
        public = key.public_key().public_bytes_raw()
        assert casefold_verify.ed25519(public, message, key.sign(message))
        assert not casefold_verify.ed25519(public, message + b"x", key.sign(message))


def test_the_verifier_needs_nothing_but_the_standard_library() -> None:
    source = Path(casefold_verify.__file__).read_text()
    modules = {line.split()[1].split(".")[0] for line in source.splitlines() if line.startswith(("import ", "from "))}
    assert modules <= sys.stdlib_module_names
    assert casefold_verify.END.pattern == _END.pattern, "both read the time at the same place"
    assert os.access(casefold_verify.__file__, os.R_OK)
    assert Folder(Path("/nowhere")).read("x") is None
