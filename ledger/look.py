"""What a decision is made on, read in one round trip: the earlier answer, the clock, and the tail of the stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.refusal import Refused
from ledger.folds import Fold, Row
from ledger.keys.ring import KeyRing
from ledger.keys.sealing import same_asked
from ledger.submission import Asked, Receipt

ANSWER = """c.salt, c.body, c.stream, c.outcome, c.refusal, c.events, c.last_version, c.received_at,
       CASE WHEN c.first_version <= c.last_version THEN (
           SELECT p.notification_id FROM casefold.stored_events AS p
           WHERE p.originator_id = c.stream AND p.originator_version = c.last_version) END"""
ONE = """FROM (VALUES (1)) AS one
LEFT JOIN casefold.command AS c ON c.actor_id = %(actor)s AND c.command_id = %(command_id)s
LEFT JOIN casefold.stored_events AS e ON e.originator_id = %(stream)s AND e.originator_version >= %(known)s
ORDER BY e.originator_version"""
ENTRY = """e.originator_version, e.topic,
       CASE WHEN e.originator_version = %(known)s THEN sha256(e.state) ELSE e.state END, e.notification_id"""
LOOK = f"SELECT {ANSWER},\n       clock_timestamp(), NULL, NULL, {ENTRY}\n{ONE}"
LOOK_BEFORE_OPENING = f"""SELECT {ANSWER},
       clock_timestamp(), (SELECT nextval('casefold.stream_number')),
       (SELECT m.stream FROM casefold.matter AS m WHERE m.hash = %(matter)s::bytea), {ENTRY}
{ONE}"""
"""The stream is then the one of the policy sheet; the running number of a command that is refused is lost."""


@dataclass(frozen=True)
class Look:
    """What was found."""

    answer: tuple[Any, ...] | None
    """The row of the command, when it was answered before."""
    now: datetime
    number: int | None
    same_matter: str | None
    known: Fold | None
    """What was known before, up to the first row of the tail."""
    tail: list[Row]

    @classmethod
    def of(cls, rows: Sequence[tuple[Any, ...]], known: Fold | None) -> Look:
        """The rows of `LOOK` or `LOOK_BEFORE_OPENING`."""
        first = rows[0]
        return cls(
            answer=first[:9] if first[0] is not None else None,
            now=first[9],
            number=first[10],
            same_matter=first[11],
            known=known,
            tail=[
                (version, topic, state, position) for *_, version, topic, state, position in rows if version is not None
            ],
        )


def first_answer(asked: Asked, row: Sequence[Any], ring: KeyRing | None) -> Receipt:
    """The answer that this command got; or a refusal, not written down, when something else was asked under its id.

    Raises KeysUnavailable when only a person's key could tell whether it is the same.
    """
    salt, body, stream, outcome, refusal, events, version, received_at, position = row
    reused = not _same(asked, body, ring)
    if reused:
        error: Refused | None = Refused("command_id_reused", command_id=asked.command_id)
    else:
        error = Refused(refusal["code"], **refusal["params"]) if refusal else None
    return Receipt(
        stream=stream or "",
        command_id=asked.command_id,
        accepted=outcome == "accepted" and not reused,
        refusal=error,
        version=version,
        position=0 if reused else position or 0,
        events=() if reused else tuple(events),
        recorded_at=received_at,
        repeated=bytes(salt) != asked.salt,
    )


def _same(asked: Asked, body: dict[str, Any], ring: KeyRing | None) -> bool:
    if body | {"data": {}} != asked.body({}):
        return False
    return same_asked(type(asked.command), body["data"], asked.data, ring)


def new_id(prefix: str, now: datetime, number: int) -> str:
    """The readable id of a new stream: C-2026-000123."""
    return f"{prefix}-{now.astimezone(UTC).year}-{number:06d}"
