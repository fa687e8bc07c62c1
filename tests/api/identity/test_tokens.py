"""Tokens of programs: shown once, limited to scopes and to their owner's rights, with an end."""

from __future__ import annotations

import httpx
import pytest

from api.identity.access import Access
from api.identity.log import Occasion, Whence
from api.identity.rights import Permission, Scope
from api.identity.users import Change, Users
from api.problems import Problem
from domain.actor import Role
from tests.api.identity.conftest import Add, Clock


def code_of(attempt: object) -> str:
    """What becomes of an attempt."""
    with pytest.raises(Problem) as caught:
        attempt()  # type: ignore[operator]
    return caught.value.code


def test_a_token_works_in_its_owners_name_within_its_scopes(access: Access, add: Add, here: Whence) -> None:
    owner = add(Role.AGENT, department="hotline")

    made = access.make_token(owner.id, "nightly export", ["cases:read", "personal:read"])

    person = access.of_token(made.secret, here)
    assert person.actor == owner.actor
    assert person.scopes == {Scope.CASES_READ, Scope.PERSONAL_READ}
    assert person.permissions == {Permission.SEE_WORKLIST, Permission.SEE_CASE, Permission.SEE_PERSONAL}
    assert person.lacks("work_case").code == "not_in_scope"
    assert person.lacks("audit").code == "not_permitted"


def test_a_token_never_allows_more_than_its_owner_may_at_the_moment(
    access: Access, add: Add, users: Users, here: Whence
) -> None:
    owner = add(Role.LEAD)
    assert code_of(lambda: access.make_token(owner.id, "x", ["audit:read"])) == "scope_beyond"
    secret = access.make_token(owner.id, "x", ["cases:read", "cases:write"]).secret

    users.change(owner.id, Change(roles=(Role.AUDITOR,)))

    person = access.of_token(secret, here)
    assert person.may("see_case")
    assert not person.may("work_case")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"scopes": []}, "scopes_missing"),
        ({"scopes": ["cases:delete"]}, "scope_unknown"),
        ({"label": "  "}, "label_wrong"),
        ({"days": 0}, "days_wrong"),
        ({"days": 1000}, "days_wrong"),
    ],
)
def test_what_a_token_cannot_be_is_said(access: Access, add: Add, given: dict[str, object], code: str) -> None:
    asked = {"label": "x", "scopes": ["cases:read"], **given}
    assert code_of(lambda: access.make_token(add().id, **asked)) == code  # type: ignore[arg-type]


def test_a_token_ends_by_itself_or_is_revoked(access: Access, add: Add, here: Whence, clock: Clock) -> None:
    owner, other = add(), add()
    short, long = (access.make_token(owner.id, "x", ["cases:read"], days=days) for days in (1, 30))

    clock.passes(days=1)
    assert code_of(lambda: access.of_token(short.secret, here)) == "token_not_valid"
    access.of_token(long.secret, here)

    assert code_of(lambda: access.revoke_token(long.token.number, here, account=other.id)) == "unknown_token"
    access.revoke_token(long.token.number, here, account=owner.id)
    assert code_of(lambda: access.of_token(long.secret, here)) == "token_not_valid"
    for guess in ("", "cfs_", "cfs_" + "x" * 43, long.secret[:-1], long.secret.removeprefix("cfs_")):
        assert code_of(lambda guess=guess: access.of_token(guess, here)) == "token_not_valid"


def test_the_last_use_is_known_to_the_minute_and_the_log_has_a_line_for_each_hour(
    access: Access, add: Add, here: Whence, clock: Clock
) -> None:
    owner = add()
    made = access.make_token(owner.id, "x", ["cases:read"])
    clock.now = clock.now.replace(minute=10, second=0, microsecond=0)
    for minutes in (0, 0, 1, 30, 30):
        clock.passes(minutes=minutes)
        access.of_token(made.secret, here)
        access.of_token(made.secret, here)

    (token,) = access.tokens(owner.id)
    assert token.used_at == clock.now
    uses = [line for line in access.log(owner.id) if line.what is Occasion.TOKEN_USED]
    assert [line.details["token"] for line in uses] == [made.token.number] * 2


def test_a_flood_of_wrong_tokens_is_one_line_of_the_log(access: Access, here: Whence) -> None:
    for _ in range(5):
        assert code_of(lambda: access.of_token("cfs_wrong", here)) == "token_not_valid"

    lines = [line for line in access.log(limit=20) if line.address == here.address]
    assert [line.what for line in lines] == [Occasion.TOKEN_REFUSED]


async def test_a_request_with_a_token_is_never_answered_by_the_cookie_beside_it(
    access: Access, add: Add, here: Whence, browser: httpx.AsyncClient
) -> None:
    from tests.api.identity.conftest import sign_in

    await sign_in(browser, add(Role.LEAD).id)
    assert (await browser.get("/api/v1/me")).json()["via"] == "session"

    for wrong in ("Bearer cfs_wrong", "Basic bGk6eA==", "Bearer"):
        answer = await browser.get("/api/v1/me", headers={"Authorization": wrong})
        assert (answer.status_code, answer.json()["code"]) == (401, "token_not_valid")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_token_makes_no_tokens_and_is_told_which_scope_it_lacks(
    access: Access, add: Add, browser: httpx.AsyncClient
) -> None:
    owner = add(Role.LEAD, administrator=True)
    secret = access.make_token(owner.id, "x", ["cases:read"]).secret
    headers = {"Authorization": f"Bearer {secret}"}

    made = await browser.post("/api/v1/me/tokens", json={"label": "y", "scopes": ["cases:read"]}, headers=headers)
    listed = await browser.get("/api/v1/users", headers=headers)

    assert (made.status_code, made.json()["code"]) == (403, "not_by_token")
    assert (listed.status_code, listed.json()["code"]) == (403, "not_in_scope")
    assert "users:write" in listed.json()["detail"]
