#!/usr/bin/env python3
"""Verifies a bundle of a Casefold ledger with nothing but Python 3.10 or newer: no library, no network, no ledger.

    python casefold_verify.py BUNDLE --key VKEY [--witness VKEY …] [--sums SHA256] [--json]

Keys come from the command line, never from the bundle. The exit code is 0 when everything holds, 1 when something does
not, 2 when the question is wrong. Take this file from somewhere you trust; the copy in a bundle is a convenience.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

sha256 = hashlib.sha256


class Wrong(Exception):
    """Something does not hold: a verdict, and where."""

    def __init__(self, verdict: str, detail: str, **place: Any) -> None:
        super().__init__(detail)
        self.verdict = verdict
        self.place = place
        self.detail = detail

    @property
    def sentence(self) -> str:
        """For people."""
        names = {"leaf": "leaf", "position": "position", "stream": "case", "version": "version"}
        parts = [f"{names[name]} {value}" for name, value in self.place.items() if value is not None]
        return f"{self.verdict}: {', '.join([*parts, self.detail])}"


# ── Ed25519 (RFC 8032): verifying only; nothing here is secret, so nothing here needs to be constant in time ─────────

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]
"""Extended coordinates: x = X/Z, y = Y/Z, x·y = T/Z."""


def _add(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            result = _add(result, point)
        point = _add(point, point)
        number >>= 1
    return result


def _point(encoded: bytes) -> Point | None:
    """The point that 32 bytes stand for; None when they stand for none."""
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE = _point(bytes.fromhex("58" + "66" * 31))


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is one of this key over the message."""
    key = _point(public) if len(public) == 32 else None
    if key is None or _BASE is None or len(signature) != 64:
        return False
    scalar = int.from_bytes(signature[32:], "little")
    if scalar >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    minus_key: Point = (P - key[0], key[1], 1, P - key[3])
    return _encoded(_add(_times(scalar, _BASE), _times(challenge, minus_key))) == signature[:32]


# ── Signed notes (C2SP signed-note, tlog-checkpoint, tlog-cosignature) ───────────────────────────────────────────────

LOG, WITNESS = 1, 4


def unbase64(text: str) -> bytes:
    """What base64 stands for; empty for what is none, or is written otherwise than it would be encoded."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""


class Key(NamedTuple):
    """A public key: ``name+key id+base64(kind ‖ key)``."""

    name: str
    ident: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """Read it. Raises ValueError."""
        name, _, rest = text.strip().partition("+")
        ident, _, encoded = rest.partition("+")
        raw = unbase64(encoded)
        if not re.fullmatch(r"[^\s+]+", name) or len(raw) != 33 or raw[0] not in (LOG, WITNESS):
            raise ValueError("a key is written name+key id+base64")
        if sha256(name.encode() + b"\n" + raw).hexdigest()[:8] != ident:
            raise ValueError(f"the key id {ident} does not belong to the key of {name}")
        return cls(name, bytes.fromhex(ident), raw[0], raw[1:])

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Whether this is its signature over a note's text."""
        if self.kind == WITNESS:
            if len(signature) != 72:
                return False
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            text = b"cosignature/v1\ntime %d\n" % time + text
        return ed25519(self.public, text, signature)


class Checkpoint(NamedTuple):
    """A tree's size and root, and who has signed them."""

    origin: str
    size: int
    root: bytes
    text: bytes
    signatures: Sequence[tuple[str, bytes]]

    @classmethod
    def parse(cls, content: bytes) -> Checkpoint:
        """Read it. Raises Wrong."""
        try:
            note = content.decode()
        except UnicodeDecodeError:
            raise Wrong("BAD_SIGNATURE", "the checkpoint is no text") from None
        text, gap, rest = note.rpartition("\n\n")
        lines = text.split("\n")
        marks = [re.fullmatch(r"— ([^\s+]+) (\S+)", line) for line in rest[:-1].split("\n")]
        numbers = re.fullmatch(r"0|[1-9][0-9]{0,18}", lines[1]) if len(lines) >= 3 else None
        root = unbase64(lines[2]) if len(lines) >= 3 else b""
        if (
            not gap
            or not rest.endswith("\n")
            or any(mark is None for mark in marks)
            or any(char < " " and char != "\n" for char in note)
            or "" in lines
            or numbers is None
            or len(root) != 32
        ):
            raise Wrong("BAD_SIGNATURE", "the checkpoint is not one")
        signatures = [(mark[1], unbase64(mark[2])) for mark in marks if mark]
        if any(len(raw) < 5 for _, raw in signatures):
            raise Wrong("BAD_SIGNATURE", "the checkpoint is not one")
        return cls(lines[0], int(lines[1]), root, (text + "\n").encode(), signatures)

    def signed_by(self, key: Key) -> bool:
        """Whether it has a signature of this key, and every one that claims to be is good."""
        own = [raw[4:] for name, raw in self.signatures if (name, raw[:4]) == (key.name, key.ident)]
        return bool(own) and all(key.signed(self.text, one) for one in own)


