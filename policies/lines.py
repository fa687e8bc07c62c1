"""Finds the line of a key or value in TOML, so that a mistake in a file can be pointed at."""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str | int, ...]
"""The way to a value: keys of tables and places in arrays, as in ``("clocks", 2, "limit", "urgent")``."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}#\n]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}(?!")'
    r"|'''.*?'{3,5}(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


class Lines:
    """Where the keys and values of a TOML text stand. The text is one that `tomllib` has accepted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._keys: dict[KeyPath, int] = {}
        """Path → where it stands first."""
        self._values: list[tuple[KeyPath, int, str]] = []
        """Path, place and source text of everything that is neither array nor table."""
        self._tables_in: dict[KeyPath, int] = {}
        """How many tables each array of tables has so far."""
        self._document()

    def of(self, path: KeyPath, value: object = None) -> int:
        """The line of what is at the path, or of a value at or below it.

        What is not in the text is looked for where it would have to be: at the next table that has it, or at line 1.
        """
        if value is not None:
            for key, place, source in self._values:
                if key[: len(path)] == path and _plain(source) == value:
                    return self._line(place)
        while path and path not in self._keys:
            path = path[:-1]
        return self._line(self._keys[path]) if path else 1

    def _line(self, place: int) -> int:
        return self._text.count("\n", 0, place) + 1

    def _document(self) -> None:
        table: KeyPath = ()
        while self._skip(_BLANK) < len(self._text):
            if self._take("[["):
                table = self._header(many=True)
                self._take("]]")
            elif self._take("["):
                table = self._header(many=False)
                self._take("]")
            else:
                self._pair(table)

    def _header(self, *, many: bool) -> KeyPath:
        """The path of a table; the parts that are arrays of tables mean their newest table."""
        places = self._key()
        path: KeyPath = ()
        for number, (part, place) in enumerate(places, 1):
            path = (*path, part)
            self._keys.setdefault(path, place)
            if many and number == len(places):
                self._tables_in[path] = self._tables_in.get(path, 0) + 1
            if path in self._tables_in:
                path = (*path, self._tables_in[path] - 1)
                self._keys.setdefault(path, place)
        return path

    def _pair(self, table: KeyPath) -> None:
        """A key, which may have dots, and its value."""
        path = table
        for part, place in self._key():
            path = (*path, part)
            self._keys.setdefault(path, place)
        if not self._take("="):
            raise ValueError(f"line {self._line(self._place)}: no TOML that could be read twice")
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[tuple[str, int]]:
        parts = []
        while True:
            self._skip(_SPACE)
            place = self._place
            quoted = self._match(_STRING)
            parts.append((str(_plain(quoted)) if quoted else self._match(_BARE_KEY), place))
            self._skip(_SPACE)
            if not self._take("."):
                return parts

    def _value(self, path: KeyPath) -> None:
        place = self._place
        if self._take("["):
            for number in range(len(self._text)):
                self._skip(_BLANK)
                if self._take("]"):
                    return
                self._keys.setdefault((*path, number), self._place)
                self._value((*path, number))
                self._skip(_BLANK)
                self._take(",")
        elif self._take("{"):
            # TOML 1.1 lets a table go over several lines.
            while self._skip(_BLANK) < len(self._text) and not self._take("}"):
                self._pair(path)
                self._skip(_BLANK)
                self._take(",")
        else:
            source = self._match(_STRING) or self._match(_BARE_VALUE).strip()
            self._values.append((path, place, source))

    def _match(self, pattern: re.Pattern[str]) -> str:
        """The text of the pattern at this place, which is gone past; empty if it is not there."""
        match = pattern.match(self._text, self._place)
        if match is None:
            return ""
        self._place = match.end()
        return match[0]

    def _skip(self, pattern: re.Pattern[str]) -> int:
        self._match(pattern)
        return self._place

    def _take(self, word: str) -> bool:
        if not self._text.startswith(word, self._place):
            return False
        self._place += len(word)
        return True


def line_of(error: tomllib.TOMLDecodeError, text: str) -> int:
    """The line at which a text stopped being TOML."""
    match = re.search(r"at line (\d+)", str(error))
    return int(match[1]) if match else max(1, len(text.splitlines()))


def _plain(source: str) -> object:
    """What a value's source text means."""
    return tomllib.loads(f"value = {source}")["value"]
