"""One export into one file, which is whole or not there at all."""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, Protocol, cast

from ledger.exports.flat import Csv, JsonLines
from ledger.exports.ocel import Gathered
from ledger.exports.ocel_files import write_json, write_sqlite, write_xml
from ledger.exports.told import Shown, Told
from ledger.exports.xes import Xes


class Writer(Protocol):
    """Writes cases one after the other into a text file, and keeps none."""

    def write(self, cases: Iterable[Told]) -> None:
        """All of it."""


class Form(StrEnum):
    """What a file can be; OCEL has three forms, told apart by the end of the file's name."""

    XES = "xes"
    OCEL = "ocel"
    CSV = "csv"
    JSONL = "jsonl"


ENDS = {
    ".xes": Form.XES,
    ".jsonocel": Form.OCEL,
    ".json": Form.OCEL,
    ".xmlocel": Form.OCEL,
    ".xml": Form.OCEL,
    ".sqlite": Form.OCEL,
    ".csv": Form.CSV,
    ".jsonl": Form.JSONL,
}


def form_of(path: Path) -> Form | None:
    """What a file of this name is meant to be; None when its name does not say."""
    return ENDS.get(_end(path))


def is_json(path: Path) -> bool:
    """Whether OCEL in a file of this name is JSON."""
    return _end(path) not in (".xml", ".xmlocel", ".sqlite")


def _end(path: Path) -> str:
    """How the name ends, before a ``.gz``; a database is not compressed."""
    end = Path(path.stem if path.suffix == ".gz" else path.name).suffix.lower()
    return "" if end == ".sqlite" and path.suffix == ".gz" else end


def write(
    path: Path,
    form: Form,
    cases: Iterable[Told],
    about: Mapping[str, Any],
    shown: Shown,
    *,
    before_it_is_there: Callable[[], None] | None = None,
) -> None:
    """Write these cases over what is there; a name that ends with .gz is compressed. Raises OSError.

    ``before_it_is_there`` is called when all is written and nobody can see it yet; what it raises undoes everything.
    """
    with _draft(path, before_it_is_there) as draft:
        if form is Form.OCEL:
            _ocel(path, draft, cases)
        else:
            with _text(path, draft) as file:
                writers: dict[Form, Writer] = {
                    Form.XES: Xes(file, about),
                    Form.CSV: Csv(file),
                    Form.JSONL: JsonLines(file, shown),
                }
                writers[form].write(cases)


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write an export that was made elsewhere, in the same way. Raises OSError."""
    with _draft(path, None) as draft, gzip.open(draft, "wb") if path.suffix == ".gz" else draft.open("wb") as file:
        for piece in pieces:
            file.write(piece)


def _ocel(path: Path, draft: Path, cases: Iterable[Told]) -> None:
    with Gathered(draft.parent) as gathered:
        gathered.add(cases)
        if _end(path) == ".sqlite":
            write_sqlite(gathered, draft)
            return
        with _text(path, draft) as file:
            (write_xml if _end(path) in (".xml", ".xmlocel") else write_json)(gathered, file)


def _text(path: Path, draft: Path) -> IO[str]:
    if path.suffix == ".gz":
        return cast("IO[str]", gzip.open(draft, "wt", encoding="utf-8", newline=""))
    return draft.open("w", encoding="utf-8", newline="")


@contextmanager
def _draft(path: Path, before_it_is_there: Callable[[], None] | None) -> Iterator[Path]:
    """A file beside the wanted one that takes its place when all went well."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        if before_it_is_there is not None:
            before_it_is_there()
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
