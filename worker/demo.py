"""`casefold demo`: a whole Casefold in a temporary folder, made-up cases played, and what the ledger says of them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

import policies
from domain.actor import WORKFLOW
from ledger.keys.store import KeyStore
from ledger.recorder import Recorder
from ledger.store import Ledger
from worker.board import Board
from worker.play import Play, Script, read_scripts
from worker.settings import Settings
from worker.stack.home import StackHome
from worker.stack.process import spawn
from worker.stack.stack import Stack

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "cases.json"

OPEN = 5
"""Which of these cases is left open, so that there is something to wait for."""


@contextmanager
def casefold(home: Path) -> Iterator[dict[str, str]]:
    """PostgreSQL, Temporal and a worker in a folder; gives their environment. All stops when the block ends."""
    with Stack(home, temporary=True) as stack:
        environment = {**os.environ, **stack.environment(), "CASEFOLD_LOG": "json"}
        worker = spawn(
            [sys.executable, "-m", "worker.main", "worker"],
            log=stack.home.logs / "worker.log",
            environment=environment,
            cwd=stack.home.path,
        )
        try:
            yield environment
        finally:
            worker.stop()


def demo(file: Path = EXAMPLES) -> int:
    """Play the cases of a file on servers of their own, then ask the ledger about them. Returns the exit code."""
    out = Console(highlight=False, soft_wrap=True)
    scripts = read_scripts(file)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="casefold-demo-", ignore_cleanup_errors=True) as folder:
        out.print("Starting PostgreSQL, Temporal and a worker in a temporary folder …")
        with casefold(Path(folder)) as environment:
            out.print(
                f"They run after {time.monotonic() - began:.1f} s. Now {len(scripts)} made-up cases are played.\n"
            )
            cases = _play(scripts, environment, out)
            code = _ask(cases[0], cases[OPEN], environment, out)
    out.print(f"\nEverything has stopped and is removed again; {time.monotonic() - began:.0f} s in all.")
    out.print("Next: `make up` keeps it running, and `casefold open --help` starts a case of your own.")
    return code


def _play(scripts: Sequence[Script], environment: Mapping[str, str], out: Console) -> list[str]:
    """The operators at work; the ids of their cases."""
    began = time.monotonic()
    settings = Settings(home=Path(environment["CASEFOLD_HOME"]))
    keys = KeyStore(environment["DATABASE_KEYS_URL"], settings.master_keys)
    with Ledger(environment["DATABASE_URL"], keys=keys, application_name="casefold demo") as ledger:
        recorder = Recorder(ledger, StackHome(settings.home).matter_key())
        recorder.publish(policies.load(), WORKFLOW)
        with Board(scripts, recorder, out) as board:
            play = Play(ledger, recorder, scripts, "demo", told=board.told)
            cases = play.run()
        over = sum(case.over for _, case in map(recorder.load, cases))
    seconds = time.monotonic() - began
    out.print(f"\n{len(play.receipts)} commands by people in {seconds:.1f} s; {over} of {len(cases)} cases are over.")
    return cases


def _ask(first: str, still_open: str, environment: Mapping[str, str], out: Console) -> int:
    """What anyone may ask afterwards, with the commands that anyone would type. The worst of their exit codes."""
    steps = (
        (f"history {first}", "The whole story of the complaint whose customer refused twice"),
        (f"show {first} --at v30", "The same case as it was known at its 30th entry"),
        ("list", "What is still open"),
        (f"why {still_open}", "What it waits for"),
        ("reconcile", "Ledger and workflows compared"),
    )
    codes = []
    for command, about in steps:
        out.print(f"\n[dim]# {about}[/dim]\n[bold]$ casefold {command}[/bold]")
        codes.append(_casefold(command, environment))
    return max(codes)


def _casefold(command: str, environment: Mapping[str, str]) -> int:
    """A command, as its own process, on this terminal."""
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", "worker.main", *command.split()], env=environment, check=False
    ).returncode
