"""What a workflow asks of its activities, and what comes back: names, keys and codes, never personal data."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.progress import Progress

RECORD = "record"
PROGRESS = "progress"
SEND_NOTICES = "send_notices"
CHECK_HOLDS = "check_holds"
DESTROY_KEYS = "destroy_keys"
PURGE_TRACES = "purge_traces"
CERTIFY_ERASURE = "certify_erasure"
"""The names under which activities are registered; a name in a running workflow's history is for ever."""

ACCEPTED = "accepted"
REPEATED = "repeated"


@dataclass(frozen=True)
class Ask:
    """A command that the workflow gives, under a key that comes from the case, never from a run of Temporal's."""

    key: str
    command: str
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asks:
    """All that one wake-up asks for, in one append."""

    stream: str
    asks: list[Ask]
    asked_at: datetime | None = None
    """The workflow's clock when it asked. The recorder goes by the ledger's; tests that skip time hear this one."""


@dataclass(frozen=True)
class Answer:
    """The case as it is now, and what became of each ask."""

    progress: Progress | None
    """Today's, whatever was asked and however often; None when the ledger does not know the case."""
    outcomes: list[str]
    """In the order of the asks: ``accepted``, ``repeated`` (answered before), or the code of the refusal."""


@dataclass(frozen=True)
class Sending:
    """Notices to be sent, by their numbers within the case: the ledger says to whom and what."""

    stream: str
    notices: list[str]
