"""The file of rows that were not taken over: each as it stood there, with line and reason, ready to be corrected."""

from __future__ import annotations

import csv
import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from console.source import Row, Source, UnreadableFile
from console.words import _


class Rejects:
    """The file is made with the first rejected row, for its owner's eyes only: it may hold personal data."""

    def __init__(self, path: Path | None, beside: Path, source: Source) -> None:
        self.path = path or beside.with_name(f"{beside.name}.rejects.{source.form}")
        self._source = source
        self._file: IO[str] | None = None

    @property
    def used(self) -> bool:
        """Whether there is such a file now."""
        return self._file is not None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file is not None:
            self._file.close()

    def add(self, row: Row, reason: str) -> None:
        """Write one row, with its line and the reason, so that it can be corrected and imported."""
        if self._file is None:
            self._file = self._made()
            if self._source.form == "csv":
                csv.writer(self._file).writerow([*self._source.columns, "_line", "_reason", "_raw"])
        # What could not be read must not look as if it could: it stands apart, and is not imported by mistake.
        values, raw = ({}, row.raw or ",".join(row.values.values())) if row.problem else (row.values, "")
        if self._source.form == "csv":
            fields = [values.get(column, "") for column in self._source.columns]
            csv.writer(self._file).writerow([*fields, row.line, reason, raw])
        else:
            more = {"_line": row.line, "_reason": reason} | ({"_raw": raw} if raw else {})
            self._file.write(json.dumps({**values, **more}, ensure_ascii=False) + "\n")

    def _made(self) -> IO[str]:
        """The file: where it was wanted, or the first place where it may be."""
        for folder in (self.path.parent, Path.cwd(), Path(tempfile.gettempdir())):
            with suppress(OSError):
                self.path = folder / self.path.name
                return _private(self.path)
        raise UnreadableFile(_("The file of rejected rows cannot be written: {path}.", path=self.path))


def _private(path: Path) -> IO[str]:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # Spreadsheet programs take a CSV file for UTF-8 only when it says so in its first bytes.
    encoding = "utf-8-sig" if path.suffix == ".csv" else "utf-8"
    return os.fdopen(handle, "w", encoding=encoding, errors="backslashreplace", newline="")
