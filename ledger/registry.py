"""Which type of stream an id, a command or an event belongs to."""

from __future__ import annotations

from collections.abc import Mapping

from domain.message import Command, Event
from domain.stream import StreamType
from ledger.refused import CommandAccepted, CommandRefused

OWN: tuple[type[Event], ...] = (CommandRefused, CommandAccepted)
"""What the ledger itself writes, each in its own stream (``refused:…``, ``accepted:…``); no type decides for it."""


class Registry:
    """The stream types that a ledger is opened with."""

    def __init__(self, stream_types: Mapping[str, StreamType]) -> None:
        self.types = dict(stream_types)
        self.events: dict[str, type[Event]] = {event.__name__: event for event in OWN}
        self._by_command: dict[type[Command], StreamType] = {}
        self._by_prefix: dict[str, StreamType] = {}
        for stream_type in self.types.values():
            for name, event in stream_type.events.items():
                if self.events.setdefault(name, event) is not event:
                    raise ValueError(f"Two events are called {name}: a name in the ledger means one thing.")
            for command in (*stream_type.commands.values(), *stream_type.opening):
                if self._by_command.setdefault(command, stream_type) is not stream_type:
                    raise ValueError(f"{command.__name__} belongs to two types of stream.")
            for prefix in stream_type.opening.values():
                if prefix and self._by_prefix.setdefault(prefix, stream_type) is not stream_type:
                    raise ValueError(f"Two types of stream begin their ids with {prefix}-.")

    def of_command(self, command: type[Command]) -> StreamType:
        """The type of stream that a command is for."""
        try:
            return self._by_command[command]
        except KeyError:
            raise ValueError(f"No type of stream knows the command {command.__name__}.") from None

    def of_stream(self, stream: str) -> StreamType | None:
        """The type of the stream with this id: ``policy:complaint`` by its word, ``C-2026-000123`` by its prefix."""
        word, colon, _ = stream.partition(":")
        if colon:
            return self.types.get(word)
        return self._by_prefix.get(stream.partition("-")[0])

    def ranges(self, type_name: str) -> list[tuple[str, str]]:
        """Where the ids of a type lie in the order of bytes: from (inclusive) and to (exclusive)."""
        starts = [f"{type_name}:"]
        starts += [
            f"{prefix}-" for prefix, stream_type in sorted(self._by_prefix.items()) if stream_type.name == type_name
        ]
        return [(start, start[:-1] + chr(ord(start[-1]) + 1)) for start in starts]
