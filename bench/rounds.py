"""The rounds: short pieces of work, Casefold and its baselines by turns, on the same servers."""

from __future__ import annotations

import asyncio
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from temporalio.client import Client

from bench import servers
from bench.bare import update
from bench.figures import Figures
from bench.histories import Followed, completed, lags
from bench.life import AUTOMATIC, EFFECTS, PLAIN, STEPS, sheets
from bench.operators import AT_ONCE, Pace, Watch, percentile
from bench.raw import TABLES, Raw, rows_of
from bench.recording import Place, Recorded, record
from bench.timers import IN_A_MINUTE, KIND, OVER, round_of_timers
from domain.actor import WORKFLOW
from ledger.migrate import migrate
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.stack.postgres import APPLICATION_LOGIN, APPLICATION_ROLE, OWNER_ROLE
from worker.stack.stack import Stack

TWENTY = 20
FEW = 3
"""Cases that each of the twenty has in hand in the steady stream."""
SLOWLY = Pace(in_hand=16, pause=0.025)
"""One operator who takes his time: about half a second passes between two commands of one case."""
SENT = "SELECT count(*) FROM casefold.stored_events WHERE topic IN ('NoticeSent', 'WrittenResultSent')"


@dataclass(frozen=True)
class Size:
    """How much is done in each round."""

    rounds: int = 3
    append_one: int = 60
    append_twenty: int = 400
    one: int = 20
    bare_twenty: int = 120
    twenty: int = 360
    """More cases for who is faster, so that both work for some seconds; rates are compared."""
    paced: int = 16
    lag_seconds: float = 4.0
    timers: int = 500
    """Open cases whose time passes together; one round, which takes two minutes."""

    QUICK = (1, 30, 200, 10, 60, 360, 16, 3.0)


