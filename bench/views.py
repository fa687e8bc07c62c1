"""`python -m bench.views --cases 100000`: the read models with many cases, and how fast the server's pages are then.

Makes the cases through the recorder (`bench/crowd.py`), makes all views anew, starts `casefold serve`, signs in over
HTTP and asks for one page after another. The baseline, a trivial page of the same server, is asked for after each, in
the same run. `--home` keeps the cases in a folder, where another run finds them.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from rich.console import Console
from rich.table import Table

from bench.crowd import RARE, Crowd
from bench.operators import percentile
from bench.servers import ROOT, Part, machine
from console.web.worklist_rows import TABS
from ledger.store import Ledger
from ledger.views import Views
from worker.stack.process import StackError, spawn, tail
from worker.stack.stack import Stack

GOAL = 50.0
"""Milliseconds that 95 of 100 requests may take."""
BASELINE = "/health/live"
PASSWORD = "a password for made-up cases only"
AGENT, CHIEF = "p02", "chief"
"""Somebody who sees a department, and somebody who sees everything."""
PATIENCE = 60.0
COUNTS = """
SELECT (SELECT count(*) FROM casefold.stored_events),
       (SELECT count(*) FROM casefold_views.case_summary),
       (SELECT count(*) FROM casefold_views.case_summary WHERE NOT over)
"""
BUSY = 'SELECT "case" FROM casefold_views.case_summary ORDER BY version DESC, "case" LIMIT 20'
TYPICAL = 'SELECT "case" FROM casefold_views.case_summary WHERE NOT over AND version > 5 ORDER BY "case" LIMIT 20'


@dataclass(frozen=True)
class Timed:
    """How long requests for one page took, in milliseconds."""

    title: str
    by: str
    times: Sequence[float]
    baseline: Sequence[float]
    """Of the trivial page, asked for right afterwards."""
    size: int
    """Characters of the last answer."""
    processor: float
    """Milliseconds of processor time for one, of server and database together: what a busy machine does not stretch."""

    @property
    def p50(self) -> float:
        """Half of them took at most so long."""
        return percentile(self.times, 50)

    @property
    def p95(self) -> float:
        """95 of 100 took at most so long."""
        return percentile(self.times, 95)

    @property
    def ratio(self) -> float:
        """Times of the trivial page, half of each."""
        return self.p50 / percentile(self.baseline, 50)


class Browser:
    """A session of somebody who is signed in, on one connection."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"Origin": f"http://127.0.0.1:{port}", "Accept-Language": "zh-CN"}

    def sign_in(self, user: str) -> None:
        """As people do, by the form."""
        form = urlencode({"user": user, "password": PASSWORD})
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", "/sign-in", form, headers)
        answer = self._connection.getresponse()
        answer.read()
        cookie = answer.getheader("set-cookie")
        if answer.status != 303 or cookie is None:
            raise StackError(f"{user} cannot sign in: {answer.status}")
        self._headers["Cookie"] = cookie.partition(";")[0]

    def get(self, path: str) -> tuple[float, str]:
        """Milliseconds until the whole page was there, and the page."""
        before = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        seconds = time.perf_counter() - before
        if answer.status != 200:
            raise StackError(f"{path} answers {answer.status}: {body[:300]!r}")
        return 1000 * seconds, body.decode()

    def timed(self, title: str, by: str, paths: Sequence[str], rounds: int, parts: Sequence[Part]) -> Timed:
        """Ask for these pages by turns, and as often for the trivial one."""
        for path in paths[:3]:
            self.get(path)
        times, baseline, size = [], [], 0
        before = sum(part.seconds() for part in parts)
        for number in range(rounds):
            took, page = self.get(paths[number % len(paths)])
            times.append(took)
            size = len(page)
        used = sum(part.seconds() for part in parts) - before
        for _ in range(rounds):
            baseline.append(self.get(BASELINE)[0])
        return Timed(title, by, times, baseline, size, 1000 * used / rounds)


