"""Finds out who asks over HTTP: by a token in the head of the request, or by the session in the browser's cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from api.identity.access import Access
from api.identity.cookies import PLAIN, secret_of
from api.identity.log import Whence
from api.identity.person import Person
from api.identity.problems import problem
from api.identity.provider import ProviderMistake, provider_of
from ledger.store import Ledger

if TYPE_CHECKING:  # needs the extra oidc
    from api.identity.oidc import SignInWithProvider


class LocalIdentity:
    """What `api.person.Identity` asks for, with our own users."""

    security_schemes: Mapping[str, Mapping[str, Any]] = {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "A token with scopes, made by `casefold users token make` or on the page of one's account.",
        },
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": PLAIN,
            "description": "The session of a browser that is signed in; over HTTPS the cookie is __Host-casefold.",
        },
    }

    def __init__(self, access: Access, provider: SignInWithProvider | None = None) -> None:
        self.access = access
        self.provider = provider

    async def person(self, request: Request) -> Person | None:
        """Whoever asks. A request with a token is never answered by the cookie that it brings along."""
        authorization = request.headers.get("authorization")
        if authorization is not None:
            scheme, _, token = authorization.partition(" ")
            if scheme.lower() != "bearer":
                raise problem("token_not_valid")
            return await run_in_threadpool(self.access.of_token, token.strip(), whence_of(request))
        secret = secret_of(request)
        return await run_in_threadpool(self.access.of_session, secret) if secret else None


def local_identity(ledger: Ledger, environment: Mapping[str, str]) -> LocalIdentity:
    """Our own users, and beside them the identity provider that the environment names. Raises ProviderMistake."""
    access = Access(ledger)
    provider = provider_of(environment)
    if provider is None:
        return LocalIdentity(access)
    try:
        from api.identity.oidc import SignInWithProvider
    except ModuleNotFoundError as error:
        library = str(error.name).partition(".")[0]
        raise ProviderMistake(
            f"CASEFOLD_OIDC_ISSUER is set, but {library} is not installed: pip install 'casefold[oidc]'"
        ) from error
    return LocalIdentity(access, SignInWithProvider(provider, access))


def whence_of(request: HTTPConnection) -> Whence:
    """From where somebody asks, as the server says: behind a proxy it must be told to believe that one."""
    return Whence(request.client.host if request.client else "", request.headers.get("user-agent", ""))
