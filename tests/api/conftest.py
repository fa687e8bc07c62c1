"""The API as programs meet it: a real server on a real PostgreSQL, asked over the wire."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

import policies
from api.app import create_app
from api.house import House
from console.spoken import Spoken
from domain.actor import WORKFLOW
from ledger.recorder import Recorder
from ledger.views import Views
from tests.ledgers import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, PostgresServer

MATTER_KEY = b"a key that only these tests use, long enough"
AGENT = "li:agent@hotline"
LEAD = "chen:lead@hotline"

_numbers = itertools.count(1)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own, until the end; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive() and time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Program:
    """A program that speaks to the API."""

    address: str
    actor: str = AGENT
    headers: dict[str, str] = field(default_factory=dict)
    _client: httpx.Client | None = None

    @property
    def client(self) -> httpx.Client:
        """The connection, which is kept."""
        if self._client is None:
            headers = {"Actor": self.actor} if self.actor else {}
            self._client = httpx.Client(base_url=f"{self.address}/api/v1", headers=headers | self.headers, timeout=20)
        return self._client

    def as_(self, actor: str) -> Program:
        """The same, as somebody else; nobody for an empty text."""
        return Program(self.address, actor)

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> httpx.Response:
        """Read something."""
        return self.client.get(path, params=query, headers=headers)

    def give(self, path: str, body: Any = None, *, key: str = "", **headers: str) -> httpx.Response:
        """Give a command; ``if_match='"5"'`` and the like become headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named["Idempotency-Key"] = key or f"test-{next(_numbers)}"
        return self.client.post(path, json=body, headers=named)

    def opens(self, **more: Any) -> str:
        """Register a complaint; its id."""
        said = {"kind": "complaint", "channel": "hotline", "matter": f"台灯 {next(_numbers)} 坏了"}
        answer = self.give("/cases", {**said, **more})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["case"])


@pytest.fixture(scope="session")
def house(postgres: PostgresServer) -> Iterator[House]:
    """A ledger for all tests of the API, with the shipped sheets in force."""
    name = f"test_api_{os.getpid()}"
    postgres.create_database(name, template="casefold_template")
    sheets = policies.load()
    with Ledger(postgres.url(APPLICATION_LOGIN, name), patience=2) as ledger:
        recorder = Recorder(ledger, MATTER_KEY, patience=2)
        recorder.publish(sheets, WORKFLOW)
        yield House(ledger, recorder, Views(ledger), sheets)
    postgres.drop_database(name)


@pytest.fixture(scope="session")
def app(house: House) -> FastAPI:
    """The application, which believes whoever says who they are."""
    return create_app(house, words=Spoken(), trust_actor_header=True, stream_seconds=0.3)


@pytest.fixture(scope="session")
def address(app: FastAPI) -> Iterator[str]:
    """Where it is served."""
    with served(app) as found:
        yield found


@pytest.fixture
def api(address: str) -> Program:
    """A program of the hotline's agent Li."""
    return Program(address)


@pytest.fixture
def opened(api: Program) -> Callable[..., str]:
    """``opened(matter=…)`` registers a complaint."""
    return api.opens
