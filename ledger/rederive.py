"""Derives every decision of the ledger again with today's rules, and names those that would come out differently.

It reads one moment of the ledger on one connection, which may be an auditor's; what is compared with what is in
`domain.rederivation`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import chain
from typing import Any

from psycopg import Connection, ServerCursor
from psycopg.rows import tuple_row
from pydantic import TypeAdapter, ValidationError

from domain.actor import WORKFLOW, Actor, Role
from domain.entry import Entry
from domain.policy import Sheet
from domain.rederivation import Decision, Derived, Difference, Finding, compare, derive
from domain.refusal import Refused
from domain.stream import StreamType
from ledger.database import connect, translated
from ledger.errors import LedgerError, UnknownStream
from ledger.papers_then import PAPERS, PapersThen, ShelfThen
from ledger.seal.command_facts import COMMANDS, GAP, CommandRow
from ledger.store import Ledger

AT_ONCE = 2000
"""Rows that are fetched at once."""
IN_ORDER = "ORDER BY stream NULLS FIRST, first_version, last_version, command.received_at"
ENTRIES = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events {where}
ORDER BY originator_id, originator_version
"""
OF_COMMANDS = """WHERE (originator_id < 'refused:' OR originator_id >= 'refused;')
AND (originator_id < 'accepted:' OR originator_id >= 'accepted;')"""
SETTINGS = (
    "SET statement_timeout = 0",
    "SET idle_in_transaction_session_timeout = 0",
    "SET default_transaction_isolation = 'repeatable read'",
    "SET default_transaction_read_only = on",
)
_COMMAND = re.compile(rb',"command":"([A-Za-z0-9+/]{43}=)"')
"""Where an entry names the command that led to it: before its data, so nothing that it says can stand there."""


@dataclass(frozen=True)
class Rederived:
    """One decision, and what today's rules make of it."""

    stream: str
    """Empty: a command that would have opened a stream and was refused."""
    first_version: int
    last_version: int
    """Of the entries that it led to; the last is smaller than the first when there are none."""
    at: datetime | None
    actor: str
    command: str
    command_id: str
    finding: Finding
    differences: tuple[Difference, ...] = ()
    detail: str = ""
    """What is wrong with what is written, when it cannot be held against anything."""

    @property
    def same(self) -> bool:
        """Whether it comes out as it did."""
        return self.finding is Finding.SAME

    @property
    def rule(self) -> str:
        """What differs, in one word: the code of a refusal, or an event and its field."""
        if not self.differences:
            return ""
        first = self.differences[0]
        if isinstance(first.now, Refused):
            return first.now.code
        if isinstance(first.then, Refused):
            return first.then.code
        return f"{first.event}.{first.field}" if first.field else first.event


