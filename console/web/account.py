"""My account: another password, where I am signed in, and tokens for programs that work in my name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.identity.cookies import secret_of
from api.identity.local import whence_of
from api.identity.passwords import LEAST
from api.identity.person import Person, Via
from api.identity.problems import problem as a_problem
from api.identity.rights import SCOPES, Scope, permissions_of, scopes_of
from api.identity.routes import access_of
from api.identity.tokens import USUAL_DAYS
from api.problems import Problem
from console.user_words import browser, told
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.words import N_, _

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=2000)]
SAID = {
    "password": N_("The password was changed. You are signed out everywhere else."),
    "session": N_("That browser is signed out."),
    "everywhere": N_("You are signed out everywhere else."),
    "revoked": N_("The token does not count any more."),
}


@router.get("/account", include_in_schema=False)
def account(at: AtDesk, done: str = "") -> HTMLResponse:
    """The page."""
    return _page(at, done=_(SAID[done]) if done in SAID else "")


@router.post("/account/password", include_in_schema=False)
def change_password(at: AtDesk, before: Text = "", after: Text = "", again: Text = "") -> Response:
    """Choose another password."""
    me = me_of(at)
    if after != again:
        said = _("Nothing was saved: the two passwords differ. Type both again.")
        return _page(at, 422, wrong="password", said=said)
    try:
        access_of(at.request).change_password(me.id, before, after, whence_of(at.request), secret=secret_of(at.request))
    except Problem as problem:
        return _page(at, problem.status, wrong="password", said=told(problem))
    return at.go("/account?done=password")


@router.post("/account/sessions/end", include_in_schema=False)
def end_session(at: AtDesk, number: Annotated[int, Form()]) -> Response:
    """Sign out in another browser."""
    access_of(at.request).end_session(me_of(at).id, number, whence_of(at.request))
    return at.go("/account?done=session")


@router.post("/account/sessions/end-others", include_in_schema=False)
def end_others(at: AtDesk) -> Response:
    """Sign out everywhere but here."""
    access_of(at.request).sign_out_everywhere(me_of(at).id, whence_of(at.request), but=secret_of(at.request))
    return at.go("/account?done=everywhere")


@router.post("/account/tokens", include_in_schema=False)
def make_token(
    at: AtDesk,
    label: Text = "",
    scope: Annotated[list[str] | None, Form()] = None,
    days: Annotated[int, Form()] = USUAL_DAYS,
) -> Response:
    """Make a token; the page that answers is the only one that shows it."""
    try:
        made = access_of(at.request).make_token(me_of(at).id, label, scope or [], whence_of(at.request), days=days)
    except Problem as problem:
        return _page(at, problem.status, wrong="token", said=told(problem))
    return _page(at, 201, new=made)


@router.post("/account/tokens/revoke", include_in_schema=False)
def revoke_token(at: AtDesk, number: Annotated[int, Form()]) -> Response:
    """Let a token count no more."""
    access_of(at.request).revoke_token(number, whence_of(at.request), account=me_of(at).id)
    return at.go("/account?done=revoked")


def me_of(at: Desk) -> Person:
    """Whoever is there, in person: a token does not change passwords."""
    found = at.visitor.person
    if not isinstance(found, Person) or found.via is not Via.SESSION:
        raise a_problem("not_by_token")
    return found


def _page(at: Desk, status: int = 200, /, **given: object) -> HTMLResponse:
    me, access = me_of(at), access_of(at.request)
    scopes = scopes_of(permissions_of(me.actor.roles, administrator=me.administrator))
    shown: dict[str, object] = {
        "me": me,
        "sessions": access.sessions(me.id),
        "tokens": access.tokens(me.id),
        "scopes": [(scope, SCOPES[scope]) for scope in Scope if scope in scopes],
        "now": access.storage.clock(),
        "browser": browser,
        "least": LEAST,
        "days": USUAL_DAYS,
        **dict.fromkeys(("done", "wrong", "said", "new"), None),
    }
    return at.page("account.html", status, **{**shown, **given})
