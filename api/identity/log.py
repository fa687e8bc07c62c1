"""The log of sign-ins and rights: written once, in the transaction that does what it says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg.types.json import Jsonb

from api.identity.accounts import ID, Account
from api.identity.storage import Transaction


class Occasion(StrEnum):
    """What the log knows of."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_DELAYED = "sign_in_delayed"
    SIGNED_OUT = "signed_out"
    SIGNED_OUT_EVERYWHERE = "signed_out_everywhere"
    PASSWORD_CHANGED = "password_changed"
    USER_ADDED = "user_added"
    USER_CHANGED = "user_changed"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    INVITED = "invited"
    LINK_USED = "link_used"
    LINK_REFUSED = "link_refused"
    TOKEN_MADE = "token_made"
    TOKEN_USED = "token_used"
    TOKEN_REFUSED = "token_refused"
    TOKEN_REVOKED = "token_revoked"
    WEBHOOK_ADDED = "webhook_added"
    WEBHOOK_CHANGED = "webhook_changed"
    WEBHOOK_ENABLED = "webhook_enabled"
    WEBHOOK_DISABLED = "webhook_disabled"
    WEBHOOK_ROTATED = "webhook_rotated"
    WEBHOOK_REDELIVERED = "webhook_redelivered"


@dataclass(frozen=True)
class Whence:
    """From where somebody asks: the address, and what the browser calls itself."""

    address: str = ""
    browser: str = ""

    LONGEST = 200

    def __post_init__(self) -> None:
        for name in ("address", "browser"):
            text = getattr(self, name).replace("\0", "")
            object.__setattr__(self, name, text[: self.LONGEST])


TERMINAL = Whence("terminal")
"""The command line, whose users have the database's address anyway."""


@dataclass(frozen=True)
class Line:
    """One line of the log."""

    number: int
    at: datetime
    what: Occasion
    account: str
    by: str
    address: str
    details: dict[str, Any]


def write(
    transaction: Transaction, what: Occasion, account: str, whence: Whence, *, by: str = "", **details: Any
) -> None:
    """Add a line. ``by``: who did it, when it was not the user themselves."""
    transaction.do(
        "INSERT INTO casefold_access.log (what, account, by, address, details) VALUES (%s, %s, %s, %s, %s)",
        [what.value, account, by or account, whence.address, Jsonb(details)],
    )


def rights_of(account: Account) -> dict[str, Any]:
    """What the log keeps of a user: their rights, not their name."""
    roles = [role.value for role in account.roles]
    return {"roles": roles, "administrator": account.administrator, "department": account.department}


READ = """
SELECT number, at, what, account, by, address, details FROM casefold_access.log
WHERE (%(account)s::text IS NULL OR account = %(account)s)
  AND (%(before)s::bigint IS NULL OR number < %(before)s)
  AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR at < %(until)s)
ORDER BY number DESC LIMIT %(limit)s
"""


def read(
    transaction: Transaction,
    account: str | None,
    limit: int,
    before: int | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Line]:
    """The newest lines, the newest first; of a period without its last instant, if one is named."""
    if account is not None and not ID.fullmatch(account):
        return []
    asked = {"account": account, "before": before, "limit": limit, "since": since, "until": until}
    found = transaction.rows(READ, asked)
    return [Line(**{**row, "what": Occasion(row["what"])}) for row in found]


def came_before(transaction: Transaction, account: str, address: str) -> bool:
    """Whether this user has signed in from this address within 30 days."""
    if not address or not ID.fullmatch(account):
        return False
    text = """
        SELECT 1 FROM casefold_access.log
        WHERE what = 'signed_in' AND account = %s AND address = %s AND at > %s - interval '30 days' LIMIT 1
    """
    return transaction.row(text, [account, address, transaction.now]) is not None


def refused_lately(transaction: Transaction, address: str) -> bool:
    """Whether a token from this address was refused within a minute: one line then stands for all."""
    text = """
        SELECT 1 FROM casefold_access.log
        WHERE what = 'token_refused' AND address = %s AND at > clock_timestamp() - interval '1 minute' LIMIT 1
    """
    return transaction.row(text, [address]) is not None
