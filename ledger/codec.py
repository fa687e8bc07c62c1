"""Entry ↔ the bytes of a row, and the one JSON form of an entry for HTTP and exports.

A row names its event by class name, looked up in a list of what is allowed: a name in a row never imports anything.
What cannot be read for certain is refused by name: an unknown event, a version newer than the code, an unknown field.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from domain.actor import Actor, Role
from domain.entry import Entry
from domain.message import Command, Event
from domain.personal import SEALED, Personal, each_personal
from ledger.canonical import LARGEST, canonical, instant, plain
from ledger.errors import NotWritable, UnreadableEntry
from ledger.upcasters import RENAMED, UPCASTERS, Upcaster

FORMAT = 2
"""Format of the bytes, frozen: another one begins another ledger. In format 1 personal data was plain text."""
FIELDS = frozenset(("v", "n", "salt", "recorded_at", "happened_at", "actor", "command_id", "command", "data"))
OLD = (
    "it was written by an earlier program that kept personal data in plain text. Such a ledger is not taken over: "
    "begin a new one."
)
REMEMBERED = 4096
"""Entries that were decoded last; entries never change."""
ACTOR_FIELDS = frozenset(("id", "roles", "department"))


@dataclass(frozen=True)
class Draft:
    """An event as it will be read back, with the plain data that will be written."""

    event: Event
    data: dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """What an entry keeps besides its event: when, who, and by which command."""

    recorded_at: datetime
    happened_at: datetime
    actor: Actor
    command_id: str
    command_digest: bytes
    """SHA-256 of the command's salt and canonical body; the salt is kept in the command's row only."""


class Codec:
    """Reads and writes the events of a list, and no others."""

    def __init__(
        self,
        events: Mapping[str, type[Event]],
        *,
        upcasters: Mapping[tuple[str, int], Upcaster] = UPCASTERS,
        renamed: Mapping[str, str] = RENAMED,
    ) -> None:
        self._events = dict(events)
        self._upcasters = upcasters
        self._renamed = renamed
        # Relay, projector and recorder of one process read the same new rows: each is decoded once.
        self._remembered = lru_cache(REMEMBERED)(self._decode)

    def reads(self, topic: str, version: int) -> bool:
        """Whether entries of this name and version can be read."""
        kind = self._events.get(self._renamed.get(topic, topic))
        if kind is None or not 1 <= version <= kind.class_version:
            return False
        return all((topic, step) in self._upcasters for step in range(version, kind.class_version))

    def draft(self, event: Event, seal: Callable[[type[Event], dict[str, Any]], dict[str, Any]]) -> Draft:
        """The event as it will come back from the ledger; NotWritable when it would not come back the same.

        ``seal`` seals its personal fields. Whoever folds must fold this one: in memory and after a restart the state is
        then the same.
        """
        name = type(event).__name__
        if self._events.get(name) is not type(event):
            raise NotWritable(f"{name} is not in the glossary")
        try:
            data = seal(type(event), plain(event))
            return Draft(self._build(type(event), data), data)
        except (NotWritable, ValidationError) as error:
            raise NotWritable(f"{name}: {_reason(error)}") from error

    def command(self, command: Command) -> tuple[Any, dict[str, Any]]:
        """The command as it is kept, and its plain data: decided is what is written down."""
        name = type(command).__name__
        try:
            data = plain(command)
            _refuse_sealed(data)
            return self._build(type(command), data), data
        except (NotWritable, ValidationError) as error:
            raise NotWritable(f"{name}: {_reason(error)}") from error

    def encode(self, draft: Draft, origin: Origin) -> bytes:
        """The bytes of a row: written once, never written anew."""
        return canonical(
            {
                "v": FORMAT,
                "n": type(draft.event).class_version,
                "salt": base64.b64encode(os.urandom(16)).decode(),
                "recorded_at": instant(origin.recorded_at),
                "happened_at": instant(origin.happened_at),
                "actor": plain(origin.actor),
                "command_id": plain(origin.command_id),
                "command": base64.b64encode(origin.command_digest).decode(),
                "data": draft.data,
            }
        )

    def decode(self, stream: str, version: int, topic: str | None, state: bytes | None, position: int = 0) -> Entry:
        """The entry of a row; UnreadableEntry, with the reason, for anything but what `encode` writes."""
        try:
            return self._remembered(stream, version, topic, state, position)
        except RecursionError:
            reason = "it is nested too deeply."
        except UnicodeDecodeError:
            reason = "it is not UTF-8."
        except _Unreadable as error:
            reason = str(error)
        except (NotWritable, ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
            reason = _reason(error)
        raise UnreadableEntry(stream, version, reason)

    def _decode(self, stream: str, version: int, topic: str | None, state: bytes | None, position: int) -> Entry:
        kind = self._events.get(self._renamed.get(topic or "", topic or ""))
        if topic is None or kind is None:
            raise _Unreadable(f"this program knows no event called {str(topic)[:80]!r}.")
        if state is None or len(state) > LARGEST:
            raise _Unreadable("it is empty." if state is None else f"{len(state)} bytes are too many.")
        body = json.loads(state, parse_float=_no_float, parse_constant=_no_float)
        if not isinstance(body, dict) or body.get("v") != FORMAT:
            raise _Unreadable(OLD if isinstance(body, dict) and body.get("v") == 1 else f"its format is not {FORMAT}.")
        if body.keys() != FIELDS:
            raise _Unreadable(f"its fields are not those of an entry: {_names(body.keys() ^ FIELDS)}.")
        data = self._today(topic, kind, body["n"], body["data"])
        event = self._build(kind, data)
        each_personal(kind, data, _sealed_for(f"{stream}/{version}/{topic}/"))
        actor = body["actor"]
        if actor.keys() != ACTOR_FIELDS:
            raise _Unreadable(f"its actor's fields are not known: {_names(actor.keys() ^ ACTOR_FIELDS)}.")
        return Entry(
            stream=stream,
            version=version,
            event=event,
            recorded_at=_instant(body["recorded_at"]),
            happened_at=_instant(body["happened_at"]),
            actor=Actor(_text(actor["id"]), tuple(map(Role, actor["roles"])), _text(actor["department"])),
            command_id=_text(body["command_id"]),
            position=position,
        )

    def told(self, entry: Mapping[str, Any]) -> Entry:
        """The entry that came as plain values (`entry_as_json`), its personal fields masked or readable.

        Raises UnreadableEntry for what this program does not know.
        """
        topic, stream, version = str(entry["event"]), str(entry["stream"]), int(entry["version"])
        kind, actor = self._events.get(self._renamed.get(topic, topic)), entry["actor"]
        try:
            if kind is None:
                raise _Unreadable(f"this program knows no event called {topic[:80]!r}.")
            event = self._build(kind, self._today(topic, kind, entry["class_version"], dict(entry["data"])))
        except (_Unreadable, NotWritable, ValidationError) as error:
            raise UnreadableEntry(stream, version, _reason(error)) from error
        return Entry(
            stream=stream,
            version=version,
            event=event,
            recorded_at=_instant(entry["recorded_at"]),
            happened_at=_instant(entry["happened_at"]),
            actor=Actor(actor["id"], tuple(map(Role, actor["roles"])), actor["department"]),
            command_id=entry["command_id"],
            position=entry["position"],
        )

    def _today(self, topic: str, kind: type[Event], written: Any, data: Any) -> Any:
        """The data as today's class has it."""
        if type(written) is not int or written < 1 or not isinstance(data, dict):
            raise _Unreadable("its version or its data is missing.")
        if written > kind.class_version:
            raise _Unreadable(
                f"{topic} version {written} is newer than this program, which knows version {kind.class_version}."
            )
        while written < kind.class_version:
            step = self._upcasters.get((topic, written))
            if step is None:
                raise _Unreadable(f"there is no way from {topic} version {written} to {written + 1}.")
            data = step(data)
            written += 1
        return data

    def _build(self, kind: type, data: dict[str, Any]) -> Any:
        """The object that these data describe, exactly: written again it gives the same data."""
        built = _adapter(kind).validate_python(data)
        again = plain(built)
        if again != data:
            difference = _difference(data, again)
            if difference:
                raise NotWritable(difference)
        return built