# ── The tree (RFC 6962) ──────────────────────────────────────────────────────────────────────────────────────────────


class Tree:
    """A growing tree of which only the roots of the complete subtrees are kept."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf."""
        size = self.size
        while size & 1:
            leaf = sha256(b"\1" + self.peaks.pop() + leaf).digest()
            size >>= 1
        self.peaks.append(leaf)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The root now."""
        if not self.peaks:
            return sha256(b"").digest()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha256(b"\1" + peak + root).digest()
        return root


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf is at this index of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != 32 for one in proof):
        return False
    place, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = sha256(b"\1" + sibling + hashed).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            hashed = sha256(b"\1" + hashed + sibling).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root


# ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────

_TEXT = rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\bfnrt]|u00[01][0-9a-f])[^"\\\x00-\x1f]*)*"'
_NUMBER = rb"-?(?:0|[1-9][0-9]{0,18})"
HEADER = re.compile(
    rb'\{"at":"([0-9TZ:.-]*)","id":(%b),"log":(%b),"pos":(%b),"prev":"([0-9a-f]{64}|)",'
    rb'"state":(null|"[0-9a-f]{64}"),"topic":(null|%b),"v":1,"ver":(%b)\}' % (_TEXT, _TEXT, _NUMBER, _TEXT, _NUMBER)
)
"""An entry as it is hashed: always these members in this order, in one form only."""
END = re.compile(rb',"recorded_at":"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)","salt":"[A-Za-z0-9+/]{22}==","v":2\}\Z')
END_LENGTH = len(b',"recorded_at":"2026-11-22T03:46:00.000000Z","salt":"AAAAAAAAAAAAAAAAAAAAAA==","v":2}')


class Header(NamedTuple):
    """An entry without its contents."""

    at: bytes
    stream: bytes
    log: bytes
    position: int
    prev: bytes
    state: bytes
    topic: bytes
    version: int
    leaf: bytes

    def place(self, index: int | None) -> dict[str, Any]:
        """Where it is, for a verdict."""
        name = json.loads(self.stream)
        return {"leaf": index, "position": self.position, "stream": name, "version": self.version}


def header_of(line: bytes, index: int | None, log: bytes) -> Header:
    """Read a line of headers.jsonl. It is hashed as it stands, and never written anew."""
    found = HEADER.fullmatch(line)
    if found is None:
        raise Wrong("CHANGED", "the line is not in the form of an entry", leaf=index)
    at, stream, named, position, prev, state, topic, version = found.groups()
    leaf = sha256(b"\0" + line).digest()
    header = Header(at, stream, named, int(position), prev, state, topic, int(version), leaf)
    if named != log:
        raise Wrong("INCONSISTENT", f"it belongs to the log {named.decode()}", **header.place(index))
    return header


def recorded_at(state: bytes) -> bytes:
    """When an entry was recorded, read from its end."""
    found = END.match(state, max(0, len(state) - END_LENGTH))
    return found[1] if found else b""


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file, without their ends; the last one must have an end too."""
    with path.open("rb") as file:
        for line in file:
            if not line.endswith(b"\n"):
                raise Wrong("CHANGED", f"{path.name} was cut off")
            yield line[:-1]