@dataclass
class Bench:
    """One benchmark: what is measured goes into the figures; ``say`` tells what is being done."""

    stack: Stack
    size: Size
    figures: Figures
    say: Callable[[str], None]

    # ── PostgreSQL alone ─────────────────────────────────────────────────────────────────────────────────────────────

    def appending(self) -> None:
        """Recorder and raw inserts, in a database of their own that nobody follows."""
        name = "appending"
        self.stack.postgres.create_database(name)
        owner = self.stack.postgres.url(OWNER_ROLE, name)
        application = self.stack.postgres.url(APPLICATION_LOGIN, name)
        migrate(owner, application_role=APPLICATION_ROLE)
        size = self.size
        with Ledger(application, keys=self.stack.key_store()) as ledger:
            recorder = Recorder(ledger, self.stack.matter_key)
            recorder.publish(sheets(), WORKFLOW)
            warm = record(recorder, "warm", 1, 10)
            with psycopg.connect(owner) as connection:
                connection.execute(TABLES)
            raw = Raw(owner, TWENTY, rows_of(application, next(iter(warm.commits))))
            raw.round("warm", TWENTY, TWENTY)
            record(recorder, "warm20", TWENTY, 40)
            for number in range(size.rounds):
                self.say(f"round {number + 1} of {size.rounds}: recorder and raw inserts")
                for who, operators, cases in (("one", 1, size.append_one), ("twenty", TWENTY, size.append_twenty)):
                    self.figures.watch(f"raw {who}", raw.round(f"raw-{who}-{number}", operators, cases))
                    self.figures.watch(
                        f"append {who}", record(recorder, f"append-{who}-{number}", operators, cases).watch
                    )
            raw.close()

    # ── With workflows ───────────────────────────────────────────────────────────────────────────────────────────────

    async def following(self) -> None:
        """Casefold with its workflows and bare workflows, by turns; then how far workflows lag behind."""
        with Ledger(self.stack.database_url, keys=self.stack.key_store()) as ledger:
            recorder = Recorder(ledger, self.stack.matter_key)
            await asyncio.to_thread(recorder.publish, sheets(), WORKFLOW)
            with servers.bare_worker(self.stack) as bare, servers.casefold_worker(self.stack) as worker:
                client = await servers.connect(self.stack)
                await servers.ready(client, self.stack, worker)
                self._rounds = Rounds(self.stack, client, ledger, recorder, self.figures, bare.pid, worker.pid)
                await self._warm_up()
                for number in range(self.size.rounds):
                    await self._round(number)
                await self._lag()

    # ── Time passes ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def timers(self) -> None:
        """Open cases whose warnings, deadlines and escalations fall in one minute, and others in one instant."""
        with Ledger(self.stack.database_url, keys=self.stack.key_store()) as ledger:
            recorder = Recorder(ledger, self.stack.matter_key)
            await asyncio.to_thread(recorder.publish, {KIND: IN_A_MINUTE.sheet()}, WORKFLOW)
            with servers.casefold_worker(self.stack) as worker:
                await servers.ready(await servers.connect(self.stack), self.stack, worker)
                for name, over in OVER.items():
                    found = await asyncio.to_thread(
                        round_of_timers, ledger, recorder, f"timers in one {name}", self.size.timers, over, self.say
                    )
                    self.figures.raised(f"timers {name}", found)

    async def _warm_up(self) -> None:
        self.say("warming up")
        await self._rounds.bare("", "warm", 4, 40)
        await self._rounds.casefold("", "warm", 4, 40, pace=Pace(in_hand=5))

    async def _round(self, number: int) -> None:
        size, rounds = self.size, self._rounds
        told = f"round {number + 1} of {size.rounds}: Casefold and bare workflows"
        self.say(f"{told}, one operator")
        await rounds.bare("bare one", f"one-{number}", 1, size.one)
        await rounds.casefold("one", f"one-{number}", 1, size.one)
        self.say(f"{told}, twenty operators")
        await rounds.bare("bare twenty", f"twenty-{number}", TWENTY, size.bare_twenty, pace=_all(size.bare_twenty))
        await rounds.casefold("twenty", f"twenty-{number}", TWENTY, size.twenty, pace=_all(size.twenty))
        await rounds.casefold("crowd", f"crowd-{number}", TWENTY, size.twenty, pace=_all(size.twenty), begun=True)
        self.say(f"{told}, one operator, paced")
        await rounds.bare("bare paced", f"paced-{number}", 1, size.paced, pace=SLOWLY)
        await rounds.casefold("paced", f"paced-{number}", 1, size.paced, pace=SLOWLY, lag="lag paced")
        self.say(f"{told}, with effects")
        await rounds.effects("effects", EFFECTS, number, size.paced)
        await rounds.effects("automatic", AUTOMATIC, number, size.paced)

    async def _lag(self) -> None:
        """A steady stream of commands at half of a maximum: of the burst, and of what the cores can do one by one."""
        cost = sum(self.figures.median(f"paced cpu {part}") for part in servers.PARTS)
        self.figures.add("one by one commands/s", 1000 * (os.cpu_count() or 1) / cost)
        for name in ("crowd followed", "one by one"):
            rate = self.figures.median(f"{name} commands/s") / 2
            self.say(f"commit-to-workflow lag at {rate:.0f} commands/s")
            crowd = TWENTY * FEW
            cases = crowd * math.ceil(rate * self.size.lag_seconds / STEPS / crowd)
            pace = Pace(in_hand=FEW, every=TWENTY / rate)
            recorded = await self._rounds.casefold("", f"lag {name}", TWENTY, cases, pace=pace, lag=f"lag {name}")
            self.figures.add(f"lag {name} commands/s", recorded.watch.rate)