def pages(ledger: Ledger, number: int) -> Iterator[tuple[str, Sequence[str]]]:
    """What is asked for."""
    for tab in TABS:
        yield f"worklist: {tab.title}", [f"/?q={quote(tab.query)}"]
    for query in (
        "stage:confirm due:<4h",
        "-is:standing kind:complaint urgency:urgent,safety",
        "waiting:assign age:>1w",
    ):
        yield f"worklist: {query}", [f"/?q={quote(query)}"]
    for word, title in (("灯罩", "a word of two characters, common"), (RARE, "a word of two characters, rare")):
        yield f"search: {title}", [f"/?q={quote(word)}"]
    yield "search: within a list", [f"/?q={quote('灯罩 stage:investigate')}"]
    yield "search: order numbers", [f"/?q=SO-2026-{one:06}" for one in range(0, number, max(1, number // 20))]
    yield "palette: begun to type", [f"/palette?q={quote(word)}" for word in ("lam", "SO-2026-0001", "冰箱", "p1")]
    yield "the list again, when something moved", ["/list?q=&shown=50"]
    yield "a case", [f"/cases/{case}" for (case,) in ledger.query(TYPICAL)]
    yield "a case with a long history", [f"/cases/{case}" for (case,) in ledger.query(BUSY)]


@contextmanager
def serving(stack: Stack) -> Iterator[tuple[int, Part]]:
    """`casefold serve`, as in production; the port, and the process."""
    environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json"}
    log = stack.home.logs / "serve.log"
    log.unlink(missing_ok=True)
    command = [sys.executable, "-m", "worker.main", "serve", "--port", "0"]
    process = spawn(command, log=log, environment=environment, cwd=ROOT)
    try:
        yield _port(log), Part("server", process.pid)
    finally:
        process.stop()


def _port(log: Path) -> int:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for line in log.read_text().splitlines():
            if line.startswith("Casefold answers at "):
                port = int(line.rpartition(":")[2])
                _wait(port, end)
                return port
        time.sleep(0.1)
    raise StackError(f"The server does not start. The end of its log:\n{tail(log)}")


def _wait(port: int, end: float) -> None:
    """Until it answers."""
    while time.monotonic() < end:
        try:
            Browser(port).get(BASELINE)
        except OSError:
            time.sleep(0.1)
        else:
            return


def users(stack: Stack) -> None:
    """Two people who may sign in; whoever is there already stays."""
    environment = {**os.environ, **stack.environment()}
    for user, more in ((AGENT, ["--role", "agent", "--department", "after-sales"]), (CHIEF, ["--role", "management"])):
        command = [sys.executable, "-m", "worker.main", "users", "add", user, "--name", user, *more]
        subprocess.run(
            [*command, "--password-file", "-"],
            input=PASSWORD,
            text=True,
            env=environment,
            cwd=ROOT,
            check=False,
            capture_output=True,
        )


def fill(stack: Stack, ledger: Ledger, cases: int, told: Console) -> None:
    """Make the cases that are not there yet."""
    there = sum(1 for _ in ledger.streams("case"))
    if there >= cases:
        told.print(f"{there:,} cases are there already.", highlight=False)
        return
    began = time.monotonic()
    crowd = Crowd(ledger, stack.home.matter_key(), seed=there)
    with told.status("") as status:
        commands = crowd.make(cases - there, lambda done: status.update(f"{there + done:,} cases are made"), there)
    seconds = time.monotonic() - began
    told.print(
        f"{cases - there:,} cases by {commands:,} commands in {seconds:.0f} s ({commands / seconds:,.0f} commands/s).",
        highlight=False,
    )


def rebuild(stack: Stack, ledger: Ledger, told: Console) -> Mapping[str, float]:
    """Make all views anew, and let the database know its tables, as it does by itself after a while."""
    began = time.monotonic()
    with told.status("") as status:
        Views(ledger).rebuild(lambda done, total: status.update(f"views of {done:,} of {total:,} cases"))
    seconds = time.monotonic() - began
    ((entries, cases, still_open),) = ledger.query(COUNTS)
    with psycopg.connect(stack.owner_url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE casefold_views.case_summary")
        owner.execute("VACUUM ANALYZE casefold_views.case_text")
    told.print(
        f"All views made anew in {seconds:.0f} s: {entries:,} entries of {cases:,} cases ({still_open:,} open); "
        f"{entries / seconds:,.0f} entries/s, {cases / seconds:,.0f} cases/s.",
        highlight=False,
    )
    return {"seconds": seconds, "entries": entries, "cases": cases, "open": still_open}


def measure(stack: Stack, ledger: Ledger, rounds: int, only: str) -> Iterator[Timed]:
    """All pages, as both people."""
    users(stack)
    number = ledger.query(COUNTS)[0][1]
    database = stack.postgres.running()
    with serving(stack) as (port, server):
        parts = [server, *([Part("PostgreSQL", database.pid)] if database else [])]
        for by in (AGENT, CHIEF):
            browser = Browser(port)
            browser.sign_in(by)
            for title, paths in pages(ledger, number):
                if only not in title:
                    continue
                seen = [path for path in paths if "/cases/" not in path or _seen(browser, path)]
                if seen:
                    yield browser.timed(title, by, seen, rounds, parts)


def _seen(browser: Browser, path: str) -> bool:
    try:
        browser.get(path)
    except StackError:
        return False
    return True


def show(told: Console, found: Sequence[Timed]) -> None:
    """For people."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("page", "by", "p50, ms", "p95, ms", f"goal ≤ {GOAL:g}", "× trivial page", "processor, ms", "KB"):
        table.add_column(heading, justify="left" if heading in ("page", "by") else "right")
    for one in found:
        met = "[green]met[/]" if one.p95 <= GOAL else "[yellow]short[/]"
        table.add_row(
            one.title,
            one.by,
            *(f"{one.p50:.1f}", f"{one.p95:.1f}", met, f"{one.ratio:.1f}", f"{one.processor:.1f}"),
            f"{one.size / 1000:.0f}",
        )
    told.print(table)
    baseline = [value for one in found for value in one.baseline]
    told.print(
        f"The trivial page ({BASELINE}) of the same run: p50 {percentile(baseline, 50):.1f} ms, "
        f"p95 {percentile(baseline, 95):.1f} ms. One request at a time, on one connection.",
        highlight=False,
    )


def main() -> None:
    """Make, rebuild, serve, measure; the exit code says nothing about speed."""
    parser = argparse.ArgumentParser(prog="python -m bench.views", description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=100, help="requests for each page (default 100)")
    parser.add_argument("--home", type=Path, help="keep the cases in this folder, or use those that are there")
    parser.add_argument("--as-they-are", action="store_true", help="do not make the views anew")
    parser.add_argument("--only", default="", help="only pages with this in their title")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all times there, for programs")
    options = parser.parse_args()
    told = Console()
    here = machine()
    told.print(
        f"{here['cores']} cores, {here['processor']}; load {here['load_average'][0]}; "
        f"others use {here['others_percent']:.0f} % of the processor.",
        highlight=False,
    )
    with (
        tempfile.TemporaryDirectory(prefix="casefold-bench-", ignore_cleanup_errors=True) as folder,
        Stack(options.home or Path(folder), parts=["postgres"], durable=False, temporary=not options.home) as stack,
        Ledger(stack.database_url, keys=stack.key_store()) as ledger,
    ):
        fill(stack, ledger, options.cases, told)
        views = {} if options.as_they_are else rebuild(stack, ledger, told)
        found = []
        with told.status("") as status:
            for one in measure(stack, ledger, options.rounds, options.only):
                found.append(one)
                status.update(f"{one.title}: p95 {one.p95:.0f} ms")
    show(told, found)
    if options.json:
        data: dict[str, Any] = {"machine": here, "views": views, "pages": [vars(one) for one in found]}
        options.json.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
