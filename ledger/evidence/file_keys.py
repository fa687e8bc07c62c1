"""The keys of files: one for each file, sealed under the key of the person whose case it belongs to."""

from __future__ import annotations

import base64
from typing import Protocol

from domain.case import Case
from domain.personal import ERASED, HIDDEN, LOCKED, RESTRICTED
from domain.refusal import Refused
from ledger.errors import KeysUnavailable
from ledger.evidence.errors import EvidenceDamaged
from ledger.keys.ring import KeyRing, SubjectClosed
from ledger.keys.store import SubjectState


class FileKeys(Protocol):
    """Who seals the keys of files."""

    def subject_of(self, stream: str, case: Case) -> str:
        """Whose key the files of a case are under."""

    def seal_file_key(self, subject: str, file_key: bytes, place: str) -> str:
        """The key as a token, for this place only. Raises KeysUnavailable, and Refused when the person is erased."""

    def open_file_key(self, token: str, evidence: str) -> bytes:
        """The key again. Raises KeysUnavailable, and Refused, about this evidence, when the person is erased."""


class RingKeys:
    """File keys under the key ring's."""

    def __init__(self, ring: KeyRing | None) -> None:
        self._ring = ring

    def subject_of(self, stream: str, case: Case) -> str:
        """The customer of the case; in a case without one, somebody whose number only this case knows."""
        return case.subject or self._keys().subject_of_case(stream)

    def seal_file_key(self, subject: str, file_key: bytes, place: str) -> str:
        """The key as a token, for this place only."""
        try:
            return self._keys().seal(base64.b64encode(file_key).decode(), subject, place)
        except SubjectClosed as error:
            if error.state is SubjectState.RESTRICTED:
                raise Refused("subject_restricted", subject=subject) from error
            raise Refused("subject_erased", subject=subject) from error

    def open_file_key(self, token: str, evidence: str) -> bytes:
        """The key again."""
        text = self._keys().open(token)
        if text == ERASED:
            raise Refused("evidence_erased", evidence=evidence)
        if text == RESTRICTED:
            raise Refused("evidence_restricted", evidence=evidence)
        if text == LOCKED:
            raise KeysUnavailable("the key of the file is not available now")
        if text in HIDDEN:
            raise EvidenceDamaged("its key does not open")
        return base64.b64decode(text)

    def _keys(self) -> KeyRing:
        if self._ring is None:
            raise KeysUnavailable("no key store is named: set DATABASE_KEYS_URL")
        return self._ring
