"""`python -m bench`: runs the benchmark on servers of its own, and prints what came out next to the goals."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console

from bench.figures import Figures
from bench.report import show, to_data
from bench.rounds import Bench, Size
from bench.servers import machine
from worker.stack.stack import Stack

PARTS = ("appending", "following", "timers")


def main() -> None:
    """Parse, run, print; the exit code says nothing about speed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: figures of little weight, in a minute")
    parser.add_argument("--rounds", type=int, help="how many rounds (default 3)")
    parser.add_argument("--only", choices=PARTS, help="one part of it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all rounds there, for programs")
    options = parser.parse_args()
    size = Size(*Size.QUICK) if options.quick else Size()
    if options.rounds:
        size = replace(size, rounds=options.rounds)

    console = Console()
    here = machine()
    figures = Figures()
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="casefold-bench-", ignore_cleanup_errors=True) as folder,
        console.status("starting PostgreSQL and Temporal") as status,
        Stack(Path(folder), temporary=True) as stack,
    ):
        bench = Bench(stack, size, figures, status.update)
        if options.only in (None, "appending"):
            bench.appending()
        if options.only in (None, "following"):
            asyncio.run(bench.following())
        if options.only == "timers" or (options.only is None and not options.quick):
            asyncio.run(bench.timers())
    settings = {**asdict(size), "seconds": round(time.monotonic() - began, 1)}
    show(console, figures, here)
    console.print(f"{settings['seconds']:.0f} s, {size.rounds} round{'s' if size.rounds > 1 else ''}.", style="dim")
    if options.json:
        options.json.write_text(json.dumps(to_data(figures, here, settings), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
