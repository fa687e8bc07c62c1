"""Checks entries against the published leaves, and the rows of commands against entries, each row read once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from domain.actor import WORKFLOW
from ledger.canonical import canonical, plain
from ledger.errors import NotWritable
from ledger.seal.command_facts import COMMANDS, CommandRow, Group, Groups, KeptGroups, Sum, new_secret
from ledger.seal.comparison import Comparison, Leaves, Rows
from ledger.seal.findings import Check, Fault, Report, Verdict
from ledger.seal.leaf import Form, recorded_at
from ledger.seal.sealer import Row

AT_ONCE = 2000
"""Rows that travel together."""
ENTRIES = """
SELECT notification_id, originator_id, originator_version, topic, state FROM casefold.stored_events
ORDER BY notification_id
"""
BY_ITSELF = canonical(plain(WORKFLOW))
"""Who writes down what is overdue, whoever asks for what."""


@dataclass
class TableHints:
    """What the database says of leaves (see `comparison.Hints`)."""

    connection: Connection[Any]
    log: int | None
    _known: dict[tuple[Any, ...], int | None] = field(default_factory=dict)

    def position_of(self, index: int) -> int | None:
        """The position of the entry of a leaf."""
        return self._one("SELECT position FROM casefold_seal.leaf WHERE log = %s AND leaf_index = %s", index)

    def index_of(self, position: int) -> int | None:
        """The leaf of the entry at a position."""
        return self._one("SELECT leaf_index FROM casefold_seal.leaf WHERE log = %s AND position = %s", position)

    def leaf_of(self, stream: str, version: int) -> int | None:
        """The index of the leaf of an entry."""
        statement = """SELECT l.leaf_index FROM casefold.stored_events AS e
                       JOIN casefold_seal.leaf AS l ON l.log = %s AND l.position = e.notification_id
                       WHERE e.originator_id = %s AND e.originator_version = %s"""
        return self._one(statement, stream, version)

    def _one(self, statement: str, *params: Any) -> int | None:
        asked = (statement, *params)
        if asked not in self._known:
            found = self.connection.cursor(row_factory=tuple_row).execute(statement, (self.log, *params)).fetchone()
            self._known[asked] = None if found is None else int(found[0])
        return self._known[asked]


def check_entries(
    report: Report,
    connection: Connection[Any],
    form: Form,
    leaves: Leaves,
    log: int | None,
    tick: Callable[[int], None],
) -> Comparison:
    """Every entry is the one that was sealed at its place; every command says what its entries say."""
    secret = new_secret()
    told, noted = Sum(secret), Sum(secret)
    groups = Groups(told.add)
    comparison = Comparison(form, leaves, groups, TableHints(connection, log), tick=tick)
    comparison.run(Rows(entries(connection)))
    groups.end()
    report.checks += [comparison.check, comparison.versions]
    report.entries = comparison.read
    check = Check("commands")
    report.checks.append(check)
    number = 0
    for command in commands(connection):
        number += 1
        if wrong := contradiction(command):
            check.fault(command_fault(Verdict.CHANGED, command, f"its {wrong} is not what was written"))
        noted.add(fact(command))
    if told != noted:
        _name_commands(connection, check)
    check.found = f"{number} commands and refusals say what their {comparison.read} entries say"
    return comparison


def _name_commands(connection: Connection[Any], check: Check) -> None:
    """The sums differ: look at each command, with all that entries say in memory."""
    told = KeptGroups()
    for rows in entries(connection):
        for position, stream, version, topic, state in rows:
            told.add(position, stream, version, topic, state, "" if state is None else recorded_at(state))
    told.end()
    for command in commands(connection):
        group = told.by_digest.pop(command.key, None)
        if group is None:
            check.fault(command_fault(Verdict.INSERTED, command, "no entry tells of this command"))
        elif fact(command, group) != group.fact:
            check.fault(command_fault(Verdict.CHANGED, command, "its entries say something else", group))
    for group in (*told.by_digest.values(), *told.others):
        fault = Fault(Verdict.MISSING, None, group.position, group.stream, group.version, group.topic)
        check.fault(replace(fault, detail="no command led to this entry"))


def contradiction(command: CommandRow) -> str:
    """What in the row of a command contradicts itself; a row that cannot even be read contradicts itself."""
    try:
        return command.contradiction()
    except (NotWritable, TypeError, ValueError, KeyError):
        return "row"


def fact(command: CommandRow, group: Group | None = None) -> bytes:
    """What entries must say of it. What was overdue the workflow did, also when somebody else's command found it."""
    try:
        by_itself = group is not None and command.outcome == "accepted" and group.actor == BY_ITSELF
        return command.fact(BY_ITSELF if by_itself else None)
    except (NotWritable, TypeError, ValueError, KeyError):
        return os.urandom(16)


def command_fault(verdict: Verdict, command: CommandRow, detail: str, group: Group | None = None) -> Fault:
    """A fault of a command's row."""
    position = group.position if group else None
    detail = f"command {command.command_id}: {detail}"
    return Fault(verdict, None, position, command.stream or "", command.last_version, detail=detail)


def entries(connection: Connection[Any]) -> Iterator[list[Row]]:
    """All entries in the order of the ledger, some at a time."""
    with connection.cursor("casefold_verify_entries", row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(ENTRIES)
        while rows := cursor.fetchmany(AT_ONCE):
            yield rows


def commands(connection: Connection[Any]) -> Iterator[CommandRow]:
    """All rows of commands."""
    with connection.cursor("casefold_verify_commands", row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(COMMANDS)
        while rows := cursor.fetchmany(AT_ONCE):
            for row in rows:
                yield CommandRow(*row)
