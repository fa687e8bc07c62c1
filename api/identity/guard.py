"""What pages and routes ask for: somebody who is signed in, or who may do something, or who is there in person.

Whoever is not signed in gets a problem (401); pages of the console make it the way to the sign-in page.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request

import api.person
from api.identity.person import Person, Via
from api.identity.problems import problem
from api.identity.rights import Permission

SIGN_IN = "/sign-in"


async def signed_in(request: Request) -> Person:
    """Whoever asks."""
    found = await api.person.person(request)
    if not isinstance(found, Person):  # a server that believes headers, for tests: nobody has a session there
        return Person(found.actor, found.permissions, found.sight, found.name, found.language)
    return found


def needs(permission: str) -> Any:
    """The dependency for who needs a permission: ``asks: Annotated[Person, needs("see_case")]``."""
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


def safe_next(text: str) -> str:
    """Where to go after signing in: a page of ours, whatever the address says."""
    parts = urlsplit(text)
    ours = text.startswith("/") and not text.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)
    return text if ours and text.isprintable() and not text.startswith(SIGN_IN) else "/"
