"""Finds out who asks over HTTP: by a token in the head of the request, or by the session in the browser's cookie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request

from api.identity.access import Access
from api.identity.cookies import PLAIN, secret_of
from api.identity.log import Whence
from api.identity.person import Person
from api.identity.problems import problem


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

    def __init__(self, access: Access) -> None:
        self.access = access

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


def whence_of(request: HTTPConnection) -> Whence:
    """From where somebody asks, as the server says: behind a proxy it must be told to believe that one."""
    return Whence(request.client.host if request.client else "", request.headers.get("user-agent", ""))
