"""Every activity, as a worker registers them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from activities.notify import Notify
from activities.progress import LookUp
from activities.record import Record
from ledger.recorder import Recorder
from ledger.store import Ledger


def all_activities(
    ledger: Ledger, recorder: Recorder, outbox: Path, hear: Callable[[datetime], None] | None = None
) -> list[Callable[..., Any]]:
    """The activities, bound to this ledger and this outbox; ``hear`` is for tests that skip time."""
    return [
        Record(recorder, hear).record,
        LookUp(recorder).progress,
        Notify(ledger, recorder, outbox).send_notices,
    ]
