"""Tokens of programs: limited to scopes, shown once, with an end; ``Authorization: Bearer cfs_…``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.identity.accounts import Account, storable
from api.identity.problems import problem
from api.identity.rights import Scope, permissions_of, scopes_of
from api.identity.secret import digest, new_secret
from api.identity.storage import Row, Transaction

PREFIX = "cfs_"
"""Whoever finds one in a file or a log can tell what it is, and so can programs that look for such things."""
USUAL_DAYS, MOST_DAYS = 90, 366
LONGEST_LABEL = 100
SEEN_EVERY = timedelta(minutes=1)
LOGGED_EVERY = timedelta(hours=1)
"""The log has one line for each hour in which a token is used."""


@dataclass(frozen=True)
class Token:
    """A token, without its secret."""

    number: int
    account: str
    label: str
    scopes: tuple[str, ...]
    made_at: datetime
    ends_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewToken:
    """A token just made: the only time that its secret is seen."""

    token: Token
    secret: str


def as_scopes(typed: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes that these words name. Raises a problem."""
    known = set(Scope)
    every = ", ".join(Scope)
    words = [word.strip() for word in typed if word.strip()]
    for word in words:
        if word not in known:
            raise problem("scope_unknown", scope=word[:40] if storable(word) else "?", scopes=every)
    if not words:
        raise problem("scopes_missing", scopes=every)
    return tuple(scope for scope in Scope if scope in words)


COLUMNS = "number, account, label, scopes, made_at, ends_at, used_at, revoked_at"
MAKE = f"""
INSERT INTO casefold_access.token (secret, account, label, scopes, made_at, ends_at)
VALUES (%(secret)s, %(account)s, %(label)s, %(scopes)s, %(now)s, %(ends)s) RETURNING {COLUMNS}
"""
FIND = """
SELECT t.number, t.scopes, t.used_at, a.* FROM casefold_access.token AS t
JOIN casefold_access.account AS a ON a.id = t.account
WHERE t.secret = %(secret)s AND t.ends_at > %(now)s AND t.revoked_at IS NULL AND a.state = 'active'
"""
REVOKE = """
UPDATE casefold_access.token SET revoked_at = %(now)s
WHERE revoked_at IS NULL AND (%(account)s::text IS NULL OR account = %(account)s)
  AND (%(number)s::bigint IS NULL OR number = %(number)s)
RETURNING number, account
"""


def make(transaction: Transaction, owner: Account, label: str, scopes: tuple[Scope, ...], days: int) -> NewToken:
    """A new token of this user. Raises a problem with what it cannot be."""
    beyond = set(scopes) - scopes_of(permissions_of(owner.roles, administrator=owner.administrator))
    if beyond:
        raise problem("scope_beyond", id=owner.id, scopes=", ".join(sorted(beyond)))
    if not 0 < len(label.strip()) <= LONGEST_LABEL or not storable(label):
        raise problem("label_wrong")
    if not 1 <= days <= MOST_DAYS:
        raise problem("days_wrong", most=MOST_DAYS)
    secret = new_secret(PREFIX)
    values = {"secret": digest(secret), "account": owner.id, "label": label.strip(), "now": transaction.now}
    ends = transaction.now + timedelta(days=days)
    row = transaction.row(MAKE, {**values, "scopes": [scope.value for scope in scopes], "ends": ends})
    assert row is not None
    return NewToken(_token(row), secret)


def find(transaction: Transaction, secret: str) -> Row | None:
    """The token with this secret and its user; None when it is unknown, over or revoked, or the user is disabled."""
    if not secret.startswith(PREFIX):
        return None
    return transaction.row(FIND, {"secret": digest(secret), "now": transaction.now})


def worth_a_line(row: Row, now: datetime) -> bool:
    """Whether the log should know of this use: the first one, and the first one of an hour."""
    return row["used_at"] is None or _hour(row["used_at"]) != _hour(now)


def worth_noting(row: Row, now: datetime) -> bool:
    """Whether the time of this use should be kept."""
    return worth_a_line(row, now) or row["used_at"] + SEEN_EVERY <= now


def note(transaction: Transaction, number: int) -> None:
    """Somebody used it just now."""
    text = "UPDATE casefold_access.token SET used_at = %s WHERE number = %s"
    transaction.do(text, [transaction.now, number])


def _hour(at: datetime) -> int:
    return int(at.timestamp() // LOGGED_EVERY.total_seconds())


def of_account(transaction: Transaction, account: str | None) -> list[Token]:
    """The tokens of a user, or all of them; the newest first."""
    text = f"""
        SELECT {COLUMNS} FROM casefold_access.token
        WHERE %(account)s::text IS NULL OR account = %(account)s ORDER BY number DESC
    """
    return [_token(row) for row in transaction.rows(text, {"account": account})]


def revoke(transaction: Transaction, *, account: str | None = None, number: int | None = None) -> list[Row]:
    """Revoke those that are of this user and have this number; which ones were."""
    return transaction.rows(REVOKE, {"account": account, "number": number, "now": transaction.now})


def _token(row: Row) -> Token:
    return Token(**{**row, "scopes": tuple(row["scopes"])})