def digest_of(path: Path) -> str:
    """The SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


EVIDENCE, SUMS = "evidence", "SHA256SUMS"
"""What a dossier has besides its bundle."""
STAMPS = "tsr"
"""Where a time stamp (RFC 3161) of the checkpoint lies, with the very bytes that were stamped."""

# ── Commands ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_MEMBERS = {
    "actor": rb"\{[^{}]*\}",
    **dict.fromkeys(("actor_id", "body", "command_id", "name", "outcome", "received_at", "salt"), _TEXT),
    "events": rb"\[(?:%b(?:,%b)*)?\]" % (_TEXT, _TEXT),
    **dict.fromkeys(("first_version", "last_version"), _NUMBER),
    "expected_version": rb"null|%b" % _NUMBER,
    "refusal": rb"null|\{.+\}",
    "stream": rb"null|%b" % _TEXT,
}
LINE = re.compile(
    rb"\{%b\}"
    % b",".join(rb'"%b":(?P<%b>%b)' % (name.encode(), name.encode(), _MEMBERS[name]) for name in sorted(_MEMBERS))
)
"""A command as a bundle has it: always these members in this order, in one form only."""
COMMAND = re.compile(
    rb'\{"actor":(\{[^{}]*\}),"command":"([A-Za-z0-9+/]{43}=)","command_id":("(?:[^"\\]|\\.)*"),"data":'
)
"""How the contents of an entry begin: who did it, and the digest and the id of the command that led to it."""
ALONE = {"CommandRefused": "refused", "CommandAccepted": "accepted"}
"""Entries of the ledger itself, in a stream of their own: a command was refused, or led to nothing."""
BY_ITSELF = b'{"department":"","id":"casefold","roles":["system"]}'
"""Who writes down what was overdue, whoever gave the command that found it."""


class Told(NamedTuple):
    """An entry, as far as it tells of its command."""

    header: Header
    leaf: int
    state: bytes
    actor: bytes
    command: tuple[bytes, bytes]


class Commands:
    """Holds each line of commands against the entries that tell of it; both are in the same order."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._group: list[Told] = []
        self.number = self.refused = 0

    def follow(self, header: Header, index: int, state: bytes) -> None:
        """The next entry."""
        found = COMMAND.match(state)
        if found is None:
            raise Wrong("INCONSISTENT", "it names no command", **header.place(index))
        told = Told(header, index, state, found[1], (found[2], found[3]))
        if self._group and self._group[0].command != told.command:
            self._compare()
        self._group.append(told)

    def sentence(self) -> str:
        """After the last entry: no checkpoint cuts the entries of a command in two."""
        if self._group:
            self._compare()
        if next(self._lines, None) is not None:
            raise Wrong("INSERTED", "there are more commands than entries tell of")
        return f"{self.number} commands, {self.refused} of them refused, are those that the entries tell of"

    def _compare(self) -> None:
        first = self._group[0]
        place = first.header.place(first.leaf)
        line = next(self._lines, None)
        if line is None:
            raise Wrong("MISSING", "the command that led to it is missing", **place)
        row = LINE.fullmatch(line)
        try:
            difference = "form" if row is None else self._difference(row)
        except (ValueError, KeyError, TypeError, RecursionError):
            difference = "form"
        if row is None or difference:
            raise Wrong("CHANGED", f"the {difference} of the command that led to it is not what was written", **place)
        self.number += 1
        self.refused += row["outcome"] == b'"refused"'
        self._group = []

    def _difference(self, row: re.Match[bytes]) -> str:
        """What in a line is not what the entries say; empty when all is."""
        own = [told.header for told in self._group if text_of(told.header.topic) not in ALONE]
        alone = self._group[len(own) :]
        digest, command_id = self._group[0].command
        actor, at = self._group[-1].actor, b'"%b"' % self._group[0].header.at
        body = json.loads(row["body"].decode())
        asked = json.loads(body)
        first, last = int(row["first_version"]), int(row["last_version"])
        if base64.b64encode(sha256(unbase64(row["salt"][1:-1].decode()) + body.encode()).digest()) != digest:
            return "body or salt"
        if row["command_id"] != command_id:
            return "id"
        if asked["command"] != text_of(row["name"]):
            return "name"
        if written(asked["expected_version"]) != row["expected_version"]:
            return "expected version"
        if asked["stream"] is not None and asked["stream"] != text_of(row["stream"]):
            return "stream"
        if row["actor"] != actor and not (row["outcome"] == b'"accepted"' and actor == BY_ITSELF):
            return "actor"
        if id_of(row["actor"]) != row["actor_id"]:
            return "actor"
        if row["received_at"] != at or any(told.header.at != at[1:-1] for told in self._group):
            return "time"
        if any(header.stream != row["stream"] for header in own):
            return "stream"
        if last - first + 1 != len(own) or [header.version for header in own] != list(range(first, last + 1)):
            return "version"
        if row["events"] != b"[%b]" % b",".join(header.topic for header in own):
            return "list of events"
        return self._ending(row, alone)

    def _ending(self, row: re.Match[bytes], alone: list[Told]) -> str:
        """The same of the outcome, which an entry of the ledger itself tells unless others do."""
        refused = row["outcome"] == b'"refused"'
        if (not refused and row["outcome"] != b'"accepted"') or (row["refusal"] != b"null") != refused:
            return "outcome"
        expected = "CommandRefused" if refused else "CommandAccepted" if row["events"] == b"[]" else ""
        if [text_of(told.header.topic) for told in alone] != [expected] * bool(expected):
            return "outcome"
        if not alone:
            return ""
        actor = text_of(row["actor_id"]).replace("%", "%25").replace("/", "%2F")
        header = alone[0].header
        name = f"{ALONE[expected]}:{actor}/{text_of(row['command_id'])}"
        if (text_of(header.stream), header.version) != (name, 1):
            return "id"
        refusal = json.loads(row["refusal"]) or {}
        if refused and written(refusal) != row["refusal"]:
            return "form"
        where = {"command": text_of(row["name"]), "stream": text_of(row["stream"]), "version": int(row["last_version"])}
        return "" if written(json.loads(alone[0].state)["data"]) == written({**refusal, **where}) else "outcome"


