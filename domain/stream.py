"""What the ledger knows of a thing with a life, a case or a policy sheet: how it decides and how it folds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.context import Context
from domain.message import Command, Event
from domain.policy import Sheet
from domain.progress import Progress


@dataclass(frozen=True)
class StreamType:
    """How the recorder, the followers, restore and history treat one type of stream: everything with a life is one."""

    name: str
    initial: Any
    evolve: Callable[[Any, Event], Any]
    """(state, event) → state. Never refuses."""
    decide: Callable[[Any, Command, Context], list[Event]]
    """(state, command, context) → events. Raises `Refused`. Never mutates."""
    overdue: Callable[[Any, datetime], list[Event]]
    """(state, now) → the warnings and breaches that are due and not yet recorded."""
    progress: Callable[[str, int, Any, Sheet | None], Progress | None]
    """(stream, version, state, its sheet) → what a workflow needs to know; None when the stream has no workflow."""
    sheet_of: Callable[[Any], str | None]
    """state → digest of the sheet it is pinned to."""
    opening: Mapping[type[Command], str]
    """Commands that start a stream → the prefix of its id: ``C`` gives ``C-2026-000123``.

    An empty prefix: the submission names the stream.
    """
    commands: Mapping[str, type[Command]]
    events: Mapping[str, type[Event]]
    subject_of: Callable[[Any], str] | None = None
    """state → pseudonym of the customer that the stream is about, as far as is known; None: it is about none."""

    def fold(self, events: Sequence[Event]) -> Any:
        """The state that these events lead to."""
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return state
