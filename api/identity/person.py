"""Whoever asks, once it is known: the actor that entries will name, and everything that they may see and begin."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import api.person
from api.identity.accounts import Account
from api.identity.problems import problem
from api.identity.rights import SCOPES, Permission, Scope, limited, permissions_of, scopes_of, sight_of
from api.problems import Problem


class Via(StrEnum):
    """How somebody has said who they are."""

    SESSION = "session"
    TOKEN = "token"


@dataclass(frozen=True)
class Person(api.person.Person):
    """A user who is signed in, or a program with a user's token."""

    via: Via = Via.SESSION
    number: int = 0
    """Of the session or token."""
    scopes: frozenset[Scope] = frozenset()
    """What a token is limited to; of a session: everything that the user's roles cover."""
    administrator: bool = False

    @property
    def id(self) -> str:
        """The user's id."""
        return self.actor.id

    def lacks(self, permission: str) -> Problem:
        """Whether it is the roles that do not suffice, or only the token."""
        word = Permission(permission)
        if word not in permissions_of(self.actor.roles, administrator=self.administrator):
            return problem("not_permitted", permission=word)
        return problem("not_in_scope", permission=word, scopes=", ".join(s for s in Scope if word in SCOPES[s]))


@lru_cache(maxsize=1024)
def person_of(account: Account, via: Via, number: int, scopes: frozenset[Scope] | None = None) -> Person:
    """The user with all that their roles allow; with ``scopes`` no more than those cover."""
    allowed = permissions_of(account.roles, administrator=account.administrator)
    mine = scopes_of(allowed)
    if scopes is not None:
        mine &= scopes
        allowed = limited(allowed, mine)
    return Person(
        actor=account.actor,
        permissions=frozenset(allowed),
        sight=sight_of(account.id, account.roles, account.department),
        name=account.name,
        language=account.language,
        via=via,
        number=number,
        scopes=mine,
        administrator=account.administrator,
    )
