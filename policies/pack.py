"""A pack: the sheets that express one rule book, what they share, and where each rule of the book is found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from domain.policy import Sheet
from domain.rules import Parameter
from policies.checks import mistakes_of_rules
from policies.draft import Draft
from policies.errors import Mistake, SheetError
from policies.reader import LIMITS_FILES, PACK_FILE, SheetFile, shape_mistakes, sheet_files
from policies.rows import Row, found
from policies.schema import LIMITS, PACK
from policies.sharing import known_to_no_sheet
from policies.source import Source


@dataclass(frozen=True, kw_only=True)
class Pack:
    """What a pack is, for people who choose one."""

    name: str
    title: Mapping[str, str]
    about: Mapping[str, str]
    kinds: tuple[str, ...]
    """The kinds of case that it has a sheet for; none: its limits are included by other packs."""
    rows: tuple[Row, ...]
    parameters: Mapping[str, Parameter]


class PackFolder:
    """The files of a pack, with all mistakes in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        file = folder / PACK_FILE
        self.own = Source.read(file) if file.is_file() else None
        self.files = [SheetFile(path) for path in sheet_files(folder)]

    @cached_property
    def mistakes(self) -> list[SheetError]:
        """Of its sheets first, then of what they are together."""
        errors = [error for file in self.files for error in file.mistakes]
        errors += self._one_sheet_for_each_kind()
        for limits in sorted(self.folder.glob(LIMITS_FILES)):
            errors += limits_mistakes(limits)
        if self.own is not None:
            errors += [self.own.error(*mistake) for mistake in self._of_the_pack(self.own, bool(errors))]
        return list({str(error): error for error in errors}.values())

    def checked(self) -> PackFolder:
        """Itself. Raises SheetError at the first mistake."""
        if self.mistakes:
            raise self.mistakes[0]
        return self

    @cached_property
    def sheets(self) -> Mapping[str, Sheet]:
        """Its sheets by kind; a sheet with a mistake raises it."""
        return {sheet.kind: sheet for sheet in (file.sheet() for file in self.files)}

    def pack(self) -> Pack:
        """What it is. Raises SheetError at the first mistake."""
        self.checked()
        data: Mapping[str, Any] = {} if self.own is None else self.own.data
        return Pack(
            name=data.get("name", self.folder.name),
            title=data.get("title", {}),
            about=data.get("about", {}),
            kinds=tuple(self.sheets),
            rows=_rows(data),
            parameters={name: one for sheet in self.sheets.values() for name, one in sheet.parameters.items()},
        )

    def _one_sheet_for_each_kind(self) -> Iterator[SheetError]:
        kinds: dict[str, Path] = {}
        for file in self.files:
            kind = file.draft.kind
            if kind in kinds:
                sentence = f"two sheets are for the same kind of case, {kind!r}: {kinds[kind].name} too; keep one."
                yield file.own.error(("kind",), sentence)
            kinds.setdefault(kind, file.own.path)

    def _of_the_pack(self, own: Source, others: bool) -> Iterator[Mistake]:
        """Whether its rows hold is asked when there is nothing else to put right."""
        wrong = list(shape_mistakes(own, PACK))
        yield from wrong
        if own.data.get("name") != self.folder.name:
            yield Mistake(
                ("name",), f"{own.data.get('name')!r} is not the name of its folder; write {self.folder.name!r}."
            )
        used = {name for file in self.files for name in file.parameters.used}
        yield from known_to_no_sheet(own.data, [file.draft for file in self.files], used)
        if not others and not wrong:
            for number, row in enumerate(_rows(own.data)):
                for place, where in enumerate(row.where):
                    if not found(where, self.sheets):
                        yield Mistake(("rows", number, "where", place), f"{where!r} is in no sheet of this pack.")


def limits_mistakes(file: Path) -> Iterator[SheetError]:
    """What is wrong in the limits that a pack offers to others."""
    source = Source.read(file)
    draft = Draft(source, "", dict(source.data))
    for mistake in (*LIMITS.mistakes(source.data, ()), *mistakes_of_rules(draft)):
        yield source.error(*mistake)


def _rows(data: Mapping[str, Any]) -> tuple[Row, ...]:
    rows = data.get("rows", [])
    return tuple(
        Row(
            book=row["book"],
            requirement=tuple(row["requirement"]),
            where=tuple(row["where"]),
            note=row.get("note", ""),
        )
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and {"book", "requirement", "where"} <= row.keys()
    )
