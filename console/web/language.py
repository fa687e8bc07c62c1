"""Switching the language in place: the page one is on comes back in the other one."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from console.web.desk import LANGUAGE_COOKIE, AtDoor, local
from console.web.problems import Page
from console.words import Language

A_YEAR = 365 * 86400

router = APIRouter(route_class=Page)


@router.get("/language/{code}", include_in_schema=False)
def choose(at: AtDoor, code: Language, next: str = "/") -> Response:  # noqa: A002 - as it stands in the address
    """Remember the language in this browser and go back."""
    answer = RedirectResponse(local(next), 303)
    answer.set_cookie(LANGUAGE_COOKIE, code.value, max_age=A_YEAR, httponly=True, samesite="lax")
    return answer
