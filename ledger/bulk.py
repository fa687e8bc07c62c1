"""Many commands at once, for imports: read everything in a few round trips, decide in memory in order, append once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from domain.policy import Sheet
from domain.refusal import Refused
from domain.stream import StreamType
from ledger.database import BRIEF
from ledger.folds import TAILS, Fold, Folds, Row
from ledger.look import ANSWER, first_answer, new_id
from ledger.shelf import Papers
from ledger.store import Ledger
from ledger.subjects import sealing_of
from ledger.submission import Asked, Receipt
from ledger.verdict import Verdict, decide

ANSWERS = f"""
SELECT c.actor_id, c.command_id, {ANSWER}
FROM unnest(%s::text[], %s::text[]) AS k (actor_id, command_id)
JOIN casefold.command AS c ON c.actor_id = k.actor_id AND c.command_id = k.command_id
"""
MATTERS = "SELECT hash, stream FROM casefold.matter WHERE hash = ANY(%s::bytea[])"
NUMBERS = "SELECT nextval('casefold.stream_number') FROM generate_series(1, %s)"

Key = tuple[str, str]


class NotTogether(Exception):
    """These commands can only be decided one by one."""


@dataclass
class Batch:
    """Commands that are decided in order, each on what those before it leave behind."""

    ledger: Ledger
    now: datetime
    answers: dict[Key, tuple[Any, ...]]
    matters: dict[bytes, str]
    numbers: list[int]
    folds: dict[str, Fold]
    sheet_of: Callable[[StreamType, Any], Sheet | None]
    papers: Papers
    verdicts: dict[Key, Verdict] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        ledger: Ledger,
        asked: Sequence[Asked],
        *,
        folds: Folds,
        sheet_of: Callable[[StreamType, Any], Sheet | None],
        papers: Papers,
        clock: Callable[[], datetime] | None,
    ) -> Batch:
        """All that these commands need to know, in one round trip; errors are the library's and psycopg's."""
        keys = list(dict.fromkeys((one.by.id, one.command_id) for one in asked))
        hashes = [one.matter for one in asked if one.matter is not None]
        opening = sum(1 for one in asked if one.opens)
        policies = {one.policy for one in asked if one.opens}
        if any(one.stream in policies for one in asked):
            raise NotTogether("A policy changes between commands that may depend on it.")
        needed = dict.fromkeys((*policies, *(one.stream for one in asked if not one.opens)))
        known = {stream: folds.get(stream) for stream in needed}
        versions = [fold.version if fold else 0 for fold in known.values()]
        with ledger.connection(silence=BRIEF + len(asked) / 100) as connection, connection.pipeline():
            answered = _ask(connection, ANSWERS, [[actor for actor, _ in keys], [command for _, command in keys]])
            tails = _ask(connection, TAILS, [list(known), versions])
            matters = _ask(connection, MATTERS, [hashes]) if hashes else None
            numbers = _ask(connection, NUMBERS, [opening]) if opening else None
            now = _ask(connection, "SELECT clock_timestamp()", [])
        rows: dict[str, list[Row]] = {stream: [] for stream in known}
        for stream, version, topic, state, position in tails.fetchall():
            rows[stream].append((version, topic, state, position))
        found: dict[str, Fold] = {}
        for stream in needed:
            fold = folds.take(stream, known[stream], rows[stream])
            if fold is None:  # The ledger was rolled back under the cache, which is empty now.
                fold = folds.load_all([stream]).get(stream)
            if fold is not None and fold.version:
                found[stream] = fold
        return cls(
            ledger=ledger,
            now=clock() if clock else now.fetchall()[0][0],
            answers={(actor, command): tuple(row) for actor, command, *row in answered.fetchall()},
            matters={bytes(key): stream for key, stream in matters.fetchall()} if matters else {},
            numbers=[number for (number,) in numbers.fetchall()] if numbers else [],
            folds=found,
            sheet_of=sheet_of,
            papers=papers,
        )

    def decide(self, asked: Asked) -> None:
        """Decide one command, unless it was answered before, in the ledger or in this batch."""
        key = (asked.by.id, asked.command_id)
        if key in self.answers or key in self.verdicts:
            return
        stream = asked.stream
        fold = Fold(0, asked.kind.initial)
        if asked.opens:
            stream = new_id(asked.opens, self.now, self.numbers.pop(0))
            sheet = self.papers.in_force(self.folds.get(asked.policy), self.now)
        else:
            if self.ledger.registry.of_stream(stream) is asked.kind:
                fold = self.folds.get(stream, fold)
            if asked.unseen(fold.version, fold.state):
                raise NotTogether("One of them does not see the stream.")
            sheet = self.sheet_of(asked.kind, fold.state)
        verdict = decide(
            asked,
            stream=stream,
            fold=fold,
            now=self.now,
            sheet=sheet,
            shelf=self.papers,
            codec=self.ledger.codec,
            sealing=sealing_of(self.ledger, asked, stream, fold.state),
            same_matter=self.matters.get(asked.matter) if asked.matter is not None else None,
        )
        self.verdicts[key] = verdict
        if verdict.fold.version:
            self.folds[verdict.receipt.stream] = verdict.fold
        if verdict.matter:
            self.matters[verdict.matter[0]] = verdict.matter[1]

    def answer(self, asked: Asked, receipts: dict[Key, Receipt]) -> Receipt:
        """The answer to a command, once the batch is written; ``receipts`` of what was new in it."""
        key = (asked.by.id, asked.command_id)
        if key in self.answers:
            return first_answer(asked, self.answers[key], self.ledger.ring)
        receipt = receipts[key]
        first = self.verdicts[key].asked
        if first is asked:
            return receipt
        if first.body(first.data) != asked.body(asked.data):
            reused = Refused("command_id_reused", command_id=asked.command_id)
            return replace(receipt, accepted=False, refusal=reused, position=0, events=(), repeated=True)
        return replace(receipt, repeated=True)


def _ask(connection: Connection[Any], statement: str, params: Sequence[Any]) -> Cursor[tuple[Any, ...]]:
    return connection.cursor(row_factory=tuple_row).execute(statement, params, prepare=True)
