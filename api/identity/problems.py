"""Everything that can be wrong with coming in: one sentence each, with what was saved and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from math import ceil

from api.problems import Problem
from api.words import N_

TITLES = {
    401: N_("Nobody is signed in."),
    403: N_("This is not for you."),
    404: N_("There is no such thing here."),
    409: N_("The command was refused."),
    410: N_("This link does not work any more."),
    422: N_("It was not asked as it must be."),
    429: N_("Not so fast."),
}

PROBLEMS: Mapping[str, tuple[int, str]] = {
    # signing in
    "not_signed_in": (
        401,
        N_("Nothing was done: you are not signed in, or your session has ended. Sign in, then ask again."),
    ),
    "sign_in_failed": (401, N_("Nobody was signed in: the id or the password is wrong. Try again.")),
    "too_many_attempts": (
        429,
        N_("Nothing was done: there were too many attempts. Wait {seconds} seconds, then try again."),
    ),
    "token_not_valid": (
        401,
        N_("Nothing was done: the token is unknown, has expired or was revoked. Use another one."),
    ),
    "foreign_origin": (
        403,
        N_("Nothing was done: the request came from a page of another site. Open the page here, and repeat it there."),
    ),
    "link_spent": (
        410,
        N_("Nothing was done: the link was used before, is too old, or never was one. Ask for a new one."),
    ),
    "provider_failed": (
        401,
        N_("Nobody was signed in: the identity provider did not vouch for you ({reason}). Try again."),
    ),
    "provider_stranger": (
        403,
        N_("Nobody was signed in: the identity provider knows you, but gives you no role here. Ask its administrator."),
    ),
    "no_provider": (404, N_("Nobody was signed in: there is no identity provider here. Use your password.")),
    "state_lost": (
        401,
        N_("Nobody was signed in: this sign-in was begun in another browser, or too long ago. Begin again."),
    ),
    # rights
    "not_permitted": (
        403,
        N_("Nothing was done: none of your roles has the right {permission}. Ask who looks after users."),
    ),
    "not_in_scope": (
        403,
        N_("Nothing was done: the token's scopes do not cover the right {permission}. Make a token with {scopes}."),
    ),
    "not_by_token": (403, N_("Nothing was done: this needs a person who is signed in; a token cannot do it.")),
    # users
    "unknown_user": (404, N_("Nothing was done: there is no user {id}.")),
    "id_taken": (409, N_("Nothing was saved: there is a user {id}, or there was one. Choose another id.")),
    "id_wrong": (
        422,
        N_("Nothing was saved: an id has 2 to 40 small letters, digits, dots, hyphens and underscores, as in li.wei."),
    ),
    "id_reserved": (422, N_("Nothing was saved: {id} is a name of the program's own. Choose another id.")),
    "name_wrong": (422, N_("Nothing was saved: a name has 1 to 100 characters.")),
    "department_wrong": (
        422,
        N_("Nothing was saved: the name of a department has no spaces and no @, and 60 characters at most."),
    ),
    "language_wrong": (422, N_("Nothing was saved: the languages are {languages}.")),
    "role_of_program": (
        422,
        N_("Nothing was saved: no user has the role system or customer; they are not of people who work here."),
    ),
    "last_administrator": (
        409,
        N_("Nothing was saved: {id} is the last administrator. Make somebody else an administrator first."),
    ),
    "user_disabled": (409, N_("Nothing was saved: {id} is disabled. Enable the user first.")),
    # passwords
    "password_short": (422, N_("Nothing was saved: a password has {least} characters or more.")),
    "password_long": (422, N_("Nothing was saved: a password has {most} characters at most.")),
    "password_guessable": (
        422,
        N_("Nothing was saved: this password is among the first that are guessed. Choose several words."),
    ),
    "password_wrong": (403, N_("Nothing was saved: the password that you have now is another one.")),
    # tokens
    "unknown_token": (404, N_("Nothing was done: there is no token {number}, or it is not yours.")),
    "unknown_session": (404, N_("Nothing was done: there is no session {number}, or it has ended.")),
    "scopes_missing": (422, N_("Nothing was saved: a token needs a scope. Scopes are: {scopes}.")),
    "scope_unknown": (422, N_("Nothing was saved: {scope} is no scope. Scopes are: {scopes}.")),
    "scope_beyond": (
        403,
        N_("Nothing was saved: the roles of {id} do not cover {scopes}, so a token cannot either."),
    ),
    "label_wrong": (422, N_("Nothing was saved: say in 1 to 100 characters what the token is for.")),
    "days_wrong": (422, N_("Nothing was saved: a token is valid for 1 to {most} days.")),
}
"""Code → HTTP status and sentence. No sentence names anything that was typed, other than ids, roles and scopes."""


def problem(code: str, **params: str | int) -> Problem:
    """What to raise."""
    status, sentence = PROBLEMS[code]
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Problem(status, code, TITLES[status], sentence, params, headers=headers)


def too_many_attempts(wait: timedelta) -> Problem:
    """Whoever tries must wait so long."""
    found = problem("too_many_attempts", seconds=max(1, ceil(wait.total_seconds())))
    found.headers["Retry-After"] = str(found.params["seconds"])
    return found
