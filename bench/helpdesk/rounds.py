"""The rounds: one client and twenty clients, django-helpdesk and Casefold by turns, on the same PostgreSQL."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench.figures import Figures
from bench.helpdesk.ours import Casefold
from bench.helpdesk.theirs import Helpdesk
from bench.helpdesk.work import STEPS, ours, theirs
from bench.operators import Watch, percentile
from bench.servers import Part
from worker.stack.stack import Stack

ONE, TWENTY = 1, 20
LATEST = 150.0
"""Seconds after which no more rounds begin."""
PARTS = ("clients", "server", "worker", "projector", "Temporal", "PostgreSQL")
"""Whose use of the processor is counted."""


@dataclass(frozen=True)
class Size:
    """How much is done in each round: cases or tickets, of seven requests each."""

    rounds: int = 4
    one: int = 20
    their_twenty: int = 80
    our_twenty: int = 200
    """More for who is faster, so that both work for some seconds; rates are compared."""
    warm: int = 40

    QUICK = (1, 10, 40, 80, 20)


@dataclass
class Rounds:
    """Both sides at work; ``say`` tells what is being done."""

    stack: Stack
    their_side: Helpdesk
    our_side: Casefold
    size: Size
    figures: Figures
    say: Callable[[str], None]

    def run(self) -> int:
        """Warm up, then round after round; how many there were. On a slow or busy machine fewer than wanted."""
        began = time.monotonic()
        self.say("warming up")
        theirs(self.their_side, "warm", TWENTY, self.size.warm)
        ours(self.our_side, "warm", TWENTY, self.size.warm)
        self.our_side.drained()
        for number in range(self.size.rounds):
            if number and time.monotonic() - began > LATEST:
                return number
            told = f"round {number + 1} of {self.size.rounds}"
            self._their_round(f"{told}: django-helpdesk", f"r{number}")
            self._our_round(f"{told}: Casefold", f"r{number}")
        return self.size.rounds

    def _their_round(self, told: str, name: str) -> None:
        for who, clients, tickets in (("one", ONE, self.size.one), ("twenty", TWENTY, self.size.their_twenty)):
            self.say(f"{told}, {clients} client{'s' if clients > 1 else ''}")
            with self._processor(f"helpdesk {who}", STEPS * tickets, server=self.their_side.server.pid):
                watch = theirs(self.their_side, f"{name}-{who}", clients, tickets)
            self._keep(f"helpdesk {who}", watch)

    def _our_round(self, told: str, name: str) -> None:
        for who, clients, cases in (("one", ONE, self.size.one), ("twenty", TWENTY, self.size.our_twenty)):
            self.say(f"{told}, {clients} client{'s' if clients > 1 else ''}")
            side = self.our_side
            pids = {"server": side.server.pid, "worker": side.worker.pid, "projector": side.projector.pid}
            with self._processor(f"casefold {who}", STEPS * cases, **pids):
                watch = ours(side, f"{name}-{who}", clients, cases)
                drained = side.drained()
            self._keep(f"casefold {who}", watch)
            self.figures.add(f"casefold {who} drained s", drained)
            took = watch.ended - watch.began + drained
            self.figures.add(f"casefold {who} followed commands/s", STEPS * cases / took)

    def _keep(self, name: str, watch: Watch) -> None:
        self.figures.watch(name, watch)
        self.figures.add(f"{name} p95 ms", 1000 * percentile(watch.seconds, 95))

    @contextmanager
    def _processor(self, name: str, commands: int, **pids: int) -> Iterator[None]:
        """Count who uses how much of the processor meanwhile, in milliseconds per command."""
        postgres, temporal = self.stack.postgres.running(), self.stack.temporal.running()
        assert postgres is not None
        assert temporal is not None
        known = {"clients": os.getpid(), "Temporal": temporal.pid, "PostgreSQL": postgres.pid, **pids}
        parts = [Part(part, known[part]) for part in PARTS if part in known]
        before = [part.seconds() for part in parts]
        yield
        for part, used in zip(parts, before, strict=True):
            self.figures.add(f"{name} cpu {part.name}", 1000 * (part.seconds() - used) / commands)
