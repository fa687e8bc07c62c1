"""Where the golden corpus lies and what its files look like."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any, get_type_hints

from domain.entry import Entry
from domain.message import Event
from domain.streams import STREAM_TYPES
from ledger.codec import Codec, entry_as_json
from ledger.registry import Registry

HERE = Path(__file__).parent
EVENTS = HERE / "events"
LIVES = HERE / "lives"
SUMS = HERE / "SHA256SUMS"

REGISTRY = Registry(STREAM_TYPES)
CODEC = Codec(REGISTRY.events)


@dataclasses.dataclass(frozen=True)
class Golden:
    """A row as it was written, and what it meant then."""

    stream: str
    version: int
    topic: str
    state: str
    meaning: dict[str, Any]

    def read(self) -> Entry:
        """The row with today's code."""
        return CODEC.decode(self.stream, self.version, self.topic, self.state.encode())


def golden(entry: Entry, state: bytes) -> Golden:
    """A golden row of what is written today."""
    return Golden(entry.stream, entry.version, type(entry.event).__name__, state.decode(), entry_as_json(entry))


def load(path: Path) -> list[Golden]:
    """The rows of a file."""
    return [Golden(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def save(path: Path, rows: list[Golden]) -> None:
    """Write a new file; one that exists is never touched."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(dataclasses.asdict(row), ensure_ascii=False, sort_keys=True) for row in rows]
    with path.open("x", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def files() -> list[Path]:
    """All files of the corpus."""
    return sorted([*EVENTS.rglob("*"), *LIVES.rglob("*")], key=str)


def sums() -> dict[str, str]:
    """File → SHA-256, as the files are now."""
    return {
        str(path.relative_to(HERE)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files() if path.is_file()
    }


def path_of(event: type[Event]) -> Path:
    """Where the rows of an event of today's version lie."""
    return EVENTS / event.__name__ / f"v{event.class_version}.jsonl"


def shape(event: type[Event]) -> dict[str, dict[str, Any]]:
    """The fields of an event: their types, and whether they must be there."""
    hints = get_type_hints(event)
    return {
        field.name: {
            "type": str(hints[field.name]),
            "required": field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        }
        for field in dataclasses.fields(event)  # type: ignore[arg-type]
    }


def shape_path(event: type[Event]) -> Path:
    """Where the shape of an event of today's version lies."""
    return EVENTS / event.__name__ / f"v{event.class_version}.shape.json"
