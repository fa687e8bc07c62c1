"""Signed notes and checkpoints in the text formats of C2SP (signed-note, tlog-checkpoint), with Ed25519 keys.

A note is text, an empty line, and one line per signature: ``— name base64(key id ‖ signature)``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = 0x01
COSIGNATURE = 0x04
"""A witness's signature with a timestamp (tlog-cosignature, v1)."""
NAME = re.compile(r"[^\s+]+")


class BadNote(ValueError):
    """It is not a signed note, or not one of ours; the text says why."""


def unbase64(text: str) -> bytes:
    """What base64 stands for; empty for what is none, or is written otherwise than it would be encoded."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.b64encode(raw).decode() == text else b""


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


@dataclass(frozen=True)
class Verifier:
    """A key by which signatures are checked: ``name+key id+base64(kind ‖ public key)``."""

    name: str
    public: bytes
    kind: int = ED25519

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read a verifier key. Raises BadNote."""
        name, _, rest = text.strip().partition("+")
        ident, _, key = rest.partition("+")
        raw = unbase64(key)
        if not NAME.fullmatch(name) or len(raw) != 33 or raw[0] not in (ED25519, COSIGNATURE):
            raise BadNote("a verifier key is written name+key id+base64 of an Ed25519 key")
        found = cls(name, raw[1:], raw[0])
        if found.id.hex() != ident:
            raise BadNote(f"the key id {ident} does not belong to the key of {name}")
        return found

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(bytes([self.kind]) + self.public).decode()}"

    @property
    def id(self) -> bytes:
        """The first bytes of each of its signatures."""
        return key_id(self.name, self.kind, self.public)

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature (without the key id) is one of this key over the note's text."""
        if self.kind == COSIGNATURE:
            if len(signature) != 72:
                return False
            stamp, signature = signature[:8], signature[8:]
            text = cosigned(text, int.from_bytes(stamp))
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A private key with its name. Ed25519 is deterministic: signing again gives the same bytes."""

    name: str
    key: Ed25519PrivateKey
    kind: int = ED25519

    @classmethod
    def of_seed(cls, name: str, seed: bytes, kind: int = ED25519) -> Signer:
        """The signer of a 32-byte seed."""
        return cls(name, Ed25519PrivateKey.from_private_bytes(seed), kind)

    @property
    def verifier(self) -> Verifier:
        """The key by which others check."""
        return Verifier(self.name, self.key.public_key().public_bytes_raw(), self.kind)

    def line(self, text: bytes, at: int = 0) -> str:
        """The signature line over a note's text; ``at`` (seconds since 1970) is part of a cosignature."""
        if self.kind == COSIGNATURE:
            signature = at.to_bytes(8) + self.key.sign(cosigned(text, at))
        else:
            signature = self.key.sign(text)
        return f"— {self.name} {base64.b64encode(self.verifier.id + signature).decode()}\n"


def cosigned(text: bytes, at: int) -> bytes:
    """What a witness signs (C2SP tlog-cosignature)."""
    return b"cosignature/v1\ntime %d\n" % at + text


@dataclass(frozen=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text with its signatures."""

    text: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, note: str) -> Note:
        """Read a note. Raises BadNote."""
        text, gap, lines = note.rpartition("\n\n")
        if not gap or not lines.endswith("\n"):
            raise BadNote("it has no signature lines after an empty line")
        if any(char < " " and char != "\n" for char in note):
            raise BadNote("it has control characters")
        return cls(text + "\n", tuple(_signature(line) for line in lines[:-1].split("\n")))

    def signed_by(self, verifier: Verifier) -> bool:
        """Whether it has a signature of this key, and every one that claims to be is good."""
        own = [s for s in self.signatures if s.name == verifier.name and s.key_id == verifier.id]
        return bool(own) and all(verifier.verifies(self.text.encode(), one.signature) for one in own)


def _signature(line: str) -> Signature:
    match = re.fullmatch(r"— ([^\s+]+) (\S+)", line)
    raw = unbase64(match[2]) if match else b""
    if match is None or len(raw) < 5:
        raise BadNote("a signature line is written: — name base64")
    return Signature(match[1], raw[:4], raw[4:])


def signed(text: str, signers: Iterable[Signer], at: int = 0) -> str:
    """The note over a text."""
    return text + "\n" + "".join(signer.line(text.encode(), at) for signer in signers)


@dataclass(frozen=True)
class Checkpoint:
    """A tree's size and root under the name of its log (C2SP tlog-checkpoint)."""

    origin: str
    size: int
    root: bytes
    more: tuple[str, ...] = ()
    """Lines after the root: what is sealed with it."""

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text. Raises BadNote."""
        lines: Sequence[str] = text.split("\n")
        if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1]:
            raise BadNote("a checkpoint has three lines at least: origin, size, root")
        origin, size, root, *more = lines[:-1]
        if not re.fullmatch(r"0|[1-9][0-9]{0,18}", size):
            raise BadNote("the size of a checkpoint is a number without leading zeros")
        raw = unbase64(root)
        if len(raw) != 32:
            raise BadNote("the root of a checkpoint is a SHA-256 hash in base64")
        return cls(origin, int(size), raw, tuple(more))

    @property
    def text(self) -> str:
        """What is signed."""
        lines = (self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.more)
        return "".join(line + "\n" for line in lines)
