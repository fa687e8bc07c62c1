"""What a receiver is told of an entry: a CloudEvent in JSON, made from the ledger each time, without personal data.

Fields that hold personal data are left out, and so is the id of whoever did it; their roles stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from domain.entry import Entry
from domain.personal import each_personal, is_sealed
from ledger.canonical import canonical, instant, plain
from ledger.store import Ledger

TOLD = ("case", "policy", "calendar", "department")
"""The types of streams of which receivers are told. Readings of personal data, erasures and logs are nobody else's."""
LEFT_OUT = "\x01"
"""No text of the ledger is this: it marks what is taken out."""


def told(ledger: Ledger, entry: Entry) -> bool:
    """Whether this is an entry of which receivers are told at all."""
    kind = ledger.registry.of_stream(entry.stream)
    return kind is not None and kind.name in TOLD


def events(ledger: Ledger) -> list[str]:
    """The names of all events of which receivers may be told."""
    return sorted(name for kind in TOLD if kind in ledger.registry.types for name in ledger.registry.types[kind].events)


def id_of(entry: Entry) -> str:
    """The id of the message about an entry: the same for every endpoint and each try, another after a roll-back."""
    parts = [entry.stream, entry.version, type(entry.event).__name__, instant(entry.recorded_at), entry.command_id]
    return f"msg_{hashlib.sha256(canonical(parts)).hexdigest()[:32]}"


def body_of(ledger: Ledger, entry: Entry, source: str) -> bytes:
    """The CloudEvent about an entry."""
    event = entry.event
    kind = ledger.registry.of_stream(entry.stream)
    word = kind.name if kind is not None else "ledger"
    data = {
        "position": entry.position,
        "stream": entry.stream,
        "version": entry.version,
        "event": type(event).__name__,
        "class_version": type(event).class_version,
        "recorded_at": instant(entry.recorded_at),
        "happened_at": instant(entry.happened_at),
        "actor": {"roles": [role.value for role in entry.actor.roles], "department": entry.actor.department},
        **(_as_of(ledger, entry) if word == "case" else {}),
        "fields": fields_of(entry),
    }
    name = f"casefold.{word}.{type(event).__name__}"
    return _cloud_event(id_of(entry), source, name, entry.stream, instant(entry.recorded_at), data)


def ping(message: str, source: str, endpoint: str, at: str) -> bytes:
    """A trial: it stands for no entry."""
    return _cloud_event(message, source, "casefold.webhook.Ping", endpoint, at, {"endpoint": endpoint})


def fields_of(entry: Entry) -> dict[str, Any]:
    """The fields of an event that hold no personal data; also within records."""
    marked = each_personal(type(entry.event), plain(entry.event), lambda mark, path, text: LEFT_OUT)
    return dict(_kept(marked))


def _kept(fields: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if value == LEFT_OUT or is_sealed(value):
            continue
        yield name, _without(value)


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(_kept(value))
    if isinstance(value, list):
        return [_without(part) for part in value if part != LEFT_OUT and not is_sealed(part)]
    return value


def _as_of(ledger: Ledger, entry: Entry) -> dict[str, Any]:
    """What kind of case it is, and where it was after this entry."""
    kind = ledger.registry.types["case"]
    state = kind.initial
    for one in ledger.history(entry.stream):
        if one.version > entry.version:
            break
        state = kind.evolve(state, one.event)
    return {"kind": state.kind, "stage": str(state.stage), "round": state.round, "over": state.over}


def _cloud_event(message: str, source: str, kind: str, subject: str, time: str, data: dict[str, Any]) -> bytes:
    """As CloudEvents 1.0 has it, in structured mode."""
    event = {
        "specversion": "1.0",
        "id": message,
        "source": source,
        "type": kind,
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "data": data,
    }
    return canonical(event)
