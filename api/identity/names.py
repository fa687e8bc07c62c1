"""What users are called: for screens, which show names where the ledger has ids."""

from __future__ import annotations

from collections.abc import Collection

from ledger.store import Ledger

NAMES = "SELECT id, name FROM casefold_access.account WHERE id = ANY (%s)"


def names_of(ledger: Ledger, people: Collection[str]) -> dict[str, str]:
    """The names of those who are users, in one query; whoever is none is left out."""
    return dict(ledger.query(NAMES, [sorted(people)])) if people else {}
