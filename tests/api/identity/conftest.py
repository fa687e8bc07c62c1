"""Users on a real PostgreSQL, with a clock that tests move, and the application as browsers and programs meet it."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Annotated

import httpx
import pytest
from argon2 import PasswordHasher
from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse

from api.app import create_app
from api.house import House
from api.identity.access import Access
from api.identity.accounts import Account
from api.identity.guard import needs
from api.identity.local import LocalIdentity
from api.identity.log import Whence
from api.identity.passwords import Passwords
from api.identity.person import Person
from api.identity.protect import protect
from api.identity.rights import Permission
from api.identity.routes import router
from api.identity.users import Users
from console.spoken import Spoken
from console.web.account import router as account
from console.web.entry import router as entry
from console.web.people import router as people
from console.web.problems import Page
from console.web.sign_in import router as sign_in_page
from console.web.unmasked import router as unmasked
from domain.actor import Role
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.views import Views
from tests.conftest import TEMPLATE
from worker.stack.postgres import APPLICATION_LOGIN, PostgresServer

PASSWORD = "correct horse battery staple"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashes for tests: they cost a thousandth of real ones."""
MATTER_KEY = b"a key that only these tests use, long enough"

_numbers = itertools.count(1)


@dataclass
class Clock:
    """The time, which stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **span: float) -> None:
        """Let so much time pass."""
        self.now += timedelta(**span)


@pytest.fixture(scope="session")
def access_ledger(postgres: PostgresServer) -> Iterator[Ledger]:
    """One ledger for all tests of this folder: each makes users of its own."""
    name = f"access_{os.getpid()}"
    postgres.create_database(name, template=TEMPLATE)
    with Ledger(postgres.url(APPLICATION_LOGIN, name), patience=2) as ledger:
        yield ledger
    postgres.drop_database(name)


@pytest.fixture
def clock() -> Clock:
    """The time of this test."""
    return Clock()


@pytest.fixture
def access(access_ledger: Ledger, clock: Clock) -> Access:
    """Coming in and going out, at this test's time."""
    return Access(access_ledger, clock=clock, passwords=Passwords(CHEAP))


@pytest.fixture
def here() -> Whence:
    """An address of this test's own."""
    number = next(_numbers)
    return Whence(f"10.0.{number // 250}.{number % 250 + 1}", "a browser")


@pytest.fixture
def users(access: Access, here: Whence) -> Users:
    """Users as administrator ``root`` looks after them."""
    return Users(access, "root", here)


@pytest.fixture
def empty(database_url: str, clock: Clock) -> Iterator[Access]:
    """A ledger without any user."""
    with Ledger(database_url) as ledger:
        yield Access(ledger, clock=clock, passwords=Passwords(CHEAP))


Add = Callable[..., Account]


@pytest.fixture
def add(users: Users) -> Add:
    """``add(Role.LEAD, department="hotline")`` makes a user with an id of their own, who can sign in."""

    def made(*roles: Role, password: str = PASSWORD, **more: object) -> Account:
        given: dict[str, object] = {"name": "Li Wei", **more}
        return users.add(f"u{next(_numbers)}", roles=roles or (Role.AGENT,), password=password, **given)  # type: ignore[arg-type]

    return made


@pytest.fixture(scope="session")
def one_app(access_ledger: Ledger) -> FastAPI:
    """The application with its pages of entry and everything around it, made once: that takes half a second."""
    house = House(access_ledger, Recorder(access_ledger, MATTER_KEY), Views(access_ledger), {})
    made = create_app(house, LocalIdentity(Access(access_ledger)), words=Spoken(), routers=[router()])
    protect(made, ["https://desk.example"])
    for page in (sign_in_page, entry, account, people, doors, unmasked):
        made.include_router(page)
    return made


@pytest.fixture
def app(one_app: FastAPI, access: Access) -> FastAPI:
    """The same at this test's time."""
    one_app.state.parts.identity.access = access
    return one_app


doors = APIRouter(route_class=Page)
"""Pages of the tests' own: one for each permission, and one that changes something."""


def _door(permission: Permission) -> None:
    who = needs(permission)

    @doors.get(f"/door/{permission}")
    def door(request: Request, asks: Person = who) -> HTMLResponse:
        return HTMLResponse(f"<script nonce={request.state.nonce}>1</script>{asks.name}")


for _permission in Permission:
    _door(_permission)


@doors.post("/figures")
def save(asks: Annotated[Person, needs("see_figures")]) -> HTMLResponse:
    """A form of ours."""
    return HTMLResponse("saved")


@asynccontextmanager
async def browsing(
    app: FastAPI, whence: Whence, scheme: str = "http", **headers: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at this address, looking at pages of ours."""
    transport = httpx.ASGITransport(app, client=(whence.address, 1))
    given = {"Accept": "text/html", "User-Agent": whence.browser, "Sec-Fetch-Site": "same-origin", **headers}
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://cases.example", headers=given) as client:
        yield client


@pytest.fixture
async def browser(app: FastAPI, here: Whence, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which nobody is signed in."""
    async with browsing(app, here) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, user: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Send the form."""
    return await client.post("/sign-in", data={"user": user, "password": password, **more})
