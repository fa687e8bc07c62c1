"""One line of the ledger: an event with who, when it happened, when it was recorded and by which command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.actor import Actor
from domain.message import Event


@dataclass(frozen=True)
class Entry:
    """What the ledger keeps of one event. Never changed once written (L-01)."""

    stream: str
    version: int
    """1 for the first entry of the stream, without gaps."""
    event: Event
    recorded_at: datetime
    """The database's clock when it was written; aware, UTC."""
    happened_at: datetime
    """When it happened in the world; equal to ``recorded_at`` unless the command said otherwise."""
    actor: Actor
    command_id: str
    position: int = 0
    """Place in the order of the whole ledger; 0 while it is not yet written."""