@lru_cache(4096)
def text_of(quoted: bytes) -> str:
    """What stands in quotes; nothing when nothing does."""
    return "" if quoted == b"null" else str(json.loads(quoted))


@lru_cache(4096)
def id_of(actor: bytes) -> bytes:
    """The id of an actor, in its quotes."""
    return written(json.loads(actor)["id"])


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def written(value: Any) -> bytes:
    """A JSON value in its canonical form (of what we write: no other numbers than whole ones)."""
    return _ENCODER.encode(value).encode()


# ── A bundle ─────────────────────────────────────────────────────────────────────────────────────────────────────────


class Bundle:
    """A folder; nothing in it is believed before it is verified, and manifest.json is not even read."""

    def __init__(
        self,
        path: Path,
        key: Key,
        witnesses: Sequence[Key],
        quorum: int,
        case: str = "",
        sums: str = "",
        against: Sequence[Path] = (),
    ) -> None:
        self.path = path
        self.key = key
        self.witnesses = witnesses
        self.quorum = quorum
        self.case = case
        self.sums = sums
        self.against = against
        self.checks: list[dict[str, Any]] = []
        self.entries = 0

    def run(self) -> bool:
        """All checks; whether every one passed."""
        try:
            checkpoint = self._check("checkpoint", self._checkpoint)
            if self.witnesses:
                self._check("witnesses", lambda: self._witnesses(checkpoint))
            if (self.path / STAMPS).is_dir():
                self._check("time stamps", lambda: self._stamps(checkpoint))
            if (self.path / "proofs").is_dir():
                self._check("proofs", lambda: self._some(checkpoint))
            else:
                self._check("tree", lambda: self._all(checkpoint))
            if (self.path / EVIDENCE).is_dir():
                self._check("evidence", self._evidence)
            if self.sums or (self.path / SUMS).exists():
                self._check("files", self._files)
        except Wrong:
            return False
        return True

    def _check(self, name: str, look: Callable[[], Any]) -> Any:
        try:
            found = look()
        except Wrong as wrong:
            fault = {"verdict": wrong.verdict, **wrong.place, "detail": wrong.detail}
            self.checks.append({"check": name, "well": False, "found": wrong.sentence, "fault": fault})
            raise
        except OSError as error:
            detail = f"{error.filename or self.path} cannot be read"
            fault = {"verdict": "MISSING", "detail": detail}
            self.checks.append({"check": name, "well": False, "found": f"MISSING: {detail}", "fault": fault})
            raise Wrong("MISSING", detail) from error
        sentences = found[1] if isinstance(found, tuple) else found
        for one, sentence in sentences.items():
            self.checks.append({"check": one, "well": True, "found": sentence, "fault": None})
        return found[0] if isinstance(found, tuple) else found

    def _checkpoint(self) -> tuple[Checkpoint, dict[str, str]]:
        checkpoint = Checkpoint.parse((self.path / "checkpoint").read_bytes())
        if not checkpoint.signed_by(self.key):
            raise Wrong("BAD_SIGNATURE", f"the checkpoint is not signed by the key of {self.key.name}")
        if checkpoint.origin != self.key.name:
            raise Wrong("BAD_SIGNATURE", f"the checkpoint is one of the log {checkpoint.origin}")
        root = base64.b64encode(checkpoint.root).decode()
        return checkpoint, {"checkpoint": f"{checkpoint.size} entries, root {root}, signed by {self.key.name}"}

    def _witnesses(self, checkpoint: Checkpoint) -> dict[str, str]:
        good = [witness.name for witness in self.witnesses if checkpoint.signed_by(witness)]
        if len(good) < self.quorum:
            lacking = ", ".join(witness.name for witness in self.witnesses if witness.name not in good)
            raise Wrong("BAD_SIGNATURE", f"the checkpoint has no good signature of {lacking}")
        return {"witnesses": f"cosigned by {', '.join(good)}"}

    def _stamps(self, checkpoint: Checkpoint) -> dict[str, str]:
        """A time stamp is on this very checkpoint. Whose it is, and that it is good, other programs tell."""
        name = f"{STAMPS}/{checkpoint.size}"
        stamped = (self.path / name).read_bytes()
        if Checkpoint.parse(stamped).text != checkpoint.text or not Checkpoint.parse(stamped).signed_by(self.key):
            raise Wrong("INCONSISTENT", f"{name} is not the checkpoint of this bundle")
        if sha256(stamped).digest() not in (self.path / f"{name}.tsr").read_bytes():
            raise Wrong("INCONSISTENT", f"{name}.tsr is no time stamp of it")
        how = f"openssl ts -verify -data {name} -in {name}.tsr -CAfile CA.pem"
        return {"time stamps": f"there is one, not verified here; to do so: {how}"}

    def _kept(self, checkpoint: Checkpoint) -> dict[int, tuple[bytes, Path]]:
        """The checkpoints that the auditor has kept: size → root, and where it stands."""
        kept = {}
        for path in self.against:
            old = Checkpoint.parse(path.read_bytes())
            if not old.signed_by(self.key) or old.origin != self.key.name:
                raise Wrong("BAD_SIGNATURE", f"{path} is not signed by the key of {self.key.name}")
            if old.size > checkpoint.size:
                raise Wrong("ROLLED_BACK", f"{path} speaks of {old.size} entries, the bundle of {checkpoint.size}")
            kept[old.size] = (old.root, path)
        return kept

    # ── Some entries, each with its proof ──

    def _some(self, checkpoint: Checkpoint) -> dict[str, str]:
        """Each line has a proof, under this very checkpoint; the lines of a case are its versions from 1 on."""
        names = [path.name for path in (self.path / "proofs").iterdir()]
        found = [re.fullmatch(r"(0|[1-9][0-9]{0,18})\.tlog-proof", name) for name in names]
        if not all(found):
            raise Wrong("INSERTED", "there are files among the proofs that are none")
        indexes = sorted(int(one[1]) for one in found if one)
        note = (self.path / "checkpoint").read_bytes()
        chain, states = Chain(self._log()), self._lines_in("states")
        commands = self._commands(states)
        lines = list(lines_of(self.path / "headers.jsonl"))
        if len(lines) != len(indexes):
            raise Wrong("MISSING", f"there are {len(lines)} headers and {len(indexes)} proofs")
        for index, line in zip(indexes, lines, strict=True):
            header = chain.follow(line, index)
            proof = self._proof(index, note, header)
            if not included(header.leaf, index, checkpoint.size, proof, checkpoint.root):
                raise Wrong("CHANGED", "its proof does not lead to the root", **header.place(index))
            _compare_state(header, states, commands, index)
        self.entries = len(lines)
        return {
            "proofs": f"{len(lines)} entries are in the tree",
            **chain.sentences(),
            **self._end(states, commands),
        }

    def _proof(self, index: int, note: bytes, header: Header) -> list[bytes]:
        content = (self.path / "proofs" / f"{index}.tlog-proof").read_bytes()
        begin = f"c2sp.org/tlog-proof@v1\nindex {index}\n".encode()
        if not content.startswith(begin) or not content.endswith(b"\n" + note):
            raise Wrong("INCONSISTENT", "its proof is not one under this checkpoint", **header.place(index))
        text = content[len(begin) : len(content) - len(note) - 1].decode("ascii", "replace")
        if text and not text.endswith("\n"):
            raise Wrong("INCONSISTENT", "its proof is not one", **header.place(index))
        return [unbase64(line) for line in text.split("\n")[:-1]]

    # ── All entries ──

    def _all(self, checkpoint: Checkpoint) -> dict[str, str]:
        """All lines together lead to the root, so that none is missing and none is there besides."""
        tree, chain, states = Tree(), Chain(self._log()), self._lines_in("states")
        commands, kept = self._commands(states), self._kept(checkpoint)
        roots = {}
        trouble: Wrong | None = None
        for index, line in enumerate(lines_of(self.path / "headers.jsonl")):
            if trouble is None:
                try:
                    header = chain.follow(line, index)
                    _compare_state(header, states, commands, index)
                except Wrong as wrong:
                    trouble = wrong
            tree.append(sha256(b"\0" + line).digest())
            if tree.size in kept:
                roots[tree.size] = tree.root
        if (tree.size, tree.root) != (checkpoint.size, checkpoint.root):
            raise self._first_difference(checkpoint)
        if trouble is not None:
            raise trouble
        self.entries = tree.size
        sentence = f"these are all {tree.size} entries: none is missing, none is there besides"
        found = {"tree": sentence, **chain.sentences(), **self._end(states, commands)}
        for size, (root, path) in kept.items():
            if roots.get(size) != root:
                raise Wrong("INCONSISTENT", f"{path} signs another root of the first {size} entries")
        if kept:
            found["kept"] = f"this log continues what it was at {', '.join(map(str, sorted(kept)))} entries"
        if self.case:
            found["case"] = f"{self.case} has {chain.version_of(self.case)} versions, and no others"
        return found

    def _first_difference(self, checkpoint: Checkpoint) -> Wrong:
        """Name the first line that is not what it was, by the tiles, if they lead to the root."""
        leaves = [sha256(b"\0" + line).digest() for line in lines_of(self.path / "headers.jsonl")]
        expected = self._tiles(checkpoint)
        if expected is None:
            return Wrong("INCONSISTENT", f"{len(leaves)} lines do not lead to the root of {checkpoint.size} entries")
        for index, leaf in enumerate(leaves):
            if index >= len(expected):
                return Wrong("INSERTED", "there are more lines than entries", leaf=index, **self._named(index))
            if leaf != expected[index]:
                elsewhere = leaf in set(expected) and leaf not in set(leaves[:index])
                still_there = expected[index] in set(leaves)
                if elsewhere and not still_there:
                    return Wrong("MISSING", "its line is missing", leaf=index)
                verdict = "REORDERED" if elsewhere else "INSERTED" if still_there else "CHANGED"
                return Wrong(verdict, "it is not what was sealed there", leaf=index, **self._named(index))
        return Wrong("MISSING", f"the lines end, and {len(expected)} entries were sealed", leaf=len(leaves))

    def _named(self, index: int) -> dict[str, Any]:
        for number, line in enumerate(lines_of(self.path / "headers.jsonl")):
            if number == index:
                found = HEADER.fullmatch(line)
                place = header_of(line, index, found[3]).place(index) if found else {}
                return {name: value for name, value in place.items() if name != "leaf"}
        return {}

    def _tiles(self, checkpoint: Checkpoint) -> list[bytes] | None:
        tree, leaves = Tree(), []
        for index in range(-(-checkpoint.size // 256)):
            width = min(256, checkpoint.size - index * 256)
            parts = [f"{index % 1000:03d}"]
            rest = index
            while rest := rest // 1000:
                parts.append(f"x{rest % 1000:03d}")
            path = self.path / "tile" / "0" / "/".join(reversed(parts))
            try:
                tile = (path if width == 256 else path.with_name(f"{path.name}.p") / str(width)).read_bytes()
            except OSError:
                return None
            for start in range(0, len(tile), 32):
                leaves.append(tile[start : start + 32])
                tree.append(leaves[-1])
        return leaves if (tree.size, tree.root) == (checkpoint.size, checkpoint.root) else None

    # ── Contents ──

    def _log(self) -> bytes:
        return json.dumps(self.key.name, ensure_ascii=False).encode()

    def _lines_in(self, name: str) -> Iterator[bytes] | None:
        """The lines of all files of a folder, in the order of their names; None when there is no such folder."""
        folder = self.path / name
        if not folder.is_dir():
            return None
        return (line for path in sorted(folder.iterdir()) for line in lines_of(path))

    def _commands(self, states: Iterator[bytes] | None) -> Commands | None:
        lines = self._lines_in("commands")
        if lines is not None and states is None:
            raise Wrong("INSERTED", "there are commands, and no contents that tell of them")
        return None if lines is None else Commands(lines)

    def _end(self, states: Iterator[bytes] | None, commands: Commands | None) -> dict[str, str]:
        if states is not None and next(states, None) is not None:
            raise Wrong("INSERTED", "there are more contents than entries")
        if states is None:
            return {"contents": "withheld; their digests are in the tree"}
        told = "not in this bundle; entries hold their digests" if commands is None else commands.sentence()
        return {"contents": f"{self.entries} contents are those that were sealed", "commands": told}

    # ── What lies beside them in a dossier ──

    def _evidence(self) -> dict[str, str]:
        """Each file has the digest under which its number was sealed; files may be left out."""
        sealed = {}
        for state in self._lines_in("states") or ():
            data = json.loads(state)["data"]
            if {"evidence", "sha256"} <= data.keys():
                sealed[data["evidence"]] = data["sha256"]
        files = sorted((self.path / EVIDENCE).iterdir())
        for path in files:
            if sealed.get(path.name.partition("-")[0]) != digest_of(path):
                raise Wrong("CHANGED", f"{EVIDENCE}/{path.name} is not the file that was handed in")
        return {"evidence": f"{len(files)} files are those that were handed in"}

    def _files(self) -> dict[str, str]:
        """The files are those of the list, and no others; what is called .something is not looked at."""
        content = (self.path / SUMS).read_bytes()
        own = sha256(content).hexdigest()
        if self.sums and self.sums.lower() != own:
            raise Wrong("CHANGED", f"{SUMS} has the SHA-256 {own}, not the one that you were told")
        listed = {}
        for line in content.decode("utf-8", "replace").splitlines():
            digest, _, name = line.partition("  ")
            listed[name] = digest
        there = {path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file()}
        there = {name for name in there if name != SUMS and not any(part.startswith(".") for part in name.split("/"))}
        for name in sorted(there | listed.keys()):
            if name not in listed:
                raise Wrong("INSERTED", f"{name} is not in {SUMS}")
            if name not in there:
                raise Wrong("MISSING", f"{name} is missing")
            if digest_of(self.path / name) != listed[name]:
                raise Wrong("CHANGED", f"{name} is not what {SUMS} says")
        told = "the one that you were told" if self.sums else "to be compared with the one that you were told"
        return {"files": f"{len(there)} files are as {SUMS} lists them; its own SHA-256, {told}, is {own}"}


def _compare_state(header: Header, states: Iterator[bytes] | None, commands: Commands | None, index: int) -> None:
    """The contents of an entry have the digest, and the time, that its header says; its command is the one it names."""
    if states is None or header.state == b"null":
        return
    state = next(states, None)
    if state is None:
        raise Wrong("MISSING", "its contents are missing", **header.place(index))
    if sha256(state).hexdigest().encode() != header.state[1:-1]:
        raise Wrong("CHANGED", "its contents are not what was sealed", **header.place(index))
    if recorded_at(state) != header.at:
        raise Wrong("INCONSISTENT", "its contents name another time than its header", **header.place(index))
    if commands is not None:
        commands.follow(header, index, state)


class Chain:
    """The versions of each case, one committing to the other, in the order of the ledger."""

    def __init__(self, log: bytes) -> None:
        self._log = log
        self._heads: dict[bytes, tuple[int, bytes]] = {}
        self._position = 0
        self._index = -1

    def follow(self, line: bytes, index: int) -> Header:
        """The next line."""
        header = header_of(line, index, self._log)
        version, leaf = self._heads.get(header.stream, (0, b""))
        if header.version != version + 1 or header.prev.decode() != leaf.hex():
            detail = f"it does not follow version {version} of its case"
            raise Wrong("INCONSISTENT", detail, **header.place(index))
        if header.position <= self._position and self._index >= 0:
            raise Wrong("REORDERED", "it stands behind a later one", **header.place(index))
        self._heads[header.stream] = (header.version, header.leaf)
        self._position, self._index = header.position, index
        return header

    def version_of(self, name: str) -> int:
        """The newest version of a case; 0 when there is none."""
        return self._heads.get(json.dumps(name, ensure_ascii=False).encode(), (0, b""))[0]

    def sentences(self) -> dict[str, str]:
        """What holds of the cases."""
        names = {json.loads(stream): version for stream, (version, _) in self._heads.items()}
        cases = {name: version for name, version in names.items() if name.partition(":")[0] not in ALONE.values()}
        if len(cases) == 1:
            ((name, version),) = cases.items()
            return {"case": f"{name} is complete up to version {version}; only all headers can show that none is later"}
        return {"cases": f"{len(cases)} cases, each from version 1 on without a gap"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify, print, and return the exit code."""
    parser = argparse.ArgumentParser(prog="casefold_verify.py", description="Verify a bundle of a Casefold ledger.")
    parser.add_argument("bundle", type=Path, help="the folder of the bundle")
    parser.add_argument("--key", required=True, help="the log's public key: name+key id+base64")
    parser.add_argument("--witness", action="append", default=[], help="a witness who must have cosigned; repeatable")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses are enough (default: all)")
    parser.add_argument("--case", default="", help="with all headers: say how many versions this case has")
    parser.add_argument(
        "--against", action="append", default=[], type=Path, help="with all headers: a checkpoint you kept; repeatable"
    )
    parser.add_argument("--sums", default="", help="of a dossier: the SHA-256 of SHA256SUMS, as you were told it")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    options = parser.parse_args(arguments)
    try:
        key, witnesses = Key.parse(options.key), [Key.parse(text) for text in options.witness]
    except ValueError as error:
        print(f"A key cannot be read: {error}.", file=sys.stderr)
        return 2
    if key.kind != LOG or any(witness.kind != WITNESS for witness in witnesses):
        print("--key takes the key of a log, --witness the keys of witnesses.", file=sys.stderr)
        return 2
    quorum = len(witnesses) if options.quorum is None else options.quorum
    if not 0 <= quorum <= len(witnesses) or (options.quorum is not None and quorum == 0):
        print("--quorum is at least 1, and at most the number of witnesses.", file=sys.stderr)
        return 2
    if options.against and (options.bundle / "proofs").is_dir():
        print("--against needs all headers: the bundle of a case cannot show what came before it.", file=sys.stderr)
        return 2
    bundle = Bundle(options.bundle, key, witnesses, quorum, options.case, options.sums, options.against)
    well = bundle.run()
    if options.json:
        print(
            json.dumps({"well": well, "entries": bundle.entries, "checks": bundle.checks}, ensure_ascii=False, indent=2)
        )
    else:
        for check in bundle.checks:
            print(f"{'ok   ' if check['well'] else 'WRONG'}  {check['check']:<12} {check['found']}")
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