def _all(cases: int) -> Pace:
    """The twenty have all cases in hand. If they finished one before they took the next, it would live for a tenth of a
    second; the relay would find most of them over, and no workflow would have followed them."""
    return Pace(in_hand=cases // TWENTY)


@dataclass
class Rounds:
    """A round of either side: operators work, then everything is followed to its end."""

    stack: Stack
    client: Client
    ledger: Ledger
    recorder: Recorder
    figures: Figures
    bare_pid: int
    worker_pid: int

    async def bare(self, figure: str, name: str, operators: int, cases: int, *, pace: Pace = AT_ONCE) -> None:
        """Updates of bare workflows."""
        with self._processor(figure, self.bare_pid, cases):
            watch = await update(self.client, f"bare-{name}", operators, cases, pace=pace)
            followed = await completed(self.client, "BareCase", watch.began, cases)
        if figure:
            self._keep(figure, watch, followed)

    async def casefold(
        self,
        figure: str,
        name: str,
        operators: int,
        cases: int,
        *,
        kind: str = PLAIN,
        pace: Pace = AT_ONCE,
        lag: str = "",
        begun: bool = False,
    ) -> Recorded:
        """Commands through the recorder, then followed; ``begun``: no case ends before its workflow has begun."""
        place = Place(self.ledger) if begun else None
        with self._processor(figure, self.worker_pid, cases):
            recorded = await asyncio.to_thread(
                record, self.recorder, name, operators, cases, kind=kind, pace=pace, place=place
            )
            followed = await completed(self.client, "CaseWorkflow", recorded.watch.began, cases, settle=3.0)
        if figure:
            self._keep(figure, recorded.watch, followed)
            self.figures.add(f"{figure} without workflow", cases - followed.cases)
        if lag:
            found = await lags(self.client, recorded.commits)
            self.figures.add(f"{lag} p50 ms", 1000 * percentile(found.to_workflow, 50))
            self.figures.add(f"{lag} p99 ms", 1000 * percentile(found.to_workflow, 99))
            self.figures.add(f"{lag} to signal p50 ms", 1000 * percentile(found.to_signal, 50))
            self.figures.add(f"{lag} taken in, percent", 100 * len(found.to_workflow) / len(recorded.watch.seconds))
        return recorded

    async def effects(self, figure: str, kind: str, number: int, cases: int) -> None:
        """As paced, with notices; what they add to the histories, compared with the paced round before."""
        sent = await asyncio.to_thread(self._sent)
        await self.casefold(figure, f"{figure}-{number}", 1, cases, kind=kind, pace=SLOWLY)
        effects = (await asyncio.to_thread(self._sent) - sent) / cases
        more = self.figures.rounds(f"{figure} events/case")[-1] - self.figures.rounds("paced events/case")[-1]
        self.figures.add(f"{figure} effects/case", effects)
        self.figures.add(f"{figure} events/effect", more / effects)

    def _keep(self, figure: str, watch: Watch, followed: Followed) -> None:
        self.figures.watch(figure, watch)
        self.figures.add(f"{figure} cases/s", followed.cases / (followed.ended - watch.began))
        self.figures.add(f"{figure} followed commands/s", STEPS * followed.cases / (followed.ended - watch.began))
        self.figures.add(f"{figure} drain s", max(0.0, followed.ended - watch.ended))
        self.figures.add(f"{figure} events/case", followed.events_per_case)
        self.figures.add(f"{figure} bytes/case", followed.bytes_per_case)
        self.figures.add(f"{figure} events/command", followed.events_per_case / STEPS)

    def _sent(self) -> int:
        with psycopg.connect(self.stack.database_url) as connection:
            return int(connection.execute(SENT).fetchall()[0][0])

    @contextmanager
    def _processor(self, figure: str, worker: int, cases: int) -> Iterator[None]:
        """Count who uses how much of the processor meanwhile, in milliseconds per command."""
        postgres, temporal = self.stack.postgres.running(), self.stack.temporal.running()
        assert postgres is not None
        assert temporal is not None
        pids = (os.getpid(), worker, temporal.pid, postgres.pid)
        parts = [servers.Part(name, pid) for name, pid in zip(servers.PARTS, pids, strict=True)]
        before = [part.seconds() for part in parts]
        yield
        if figure:
            for part, used in zip(parts, before, strict=True):
                milliseconds = 1000 * (part.seconds() - used) / (cases * STEPS)
                self.figures.add(f"{figure} cpu {part.name}", milliseconds)
