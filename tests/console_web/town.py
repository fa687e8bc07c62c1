"""A small organisation for the pages: cases in every stage, begun hours and days ago, and a server that shows them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from pydantic import TypeAdapter

import policies
from api.app import create_app
from api.customer_links import CustomerLinks
from api.house import House
from console.web.pages import mount
from domain.actor import WORKFLOW, Actor
from domain.case import Case
from domain.commands import COMMANDS
from domain.department_messages import AddMember
from domain.message import Command
from domain.policy import Sheet
from domain.progress import wanted
from ledger.evidence.evidence import Evidence
from ledger.evidence.file_keys import RingKeys
from ledger.evidence.store import FolderStore
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from ledger.views import Projector, Views
from worker.play import Script, read_scripts

MATTER_KEY = b"a key that only these tests use, long enough"
LINKS = CustomerLinks.from_ledger_key(MATTER_KEY, "400 820 8820")
LIVES: tuple[tuple[int, int, float, float], ...] = (
    (0, 99, 95, 3),
    (0, 18, 40, 1.5),
    (2, 8, 6, 0.3),
    (1, 9, 5, 0.4),
    (7, 11, 20, 1),
    (5, 99, 30, 2),
    (11, 2, 3, 0.2),
    (9, 3, 26, 1),
    (0, 2, 1, 0.1),
    (4, 1, 8, 0.1),
    (8, 0, 4, 0),
    (3, 0, 0.05, 0),
)
"""Script, steps of it that were taken, how many hours ago it began, and hours between two steps."""
SCRIPTS = Path(__file__).parents[2] / "examples" / "cases.json"
LI = "li:agent@hotline"
CHEN = "chen:lead@customer-service"
SUN = "sun:agent@logistics"
AUDITOR = "qian:auditor"


@dataclass
class Past:
    """A clock for those who write: things can have happened a while ago."""

    ago: timedelta = timedelta(0)

    def clock(self) -> datetime:
        """What it says now."""
        return datetime.now(UTC) - self.ago


@dataclass
class Town:
    """A house, and the clock of those who write."""

    house: House
    past: Past

    def ask(self, by: str | Actor, command: Command, stream: str | None = None) -> str:
        """Record a command; the stream. Raises its refusal."""
        actor = Actor.parse(by) if isinstance(by, str) else by
        number = f"{time.monotonic_ns()}"
        receipt = self.house.recorder.record(Submission(command, actor, number, stream))
        if receipt.refusal is not None:
            raise receipt.refusal
        return receipt.stream

    def automatic(self, stream: str) -> None:
        """What the case's workflow would do by itself now."""
        case, sheet = self.case(stream)
        for name in wanted(case, sheet):
            self.ask(WORKFLOW, COMMANDS[name](), stream)

    def case(self, stream: str) -> tuple[Case, Sheet]:
        """The case and its sheet."""
        case: Case = self.house.recorder.load(stream)[1]
        return case, self.house.ledger.sheet(case.sheet)

    def play(self, script: Script, steps: int, ago: timedelta, pace: timedelta) -> str:
        """The first steps of a script, begun so long ago."""
        self.past.ago = ago
        stream = self.ask(script.open.by, _command(script.open.do, script.open.with_, self.past.clock()))
        for step in script.steps[:steps]:
            self.automatic(stream)
            self.past.ago = max(self.past.ago - pace, timedelta(0))
            if step.do:
                self.ask(step.by, _command(step.do, step.with_, self.past.clock()), stream)
        self.automatic(stream)
        self.past.ago = timedelta(0)
        return stream


def _command(name: str, values: dict[str, Any], now: datetime) -> Command:
    kind = COMMANDS[name]
    command: Command = TypeAdapter(kind).validate_python(_instants(values, now))
    return command


def _instants(value: Any, now: datetime) -> Any:
    """``+3d`` as an instant."""
    if isinstance(value, dict):
        return {name: _instants(part, now) for name, part in value.items()}
    if isinstance(value, list):
        return [_instants(part, now) for part in value]
    if isinstance(value, str) and value[:1] == "+" and value[1:-1].isdigit():
        return datetime.now(UTC) + timedelta(
            **{{"m": "minutes", "h": "hours", "d": "days"}[value[-1]]: int(value[1:-1])}
        )
    return value


def settle(town: Town) -> list[str]:
    """People in their departments, and cases in all stages; the ids of the cases."""
    town.house.recorder.publish(policies.load(), WORKFLOW)
    for person, department in (("li", "hotline"), ("wang", "after-sales"), ("sun", "logistics"), ("gu", "engineering")):
        town.ask(CHEN, AddMember(person=person), f"department:{department}")
    found = []
    scripts = read_scripts(SCRIPTS)
    for number, (which, steps, ago, pace) in enumerate(LIVES):
        opens = scripts[which].open
        values = {**opens.with_, "reference": f"T-{number}"}
        if number and "matter" in values:
            values["matter"] += f" ({number})"  # another matter than the script's own
        script = replace(scripts[which], open=replace(opens, with_=values))
        found.append(town.play(script, steps, timedelta(hours=ago), timedelta(hours=pace)))
    return found


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a port of its own; its address."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def projecting(ledger: Ledger) -> Iterator[None]:
    """The read models follow, as in the worker."""
    stop = threading.Event()
    thread = threading.Thread(target=Projector(ledger, interval=0.05).run, args=[stop], daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


def pages_of(house: House) -> FastAPI:
    """The application as `casefold serve` makes it, believing the header that says who asks."""
    app = create_app(house, trust_actor_header=True)
    mount(app, house)
    return app


def town_of(ledger: Ledger, files: Path) -> Town:
    """A town on this ledger, with a folder for its evidence."""
    past = Past()
    recorder = Recorder(ledger, MATTER_KEY, clock=past.clock)
    evidence = Evidence(ledger, recorder, FolderStore(files), RingKeys(ledger.ring))
    house = House(ledger, recorder, Views(ledger), policies.load(), evidence=lambda: evidence, customer_links=LINKS)
    return Town(house, past)
