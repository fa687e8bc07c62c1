"""Attempts to sign in are let through ever more slowly, by user and by address, whether the user exists or not."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from api.identity import log
from api.identity.log import Whence
from api.identity.storage import Transaction

FORGOTTEN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Patience:
    """How many attempts are free, and how long the wait may become; it begins with a second and doubles."""

    free: int
    longest: timedelta

    def wait(self, failures: int) -> timedelta:
        """How long nobody may try again after so many failures."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta(0)
        return min(timedelta(seconds=2 ** min(beyond - 1, 20)), self.longest)


OF_A_USER = Patience(free=4, longest=timedelta(minutes=1))
"""No longer than a minute: otherwise anybody could keep a user out whose id they know."""
OF_AN_ADDRESS = Patience(free=20, longest=timedelta(minutes=15))
"""More is free: a whole office may share an address."""


@dataclass(frozen=True)
class Gate:
    """The two counts that an attempt falls under."""

    user: bytes
    address: bytes

    @property
    def counts(self) -> Mapping[bytes, Patience]:
        """In an order that is the same for everybody, so that two attempts cannot wait for each other's rows."""
        return dict(sorted({self.user: OF_A_USER, self.address: OF_AN_ADDRESS}.items()))


def gate(transaction: Transaction, name: str, whence: Whence) -> Gate:
    """Which counts these are.

    From an address where this user has signed in before, they are counted apart: a stranger elsewhere who tries their
    id cannot keep them waiting.
    """
    known = log.came_before(transaction, name, whence.address)
    return Gate(_key("user", name, whence.address if known else ""), _key("address", whence.address))


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


LOCK = """
INSERT INTO casefold_access.throttle (key, failures, tried_at, until, told) VALUES (%(key)s, 0, %(now)s, %(now)s, true)
ON CONFLICT (key) DO UPDATE SET key = excluded.key
RETURNING failures, tried_at, until, told
"""
COUNT = """
UPDATE casefold_access.throttle SET failures = %(failures)s, tried_at = %(now)s, until = %(until)s, told = false
WHERE key = %(key)s
"""


@dataclass(frozen=True)
class Delayed:
    """The attempt must wait."""

    wait: timedelta
    first: bool
    """Whether this is the first attempt within this wait: the log has one line for all."""


def admit(transaction: Transaction, gate: Gate) -> Delayed | None:
    """Let an attempt through, counted as a failure until it has succeeded; or say how long to wait.

    Counting before the password is looked at leaves nothing to win by trying many at the same moment.
    """
    found = {key: transaction.rows(LOCK, {"key": key, "now": transaction.now})[0] for key in gate.counts}
    waiting = {key: row for key, row in found.items() if row["until"] > transaction.now}
    if waiting:
        transaction.do("UPDATE casefold_access.throttle SET told = true WHERE key = ANY(%s)", [list(waiting)])
        longest = max(row["until"] for row in waiting.values())
        return Delayed(longest - transaction.now, first=not all(row["told"] for row in waiting.values()))
    for key, patience in gate.counts.items():
        row = found[key]
        failures = 1 if row["tried_at"] + FORGOTTEN_AFTER < transaction.now else row["failures"] + 1
        until = transaction.now + patience.wait(failures)
        transaction.do(COUNT, {"key": key, "failures": failures, "now": transaction.now, "until": until})
    return None


SUCCEEDED = """
UPDATE casefold_access.throttle SET failures = greatest(failures - 1, 0), until = %(now)s WHERE key = %(address)s
"""
CLEAR = """
DELETE FROM casefold_access.throttle WHERE key IN (
    SELECT key FROM casefold_access.throttle WHERE tried_at < %(old)s LIMIT 1000 FOR UPDATE SKIP LOCKED
)
"""


def succeeded(transaction: Transaction, gate: Gate) -> None:
    """The password was right: the user begins anew, and the address has one failure less."""
    for key in gate.counts:
        transaction.row("SELECT 1 FROM casefold_access.throttle WHERE key = %s FOR UPDATE", [key])
    transaction.do("DELETE FROM casefold_access.throttle WHERE key = %s", [gate.user])
    transaction.do(SUCCEEDED, {"now": transaction.now, "address": gate.address})
    transaction.do(CLEAR, {"old": transaction.now - 2 * FORGOTTEN_AFTER})
