"""The matrix of roles and permissions: as its page says, as HTTP answers, and never against what the domain decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts

import api.person
import policies
from api.commands import PERMISSIONS
from api.identity.access import Access
from api.identity.log import Whence
from api.identity.person import Person
from api.identity.rights import (
    EVERYBODY,
    MEANING,
    RIGHTS,
    SCOPES,
    Permission,
    Scope,
    sight_of,
)
from api.identity.rights_page import PAGE, page
from api.identity.users import Users
from domain import department_stream, policy_commands
from domain.actor import Actor, Role
from domain.commands import COMMANDS, ApproveProposal, AssignCase
from domain.rights import may
from ledger.store import Ledger
from tests.api.identity.conftest import PASSWORD, Add

ADMINISTRATOR = "administrator"


def published() -> dict[str, set[str]]:
    """Permission → roles, as the page's table says it."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    roles = [cell.strip().replace(" ", "_") for cell in lines[0].strip("|").split("|")[1:-1]]
    found = {}
    for line in lines[2 : 2 + len(Permission)]:
        name, *marks = (cell.strip() for cell in line.strip("|").split("|"))
        found[name.strip("`")] = {role for role, mark in zip(roles, marks, strict=False) if mark == "●"}
    return found


def test_the_published_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m api.identity.rights_page"


def test_every_permission_is_explained_and_belongs_to_a_scope() -> None:
    assert set(RIGHTS) == set(MEANING) == set(Permission) == {p for covered in SCOPES.values() for p in covered}
    assert set(SCOPES) == set(Scope)


@pytest.mark.requirement("H-01")
async def test_each_role_is_let_in_where_the_page_says_so_and_nowhere_else(
    app: FastAPI, access: Access, add: Add, users: Users
) -> None:
    secrets: dict[str, str] = {}
    for role in EVERYBODY:
        secrets[role.value] = access.sign_in(add(role).id, PASSWORD, Whence(f"for {role}")).secret
    administrator = users.add("only-administrator", "Root", [], administrator=True, password=PASSWORD)
    secrets[ADMINISTRATOR] = access.sign_in(administrator.id, PASSWORD, Whence("for the administrator")).secret
    expected = published()

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        for name, secret in secrets.items():
            for permission in Permission:
                answer = await client.get(f"/door/{permission}", headers={"Cookie": f"casefold_session={secret}"})
                wanted = 200 if name in expected[permission] else 403
                assert (name, permission, answer.status_code) == (name, permission, wanted)


@pytest.mark.requirement("H-01")
def test_the_matrix_forbids_no_command_that_a_shipped_sheet_allows_and_promises_none_that_the_domain_refuses() -> None:
    for pack in policies.packs():
        for sheet in policies.load(pack.name).values() if pack.kinds else ():
            for command in COMMANDS.values():
                permission = PERMISSIONS.get(command, Permission.WORK_CASE)
                for role in EVERYBODY:
                    allowed = may(command, Actor("somebody", (role,)), sheet) is None
                    if allowed:
                        assert role in RIGHTS[permission], (pack.name, sheet.kind, command.__name__, role)
            for command, permission in ((AssignCase, Permission.ASSIGN), (ApproveProposal, Permission.APPROVE)):
                for one in RIGHTS[permission]:
                    assert may(command, Actor("somebody", (one,)), sheet) is None, (pack.name, command.__name__, one)
    assert Role.AUDITOR not in {role for p in SCOPES[Scope.CASES_WRITE] for role in RIGHTS[p]}


def test_policies_and_departments_are_changed_by_whom_the_domain_says() -> None:
    for command in (policy_commands.SuggestChange, policy_commands.DraftPolicy, policy_commands.DiscussPolicy):
        assert set(policy_commands.MAY[command]) == set(RIGHTS[Permission.CHANGE_POLICIES])
    assert set(department_stream.MAY) == set(RIGHTS[Permission.CHANGE_DEPARTMENTS])


