"""What entries say of the commands that led to them, and what the rows of commands say: both must say the same.

Each command is one fact on either side. In a first pass the facts of both sides are only summed under a secret of the
moment (a multiset hash), so that a ledger of any length needs no memory; facts are kept one by one only when the sums
differ, to name the first that does.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b, sha256
from json.encoder import encode_basestring as quoted
from typing import NamedTuple

from pydantic_core import from_json

from ledger.canonical import canonical
from ledger.refused import CommandAccepted, CommandRefused, acceptance_stream, refusal_stream

_HEAD = re.compile(rb'\{"actor":(\{[^{}]*\}),"command":"([A-Za-z0-9+/]{43}=)","command_id":("(?:[^"\\]|\\.)*"),"data":')
OWN = frozenset((CommandRefused.__name__, CommandAccepted.__name__))
"""Entries of the ledger itself, in a stream of their own for each command that left no other, or was refused."""
GAP = "\x1f"
"""Between the names of events."""

COMMANDS = """
SELECT actor_id, command_id, stream, name, salt, digest, body::text, actor::text, expected_version,
       to_char(received_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), outcome, refusal::text,
       array_to_string(events, chr(31), '?'), cardinality(events), first_version, last_version
FROM casefold.command
"""


def command_in(state: bytes | None) -> tuple[bytes, bytes] | None:
    """Digest and id of the command that led to an entry, as the entry has them; None for what names none."""
    found = _HEAD.match(state or b"")
    return (found[2], found[3]) if found else None


class Sum:
    """Counts facts and sums them up, in any order, under a secret that nobody knew before."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.count = 0
        self.total = 0

    def add(self, fact: bytes) -> None:
        """One more."""
        self.count += 1
        self.total += int.from_bytes(blake2b(fact, digest_size=32, key=self._secret).digest())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sum):
            return NotImplemented
        return self.count == other.count and (self.total - other.total) % (1 << 256) == 0

    __hash__ = None  # type: ignore[assignment]


def new_secret() -> bytes:
    """For the sums of one pass."""
    return os.urandom(32)


# ── What entries say ─────────────────────────────────────────────────────────────────────────────────────────────────


class Groups:
    """Takes entries in the order of the ledger; those of one command follow each other. Gives each command's fact."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._head = b"\0"
        self._found: re.Match[bytes] | None = None
        """The head of the newest entry: actor, digest and id of the command."""
        self._at = ""
        self._place = (0, "", 0, "")
        self._own = ("", 0, 0)
        self._topics: list[str] = []
        self._alone = ""
        """What stands in the command's own stream."""

    def add(self, position: int, stream: str, version: int, topic: str | None, state: bytes | None, at: str) -> None:
        """The next entry."""
        if state is None or not state.startswith(self._head):
            found = _HEAD.match(state or b"")
            before = self._found
            if found is None or before is None or found[2] != before[2] or found[3] != before[3]:
                self.end()
            if found is None:
                self._strange((position, stream, version, topic or ""))
                return
            self._head, self._found = found[0], found
        elif at != self._at or self._alone:
            found = self._found
            self.end()
            self._found = found
        if not self._topics and not self._alone:
            self._at, self._place = at, (position, stream, version, topic or "")
        if topic in OWN and state is not None:
            self._alone = f"{topic} {quoted(stream)} {version}\n{_data(state)}"
        elif not self._topics:
            self._own = (stream, version, version)
            self._topics.append(topic or "")
        else:
            mine, first, last = self._own
            follows = stream == mine and version == last + 1 and at == self._at
            self._own = (mine, first, version)
            self._topics.append(topic or "" if follows else f"{stream} {version}")  # no command wrote the latter

    def end(self) -> None:
        """No more entries belong to the last command."""
        if self._found is not None:
            stream, first, last = self._own
            topics = GAP.join(self._topics)
            said = f"{self._at}\n{quoted(stream)} {first} {last} {quoted(topics)}" if self._topics else f"{self._at}\n"
            self._give(b"%b\n%b\n%b" % (self._head, said.encode(), self._alone.encode()))
        self._head, self._found = b"\0", None
        self._topics, self._alone = [], ""

    def _give(self, fact: bytes) -> None:
        self._sink(fact)

    def _strange(self, place: tuple[int, str, int, str]) -> None:
        """An entry that names no command as entries do: no command will say the same."""
        self._sink(os.urandom(16))


