"""The master keys: they wrap the keys of persons, change with each epoch, and never lie in a database.

Written as ``1:<base64 of 32 bytes>``, one a line or separated by blanks; the highest number is the one in use.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

SIZE = 32
"""Bytes of every key: AES-256."""


class BadMasterKeys(ValueError):
    """What is given as master keys cannot be read; the text is a sentence."""


class NotUnwrapped(Exception):
    """A wrapped key is damaged, or the master key that wrapped it is gone; the text is a sentence."""


class MasterKeyMissing(NotUnwrapped):
    """The master key that wrapped it is not here; it may be elsewhere."""


@dataclass(frozen=True)
class MasterKeys:
    """Epoch → key. Old epochs stay until nothing is wrapped by them any more."""

    keys: Mapping[int, bytes]

    def __post_init__(self) -> None:
        if not self.keys:
            raise BadMasterKeys("There is no master key: `casefold keys rotate` makes one.")

    @classmethod
    def parse(cls, text: str) -> MasterKeys:
        """Read what `text` wrote. Raises BadMasterKeys without quoting any key."""
        found = {}
        for number, word in enumerate(text.split(), 1):
            epoch, colon, key = word.partition(":")
            try:
                raw = base64.b64decode(key, validate=True)
            except ValueError:
                raw = b""
            if not colon or not epoch.isdecimal() or len(raw) != SIZE:
                raise BadMasterKeys(f"Master key {number} is not written as EPOCH:BASE64 of {SIZE} bytes.")
            found[int(epoch)] = raw
        return cls(found)

    @classmethod
    def first(cls) -> MasterKeys:
        """A new key, of epoch 1."""
        return cls({1: os.urandom(SIZE)})

    @property
    def newest(self) -> int:
        """The epoch in use."""
        return max(self.keys)

    def text(self) -> str:
        """As it is kept in a file: whoever has this opens everything."""
        return "".join(f"{epoch}:{base64.b64encode(key).decode()}\n" for epoch, key in sorted(self.keys.items()))

    def rotated(self) -> MasterKeys:
        """With a new key on top."""
        return MasterKeys({**self.keys, self.newest + 1: os.urandom(SIZE)})

    def without(self, epochs: Iterable[int]) -> MasterKeys:
        """Without these epochs; the one in use stays."""
        gone = set(epochs) - {self.newest}
        return MasterKeys({epoch: key for epoch, key in self.keys.items() if epoch not in gone})

    def wrap(self, key: bytes) -> tuple[bytes, int]:
        """A key wrapped (RFC 3394), and the epoch that wraps it."""
        return aes_key_wrap(self.keys[self.newest], key), self.newest

    def unwrap(self, wrapped: bytes, epoch: int) -> bytes:
        """The key. Raises NotUnwrapped."""
        if epoch not in self.keys:
            raise MasterKeyMissing(f"The master key of epoch {epoch} is not here.")
        try:
            return aes_key_unwrap(self.keys[epoch], wrapped)
        except (InvalidUnwrap, ValueError) as error:
            raise NotUnwrapped(f"A key cannot be unwrapped by the master key of epoch {epoch}.") from error

    def fingerprint(self, epoch: int) -> str:
        """Names a master key without telling it."""
        return hashlib.sha256(b"casefold-master/v1\0" + self.keys[epoch]).hexdigest()[:16]
