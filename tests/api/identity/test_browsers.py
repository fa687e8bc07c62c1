"""What browsers are told and refused: cookies, forms of other sites, headers, and the way to the sign-in page."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import httpx
import pytest
from fastapi import FastAPI

from api.identity.access import Access
from api.identity.guard import safe_next
from api.identity.log import Occasion, Whence
from api.identity.throttle import OF_A_USER
from api.identity.users import Users
from api.problems import Problem
from domain.actor import OF_NO_USER, Role
from tests.api.identity.conftest import PASSWORD, Add, browsing, sign_in

PAGE = "/door/see_figures"


async def test_a_person_signs_in_looks_at_a_page_and_signs_out(browser: httpx.AsyncClient, add: Add) -> None:
    user = add(Role.LEAD)

    answer = await sign_in(browser, user.id, next=f"{PAGE}?of=today")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}?of=today")
    assert "Li Wei" in (await browser.get(PAGE)).text

    assert (await browser.post("/sign-out")).status_code == 303
    answer = await browser.get(f"{PAGE}?of=today")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fdoor%2Fsee_figures%3Fof%3Dtoday")


async def test_the_page_says_what_is_wrong_and_never_whether_there_is_such_a_user(
    browser: httpx.AsyncClient, add: Add, here: Whence
) -> None:
    nobody = f"nobody-{here.address}"
    somebody = add().id
    wrong = await sign_in(browser, somebody, "not this one")
    unknown = await sign_in(browser, nobody, "not this one")

    assert wrong.status_code == unknown.status_code == 401
    assert f'value="{somebody}"' in wrong.text, "what was typed need not be typed again"
    assert wrong.text.replace(somebody, "…") == unknown.text.replace(nobody, "…")
    assert "the id or the password is wrong" in wrong.text

    for _ in range(OF_A_USER.free + 1):
        slow = await sign_in(browser, nobody, "not this one")
    assert slow.status_code == 429
    assert f"Wait {slow.headers['retry-after']} second" in slow.text


async def test_a_first_link_is_a_page_that_makes_the_first_user(
    browser: httpx.AsyncClient, access: Access, users: Users, here: Whence
) -> None:
    path = users.invite(users.add(f"n-{here.address}", "Zhao Lei").id)

    assert "Welcome, Zhao Lei" in (await browser.get(path)).text
    differ = await browser.post(path, data={"password": PASSWORD, "again": "another"})
    assert "the two passwords differ" in differ.text
    short = await browser.post(path, data={"password": "x", "again": "x"})
    assert (short.status_code, "12 characters or more" in short.text) == (422, True)
    chosen = await browser.post(path, data={"password": PASSWORD, "again": PASSWORD})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
    assert (await browser.get("/api/v1/me")).json()["name"] == "Zhao Lei"

    assert (await browser.get(path)).status_code == 410
    spent = (await browser.get(path)).text
    assert "<h1>This link works no more</h1>" in spent
    assert "used before" in spent
    assert 'href="/">To the worklist<' in spent
    await browser.post("/sign-out")
    assert 'href="/sign-in">Sign in<' in (await browser.get(path)).text
    path = users.invite(f"n-{here.address}")
    assert f'href="/language/zh?next={path}"' in (await browser.get(path)).text


# ── Cookies ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("scheme", "name"), [("http", "casefold_session"), ("https", "__Host-casefold")])
async def test_the_cookie_is_for_this_site_only_and_out_of_reach_of_scripts(
    app: FastAPI, add: Add, here: Whence, scheme: str, name: str
) -> None:
    async with browsing(app, here, scheme) as client:
        cookie = (await sign_in(client, add(Role.LEAD).id)).headers["set-cookie"]
        assert (await client.get(PAGE)).status_code == 200

    assert cookie.startswith(f"{name}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert ("Secure" in cookie.split("; ")) is (scheme == "https")
    assert "Domain" not in cookie


async def test_over_https_a_cookie_without_the_prefix_counts_for_nothing(
    app: FastAPI, access: Access, add: Add, here: Whence
) -> None:
    secret = access.sign_in(add(Role.LEAD).id, PASSWORD, here).secret
    async with browsing(app, here, "https") as client:
        assert (await client.get(PAGE, headers={"Cookie": f"casefold_session={secret}"})).status_code == 303
        assert (await client.get(PAGE, headers={"Cookie": f"__Host-casefold={secret}"})).status_code == 200


# ── Other sites ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://evil.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://desk.example"}, False),  # told to believe it
        ({"Origin": "http://cases.example"}, False),
        ({"Origin": "http://cases.example:80"}, False),
        ({"Origin": "http://cases.example:81"}, True),
        ({"Origin": "http://cases.example.evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Origin": ""}, True),
        ({"Origin": "http://cases.example:port"}, True),
        ({}, True),
    ],
)
async def test_a_form_of_another_site_is_refused(
    app: FastAPI, access: Access, add: Add, here: Whence, headers: dict[str, str], refused: bool
) -> None:
    secret = access.sign_in(add(Role.LEAD).id, PASSWORD, here).secret
    transport = httpx.ASGITransport(app, client=(here.address, 1))
    given = {"Cookie": f"casefold_session={secret}", **headers}
    async with httpx.AsyncClient(transport=transport, base_url="http://cases.example") as client:
        answer = await client.post("/figures", headers=given)
        assert (await client.get(PAGE, headers=given)).status_code == 200  # looking changes nothing

    assert answer.status_code == (403 if refused else 200)
    if refused:
        assert (answer.json()["code"], answer.headers["content-type"]) == ("foreign_origin", "application/problem+json")


async def test_another_site_cannot_sign_a_browser_in_and_a_program_with_a_token_is_no_browser(
    app: FastAPI, access: Access, add: Add, here: Whence
) -> None:
    user = add(Role.LEAD)
    async with browsing(app, here, **{"Sec-Fetch-Site": "cross-site"}) as client:
        assert (await sign_in(client, user.id)).status_code == 403
        token = access.make_token(user.id, "x", ["figures:read"]).secret
        assert (await client.post("/figures", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert access.sessions(user.id) == []


# ── Headers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_every_answer_lets_only_our_own_scripts_run_and_inline_ones_by_its_nonce(
    browser: httpx.AsyncClient, add: Add
) -> None:
    await sign_in(browser, add(Role.LEAD).id)
    seen = set()
    for path in (PAGE, PAGE, "/api/v1/me", "/api/v1/none", "/api/v1/users"):
        answer = await browser.get(path)
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"script-src 'nonce-([\w-]{22})'", policy)
        assert nonce is not None
        seen.add(nonce[1])
        if path == PAGE:
            assert f"nonce={nonce[1]}" in answer.text
        assert "frame-ancestors 'none'" in policy
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in answer.headers
    assert len(seen) == 5


async def test_over_https_browsers_are_told_to_stay_there(app: FastAPI, here: Whence) -> None:
    async with browsing(app, here, "https") as client:
        assert (await client.get("/api/v1/me")).headers["strict-transport-security"] == "max-age=31536000"


# ── The way to the sign-in page ──────────────────────────────────────────────────────────────────────────────────────


async def test_pages_lead_to_the_sign_in_page_and_programs_get_a_problem(browser: httpx.AsyncClient) -> None:
    page = await browser.get(PAGE)
    program = await browser.get("/api/v1/me")
    part = await browser.get(PAGE, headers={"HX-Request": "true", "HX-Current-URL": "http://cases.example/a?b=c"})

    assert (page.status_code, page.headers["location"]) == (303, "/sign-in?next=%2Fdoor%2Fsee_figures")
    assert (program.status_code, program.headers["content-type"]) == (401, "application/problem+json")
    assert "Nobody" in program.json()["title"]
    assert (part.status_code, part.headers["hx-redirect"].startswith("/sign-in?next=")) == (401, True)


async def test_who_may_not_is_told_which_right_is_missing(browser: httpx.AsyncClient, add: Add) -> None:
    await sign_in(browser, add(Role.AGENT).id)

    page = await browser.get(PAGE)
    program = await browser.get("/api/v1/users")
    chinese = await browser.get("/api/v1/users", headers={"Accept-Language": "zh"})

    assert (page.status_code, "“See the figures of all departments”" in page.text) == (403, True)
    assert (program.status_code, program.json()["params"]) == (403, {"permission": "administer"})
    assert chinese.headers["content-language"] == "zh"


@pytest.mark.parametrize(
    ("typed", "next_"),
    [
        ("/cases/C-2026-000001?reveal=yes#x", "/cases/C-2026-000001?reveal=yes#x"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("/sign-in?next=/sign-in", "/"),
    ],
)
def test_after_signing_in_one_stays_here(typed: str, next_: str) -> None:
    assert safe_next(typed) == next_


# ── Looking after users over HTTP ────────────────────────────────────────────────────────────────────────────────────


async def test_an_administrator_adds_invites_changes_and_disables_a_user(
    browser: httpx.AsyncClient, access: Access, add: Add, here: Whence
) -> None:
    root = add(Role.MANAGEMENT, administrator=True)
    await sign_in(browser, root.id)
    new = f"new-{here.address}"

    made = await browser.post("/api/v1/users", json={"id": new, "name": "Zhao Lei", "roles": ["expert"]})
    again = await browser.post("/api/v1/users", json={"id": new, "name": "Zhao Lei"})
    link = await browser.post(f"/api/v1/users/{new}/invite")
    changed = await browser.patch(f"/api/v1/users/{new}", json={"roles": ["lead"], "department": "hotline"})
    disabled = await browser.post(f"/api/v1/users/{new}/disable")
    nobody = await browser.post("/api/v1/users/nobody-x/disable")

    assert (made.status_code, made.json()["state"]) == (201, "invited")
    assert (again.status_code, again.json()["code"]) == (409, "id_taken")
    assert link.json()["path"].startswith("/welcome/")
    assert (changed.json()["roles"], changed.json()["department"]) == (["lead"], "hotline")
    assert disabled.json()["state"] == "disabled"
    assert nobody.status_code == 404
    log = (await browser.get("/api/v1/sign-ins", params={"user": new})).json()
    assert [line["what"] for line in log] == ["user_disabled", "user_changed", "invited", "user_added"]
    assert {line["by"] for line in log} == {root.id}
    assert "Zhao" not in str(log)


async def test_somebody_makes_and_revokes_a_token_and_ends_another_session(
    browser: httpx.AsyncClient, access: Access, add: Add, here: Whence
) -> None:
    user = add(Role.LEAD)
    access.sign_in(user.id, PASSWORD, Whence("elsewhere"))
    await sign_in(browser, user.id)

    made = (await browser.post("/api/v1/me/tokens", json={"label": "x", "scopes": ["cases:read"]})).json()
    assert access.of_token(made["secret"], here).id == user.id
    assert "secret" not in (await browser.get("/api/v1/me/tokens")).json()[0]
    assert (await browser.delete(f"/api/v1/me/tokens/{made['number']}")).status_code == 204

    password = {"before": PASSWORD, "after": "another good long one"}
    wrong = await browser.post("/api/v1/me/password", json={**password, "before": "x"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "password_wrong")
    assert (await browser.post("/api/v1/me/password", json={**password, "after": "short"})).status_code == 422

    sessions = (await browser.get("/api/v1/me/sessions")).json()
    assert [(one["address"], one["this"]) for one in sessions] == [(here.address, True), ("elsewhere", False)]
    assert (await browser.delete(f"/api/v1/me/sessions/{sessions[1]['number']}")).status_code == 204
    assert len(access.sessions(user.id)) == 1
    assert (await browser.delete("/api/v1/me/session")).status_code == 204
    assert access.sessions(user.id) == []
    what = [line.what for line in access.log(user.id)][:4]
    assert what == [Occasion.SIGNED_OUT, Occasion.SIGNED_OUT, Occasion.SIGN_IN_FAILED, Occasion.TOKEN_REVOKED]


@pytest.mark.parametrize("odd", ["\0", "\ud800", "李\0", "' OR true --", "x" * 99])
async def test_what_has_no_place_in_a_database_is_refused_like_anything_else(
    browser: httpx.AsyncClient, access: Access, add: Add, here: Whence, odd: str
) -> None:
    with pytest.raises(Problem, match="sign_in_failed"):
        access.sign_in(odd, odd, here)
    await sign_in(browser, add(Role.AUDITOR, administrator=True).id)
    in_path = quote(odd, errors="surrogatepass", safe="")

    made = await browser.post("/api/v1/users", content=json.dumps({"id": f"a{here.address}", "name": odd}))
    department = {"id": f"b{here.address}", "name": "x", "department": odd}
    placed = await browser.post("/api/v1/users", content=json.dumps(department))
    token = {"label": odd, "scopes": ["cases:read"], "days": 1}
    answers = [
        await browser.get(f"/api/v1/users/{in_path}"),
        await browser.get(f"/api/v1/sign-ins?user={in_path}"),
        await browser.post("/api/v1/me/tokens", content=json.dumps(token)),
        await browser.post("/api/v1/users", content=json.dumps({"id": odd, "name": "x"})),
    ]

    assert {answer.status_code for answer in (made, placed, *answers)} <= {200, 201, 404, 422}
    assert access.log(odd) == []


# ── Pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_my_account_is_a_page_with_sessions_password_and_tokens(
    browser: httpx.AsyncClient, access: Access, add: Add, here: Whence
) -> None:
    user = add(Role.LEAD)
    access.sign_in(user.id, PASSWORD, Whence("elsewhere"))
    await sign_in(browser, user.id)
    assert "elsewhere" in (await browser.get("/account")).text

    made = await browser.post("/account/tokens", data={"label": "export", "scope": ["cases:read"], "days": "30"})
    secret = re.search(r"cfs_[\w-]{43}", made.text)
    assert secret is not None
    assert access.of_token(secret[0], here).id == user.id
    assert secret[0] not in (await browser.get("/account")).text
    number = str(access.tokens(user.id)[0].number)
    assert (await browser.post("/account/tokens/revoke", data={"number": number})).status_code == 303
    nothing = await browser.post("/account/tokens", data={"label": "export"})
    assert (nothing.status_code, "a token needs a scope" in nothing.text) == (422, True)

    assert (await browser.post("/account/unmasked", data={"show": "yes"})).status_code == 303
    assert 'class="unmasked"' in (await browser.get("/account")).text

    new = {"after": "another good long one", "again": "another good long one"}
    wrong = await browser.post("/account/password", data={"before": "not the one I have", **new})
    assert (wrong.status_code, "is another one" in wrong.text) == (403, True)
    assert len(access.sessions(user.id)) == 2
    assert (await browser.post("/account/password", data={"before": PASSWORD, **new})).status_code == 303
    assert len(access.sessions(user.id)) == 1
    assert (await sign_in(browser, user.id, "another good long one")).status_code == 303
    assert 'class="unmasked"' not in (await browser.get("/account")).text, "it was for the session before"


async def test_an_administrator_without_a_role_looks_after_users_on_pages_and_sees_no_case(
    browser: httpx.AsyncClient, users: Users, access: Access, here: Whence
) -> None:
    root = users.add(f"r-{here.address}", "Root", [], administrator=True, password=PASSWORD)
    assert (await sign_in(browser, root.id)).headers["location"] == "/users"
    new = f"p-{here.address}"

    added = await browser.post("/users", data={"user": new, "name": "Zhao Lei", "role": ["expert"]})
    link = re.search(r"http://cases\.example(/welcome/[\w-]{43})", added.text)
    assert link is not None
    assert access.look_at_link(link[1].removeprefix("/welcome/")).account == users.get(new)
    taken = await browser.post("/users", data={"user": new, "name": "Zhao Lei"})
    assert (taken.status_code, "Choose another id" in taken.text) == (409, True)

    given = {"name": "Zhao Lei", "role": ["lead", "inspector"], "department": "hotline", "administrator": "yes"}
    assert (await browser.post(f"/users/{new}", data=given)).status_code == 303
    assert users.get(new).roles == (Role.LEAD, Role.INSPECTOR)
    page = (await browser.get(f"/users/{new}?done=changed")).text
    assert "was given other rights" in page
    assert (await browser.post(f"/users/{new}/disable")).status_code == 303
    assert users.get(new).state == "disabled"
    assert (await browser.post(f"/users/{new}/explode")).status_code == 404
    nobody = await browser.get("/users/nobody-here")
    assert (nobody.status_code, 'href="/users">Users<' in nobody.text) == (404, True), "and leads to what they may see"
    assert (await browser.get("/door/see_case")).status_code == 403


async def test_nobody_else_looks_after_users_on_pages(browser: httpx.AsyncClient, add: Add) -> None:
    await sign_in(browser, add(*(role for role in Role if role not in OF_NO_USER)).id)

    assert (await browser.get("/users")).status_code == 403
    assert (await browser.post("/users", data={"user": "eve", "name": "Eve"})).status_code == 403
    assert (await browser.post("/users/root/disable")).status_code == 403
