"""Secrets of endpoints: made here, shown once, and kept in the key store, wrapped by the master key."""

from __future__ import annotations

import base64
import os
from datetime import datetime

from ledger.errors import KeysNotReady
from ledger.keys.master import SIZE
from ledger.keys.store import KeyStore
from ledger.store import Ledger
from ledger.webhooks.endpoints import Endpoint

PREFIX = "whsec_"
"""How Standard Webhooks writes a secret."""
SLOTS = ("a", "b")
"""An endpoint has two places for secrets: a rotation writes over the one that is not in use."""


def make(ledger: Ledger, endpoint: str, slot: str) -> str:
    """A new secret in this place; as the receiver has to have it. Raises KeysUnavailable."""
    secret = os.urandom(SIZE)
    _store(ledger).keep_secret(_name(endpoint, slot), secret)
    return written(secret)


def written(secret: bytes) -> str:
    """A secret as text."""
    return PREFIX + base64.b64encode(secret).decode()


def in_use(ledger: Ledger, endpoint: Endpoint, now: datetime) -> list[str]:
    """What signs at this moment: the newest first; during an overlap also the one before. Raises KeysUnavailable."""
    slots = [endpoint.slot]
    if endpoint.overlap_until is not None and now < endpoint.overlap_until:
        slots.append(other(endpoint.slot))
    return [written(_store(ledger).kept_secret(_name(endpoint.id, slot))) for slot in slots]


def other(slot: str) -> str:
    """The place that is not this one."""
    return SLOTS[1 - SLOTS.index(slot)]


def _name(endpoint: str, slot: str) -> str:
    return f"webhook:{endpoint}:{slot}"


def _store(ledger: Ledger) -> KeyStore:
    if ledger.ring is None:
        raise KeysNotReady("No key store is named, and secrets of webhooks lie there: set DATABASE_KEYS_URL.")
    return ledger.ring.store
