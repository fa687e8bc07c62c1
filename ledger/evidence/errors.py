"""What can go wrong with files of evidence; each text is a sentence that says what happened and what to do."""

from __future__ import annotations

from ledger.errors import LedgerError


class EvidenceError(LedgerError):
    """Anything about a file of evidence that is nobody's decision."""


class EvidenceUnavailable(EvidenceError):
    """The store cannot be reached, or written."""

    def __init__(self, where: str, detail: str) -> None:
        self.detail = " ".join(detail.split())
        super().__init__(
            f"The evidence store {where} cannot be used ({self.detail}). No file was saved or changed: repeat it when "
            "the store is back."
        )


class EvidenceMissing(EvidenceError):
    """The ledger names an object that is not in the store."""

    def __init__(self, where: str, name: str) -> None:
        self.name = name
        super().__init__(
            f"The object {name[:16]}… is not in the evidence store {where}. The ledger still has its digest: put the "
            "object back from a backup; casefold evidence check names all that are missing."
        )


class EvidenceDamaged(EvidenceError):
    """An object is not what was stored."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"The file cannot be read: {what}. It was altered after it had been stored; put it back from a backup. "
            "casefold evidence check names all that were altered."
        )


class Interrupted(EvidenceError):
    """The file could not be read to its end."""

    def __init__(self, detail: str) -> None:
        super().__init__(f"The file could not be read to its end ({detail}). Nothing of it was saved: send it again.")
