"""Coming in and going out: the form of the sign-in page, signing out, and links with which one chooses a password."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.identity.access import FOUNDER, SignedIn
from api.identity.cookies import clear_errand, clear_session, errand_of, secret_of, set_errand, set_session
from api.identity.guard import safe_next
from api.identity.local import whence_of
from api.identity.passwords import LEAST
from api.identity.routes import access_of, provider_of
from api.problems import Problem
from console.user_words import told
from console.web.desk import AtDoor, Desk
from console.web.problems import Page
from console.words import _, language
from domain.actor import OF_NO_USER, Role

router = APIRouter(route_class=Page)

WITHIN = 600
"""Seconds within which somebody must come back from the identity provider."""

Text = Annotated[str, Form(max_length=2000)]


@router.post("/sign-in", include_in_schema=False)
def sign_in(request: Request, at: AtDoor, user: Text = "", password: Text = "", next: Text = "/") -> Response:  # noqa: A002 - the name of the field
    """Begin a session, and go on to where one wanted to go."""
    try:
        begun = access_of(request).sign_in(user, password, whence_of(request))
    except Problem as problem:
        return _again(at, problem, next, user)
    answer = at.go(_onward(begun, next))
    set_session(answer, request, begun.secret)
    return answer


def _onward(begun: SignedIn, next_page: str) -> str:
    """Where to go on: where one wanted to go, or to a page that is for whoever has no role but looks after users."""
    wanted = safe_next(next_page)
    return "/users" if wanted == "/" and not begun.account.roles and begun.account.administrator else wanted


@router.get("/sign-in/provider", include_in_schema=False)
def to_provider(request: Request, at: AtDoor, next: str = "/") -> Response:  # noqa: A002 - as it stands in the address
    """Go to the identity provider of the organisation."""
    try:
        address, errand = provider_of(request).begin(_back(request), safe_next(next))
    except Problem as problem:
        return _again(at, problem, next)
    answer = RedirectResponse(address, 303)
    set_errand(answer, request, errand.text, WITHIN)
    return answer


@router.get("/sign-in/provider/back", include_in_schema=False)
def from_provider(request: Request, at: AtDoor) -> Response:
    """Come back from there, and go on to where one wanted to go."""
    try:
        provider, whence = provider_of(request), whence_of(request)
        begun, then = provider.finish(errand_of(request), request.query_params, _back(request), whence)
    except Problem as problem:
        answer: Response = _again(at, problem, "/")
    else:
        answer = RedirectResponse(_onward(begun, then), 303)
        set_session(answer, request, begun.secret)
    clear_errand(answer, request)
    return answer


def _back(request: Request) -> str:
    return str(request.base_url) + "sign-in/provider/back"


def _again(at: Desk, problem: Problem, next_page: str, user: str = "") -> HTMLResponse:
    """The sign-in page, with what went wrong, and the name that was typed."""
    shown = {"next": safe_next(next_page), "said": "", "wrong": told(problem), "user": user}
    page = at.page("sign_in.html", problem.status, **shown)
    page.headers.update({name: text for name, text in problem.headers.items() if name == "Retry-After"})
    return page


@router.post("/sign-out", include_in_schema=False)
def sign_out(request: Request, at: AtDoor, everywhere: Text = "") -> Response:
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
def welcome(request: Request, at: AtDoor, secret: str) -> HTMLResponse:
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
    at: AtDoor,
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
    answer = at.go(_onward(begun, "/"))
    set_session(answer, request, begun.secret)
    return answer


def _welcome(request: Request, at: AtDoor, secret: str, filled: Filled, said: str = "") -> HTMLResponse:
    link = access_of(request).look_at_link(secret)
    roles = [role for role in Role if role not in OF_NO_USER]
    return at.page("welcome.html", 422 if said else 200, link=link, filled=filled, roles=roles, said=said, least=LEAST)
