"""What can go wrong between the program and the ledger, each with a sentence that says what is known of the outcome."""

from __future__ import annotations


class LedgerError(Exception):
    """Anything that the ledger refuses or cannot do; the text is a sentence for the person at the screen."""


class LedgerUnavailable(LedgerError):
    """The database could not be reached in time, or went away."""

    def __init__(self, detail: str, *, outcome_unknown: bool = False) -> None:
        self.outcome_unknown = outcome_unknown
        self.detail = " ".join(detail.split())
        known = (
            "Outcome unknown: repeat with the same command id."
            if outcome_unknown
            else "Nothing of this was saved: repeat it with the same command id when the ledger is back."
        )
        super().__init__(f"The ledger cannot be reached ({self.detail}). {known}")


class KeysUnavailable(LedgerUnavailable):
    """The key store could not be reached in time: what needs a person's key has to wait, everything else goes on."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        sentence = (
            f"The keys of personal data cannot be reached ({self.detail}). Nothing of this was saved: repeat it with "
            "the same command id when they are back. What holds no personal data can be recorded meanwhile."
        )
        self.args = (sentence,)


class LedgerNotReady(LedgerError):
    """The database is there, but it holds no ledger, or not the one this code was written for."""


class KeysNotReady(LedgerNotReady):
    """The key store is there, but it is none, or its master key is missing; the text says what to do."""


class UnknownStream(LedgerError):
    """No stream of that id is in the ledger."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        super().__init__(f"The ledger has no {stream}.")


class UnknownCalendar(LedgerError):
    """No working calendar of that digest was ever published."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"The ledger has no working calendar with the digest {digest}.")


class UnknownSheet(LedgerError):
    """No policy sheet of that digest is in the ledger."""

    def __init__(self, digest: str) -> None:
        self.digest = digest
        super().__init__(f"The ledger has no policy sheet with the digest {digest}.")


class NotWritable(LedgerError, ValueError):
    """A value has no place in the ledger: a float, a time without zone, a NUL character, too much text."""


class UnreadableEntry(LedgerError):
    """A row of the ledger cannot be read for certain, so it is not read at all."""

    def __init__(self, stream: str, version: int, reason: str) -> None:
        self.stream, self.version, self.reason = stream, version, reason
        super().__init__(f"Entry {version} of {stream} cannot be read: {reason}")


class LedgerRolledBack(LedgerError):
    """The ledger has lost entries that were acted upon: an older backup was put back, or entries were removed."""

    def __init__(self, follower: str, position: int, newest: int, *, where: str = "") -> None:
        self.follower, self.position, self.newest = follower, position, newest
        super().__init__(
            f"The ledger was rolled back: {follower!r} has followed it to entry {position}{where}, which is no longer "
            f"there as it was; the newest entry is {newest}. Repeat what was acknowledged since, then run: "
            "casefold restore"
        )


class LeaseLost(LedgerError):
    """Another process follows under this name now, or the connection that held the lease broke."""


class MigrationRefused(LedgerError):
    """The database's schema cannot be brought up to the code; the text says why and what to do."""
