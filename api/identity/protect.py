"""Puts the two rings around an application that every page and route lies within: origin check and safe headers."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI
from starlette.middleware import Middleware

from api.identity.headers import SecurityHeaders
from api.identity.origin import OriginCheck


def protect(app: FastAPI, origins: Iterable[str] = ()) -> None:
    """Call it once, before the first request. ``origins``: see `OriginCheck`.

    Both lie inside the rings that are there already: a request that is refused has its id, and its line in the log.
    """
    app.user_middleware.extend([Middleware(SecurityHeaders), Middleware(OriginCheck, origins=tuple(origins))])
