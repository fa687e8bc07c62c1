"""What is asked of the recorder and what it answers."""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from domain.actor import Actor
from domain.message import Command, snake
from domain.refusal import Refused
from domain.stream import StreamType
from ledger.canonical import canonical, instant, plain, text
from ledger.codec import Codec
from ledger.registry import Registry

LONGEST_ID = 200
"""Characters of the id of an actor, a command or a stream."""
LONGEST_HOLD = 600
"""Seconds."""


@dataclass(frozen=True)
class Submission:
    """A command as somebody gives it."""

    command: Command
    by: Actor
    command_id: str
    """Chosen by whoever asks; the same id by the same actor gets the first answer again."""
    stream: str | None = None
    """None for a command that opens a stream and gets its id from the ledger."""
    happened_at: datetime | None = None
    expected_version: int | None = None
    hold: int = 0
    """Seconds that messages which follow from it wait, so that it can be undone before anybody hears of it."""
    sees: Callable[[Any], bool] | None = None
    """state → whether whoever asks may know of the stream; None: they may. Asked of the state that is decided on."""


@dataclass(frozen=True)
class Receipt:
    """What became of a command: kept in the ledger, and the same however often it is asked."""

    stream: str
    """Empty when the command would have opened a stream and was refused."""
    command_id: str
    accepted: bool
    refusal: Refused | None
    version: int
    """The stream's version after the command."""
    position: int
    """Place of the last entry appended to the stream, in the order of the ledger; 0 when none was."""
    events: tuple[str, ...]
    """Names of the entries appended to the stream, warnings and breaches that were due among them."""
    recorded_at: datetime
    repeated: bool
    """Whether this is the answer to an earlier submission with the same id."""


@dataclass(frozen=True)
class Asked:
    """A submission, looked over: everything about it that does not depend on the ledger's state."""

    kind: StreamType
    opens: str | None
    """The prefix of the id of the stream that it opens; None when it opens none, or names it."""
    may_open: bool
    name: str
    command: Any
    """As it will be read back from the ledger: what is decided is what is written down."""
    by: Actor
    actor: str
    command_id: str
    stream: str
    happened_at: datetime | None
    expected_version: int | None
    hold: int
    data: dict[str, Any]
    """The command's fields as plain values, readable."""
    salt: bytes
    matter: bytes | None
    since: float
    """When it was asked (time.monotonic): patience counts from here, whoever else is served first."""
    sees: Callable[[Any], bool] | None = None
    new_subject: list[str] = field(default_factory=list)
    """The data subject that was found or made for it: tried again, it is the same."""

    def unseen(self, version: int, state: Any) -> bool:
        """Whether the stream, as of this version, is to be unknown to whoever asks."""
        return self.sees is not None and not (version and self.sees(state))

    @property
    def policy(self) -> str:
        """For an opening command: the stream with the policy sheets of its kind."""
        return f"policy:{getattr(self.command, 'kind', '')}"

    def body(self, data: dict[str, Any]) -> dict[str, Any]:
        """What was asked as it is kept, around the command's fields as they are given here."""
        waiting = {"hold": self.hold} if self.hold else {}
        return waiting | {
            "command": self.name,
            "stream": self.stream or None,
            "happened_at": instant(self.happened_at) if self.happened_at else None,
            "expected_version": self.expected_version,
            "data": data,
        }


def look_over(
    submission: Submission,
    registry: Registry,
    codec: Codec,
    matter_key: bytes,
    matter_of: Callable[[Command], str | None],
) -> Asked:
    """Check what can be checked without the ledger. Raises ValueError for what no person can mean."""
    kind = registry.of_command(type(submission.command))
    prefix = kind.opening.get(type(submission.command))
    if prefix and submission.stream is not None:
        raise ValueError(f"{type(submission.command).__name__} opens a stream and names none.")
    if not prefix and not submission.stream:
        raise ValueError(f"{type(submission.command).__name__} must name its stream.")
    if prefix == "" and submission.stream and registry.of_stream(submission.stream) is not kind:
        raise ValueError(f"{submission.stream[:50]!r} is not the id of a {kind.name}.")
    if submission.happened_at is not None and submission.happened_at.tzinfo is None:
        raise ValueError("happened_at has no time zone.")
    if not 0 <= submission.hold <= LONGEST_HOLD:
        raise ValueError(f"Messages can be held back for 0 to {LONGEST_HOLD} seconds.")
    command, data = codec.command(submission.command)
    name = snake(type(command).__name__)
    stream = _id("stream", submission.stream) if submission.stream is not None else ""
    happened_at = submission.happened_at.astimezone(UTC) if submission.happened_at else None
    matter = matter_of(command) if prefix else None
    return Asked(
        kind=kind,
        opens=prefix or None,
        may_open=prefix is not None,
        name=name,
        command=command,
        by=submission.by,
        actor=_actor(submission.by),
        command_id=_id("command id", submission.command_id),
        stream=stream,
        happened_at=happened_at,
        expected_version=submission.expected_version,
        hold=submission.hold,
        data=data,
        salt=os.urandom(16),
        matter=hmac.digest(matter_key, matter.encode(), "sha256") if matter is not None else None,
        since=time.monotonic(),
        sees=submission.sees,
    )


@lru_cache(maxsize=4096)
def _actor(actor: Actor) -> str:
    _id("actor", actor.id)
    return canonical(plain(actor)).decode()


def _id(what: str, value: str) -> str:
    if not value or len(value) > LONGEST_ID or not value.isprintable() or text(value) != value:
        raise ValueError(f"The {what} {value[:50]!r} must be 1 to {LONGEST_ID} printable characters in normal form.")
    return value
