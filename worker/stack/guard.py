"""Watches over a temporary stack: when whoever started it is gone, the servers stop and the folder goes."""

from __future__ import annotations

import shutil
import signal
import sys
from pathlib import Path

from worker.stack.home import StackHome
from worker.stack.postgres import PostgresServer
from worker.stack.temporal import TemporalServer


def main(folder: Path) -> None:
    """Wait until the other end of standard input is closed, which the system does for a process that dies."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    home = StackHome(folder)
    for server in (TemporalServer(home), PostgresServer(home)):
        server.stop(at_once=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
