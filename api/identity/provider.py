"""The organisation's own identity provider, as settings name it: who it is, and what roles its groups have."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from api.identity.accounts import as_roles
from api.identity.rights import ADMINISTRATOR
from domain.actor import OF_NO_USER, Role

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ProviderMistake(ValueError):
    """A setting of the identity provider cannot be; the text says which and why."""


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    roles: Mapping[str, tuple[str, ...]]
    """Group, as the provider calls it → roles here, or `administrator`."""
    roles_claim: str = "groups"
    department_claim: str = ""
    """Where the provider says the department; empty: we say it."""
    title: str = ""
    """What people call it: on the button."""
    scope: str = "openid profile"

    def roles_of(self, groups: Iterable[str]) -> tuple[tuple[Role, ...], bool]:
        """The roles of somebody in these groups, and whether they look after users."""
        words = {word for group in groups for word in self.roles.get(group, ())}
        return as_roles(Role(word) for word in words if word != ADMINISTRATOR), ADMINISTRATOR in words


def provider_of(environment: Mapping[str, str]) -> Provider | None:
    """The provider that CASEFOLD_OIDC_… describe; None when CASEFOLD_OIDC_ISSUER is not set. Raises ProviderMistake."""

    def said(name: str, default: str = "") -> str:
        return environment.get(f"CASEFOLD_OIDC_{name}", "").strip() or default

    issuer = said("ISSUER")
    if not issuer:
        return None
    if not safe(issuer):
        raise ProviderMistake("CASEFOLD_OIDC_ISSUER must be an https address: what it answers decides who comes in.")
    if not said("CLIENT_ID"):
        raise ProviderMistake("CASEFOLD_OIDC_CLIENT_ID is missing: the name that the provider gave to this program.")
    return Provider(
        issuer=issuer,
        client_id=said("CLIENT_ID"),
        client_secret=said("CLIENT_SECRET"),
        roles=_roles(said("ROLES")),
        roles_claim=said("ROLES_CLAIM", "groups"),
        department_claim=said("DEPARTMENT_CLAIM"),
        title=said("NAME", urlsplit(issuer).hostname or issuer),
        scope=said("SCOPE", "openid profile"),
    )


def safe(address: str) -> bool:
    """Whether what is asked there cannot be changed on the way."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _roles(text: str) -> dict[str, tuple[str, ...]]:
    example = '{"support": ["agent"], "it": ["administrator"]}'
    known = {role.value for role in Role if role not in OF_NO_USER} | {ADMINISTRATOR}
    try:
        found = json.loads(text)
        mapped = {str(group): tuple(words) for group, words in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise ProviderMistake(f"CASEFOLD_OIDC_ROLES says which group has which roles, as JSON: {example}") from error
    for group, words in mapped.items():
        for word in words:
            if word not in known:
                raise ProviderMistake(
                    f"CASEFOLD_OIDC_ROLES gives {group!r} the role {word!r}, which is none. "
                    f"Roles are: {', '.join(sorted(known))}."
                )
    return mapped
