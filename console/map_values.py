"""The parts that all maps from another system's columns have: where a value comes from, how times are written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from console.words import _

T = TypeVar("T")

VALUE_KEYS = frozenset({"column", "template", "map", "default", "stands_in"})
FILE_KEYS = frozenset({"encoding", "delimiter", "time_zone", "time_formats"})
RULE_KEYS = frozenset({"column", "in", "not_in", "filled"})

_PLACE = re.compile(r"\{([^{}]+)\}")


class MapError(ValueError):
    """The map cannot be used; the text says what is wrong and where."""


class RowError(ValueError):
    """A row does not make a case; the text says why."""


@dataclass(frozen=True)
class Value:
    """Where one field of a case comes from: a fixed word, a column, or several in a text."""

    fixed: str | None = None
    column: str = ""
    template: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None
    stands_in: str = ""
    """Why this is only the best that the data has; the import reports how often it was used."""

    def columns(self) -> Iterator[str]:
        """The columns that it reads."""
        if self.column:
            yield self.column
        yield from _PLACE.findall(self.template)

    def of(self, row: Mapping[str, str]) -> str:
        """The value for one row, as text. Raises RowError."""
        if self.fixed is not None:
            return self.fixed
        if self.template:
            return _PLACE.sub(lambda place: row.get(place[1], ""), self.template).strip()
        found = row.get(self.column, "")
        if self.words and found in self.words:
            return self.words[found]
        if self.default is not None and (self.words or not found):
            return self.default
        if self.words and found:
            raise RowError(_("{column}: the map has no word for {value!r}.", column=self.column, value=found))
        return found


@dataclass(frozen=True)
class Finished:
    """Which rows are finished cases."""

    column: str
    among: tuple[str, ...] = ()
    not_among: tuple[str, ...] = ()
    filled: bool = False

    def of(self, row: Mapping[str, str]) -> bool:
        """Whether the row is a finished case."""
        value = row.get(self.column, "")
        if self.filled:
            return bool(value)
        return value in self.among if self.among else value not in self.not_among


@dataclass(frozen=True)
class FileForm:
    """How a file is written."""

    encoding: str = ""
    delimiter: str = ""
    zone: tzinfo | None = None
    formats: tuple[str, ...] = ()

    def typed(self, kind: type[Any], name: str, text: str) -> Any:
        """The text as the field of this kind wants it. Raises RowError."""
        if kind is datetime:
            return self._instant(name, text)
        if issubclass(kind, Enum):
            words = [member.value for member in kind]
            if text not in words:
                message = _("{field}: {value!r} is not one of {words}.", field=name, value=text, words=", ".join(words))
                raise RowError(message)
            return kind(text)
        return text

    def _instant(self, name: str, text: str) -> datetime:
        moment = _parsed(text, self.formats)
        if moment is None:
            raise RowError(_("{field}: {value!r} is not a time.", field=name, value=text))
        if moment.tzinfo is None:
            if self.zone is None:
                message = _("{field}: {value!r} has no time zone; the map can name one.", field=name, value=text)
                raise RowError(message)
            moment = moment.replace(tzinfo=self.zone)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise RowError(_("{field}: {value!r} is not a time.", field=name, value=text)) from None


def _parsed(text: str, formats: Iterable[str]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the map names the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_toml(path: Path, read: Callable[[dict[str, Any]], T]) -> T:
    """Read and check a map. Raises MapError with the file and what is wrong."""
    try:
        return read(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise MapError(_("{file} cannot be read: {reason}.", file=path, reason=reason)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MapError(_("{file} is not TOML: {error}.", file=path, error=error)) from error
    except MapError as error:
        raise MapError(f"{path}: {error}") from error


class MapReader:
    """Checks the parts of one map."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data

    def form(self) -> FileForm:
        """The table [file]."""
        file = self.table("file")
        self.known("[file]", file, FILE_KEYS)
        return FileForm(
            encoding=str(file.get("encoding", "")),
            delimiter=str(file.get("delimiter", "")),
            zone=self._zone(file.get("time_zone")),
            formats=tuple(map(str, file.get("time_formats", ()))),
        )

    def table(self, name: str) -> dict[str, Any]:
        """A table of the map; empty when it has none of this name. Raises MapError."""
        table = self.data.get(name, {})
        if not isinstance(table, dict):
            raise MapError(_("{name} is not a table: write [{name}].", name=name))
        return table

    def known(self, where: str, names: Iterable[str], known: Iterable[str]) -> None:
        """Raises MapError for the first name that is not known."""
        for name in names:
            if name not in set(known):
                words = ", ".join(sorted(known))
                raise MapError(
                    _("{where}: {name!r} is not known. Known: {words}.", where=where, name=name, words=words)
                )

    def needed(self, where: str, names: Iterable[str], values: Mapping[str, Any]) -> None:
        """Raises MapError for the first name that has no value."""
        for name in names:
            if name not in values:
                raise MapError(_("{where} has no {field}; every case needs one.", where=where, field=name))

    def value(self, name: str, value: Any, kind: type[Any], *, more: Iterable[str] = ()) -> Value:
        """Where one field comes from; ``more`` are keys that its table may have besides. Raises MapError."""
        if isinstance(value, str | int):
            found = Value(fixed=str(value))
        elif isinstance(value, dict):
            self.known(name, value, VALUE_KEYS | set(more))
            if ("column" in value) == ("template" in value):
                raise MapError(_("{field}: name either a column or a template.", field=name))
            words = {str(key): str(word) for key, word in value.get("map", {}).items()}
            default = str(value["default"]) if "default" in value else None
            found = Value(
                column=str(value.get("column", "")),
                template=str(value.get("template", "")),
                words=words,
                default=default,
                stands_in=str(value.get("stands_in", "")),
            )
        else:
            raise MapError(_("{field}: write a word or a table.", field=name))
        _words_exist(name, found, kind)
        return found

    def rule(self, table: dict[str, Any]) -> Finished:
        """The rule of the table [finished]. Raises MapError."""
        tests = [name for name in ("in", "not_in", "filled") if name in table]
        if "column" not in table or len(tests) != 1:
            raise MapError(_("[finished] names a column and one of: in = […], not_in = […], filled = true."))
        return Finished(
            column=str(table["column"]),
            among=tuple(map(str, table.get("in", ()))),
            not_among=tuple(map(str, table.get("not_in", ()))),
            filled=bool(table.get("filled", False)),
        )

    def _zone(self, name: Any) -> tzinfo | None:
        if not name:
            return None
        try:
            return ZoneInfo(str(name))
        except (OSError, ValueError, LookupError):
            raise MapError(_("There is no time zone {name}.", name=name)) from None


def _words_exist(name: str, value: Value, kind: type[Any]) -> None:
    """A word of a closed list must be on it; better to say so now than once for each row."""
    if issubclass(kind, Enum):
        words = [member.value for member in kind]
        for word in filter(None, (value.fixed, value.default, *value.words.values())):
            if word not in words:
                known = ", ".join(words)
                raise MapError(_("{field}: {value!r} is not one of {words}.", field=name, value=word, words=known))
