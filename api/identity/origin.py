"""Forms of other sites are refused: what changes something must come from a page of ours, or from a program."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from api.identity.cookies import PLAIN, SECURE
from api.identity.problems import problem
from api.problems import answer
from api.words import English, best

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PORTS = {"http": 80, "https": 443}


class OriginCheck:
    """Pure ASGI. Browsers say by themselves where a request comes from, so no secret has to be put into forms.

    ``origins`` are further addresses under which people know this server: ``https://cases.example.com``, behind a proxy
    that changes the name of the host.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str] = ()) -> None:
        self._app = app
        self._origins = frozenset(place for origin in origins if (place := _place(origin)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] in SAFE or self._ours(HTTPConnection(scope)):
            await self._app(scope, receive, send)
            return
        state = scope.get("state", {})
        words = state["parts"].words if "parts" in state else English()
        language = best(Headers(scope=scope).get("accept-language", ""))
        refused = answer(problem("foreign_origin"), words, language, state.get("request_id", ""))
        await refused(scope, receive, send)

    def _ours(self, request: HTTPConnection) -> bool:
        headers = request.headers
        if "authorization" in headers:
            return True  # No browser sends a token by itself.
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and _place(origin) in self._origins:
            return True
        if site is not None:  # Browsers say this on secure connections; "none": the person typed the address.
            return site in ("same-origin", "none")
        if origin is not None:
            return _place(origin) == _place(f"{urlsplit(origin).scheme}://{headers.get('host', '')}") != ""
        # Neither: no browser of today. A program may come without a session, but not with one.
        return not ({SECURE, PLAIN} & request.cookies.keys())


def _place(origin: str) -> str:
    """``host:port`` of an origin; empty when it is none, such as ``null``."""
    try:
        parts = urlsplit(origin)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return ""
    return f"{parts.hostname}:{port}" if parts.scheme in PORTS and parts.hostname else ""
