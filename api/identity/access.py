"""Coming in and going out: signing in, links, sessions and tokens, each with its line in the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from api.identity import accounts, links, log, sessions, throttle, tokens
from api.identity.accounts import Account, State, as_id, as_roles
from api.identity.links import Link
from api.identity.log import TERMINAL, Line, Occasion, Whence
from api.identity.passwords import Owner, Passwords, refuse_weak
from api.identity.person import Person, Via, person_of
from api.identity.problems import problem, too_many_attempts
from api.identity.rights import Scope
from api.identity.sessions import Session
from api.identity.storage import Row, Storage, Transaction, wall_clock
from api.identity.tokens import NewToken, Token
from domain.actor import Role
from ledger.store import Ledger

FOUNDER = (Role.LEAD, Role.MANAGEMENT)
"""The roles of the first user, unless they choose others: enough to look around and to try everything."""


@dataclass(frozen=True)
class SignedIn:
    """A session that has just begun: its secret goes into the cookie."""

    secret: str
    account: Account


class Access:
    """Everything about users that happens because of themselves; `api.identity.users` is for who looks after them.

    Safe to use from many threads; not from an event loop: it waits for the database, and for argon2.
    """

    def __init__(
        self, ledger: Ledger, *, clock: Callable[[], datetime] = wall_clock, passwords: Passwords | None = None
    ) -> None:
        self.storage = Storage(ledger, clock)
        self.passwords = passwords or Passwords()

    # ── Signing in and out ───────────────────────────────────────────────────────────────────────────────────────────

    def sign_in(self, typed: str, password: str, whence: Whence) -> SignedIn:
        """Begin a session. Raises a problem, which is the same whether there is such a user or not."""
        name = as_id(typed)
        gate, delayed = self.storage.run(lambda transaction: _admit(transaction, name, whence))
        if delayed is not None:
            raise too_many_attempts(delayed.wait)
        account, stored = self.storage.run(lambda transaction: _credentials(transaction, name))
        matches = self.passwords.match(stored, password)
        if not matches or account is None or account.state is not State.ACTIVE:
            self.storage.run(lambda transaction: _failed(transaction, account, whence, right=matches))
            raise problem("sign_in_failed")
        renewed = self.passwords.hash(password) if stored and self.passwords.outdated(stored) else ""
        secret = self.storage.run(lambda transaction: _begin(transaction, account, whence, gate, renewed))
        return SignedIn(secret, account)

    def sign_out(self, secret: str, whence: Whence) -> None:
        """End this session. One that is over already stays over."""

        def work(transaction: Transaction) -> None:
            if account := sessions.end(transaction, secret):
                log.write(transaction, Occasion.SIGNED_OUT, account, whence)

        self.storage.run(work)

    def sign_out_everywhere(self, account: str, whence: Whence, *, but: str = "", by: str = "") -> int:
        """End all sessions of a user, except the one with this secret; how many those were."""

        def work(transaction: Transaction) -> int:
            ended = sessions.end_all(transaction, accounts.get(transaction, account).id, but=but)
            log.write(transaction, Occasion.SIGNED_OUT_EVERYWHERE, account, whence, by=by, sessions=ended)
            return ended

        return self.storage.run(work)

    def end_session(self, account: str, number: int, whence: Whence) -> None:
        """End one of a user's own sessions by its number: that of a lost telephone."""

        def work(transaction: Transaction) -> None:
            if not sessions.end_one(transaction, account, number):
                raise problem("unknown_session", number=number)
            log.write(transaction, Occasion.SIGNED_OUT, account, whence, session=number)

        self.storage.run(work)

    def sessions(self, account: str) -> list[Session]:
        """A user's sessions, the one that asked last on top."""
        return self.storage.run(lambda transaction: sessions.of_account(transaction, account))

    # ── Who asks ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def of_session(self, secret: str) -> Person | None:
        """Who the session belongs to, with the rights that they have now; None when it is over."""
        row = self.storage.look(lambda transaction: sessions.find(transaction, secret))
        if row is None:
            return None
        if sessions.worth_noting(row, self.storage.clock()):
            self.storage.look(lambda transaction: sessions.note(transaction, row["number"]))
        return person_of(accounts.of_row(row), Via.SESSION, row["number"])

    def of_token(self, secret: str, whence: Whence) -> Person:
        """Who the token belongs to, limited to its scopes. Raises a problem when it does not count."""
        row = self.storage.look(lambda transaction: tokens.find(transaction, secret))
        if row is None:
            self.storage.run(lambda transaction: _token_refused(transaction, whence))
            raise problem("token_not_valid")
        if tokens.worth_noting(row, self.storage.clock()):
            self.storage.run(lambda transaction: _token_used(transaction, row, whence))
        known = frozenset(Scope(scope) for scope in row["scopes"] if scope in set(Scope))
        return person_of(accounts.of_row(row), Via.TOKEN, row["number"], known)

    # ── Passwords and links ──────────────────────────────────────────────────────────────────────────────────────────

    def change_password(self, account: str, before: str, after: str, whence: Whence, *, secret: str) -> None:
        """Give oneself another password, which ends all other sessions than the one with this secret."""
        found = self.storage.run(lambda transaction: accounts.get(transaction, account))
        refuse_weak(after, Owner(found.id, found.name))
        gate, delayed = self.storage.run(lambda transaction: _admit(transaction, account, whence))
        if delayed is not None:
            raise too_many_attempts(delayed.wait)
        stored = self.storage.run(lambda transaction: accounts.password_of(transaction, account))
        if not self.passwords.match(stored, before):
            self.storage.run(lambda transaction: _failed(transaction, found, whence, right=False))
            raise problem("password_wrong")
        hashed = self.passwords.hash(after)

        def work(transaction: Transaction) -> None:
            throttle.succeeded(transaction, gate)
            accounts.set_password(transaction, account, hashed)
            ended = sessions.end_all(transaction, account, but=secret)
            log.write(transaction, Occasion.PASSWORD_CHANGED, account, whence, sessions_ended=ended)

        self.storage.run(work)

    def first_link(self) -> str | None:
        """The path of a link that makes the first user; None when there is one already."""

        def work(transaction: Transaction) -> str | None:
            return None if accounts.any_there(transaction) else links.make(transaction, None)

        return self.storage.run(work)

    def look_at_link(self, secret: str) -> Link:
        """What a link is for, without using it. Raises a problem when it does not work any more."""
        return self.storage.run(lambda transaction: links.look(transaction, secret))

    def use_link(
        self,
        secret: str,
        password: str,
        whence: Whence,
        *,
        user: str = "",
        name: str = "",
        roles: Iterable[Role] | None = None,
        department: str = "",
        language: str = "",
    ) -> SignedIn:
        """Choose a password by a link, and be signed in. The first user chooses all the rest too.

        Raises a problem; the link then still works, unless that is the problem.
        """
        link = self.look_at_link(secret)
        account = link.account or Account(
            as_id(user),
            name.strip(),
            as_roles(FOUNDER if roles is None else roles),
            administrator=True,
            department=department.strip(),
            language=language,
        )
        account = replace(account, state=State.ACTIVE).checked()
        refuse_weak(password, Owner(account.id, account.name))
        hashed = self.passwords.hash(password)
        begun = self.storage.run(lambda transaction: _by_link(transaction, secret, account, hashed, whence))
        return SignedIn(begun, account)

    # ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def make_token(
        self,
        owner: str,
        label: str,
        scopes: Iterable[str],
        whence: Whence = TERMINAL,
        *,
        days: int = tokens.USUAL_DAYS,
        by: str = "",
    ) -> NewToken:
        """A token for a program that works in this user's name. Its secret is in the answer and nowhere else."""
        wanted = tokens.as_scopes(scopes)

        def work(transaction: Transaction) -> NewToken:
            account = accounts.get(transaction, owner)
            if account.state is State.DISABLED:
                raise problem("user_disabled", id=owner)
            made = tokens.make(transaction, account, label, wanted, days)
            ends = made.token.ends_at.isoformat()
            told: dict[str, Any] = {"token": made.token.number, "label": made.token.label, "scopes": list(wanted)}
            log.write(transaction, Occasion.TOKEN_MADE, owner, whence, by=by, **told, ends=ends)
            return made

        return self.storage.run(work)

    def tokens(self, account: str | None = None) -> list[Token]:
        """The tokens of a user, or all of them; revoked and old ones too."""
        return self.storage.run(lambda transaction: tokens.of_account(transaction, account))

    def revoke_token(self, number: int, whence: Whence = TERMINAL, *, account: str | None = None, by: str = "") -> None:
        """From now on the token does not count. ``account``: it must be this user's."""

        def work(transaction: Transaction) -> None:
            revoked = tokens.revoke(transaction, account=account, number=number)
            if not revoked:
                raise problem("unknown_token", number=number)
            log.write(transaction, Occasion.TOKEN_REVOKED, revoked[0]["account"], whence, by=by, token=number)

        self.storage.run(work)

    # ── Names, and the log ───────────────────────────────────────────────────────────────────────────────────────────

    def people(self) -> list[Account]:
        """Everybody who can sign in, or soon will: for lists of persons, and names beside ids."""
        return [one for one in self.storage.run(accounts.all_of) if one.state is not State.DISABLED]

    def log(
        self,
        account: str | None = None,
        *,
        limit: int = 100,
        before: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[Line]:
        """Sign-ins, failed attempts, use of tokens and changes of rights; the newest first."""
        return self.storage.run(lambda transaction: log.read(transaction, account, limit, before, since, until))


# ── What is done in one transaction ──────────────────────────────────────────────────────────────────────────────────


def _admit(transaction: Transaction, name: str, whence: Whence) -> tuple[throttle.Gate, throttle.Delayed | None]:
    gate = throttle.gate(transaction, name, whence)
    delayed = throttle.admit(transaction, gate)
    if delayed is not None and delayed.first:
        account = accounts.find(transaction, name)
        seconds = round(delayed.wait.total_seconds())
        log.write(transaction, Occasion.SIGN_IN_DELAYED, account.id if account else "", whence, seconds=seconds)
    return gate, delayed


def _credentials(transaction: Transaction, name: str) -> tuple[Account | None, str | None]:
    return accounts.find(transaction, name), accounts.password_of(transaction, name)


def _failed(transaction: Transaction, account: Account | None, whence: Whence, *, right: bool) -> None:
    reason = "unknown_user" if account is None else f"user_{account.state}" if right else "wrong_password"
    log.write(transaction, Occasion.SIGN_IN_FAILED, account.id if account else "", whence, reason=reason)


def _begin(transaction: Transaction, account: Account, whence: Whence, gate: throttle.Gate, renewed: str) -> str:
    throttle.succeeded(transaction, gate)
    if renewed:
        accounts.set_password(transaction, account.id, renewed)
    log.write(transaction, Occasion.SIGNED_IN, account.id, whence, browser=whence.browser)
    return sessions.begin(transaction, account.id, whence)


def _token_refused(transaction: Transaction, whence: Whence) -> None:
    if not log.refused_lately(transaction, whence.address):
        log.write(transaction, Occasion.TOKEN_REFUSED, "", whence)


def _token_used(transaction: Transaction, row: Row, whence: Whence) -> None:
    tokens.note(transaction, row["number"])
    if tokens.worth_a_line(row, transaction.now):
        log.write(transaction, Occasion.TOKEN_USED, row["id"], whence, token=row["number"])


def _by_link(transaction: Transaction, secret: str, account: Account, hashed: str, whence: Whence) -> str:
    link = links.look(transaction, secret, spend=True)
    if link.account is None:
        accounts.insert(transaction, account)
        log.write(transaction, Occasion.USER_ADDED, account.id, whence, **log.rights_of(account))
    else:
        now = accounts.get(transaction, account.id, locked=True)
        if now.state is State.DISABLED:
            raise problem("link_spent")
        accounts.update(transaction, now, replace(now, state=State.ACTIVE))
    accounts.set_password(transaction, account.id, hashed)
    ended = sessions.end_all(transaction, account.id)
    log.write(transaction, Occasion.LINK_USED, account.id, whence, sessions_ended=ended)
    log.write(transaction, Occasion.SIGNED_IN, account.id, whence, browser=whence.browser)
    return sessions.begin(transaction, account.id, whence)
