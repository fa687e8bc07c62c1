"""Puts the parts together: the house that commands work with."""

from __future__ import annotations

import policies
from console.house import House, Unreachable
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.views import Views
from worker.settings import NothingRuns, Settings


def open_house() -> House:
    """The ledger that the environment or the embedded stack names; it connects when it is first used."""
    settings = Settings()
    try:
        ledger = Ledger(settings.database_url)
        return House(ledger, Recorder(ledger, settings.matter_key), Views(ledger), policies.load(settings.pack))
    except NothingRuns as error:
        raise Unreachable(str(error)) from error
