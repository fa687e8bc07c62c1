"""The ledger as it grows, from server-sent events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

import httpx

from client.models import EntryOut
from client.problems import Unavailable
from client.transport import Transport


@dataclass(frozen=True)
class Event:
    """One entry, as it came."""

    id: int
    """Its position: go on after it."""
    name: str
    entry: EntryOut


def follow(transport: Transport, path: str, after: int | None) -> Iterator[Event]:
    """Events without end; the connection is made anew when it ends. Raises what `client.problems` has."""
    heard = time.monotonic()
    while True:
        try:
            with transport.download("GET", path, query={"after": after}).pieces() as pieces:
                for event in events_of(pieces):
                    heard, after = time.monotonic(), event.id
                    yield event
            heard = time.monotonic()
        except (httpx.TransportError, Unavailable) as error:
            if time.monotonic() - heard > transport.patience:
                raise Unavailable(str(error)) from error
            time.sleep(0.2)


def events_of(pieces: Iterable[bytes]) -> Iterator[Event]:
    """The events in a stream of bytes, each as soon as it is whole."""
    left = b""
    for piece in pieces:
        left += piece
        *whole, left = left.split(b"\n\n")
        for text in whole:
            fields = dict(line.split(": ", 1) for line in text.decode().splitlines() if ": " in line)
            if "data" in fields:
                entry = cast("EntryOut", json.loads(fields["data"]))
                yield Event(int(fields["id"]), fields.get("event", ""), entry)
