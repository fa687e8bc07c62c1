"""The three forms of OCEL 2.0: JSON, XML and SQLite, each valid against what the standard publishes for it."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from ledger.exports.ocel import Gathered, Types
from ledger.exports.values import xml_text

# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_json(gathered: Gathered, file: IO[str]) -> None:
    """All values are texts, as the published schema wants it; the types say what they are."""
    parts: dict[str, Iterable[Any]] = {
        "objectTypes": _types(gathered.object_types),
        "eventTypes": _types(gathered.event_types),
        "objects": (
            {
                "id": name,
                "type": kind,
                "attributes": [{"name": field, "time": since, "value": value} for field, since, value in attributes],
                "relationships": _json_relations(relations),
            }
            for name, kind, attributes, relations in gathered.objects()
        ),
        "events": (
            {
                "id": name,
                "type": kind,
                "time": at,
                "attributes": [{"name": field, "value": value} for field, value in attributes],
                "relationships": _json_relations(relations),
            }
            for name, kind, at, attributes, relations in gathered.events()
        ),
    }
    for number, (part, items) in enumerate(parts.items()):
        file.write(("{" if number == 0 else ",\n") + f'"{part}": [')
        for place, item in enumerate(items):
            file.write((",\n" if place else "\n") + json.dumps(item, ensure_ascii=False))
        file.write("]")
    file.write("}\n")


def _types(types: Types) -> Iterator[dict[str, Any]]:
    for name, fields in sorted(types.items()):
        yield {"name": name, "attributes": [{"name": field, "type": kind} for field, kind in fields.items()]}


def _json_relations(relations: Iterable[list[str]]) -> list[dict[str, str]]:
    return [{"objectId": to, "qualifier": qualifier} for to, qualifier, _type in relations]


# ── XML ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def write_xml(gathered: Gathered, file: IO[str]) -> None:
    """As the published schema has it, whose keys ask that an attribute's name belongs to one type alone."""
    file.write('<?xml version="1.0" encoding="UTF-8"?>\n<log>\n')
    for part, types in (("object", gathered.object_types), ("event", gathered.event_types)):
        file.write(f"<{part}-types>\n")
        for one, fields in sorted(types.items()):
            named = "".join(
                f"<attribute name={_quoted(f'{one}.{field}')} type={_quoted(sort)}/>" for field, sort in fields.items()
            )
            file.write(f"<{part}-type name={_quoted(one)}><attributes>{named}</attributes></{part}-type>\n")
        file.write(f"</{part}-types>\n")
    file.write("<objects>\n")
    for name, kind, attributes, relations in gathered.objects():
        told = _xml_attributes(gathered.object_types[kind], kind, attributes)
        others = f"<objects>{_xml_relations(relations)}</objects>" if relations else ""
        file.write(
            f"<object id={_quoted(name)} type={_quoted(kind)}><attributes>{told}</attributes>{others}</object>\n"
        )
    file.write("</objects>\n<events>\n")
    for name, kind, at, attributes, relations in gathered.events():
        told = _xml_attributes(gathered.event_types[kind], kind, [(field, "", value) for field, value in attributes])
        file.write(
            f"<event id={_quoted(name)} type={_quoted(kind)} time={_quoted(at)}><attributes>{told}</attributes>"
            f"<objects>{_xml_relations(relations)}</objects></event>\n"
        )
    file.write("</events>\n</log>\n")


def _xml_attributes(fields: Mapping[str, str], kind: str, attributes: Iterable[Sequence[str]]) -> str:
    """Name, since when, value of each."""
    told = []
    for field, since, value in attributes:
        text = str(int(value == "true")) if fields[field] == "boolean" else xml_text(value)
        time = f" time={_quoted(since)}" if since else ""
        told.append(f"<attribute name={_quoted(f'{kind}.{field}')}{time}>{escape(text)}</attribute>")
    return "".join(told)


def _xml_relations(relations: Iterable[list[str]]) -> str:
    return "".join(
        f"<object object-id={_quoted(to)} qualifier={_quoted(qualifier)} type={_quoted(kind)}/>"
        for to, qualifier, kind in relations
    )


def _quoted(text: str) -> str:
    return quoteattr(xml_text(text))


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────

