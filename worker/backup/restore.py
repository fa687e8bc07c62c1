"""Puts a backup back into empty databases: all of it or nothing, and whoever was erased since stays erased."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path

from ledger.evidence.store import FolderStore, open_store
from ledger.keys.store import KeyStore
from ledger.migrate import KEYS, LEDGER, migrate
from ledger.recorder import Recorder
from ledger.seal.errors import SealRefused
from ledger.store import Ledger
from ledger.views import Views
from worker.backup.copies import copy_objects, put_back_folder
from worker.backup.errors import BackupRefused
from worker.backup.make import EVIDENCE_FOLDER, MEMORY, SEALS_FOLDER, Telling, erased_now
from worker.backup.manifest import NAME, EvidenceCopy, Manifest, fingerprint
from worker.backup.prove import Proof, check_files
from worker.backup.standing import Standing, carry, standing_now
from worker.backup.tables import all_or_nothing, copy_in, refuse_unless_empty
from worker.sealing import Sealing
from worker.settings import Settings
from worker.stack.stack import Stack
from worker.wiring import open_ledger


@dataclass(frozen=True)
class PutBack:
    """What was put back, and what is to be done now."""

    manifest: Manifest
    erased: tuple[str, ...]
    """Persons whose keys were destroyed because they had been erased after the ledger was copied."""
    objects: int
    new_log: str
    """The name of the log of seals that has begun; empty when none has."""
    carried: tuple[str, ...]
    """Persons for whom a restriction or a hold was placed again that is younger than the backup."""
    next: tuple[str, ...]
    """What somebody has to do, sentence by sentence."""


def put_back_backup(
    settings: Settings,
    folder: Path,
    *,
    erased: Sequence[str] = (),
    same_log: bool = False,
    tell: Telling | None = None,
) -> PutBack:
    """Put a backup back. Raises BackupRefused before anything is changed, and LedgerError.

    ``erased`` names who was erased since: files with one pseudonym a line, later backups, or ledgers by their address.
    From the latter two, restrictions and holds are carried over, too.
    ``same_log`` says that nothing was recorded after the backup, and the log of seals may go on (a planned move).
    """
    tell = tell or Telling()
    manifest = Manifest.read(folder)
    tell.step("Digests")
    proof = Proof()
    check_files(manifest, folder, proof)
    if not proof.well:
        raise BackupRefused(f"The backup in {folder} is damaged: {proof.lines[-1][1]}. Nothing was changed.")
    _refuse_other_secrets(settings, manifest)
    tombstones = {*manifest.erased, *(subject for place in erased for subject in _erased_in(place))}
    standing = reduce(or_, map(_standing_in, erased), manifest.standing)
    with running(settings):
        evidence, destroyed = _fill(settings, manifest, folder, tombstones, tell)
        migrate(settings.owner_url)
        migrate(settings.keys_owner_url, schema=KEYS)
        tell.step("Seals")
        new_log, advice = _log(settings, manifest, put_back=_seals(settings, folder), same_log=same_log)
        tell.step("Views")
        with Ledger(settings.database_url, application_name="casefold restore-backup") as ledger:
            Views(ledger).rebuild()
        with open_ledger(settings, application_name="casefold restore-backup") as ledger:
            carried = carry(ledger, Recorder(ledger, settings.matter_key), standing, f"restore-backup/{manifest.epoch}")
    following = (*advice, *_next(destroyed, carried))
    return PutBack(manifest, tuple(destroyed), evidence.objects, new_log, carried, following)


def _fill(
    settings: Settings, manifest: Manifest, folder: Path, tombstones: set[str], tell: Telling
) -> tuple[EvidenceCopy, list[str]]:
    """Fill databases and store. The ledger comes last: until then nobody can read anything, and all may be done again.

    Its keys are there before it, and those of whom was erased since are gone before it.
    """
    with all_or_nothing(settings.owner_url, "casefold restore-backup") as ledger:
        refuse_unless_empty(ledger, LEDGER)
        with all_or_nothing(settings.keys_owner_url, "casefold restore-backup") as keys:
            refuse_unless_empty(keys, KEYS)
            tell.step("Ledger")
            copy_in(ledger, manifest.ledger, folder, tell.tick)
            tell.step("Evidence")
            source, target = FolderStore(folder / EVIDENCE_FOLDER), open_store(settings.evidence)
            evidence = copy_objects(source, target, lambda size: tell.tick("evidence", size))
            tell.step("Keys")
            copy_in(keys, manifest.keys, folder, tell.tick)
        return evidence, _destroy(settings, tombstones)


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """The databases of these settings: given, running here, or started for as long as this takes."""
    if settings.database_given or settings.stack.state().get("database_url"):
        yield
        return
    settings.stack.make()
    try:
        with settings.stack.locked("up", wait=False), Stack(settings.stack.path, parts=["postgres"]):
            yield
    except BlockingIOError as error:
        raise BackupRefused("Casefold is being started here at this moment: stop it first.") from error


def _refuse_other_secrets(settings: Settings, manifest: Manifest) -> None:
    """What is not in a backup must be there before it is put back: it could not be opened otherwise."""
    master = settings.master_keys()
    for epoch, wanted in manifest.master_keys.items():
        if epoch not in master.keys or master.fingerprint(epoch) != wanted:
            raise BackupRefused(
                f"The master key {epoch} with the fingerprint {wanted} is not in {settings.master_keys_file}: put the "
                "master keys back first, from where you keep them apart (CASEFOLD_MASTER_KEYS). Nothing was changed."
            )
    if fingerprint(settings.matter_key) != manifest.matter_key:
        raise BackupRefused(
            "The matter key is another one than that of the backup: put it back first, from where you keep it apart "
            f"(CASEFOLD_MATTER_KEY, or {settings.stack.matter_key_file}). Nothing was changed."
        )


def _erased_in(place: str) -> Iterable[str]:
    """Who was erased, by a file, a later backup or a ledger that can still be reached."""
    if place.startswith(("postgresql://", "postgres://")):
        return erased_now(place)
    path = Path(place)
    if (path / NAME).is_file():
        return Manifest.read(path).erased
    try:
        lines = path.read_text(encoding="utf-8").split()
    except OSError as error:
        raise BackupRefused(f"{place} cannot be read ({error.strerror}). Nothing was changed.") from error
    return [line.removeprefix("subject:") for line in lines]


def _standing_in(place: str) -> Standing:
    """What stood there; a file of pseudonyms tells of erasures alone."""
    if place.startswith(("postgresql://", "postgres://")):
        return standing_now(place)
    path = Path(place)
    return Manifest.read(path).standing if (path / NAME).is_file() else Standing()


def _destroy(settings: Settings, subjects: Iterable[str]) -> list[str]:
    """Destroy the keys of these persons, once more; whose were still there."""
    store = KeyStore(settings.keys_url, settings.master_keys)
    try:
        return [subject for subject in sorted(subjects) if store.destroy(subject)]
    finally:
        store.close()


def _seals(settings: Settings, folder: Path) -> bool:
    """Put back what was published, and what the sealer remembers, where nothing of it has survived; whether it was."""
    if (settings.seals / "checkpoint").exists() or settings.sealer_memory.exists():
        return False
    if (folder / SEALS_FOLDER).is_dir():
        put_back_folder(folder / SEALS_FOLDER, settings.seals)
    if (folder / MEMORY).is_file():
        settings.sealer_memory.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(folder / MEMORY, settings.sealer_memory)
    return True


def _log(settings: Settings, manifest: Manifest, *, put_back: bool, same_log: bool) -> tuple[str, tuple[str, ...]]:
    """Let a new log of seals begin, unless nothing was signed after the backup.

    Whoever went on with the old one would sign another tree of the same size: a fork, which is exactly what witnesses
    and auditors look for.
    """
    if manifest.seals is None and not settings.sealer_memory.exists():
        return "", ()
    sealing = Sealing(settings)
    obstacle = sealing.obstacle()
    if not obstacle and (same_log or not put_back):
        return "", ()
    why = obstacle or "What was signed after the backup is not known here."
    if same_log and obstacle:
        return "", (f"{obstacle} Or begin a new log: casefold seal --new-log REASON",)
    try:
        name = sealing.begin_anew(f"the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC was put back")
    except (SealRefused, OSError) as error:
        return "", (f"{why} {error} Then begin a new log of seals: casefold seal --new-log REASON",)
    return name, (f"A new log of seals has begun: {name}. Give your auditors its key: casefold seal --show-key",)


def _next(destroyed: Sequence[str], carried: Sequence[str]) -> Iterator[str]:
    yield "Bring the workflows back when Temporal runs: casefold restore --rolled-back"
    yield "Let callers repeat what was acknowledged after the backup was made: the same command ids do no harm."
    if destroyed:
        yield (
            f"{len(destroyed)} persons had been erased since, and their keys are destroyed again. Their erasure is not "
            f"in this ledger: ask for it once more: casefold subject erase ({', '.join(destroyed[:5])} …)"
        )
    if carried:
        yield (
            f"Restrictions and holds of {len(carried)} persons are younger than the backup, and stand again: "
            f"casefold subject status {carried[0]} …"
        )
