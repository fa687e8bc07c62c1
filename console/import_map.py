"""The map from another system's columns to a case of ours: a TOML file, checked before the first row is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from console.map_values import RULE_KEYS, FileForm, Finished, MapReader, RowError, Value, read_toml
from console.values import Field, fields_of
from console.words import _
from domain.commands import ImportCase

FIELDS: dict[str, Field] = {field.name: field for field in fields_of(ImportCase) if field.name != "gaps"}
NEEDED = ("kind", "source", "reference", "received_at")
OF_FINISHED = ("closed_at", "ending", "ending_there")
"""Fields that only a finished case has."""


@dataclass(frozen=True)
class Map:
    """How rows become cases."""

    values: Mapping[str, Value]
    finished: Finished | None
    form: FileForm = field(default_factory=FileForm)

    def columns(self) -> set[str]:
        """All columns that the map reads."""
        found = {column for value in self.values.values() for column in value.columns()}
        return found | {self.finished.column} if self.finished else found

    def command(self, row: Mapping[str, str]) -> ImportCase:
        """The case that a row makes. Raises RowError."""
        finished = self.finished is not None and self.finished.of(row)
        texts = {
            name: text
            for name, value in self.values.items()
            if (finished or name not in OF_FINISHED) and (text := value.of(row))
        }
        for name in (*NEEDED, *(["closed_at"] if finished else [])):
            if not texts.get(name):
                raise RowError(_("{field} is missing.", field=name))
        typed = {name: self.form.typed(FIELDS[name].kind, name, text) for name, text in texts.items()}
        command = ImportCase(**typed)
        return replace(command, gaps=tuple(f"uncertain:{name}" for name in self.stand_ins(command)))

    def stand_ins(self, command: ImportCase) -> Iterator[str]:
        """The fields of this case that are only the best that the data has."""
        for name, value in self.values.items():
            if value.stands_in and getattr(command, name):
                yield name


def read_map(path: Path) -> Map:
    """Read and check a map. Raises MapError with the file and what is wrong."""
    return read_toml(path, lambda data: _Reader(data).map())


class _Reader(MapReader):
    """Checks the parts of one map."""

    def map(self) -> Map:
        self.known(_("part"), self.data, {"file", "case", "finished"})
        form, case = self.form(), self.table("case")
        self.known("[case]", case, set(FIELDS) - set(OF_FINISHED))
        values = {name: self._of(name, value) for name, value in case.items()}
        self.needed("[case]", NEEDED, values)
        finished = self.table("finished")
        if finished:
            self.known("[finished]", finished, RULE_KEYS | set(OF_FINISHED))
            self.needed("[finished]", ["closed_at"], finished)
            values |= {name: self._of(name, finished[name]) for name in OF_FINISHED if name in finished}
        return Map(values=values, finished=self.rule(finished) if finished else None, form=form)

    def _of(self, name: str, value: Any) -> Value:
        return self.value(name, value, FIELDS[name].kind)
