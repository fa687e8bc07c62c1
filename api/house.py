"""The parts that programs and people work with: ledger, recorder, views, sheets; connected when they are first used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from api.customer_links import CustomerLinks
from domain.policy import Sheet
from ledger.webhooks.addresses import Allowed

if TYPE_CHECKING:  # imported by whoever makes a house: asking for help must not wait for the database's libraries
    from ledger.evidence.evidence import Evidence
    from ledger.recorder import Recorder
    from ledger.store import Ledger
    from ledger.views import Views


def _no_evidence() -> Evidence:
    from ledger.errors import LedgerNotReady

    raise LedgerNotReady("This program was put together without a store for evidence.")


@dataclass(frozen=True)
class House:
    """One ledger and its only door."""

    ledger: Ledger
    recorder: Recorder
    views: Views
    sheets: Mapping[str, Sheet]
    """The policy sheets that are shipped; those in force are the ledger's."""
    seals: Path | None = None
    """Where checkpoints and tiles of the ledger are published."""
    evidence: Callable[[], Evidence] = _no_evidence
    """Opens the files of evidence, once."""
    customer_links: CustomerLinks | None = None
    """Makes the links that customers get; None: there are none."""
    undo_seconds: int = 30
    """How long what a person did in the browser can be undone with one click; messages wait as long."""
    webhooks: Allowed = field(default_factory=Allowed)
    """Where webhooks may go, besides https to public addresses."""
