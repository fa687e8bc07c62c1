"""What can be wrong with seals, each with a sentence for the person at the screen."""

from __future__ import annotations

from ledger.errors import LedgerError


class SealRefused(LedgerError):
    """The sealer will not sign, or not publish: it would say something else than it said before."""


class NoSeals(LedgerError):
    """What should have been published is not there, or cannot be read."""
