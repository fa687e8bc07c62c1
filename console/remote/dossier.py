"""Dossiers over HTTP: the server makes one and writes down who took it; here it is unpacked where it is wanted."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path

import client
from console.dossier.folder import SUMS, Dossier, put
from console.dossier.page import Made
from console.house import House
from console.remote.failures import translated
from console.remote.ledger import RemoteLedger
from console.words import Language


class NoDossier(Exception):
    """The server cannot make it; the text is a sentence that says why."""


def fetch(house: House, case: str, target: Path, made: Made, language: Language, purpose: str) -> Dossier:
    """Fetch it, and put it there as a folder or as a zip, whole or not at all.

    Raises NoDossier, FileExistsError, and what a house raises.
    """
    ledger = house.ledger
    assert isinstance(ledger, RemoteLedger)
    if target.exists():
        raise FileExistsError(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as draft:
        archive = Path(draft) / "as-it-came.zip"
        with translated(ledger.casefold.url):
            download = ledger.casefold.get_dossier(
                case,
                personal=made.personal.value,
                language=language.value,
                headers=made.headers,
                pdf=made.pdf,
                purpose=purpose,
            )
            try:
                download.save(archive)
            except client.Refused as error:
                raise NoDossier(error.params.get("reason") or error.sentence) from error
        with zipfile.ZipFile(archive) as zipped:
            zipped.extractall(Path(draft) / "unpacked")
        folder = Path(draft) / "unpacked" / case
        told = _told(folder, target)
        put(folder, target, Path(draft))
    return told


def _told(folder: Path, target: Path) -> Dossier:
    """What it is, from what lies in it."""
    lines = (folder / "entries.jsonl").read_text(encoding="utf-8").splitlines()
    sealed = sum(json.loads(line)["leaf"] is not None for line in lines)
    files = sum(path.is_file() for path in folder.rglob("*"))
    sums = hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
    checkpoint = " ".join((folder / "checkpoint").read_text(encoding="utf-8").split("\n")[:3])
    return Dossier(target, len(lines), sealed, files, sums, checkpoint)
