"""What is said about a sheet that cannot be followed: file, line, what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from policies.lines import KeyPath

FEW = 20
"""So many known words are listed; of more, those that look alike are named."""


class SheetError(ValueError):
    """A sheet that cannot be followed. The sentence names file, line, what is wrong and what would be right."""

    def __init__(self, path: Path, line: int, sentence: str) -> None:
        super().__init__(f"{path}:{line}: {sentence}")
        self.path = path
        self.line = line
        self.sentence = sentence

    def __reduce__(self) -> tuple[type[SheetError], tuple[Path, int, str]]:
        """Copied and sent to other processes by its parts."""
        return type(self), (self.path, self.line, self.sentence)


class Mistake(NamedTuple):
    """Something wrong at a place of a file."""

    path: KeyPath
    sentence: str


def not_known(word: object, what: str, known: Collection[str]) -> str:
    """The sentence about a word that is not in a list, with the word that was probably meant."""
    sentence = f"{word!r} is not {what}."
    alike = get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    if alike:
        sentence += f" Did you mean {alike[0]!r}?"
    if not alike or len(known) <= FEW:
        sentence += f" Known: {', '.join(sorted(known)) or 'none'}."
    return sentence
