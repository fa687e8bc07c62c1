"""The API as programs meet it: a real server on a real PostgreSQL, asked over the wire."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request

import policies
from api.app import create_app
from api.house import House
from api.identity.rights import permissions_of, sight_of
from api.person import ActorHeader, Person
from console.spoken import Spoken
from domain.actor import WORKFLOW
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import FolderStore
from ledger.recorder import Recorder
from ledger.views import Views
from tests.ledgers import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, PostgresServer

MATTER_KEY = b"a key that only these tests use, long enough"
AGENT = "li:agent@hotline"
LEAD = "chen:lead@hotline"
AUDITOR = "vera:auditor"
ADMINISTRATOR = "tester"
STREAM_SECONDS = 0.4
"""So soon do streams of events end here."""

_numbers = itertools.count(1)


class ByRoles(ActorHeader):
    """Believes whoever says who they are, and gives them the rights of their roles; one looks after users besides."""

    async def person(self, request: Request) -> Person | None:
        """Whoever the header names."""
        found = await super().person(request)
        if found is None:
            return None
        actor = found.actor
        sight = sight_of(actor.id, actor.roles, actor.department)
        return Person(actor, frozenset(permissions_of(actor.roles, administrator=actor.id == ADMINISTRATOR)), sight)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own, until the end; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass(frozen=True)
class Program:
    """A program that speaks to the API, in somebody's name."""

    client: httpx.Client
    actor: str = AGENT

    @property
    def address(self) -> str:
        """Where the server is."""
        return str(self.client.base_url).removesuffix("/api/v1/")

    def as_(self, actor: str) -> Program:
        """The same, in the name of somebody else; of nobody for an empty text."""
        return Program(self.client, actor)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """Read something."""
        return self.client.get(path, params=query or None, headers=self._headers(headers))

    def give(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> httpx.Response:
        """Give a command; ``if_match='"5"'`` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Idempotency-Key"] = f"test-{next(_numbers)}" if key is None else key
        return self.client.post(path, json=body, headers=self._headers(named))

    def opens(self, **more: Any) -> str:
        """Register a case, a complaint if nothing else is said; its id."""
        said = {
            "kind": "complaint",
            "channel": "hotline",
            "department": "hotline",
            "matter": f"灯 {next(_numbers)} 坏了",
        }
        answer = self.give("/cases", {**said, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case"])

    def _headers(self, headers: dict[str, str] | None) -> dict[str, str]:
        return {**({"Actor": self.actor} if self.actor else {}), **(headers or {})}


@pytest.fixture(scope="session")
def house(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A ledger for all tests of the API, with the shipped sheets in force."""
    name = f"test_api_{os.getpid()}"
    postgres.create_database(name, template="casefold_template")
    sheets = policies.load()
    with Ledger(postgres.url(APPLICATION_LOGIN, name), patience=2) as ledger:
        recorder = Recorder(ledger, MATTER_KEY, patience=2)
        recorder.publish(sheets, WORKFLOW)
        store = FolderStore(tmp_path_factory.mktemp("evidence"))
        evidence = Evidence(ledger, recorder, store, RingKeys(ledger.ring))
        yield House(ledger, recorder, Views(ledger), sheets, evidence=lambda: evidence)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def app(house: House) -> FastAPI:
    """The application, which believes whoever says who they are, and gives them the rights of their roles."""
    return create_app(house, ByRoles(), words=Spoken(), stream_seconds=STREAM_SECONDS)


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    """Where it is served."""
    with served(app) as found:
        yield found


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """One connection for all tests."""
    with httpx.Client(base_url=f"{address}/api/v1", timeout=30) as client:
        yield client


@pytest.fixture
def api(client: httpx.Client) -> Program:
    """A program of the hotline's agent Li."""
    return Program(client)


def project(house: House) -> None:
    """Bring the lists up to date, as the projector does."""
    position = 0
    while entries := house.ledger.read(position, 1000):
        house.views.project(entries)
        position = entries[-1].position