SQL_KINDS = {"string": "TEXT", "time": "TIMESTAMP", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN"}
READ: Mapping[str, Callable[[str], Any]] = {"integer": int, "float": float, "boolean": lambda text: int(text == "true")}
TABLES = """
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT NOT NULL);
CREATE TABLE event (
    ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL, FOREIGN KEY (ocel_type) REFERENCES event_map_type (ocel_type)
);
CREATE TABLE object (
    ocel_id TEXT PRIMARY KEY, ocel_type TEXT NOT NULL, FOREIGN KEY (ocel_type) REFERENCES object_map_type (ocel_type)
);
CREATE TABLE event_object (
    ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier),
    FOREIGN KEY (ocel_event_id) REFERENCES event (ocel_id), FOREIGN KEY (ocel_object_id) REFERENCES object (ocel_id)
);
CREATE TABLE object_object (
    ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier),
    FOREIGN KEY (ocel_source_id) REFERENCES object (ocel_id), FOREIGN KEY (ocel_target_id) REFERENCES object (ocel_id)
);
"""


def write_sqlite(gathered: Gathered, path: Path) -> None:
    """A table for each type of event and of object."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {TABLES}")
        database.execute("BEGIN")
        events, objects = (
            _Tables(database, "event", gathered.event_types),
            _Tables(database, "object", gathered.object_types),
        )
        for name, kind, attributes, relations in gathered.objects():
            objects.thing(name, kind)
            begun = min((since for _field, since, _value in attributes), default="1970-01-01T00:00:00.000000+00:00")
            objects.row(name, kind, begun, {f: v for f, since, v in attributes if since == begun})
            for field, since, value in attributes:
                if since != begun:
                    objects.row(name, kind, since, {field: value}, changed=field)
            database.executemany(
                "INSERT INTO object_object VALUES (?, ?, ?)", [(name, to, part) for to, part, _ in relations]
            )
        for name, kind, at, attributes, relations in gathered.events():
            events.thing(name, kind)
            events.row(name, kind, at, dict(attributes))
            database.executemany(
                "INSERT INTO event_object VALUES (?, ?, ?)", [(name, to, part) for to, part, _ in relations]
            )
        database.execute("COMMIT")


class _Tables:
    """The tables of one sort of thing: one for all of them, and one for each type."""

    def __init__(self, database: sqlite3.Connection, sort: str, types: Types) -> None:
        self._database = database
        self._sort = sort
        self._types = types
        self._maps = _table_names(types)
        key = "TEXT PRIMARY KEY" if sort == "event" else "TEXT"
        more = {"ocel_changed_field": "TEXT"} if sort == "object" else {}
        for name, mapped in self._maps.items():
            database.execute(f"INSERT INTO {sort}_map_type VALUES (?, ?)", (name, mapped))
            own = {field: SQL_KINDS[kind] for field, kind in types[name].items()}
            columns = {"ocel_id": key, "ocel_time": "TIMESTAMP", **own, **more}
            told = ", ".join(f"{_named(field)} {kind}" for field, kind in columns.items())
            database.execute(
                f'CREATE TABLE "{sort}_{mapped}" ({told}, FOREIGN KEY (ocel_id) REFERENCES {sort} (ocel_id))'
            )

    def thing(self, name: str, kind: str) -> None:
        """One event or object."""
        self._database.execute(f"INSERT INTO {self._sort} VALUES (?, ?)", (name, kind))

    def row(self, name: str, kind: str, at: str, values: Mapping[str, str], *, changed: str = "") -> None:
        """What is told of it as of an instant."""
        kinds = self._types[kind]
        told = {field: READ.get(kinds[field], str)(value) for field, value in values.items()}
        more = {"ocel_changed_field": changed} if changed else {}
        row = {"ocel_id": name, "ocel_time": at, **told, **more}
        columns, places = ", ".join(map(_named, row)), ", ".join("?" for _ in row)
        table = f'"{self._sort}_{self._maps[kind]}"'
        self._database.execute(f"INSERT INTO {table} ({columns}) VALUES ({places})", tuple(row.values()))


def _table_names(types: Iterable[str]) -> dict[str, str]:
    """Type → what its table is called; tables whose names differ only in case are the same to SQLite."""
    names: dict[str, str] = {}
    for one in sorted(types):
        plain = re.sub(r"\W+", "_", one).strip("_") or "type"
        taken = {name.lower() for name in names.values()}
        number, name = 1, plain
        while name.lower() in taken or name.lower() in ("map_type", "object"):
            number, name = number + 1, f"{plain}_{number + 1}"
        names[one] = name
    return names


def _named(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
