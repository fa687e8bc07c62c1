"""Coming in and going out: the form of the sign-in page, signing out, and links with which one chooses a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from api.identity.access import FOUNDER
from api.identity.cookies import clear_session, secret_of, set_session
from api.identity.guard import safe_next
from api.identity.local import whence_of
from api.identity.passwords import LEAST
from api.identity.routes import access_of
from api.problems import Problem
from console.user_words import told
from console.web.desk import AtDesk
from console.web.problems import Page
from console.words import _, language
from domain.actor import Role

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=2000)]


@router.post("/sign-in", include_in_schema=False)
def sign_in(request: Request, at: AtDesk, user: Text = "", password: Text = "", next: Text = "/") -> Response:  # noqa: A002 - the name of the field
    """Begin a session, and go on to where one wanted to go."""
    try:
        begun = access_of(request).sign_in(user, password, whence_of(request))
    except Problem as problem:
        page = at.page("sign_in.html", problem.status, next=safe_next(next), said=told(problem))
        page.headers.update({name: text for name, text in problem.headers.items() if name == "Retry-After"})
        return page
    answer = at.go(safe_next(next))
    set_session(answer, request, begun.secret)
    return answer


@router.post("/sign-out", include_in_schema=False)
def sign_out(request: Request, at: AtDesk, everywhere: Text = "") -> Response:
    """End this session, or with ``everywhere`` all of this user."""
    access, whence = access_of(request), whence_of(request)
    if everywhere and at.somebody is not None:
        access.sign_out_everywhere(at.somebody.actor.id, whence)
    elif secret := secret_of(request):
        access.sign_out(secret, whence)
    answer = at.go("/sign-in?said=out")
    clear_session(answer, request)
    return answer


@router.get("/welcome/{secret}", include_in_schema=False)
def welcome(request: Request, at: AtDesk, secret: str) -> HTMLResponse:
    """What the link is for; looking at it does not use it, so programs that look into messages do no harm."""
    return _welcome(request, at, secret, Filled())


@dataclass(frozen=True)
class Filled:
    """What was typed, passwords aside."""

    user: str = ""
    name: str = ""
    department: str = ""
    roles: tuple[Role, ...] = FOUNDER


@router.post("/welcome/{secret}", include_in_schema=False)
def choose(
    request: Request,
    at: AtDesk,
    secret: str,
    user: Text = "",
    name: Text = "",
    department: Text = "",
    password: Text = "",
    again: Text = "",
    role: Annotated[list[Role] | None, Form()] = None,
) -> Response:
    """Choose a password, and for the first user all the rest; then one is signed in."""
    filled = Filled(user, name, department, tuple(role or ()))
    if password != again:
        return _welcome(request, at, secret, filled, _("Nothing was saved: the two passwords differ. Type both again."))
    given = {**vars(filled), "language": language().value}
    try:
        begun = access_of(request).use_link(secret, password, whence_of(request), **given)
    except Problem as problem:
        if problem.code == "link_spent":
            raise
        return _welcome(request, at, secret, filled, told(problem))
    answer = at.go("/")
    set_session(answer, request, begun.secret)
    return answer


def _welcome(request: Request, at: AtDesk, secret: str, filled: Filled, said: str = "") -> HTMLResponse:
    link = access_of(request).look_at_link(secret)
    roles = [role for role in Role if role is not Role.SYSTEM]
    return at.page("welcome.html", 422 if said else 200, link=link, filled=filled, roles=roles, said=said, least=LEAST)
