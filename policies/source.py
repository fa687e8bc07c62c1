"""One TOML file of a pack: what it says, and the line on which it says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from policies.errors import SheetError
from policies.lines import KeyPath, Lines, line_of


@dataclass(frozen=True)
class Source:
    """A parsed file."""

    path: Path
    text: str
    data: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Source:
        """Raises SheetError when the file cannot be read or is not TOML."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise SheetError(path, 1, f"this file cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise SheetError(path, 1, "this file is not UTF-8 text; save it as UTF-8.") from error
        try:
            return cls(path, text, tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise SheetError(path, line_of(error, text), f"not valid TOML: {error}.") from error

    @cached_property
    def lines(self) -> Lines:
        """Worked out only when there is something to point at."""
        return Lines(self.text)

    def error(self, path: KeyPath, sentence: str) -> SheetError:
        """A mistake at this place of the file."""
        return SheetError(self.path, self.lines.of(path), sentence)
