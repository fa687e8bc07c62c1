"""What the routes of users, sessions and tokens take and give, as OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api.identity.accounts import Account
from api.identity.log import Line
from api.identity.person import Person
from api.identity.rights import SCOPES, Permission, Scope
from api.identity.sessions import Session
from api.identity.tokens import MOST_DAYS, USUAL_DAYS, Token
from api.models import Answer
from domain.actor import Role

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Roles = list[Role]
ROLES = Field([Role.AGENT], description="Roles of the rule books; never `system`.", max_length=len(Role))


class Asked(BaseModel):
    """What comes in: nothing but what is described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MeOut(Answer):
    """Who asks, and what they may."""

    id: str = Field(examples=["li"])
    name: str
    roles: list[str]
    administrator: bool
    department: str
    language: str
    permissions: list[Permission]
    scopes: list[Scope] = Field(description="What a token is limited to; of a session what tokens could be given.")
    via: str = Field(description="`session` or `token`.")


class UserOut(Answer):
    """A user."""

    id: str = Field(description="Pseudonymous: entries of the ledger name it.", examples=["li"])
    name: str
    roles: list[str]
    administrator: bool
    department: str
    language: str
    state: str = Field(description="`invited`, `active` or `disabled`.")


class SessionOut(Answer):
    """A browser in which somebody is signed in."""

    number: int
    begun_at: Instant
    seen_at: Instant
    ends_at: Instant
    address: str
    browser: str
    this: bool = Field(description="Whether it is the session that asks.")


class TokenOut(Answer):
    """A token, without its secret."""

    number: int
    account: str
    label: str
    scopes: list[str]
    made_at: Instant
    ends_at: Instant
    used_at: Instant | None
    revoked_at: Instant | None


class NewTokenOut(TokenOut):
    """A token that was just made."""

    secret: str = Field(description="Shown this once.")


class LinkOut(Answer):
    """A link that works once."""

    path: str = Field(description="Give it to the user: who opens it chooses a password. Valid for 24 hours.")


class LineOut(Answer):
    """A line of the log of sign-ins and rights."""

    number: int
    at: Instant
    what: str
    account: str = Field(description="Whom it is about; empty: nobody of that id.")
    by: str
    address: str
    details: dict[str, Any]


class UserIn(Asked):
    """A user to add."""

    id: str = Field(max_length=100, description="Small letters, digits, dots, hyphens; for ever.", examples=["li"])
    name: str = Field(max_length=200, examples=["Li Wei"])
    roles: Roles = ROLES
    administrator: bool = False
    department: str = Field("", max_length=200, examples=["hotline"])
    language: str = Field("", max_length=10, examples=["zh"])


class UserChange(Asked):
    """What is to be different about a user; what is left out stays."""

    name: str | None = Field(None, max_length=200)
    roles: Roles | None = Field(None, max_length=len(Role))
    administrator: bool | None = None
    department: str | None = Field(None, max_length=200)
    language: str | None = Field(None, max_length=10)


class PasswordIn(Asked):
    """Another password."""

    before: str = Field(max_length=1000, description="The one you have now.")
    after: str = Field(max_length=1000, description="The new one.")


class TokenIn(Asked):
    """A token to make."""

    label: str = Field(max_length=200, description="What it is for.", examples=["nightly export"])
    scopes: list[str] = Field(description=f"Of {', '.join(SCOPES)}.", max_length=50, examples=[["cases:read"]])
    days: int = Field(USUAL_DAYS, description=f"How long it is valid, {MOST_DAYS} at most.")


def of_person(person: Person) -> dict[str, Any]:
    """Who asks."""
    return {
        "id": person.id,
        "name": person.name,
        "roles": list(person.actor.roles),
        "administrator": person.administrator,
        "department": person.actor.department,
        "language": person.language,
        "permissions": [permission for permission in Permission if permission in person.permissions],
        "scopes": [scope for scope in Scope if scope in person.scopes],
        "via": person.via,
    }


def of_account(account: Account) -> dict[str, Any]:
    """A user."""
    return {name: getattr(account, name) for name in UserOut.model_fields}


def of_session(session: Session, this: int) -> dict[str, Any]:
    """A session; ``this``: the number of the one that asks."""
    return {**vars(session), "this": session.number == this}


def of_token(token: Token) -> dict[str, Any]:
    """A token."""
    return dict(vars(token))


def of_line(line: Line) -> dict[str, Any]:
    """A line of the log."""
    return dict(vars(line))
