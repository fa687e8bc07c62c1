"""A whole Casefold as real processes in one folder, whose parts can be killed, kept away, and are started again."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from temporalio.client import Client

from ledger.recorder import Recorder
from ledger.store import Ledger
from tests.ledgers import ledger_of
from worker.stack.process import Identity, spawn, tail, wait_until
from worker.stack.stack import Stack
from worker.stack.temporal import NAMESPACE

Part = Literal["worker", "temporal", "postgres"]
PARTS: tuple[Part, ...] = ("worker", "temporal", "postgres")
ROOT = Path(__file__).resolve().parents[2]


class House:
    """PostgreSQL, Temporal and a worker; a supervisor thread starts again what has died, unless it is kept away."""

    def __init__(self, home: Path, *, parts: tuple[Part, ...] = PARTS, durable: bool = False) -> None:
        servers = tuple(part for part in parts if part != "worker")
        self.stack = Stack(home, parts=servers, durable=durable, temporary=True)
        self.home = self.stack.home
        self.parts = parts
        self.worker: Identity | None = None
        self._failpoints: deque[tuple[str, int]] = deque()
        self.kills: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        """How often the supervisor found a part dead."""
        self.absence: random.Random | None = None
        """When set, what has died stays away for up to a second before it is started again."""
        self._held: Counter[Part] = Counter()
        self._locks = {part: threading.RLock() for part in PARTS}
        self._stopping = threading.Event()
        self._supervisor: threading.Thread | None = None
        self._trouble: list[BaseException] = []
        self._ledgers: list[Ledger] = []

    # ── Life ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        """Start all parts and the supervisor."""
        self.stack.start()
        if "worker" in self.parts:
            self._start_worker()
        self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
        self._supervisor.start()

    def stop(self) -> None:
        """Stop everything that this house started."""
        self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.join(120)
        for ledger in self._ledgers:
            ledger.close()
        if self.worker is not None:
            self.worker.stop(patience=10)
        self.stack.stop()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None and self._trouble:
            raise self._trouble[0]

    # ── Harm ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def kill(self, part: Part) -> None:
        """kill -9."""
        with self._locks[part]:
            if part == "worker":
                if self.worker is not None:
                    self.worker.stop(9, patience=5)
            else:
                self.stack.kill(part)
            self.kills[part] += 1

    def arm(self, *points: tuple[str, int]) -> None:
        """Put a worker in the place of this one that dies at a point of `tests.faults.armed`, at this passage.

        The next one dies at the next of these points, and so on; the one after the last does not.
        """
        with self._locks["worker"]:
            self.kill("worker")
            self._failpoints.extend(points)
        eventually(lambda: len(self._failpoints) < len(points), 60, "an armed worker is started")

    @contextmanager
    def away(self, part: Part) -> Iterator[None]:
        """Kill a part and keep it away for a while."""
        self._held[part] += 1
        try:
            self.kill(part)
            yield
        finally:
            self._held[part] -= 1
        self.wait_for(part)

    def wait_for(self, part: Part, seconds: float = 60) -> None:
        """Until the part runs again, started by the supervisor."""
        if not wait_until(lambda: self.running(part) or bool(self._trouble), seconds):
            raise TimeoutError(f"The {part} has not been started again within {seconds} s.")

    def running(self, part: Part) -> bool:
        """Whether the process of a part is alive."""
        if part == "worker":
            return self.worker is not None and self.worker.alive
        return self.stack.running(part)

    # ── Tools ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def ledger(self, **more: Any) -> Ledger:
        """The ledger, read in this process; closed with the house."""
        ledger = ledger_of(self.stack.environment(), application_name="operators", **more)
        self._ledgers.append(ledger)
        return ledger

    def recorder(self, **more: Any) -> Recorder:
        """The door for the operators of a test."""
        return Recorder(self.ledger(), self.stack.matter_key, **more)

    async def client(self) -> Client:
        """A client of this house's Temporal."""
        return await Client.connect(self.stack.temporal_address, namespace=NAMESPACE)

    @property
    def outbox(self) -> Path:
        """Where the worker of this house puts its notices."""
        return self.home.path / "outbox"

    def casefold(self, *words: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run the program as a person would, on the servers of this house."""
        return subprocess.run(
            [sys.executable, "-m", "worker.main", *words],
            cwd=self.home.path,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def casefold_json(self, *words: str, timeout: float = 120) -> Any:
        """What the program prints with ``--json``; fails with its complaints when that is not JSON."""
        ran = self.casefold(*words, "--json", timeout=timeout)
        try:
            return json.loads(ran.stdout)
        except ValueError:
            said = f"exit {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
            raise AssertionError(f"casefold {' '.join(words)}: {said}") from None

    def log_of(self, part: Part, lines: int = 40) -> str:
        """The end of a part's log, to be shown with a failure."""
        return tail(self.home.logs / f"{part}.log", lines)

    # ── Inside ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def environment(self, **more: str) -> Mapping[str, str]:
        """What a process needs that runs on the servers of this house, and nothing of this machine's own settings."""
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("CASEFOLD_", "TEMPORAL_", "DATABASE_", "PG"))
        }
        return {
            **inherited,
            **self.stack.environment(),
            "CASEFOLD_LOG": "json",
            "CASEFOLD_STICKY_SECONDS": "5",  # here workers die all the time
            "CASEFOLD_SWEEP_SECONDS": "3600",  # what the sweep would mend in its time must be well without it
            "PYTHONPATH": str(ROOT),
            "CASEFOLD_TEST_PROCESS": str(os.getpid()),
            **more,
        }

    def _start_worker(self) -> None:
        armed = {}
        if self._failpoints:
            name, passages = self._failpoints.popleft()
            armed = {"CASEFOLD_FAILPOINT": name, "CASEFOLD_FAILPOINT_AFTER": str(passages)}
        self.worker = spawn(
            [sys.executable, "-m", "tests.faults.armed", "worker"],
            log=self.home.logs / "worker.log",
            environment=self.environment(**armed),
            cwd=self.home.path,
        )
        self.home.update(worker=self.worker.to_data())

    def _supervise(self) -> None:
        while not self._stopping.wait(0.05):
            for part in self.parts:
                try:
                    self._look_after(part)
                except Exception as error:  # shown by __exit__; the other parts go on
                    self._trouble.append(error)
                    return

    def _look_after(self, part: Part) -> None:
        if self._held[part] or self.running(part):
            return
        self.deaths[part] += 1
        if self.absence is not None:
            self._stopping.wait(self.absence.uniform(0, 1))
        with self._locks[part]:
            if self._held[part] or self._stopping.is_set():
                return
            if part == "worker":
                if self.worker is not None:
                    self.worker.wait(0)  # takes the exit status
                self._start_worker()
            else:
                before = self.stack.temporal_address if part == "temporal" else ""
                self.stack.start_part(part)
                if part == "temporal" and self.stack.temporal_address != before:
                    self.kill("worker")  # its port was taken meanwhile: the worker must be told the new one


BUSY = 3
"""How many times longer everything may take where many tests share the machine; no wait here is a promise of speed."""


def eventually(look: Any, seconds: float, what: str, every: float = 0.1) -> Any:
    """The first true answer; TimeoutError with the last one when none comes in time."""
    end = time.monotonic() + seconds * BUSY
    while True:
        began = time.monotonic()
        if answer := look():
            return answer
        ended = time.monotonic()
        if ended > end:
            raise TimeoutError(f"{what}: not within {seconds * BUSY:.0f} s (last look: {answer!r}).")
        time.sleep(max(every, ended - began))  # looking takes at most half of the time: the rest is for those looked at
