"""The evidence of a case: what the ledger says of each piece, and its file where that may leave the house."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from console.dossier.lines import text_of
from console.house import House
from console.look import Seen
from console.when import shown
from console.words import N_, _
from domain.access import Disclosure
from domain.events import EvidenceAdded

FOLDER = "evidence"
CHUNK = 1 << 20

NOT_KEPT = N_("not in this dossier: the file is kept elsewhere")
NOT_INCLUDED = N_("not in this dossier: files are handed out only with personal data included")
NOT_GIVEN = N_("not in this dossier: {reason}")
DIFFERS = N_("not in this dossier: the file is not the one that was handed in")

Open = Callable[[House, str, EvidenceAdded], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class Item:
    """A piece of evidence, as the dossier tells of it."""

    number: str
    name: str
    given_by: str
    received: str
    size: int
    sha256: str
    where: str
    """Its place in the dossier, or why it is not there."""
    file: bool


def evidence_of(
    house: House, found: Seen, fields: Mapping[int, Mapping[str, Any]], target: Path, personal: Disclosure
) -> Iterator[Item]:
    """Every piece, its file put into the target's folder where it may be; ``fields`` are the shown ones, by version."""
    for entry in found.entries:
        event = entry.event
        if isinstance(event, EvidenceAdded):
            shown_as = fields[entry.version]
            name = str(shown_as["name"])
            file, reason = _put(house, found, event, name, target, personal)
            yield Item(
                number=event.evidence,
                name=name,
                given_by=text_of("given_by", event.given_by),
                received=shown(entry.recorded_at),
                size=event.size,
                sha256=event.sha256,
                where=file or reason,
                file=bool(file),
            )


def _put(
    house: House, found: Seen, event: EvidenceAdded, name: str, target: Path, personal: Disclosure
) -> tuple[str, str]:
    """The place of its file in the dossier, or a sentence why there is none."""
    opened = open_evidence(house, found, event)
    if opened is None:
        return "", _(NOT_KEPT)
    if personal is not Disclosure.INCLUDED:
        return "", _(NOT_INCLUDED)
    place = f"{FOLDER}/{event.evidence}-{file_name(name)}"
    (target / FOLDER).mkdir(exist_ok=True)
    digest = hashlib.sha256()
    try:
        with opened as source, (target / place).open("wb") as file:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                file.write(chunk)
    except Exception as error:
        (target / place).unlink(missing_ok=True)
        return "", _(NOT_GIVEN, reason=str(error).rstrip("."))
    if digest.hexdigest() != event.sha256:
        (target / place).unlink(missing_ok=True)
        return "", _(DIFFERS)
    return place, ""


def open_evidence(house: House, found: Seen, event: EvidenceAdded) -> AbstractContextManager[IO[bytes]] | None:
    """The file of a piece of evidence, opened; None when the house keeps none. The one place that asks the store."""
    return None


def file_name(name: str) -> str:
    """A name that every file system takes, and that leads nowhere else."""
    safe = re.sub(r"[^\w.\-]+", "_", name, flags=re.UNICODE).strip("._")
    return safe[-80:] or "file"
