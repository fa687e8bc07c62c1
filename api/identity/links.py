"""Links that work once, for a day: to make the first user, to choose a first password, or a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from api.identity.accounts import Account, any_there, find
from api.identity.problems import problem
from api.identity.secret import digest, new_secret
from api.identity.storage import Transaction

VALID_FOR = timedelta(hours=24)
WELCOME = "/welcome/"
FIRST_USER = 0x0CA5EF01D
"""The advisory lock of whoever makes the first user."""


@dataclass(frozen=True)
class Link:
    """What a link is for."""

    account: Account | None
    """Whose password it sets; None: it makes the first user."""

    @property
    def first(self) -> bool:
        """Whether it makes the first user."""
        return self.account is None


def make(transaction: Transaction, account: str | None) -> str:
    """The path of a new link. Earlier ones of the same user stop working."""
    if account is not None:
        stop(transaction, account)
    secret = new_secret()
    text = "INSERT INTO casefold_access.link (secret, account, made_at, ends_at) VALUES (%s, %s, %s, %s)"
    transaction.do(text, [digest(secret), account, transaction.now, transaction.now + VALID_FOR])
    return WELCOME + secret


LOOK = "SELECT account FROM casefold_access.link WHERE secret = %s AND spent_at IS NULL AND ends_at > %s"


def look(transaction: Transaction, secret: str, *, spend: bool = False) -> Link:
    """What the link is for. Raises a problem when it does not work any more. ``spend``: from now on it does not."""
    if spend:
        transaction.do("SELECT pg_advisory_xact_lock(%s)", [FIRST_USER])
    row = transaction.row(LOOK + (" FOR UPDATE" if spend else ""), [digest(secret), transaction.now])
    if row is None:
        raise problem("link_spent")
    account = find(transaction, row["account"]) if row["account"] is not None else None
    if account is None and any_there(transaction):  # somebody else was first
        raise problem("link_spent")
    if spend:
        text = "UPDATE casefold_access.link SET spent_at = %s WHERE secret = %s"
        transaction.do(text, [transaction.now, digest(secret)])
    return Link(account)


def stop(transaction: Transaction, account: str) -> None:
    """A user's links do not work any more."""
    text = "UPDATE casefold_access.link SET spent_at = %s WHERE account = %s AND spent_at IS NULL"
    transaction.do(text, [transaction.now, account])
