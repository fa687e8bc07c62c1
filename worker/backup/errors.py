"""Why a backup cannot be made or put back; each text is a sentence that says what to do."""

from __future__ import annotations

from ledger.errors import LedgerError


class BackupRefused(LedgerError):
    """What was asked cannot be done with this folder, or this place."""
