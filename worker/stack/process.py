"""A server process that outlives whoever started it: starting, recognising, signalling and stopping it by its id."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from worker.stack.background import let_session_step_back, stepping_back

LOG_LIMIT = 10_000_000
"""A log file larger than this is put aside when its part starts."""


class StackError(Exception):
    """A part could not be started; the text says why and what to do."""


@dataclass(frozen=True)
class Identity:
    """A process id with its start, so that a stranger who got the same number later is not taken for ours."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process with this id as it is now; None when there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def from_data(cls, data: object) -> Identity | None:
        """Read what `to_data` wrote."""
        match data:
            case {"pid": int(pid), "started": int() | float() as started}:
                return cls(pid, float(started))
            case _:
                return None

    def to_data(self) -> dict[str, float]:
        """For stack.json."""
        return {"pid": self.pid, "started": self.started}

    @property
    def alive(self) -> bool:
        """Whether this very process still runs; a zombie whose last thread has let go of its ports does not."""
        try:
            process = psutil.Process(self.pid)
            # The system's clock may be adjusted between two readings; ids are not used again within seconds.
            ours = abs(process.create_time() - self.started) < 2
            return ours and (process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1)
        except psutil.Error:
            return False

    def send(self, number: int) -> None:
        """Send a signal to this very process, if it still runs."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def wait(self, seconds: float) -> bool:
        """Whether it has gone within this time."""
        return wait_until(self._gone, seconds)

    def stop(self, first: int = signal.SIGTERM, *, patience: float = 10) -> None:
        """Ask it to stop, wait, then kill it."""
        self.send(first)
        if not self.wait(patience):
            self.send(signal.SIGKILL)
            self.wait(5)

    def _gone(self) -> bool:
        if self.alive:
            return False
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)  # our own child: take its exit status, or it stays as a zombie
        return True


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    environment: Mapping[str, str],
    cwd: Path,
    user: str | None = None,
    background: bool = False,
) -> Identity:
    """Start a server in a session of its own (Ctrl-C in the terminal does not reach it), writing to its log file.

    In the ``background`` it steps back for whatever people wait for.
    """
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_suffix(".old.log"))
    with log.open("ab") as out:
        process = subprocess.Popen(
            stepping_back(command) if background else command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(environment),
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
        )
    if background:
        let_session_step_back(process.pid)
    process.returncode = 0  # Identity waits for it; without this Popen warns when it is forgotten
    return Identity.of(process.pid) or Identity(process.pid, time.time())


def plain_environment() -> dict[str, str]:
    """Enough to run a server, and nothing that could steer it behind our back (PG…, TEMPORAL_…, LC_…)."""
    kept = ("PATH", "HOME", "TMPDIR", "LANG", "TZ")
    return {name: os.environ[name] for name in kept if name in os.environ}


def wait_until(condition: Callable[[], bool], seconds: float, *, every: float = 0.02) -> bool:
    """Look again and again; whether it came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log file, to show why a part did not start."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""
