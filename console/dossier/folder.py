"""Makes a dossier: the bundle that can be verified, and beside it what people and other programs read."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

from console.disclosing import fields_for
from console.dossier.evidence import evidence_of
from console.dossier.page import Made, Page, Told, commands_to_verify, page_of, steps_to_verify
from console.dossier.paper import font_file, pdf_of
from console.dossier.proofs import Proofs, read_proofs
from console.dossier.web_page import html_of
from console.house import House
from console.look import Seen, seen
from console.output import as_plain
from console.words import N_, _, sentence

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from psycopg import Connection

    from ledger.seal.folder import Folder

SUMS = "SHA256SUMS"
README = "README.txt"
PATIENCE = 3.0
"""Seconds in which a sealer at work may seal what was recorded just now."""
WIDTH = 96
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of all files in a zip: the same dossier gives the same bytes."""
SETTINGS = (
    "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


@dataclass(frozen=True)
class Dossier:
    """What was made."""

    path: Path
    entries: int
    sealed: int
    """Entries that it proves."""
    files: int
    sums: str
    """SHA-256 of its list of files."""
    checkpoint: str


def ready(made: Made, seals: Path) -> None:
    """Look whether it can be made at all. Raises NoPaper and NoSeals."""
    from ledger.seal.errors import NoSeals
    from ledger.seal.folder import Folder

    if made.pdf:
        font_file()
    if Folder(seals).checkpoint() is None:
        raise NoSeals(_("Nothing is sealed yet, so a dossier could prove nothing: casefold seal"))


def make(house: House, case: str, target: Path, made: Made, seals: Path) -> Dossier:
    """Make it, as a folder or as a zip, whole or not at all.

    Raises NoPaper, SealRefused and NoSeals, FileExistsError, and what reading the ledger raises.
    """
    if target.exists():
        raise FileExistsError(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as draft:
        folder = Path(draft) / "dossier"
        found, proofs = _bundle(house, case, folder, made, seals)
        _readable(house, found, proofs, folder, made)
        sums, files = _sums(folder)
        put(folder, target, Path(draft))
    checkpoint = f"{proofs.checkpoint.origin} {proofs.checkpoint.size} {proofs.root}"
    return Dossier(target, len(found.entries), len(proofs.leaves), files, sums, checkpoint)


# ── What proves it ───────────────────────────────────────────────────────────────────────────────────────────────────


def _bundle(house: House, case: str, folder: Path, made: Made, seals: Path) -> tuple[Seen, Proofs]:
    """The entries of the case with their proofs, and if wanted the headers of all others, under one checkpoint."""
    from ledger.seal.bundle import Exporter

    published = _pinned(seals, house, case)
    with _reading(house) as connection:
        exporter = Exporter(connection, published)
        exporter.case(case, folder)
        if made.headers:
            exporter.all(folder / "headers", contents=False)
    (folder / "manifest.json").unlink()  # what it says, the README says in the reader's language
    return seen(house, case), read_proofs(folder, case, house.ledger.codec)


@contextmanager
def _reading(house: House) -> Iterator[Connection[Any]]:
    """A connection that sees one moment of the ledger and changes nothing."""
    from ledger.database import translated

    with translated(), house.ledger.connection(silence=600.0) as connection, connection.transaction():
        for setting in SETTINGS:
            connection.execute(setting)
        yield connection


def _pinned(seals: Path, house: House, case: str) -> Folder:
    """What is published, at the newest checkpoint; a sealer at work is given the time to seal the case's last entry."""
    from ledger.seal.folder import Folder

    class Pinned(Folder):
        """The folder, whose newest checkpoint stays the same while a dossier is made."""

        def checkpoint(self) -> Any:
            return newest

    position = house.ledger.history(case)[-1].position
    folder, newest = Folder(seals), None
    end = time.monotonic() + PATIENCE
    while True:
        newest = folder.checkpoint()
        if newest is None or _covers(house, newest[1].size, position) or time.monotonic() > end:
            return Pinned(seals)
        time.sleep(0.1)


def _covers(house: House, size: int, position: int) -> bool:
    """Whether a checkpoint of this size holds the entry at this position."""
    rows = house.ledger.query("SELECT leaf_index FROM casefold_seal.leaf WHERE position = %s", [position])
    return bool(rows) and min(row[0] for row in rows) < size


# ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _readable(house: House, found: Seen, proofs: Proofs, folder: Path, made: Made) -> None:
    fields = fields_for(house.ledger, made.personal)
    told = {entry.version: fields(entry.event) for entry in found.entries}
    evidence = list(evidence_of(house, found, told, folder, made.personal))
    page = page_of(house, found, told, proofs, evidence, made)
    (folder / "dossier.html").write_text(html_of(page), encoding="utf-8")
    if made.pdf:
        (folder / "dossier.pdf").write_bytes(pdf_of(page))
    with (folder / "entries.jsonl").open("w", encoding="utf-8") as file:
        for line in _entries(found, told, proofs):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    (folder / README).write_text(readme(page, made), encoding="utf-8")


def _entries(found: Seen, told: Told, proofs: Proofs) -> Iterator[dict[str, Any]]:
    """Each entry for programs, with its fields as they are shown here, and its place in the tree."""
    from ledger.codec import entry_as_json

    for entry in found.entries:
        leaf = proofs.leaves.get(entry.version)
        more = {
            "data": as_plain(told[entry.version]),
            "sentence": sentence(type(entry.event)),
            "leaf": leaf.index if leaf else None,
            "leaf_hash": leaf.hash if leaf else None,
        }
        yield entry_as_json(entry) | more


READ_FIRST = N_("Dossier of case {case}: what it is, and how to check it.")
READABLE = N_(
    "dossier.html and entries.jsonl were made from the sealed entries for reading. What is proved are the entries "
    "themselves, byte by byte, in states/; personal data in them is encrypted."
)
SUMS_TOLD = N_(
    "Whoever made this dossier can tell you the SHA-256 of the file SHA256SUMS. With --sums in the command above the "
    "verifier then also shows that no file of it was exchanged."
)


def readme(page: Page, made: Made) -> str:
    """What a stranger reads first, in plain text."""
    first, second, third = steps_to_verify()
    commands = [f"    {command}" for command in commands_to_verify(page.case, headers=made.headers)]
    width = max(len(name) for name, _text in page.files)
    listed = [f"    {name:<{width}}  {text}" for name, text in page.files]
    signers = next((value for label, value in page.proofs if label == _("signed by")), "")
    paragraphs: list[str | Sequence[str]] = [
        _(READ_FIRST, case=page.case),
        [_wrapped(one) for one in page.made],
        listed,
        f"1. {first}",
        [f"    {signer}…" for signer in signers.splitlines()],
        f"2. {second}",
        commands,
        f"3. {third}",
        _(READABLE),
        _(SUMS_TOLD),
        *page.proofs_intro,
    ]
    return "\n\n".join(_wrapped(one) if isinstance(one, str) else "\n".join(one) for one in paragraphs) + "\n"


_PIECES = re.compile(r"\s+|[^\s\u2e80-\uffef]+|[\u2e80-\uffef][，。、：；！？）”]*")


def _wrapped(text: str) -> str:
    """Lines that fit on a screen; Chinese, which has no spaces, is broken anywhere but before a comma."""
    lines = [""]
    for piece in _PIECES.findall(text):
        if cell_len(lines[-1] + piece.rstrip()) > WIDTH:
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return "\n".join(line.rstrip() for line in lines)


# ── As a whole ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _sums(folder: Path) -> tuple[str, int]:
    """The list of all files with their digests, as sha256sum writes it; its own digest, and the number of files."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    text = "".join(f"{_digest(folder / name)}  {name}\n" for name in names)
    (folder / SUMS).write_text(text, encoding="utf-8")
    return hashlib.sha256(text.encode()).hexdigest(), len(names) + 1


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put(folder: Path, target: Path, draft: Path) -> None:
    """Put what was made where it is wanted, as a folder or as a zip; ``draft`` is a place beside it."""
    if target.suffix == ".zip":
        _zipped(folder, draft / "dossier.zip", target.stem).replace(target)
    else:
        folder.replace(target)


def _zipped(folder: Path, archive: Path, name: str) -> Path:
    """The folder as a zip, in a folder of this name."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zipped:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            info = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", LONG_AGO)
            info.external_attr = 0o644 << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, zipped.open(info, "w") as target:
                shutil.copyfileobj(source, target)
    return archive
