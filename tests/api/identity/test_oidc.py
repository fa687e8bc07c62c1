"""Signing in with an identity provider, against a real one over HTTP: who comes in, in what roles, and who does not."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import RSAKey

from api.identity.access import Access
from api.identity.accounts import Account
from api.identity.local import local_identity
from api.identity.log import Occasion, Whence
from api.identity.oidc import SignInWithProvider
from api.identity.provider import Provider, ProviderMistake, provider_of
from api.identity.users import Users
from domain.actor import Role
from ledger.store import Ledger
from tests.api.identity.conftest import browsing
from tests.api.identity.provider import CLIENT, SECRET, TestProvider, running

LI = {"sub": "0815", "name": "Li Wei", "groups": ["support", "canteen"], "team": "hotline"}
SETTINGS = {
    "CASEFOLD_OIDC_CLIENT_ID": CLIENT,
    "CASEFOLD_OIDC_CLIENT_SECRET": SECRET,
    "CASEFOLD_OIDC_ROLES": '{"support": ["agent"], "heads": ["lead", "management"], "it": ["administrator"]}',
    "CASEFOLD_OIDC_DEPARTMENT_CLAIM": "team",
    "CASEFOLD_OIDC_NAME": "Example SSO",
}


@pytest.fixture(scope="module")
def one_provider() -> Iterator[TestProvider]:
    """One provider for all tests."""
    with running() as found:
        yield found


@pytest.fixture
def provider(one_provider: TestProvider, here: Whence) -> TestProvider:
    """The same, as new; its users are this test's own."""
    one_provider.client.redirect_uri = "http://cases.example/sign-in/provider/back"
    one_provider.user = {**LI, "sub": f"sub-{here.address}"}
    one_provider.claims, one_provider.forged = {}, None
    one_provider.codes.clear()
    return one_provider


@pytest.fixture
def settings(provider: TestProvider) -> Provider:
    """What the environment says."""
    found = provider_of({**SETTINGS, "CASEFOLD_OIDC_ISSUER": provider.address})
    assert found is not None
    return found


