"""Proves a backup: it is put back into a server of its own, and looked at there as the real one is."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg import Connection

from domain.personal import HIDDEN, RESTRICTED, is_sealed
from domain.refusal import Refused
from ledger.evidence.check import compare, every_item
from ledger.evidence.errors import EvidenceError
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.items import Item
from ledger.evidence.limits import readable
from ledger.evidence.store import FolderStore
from ledger.keys.ring import KeyRing
from ledger.keys.store import KeyStore
from ledger.recorder import Recorder
from ledger.seal.folder import Folder
from ledger.seal.note import Verifier
from ledger.seal.verify import verify
from ledger.store import Ledger
from worker.backup.make import EVIDENCE_FOLDER, FIGURES, SEALS_FOLDER, Telling, log_key
from worker.backup.manifest import Manifest
from worker.backup.tables import all_or_nothing, copy_in, digest_of, one_moment
from worker.settings import Settings
from worker.stack.postgres import OWNER_ROLE, PostgresServer
from worker.stack.stack import Stack

TOKEN = re.compile(rb'"\$enc1\.([^."]+)\.(\d+)\.')
LIVING = """
SELECT s.subject, k.number FROM casefold_keys.subject AS s JOIN casefold_keys.subject_key AS k USING (subject)
WHERE k.wrapped IS NOT NULL
"""
NAMED = 10
STATES = "SELECT state FROM casefold.stored_events ORDER BY notification_id"


@dataclass
class Proof:
    """What was looked at, one line each."""

    lines: list[tuple[bool, str]] = field(default_factory=list)

    @property
    def well(self) -> bool:
        """Whether this can be put back as it was."""
        return all(well for well, _ in self.lines)

    def add(self, well: bool, text: str, otherwise: str = "") -> None:
        """One more thing that is so, or is not."""
        self.lines.append((well, text if well or not otherwise else otherwise))

    def told(self) -> list[str]:
        """For people."""
        return [f"{'ok   ' if well else 'WRONG'}  {text}" for well, text in self.lines]


def prove(
    settings: Settings, folder: Path, tell: Telling | None = None, *, server: PostgresServer | None = None
) -> Proof:
    """Put a backup back, in a scratch server when no other is given, and look. Raises BackupRefused and StackError."""
    tell = tell or Telling()
    manifest, proof = Manifest.read(folder), Proof()
    tell.step("Digests")
    check_files(manifest, folder, proof)
    if not proof.well:
        return proof
    with _databases(server) as urls:
        for url, copied in zip(urls, (manifest.ledger, manifest.keys), strict=True):
            tell.step(f"Putting back: {copied.schema}")
            with all_or_nothing(url, "casefold backup --verify") as connection:
                copy_in(connection, copied, folder, tell.tick)
        tell.step("Seals")
        with one_moment(urls[0], "casefold backup --verify") as connection:
            _check_entries(manifest, connection, proof)
            _check_seals(settings, manifest, connection, folder, proof)
        tell.step("Keys")
        store = KeyStore(urls[1], settings.master_keys)
        with Ledger(urls[0], keys=store) as ledger:
            assert ledger.ring is not None
            with one_moment(urls[1], "casefold backup --verify") as connection:
                living = {(subject, number) for subject, number in connection.execute(LIVING).fetchall()}
            with one_moment(urls[0], "casefold backup --verify") as connection:
                _check_keys(living, ledger.ring, connection, proof)
            tell.step("Evidence")
            _check_evidence(manifest, ledger, folder, proof)
    return proof


def check_files(manifest: Manifest, folder: Path, proof: Proof) -> None:
    """Whether the files of the tables are those that were written."""
    wrong = []
    tables = (*manifest.ledger.tables, *manifest.keys.tables)
    for table in tables:
        file = folder / table.file
        if not file.is_file() or file.stat().st_size != table.size or digest_of(file) != table.sha256:
            wrong.append(table.file)
    size = sum(table.size for table in tables)
    proof.add(
        not wrong, f"{len(tables)} tables, {readable(size)}, have their digests", _these("files not as written", wrong)
    )


@contextmanager
def _databases(server: PostgresServer | None) -> Iterator[list[str]]:
    """The addresses of two empty databases, which go again."""
    if server is None:
        with _scratch() as server, _databases(server) as urls:
            yield urls
        return
    names = [f"proof_{what}_{os.getpid()}" for what in ("ledger", "keys")]
    try:
        for name in names:
            server.create_database(name)
        yield [server.url(OWNER_ROLE, name) for name in names]
    finally:
        for name in names:
            server.drop_database(name)


@contextmanager
def _scratch() -> Iterator[PostgresServer]:
    """A server of its own in a temporary folder (TMPDIR), which goes again."""
    with tempfile.TemporaryDirectory(prefix="casefold-proof-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o711)  # PostgreSQL's own user passes through
        with Stack(Path(home), parts=["postgres"], durable=False, temporary=True) as stack:
            yield stack.postgres


def _check_entries(manifest: Manifest, connection: Connection[Any], proof: Proof) -> None:
    found = connection.execute(FIGURES).fetchall()[0]
    wanted = (manifest.entries, manifest.position, manifest.cases, manifest.epoch)
    same = (found[0], found[1], found[2], found[3] or "") == wanted
    text = f"{found[0]} entries of {found[2]} cases, up to position {found[1]}"
    proof.add(same, text, f"{text}; the backup was made of {wanted[0]} up to {wanted[1]}")


def _check_seals(
    settings: Settings, manifest: Manifest, connection: Connection[Any], folder: Path, proof: Proof
) -> None:
    if manifest.seals is None:
        proof.add(True, "nothing was sealed and published yet when it was made")
        return
    key = manifest.seals.log_key or log_key(settings)
    if not key:
        proof.add(False, "the seals were not verified: the log's public key is not at hand (CASEFOLD_SEALER_KEY)")
        return
    report = verify(connection, Folder(folder / SEALS_FOLDER), Verifier.parse(key))
    wrong = next((check.line for check in report.checks if not check.well), "")
    proof.add(report.well, f"{manifest.seals.size} entries are those that {manifest.seals.origin} has sealed", wrong)


def _check_keys(living: set[tuple[str, int]], ring: KeyRing, connection: Connection[Any], proof: Proof) -> None:
    """Every living key is whole, and opens a field that it has sealed, if there is one."""
    damaged = [f"{subject} {number}" for subject, number in sorted(living) if not _whole(ring, subject, number)]
    proof.add(not damaged, f"{len(living)} keys of persons are whole", _these("keys that cannot be used", damaged))
    opened = 0
    closed: list[str] = []
    waiting = set(living)
    with connection.cursor(name="states") as cursor:
        for (state,) in cursor.execute(STATES):
            for subject, number in TOKEN.findall(state):
                key = (subject.decode(), int(number))
                if key not in waiting:
                    continue
                waiting.discard(key)
                if _opens(ring, key, state):
                    opened += 1
                else:
                    closed.append(f"{key[0]} {key[1]}")
            if not waiting:
                break
    rest = f"; {len(waiting)} keys have sealed nothing in an entry" if waiting else ""
    proof.add(not closed, f"a field of each of {opened} keys opens{rest}", _these("keys that do not open", closed))


def _whole(ring: KeyRing, subject: str, number: int) -> bool:
    """Whether the master key unwraps it, to what was committed to."""
    keys = ring.store.read(subject)
    return keys is not None and number in keys.keys


def _opens(ring: KeyRing, key: tuple[str, int], state: bytes) -> bool:
    token = next(one for one in _tokens(json.loads(state)) if one.split(".", 3)[1:3] == [key[0], str(key[1])])
    said = ring.open(token)
    return said not in HIDDEN or said == RESTRICTED


def _tokens(value: Any) -> Iterator[str]:
    if is_sealed(value):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _tokens(part)
    elif isinstance(value, list):
        for part in value:
            yield from _tokens(part)


def _check_evidence(manifest: Manifest, ledger: Ledger, folder: Path, proof: Proof) -> None:
    """Every file that the copied ledger names is there, as it was; one of each person opens."""
    evidence = Evidence(ledger, Recorder(ledger, b""), FolderStore(folder / EVIDENCE_FOLDER), RingKeys(ledger.ring))
    found = compare(evidence, mend=False)
    missing = [item for item in found.missing if _subject(item) not in manifest.erased]
    wrong = [f"{item.case} {item.number}" for item in (*missing, *found.altered)]
    wrong += [f"object {name[:16]}" for name in manifest.evidence.damaged]
    text = f"{found.named} files of evidence are there, as they were"
    proof.add(not wrong, text, _these("files of evidence that are missing or altered", wrong))
    opened: set[str] = set()
    closed = []
    for item in every_item(evidence):
        subject = _subject(item)
        if item.stored_as and item.quarantined is None and not item.purged and subject not in opened:
            try:
                for _ in evidence.exported(item.case, item.number)[1]:
                    pass
                opened.add(subject)
            except (Refused, EvidenceError) as error:  # of a person who is erased or restricted, it must not open
                if isinstance(error, EvidenceError) and item not in found.missing:
                    closed.append(f"{item.case} {item.number}")
    proof.add(not closed, f"a file of each of {len(opened)} persons opens", _these("files that do not open", closed))


def _subject(item: Item) -> str:
    """Whose key seals the file and its name; a file that is missing may have been deleted with its person's keys."""
    parts = item.name.split(".", 2)
    return parts[1] if len(parts) == 3 else ""


def _these(what: str, names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{what}: {', '.join(names[:NAMED])}{more}"
