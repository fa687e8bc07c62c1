"""Every activity, as a worker registers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from activities.erase import Erase, Purge
from activities.notify import Notify, PageOf
from activities.progress import LookUp
from activities.record import Record
from ledger.recorder import Recorder
from ledger.store import Ledger


def all_activities(
    ledger: Ledger,
    recorder: Recorder,
    outbox: Path,
    hear: Callable[[datetime], None] | None = None,
    *,
    purge_evidence: Purge = lambda case: 0,
    purge_texts: Purge = lambda case: 0,
    page_of: PageOf | None = None,
) -> list[Callable[..., Any]]:
    """The activities, bound to this ledger and this outbox; ``hear`` is for tests that skip time.

    ``page_of`` makes the addresses of customers' own pages; without it letters have none.
    ``purge_evidence`` and ``purge_texts`` remove what is kept of a case's person elsewhere, when they are erased.
    """
    erase = Erase(ledger, recorder, outbox, purge_evidence=purge_evidence, purge_texts=purge_texts)
    return [
        Record(recorder, hear).record,
        LookUp(recorder).progress,
        Notify(ledger, recorder, outbox, page_of).send_notices,
        erase.check_holds,
        erase.destroy_keys,
        erase.purge_traces,
        erase.certify,
    ]
