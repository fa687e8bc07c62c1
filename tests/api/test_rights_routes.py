"""Every role at every route of the API and every page, as docs/rights-routes.md says; and whoever is not signed in."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI, Request

from api.house import House
from api.identity.access import Access
from api.identity.local import LocalIdentity
from api.identity.log import Whence
from api.identity.passwords import Passwords
from api.identity.person import Person
from api.identity.rights import ADMINISTRATOR, EVERYBODY
from api.identity.users import Users
from api.problems import Problem
from console.web.entrances import ANYBODY
from domain.actor import Actor, Role
from domain.commands import ReceiveCase
from domain.words import Channel
from ledger.recorder import Submission
from scripts.rights_routes import COLUMNS, FILE, entrances, page
from tests.api.identity.conftest import CHEAP, PASSWORD
from worker.serve import put_together

NOBODY = ""
FORM = b"command_id=1&before=1&name=1"
"""What forms must hold before it is looked who sends them."""
ROW = re.compile(r"\| `([A-Z]+) ([^`]+)` \| (.*) \|")


class Remembering(LocalIdentity):
    """Looks at each session and token once: that rights are looked at for each request is shown elsewhere."""

    def __init__(self, access: Access) -> None:
        super().__init__(access)
        self._known: dict[tuple[str, str], Person | None] = {}

    async def person(self, request: Request) -> Person | None:
        """Whoever asks."""
        shown = request.headers.get("cookie", ""), request.headers.get("authorization", "")
        if shown not in self._known:
            self._known[shown] = await super().person(request)
        return self._known[shown]


@pytest.fixture(scope="module")
def access(house: House) -> Access:
    """The users of the ledger that all tests of the API share."""
    return Access(house.ledger, passwords=Passwords(CHEAP))


@pytest.fixture(scope="module")
def everything(house: House, access: Access) -> Iterator[FastAPI]:
    """All that is served."""
    app = put_together(house, identity=Remembering(access))
    yield app
    app.state.parts.broadcast.close()


def signed_in(access: Access) -> dict[str, str]:
    """The session of somebody with each role and no other, and of nobody."""
    users, sessions = Users(access, "root", Whence("here")), {NOBODY: ""}
    for name in COLUMNS:
        user = f"only-{name.replace('_', '-')}"
        roles = [role for role in EVERYBODY if role.value == name]
        users.add(user, user, roles, administrator=name == ADMINISTRATOR, department="hotline", password=PASSWORD)
        sessions[name] = access.sign_in(user, PASSWORD, Whence(f"for {name}")).secret
    return sessions


async def answered(app: FastAPI, method: str, path: str, session: str, token: str = "") -> tuple[int, str]:
    """The status of an answer, and where it leads; what comes after its head is not waited for."""
    head: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
    gone, asked = asyncio.Event(), False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if not asked:
            asked = True
            return {"type": "http.request", "body": FORM if method == "POST" else b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start" and not head.done():
            headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            head.set_result((message["status"], headers.get("location", "")))

    given = {"host": "cases.example", "sec-fetch-site": "same-origin", "accept": "text/html"}
    if method == "POST":
        given |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(FORM))}
    if session:
        given["cookie"] = f"casefold_session={session}"
    if token:
        given["authorization"] = f"Bearer {token}"
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "client": ("10.1.1.1", 1),
        "server": ("cases.example", 80),
    }
    task = asyncio.ensure_future(app(scope, receive, send))
    either: set[asyncio.Future[Any]] = {task, head}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    gone.set()
    await asyncio.wait([task], timeout=5)
    task.cancel()
    return head.result()


def address(path: str) -> str:
    """An address of something that is not there: whoever is let in gets no further."""
    for name, known in (("{case}", "C-1999-000001"), ("{path:path}", "nothing"), ("{command}", "add_note")):
        path = path.replace(name, known)
    return re.sub(r"{[^}]+}", "1", path)


def published() -> dict[tuple[str, str], set[str]]:
    """Route → the roles that it lets in, as the page says it."""
    found = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if row := ROW.fullmatch(line):
            *marks, _asks = (cell.strip() for cell in row[3].split(" | "))
            found[row[1], row[2]] = {name for name, mark in zip(COLUMNS, marks, strict=True) if mark == "●"}
    return found


def test_the_published_table_is_up_to_date(everything: FastAPI) -> None:
    assert FILE.read_text(encoding="utf-8") == page(everything), "run: python -m scripts.rights_routes"


@pytest.mark.requirement("H-01")
async def test_each_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    everything: FastAPI, access: Access
) -> None:
    sessions, table, wrong = signed_in(access), published(), []
    for one in entrances(everything):
        for name, session in sessions.items():
            try:
                status, leads_to = await answered(everything, one.method, address(one.path), session)
            except Problem as problem:
                status, leads_to = problem.status, ""
            let_in = status not in (401, 403) and not leads_to.startswith("/sign-in")
            wanted = name in table[one.method, one.path] if name else False
            if status >= 500 or (one.asks != ANYBODY and let_in is not wanted):
                wrong.append((one.method, one.path, name or "nobody", status, leads_to))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.requirement("H-01")
async def test_nobody_who_only_looks_gives_a_command_through_a_page(
    house: House, everything: FastAPI, access: Access
) -> None:
    """Neither an auditor nor a token that was made for reading: an agent's own session may, and is let in."""
    users = Users(access, "root", Whence("here"))
    for user, role in (("reads", Role.AUDITOR), ("works", Role.AGENT)):
        users.add(user, user, [role], department="hotline", password=PASSWORD)
    opens = ReceiveCase(kind="inquiry", channel=Channel.HOTLINE, matter="Does the lamp dim?")
    works = Actor("works", (Role.AGENT,), "hotline")
    case = house.recorder.record(Submission(opens, works, "looked at by many")).stream
    before = house.recorder.load(case)[0]
    reading = access.make_token("works", "a script that reads", ["cases:read"]).secret
    auditing = access.sign_in("reads", PASSWORD, Whence("here")).secret
    for path in ("do/acknowledge_receipt", "undo/1", "evidence"):
        for session, token in ((auditing, ""), ("", reading)):
            status, _ = await answered(everything, "POST", f"/cases/{case}/{path}", session, token)
            assert status == 403, (path, "the token" if token else "the auditor")
    assert house.recorder.load(case)[0] == before
    working = access.sign_in("works", PASSWORD, Whence("here")).secret
    assert (await answered(everything, "POST", f"/cases/{case}/do/acknowledge_receipt", working))[0] == 303
    assert house.recorder.load(case)[0] > before
