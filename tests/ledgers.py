"""Ledgers for tests: each with a key store in the same database, so that a fresh database is a fresh key store too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from domain.message import Event
from domain.personal import each_personal
from ledger import store
from ledger.keys.master import MasterKeys
from ledger.keys.sealed import SubjectKey
from ledger.keys.store import KeyStore
from worker.stack.home import StackHome

Seal = Callable[[type[Event], dict[str, Any]], dict[str, Any]]

MASTER_KEYS = MasterKeys({1: bytes(range(32))})
"""The same in all tests; nothing real was ever wrapped by it."""


KEY = SubjectKey.of("P0123456789abcdef0123", 1, bytes(range(32, 64)))
"""A person's key for tests that need no key store."""


def seal_for(stream: str, version: int) -> Seal:
    """Seals the personal fields of an event for this place, under `KEY`."""

    def seal(kind: type[Event], data: dict[str, Any]) -> dict[str, Any]:
        where = f"{stream}/{version}/{kind.__name__}"
        return each_personal(kind, data, lambda mark, path, text: KEY.seal(text, f"{where}/{path}"))

    return seal


def key_store(url: str) -> KeyStore:
    """The key store in this database."""
    return KeyStore(url, lambda: MASTER_KEYS)


def key_environment(url: str) -> dict[str, str]:
    """What a process needs to find it."""
    return {"DATABASE_KEYS_URL": url, "CASEFOLD_MASTER_KEYS": MASTER_KEYS.text()}


def ledger_of(environment: Mapping[str, str], **more: Any) -> store.Ledger:
    """The ledger of an embedded stack, with the key store and the master keys of that stack."""
    file = StackHome(Path(environment["CASEFOLD_HOME"])).master_keys_file
    keys = KeyStore(environment["DATABASE_KEYS_URL"], lambda: MasterKeys.parse(file.read_text()))
    return store.Ledger(environment["DATABASE_URL"], keys=keys, **more)


if TYPE_CHECKING:
    from ledger.store import Ledger as Ledger
else:

    class Ledger(store.Ledger):
        """The ledger at this address, with its keys beside it."""

        def __init__(self, url: str, **more: Any) -> None:
            super().__init__(url, **{"keys": key_store(url), **more})
