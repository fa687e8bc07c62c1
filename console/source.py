"""Rows of a file from another system, CSV or JSON: every row comes out, the unreadable ones with a reason."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from console.words import _

DELIMITERS = ",;\t|"
LONGEST_FIELD = 1 << 20

csv.field_size_limit(LONGEST_FIELD)

_SURROGATES = re.compile("[\ud800-\udfff]")
"""What `surrogateescape` leaves behind of bytes that are no text."""


class UnreadableFile(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True)
class Row:
    """One row, by the line of the file on which it begins."""

    line: int
    values: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    """Why it cannot be read; empty when it can."""
    raw: str = ""
    """What stands there, when it could not be taken apart."""


@dataclass(frozen=True)
class Source:
    """A file, looked over once: what it is, its columns, about how many rows it has."""

    form: str
    """``csv`` or ``jsonl``: the form in which its rejected rows are written."""
    columns: tuple[str, ...]
    total: int
    rows: Callable[[], Iterator[Row]]


def open_source(path: Path, *, encoding: str = "", delimiter: str = "") -> Source:
    """Look a file over. Raises UnreadableFile."""
    try:
        chosen, lines = _encoding(path, encoding)
        if _is_json(path, chosen):
            return _json(path, chosen)
        return _csv(path, chosen, delimiter, lines)
    except OSError as error:
        message = _("{file} cannot be read: {reason}.", file=path, reason=error.strerror or type(error).__name__)
        raise UnreadableFile(message) from error


def _encoding(path: Path, wanted: str) -> tuple[str, int]:
    """The encoding of a file, and how many lines it has.

    Line by line, so that one broken row does not make the whole file another encoding.
    """
    lines = as_utf8 = not_utf8 = not_gb18030 = 0
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise UnreadableFile(_("{file} is UTF-16; save it as UTF-8.", file=path))
        file.seek(0)
        for line in file:
            lines += 1
            if line.isascii():
                continue
            if _decodes(line, "utf-8"):
                as_utf8 += 1
            else:
                not_utf8 += 1
                not_gb18030 += not _decodes(line, "gb18030")
    if wanted:
        try:
            codecs.lookup(wanted)
        except LookupError:
            raise UnreadableFile(_("There is no encoding {encoding}.", encoding=wanted)) from None
        return wanted, lines
    if not_utf8 > as_utf8 and not not_gb18030:
        return "gb18030", lines
    return "utf-8-sig", lines


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_json(path: Path, encoding: str) -> bool:
    suffix = path.suffix.lower()
    if suffix in (".json", ".jsonl", ".ndjson"):
        return True
    if suffix in (".csv", ".tsv"):
        return False
    with path.open(encoding=encoding, errors="surrogateescape") as file:
        return file.read(4096).lstrip()[:1] in ("[", "{")


def _problem(values: Mapping[str, str]) -> str:
    """What is wrong with a row's texts, whatever they mean."""
    text = "".join(values.values())
    if _SURROGATES.search(text):
        return _("It holds bytes that are not text in the file's encoding.")
    if "\0" in text:
        return _("It holds a NUL character.")
    return ""


# ── CSV ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _csv(path: Path, encoding: str, delimiter: str, lines: int) -> Source:
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        head = file.readline()
    if not head.strip():
        raise UnreadableFile(_("{file} is empty.", file=path))
    chosen = delimiter or max(DELIMITERS, key=lambda one: len(next(csv.reader([head], delimiter=one))))
    columns = tuple(name.strip() for name in next(csv.reader([head], delimiter=chosen)))
    twice = {name for name in columns if columns.count(name) > 1}
    if twice:
        raise UnreadableFile(_("{file} has two columns called {columns}.", file=path, columns=", ".join(sorted(twice))))
    return Source("csv", columns, max(lines - 1, 0), lambda: _csv_rows(path, encoding, chosen, columns))


def _csv_rows(path: Path, encoding: str, delimiter: str, columns: tuple[str, ...]) -> Iterator[Row]:
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        reader = csv.reader(file, delimiter=delimiter)
        next(reader)
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Row(line, problem=_("It is not CSV: {error}.", error=error))
                continue
            if fields:
                yield _csv_row(line, reader.line_num, fields, columns, delimiter)


def _csv_row(line: int, last: int, fields: list[str], columns: tuple[str, ...], delimiter: str) -> Row:
    if not any(text.strip() for text in fields):
        return Row(line, problem=_("It is empty."), raw=delimiter.join(fields))
    if len(fields) != len(columns):
        problem = _("It has {number} columns instead of {wanted}.", number=len(fields), wanted=len(columns))
        if last > line:
            problem += " " + _("It goes on to line {last}: is a quotation mark not closed?", last=last)
        return Row(line, problem=problem, raw=delimiter.join(fields))
    values = {name: text.strip() for name, text in zip(columns, fields, strict=True)}
    return Row(line, values, _problem(values))


# ── JSON ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _json(path: Path, encoding: str) -> Source:
    text = path.read_text(encoding=encoding, errors="surrogateescape")
    begin = text.lstrip()[:1]
    if not begin:
        raise UnreadableFile(_("{file} is empty.", file=path))
    rows = list(_array(path, text) if begin == "[" else _lines(text))
    columns = tuple(dict.fromkeys(name for row in rows for name in row.values))
    return Source("jsonl", columns, len(rows), lambda: iter(rows))


def _not_a_number(word: str) -> Any:
    raise ValueError(word)


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_not_a_number)
_BETWEEN = re.compile(r"\s*(,?)\s*")


def _array(path: Path, text: str) -> Iterator[Row]:
    """The elements of an array, each by its line."""
    place = text.index("[") + 1
    line = text.count("\n", 0, place) + 1
    while True:
        gap = _BETWEEN.match(text, place)
        assert gap is not None
        line += text.count("\n", place, gap.end())
        place = gap.end()
        if text[place : place + 1] == "]":
            return
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            raise UnreadableFile(_("{file} is not JSON from line {line} on.", file=path, line=line)) from None
        yield _json_row(line, value)
        line += text.count("\n", place, end)
        place = end


def _lines(text: str) -> Iterator[Row]:
    """One object on each line."""
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _json_row(number, _DECODER.decode(line))
        except (ValueError, RecursionError):
            yield Row(number, problem=_("It is not JSON."), raw=line.strip())


def _json_row(line: int, value: Any) -> Row:
    if not isinstance(value, dict):
        return Row(
            line, problem=_("It is not an object with fields."), raw=json.dumps(value, ensure_ascii=False, default=str)
        )
    values = {str(name): _text(part) for name, part in value.items()}
    return Row(line, values, _problem(values))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
