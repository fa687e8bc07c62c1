"""Secrets that are shown once: random, and kept as their SHA-256 only."""

from __future__ import annotations

import hashlib
import secrets

BITS = 256


def new_secret(prefix: str = "") -> str:
    """A new one: 43 letters, digits, hyphens and underscores; a prefix says what it is for, to whoever finds it."""
    return prefix + secrets.token_urlsafe(BITS // 8)


def digest(secret: str) -> bytes:
    """What is kept of it. It needs no salt and no slow hash: nobody guesses 256 random bits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
