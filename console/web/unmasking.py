"""The choice to see personal data in each case that one opens: one person's, for as long as they are signed in.

It only stands in for asking at each case: who may see personal data is decided as ever, and each reading is recorded.
"""

from __future__ import annotations

import hashlib
import hmac

from fastapi import Request, Response

from api.identity.cookies import name_for, secret_of, secure


def chosen(request: Request, person: str) -> bool:
    """Whether this person chose it since they signed in."""
    return hmac.compare_digest(request.cookies.get(_name(request), "").encode(), _mark(request, person).encode())


def choose(answer: Response, request: Request, person: str) -> None:
    """Remember it in this browser until it is closed."""
    mark = _mark(request, person)
    answer.set_cookie(_name(request), mark, path="/", secure=secure(request), httponly=True, samesite="lax")


def forget(answer: Response, request: Request) -> None:
    """Mask again."""
    answer.delete_cookie(_name(request), path="/", secure=secure(request), httponly=True, samesite="lax")


def _name(request: Request) -> str:
    return name_for(request) + "-unmasked"


def _mark(request: Request, person: str) -> str:
    """It counts for nobody else, and in no later session: it is made of both, and tells neither."""
    return hashlib.sha256("\0".join(("unmasked", person, secret_of(request))).encode(errors="replace")).hexdigest()