def entry_as_json(entry: Entry) -> dict[str, Any]:
    """The entry as plain values: the one form for HTTP, exports and `--json`. Personal fields are not masked here."""
    return {
        "stream": entry.stream,
        "version": entry.version,
        "position": entry.position,
        "event": type(entry.event).__name__,
        "class_version": type(entry.event).class_version,
        "recorded_at": instant(entry.recorded_at),
        "happened_at": instant(entry.happened_at),
        "actor": plain(entry.actor),
        "command_id": entry.command_id,
        "data": plain(entry.event),
    }


def _sealed_for(place: str) -> Callable[[Personal, str, str], str]:
    """Sees, without any key, that personal fields are sealed, and for the place where they stand."""

    def check(_mark: Personal, path: str, text: str) -> str:
        if not text.startswith(SEALED):
            raise _Unreadable(f"the field {path} holds personal data in plain text.")
        if text.split(".", 5)[-1] != f"{place}{path}":
            raise _Unreadable(f"the field {path} was sealed for another place.")
        return text

    return check


def _refuse_sealed(value: Any) -> None:
    """Nobody gives a sealed field as a text: it would be opened for them."""
    if isinstance(value, str) and value.startswith(SEALED):
        raise NotWritable(f"a text may not begin with {SEALED}")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in parts:
        _refuse_sealed(part)


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    """How objects of a class are built; made once in a process and not for each ledger, as it takes milliseconds."""
    return TypeAdapter(kind)


class _Unreadable(Exception):
    """Why a row cannot be read, as a sentence."""


def _difference(written: Any, read: Any, path: str = "") -> str:
    """The first place where what was read says less or something else than what was written; defaults may be added."""
    if isinstance(written, dict) and isinstance(read, dict):
        for name, value in written.items():
            where = f"{path}.{name}" if path else str(name)
            if name not in read:
                return f"the field {where} is not known."
            if found := _difference(value, read[name], where):
                return found
        return ""
    if isinstance(written, list) and isinstance(read, list) and len(written) == len(read):
        for number, (one, other) in enumerate(zip(written, read, strict=True)):
            if found := _difference(one, other, f"{path}[{number}]"):
                return found
        return ""
    same = type(written) is type(read) and written == read
    return "" if same else f"the field {path} does not read as it is written."


def _reason(error: Exception) -> str:
    """Why, without the values: they may be personal data."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}." if where else f"{first['msg']}."
    if isinstance(error, NotWritable | _Unreadable):
        return str(error)
    return f"it is not what was written ({type(error).__name__})."


def _no_float(_text: str) -> NoReturn:
    raise _Unreadable("it holds a float.")


def _instant(value: Any) -> datetime:
    if not isinstance(value, str) or not value.endswith("Z"):
        raise _Unreadable("an instant is not in UTC.")
    return datetime.fromisoformat(value).astimezone(UTC)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Unreadable("an id is not text.")
    return value


def _names(names: Any) -> str:
    return ", ".join(sorted(str(name)[:40] for name in names))
