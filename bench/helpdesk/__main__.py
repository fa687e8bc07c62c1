"""`python -m bench.helpdesk`: Casefold and django-helpdesk do the same work over HTTP, by turns."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from bench.figures import Figures
from bench.helpdesk import ours, theirs
from bench.helpdesk.report import show, to_data
from bench.helpdesk.rounds import Rounds, Size
from bench.servers import machine
from worker.stack.stack import Stack


def main() -> None:
    """Parse, run, print; the exit code says nothing about speed."""
    parser = argparse.ArgumentParser(prog="python -m bench.helpdesk", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: figures of little weight, in a minute")
    parser.add_argument("--rounds", type=int, help="how many rounds (default 4)")
    parser.add_argument("--abreast", action="store_true", help="let nothing step back, unlike `casefold up`")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rounds there, for programs")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and with it the servers
    size = Size(*Size.QUICK) if options.quick else Size()
    if options.rounds:
        size = replace(size, rounds=options.rounds)

    console = Console()
    here = machine()
    figures = Figures()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="casefold-bench-", ignore_cleanup_errors=True) as folder,
        console.status("installing django-helpdesk") as status,
        ExitStack() as running,
    ):
        python = theirs.installed()
        status.update("starting PostgreSQL, Temporal and both servers")
        stack = running.enter_context(Stack(Path(folder), temporary=True, people_first=not options.abreast))
        their_side = running.enter_context(theirs.helpdesk(stack, python))
        our_side = running.enter_context(ours.casefold(stack, people_first=not options.abreast))
        rounds = Rounds(stack, their_side, our_side, size, figures, status.update).run()
    seconds = round(time.monotonic() - began, 1)
    settings = {**asdict(size), "rounds": rounds, "people_first": not options.abreast, "seconds": seconds}
    show(console, figures, here)
    console.print(f"{settings['seconds']:.0f} s, {rounds} round{'s' if rounds > 1 else ''}.", style="dim")
    if options.json:
        options.json.write_text(json.dumps(to_data(figures, here, settings), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