@dataclass(frozen=True)
class Group:
    """The entries of one command, kept to be named."""

    fact: bytes
    actor: bytes
    position: int
    stream: str
    version: int
    topic: str
    """Place and name of the first of them."""


class KeptGroups(Groups):
    """The same, one by one, by the digests of the commands."""

    def __init__(self) -> None:
        super().__init__(lambda fact: None)
        self.by_digest: dict[bytes, Group] = {}
        self.others: list[Group] = []
        """Without a digest, or with one that another has too."""

    def _give(self, fact: bytes) -> None:
        assert self._found is not None
        group = Group(fact, self._found[1], *self._place)
        if self.by_digest.setdefault(self._found[2], group) is not group:
            self.others.append(group)

    def _strange(self, place: tuple[int, str, int, str]) -> None:
        self.others.append(Group(b"", b"", *place))


def _data(state: bytes) -> str:
    try:
        return canonical(json.loads(state)["data"]).decode()
    except (ValueError, KeyError, TypeError):
        return "?"


# ── What rows of commands say ────────────────────────────────────────────────────────────────────────────────────────


class CommandRow(NamedTuple):
    """A command as its row has it; JSON as the database writes it."""

    actor_id: str
    command_id: str
    stream: str | None
    name: str
    salt: bytes
    digest: bytes
    body: str
    actor: str
    expected_version: int | None
    received_at: str
    outcome: str
    refusal: str | None
    events: str
    number: int
    first_version: int
    last_version: int

    @property
    def key(self) -> bytes:
        """Its digest as entries have it."""
        return base64.b64encode(self.digest)

    def fact(self, actor: bytes | None = None) -> bytes:
        """What entries must say of it; the actor may be given (what was overdue, the workflow itself has added)."""
        by = _actor(self.actor)[0] if actor is None else actor
        command_id = quoted(self.command_id).encode()
        head = b'{"actor":%b,"command":"%b","command_id":%b,"data":' % (by, self.key, command_id)
        said = f"{self.received_at}\n"
        if self.number:
            own = f"{quoted(self.stream or '')} {self.first_version} {self.last_version} {quoted(self.events)}"
            said = f"{said}{own}"
        alone = ""
        if self.outcome == "refused" or not self.number:
            topic, stream = CommandAccepted.__name__, acceptance_stream(self.actor_id, self.command_id)
            if self.outcome == "refused":
                topic, stream = CommandRefused.__name__, refusal_stream(self.actor_id, self.command_id)
            where = {"command": self.name, "stream": self.stream or "", "version": self.last_version}
            data = {**json.loads(self.refusal or "{}"), **where}
            alone = f"{topic} {quoted(stream)} 1\n{canonical(data).decode()}"
        return b"%b\n%b\n%b" % (head, said.encode(), alone.encode())

    def contradiction(self) -> str:
        """The first column that contradicts the others; empty when none does."""
        body = from_json(self.body)
        if sha256(self.salt + canonical(body)).digest() != self.digest:
            return "body, salt or digest"
        if body["command"] != self.name:
            return "name"
        if body["stream"] is not None and body["stream"] != self.stream:
            return "stream"
        if body["expected_version"] != self.expected_version:
            return "expected version"
        if _actor(self.actor)[1] != self.actor_id:
            return "actor"
        if self.number != self.last_version - self.first_version + 1:
            return "list of events"
        if (self.refusal is not None) != (self.outcome == "refused"):
            return "refusal"
        # An accepted command that named a version was decided on that version.
        named = self.expected_version
        if named is not None and self.outcome == "accepted" and named != self.first_version - 1:
            return "expected version"
        return ""


@lru_cache(1024)
def _actor(text: str) -> tuple[bytes, str]:
    """The canonical form of an actor, and the id."""
    actor = json.loads(text)
    return canonical(actor), str(actor["id"])
