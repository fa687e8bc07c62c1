"""The worklist as it was at an earlier moment, made anew from the ledger: of each case what was recorded by then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from domain.case import Case
from domain.summary import Summary, summary_of
from ledger.canonical import instant
from ledger.histories import HISTORIES, PORTION, how_many
from ledger.store import Ledger

_RECORDED = b'"recorded_at":"'
"""Where an entry says when it was recorded: after its data, so it is the last place that looks like this."""
_LENGTH = len("2026-11-22T03:46:00.000000Z")
OF_THE_END = frozenset(("closed_at", "ending", "over", "subject"))
"""Columns that the worklist of open cases does not have."""
NEVER = datetime.max.replace(tzinfo=UTC)


def summaries_then(
    ledger: Ledger, at: datetime, told: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[Summary]:
    """The line of each case that was received by then; ``told`` hears how many were looked at, of how many.

    It reads all cases of the ledger, and keeps none.
    """
    if at.tzinfo is None:
        raise ValueError("at has no time zone")
    case_type = ledger.registry.types["case"]
    limit = instant(at).encode()
    total, done = how_many(ledger, "case"), 0
    streams = ledger.streams("case")
    while portion := list(islice(streams, PORTION)):
        states: dict[str, Case] = {}
        later = set()
        for row in ledger.query(HISTORIES, [portion]):
            stream = row[0]
            if stream in later or _recorded_at(row[3]) > limit:
                later.add(stream)
                continue
            entry = ledger.codec.decode(*row)
            states[stream] = case_type.evolve(states.get(stream, case_type.initial), entry.event)
        for stream, case in states.items():
            if case.received:
                yield summary_of(stream, case, ledger.sheet(case.sheet))
        done += len(portion)
        told(done, max(total, done))


def worklist_then(
    ledger: Ledger,
    at: datetime,
    wanted: Mapping[str, str],
    person: str = "",
    *,
    everything: bool = False,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> list[dict[str, Any]]:
    """The rows that the worklist had then, in its order; with ``everything`` those of cases that were over, too.

    ``wanted`` are columns with the words that they must have; ``person`` is who has the case, or is offered it.
    """
    found = [
        line
        for line in summaries_then(ledger, at, told)
        if (everything or not line.over)
        and (not person or person in (line.responsible, line.offered_to))
        and all(getattr(line, name) == value for name, value in wanted.items())
    ]
    if everything:
        found.sort(key=lambda line: (line.received_at, line.case), reverse=True)
        return [_row(line) for line in found]
    found.sort(key=lambda line: (line.clock_due or NEVER, line.received_at, line.case))
    return [{name: value for name, value in _row(line).items() if name not in OF_THE_END} for line in found]


def _row(line: Summary) -> dict[str, Any]:
    """The line as the views have it: words as text, several as a list."""
    return {name: list(map(str, value)) if isinstance(value, tuple) else value for name, value in vars(line).items()}


def _recorded_at(state: bytes) -> bytes:
    """When an entry was recorded, without reading all of it."""
    start = state.rfind(_RECORDED) + len(_RECORDED)
    return state[start : start + _LENGTH]
