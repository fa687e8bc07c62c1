"""Puts the parts together: the ledger with its keys, and the house that commands work with."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Any

import policies
from api.customer_links import CustomerLinks
from console.house import House, Unreachable
from ledger.keys.store import KeyStore
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.views import Views
from worker.evidence import open_evidence
from worker.settings import NothingRuns, Settings

if TYPE_CHECKING:  # the library for activities is for workers
    from activities.notify import PageOf


def open_house() -> House:
    """The ledger that the environment or the embedded stack names; it connects when it is first used."""
    settings = Settings()
    try:
        ledger = open_ledger(settings)
        recorder, sheets = Recorder(ledger, settings.matter_key), policies.load(settings.pack)
        evidence = cache(partial(open_evidence, settings, ledger, recorder))
        links, allowed = customer_links(settings), settings.webhook_allowed
        return House(
            ledger, recorder, Views(ledger), sheets, settings.seals, evidence, links, settings.undo_seconds, allowed
        )
    except NothingRuns as error:
        raise Unreachable(str(error)) from error


def customer_links(settings: Settings) -> CustomerLinks:
    """Makes the links that customers get: under a key that all processes of a ledger have in common."""
    return CustomerLinks.from_ledger_key(settings.matter_key, settings.hotline)


def customer_pages(settings: Settings) -> PageOf | None:
    """Makes the addresses of customers' own pages for letters; None while nobody has said where the pages are."""
    origins = settings.origin.split()
    if not origins:
        return None
    links, origin = customer_links(settings), origins[0].rstrip("/")
    return lambda case, language, number, at: origin + links.path(case, language, number, at)


def open_ledger(settings: Settings, **more: Any) -> Ledger:
    """The ledger with its key store; ``more`` is for `Ledger`. Raises NothingRuns when either is not named."""
    return Ledger(settings.database_url, keys=KeyStore(settings.keys_url, settings.master_keys), **more)


def open_ledger_alone() -> Ledger:
    """The ledger without any key: personal data stays sealed, and nothing can be recorded."""
    try:
        return Ledger(Settings().database_url)
    except NothingRuns as error:
        raise Unreachable(str(error)) from error
