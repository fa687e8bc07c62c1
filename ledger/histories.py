"""Many histories at a time, for whoever reads the whole ledger and writes nothing: what-if, figures, exports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from domain.entry import Entry
from ledger.store import Ledger

PORTION = 500
"""Streams that are read at once."""

HISTORIES = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id = ANY(%s::text[]) ORDER BY originator_id, originator_version
"""
NAMES = """
SELECT c.actor_id, c.command_id, c.name
FROM unnest(%s::text[], %s::text[]) AS k (actor_id, command_id)
JOIN casefold.command AS c ON c.actor_id = k.actor_id AND c.command_id = k.command_id
"""
COUNT = """
SELECT count(*) FROM casefold.stored_events
WHERE originator_id > %s AND originator_id < %s AND originator_version = 1
"""


def histories(ledger: Ledger, type_name: str) -> Iterator[list[tuple[str, list[Entry]]]]:
    """All streams of a type with their entries, portion by portion."""
    streams = ledger.streams(type_name)
    while portion := list(islice(streams, PORTION)):
        entries: dict[str, list[Entry]] = {stream: [] for stream in portion}
        for row in ledger.query(HISTORIES, [portion]):
            entries[row[0]].append(ledger.codec.decode(*row))
        yield list(entries.items())


def how_many(ledger: Ledger, type_name: str) -> int:
    """How many streams of a type there are."""
    return sum(ledger.query(COUNT, bounds)[0][0] for bounds in ledger.registry.ranges(type_name))


def command_names(ledger: Ledger, entries: Iterable[Entry]) -> dict[tuple[str, str], str]:
    """The names of the commands by which these entries were recorded, by actor and command id."""
    keys: Sequence[tuple[str, str]] = list({(entry.actor.id, entry.command_id) for entry in entries})
    if not keys:
        return {}
    found = ledger.query(NAMES, [[actor for actor, _ in keys], [command for _, command in keys]])
    return {(actor, command): name for actor, command, name in found}
