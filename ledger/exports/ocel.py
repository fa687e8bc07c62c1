"""OCEL 2.0: events with the things that they are about, gathered in a file on the disk and then written in one go.

A form of OCEL names all types before, and all objects apart from, the events; what is gathered is on the disk, so that
the memory needed does not grow with the number of cases.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ledger.exports.objects import Relation, Thing, relations_of, things_of
from ledger.exports.told import Told, Withheld
from ledger.exports.values import KINDS, kind_of, text_of, time_of

TABLES = """
CREATE TABLE object (id TEXT PRIMARY KEY, type TEXT NOT NULL, attributes TEXT NOT NULL, relations TEXT NOT NULL);
CREATE TABLE event (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, time TEXT NOT NULL, attributes TEXT NOT NULL, relations TEXT NOT NULL
);
"""
OBJECT = "INSERT OR IGNORE INTO object VALUES (?, ?, ?, ?)"
EVENT = "INSERT INTO event VALUES (?, ?, ?, ?, ?)"

Types = dict[str, dict[str, str]]
"""Type → its attributes → their kinds."""


class Gathered:
    """All that a log will say."""

    def __init__(self, folder: Path) -> None:
        self._folder = tempfile.TemporaryDirectory(dir=folder, prefix=".export-")
        self._database = sqlite3.connect(Path(self._folder.name) / "gathered.sqlite", isolation_level=None)
        self._database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {TABLES}")
        self.event_types: Types = {}
        self.object_types: Types = {}

    def add(self, cases: Iterable[Told]) -> None:
        """Gather these cases."""
        self._database.execute("BEGIN")
        for told in cases:
            self._database.executemany(OBJECT, map(self._object, things_of(told)))
            self._database.executemany(EVENT, self._events(told))
        self._database.execute("COMMIT")

    def objects(self) -> Iterator[tuple[str, str, list[list[str]], list[list[str]]]]:
        """Id, type, attributes (name, since when, value) and relations (id, qualifier, type)."""
        with closing(self._database.execute("SELECT * FROM object ORDER BY type, id")) as rows:
            for name, kind, attributes, relations in rows:
                yield name, kind, json.loads(attributes), json.loads(relations)

    def events(self) -> Iterator[tuple[str, str, str, list[list[str]], list[list[str]]]]:
        """Id, type, time, attributes (name, value) and relations (id, qualifier, type)."""
        with closing(self._database.execute("SELECT * FROM event ORDER BY rowid")) as rows:
            for name, kind, at, attributes, relations in rows:
                yield name, kind, at, json.loads(attributes), json.loads(relations)

    def _object(self, thing: Thing) -> tuple[str, ...]:
        told = [(name, since, value) for name, since, value in thing.attributes if value not in ("", None, ())]
        _note(self.object_types, thing.type, {name: value for name, _since, value in told})
        attributes = [(name, time_of(since), text_of(value)) for name, since, value in told]
        return thing.id, thing.type, json.dumps(attributes), _relations(thing.relations)

    def _events(self, told: Told) -> Iterator[tuple[str, ...]]:
        for line in told.lines:
            values = {"version": line.entry.version, "recorded_at": line.entry.recorded_at, **line.data}
            kept = {name: value for name, value in values.items() if _tells(value)}
            _note(self.event_types, line.name, kept)
            attributes = [(name, text_of(value)) for name, value in kept.items()]
            relations = _relations(relations_of(told, line))
            yield line.id, line.name, time_of(line.happened_at), json.dumps(attributes), relations

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()
        self._folder.cleanup()


def _tells(value: Any) -> bool:
    return value not in ("", None, ()) and not isinstance(value, Withheld)


def _note(types: Types, name: str, values: Mapping[str, Any]) -> None:
    """Know of the type; a field that holds values of two kinds is told as text."""
    kinds = types.setdefault(name, {})
    for field, value in values.items():
        kind = kind_of(value)
        assert kind in KINDS
        kinds[field] = kind if kinds.get(field, kind) == kind else "string"


def _relations(relations: Iterable[Relation]) -> str:
    return json.dumps([(one.to, one.qualifier, one.type) for one in relations])
