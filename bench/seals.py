"""`python -m bench.seals`: how fast entries are sealed and verified, and what appending notices of it."""

from __future__ import annotations

import argparse
import base64
import hashlib
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.life import sheets
from bench.operators import Pace, Watch, percentile
from bench.raw import Rows, rows_of
from bench.recording import record
from bench.servers import machine
from domain.actor import WORKFLOW
from ledger.canonical import canonical
from ledger.recorder import Recorder
from ledger.seal.bundle import Exporter
from ledger.seal.folder import Folder
from ledger.seal.verify import verify
from ledger.store import Ledger
from worker.sealing import Sealing
from worker.settings import Settings
from worker.stack.process import spawn
from worker.stack.stack import Stack

AT_ONCE = 500
"""Cases that go on side by side."""
CHUNK = 5_000
"""Commands that are copied at once."""
COLUMNS = """actor_id, command_id, stream, name, salt, digest, body, actor, expected_version, received_at, outcome,
refusal, events, first_version, last_version"""
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Timed:
    """What some work took."""

    number: int
    wall: float
    cpu: float
    """Of the process that did it; PostgreSQL's is not in it."""

    @property
    def line(self) -> tuple[str, str, str]:
        """For the table."""
        return f"{self.wall:.1f} s", f"{self.number / self.wall:,.0f}", f"{self.number / self.cpu:,.0f}"


@contextmanager
def timed(number: int, into: list[Timed], *, children: bool = False) -> Iterator[None]:
    """Take the time of a block."""
    who = resource.RUSAGE_CHILDREN if children else resource.RUSAGE_SELF
    before, began = resource.getrusage(who), time.perf_counter()
    yield
    wall, after = time.perf_counter() - began, resource.getrusage(who)
    into.append(Timed(number, wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))


def fill(url: str, life: list[Rows], number: int) -> int:
    """Copy the rows of one recorded case again and again, as cases of their own with their own salts."""
    made = 0
    with psycopg.connect(url) as connection:
        copies = _copies(life)
        while made < number:
            chunk = list(itertools.islice(copies, CHUNK))
            with connection.cursor() as cursor:
                entries = "COPY casefold.stored_events (originator_id, originator_version, topic, state) FROM STDIN"
                with cursor.copy(entries) as copy:
                    for rows in chunk:
                        for version, topic, state in zip(rows.versions, rows.topics, rows.states, strict=True):
                            copy.write_row((rows.command[2], version, topic, state))
                            made += 1
                with cursor.copy(f"COPY casefold.command ({COLUMNS}) FROM STDIN") as copy:
                    for rows in chunk:
                        copy.write_row(rows.command)
            connection.commit()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE) casefold.stored_events")
        connection.execute("VACUUM (ANALYZE) casefold.command")
    return made


def _copies(life: list[Rows]) -> Iterator[Rows]:
    """Cases side by side: the first command of each, then the second of each …"""
    for wave in itertools.count():
        for rows in life:
            for place in range(AT_ONCE):
                yield _copy(rows, f"C-2025-{wave * AT_ONCE + place:06d}")


def _copy(rows: Rows, stream: str) -> Rows:
    (actor, command_id, old, name, _, digest, body, *rest) = rows.command
    told = canonical(json.loads(body.replace(old, stream)))
    salt = os.urandom(16)
    now = hashlib.sha256(salt + told).digest()
    before, after = base64.b64encode(digest), base64.b64encode(now)
    new_id = f"{stream}/{command_id}"
    states = []
    for state in rows.states:
        state = state.replace(before, after).replace(old.encode(), stream.encode())
        state = state.replace(f'"command_id":"{command_id}"'.encode(), f'"command_id":"{new_id}"'.encode())
        states.append(state[:-32] + base64.b64encode(os.urandom(16)) + state[-8:])
    command = (actor, new_id, stream, name, salt, now, told.decode(), *rest)
    return replace(rows, command=command, states=states)


def appending(stack: Stack, name: str, seconds: float) -> Watch:
    """Operators at their pace, for about so long."""
    pace = Pace(pause=0.04)
    with Ledger(stack.database_url, keys=stack.key_store()) as ledger:
        recorder = Recorder(ledger, stack.matter_key)
        record(recorder, f"{name} warm", 8, 16, pace=pace)
        return record(recorder, name, 8, int(seconds * 25), pace=pace).watch


