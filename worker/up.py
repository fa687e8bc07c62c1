"""`casefold up`: starts what is not given, keeps it running, and stops it in order."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from ledger.migrate import KEYS, migrate
from worker.options import BEHIND
from worker.settings import Settings
from worker.stack.process import Identity, StackError, spawn
from worker.stack.stack import Part, Stack
from worker.stack.temporal import NAMESPACE
from worker.status import workers_polling

NAMES: dict[str, str] = {
    "postgres": "PostgreSQL",
    "temporal": "Temporal",
    "worker": "The worker",
    "projector": "The projector",
    "server": "The console",
}
ANSWERS = "Casefold answers at"
"""How the server's log begins with each start."""
USUAL_PORT = 8000
"""Of the console and the API; when somebody else has it, any that is free."""
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOK_EVERY = 0.3
WORKER_START = 20.0
"""How long to wait for the worker's first question for work before saying that it does not ask."""
SERVER_START = 10.0
"""How long to wait until the server has said where it is."""
WORKER_PATIENCE = 10.0
"""How long a worker may take to finish what it is doing; activities that are cut off run again elsewhere."""


class Supervisor:
    """One per home: a lock in the home says so, and the system lets go of it when the supervisor dies."""

    def __init__(self, settings: Settings, say: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self.home = settings.stack
        self.say = say or (lambda text: print(text, flush=True))
        parts: list[Part] = []
        if not settings.database_given:
            parts.append("postgres")
        if not settings.temporal_given:
            parts.append("temporal")
        self.stack = Stack(self.home.path, parts=parts, usual_ports=True, people_first=True)
        self.processes: dict[str, Identity] = {}
        """The worker, the projector, and the server of console and API."""
        self._said_before = ""
        self.stopping = threading.Event()
        self._failures: dict[str, list[float]] = {}
        self._not_before: dict[str, float] = {}

    def run(self) -> int:
        """Start, watch, stop. Returns the exit code."""
        self.home.make()
        try:
            with self.home.locked("up", wait=False):
                return self._run_alone()
        except BlockingIOError:
            pid = self.home.state().get("up", {}).get("pid", "unknown")
            self.say(f"Casefold is already running here (process {pid}).\n{where(self.settings)}")
            return 0

    def _run_alone(self) -> int:
        before = {number: signal.signal(number, self._ask_to_stop) for number in STOPPING}
        try:
            self._start()
            while not self.stopping.wait(LOOK_EVERY):
                self._look_after()
        finally:
            self.say("Stopping …")
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)
        self.say("Everything has stopped.")
        return 0

    def _start(self) -> None:
        started = time.monotonic()
        myself = Identity.of(os.getpid())
        self.home.update(up=myself.to_data() if myself else None)
        names = [NAMES[part] for part in self.stack.parts]
        self.say(f"Starting {', '.join([*names, 'the worker'])} …")
        self.stack.start()
        if self.settings.database_given and self.settings.given_owner_url is not None:
            migrate(self.settings.owner_url)
            migrate(self.settings.keys_owner_url, schema=KEYS)
        self._stop_forgotten()
        if self.stopping.is_set():
            return
        for start in self._starts().values():
            start()
        polls = self._worker_polls()
        self._server_starts()
        if polls:
            seconds = time.monotonic() - started
            self.say(f"Casefold is running ({seconds:.1f} s to start). Ctrl-C stops it.\n{where(self.settings)}")
        elif not self.stopping.is_set():
            log = self.home.logs / "worker.log"
            self.say(f"The servers run, but the worker does not take work yet: see {log}\n{where(self.settings)}")

    def _worker_polls(self) -> bool:
        """Wait until the new worker asks for work: before that, nothing moves and no time is kept."""
        born = dt.datetime.now(dt.UTC)
        end = time.monotonic() + WORKER_START
        while time.monotonic() < end and not self.stopping.wait(0.3):
            if self.processes["worker"].wait(0):
                return False
            try:
                if asyncio.run(workers_polling(self.settings, since=born)):
                    return True
            except Exception:  # whatever the reason, ask again: the time is bounded
                continue
        return False

    def _server_starts(self) -> None:
        """Wait until the server has said where it is, and who may be its first user."""
        end = time.monotonic() + SERVER_START
        while time.monotonic() < end and not self.stopping.wait(0.2) and not self.processes["server"].wait(0):
            if server_log(self.settings) != self._said_before and "server_starts" in server_log(self.settings):
                return

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping.set()

    def _look_after(self) -> None:
        """Start again what has died; something that dies again and again is given more and more time."""
        for part in self.stack.parts:
            if not self.stack.running(part) and self._may_start_again(part):
                try:
                    self.stack.start_part(part)
                except StackError as error:
                    self.say(str(error))
        for name, start in self._starts().items():
            if (name not in self.processes or self.processes[name].wait(0)) and self._may_start_again(name):
                start()

    def _may_start_again(self, part: str) -> bool:
        now = time.monotonic()
        if part not in self._not_before:
            recent = [moment for moment in self._failures.get(part, []) if now - moment < 120]
            self._failures[part] = [*recent, now]
            delay = 0.0 if not recent else min(2.0 ** (len(recent) - 1), 30.0)
            self._not_before[part] = now + delay
            soon = "starting it again" if not delay else f"starting it again in {delay:.0f} s"
            self.say(f"{NAMES[part]} has stopped unexpectedly: {soon}. Its log: {self.home.logs / f'{part}.log'}")
        if now < self._not_before[part]:
            return False
        del self._not_before[part]
        return True

    def _starts(self) -> dict[str, Callable[[], None]]:
        """What is started beside the servers of the stack, in order."""
        return {"worker": self._start_worker, "projector": self._start_projector, "server": self._start_server}

    def _start_worker(self) -> None:
        self._spawn("worker", "worker", *(f"--part={part}" for part in BEHIND), background=True)

    def _start_projector(self) -> None:
        self._spawn("projector", "worker", "--part=projector")

    def _start_server(self) -> None:
        """On the port that it had before, so that open pages go on working."""
        before = str(self.home.state().get("server_url", "")).rpartition(":")[2]
        port = free_port(int(before) if before.isdecimal() else USUAL_PORT)
        self.home.update(server_url=f"http://127.0.0.1:{port}")
        self._said_before = server_log(self.settings)
        self._spawn("server", "serve", "--port", str(port))

    def _spawn(self, name: str, *words: str, background: bool = False) -> None:
        self.processes[name] = spawn(
            [sys.executable, "-m", "worker.main", *words],
            log=self.home.logs / f"{name}.log",
            environment={**os.environ, **self.stack.environment()},
            cwd=self.home.path,
            background=background,
        )
        self.home.update(**{name: self.processes[name].to_data()})

    def _stop_forgotten(self) -> None:
        """The processes of a supervisor that was killed: they may run older code."""
        for name in reversed(self._starts()):
            forgotten = Identity.from_data(self.home.state().get(name))
            if forgotten is not None and forgotten.alive:
                forgotten.stop(patience=WORKER_PATIENCE)

    def _stop(self) -> None:
        for name in reversed(self._starts()):
            if name in self.processes:
                self.processes[name].stop(patience=WORKER_PATIENCE)
        self.stack.stop()
        self.home.update(**dict.fromkeys(self._starts()), up=None)


