"""The console and the API of a whole Casefold, as a process of their own, and people who can sign in to it."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.identity.access import Access
from api.identity.log import TERMINAL
from api.identity.users import Users
from domain.actor import Actor
from tests.faults.house import House, eventually
from worker.stack.process import Identity, spawn

PASSWORD = "amber-river-otter-42"


class Server:
    """`casefold serve` on the servers of a house; its process stays the same whatever happens to them."""

    def __init__(self, house: House, log: Path, process: Identity, url: str) -> None:
        self.house = house
        self.log = log
        self.process = process
        self.url = url

    def employ(self, *people: str) -> None:
        """Let these people sign in, each written like an actor: ``li:agent,lead@hotline``."""
        users = Users(Access(self.house.ledger()), "test", TERMINAL)
        for actor in map(Actor.parse, people):
            users.add(actor.id, actor.id.title(), actor.roles, department=actor.department, password=PASSWORD)


@contextmanager
def serving(house: House, **settings: str) -> Iterator[Server]:
    """The console and the API, until the block ends."""
    log = house.home.logs / f"server-{time.monotonic_ns()}.log"
    process = spawn(
        [sys.executable, "-m", "worker.main", "serve", "--port", "0"],
        log=log,
        environment=house.environment(**settings),
        cwd=house.home.path,
    )
    try:
        eventually(lambda: "server_starts" in log.read_text(errors="replace"), 30, "the server starts")
        found = re.search(r"http://[\d.:]+", log.read_text(errors="replace"))
        assert found is not None
        yield Server(house, log, process, found[0])
    finally:
        process.stop(patience=10)
