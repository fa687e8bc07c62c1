"""A sheet before it is checked: its own file, laid over what it shares, each part knowing where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from policies.errors import Mistake, SheetError
from policies.lines import KeyPath
from policies.source import Source

Place = tuple[Source, KeyPath]


@dataclass(frozen=True)
class Layer:
    """A file that a sheet takes things from."""

    source: Source
    gives: frozenset[str] = frozenset()
    """What a sheet may have from it; all else is its own affair."""


@dataclass
class Draft:
    """The merged parts. What stands in an earlier layer wins; tables and lists of named things are merged by name."""

    own: Source
    kind: str
    data: dict[str, Any] = field(default_factory=dict)
    places: dict[KeyPath, Place] = field(default_factory=dict)
    """Where each part stands that is not in the sheet's own file at the same path."""

    @classmethod
    def of(cls, layers: Iterable[Layer]) -> Draft:
        first, *shared = layers
        draft = cls(first.source, str(first.source.data.get("kind", "")), deepcopy(first.source.data))
        for layer in shared:
            draft._lay_under(layer)
        return draft

    def error(self, mistake: Mistake) -> SheetError:
        """The mistake with its file and line."""
        source, path = self.place_of(mistake.path)
        return source.error(path, mistake.sentence)

    def place_of(self, path: KeyPath) -> Place:
        """The file in which this part stands, and where there."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.places:
                source, prefix = self.places[path[:length]]
                return source, (*prefix, *path[length:])
        return self.own, path

    def is_shared(self, path: KeyPath) -> bool:
        """Whether it stands in another file than the sheet's own."""
        return self.place_of(path)[0] is not self.own

    def items(self, key: str) -> list[tuple[KeyPath, dict[str, Any]]]:
        """The tables of a list or table of tables, with their paths; nothing else."""
        value = self.data.get(key)
        if isinstance(value, dict):
            return [((key, name), item) for name, item in value.items() if isinstance(item, dict)]
        if isinstance(value, list):
            return [((key, number), item) for number, item in enumerate(value) if isinstance(item, dict)]
        return []

    def names(self, key: str) -> list[str]:
        """The names of a list of named tables."""
        return [item["name"] for _, item in self.items(key) if isinstance(item.get("name"), str)]

    def drop_items(self, key: str, unwanted: Callable[[dict[str, Any]], bool]) -> None:
        """Take tables out of a list; those after them move up, and still know where they stand."""
        kept = [(path, item) for path, item in self.items(key) if not unwanted(item)]
        places: dict[KeyPath, Place] = {(key, number): self.place_of(path) for number, (path, _) in enumerate(kept)}
        if isinstance(self.data.get(key), list) and len(kept) < len(self.data[key]):
            self.data[key] = [item for _, item in kept]
            self.places |= places

    def _lay_under(self, layer: Layer) -> None:
        for key, value in layer.source.data.items():
            if key not in layer.gives:
                continue
            if _is_list_of_tables(value):
                self._add_items(key, value, layer.source)
            elif isinstance(value, dict):
                self._add_entries(key, value, layer.source)
            elif key not in self.data:
                self.data[key] = deepcopy(value)
                self.places[key,] = layer.source, (key,)

    def _add_items(self, key: str, items: list[Any], source: Source) -> None:
        mine = self.data.setdefault(key, [])
        if not isinstance(mine, list):
            return
        taken = self.names(key)
        wanted = [n for n, item in enumerate(items) if item.get("name") not in taken and self._is_for(item)]
        added = [_without_kinds(items[number]) for number in wanted]
        before = [self.place_of((key, number)) for number in range(len(mine))]
        places: list[Place] = [(source, (key, number)) for number in wanted]
        # Of assignment rules the first that fits is taken: what is for all kinds of case is asked before the rest.
        first = key == "assignment"
        self.data[key] = [*added, *mine] if first else [*mine, *added]
        for number, place in enumerate([*places, *before] if first else [*before, *places]):
            self.places[key, number] = place

    def _add_entries(self, key: str, entries: dict[str, Any], source: Source) -> None:
        if key not in self.data:
            self.places[key,] = source, (key,)
        mine = self.data.setdefault(key, {})
        if not isinstance(mine, dict):
            return
        for name, entry in entries.items():
            if name not in mine and self._is_for(entry):
                self.places[key, name] = source, (key, name)
                mine[name] = _without_kinds(entry)

    def _is_for(self, entry: Any) -> bool:
        kinds = entry.get("kinds") if isinstance(entry, dict) else None
        return not isinstance(kinds, list) or self.kind in kinds


def _is_list_of_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _without_kinds(entry: Any) -> Any:
    return deepcopy({k: v for k, v in entry.items() if k != "kinds"} if isinstance(entry, dict) else entry)
