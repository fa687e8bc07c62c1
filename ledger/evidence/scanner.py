"""A scanner of the organisation's own: a command that is given each file before it is recorded.

``clamdscan --no-summary -`` reads it from standard input; where the command has ``{}``, that becomes a path instead.
Exit code 0: clean; 1: something was found; anything else, and no answer in time: not scanned. The readable file goes
through memory only and is never written to a disk.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from domain.words import ScanVerdict

PATH = "{}"
LONGEST = 200
"""Characters of what the scanner says that are kept."""


@dataclass(frozen=True)
class Found:
    """Why a file must not be given to anybody."""

    verdict: ScanVerdict
    detail: str


@dataclass(frozen=True)
class Scanner:
    """The command, and how many seconds it may take."""

    command: tuple[str, ...]
    patience: float = 120.0

    @classmethod
    def of(cls, command: str) -> Scanner | None:
        """As it is written in the settings; None when there is none."""
        words = tuple(shlex.split(command))
        return cls(words) if words else None

    def begin(self) -> Scan:
        """Scan one file."""
        return Scan(self)


class Scan:
    """One file on its way through the scanner. `end` it, or `abandon` it."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `abandon`
        self._process: subprocess.Popen[bytes] | None = None
        self._trouble = ""
        self._memory: int | None = None
        self._watch = threading.Timer(scanner.patience, self._too_long)
        self._watch.daemon = True
        if any(PATH in word for word in scanner.command):
            self._memory = os.memfd_create("evidence")
        else:
            self._start(scanner.command, subprocess.PIPE)

    def feed(self, piece: bytes) -> None:
        """The next piece. A scanner that has seen enough may close its end."""
        if self._memory is not None:
            os.write(self._memory, piece)
        elif self._process is not None and self._process.stdin is not None:
            with suppress(BrokenPipeError, ValueError):
                self._process.stdin.write(piece)

    def end(self) -> Found | None:
        """The verdict; None: it is clean."""
        if self._memory is not None:
            path = f"/proc/{os.getpid()}/fd/{self._memory}"
            self._start(tuple(word.replace(PATH, path) for word in self._scanner.command), subprocess.DEVNULL)
        code = None
        if self._process is not None:
            if self._process.stdin is not None:
                with suppress(BrokenPipeError, ValueError):
                    self._process.stdin.close()
            code = self._process.wait()
        said = self._said()
        self.abandon()
        if self._trouble:
            return Found(ScanVerdict.FAILED, self._trouble)
        if code == 0:
            return None
        if code == 1:
            return Found(ScanVerdict.INFECTED, said)
        return Found(ScanVerdict.FAILED, f"exit code {code}. {said}".strip())

    def abandon(self) -> None:
        """Be done with it, whatever it is doing."""
        self._watch.cancel()
        if self._process is not None:
            if self._process.poll() is None:
                self._process.kill()
            if self._process.stdin is not None:
                with suppress(BrokenPipeError):
                    self._process.stdin.close()
            self._process.wait()
        if self._memory is not None:
            os.close(self._memory)
            self._memory = None
        self._output.close()

    def _start(self, command: tuple[str, ...], stdin: int) -> None:
        try:
            self._process = subprocess.Popen(command, stdin=stdin, stdout=self._output, stderr=self._output)
            self._watch.start()
        except OSError as error:
            self._trouble = f"the scanner cannot be started: {error.strerror or type(error).__name__}"

    def _too_long(self) -> None:
        self._trouble = f"the scanner gave no answer within {self._scanner.patience:g} s"
        if self._process is not None:
            self._process.kill()

    def _said(self) -> str:
        """The first line that the scanner wrote, which may hold anything."""
        if self._output.closed:
            return ""
        self._output.seek(0)
        text = self._output.read(4096).decode(errors="replace")
        line = next((line for line in text.splitlines() if line.strip()), "")
        line = re.sub(r"/proc/\d+/fd/\d+", "file", line)
        return "".join(sign if sign.isprintable() else " " for sign in line).strip()[:LONGEST]
