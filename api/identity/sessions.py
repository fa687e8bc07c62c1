"""Sessions of browsers, kept on the server: they end when nobody asks for a while, and after a day's work anyway."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.identity.log import Whence
from api.identity.secret import digest, new_secret
from api.identity.storage import Row, Transaction

IDLE = timedelta(hours=2)
"""Without a request for so long, a session is over."""
LONGEST = timedelta(hours=12)
"""After so long it is over in any case."""
SEEN_EVERY = timedelta(minutes=1)
"""The time of the last request is kept to the minute, so that not every page writes."""


@dataclass(frozen=True)
class Session:
    """A session, for whoever it belongs to."""

    number: int
    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    address: str
    browser: str


BEGIN = """
INSERT INTO casefold_access.session (secret, account, begun_at, seen_at, ends_at, address, browser)
VALUES (%(secret)s, %(account)s, %(now)s, %(now)s, %(ends)s, %(address)s, %(browser)s)
"""
FIND = """
SELECT s.number, s.seen_at, a.* FROM casefold_access.session AS s
JOIN casefold_access.account AS a ON a.id = s.account
WHERE s.secret = %(secret)s AND s.ends_at > %(now)s AND s.seen_at > %(idle)s AND a.state = 'active'
"""
OF_ACCOUNT = """
SELECT number, begun_at, seen_at, ends_at, address, browser FROM casefold_access.session
WHERE account = %(account)s AND ends_at > %(now)s AND seen_at > %(idle)s ORDER BY seen_at DESC, number DESC
"""


def begin(transaction: Transaction, account: str, whence: Whence) -> str:
    """A new session; its secret goes into the cookie and nowhere else. Sessions that are over are cleared away."""
    secret = new_secret()
    values = {"secret": digest(secret), "account": account, "now": transaction.now, "ends": transaction.now + LONGEST}
    transaction.do(BEGIN, {**values, "address": whence.address, "browser": whence.browser})
    text = "DELETE FROM casefold_access.session WHERE ends_at <= %s OR (account = %s AND seen_at <= %s)"
    transaction.do(text, [transaction.now, account, transaction.now - IDLE])
    return secret


def find(transaction: Transaction, secret: str) -> Row | None:
    """The session with this secret and its user, both in one row; None when it is over, or the user is disabled."""
    params = {"secret": digest(secret), "now": transaction.now, "idle": transaction.now - IDLE}
    return transaction.row(FIND, params)


def worth_noting(row: Row, now: datetime) -> bool:
    """Whether the time of this request should be kept."""
    return bool(row["seen_at"] + SEEN_EVERY <= now)


def note(transaction: Transaction, number: int) -> None:
    """Somebody asked just now."""
    text = "UPDATE casefold_access.session SET seen_at = %s WHERE number = %s"
    transaction.do(text, [transaction.now, number])


def of_account(transaction: Transaction, account: str) -> list[Session]:
    """A user's sessions, the one that asked last on top."""
    params = {"account": account, "now": transaction.now, "idle": transaction.now - IDLE}
    return [Session(**row) for row in transaction.rows(OF_ACCOUNT, params)]


def end(transaction: Transaction, secret: str) -> str:
    """End this session; whose it was, empty when it was over before."""
    row = transaction.row("DELETE FROM casefold_access.session WHERE secret = %s RETURNING account", [digest(secret)])
    return str(row["account"]) if row is not None else ""


def end_one(transaction: Transaction, account: str, number: int) -> bool:
    """End one of a user's sessions by its number; whether it was there."""
    text = "DELETE FROM casefold_access.session WHERE account = %s AND number = %s"
    return bool(transaction.do(text, [account, number]))


def end_all(transaction: Transaction, account: str, *, but: str = "") -> int:
    """End a user's sessions, except the one with this secret; how many those were."""
    text = "DELETE FROM casefold_access.session WHERE account = %s AND secret <> %s"
    return transaction.do(text, [account, digest(but)])