@pytest.fixture
async def browser(
    app: FastAPI, access: Access, settings: Provider, here: Whence, anyio_backend: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser, at a server with this provider."""
    app.state.parts.identity.provider = SignInWithProvider(settings, access)
    async with browsing(app, here) as client:
        yield client
    app.state.parts.identity.provider = None


async def through(browser: httpx.AsyncClient, **changed: str) -> httpx.Response:
    """Go to the provider and come back; ``changed`` is what the way back looks like otherwise."""
    there = await browser.get("/sign-in/provider?next=/cases")
    assert there.status_code == 303
    async with httpx.AsyncClient() as outside:
        back = await outside.get(there.headers["location"])
    assert back.status_code == 302, back.text
    query = {name: values[0] for name, values in parse_qs(urlsplit(back.headers["location"]).query).items()}
    return await browser.get("/sign-in/provider/back", params={**query, **changed})


def account_of(users: Users, provider: TestProvider) -> Account:
    """The user that the provider vouches for."""
    return next(account for account in users.all() if account.subject == provider.user["sub"])


async def test_somebody_comes_in_with_the_roles_of_their_groups(
    browser: httpx.AsyncClient, provider: TestProvider, users: Users, access: Access
) -> None:
    answer = await through(browser)

    assert (answer.status_code, answer.headers["location"]) == (303, "/cases")
    me = (await browser.get("/api/v1/me")).json()
    assert (me["name"], me["roles"], me["department"], me["administrator"]) == ("Li Wei", ["agent"], "hotline", False)
    assert me["id"].startswith("u-")
    assert "Li" not in me["id"]
    lines = access.log(me["id"])
    assert [line.what for line in lines] == [Occasion.SIGNED_IN, Occasion.USER_ADDED]


async def test_roles_follow_the_groups_at_each_sign_in(
    browser: httpx.AsyncClient, provider: TestProvider, users: Users, access: Access
) -> None:
    await through(browser)
    provider.user |= {"groups": ["heads", "it"], "name": "Li Wei-Chen"}

    await through(browser)

    account = account_of(users, provider)
    assert (account.roles, account.administrator) == ((Role.LEAD, Role.MANAGEMENT), True)
    assert account.name == "Li Wei-Chen"
    assert Occasion.USER_CHANGED in {line.what for line in access.log(account.id)}


async def test_whoever_has_no_role_here_or_is_disabled_does_not_come_in(
    browser: httpx.AsyncClient, provider: TestProvider, users: Users
) -> None:
    groups = provider.user.pop("groups")
    stranger = await through(browser)
    assert (stranger.status_code, "gives you no role" in stranger.text) == (403, True)

    provider.user["groups"] = groups
    await through(browser)
    users.disable(account_of(users, provider).id)

    assert (await through(browser)).status_code == 401
    assert (await browser.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "of another sign-in"},
        {"aud": ["another program"]},
        {"iss": "https://another.example"},
        {"exp": 1},
        {"azp": "another program"},
        {"at_hash": "of another token"},
    ],
)
async def test_a_token_that_is_not_for_this_sign_in_is_refused(
    browser: httpx.AsyncClient, provider: TestProvider, claims: dict[str, Any]
) -> None:
    provider.claims = claims

    answer = await through(browser)

    assert answer.status_code == 401
    assert re.search(r"did not vouch for you \((invalid_claim|expired_token|missing_claim)\)", answer.text)
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_a_token_that_somebody_else_has_signed_is_refused_and_a_new_key_is_fetched(
    browser: httpx.AsyncClient, provider: TestProvider
) -> None:
    before = provider.key
    provider.forged = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    await through(browser)
    assert (await browser.get("/api/v1/me")).status_code == 401

    provider.forged, provider.key = None, RSAKey.generate_key(2048, {"kid": "two"}, private=True)
    await through(browser)
    assert (await browser.get("/api/v1/me")).status_code == 200
    provider.key = before


async def test_only_the_browser_that_went_can_come_back_and_only_once(
    browser: httpx.AsyncClient, app: FastAPI, provider: TestProvider, here: Whence
) -> None:
    await through(browser, state="of another browser")
    assert (await browser.get("/api/v1/me")).status_code == 401

    there = await browser.get("/sign-in/provider")
    async with httpx.AsyncClient() as outside:
        back = (await outside.get(there.headers["location"])).headers["location"]
    async with browsing(app, here) as another:
        await another.get(back)
        assert (await another.get("/api/v1/me")).status_code == 401
    await browser.get(back)
    assert (await browser.get("/api/v1/me")).status_code == 200
    await browser.post("/sign-out")
    await browser.get(back)
    assert (await browser.get("/api/v1/me")).status_code == 401


async def test_the_sign_in_page_offers_the_way_there(browser: httpx.AsyncClient) -> None:
    page = (await browser.get("/sign-in?next=/cases")).text

    assert "Sign in with Example SSO" in page
    assert 'href="/sign-in/provider?next=/cases"' in page


async def test_without_a_provider_there_is_no_such_way(app: FastAPI, here: Whence) -> None:
    async with browsing(app, here) as client:
        assert (await client.get("/sign-in/provider")).status_code == 404
    assert provider_of({}) is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"CASEFOLD_OIDC_ISSUER": "http://id.example.com"}, "https"),
        ({"CASEFOLD_OIDC_CLIENT_ID": ""}, "CASEFOLD_OIDC_CLIENT_ID is missing"),
        ({"CASEFOLD_OIDC_ROLES": "support=agent"}, "as JSON"),
        ({"CASEFOLD_OIDC_ROLES": '{"it": ["system"]}'}, "'system', which is none"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ProviderMistake, match=said):
        provider_of({**SETTINGS, "CASEFOLD_OIDC_ISSUER": "https://id.example.com", **wrong})


def test_without_the_extra_it_is_said_what_to_install(access_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {**SETTINGS, "CASEFOLD_OIDC_ISSUER": "https://id.example.com"}
    assert local_identity(access_ledger, environment).provider is not None
    assert local_identity(access_ledger, {}).provider is None
    monkeypatch.delitem(sys.modules, "api.identity.oidc")
    for name in [name for name in sys.modules if name.split(".")[0] == "authlib"]:
        monkeypatch.setitem(sys.modules, name, None)

    with pytest.raises(ProviderMistake, match=r"authlib is not installed: pip install 'casefold\[oidc\]'"):
        local_identity(access_ledger, environment)