def free_port(wanted: int) -> int:
    """This port of the local machine, or when somebody has it, one that is free."""
    for port in (wanted, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as place:
            return int(place.getsockname()[1])
    raise StackError("No port of this machine is free.")


def where(settings: Settings) -> str:
    """Where everything is, and what to do next."""
    state = settings.stack.state()
    lines: list[tuple[str, object]] = []
    if state.get("server_url"):
        lines.append(("console and API", state["server_url"]))
    if settings.temporal_given:
        lines.append(("Temporal", os.environ.get("TEMPORAL_ADDRESS", "as its configuration says")))
    elif state.get("ui_url"):
        lines.append(("Temporal's pages", f"{state['ui_url']}/namespaces/{NAMESPACE}/workflows"))
        lines.append(("Temporal", state.get("temporal_address")))
    ledger = "as DATABASE_URL says" if settings.database_given else state.get("database_url", "not yet running")
    lines.append(("ledger", ledger))
    lines.append(("home", settings.stack.path))
    lines.append(("logs", settings.stack.logs))
    text = "\n".join(f"  {name:<18}{value}" for name, value in lines)
    casefold = program()
    if invitation := invited(settings):
        text += f"\n{invitation}"
    return f"{text}\nNext: {casefold} status | {casefold} doctor | {casefold} --help"


def invited(settings: Settings) -> str:
    """What the server's log says about the first user, as long as there is none."""
    lines = server_log(settings).splitlines()
    return next((line for line in reversed(lines) if line.startswith("Nobody can sign in yet")), "")


def server_log(settings: Settings) -> str:
    """What the server has written since it was started last."""
    with suppress(OSError):
        text = (settings.stack.logs / "server.log").read_text(errors="replace")
        return text[max(text.rfind(ANSWERS), 0) :]
    return ""


def program() -> str:
    """How the reader calls this program from here."""
    beside = Path(sys.executable).parent / "casefold"
    found = shutil.which("casefold")
    if found is not None and Path(found).exists() and Path(found).samefile(beside):
        return "casefold"
    try:
        return str(beside.relative_to(Path.cwd()))
    except ValueError:
        return str(beside)
