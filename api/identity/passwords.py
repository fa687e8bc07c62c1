"""Passwords: argon2 hashes, made again when its parameters change; and which passwords nobody may choose."""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from api.identity.problems import problem
from api.identity.secret import new_secret

LEAST, MOST = 12, 256
"""Length is what counts; rules about digits and signs only make people write passwords down."""
GUESSABLE = (
    "password",
    "passwort",
    "qwertyuiop",
    "1234567890",
    "0987654321",
    "letmein",
    "iloveyou",
    "casefold",
    "admin",
)
FEW = 5
"""So many different characters a password has at least."""


class Passwords:
    """Makes hashes and compares with them; each takes 64 MiB for a twentieth of a second, so only a few at once."""

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 4) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = threading.BoundedSemaphore(at_once)

    def hash(self, password: str) -> str:
        """What is kept of a password."""
        with self._places:
            return self._hasher.hash(_bytes(password))

    def match(self, stored: str | None, password: str) -> bool:
        """Whether the password is right. Without a stored hash the answer is no, and takes as long to come."""
        nobody = self._nobody
        wanted = stored or nobody
        typed = _bytes(password[: MOST + 1])
        with self._places:
            try:
                self._hasher.verify(wanted, typed)
            except (VerificationError, InvalidHashError):
                return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    @cached_property
    def _nobody(self) -> str:
        return self.hash(new_secret())


@dataclass(frozen=True)
class Owner:
    """What of a user a password must not consist of."""

    id: str
    name: str = ""


def refuse_weak(password: str, owner: Owner) -> None:
    """Raises a problem with a password that is too short, too long, or among the first that are guessed."""
    text = normal(password)
    if len(text) < LEAST:
        raise problem("password_short", least=LEAST)
    if len(password) > MOST or len(text) > MOST:
        raise problem("password_long", most=MOST)
    if len(set(text)) < FEW or _is_of(text, (*GUESSABLE, owner.id, owner.name)):
        raise problem("password_guessable")


def _is_of(text: str, words: tuple[str, ...]) -> bool:
    """Whether little is left of a password when these words are taken out of it."""
    left = text.casefold()
    for word in words:
        if len(word) > 2:
            left = left.replace(word.casefold(), "")
    return len(left) < FEW


def _bytes(password: str) -> bytes:
    return normal(password).encode("utf-8", "surrogatepass")


def normal(password: str) -> str:
    """The same characters from every keyboard: é is typed in two ways."""
    return unicodedata.normalize("NFKC", password)
