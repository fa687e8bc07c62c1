"""Opens the evidence store that the settings name, with its limits and its scanner."""

from __future__ import annotations

from collections.abc import Callable

from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.limits import Limits
from ledger.evidence.scanner import Scanner
from ledger.evidence.store import open_store
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.settings import NothingRuns, Settings

ERASURE = "erasure"
"""Why files are deleted, as their entries say."""


def open_evidence(settings: Settings, ledger: Ledger, recorder: Recorder) -> Evidence:
    """Files of evidence of this ledger; the store is asked when it is used. Raises NothingRuns, EvidenceUnavailable."""
    try:
        scanner = Scanner.of(settings.scanner)
    except ValueError as error:
        raise NothingRuns(f"CASEFOLD_SCANNER cannot be read as a command ({error}).") from error
    limits = Limits.of(settings.evidence_limit, settings.evidence_types)
    keys = RingKeys(ledger.ring)
    return Evidence(ledger, recorder, open_store(settings.evidence), keys, limits=limits, scanner=scanner)


def purging(settings: Settings, ledger: Ledger, recorder: Recorder) -> Callable[[str], int]:
    """Deletes the files of a case whose person is erased; how many they are. The store is opened when it is needed."""
    return lambda case: open_evidence(settings, ledger, recorder).purge(case, ERASURE)
