"""What pages ask for: somebody who is signed in, or who may do something; everybody else is led to the sign-in page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, HTTPException, Request

import api.person
from api.identity.person import Person, Via
from api.identity.problems import problem
from api.identity.rights import Permission
from api.problems import Problem

SIGN_IN = "/sign-in"


async def signed_in(request: Request) -> Person:
    """Whoever asks. Pages lead to the sign-in page and back from there; programs get the problem."""
    try:
        found = await api.person.person(request)
    except Problem as error:
        if error.status == 401 and is_page(request):
            raise _to_sign_in(request) from error
        raise
    if not isinstance(found, Person):  # a server that believes headers, for tests: nobody has a session there
        return Person(found.actor, found.permissions, found.sight, found.name, found.language)
    return found


def needs(permission: str) -> Any:
    """The dependency for pages that need a permission: ``asks: Annotated[Person, needs("see_case")]``."""
    word = Permission(permission)  # a wrong word is noticed when the program starts

    async def allowed(request: Request) -> Person:
        found = await signed_in(request)
        if not found.may(word):
            raise found.lacks(word)
        return found

    allowed.permission = word  # type: ignore[attr-defined]
    return Depends(allowed)


async def in_person(request: Request) -> Person:
    """Whoever asks, if it is a person at a browser: a token must not change passwords or make more tokens."""
    found = await signed_in(request)
    if found.via is not Via.SESSION:
        raise problem("not_by_token")
    return found


def is_page(request: Request) -> bool:
    """Whether a browser asks for something to look at."""
    if "authorization" in request.headers or request.url.path.startswith("/api/"):
        return False
    return "hx-request" in request.headers or "text/html" in request.headers.get("accept", "")


def safe_next(text: str) -> str:
    """Where to go after signing in: a page of ours, whatever the address says."""
    parts = urlsplit(text)
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return text if ours and text.isprintable() and not text.startswith(SIGN_IN) else "/"


def _to_sign_in(request: Request) -> HTTPException:
    """The way back leads to the page that was looked at: that of the form, when a form was sent."""
    if "hx-request" in request.headers:
        back = _path_of(request.headers.get("hx-current-url", ""))
        return HTTPException(401, headers={"HX-Redirect": f"{SIGN_IN}?next={quote(back)}"})
    if request.method in ("GET", "HEAD"):
        back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        back = _path_of(request.headers.get("referer", ""))
    return HTTPException(303, headers={"Location": f"{SIGN_IN}?next={quote(safe_next(back))}"})


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return safe_next((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