def rederive(
    ledger: Ledger, stream: str = "", told: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[Rederived]:
    """Every decision of a stream, or of the whole ledger, in the order of its streams and their versions.

    ``told`` hears how many are done, of how many. Raises UnknownStream.
    """
    with _one_moment(ledger) as connection:
        papers = PapersThen(ledger, connection.cursor(row_factory=tuple_row).execute(PAPERS))
        params = [stream] if stream else []
        of_stream = "WHERE stream = %s" if stream else ""
        total = connection.execute(f"SELECT count(*) FROM casefold.command {of_stream}".encode(), params).fetchall()
        where = "WHERE originator_id = %s" if stream else OF_COMMANDS
        with (
            connection.cursor("audit_commands", row_factory=tuple_row) as of_commands,
            connection.cursor("audit_entries", row_factory=tuple_row) as of_entries,
        ):
            commands = _Rows(of_commands, f"{COMMANDS} {of_stream} {IN_ORDER}", params)
            entries = _Rows(of_entries, ENTRIES.format(where=where), params)
            if stream and entries.next is None and commands.next is None:
                raise UnknownStream(stream)
            done = 0
            for one in _Audit(ledger, papers, commands, entries).streams():
                done += one.finding is not Finding.MISSING
                if done % 50 == 0:
                    told(done, total[0][0])
                yield one
            told(done, total[0][0])


@contextmanager
def _one_moment(ledger: Ledger) -> Iterator[Connection[Any]]:
    """A connection of its own that sees one moment of the ledger and changes nothing."""
    with translated():
        connection = connect(ledger.address, "casefold audit", *SETTINGS)
        connection.silence = 600.0
        with connection, connection.transaction():
            yield connection


class _Rows:
    """Rows of a statement, one by one, with a look at the next one; never all in memory."""

    def __init__(self, cursor: ServerCursor[tuple[Any, ...]], statement: str, params: list[str]) -> None:
        cursor.itersize = AT_ONCE
        cursor.execute(statement.encode(), params)
        self._rest = iter(cursor)
        self.next: tuple[Any, ...] | None = next(self._rest, None)

    def take(self) -> tuple[Any, ...]:
        """The next row, which is there."""
        row = self.next
        assert row is not None
        self.next = next(self._rest, None)
        return row


@dataclass
class _Fold:
    """A stream so far."""

    stream: str
    kind: StreamType | None
    state: Any
    version: int = 0
    broken: str = ""
    """Why nothing more of it can be derived."""


@dataclass
class _Audit:
    """Walks commands and entries side by side, stream by stream."""

    ledger: Ledger
    papers: PapersThen
    commands: _Rows
    entries: _Rows
    _adapters: dict[type[Any], TypeAdapter[Any]] = field(default_factory=dict)

    def streams(self) -> Iterator[Rederived]:
        """All of them, in the order of their ids; before them the commands that would have opened one."""
        while self.commands.next is not None or self.entries.next is not None:
            row, entry = self.commands.next, self.entries.next
            heads = [(row[2] or "") if row is not None else None, entry[0] if entry is not None else None]
            yield from self._stream(min(head for head in heads if head is not None))

    def _stream(self, stream: str) -> Iterator[Rederived]:
        kind = self.ledger.registry.of_stream(stream)
        fold = _Fold(stream, kind, kind.initial if kind is not None else None)
        while (row := self.commands.next) is not None and (row[2] or "") == stream:
            command = CommandRow(*self.commands.take())
            yield from self._missing(fold, command.first_version - 1)
            yield self._one(fold, command)
        yield from self._missing(fold, None)

    def _missing(self, fold: _Fold, until: int | None) -> Iterator[Rederived]:
        """Entries of which no command tells, up to this version; they are folded all the same."""
        first = fold.version + 1
        count = len(list(self._taken(fold, until)))
        if count:
            yield Rederived(
                *(fold.stream, first, first + count - 1, None, "", "", "", Finding.MISSING),
                detail="no command tells of these entries",
            )

    def _taken(self, fold: _Fold, until: int | None) -> Iterator[tuple[tuple[Any, ...], Entry | None]]:
        """The next entries of the stream, as rows and read, up to this version; folded as they are taken."""
        while (row := self.entries.next) is not None and row[0] == fold.stream and (until is None or row[1] <= until):
            self.entries.take()
            entry = None
            try:
                entry = self.ledger.codec.decode(*row)
                if row[1] != fold.version + 1:
                    raise LedgerError(f"Entry {fold.version + 1} is missing, though there are later ones.")
                if fold.kind is not None:
                    fold.state = fold.kind.evolve(fold.state, entry.event)
            except LedgerError as error:
                fold.broken = fold.broken or str(error)
            fold.version = row[1]
            yield row, entry

    def _one(self, fold: _Fold, command: CommandRow) -> Rederived:
        """One command: is it what was decided, and is it decided likewise today?"""
        version, state = fold.version, fold.state
        broken = fold.broken
        taken = list(self._taken(fold, command.last_version)) if command.number else []
        broken = broken or fold.broken
        try:
            fault = command.contradiction() or _mismatch(command, version, taken)
        except (ValueError, KeyError, TypeError):
            fault = "body"
        if fault:
            return _told(command, Finding.ALTERED, detail=fault)
        if broken:
            return _told(command, Finding.UNREADABLE, detail=broken)
        own = [entry for _, entry in taken if entry is not None]
        try:
            decision = self._decision(fold, command, version, state, own)
            finding, differences = self._derived(decision)
        except LedgerError as error:
            return _told(command, Finding.UNREADABLE, detail=str(error))
        except ValidationError:
            return _told(command, Finding.UNREADABLE, detail="this program does not understand the command's fields")
        except Exception as error:  # a rule of today that cannot cope with what was allowed then
            return _told(command, Finding.UNREADABLE, detail=f"today's rules fail on it ({type(error).__name__})")
        return _told(command, finding, differences)

    def _decision(self, fold: _Fold, row: CommandRow, version: int, state: Any, entries: list[Entry]) -> Decision:
        body = json.loads(row.body)
        kind = self._kind_of(fold.kind, row.name)
        known = kind.commands[row.name]
        if known not in self._adapters:
            self._adapters[known] = TypeAdapter(known)
        command = self._adapters[known].validate_python(body["data"])
        if kind is not fold.kind:
            version, state = 0, kind.initial
        refusal = json.loads(row.refusal) if row.refusal is not None else None
        return Decision(
            kind=kind,
            stream=row.stream or body["stream"] or "",
            may_open=kind.opening.get(type(command)) is not None,
            command=command,
            actor=actor_of(row.actor),
            now=instant_of(row.received_at),
            happened_at=instant_of(body["happened_at"]) if body["happened_at"] else None,
            expected_version=row.expected_version,
            version=version,
            state=state,
            refusal=Refused(refusal["code"], **refusal["params"]) if refusal is not None else None,
            entries=entries,
            hold=timedelta(seconds=body.get("hold", 0)),
        )

    def _kind_of(self, kind: StreamType | None, name: str) -> StreamType:
        """The type of stream that a command is for: usually that of the stream that it was given for."""
        for one in (kind, *self.ledger.registry.types.values()):
            if one is not None and name in one.commands:
                return one
        raise LedgerError(f"This program knows no command {name[:80]!r}.")

    def _derived(self, decision: Decision) -> tuple[Finding, tuple[Difference, ...]]:
        """What today's rules make of it, with the papers of then."""
        then = self.papers.at(decision.now)
        shelves = chain([then], self.papers.around(decision.now))
        if any(self._comes_out_the_same(decision, shelf) for shelf in shelves):
            return Finding.SAME, ()
        return compare(decision, self._derive(decision, then), self._sheet_after(decision))

    def _comes_out_the_same(self, decision: Decision, shelf: ShelfThen) -> bool:
        return compare(decision, self._derive(decision, shelf))[0] is Finding.SAME

    def _derive(self, decision: Decision, shelf: ShelfThen) -> Derived:
        return derive(decision, self._sheet(decision, shelf), shelf)

    def _sheet(self, decision: Decision, shelf: ShelfThen) -> Sheet | None:
        """The sheet of the stream; for a command that opens one the sheet then in force."""
        if decision.kind.opening.get(type(decision.command)):
            return shelf.in_force(str(getattr(decision.command, "kind", "")))
        digest = decision.kind.sheet_of(decision.state)
        return shelf.sheet(digest) if digest else None

    def _sheet_after(self, decision: Decision) -> Sheet | None:
        """The sheet that the stream keeps since: another one when it was opened, or moved, by this decision."""
        state = decision.state
        for entry in decision.entries:
            state = decision.kind.evolve(state, entry.event)
        digest = decision.kind.sheet_of(state)
        return self.ledger.sheet(digest) if digest else None


def _told(
    row: CommandRow, finding: Finding, differences: tuple[Difference, ...] = (), *, detail: str = ""
) -> Rederived:
    return Rederived(
        stream=row.stream or "",
        first_version=row.first_version,
        last_version=row.last_version,
        at=instant_of(row.received_at),
        actor=row.actor_id,
        command=row.name,
        command_id=row.command_id,
        finding=finding,
        differences=differences,
        detail=detail,
    )


def _mismatch(command: CommandRow, version: int, taken: list[tuple[tuple[Any, ...], Entry | None]]) -> str:
    """In what the row of a command contradicts the entries that it led to; empty when in nothing."""
    if command.first_version != version + 1:
        return "first version"
    if len(taken) != command.number or GAP.join(row[2] or "" for row, _ in taken) != command.events:
        return "list of events"
    people = (actor_of(command.actor), WORKFLOW)
    for row, entry in taken:
        digest = _COMMAND.search(bytes(row[3] or b""))
        if digest is None or base64.b64decode(digest[1]) != command.digest:
            return "digest"
        if entry is None:
            continue
        if entry.command_id != command.command_id or entry.recorded_at != instant_of(command.received_at):
            return "id or time"
        if entry.actor not in people:
            return "actor"
    return ""


@lru_cache(1024)
def actor_of(text: str) -> Actor:
    """Who asked, as the row of a command has it."""
    actor = json.loads(text)
    return Actor(actor["id"], tuple(map(Role, actor["roles"])), actor["department"])


def instant_of(text: str) -> datetime:
    """An instant as the ledger writes it."""
    return datetime.fromisoformat(text)
