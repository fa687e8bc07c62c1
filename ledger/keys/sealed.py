"""A sealed field as text: ``$enc1.SUBJECT.KEY.COMMITMENT.SEALED.PLACE``.

The place where it was sealed (stream, version, event, field) is associated data: moved elsewhere, it does not open, and
a reader sees without any key that it does not belong there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.personal import SEALED

NONCE = 12


class NotOpened(Exception):
    """A sealed field does not open: it was altered or moved, or the key is another; the text says which."""


@dataclass(frozen=True)
class Token:
    """The parts of a sealed field."""

    subject: str
    number: int
    """Of the subject's key."""
    commitment: bytes
    """What only this key can have led to: AES-GCM alone would let another key open it to something else."""
    sealed: bytes
    """Nonce, ciphertext and tag."""
    place: str

    @classmethod
    def parse(cls, text: str) -> Token:
        """Raises NotOpened for what is not a token."""
        try:
            prefix, subject, number, commitment, sealed, place = text.split(".", 5)
            if prefix + "." != SEALED:
                raise ValueError
            return cls(subject, int(number), _bytes(commitment), _bytes(sealed), place)
        except (ValueError, binascii.Error):
            raise NotOpened("It is not a sealed field.") from None

    def text(self) -> str:
        """As it stands in an entry."""
        return f"{SEALED}{self.subject}.{self.number}.{_text(self.commitment)}.{_text(self.sealed)}.{self.place}"


def commitment_of(key: bytes) -> bytes:
    """Binds a token to one key."""
    return hashlib.sha256(b"casefold-dek-commit/v1\0" + key).digest()[:16]


@dataclass(frozen=True)
class SubjectKey:
    """One key of one subject, unwrapped."""

    subject: str
    number: int
    cipher: AESGCM
    commitment: bytes

    @classmethod
    def of(cls, subject: str, number: int, key: bytes) -> SubjectKey:
        """With the raw key inside."""
        return cls(subject, number, AESGCM(key), commitment_of(key))

    def seal(self, text: str, place: str) -> str:
        """The text, readable only with this key and only at this place."""
        nonce = os.urandom(NONCE)
        sealed = nonce + self.cipher.encrypt(nonce, text.encode(), place.encode())
        return Token(self.subject, self.number, self.commitment, sealed, place).text()

    def open(self, token: Token) -> str:
        """The text. Raises NotOpened when it was sealed with another key, or anything was altered."""
        if token.commitment != self.commitment:
            raise NotOpened("Its key was exchanged for another.")
        try:
            return self.cipher.decrypt(token.sealed[:NONCE], token.sealed[NONCE:], token.place.encode()).decode()
        except (InvalidTag, ValueError):
            raise NotOpened("It was altered, or moved from where it was sealed.") from None


def place_of(text: str) -> str:
    """Where a token says that it belongs; empty when it is none."""
    parts = text.split(".", 5)
    return parts[5] if len(parts) == 6 else ""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
