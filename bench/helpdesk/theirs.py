"""django-helpdesk for the benchmark: an environment and a database of its own, gunicorn with two workers."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.servers import ROOT
from worker.stack.postgres import OWNER_ROLE
from worker.stack.process import Identity, StackError, plain_environment, spawn, tail, wait_until
from worker.stack.stack import Stack
from worker.up import free_port

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
DATABASE = "helpdesk"
WORKERS, THREADS = 2, 4
"""Threads, because gunicorn keeps a connection open between requests only with them."""
PATIENCE = 30.0


@dataclass(frozen=True)
class Helpdesk:
    """Where it answers, to whom, and who works there."""

    address: str
    token: str
    queue: int
    server: Identity


@contextmanager
def helpdesk(stack: Stack, python: Path) -> Iterator[Helpdesk]:
    """It runs until the end of the block."""
    stack.postgres.create_database(DATABASE)
    environment = {
        **plain_environment(),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "bench.helpdesk.site.settings",
        "HELPDESK_SECRET": secrets.token_urlsafe(40),
        "HELPDESK_SOCKET": str(stack.postgres.socket),
        "HELPDESK_DATABASE": DATABASE,
        "HELPDESK_ROLE": OWNER_ROLE,
    }
    told = _run([python, "-m", "bench.helpdesk.site.prepare"], environment)
    known = json.loads(told.splitlines()[-1])
    port = free_port(0)
    log = stack.home.logs / "helpdesk.log"
    kind = ["--worker-class", "gthread", "--threads", str(THREADS), "--keep-alive", "30"]
    words = ["--workers", str(WORKERS), *kind, "--bind", f"127.0.0.1:{port}", "django.core.wsgi:get_wsgi_application()"]
    server = spawn([python, "-m", "gunicorn", *words], log=log, environment=environment, cwd=stack.home.path)
    try:
        address = f"http://127.0.0.1:{port}"
        if not wait_until(lambda: answers(f"{address}/api/") or not server.alive, PATIENCE) or not server.alive:
            raise StackError(f"django-helpdesk does not start. The end of its log:\n{tail(log)}")
        yield Helpdesk(address, known["token"], known["queue"], server)
    finally:
        server.stop()


def answers(url: str) -> bool:
    """Whether somebody is there and says anything."""
    try:
        return httpx.get(url, timeout=5).status_code < 500
    except httpx.TransportError:
        return False


def installed() -> Path:
    """The Python of an environment with what requirements.txt pins; made once, kept in the user's cache."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "casefold-bench" / f"helpdesk-{digest}"
    python, finished = place / "bin" / "python", place / "finished"
    if not finished.exists():
        shutil.rmtree(place, ignore_errors=True)
        _run([Path(sys.executable), "-m", "venv", place], os.environ)
        install: list[str | Path] = [
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--requirement",
            REQUIREMENTS,
        ]
        _run([python, *install], os.environ)
        finished.touch()
    return python


def version() -> str:
    """The pinned version, for the report."""
    pinned = [line.strip() for line in REQUIREMENTS.read_text().splitlines() if line.startswith("django-helpdesk==")]
    return pinned[0].partition("==")[2]


def _run(command: list[str | Path], environment: os._Environ[str] | dict[str, str]) -> str:
    done = subprocess.run(command, env=dict(environment), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{command[2:5]} failed:\n{done.stderr[-2000:]}")
    return done.stdout