# ── Whose cases ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("H-01")
@pytest.mark.parametrize(
    ("roles", "case", "sees"),
    [
        ([Role.AGENT], {"department": "hotline"}, True),
        ([Role.AGENT], {"department": ""}, True),
        ([Role.AGENT], {"department": "repair"}, False),
        ([Role.AGENT], {"department": "repair", "responsible": "li"}, True),
        ([Role.AGENT], {"department": "repair", "offered_to": "li"}, True),
        ([Role.EXPERT], {"department": ""}, False),
        ([Role.EXPERT], {"department": "repair", "asked": ["li"]}, True),
        ([Role.EXPERT], {"department": "repair", "asked": ["hotline"]}, True),
        ([Role.EXPERT], {"department": "repair", "asked": ["wang"]}, False),
        ([Role.PARTNER], {"department": ""}, False),
        ([Role.AUDITOR], {"department": "repair"}, True),
        ([Role.AGENT, Role.MANAGEMENT], {"department": "repair"}, True),
        ([], {"department": ""}, False),
    ],
)
def test_a_person_sees_the_cases_of_their_department_and_those_they_have_to_do_with(
    roles: list[Role], case: dict[str, Any], sees: bool
) -> None:
    assert sight_of("li", roles, "hotline").sees(**case) is sees


def test_who_belongs_to_no_department_sees_no_department() -> None:
    assert not sight_of("li", [Role.EXPERT], "").sees(department="", asked=[""])


def test_the_condition_for_the_database_says_the_same(access_ledger: Ledger) -> None:
    cases = [
        {"department": department, "responsible": responsible, "offered_to": offered}
        for department in ("", "hotline", "repair")
        for responsible in ("", "li", "wang")
        for offered in ("", "li")
    ]
    for role in EVERYBODY:
        sight = sight_of("li", [role], "hotline")
        text, params = sight.condition
        for case in cases:
            row = "(SELECT %(a)s::text AS department, %(b)s::text AS responsible, %(c)s::text AS offered_to)"
            values = {"a": case["department"], "b": case["responsible"], "c": case["offered_to"]}
            found = access_ledger.query(f"SELECT {text} FROM {row} AS c", {**values, **params})
            assert found == [(sight.sees(**case),)], (role, case)


# ── Routes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

FOR_ANYBODY = frozenset({"/api/v1/openapi.json"})
"""It describes the API, and holds nothing else."""
FOR_EVERYBODY_WHO_IS_SIGNED_IN = re.compile(r"/api/v1/me(/.*)?")


def routes(app: FastAPI) -> Iterator[tuple[str, str, Permission | None]]:
    """Every method and address of the API, and the permission that it asks for."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and str(route.path).startswith("/api/"):
            calls: list[Any] = [dependency.call for dependency in route.dependant.dependencies]
            found = next((call.permission for call in calls if hasattr(call, "permission")), None)
            for method in route.methods or ():
                yield method, str(route.path), found


@pytest.mark.requirement("H-01")
async def test_every_route_asks_for_a_permission_and_lets_nobody_in_without_it(
    app: FastAPI, access: Access, add: Add
) -> None:
    nobody = access.make_token(add(Role.AGENT).id, "nothing of use", ["cases:read"]).secret
    asked = list(routes(app))
    assert len(asked) > 50
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
        for method, path, permission in asked:
            if path in FOR_ANYBODY:
                continue
            address = re.sub(r"{[^}]+}", "1", path)
            unknown = await client.request(method, address)
            assert (method, path, unknown.status_code) == (method, path, 401)
            if permission is None:
                assert FOR_EVERYBODY_WHO_IS_SIGNED_IN.fullmatch(path), f"{method} {path} asks for no permission"
            elif permission not in SCOPES[Scope.CASES_READ]:
                answer = await client.request(method, address, headers={"Authorization": f"Bearer {nobody}"})
                assert (method, path, answer.status_code) == (method, path, 403)
                assert answer.json()["code"] in ("not_permitted", "not_in_scope")


def test_a_person_who_was_not_given_all_permissions_has_none_by_mistake() -> None:
    assert not Person(Actor("li"), permissions=frozenset()).may("see_case")
    assert set(Permission) == api.person.EVERYTHING
