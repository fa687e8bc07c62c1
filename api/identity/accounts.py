"""Users: an id that the ledger names for ever, a name for screens, roles, a department, a language; never removed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum

from api.identity.problems import problem
from api.identity.storage import Row, Transaction
from api.words import Language
from domain.actor import OF_NO_USER, WORKFLOW, Actor, Role

ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
RESERVED = frozenset({WORKFLOW.id, "system", "worker", "customer", "nobody", "anonymous", "me"})
DEPARTMENT = re.compile(r"[^\s@:,\0]{0,60}")
LONGEST_NAME = 100


class State(StrEnum):
    """Whether a user can sign in."""

    INVITED = "invited"
    ACTIVE = "active"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Account:
    """A user."""

    id: str
    name: str
    roles: tuple[Role, ...] = ()
    administrator: bool = False
    department: str = ""
    language: str = ""
    state: State = State.INVITED
    issuer: str | None = None
    subject: str | None = None
    made_at: datetime | None = None
    changed_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Who entries of the ledger will name."""
        return Actor(self.id, self.roles, self.department)

    def checked(self) -> Account:
        """The same; raises a problem with what cannot be."""
        if not ID.fullmatch(self.id):
            raise problem("id_wrong")
        if self.id in RESERVED:
            raise problem("id_reserved", id=self.id)
        if not 0 < len(self.name) <= LONGEST_NAME or not storable(self.name):
            raise problem("name_wrong")
        if set(OF_NO_USER) & set(self.roles):
            raise problem("role_of_program")
        if not DEPARTMENT.fullmatch(self.department) or not storable(self.department):
            raise problem("department_wrong")
        if self.language and self.language not in set(Language):
            raise problem("language_wrong", languages=", ".join(Language))
        return self


def storable(text: str) -> bool:
    """Whether a database can keep a text: no NUL, no half characters."""
    try:
        return "\0" not in text and bool(text.encode() or True)
    except UnicodeEncodeError:
        return False


def as_id(typed: str) -> str:
    """The id that somebody means: without spaces around it, in small letters."""
    return unicodedata.normalize("NFKC", typed).strip().lower()


def as_roles(roles: Iterable[Role]) -> tuple[Role, ...]:
    """Each once, in the order of the rule books."""
    wanted = set(roles)
    return tuple(role for role in Role if role in wanted)


NAMES = tuple(field.name for field in fields(Account))
COLUMNS = ", ".join(NAMES)
READ = f"SELECT {COLUMNS} FROM casefold_access.account WHERE id = %s"
INSERT = f"""
INSERT INTO casefold_access.account ({COLUMNS})
VALUES (%(id)s, %(name)s, %(roles)s, %(administrator)s, %(department)s, %(language)s, %(state)s,
        %(issuer)s, %(subject)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING
"""
UPDATE = """
UPDATE casefold_access.account SET name = %(name)s, roles = %(roles)s, administrator = %(administrator)s,
       department = %(department)s, language = %(language)s, state = %(state)s, changed_at = %(now)s
WHERE id = %(id)s
"""


def all_of(transaction: Transaction) -> list[Account]:
    """Every user, by id."""
    return [of_row(row) for row in transaction.rows(f"SELECT {COLUMNS} FROM casefold_access.account ORDER BY id")]


def any_there(transaction: Transaction) -> bool:
    """Whether there is a user at all."""
    return transaction.row("SELECT 1 FROM casefold_access.account LIMIT 1") is not None


def find(transaction: Transaction, account: str, *, locked: bool = False) -> Account | None:
    """The user; ``locked``: nobody else changes them until this transaction is over."""
    if not ID.fullmatch(account):
        return None
    row = transaction.row(READ + (" FOR UPDATE" if locked else ""), [account])
    return of_row(row) if row is not None else None


def get(transaction: Transaction, account: str, *, locked: bool = False) -> Account:
    """The user. Raises a problem when there is none."""
    found = find(transaction, account, locked=locked)
    if found is None:
        raise problem("unknown_user", id=account if ID.fullmatch(account) else "?")
    return found


def of_provider(transaction: Transaction, issuer: str, subject: str) -> Account | None:
    """The user that an identity provider vouches for under this name."""
    text = f"SELECT {COLUMNS} FROM casefold_access.account WHERE issuer = %s AND subject = %s"
    row = transaction.row(text, [issuer, subject])
    return of_row(row) if row is not None else None


def insert(transaction: Transaction, account: Account) -> None:
    """A new user. Raises a problem when the id is taken."""
    if not transaction.do(INSERT, _params(transaction, account.checked())):
        raise problem("id_taken", id=account.id)


def update(transaction: Transaction, was: Account, account: Account) -> None:
    """The user as they are from now on. Raises a problem when nobody would be left who can look after users."""
    transaction.do(UPDATE, _params(transaction, account.checked()))
    if _looks_after_users(was) and not _looks_after_users(account):
        text = "SELECT id FROM casefold_access.account WHERE administrator AND state = 'active' FOR UPDATE"
        if not transaction.rows(text):
            raise problem("last_administrator", id=account.id)


def _looks_after_users(account: Account) -> bool:
    return account.administrator and account.state is State.ACTIVE


def of_row(row: Row) -> Account:
    """The user whose columns these are; roles of a newer program are left out."""
    known = set(Role)
    roles = tuple(Role(role) for role in row["roles"] if role in known)
    plain = {name: row[name] for name in NAMES}
    return Account(**{**plain, "roles": roles, "state": State(row["state"])})


def _params(transaction: Transaction, account: Account) -> Row:
    return {
        "id": account.id,
        "name": account.name,
        "roles": [role.value for role in account.roles],
        "administrator": account.administrator,
        "department": account.department,
        "language": account.language,
        "state": account.state.value,
        "issuer": account.issuer,
        "subject": account.subject,
        "now": transaction.now,
    }


# ── Passwords ────────────────────────────────────────────────────────────────────────────────────────────────────────


def password_of(transaction: Transaction, account: str) -> str | None:
    """The hash of a user's password."""
    if not ID.fullmatch(account):
        return None
    row = transaction.row("SELECT hash FROM casefold_access.password WHERE account = %s", [account])
    return str(row["hash"]) if row is not None else None


def set_password(transaction: Transaction, account: str, hashed: str) -> None:
    """The hash of a user's password from now on."""
    text = """
        INSERT INTO casefold_access.password (account, hash, changed_at) VALUES (%(account)s, %(hash)s, %(now)s)
        ON CONFLICT (account) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at
    """
    transaction.do(text, {"account": account, "hash": hashed, "now": transaction.now})
