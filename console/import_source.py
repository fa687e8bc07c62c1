"""A file to take over and the map that reads it: opened and held against each other before the first row."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import typer

from console.map_values import FileForm, MapError
from console.source import Source, UnreadableFile, open_source
from console.words import _


class Reading(Protocol):
    """What a map says about the file itself."""

    @property
    def form(self) -> FileForm:
        """Encoding, delimiter, times."""

    def columns(self) -> set[str]:
        """All columns that it reads."""


M = TypeVar("M", bound=Reading)


def mapped_source(read: Callable[[Path], M], map_file: Path, file: Path) -> tuple[M, Source]:
    """The map and the opened file. Ends the program with a sentence when they do not fit."""
    try:
        chosen = read(map_file)
    except MapError as error:
        raise typer.BadParameter(str(error), param_hint="--map") from error
    try:
        source = open_source(file, encoding=chosen.form.encoding, delimiter=chosen.form.delimiter)
    except UnreadableFile as error:
        raise typer.BadParameter(str(error), param_hint="FILE") from error
    if missing := chosen.columns() - set(source.columns):
        names = {"columns": ", ".join(sorted(missing)), "known": ", ".join(source.columns)}
        message = _("The file has no column {columns}. It has: {known}.", **names)
        raise typer.BadParameter(message, param_hint="--map")
    return chosen, source
