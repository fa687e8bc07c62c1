"""Routes for programs and pages: who am I, my sessions and tokens; users, for who looks after them; the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.routing import APIRoute

from api.description import problems
from api.identity import models as m
from api.identity.access import Access
from api.identity.cookies import clear_session, secret_of
from api.identity.guard import in_person, needs, signed_in
from api.identity.local import LocalIdentity, whence_of
from api.identity.person import Person
from api.identity.problems import problem
from api.identity.rights import Permission
from api.identity.users import Change, Users
from api.parts import parts_of
from api.plain import json_answer

if TYPE_CHECKING:  # needs the extra oidc
    from api.identity.oidc import SignInWithProvider

Somebody = Annotated[Person, Depends(signed_in)]
InPerson = Annotated[Person, Depends(in_person)]
Administrator = Annotated[Person, needs(Permission.ADMINISTER)]
Auditor = Annotated[Person, needs(Permission.AUDIT)]
UserId = Annotated[str, Path(description="Id of the user.", max_length=100, examples=["li"])]
Number = Annotated[int, Path(ge=1, le=2**53 - 1, examples=[1])]

READING: Any = problems(401, 403, 404, 422, 500, 503)
SLOWED: Any = problems(429)
CHANGING: Any = problems(401, 403, 404, 409, 422, 500, 503)


def _name(route: APIRoute) -> str:
    """The operation is called like its function."""
    return route.name


me = APIRouter(tags=["me"], responses=READING, generate_unique_id_function=_name)
users = APIRouter(prefix="/users", tags=["users"], responses=CHANGING, generate_unique_id_function=_name)
sign_ins = APIRouter(tags=["users"], responses=READING, generate_unique_id_function=_name)


def router() -> APIRouter:
    """All of them, for `api.app.create_app`."""
    found = APIRouter()
    for part in (me, users, sign_ins):
        found.include_router(part)
    return found


def access_of(request: Request) -> Access:
    """The users of the application that a request came to."""
    identity = parts_of(request).identity
    assert isinstance(identity, LocalIdentity)
    return identity.access


def provider_of(request: Request) -> SignInWithProvider:
    """The identity provider that people may sign in with. Raises a problem when there is none."""
    identity = parts_of(request).identity
    found = identity.provider if isinstance(identity, LocalIdentity) else None
    if found is None:
        raise problem("no_provider")
    return found


def users_of(request: Request, person: Person) -> Users:
    """The same for who looks after them."""
    return Users(access_of(request), person.id, whence_of(request))


# ── Me ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


@me.get("/me", response_model=m.MeOut)
def who_am_i(asks: Somebody) -> Response:
    """Who asks, and what they may."""
    return json_answer(m.of_person(asks))


@me.get("/me/sessions", response_model=list[m.SessionOut])
def my_sessions(request: Request, asks: InPerson) -> Response:
    """The browsers in which you are signed in."""
    found = access_of(request).sessions(asks.id)
    return json_answer([m.of_session(session, asks.number) for session in found])


@me.delete("/me/sessions/{number}", status_code=204)
def end_my_session(request: Request, asks: InPerson, number: Number) -> Response:
    """Sign out in one of them."""
    access_of(request).end_session(asks.id, number, whence_of(request))
    return Response(status_code=204)


@me.delete("/me/session", status_code=204)
def sign_out(request: Request, asks: InPerson) -> Response:
    """Sign out here."""
    access_of(request).sign_out(secret_of(request), whence_of(request))
    answer = Response(status_code=204)
    clear_session(answer, request)
    return answer


@me.post("/me/password", status_code=204, responses=SLOWED)
def change_my_password(request: Request, asks: InPerson, body: m.PasswordIn) -> Response:
    """Choose another password, which ends your other sessions."""
    access, secret = access_of(request), secret_of(request)
    access.change_password(asks.id, body.before, body.after, whence_of(request), secret=secret)
    return Response(status_code=204)


@me.get("/me/tokens", response_model=list[m.TokenOut])
def my_tokens(request: Request, asks: Somebody) -> Response:
    """Your tokens, revoked ones too."""
    return json_answer([m.of_token(token) for token in access_of(request).tokens(asks.id)])


@me.post("/me/tokens", status_code=201, response_model=m.NewTokenOut)
def make_my_token(request: Request, asks: InPerson, body: m.TokenIn) -> Response:
    """Make a token. Its secret is in this answer and nowhere else."""
    made = access_of(request).make_token(asks.id, body.label, body.scopes, whence_of(request), days=body.days)
    return json_answer({**m.of_token(made.token), "secret": made.secret}, 201)


@me.delete("/me/tokens/{number}", status_code=204)
def revoke_my_token(request: Request, asks: Somebody, number: Number) -> Response:
    """From now on the token does not count; a token may do this to itself."""
    access_of(request).revoke_token(number, whence_of(request), account=asks.id)
    return Response(status_code=204)


# ── Users ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@users.get("", response_model=list[m.UserOut])
def all_users(request: Request, asks: Administrator) -> Response:
    """Every user, disabled ones too."""
    return json_answer([m.of_account(account) for account in users_of(request, asks).all()])


@users.post("", status_code=201, response_model=m.UserOut)
def add_user(request: Request, asks: Administrator, body: m.UserIn) -> Response:
    """Add a user, who has yet to be invited."""
    given = body.model_dump(exclude={"id"})
    return json_answer(m.of_account(users_of(request, asks).add(body.id, **given)), 201)


@users.get("/{user}", response_model=m.UserOut)
def one_user(request: Request, asks: Administrator, user: UserId) -> Response:
    """One of them."""
    return json_answer(m.of_account(users_of(request, asks).get(user)))


@users.patch("/{user}", response_model=m.UserOut)
def change_user(request: Request, asks: Administrator, user: UserId, body: m.UserChange) -> Response:
    """Give a user another name, other roles, another department or language: from their next request on."""
    given = body.model_dump()
    roles = None if body.roles is None else tuple(body.roles)
    return json_answer(m.of_account(users_of(request, asks).change(user, Change(**{**given, "roles": roles}))))


@users.post("/{user}/invite", status_code=201, response_model=m.LinkOut)
def invite_user(request: Request, asks: Administrator, user: UserId) -> Response:
    """Make a link by which the user chooses a password, the first or a new one."""
    return json_answer({"path": users_of(request, asks).invite(user)}, 201)


@users.post("/{user}/disable", response_model=m.UserOut)
def disable_user(request: Request, asks: Administrator, user: UserId) -> Response:
    """Sessions end at once, tokens are revoked, links stop working."""
    return json_answer(m.of_account(users_of(request, asks).disable(user)))


@users.post("/{user}/enable", response_model=m.UserOut)
def enable_user(request: Request, asks: Administrator, user: UserId) -> Response:
    """The user may sign in again; tokens stay revoked."""
    return json_answer(m.of_account(users_of(request, asks).enable(user)))


@users.post("/{user}/sign-out", status_code=204)
def sign_user_out(request: Request, asks: Administrator, user: UserId) -> Response:
    """End all sessions of a user."""
    users_of(request, asks).sign_out(user)
    return Response(status_code=204)


@sign_ins.get("/sign-ins", response_model=list[m.LineOut])
def list_sign_ins(
    request: Request,
    asks: Auditor,
    user: Annotated[str | None, Query(max_length=100, description="Only about this user.")] = None,
    before: Annotated[int | None, Query(ge=1, le=2**53 - 1, description="Only lines before this number.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Response:
    """Sign-ins, failed attempts, use of tokens and changes of rights; the newest first."""
    found = access_of(request).log(user, limit=limit, before=before)
    return json_answer([m.of_line(line) for line in found])
