"""CSV with one row for each event, and JSON lines with one entry on each."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from typing import IO, Any

from ledger.canonical import plain
from ledger.codec import entry_as_json
from ledger.exports.told import Line, Shown, Told
from ledger.exports.values import text_of, time_of

OF_THE_CASE = ("kind", "customer", "channel", "category", "urgency", "ending", "received_at", "source", "reference")
COLUMNS = (
    *("case", "version", "event", "happened_at", "recorded_at", "actor", "roles", "department", "command_id"),
    *(f"case_{name}" for name in OF_THE_CASE),
    "data",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes what begins so for a formula: an apostrophe before it keeps it a text."""


class Csv:
    """One row for each event; its own fields are JSON in the last column, since each event has others."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, cases: Iterable[Told]) -> None:
        """The whole table, with a mark at its beginning by which spreadsheets know that it is UTF-8."""
        self._file.write("\N{ZERO WIDTH NO-BREAK SPACE}")
        writer = csv.writer(self._file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for told in cases:
            about = [_cell(told.facts.get(name)) for name in OF_THE_CASE]
            writer.writerows([*_row(told.case, line), *about, _data(line.data)] for line in told.lines)


class JsonLines:
    """One entry on each line, in the form in which programs get it everywhere else."""

    def __init__(self, file: IO[str], shown: Shown) -> None:
        self._file = file
        self._shown = shown

    def write(self, cases: Iterable[Told]) -> None:
        """All entries, case by case."""
        for told in cases:
            for line in told.lines:
                entry = entry_as_json(line.entry) | {"data": plain(dict(self._shown(line.entry.event)))}
                self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _row(case: str, line: Line) -> list[str]:
    entry = line.entry
    times = (time_of(line.happened_at), time_of(entry.recorded_at))
    who = (line.resource, line.role, line.group, entry.command_id)
    return [case, str(entry.version), _cell(line.name), *times, *map(_cell, who)]


def _cell(value: Any) -> str:
    text = "" if value is None else text_of(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _data(data: Mapping[str, Any]) -> str:
    told = {name: value for name, value in data.items() if value not in ("", None, ())}
    return json.dumps(plain(told), ensure_ascii=False) if told else ""
