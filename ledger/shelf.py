"""The organisation's papers as decisions use them: calendars in force and policy sheets, kept in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from threading import Lock

from domain.calendar_stream import CalendarLife
from domain.calendars import Calendar
from domain.policy import Sheet
from domain.policy_life import Policy, in_force, was_in_force
from domain.refusal import Refused
from ledger.folds import Fold, Folds
from ledger.store import Ledger

STALE_AFTER = 2.0
"""Seconds for which a calendar is used without asking the ledger. One that another process publishes is heard of late;
whoever counts open cases anew waits longer than that, so none is missed (`worker/recount.py`)."""


class Papers:
    """Reads calendars and sheets from the ledger; safe to use from many threads."""

    def __init__(self, ledger: Ledger, folds: Folds, clock: Callable[[], datetime] | None = None) -> None:
        self._ledger = ledger
        self._folds = folds
        self._clock = clock or ledger.now
        self._looked: dict[str, float] = {}
        self._lock = Lock()

    def calendar(self, name: str) -> Calendar:
        """The calendar in force. Raises `Refused`, unknown_calendar."""
        stream = f"calendar:{name}"
        fold = self._folds.get(stream)
        if fold is None or self._stale(stream):
            fold = self._folds.load_all([stream]).get(stream)
        life = fold.state if fold is not None else None
        if not isinstance(life, CalendarLife) or life.in_force is None:
            raise Refused("unknown_calendar", calendar=name)
        return life.in_force

    def sheet(self, digest: str) -> Sheet:
        """The sheet with this digest. Raises UnknownSheet."""
        return self._ledger.sheet(digest)

    def version(self, kind: str, version: str) -> Sheet | None:
        """A version of the policy for a kind of case that is, or was, in force."""
        policy = self._policy(kind)
        if policy is None or not was_in_force(policy, version, self._clock()):
            return None
        return self._ledger.sheet(policy.versions[version].digest)

    def policy(self, kind: str) -> Policy:
        """The policy for a kind of case, with all its versions. Raises `Refused`, no_policy."""
        policy = self._policy(kind)
        if policy is None:
            kinds = ", ".join(stream.partition(":")[2] for stream in self._ledger.streams("policy"))
            raise Refused("no_policy", kind=kind, kinds=kinds or "none")
        return policy

    def _policy(self, kind: str) -> Policy | None:
        fold = self._folds.load_all([f"policy:{kind}"]).get(f"policy:{kind}")
        return fold.state if fold is not None and isinstance(fold.state, Policy) else None

    def in_force(self, fold: Fold | None, now: datetime) -> Sheet | None:
        """The sheet that new cases follow at an instant, which is never before the policy's last entry."""
        if fold is None or not isinstance(fold.state, Policy):
            return None
        digest = in_force(fold.state, max(now, fold.recorded_at))
        return self._ledger.sheet(digest) if digest else None

    def _stale(self, stream: str) -> bool:
        now = time.monotonic()
        with self._lock:
            if now - self._looked.get(stream, -STALE_AFTER) < STALE_AFTER:
                return False
            self._looked[stream] = now
            return True


def takes_no_sheet(policy: Policy, sheet: Sheet, read: Callable[[str], Sheet]) -> bool:
    """Whether a shipped sheet stays out of this policy: it promises the same as the newest, or is not wanted.

    Read today, it promises the same, even when a new default gives it another digest.
    """
    if policy.keeps_out(sheet.version):
        return True
    shipped = [version.digest for version in policy.versions.values() if version.shipped]
    return bool(shipped) and (shipped[-1] == sheet.digest or read(shipped[-1]) == sheet)
