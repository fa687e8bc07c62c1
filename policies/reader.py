"""From a sheet file to a sheet: gather what it shares, fill in parameters, check, resolve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from domain.policy import Sheet
from policies.checks import mistakes_of
from policies.draft import Draft, Layer
from policies.errors import Mistake, SheetError, not_known
from policies.lines import KeyPath
from policies.parameters import Parameters, settings_of
from policies.resolve import resolved
from policies.schema import LIMITS, PACK, SHARED, SHEET
from policies.shapes import Shape
from policies.sharing import leave_to_other_kinds
from policies.source import Source

PACKS = Path(__file__).parent / "packs"
PACK_FILE = "pack.toml"
LIMITS_FILES = "limits*.toml"

OF_A_PACK = frozenset({*SHARED, *LIMITS.fields} - {"include", "set"})
OF_A_SHEET = frozenset({*SHEET.fields} - {"version", "extends", "include", "set"})
OF_LIMITS = frozenset(LIMITS.fields)
"""What a sheet may have from each of these files."""


def read_sheet(path: Path) -> Sheet:
    """One sheet. Raises SheetError at the first mistake, with file and line."""
    return SheetFile(path).sheet()


class SheetFile:
    """A sheet file with all that it shares: the mistakes in it, and the sheet when there are none."""

    def __init__(self, path: Path) -> None:
        self.mistakes: list[SheetError] = []
        """All of them, in the order in which they are found."""
        self.own = Source.read(path)
        self.pack, base = self._pack_and_base()
        sources = [source for source in (self.own, base, self.pack) if source is not None]
        layers = [Layer(self.own)]
        layers += [Layer(base, OF_A_SHEET)] if base is not None else []
        layers += [Layer(self.pack, OF_A_PACK)] if self.pack is not None else []
        layers += [Layer(limits, OF_LIMITS) for limits in self._included(sources)]
        self.draft = Draft.of(layers)
        leave_to_other_kinds(self.draft)
        settings, wrong = settings_of(sources, self.draft.data.get("parameters", {}))
        self.mistakes += [source.error(*mistake) for source, mistake in wrong]
        self.parameters = Parameters(self.draft, settings)
        self._note(self.parameters.mistakes)
        self._note(SHEET.mistakes(self.draft.data, ()))
        self._note(mistakes_of(self.draft))
        self._note(self.parameters.unused())
        self.mistakes = list({str(error): error for error in self.mistakes}.values())

    def sheet(self) -> Sheet:
        """Raises SheetError at the first mistake."""
        if self.mistakes:
            raise self.mistakes[0]
        pack = str(self.pack.data["name"]) if self.pack is not None else ""
        return Sheet.from_data(resolved(self.draft.data, self.parameters.plain(), pack))

    def _note(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes += [self.draft.error(mistake) for mistake in mistakes]

    def _pack_and_base(self) -> tuple[Source | None, Source | None]:
        """The pack.toml beside the sheet; or of the pack that it extends, with that pack's sheet for its kind."""
        name = self.own.data.get("extends")
        if name is None:
            return self._shared(self.own.path.parent / PACK_FILE, PACK), None
        folder = PACKS / str(name)
        kind = self.own.data.get("kind")
        base = next((one for one in map(Source.read, sheet_files(folder)) if one.data.get("kind") == kind), None)
        if base is None:
            packs = [path.parent.name for path in sorted(PACKS.glob(f"*/{PACK_FILE}"))]
            sentence = f"the pack {name!r} has no sheet for cases of the kind {kind!r}; write the whole sheet."
            if name not in packs:
                sentence = not_known(name, "a pack to extend", packs)
            self.mistakes.append(self.own.error(("extends",), sentence))
            return None, None
        return self._shared(folder / PACK_FILE, PACK), base

    def _included(self, sources: list[Source]) -> Iterator[Source]:
        """The limits of each pack, or part of one, that is included."""
        seen: set[str] = set()
        for source in sources:
            names = source.data.get("include")
            for number, name in enumerate(names if isinstance(names, list) else ()):
                file = limits_files().get(str(name))
                if file is None:
                    sentence = not_known(name, "a pack with limits to include", limits_files())
                    self.mistakes.append(source.error(("include", number), sentence))
                elif name not in seen:
                    seen.add(name)
                    limits = self._shared(file, LIMITS)
                    if limits is not None:
                        yield limits

    def _shared(self, file: Path, shape: Shape) -> Source | None:
        """A file that sheets share; its own form is checked here, once."""
        if not file.is_file():
            return None
        source = Source.read(file)
        self.mistakes += [source.error(*mistake) for mistake in shape_mistakes(source, shape)]
        return source


def sheet_files(folder: Path) -> list[Path]:
    """The sheets of a pack: all its TOML files but those that sheets share."""
    return [file for file in sorted(folder.glob("*.toml")) if not is_shared(file)]


def is_shared(file: Path) -> bool:
    """Whether it is no sheet: what the sheets of a pack share, or limits for others to include."""
    return file.name == PACK_FILE or file.match(LIMITS_FILES)


@cache
def limits_files() -> Mapping[str, Path]:
    """What can be included: ``cn-statutory`` is that pack's limits.toml, ``cn-statutory/cars`` its limits-cars.toml."""
    files = sorted(PACKS.glob(f"*/{LIMITS_FILES}"))
    return {file.parent.name + file.stem.removeprefix("limits").replace("-", "/", 1): file for file in files}


def shape_mistakes(source: Source, shape: Shape) -> Iterator[Mistake]:
    """What is wrong with the form of a shared file, in which parameters are still names in braces."""
    for mistake in shape.mistakes(source.data, ()):
        if not _has_braces(_at(source.data, mistake.path)):
            yield mistake


def _at(value: Any, path: KeyPath) -> Any:
    for key in path:
        value = value[key]
    return value


def _has_braces(value: Any) -> bool:
    return isinstance(value, str) and "{" in value
