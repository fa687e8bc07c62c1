"""Casefold for the benchmark: server, worker, relay and projector as processes, as `casefold up` runs them."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

import policies
from api.identity.access import Access
from api.identity.log import TERMINAL
from api.identity.users import Users
from bench import servers
from bench.helpdesk.theirs import answers
from domain.actor import WORKFLOW, Role
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.options import BEHIND
from worker.stack.process import Identity, StackError, spawn, tail, wait_until
from worker.stack.stack import Stack
from worker.up import free_port

USER, DEPARTMENT = "bench", "customer-service"
PATIENCE = 30.0
COUNT = """
SELECT count(*) FILTER (WHERE topic = 'RemedyProposed'), count(*) FILTER (WHERE topic = 'ProposalPresented'),
       count(*) FILTER (WHERE topic = 'NoticeRequested'), count(*) FILTER (WHERE topic = 'NoticeSent'),
       max(notification_id)
FROM casefold.stored_events
"""
RELAY = "SELECT position FROM casefold.follower WHERE name = 'relay'"


@dataclass(frozen=True)
class Casefold:
    """Where it answers, to whom, and which processes it is."""

    address: str
    token: str
    server: Identity
    worker: Identity
    projector: Identity
    url: str
    """Its database."""

    def drained(self) -> float:
        """Wait until workflows have done all that is theirs: every proposal presented, every notice sent. Seconds."""
        began = time.monotonic()
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not _followed(connection):
                if time.monotonic() - began > 120:
                    raise StackError("The workflows do not catch up.")
                time.sleep(0.05)
        return time.monotonic() - began


def _followed(connection: psycopg.Connection[tuple[int, ...]]) -> bool:
    proposed, presented, requested, sent, newest = connection.execute(COUNT).fetchall()[0]
    relay = connection.execute(RELAY).fetchone()  # none before the worker, which steps back, has come so far
    return proposed == presented and requested == sent and relay is not None and relay[0] >= newest


@contextmanager
def casefold(stack: Stack, *, people_first: bool = True) -> Iterator[Casefold]:
    """It runs until the end of the block; with ``people_first`` its worker steps back, as with `casefold up`."""
    with Ledger(stack.database_url, keys=stack.key_store()) as ledger:
        Recorder(ledger, stack.matter_key).publish(policies.load(), WORKFLOW)
        token = _token(ledger)
    with (
        servers.casefold_worker(stack, BEHIND, background=people_first) as worker,
        servers.casefold_worker(stack, ["projector"], name="projector") as projector,
    ):
        port = free_port(0)
        log = stack.home.logs / "server.log"
        environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json"}
        command = [sys.executable, "-m", "worker.main", "serve", "--port", str(port)]
        server = spawn(command, log=log, environment=environment, cwd=servers.ROOT)
        try:
            address = f"http://127.0.0.1:{port}"
            if not wait_until(lambda: answers(f"{address}/health/ready"), PATIENCE):
                raise StackError(f"The server does not start. The end of its log:\n{tail(log)}")
            yield Casefold(address, token, server, worker, projector, stack.database_url)
        finally:
            server.stop()


def _token(ledger: Ledger) -> str:
    """Somebody who may do all of it, and a token of theirs."""
    access = Access(ledger)
    users = Users(access, by="", whence=TERMINAL)
    users.add(USER, "Bench", (Role.AGENT, Role.LEAD), department=DEPARTMENT, password="correct horse battery staple")
    return access.make_token(USER, "bench", ["cases:read", "cases:write"]).secret
