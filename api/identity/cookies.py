"""The cookie that holds a session's secret: for this site only, out of reach of scripts, for a day's work."""

from __future__ import annotations

import base64

from starlette.requests import HTTPConnection
from starlette.responses import Response

from api.identity.sessions import LONGEST

SECURE, PLAIN = "__Host-casefold", "casefold_session"
ERRAND = "-errand"
"""With the prefix no other host of the domain can set it; browsers take the prefix over HTTPS only."""


def name_for(request: HTTPConnection) -> str:
    """What the cookie is called on this connection."""
    return SECURE if secure(request) else PLAIN


def secure(request: HTTPConnection) -> bool:
    """Whether the browser came over HTTPS, as the server before us says."""
    return request.url.scheme in ("https", "wss")


def secret_of(request: HTTPConnection) -> str:
    """The session's secret; empty when there is none."""
    return request.cookies.get(name_for(request), "")


def set_errand(response: Response, request: HTTPConnection, text: str, seconds: int) -> None:
    """What the browser keeps while it is at the identity provider. Lax: it comes back by a link from there."""
    name = name_for(request) + ERRAND
    value = base64.urlsafe_b64encode(text.encode()).decode()
    response.set_cookie(name, value, seconds, path="/", secure=secure(request), httponly=True, samesite="lax")


def errand_of(request: HTTPConnection) -> str:
    """The same, when it is back; empty when there is none."""
    try:
        return base64.urlsafe_b64decode(request.cookies.get(name_for(request) + ERRAND, "")).decode()
    except ValueError:
        return ""


def clear_errand(response: Response, request: HTTPConnection) -> None:
    """It is back."""
    response.delete_cookie(name_for(request) + ERRAND, path="/", secure=secure(request), httponly=True, samesite="lax")


def set_session(response: Response, request: HTTPConnection, secret: str) -> None:
    """Give the browser the session."""
    response.set_cookie(
        name_for(request),
        secret,
        max_age=int(LONGEST.total_seconds()),
        path="/",
        secure=secure(request),
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, request: HTTPConnection) -> None:
    """Let the browser forget it."""
    response.delete_cookie(name_for(request), path="/", secure=secure(request), httponly=True, samesite="lax")
