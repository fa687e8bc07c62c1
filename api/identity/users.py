"""Looking after users: adding, changing and disabling them, and inviting them to choose a password."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from api.identity import accounts, links, log, sessions, tokens
from api.identity.access import Access
from api.identity.accounts import Account, State, as_id, as_roles
from api.identity.log import Occasion, Whence, rights_of
from api.identity.passwords import Owner, refuse_weak
from api.identity.problems import problem
from api.identity.storage import Transaction
from domain.actor import Role


@dataclass(frozen=True)
class Change:
    """What is to be different; None leaves it as it is."""

    name: str | None = None
    roles: tuple[Role, ...] | None = None
    administrator: bool | None = None
    department: str | None = None
    language: str | None = None

    def to(self, account: Account) -> Account:
        """The user after it."""
        given = {name: value for name, value in vars(self).items() if value is not None}
        return replace(account, **given)


class Users:
    """For who looks after users; ``by`` is their id, for the log."""

    def __init__(self, access: Access, by: str, whence: Whence) -> None:
        self._access = access
        self.by = by
        self._whence = whence

    def all(self) -> list[Account]:
        """Every user, disabled ones too."""
        return self._access.storage.run(accounts.all_of)

    def get(self, account: str) -> Account:
        """One of them. Raises a problem."""
        return self._access.storage.run(lambda transaction: accounts.get(transaction, as_id(account)))

    def add(
        self,
        user: str,
        name: str,
        roles: Iterable[Role] = (Role.AGENT,),
        *,
        administrator: bool = False,
        department: str = "",
        language: str = "",
        password: str = "",
    ) -> Account:
        """A new user, who has yet to be invited; with a password one who can sign in at once."""
        state = State.ACTIVE if password else State.INVITED
        new = Account(as_id(user), name.strip(), as_roles(roles), administrator, department.strip(), language, state)
        new.checked()
        hashed = self._hashed(new, password) if password else ""

        def work(transaction: Transaction) -> Account:
            accounts.insert(transaction, new)
            if hashed:
                accounts.set_password(transaction, new.id, hashed)
            self._log(transaction, Occasion.USER_ADDED, new.id, **rights_of(new))
            return accounts.get(transaction, new.id)

        return self._access.storage.run(work)

    def change(self, account: str, change: Change) -> Account:
        """Give a user another name, other roles, another department or language: from their next request on."""

        def work(transaction: Transaction) -> Account:
            was = accounts.get(transaction, as_id(account), locked=True)
            becomes = change.to(was)
            becomes = replace(becomes, name=becomes.name.strip(), roles=as_roles(becomes.roles))
            accounts.update(transaction, was, becomes)
            if becomes != was:
                self._log(transaction, Occasion.USER_CHANGED, was.id, before=rights_of(was), after=rights_of(becomes))
            return accounts.get(transaction, was.id)

        return self._access.storage.run(work)

    def disable(self, account: str) -> Account:
        """The user cannot sign in any more: sessions end at once, tokens are revoked, links stop working."""

        def work(transaction: Transaction) -> Account:
            was = accounts.get(transaction, as_id(account), locked=True)
            accounts.update(transaction, was, replace(was, state=State.DISABLED))
            ended = sessions.end_all(transaction, was.id)
            revoked = [row["number"] for row in tokens.revoke(transaction, account=was.id)]
            links.stop(transaction, was.id)
            if was.state is not State.DISABLED:
                self._log(transaction, Occasion.USER_DISABLED, was.id, sessions_ended=ended, tokens_revoked=revoked)
            return accounts.get(transaction, was.id)

        return self._access.storage.run(work)

    def enable(self, account: str) -> Account:
        """The user may sign in again, with the password that they had; tokens stay revoked."""

        def work(transaction: Transaction) -> Account:
            was = accounts.get(transaction, as_id(account), locked=True)
            if was.state is State.DISABLED:
                knows = was.issuer is not None or accounts.password_of(transaction, was.id) is not None
                accounts.update(transaction, was, replace(was, state=State.ACTIVE if knows else State.INVITED))
                self._log(transaction, Occasion.USER_ENABLED, was.id)
            return accounts.get(transaction, was.id)

        return self._access.storage.run(work)

    def invite(self, account: str) -> str:
        """The path of a link by which the user chooses a password, the first or a new one; it works once, for a day."""

        def work(transaction: Transaction) -> str:
            user = accounts.get(transaction, as_id(account), locked=True)
            if user.state is State.DISABLED:
                raise problem("user_disabled", id=user.id)
            path = links.make(transaction, user.id)
            self._log(transaction, Occasion.INVITED, user.id)
            return path

        return self._access.storage.run(work)

    def sign_out(self, account: str) -> int:
        """End all sessions of a user; how many there were."""
        return self._access.sign_out_everywhere(as_id(account), self._whence, by=self.by)

    def _hashed(self, account: Account, password: str) -> str:
        refuse_weak(password, Owner(account.id, account.name))
        return self._access.passwords.hash(password)

    def _log(self, transaction: Transaction, what: Occasion, account: str, **details: Any) -> None:
        log.write(transaction, what, account, self._whence, by=self.by, **details)
