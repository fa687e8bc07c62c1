"""Users, for who looks after them: who may come in and with which roles; inviting, changing, disabling; the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.identity.log import Line
from api.identity.rights import Permission
from api.identity.routes import access_of, users_of
from api.identity.users import Change, Users
from api.problems import Problem
from console.user_words import OCCASIONS, STATES, detail, told
from console.web.account import me_of
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.words import N_, _
from domain.actor import OF_NO_USER, Role

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=2000)]
Roles = Annotated[list[Role] | None, Form()]
SAID = {
    "changed": N_("Saved. It holds from their next request on."),
    "disabled": N_("Disabled: sessions have ended, tokens are revoked. The id stays taken."),
    "enabled": N_("Enabled. Revoked tokens stay revoked."),
    "signed-out": N_("All their sessions have ended."),
}
LINES = 50


@dataclass(frozen=True)
class Given:
    """What was typed into the form for a user."""

    user: str = ""
    name: str = ""
    roles: tuple[Role, ...] = (Role.AGENT,)
    department: str = ""
    administrator: bool = False


@router.get("/users", include_in_schema=False)
def everybody(at: AtDesk) -> HTMLResponse:
    """The page."""
    return _page(at)


@router.post("/users", include_in_schema=False)
def add(
    at: AtDesk, user: Text = "", name: Text = "", role: Roles = None, department: Text = "", administrator: Text = ""
) -> Response:
    """Add a user; the page that answers shows the link for them, once."""
    given = Given(user, name, tuple(role or ()), department, bool(administrator))
    users = _users(at)
    try:
        new = users.add(user, name, given.roles, administrator=given.administrator, department=department)
        path = users.invite(new.id)
    except Problem as problem:
        return _page(at, problem.status, given=given, said=told(problem))
    return _page(at, 201, link=_link(at, path), invited=new)


@router.get("/users/{user}", include_in_schema=False)
def one(at: AtDesk, user: str, done: str = "") -> HTMLResponse:
    """One of them."""
    return _one(at, user, done=_(SAID[done]) if done in SAID else "")


@router.post("/users/{user}", include_in_schema=False)
def change(
    at: AtDesk, user: str, name: Text = "", role: Roles = None, department: Text = "", administrator: Text = ""
) -> Response:
    """Give them another name, other roles or another department."""
    wanted = Change(name, tuple(role or ()), bool(administrator), department.strip())
    try:
        _users(at).change(user, wanted)
    except Problem as problem:
        return _one(at, user, problem.status, said=told(problem))
    return at.go(f"/users/{user}?done=changed")


@router.post("/users/{user}/invite", include_in_schema=False)
def invite(at: AtDesk, user: str) -> Response:
    """Make a link by which they choose a password."""
    users = _users(at)
    try:
        path = users.invite(user)
    except Problem as problem:
        return _one(at, user, problem.status, said=told(problem))
    return _one(at, user, 201, link=_link(at, path))


@router.post("/users/{user}/{act}", include_in_schema=False)
def disable_or_enable(at: AtDesk, user: str, act: str) -> Response:
    """Let them in no more, or again; or end their sessions."""
    users = _users(at)
    acts = {
        "disable": (users.disable, "disabled"),
        "enable": (users.enable, "enabled"),
        "sign-out": (users.sign_out, "signed-out"),
    }
    if act not in acts:
        return _one(at, user, 404)
    does, done = acts[act]
    try:
        does(user)
    except Problem as problem:
        return _one(at, user, problem.status, said=told(problem))
    return at.go(f"/users/{user}?done={done}")


def _users(at: Desk) -> Users:
    at.need(Permission.ADMINISTER)
    return users_of(at.request, me_of(at))


def _link(at: Desk, path: str) -> str:
    return str(at.request.base_url).rstrip("/") + path


def _page(at: Desk, status: int = 200, /, **given: object) -> HTMLResponse:
    shown: dict[str, object] = {
        "users": _users(at).all(),
        "states": STATES,
        "roles": _roles(),
        "given": Given(),
        **dict.fromkeys(("said", "link", "invited"), None),
    }
    return at.page("users.html", status, **{**shown, **given})


def _one(at: Desk, user: str, status: int = 200, /, **given: object) -> HTMLResponse:
    users = _users(at)
    found = users.get(user)
    shown: dict[str, object] = {
        "user": found,
        "states": STATES,
        "roles": _roles(),
        "lines": [(line, _(OCCASIONS[line.what]), detail(line.details)) for line in _log(at, found.id)],
        **dict.fromkeys(("said", "link", "done"), None),
    }
    return at.page("user.html", status, **{**shown, **given})


def _log(at: Desk, user: str) -> list[Line]:
    return access_of(at.request).log(user, limit=LINES)


def _roles() -> list[Role]:
    return [role for role in Role if role not in OF_NO_USER]