def by_turns(console: Console, stack: Stack, rounds: int, seconds: float) -> None:
    """Append alone, beside the sealer, and beside a verification too: by turns, for the machine is never the same."""
    watches: dict[str, list[Watch]] = {"alone": [], "with the sealer": [], "with the sealer and a verification": []}
    alone, sealing, verifying = watches.values()
    for number in range(rounds):
        alone.append(appending(stack, f"alone {number}", seconds))
        with running(stack, "worker", "--part", "sealer"):
            sealing.append(appending(stack, f"sealing {number}", seconds))
            with running(stack, "verify", again=True):
                verifying.append(appending(stack, f"verifying {number}", seconds))
    table = Table("appending", "commands", "p50 ms", "p99 ms", "p99 to alone", "p99 of each round", box=None)
    base = percentile([one for watch in alone for one in watch.seconds], 99)
    for what, found in watches.items():
        all_ = [one for watch in found for one in watch.seconds]
        p50, p99 = percentile(all_, 50), percentile(all_, 99)
        each = " ".join(f"{watch.p99:.0f}" for watch in found)
        table.add_row(what, f"{len(all_):,}", f"{1000 * p50:.2f}", f"{1000 * p99:.1f}", f"{p99 / base:.2f}", each)
    console.print(table)


@contextmanager
def running(stack: Stack, *words: str, again: bool = False) -> Iterator[None]:
    """The program beside it; ``again`` begins it anew whenever it ends."""
    command = [sys.executable, "-m", "worker.main", *words]
    if again:
        command = ["sh", "-c", 'while :; do nice "$@" >/dev/null; done', "sh", *command]  # as docs/audit.md says
    environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json"}
    process = spawn(command, log=stack.home.logs / f"{words[0]}.log", environment=environment, cwd=ROOT)
    try:
        time.sleep(3)
        yield
    finally:
        process.stop(patience=5)


def main() -> None:
    """Fill, seal, verify, append; print."""
    parser = argparse.ArgumentParser(prog="python -m bench.seals", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=8, help="of appending, each time")
    parser.add_argument("--rounds", type=int, default=6, help="of appending by turns")
    options = parser.parse_args()
    console = Console(highlight=False)
    here = machine()
    with (
        tempfile.TemporaryDirectory(prefix="casefold-bench-", ignore_cleanup_errors=True) as folder,
        Stack(Path(folder), parts=["postgres"], temporary=True) as stack,
    ):
        Path(folder).chmod(0o711)
        console.print(
            f"{here['cores']} cores, {here['processor']}; Python {here['python']}; "
            f"before the run others used {here['others_percent']:.0f} % of the processor."
        )
        with Ledger(stack.database_url, keys=stack.key_store()) as ledger:
            recorder = Recorder(ledger, stack.matter_key)
            recorder.publish(sheets(), WORKFLOW)
            stream = next(iter(record(recorder, "first", 1, 1).commits))
        life = rows_of(stack.owner_url, stream)
        number = fill(stack.owner_url, life, options.entries)
        console.print(f"{number:,} entries of {_mean(life):.0f} bytes, {len(life)} commands to {_per(life)} entries.\n")
        measured(console, stack, Path(folder))
        by_turns(console, stack, options.rounds, options.seconds)


def measured(console: Console, stack: Stack, folder: Path) -> None:
    """Seal and verify everything, once."""
    settings = Settings(home=stack.home.path)
    times: list[Timed] = []
    with psycopg.connect(stack.database_url) as connection:
        number = connection.execute("SELECT count(*) FROM casefold.stored_events").fetchall()[0][0]
        others = connection.execute("SELECT count(*) FROM casefold.command").fetchall()[0][0]
    sealing = Sealing(settings)
    with timed(number, times):
        sealing.once()
    key, seals = sealing.own_signer().verifier, Folder(settings.seals)
    with psycopg.connect(stack.database_url) as connection, timed(number, times):
        report = verify(connection, seals, key)
        assert report.well, list(report.lines())
    for name in ("all", "headers"):
        with psycopg.connect(stack.database_url) as connection, timed(number, times):
            Exporter(connection, seals).all(folder / name, contents=name == "all")
        command = [sys.executable, "-I", "-S", folder / name / "casefold_verify.py", folder / name, "--key", str(key)]
        with timed(number, times, children=True):
            subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)
    names = (
        "sealed, signed and published",
        f"verified live, with {others:,} commands",
        "exported with contents",
        "verified offline with contents",
        "exported without contents",
        "verified offline without contents",
    )
    table = Table("", "took", "a second", "a second of its own CPU time", box=None)
    for name, one in zip(names, times, strict=True):
        table.add_row(name, *one.line)
    console.print(table)
    console.print()


def _mean(life: list[Rows]) -> float:
    states = [state for rows in life for state in rows.states]
    return sum(map(len, states)) / len(states)


def _per(life: list[Rows]) -> int:
    return sum(len(rows.states) for rows in life)


if __name__ == "__main__":
    main()
