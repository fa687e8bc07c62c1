"""The program as people run it: inside this process for speed, and as a process of its own where that is the point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from domain.case import Case
from domain.evolve import replay
from tests.ledgers import Ledger, key_environment
from worker.main import app

MATTER_KEY = "a key that only these tests use, long enough"
ENVIRONMENT = {"CASEFOLD_LANG": "en", "CASEFOLD_BY": "li:agent@customer-service", "CASEFOLD_MATTER_KEY": MATTER_KEY}


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON on standard output, and nothing but JSON."""
        return json.loads(self.out)


Casefold = Callable[..., Answer]


@pytest.fixture
def environment(shipped: str, database_url: str, home: Path) -> dict[str, str]:
    """What the program finds in its environment: a ledger of the test's own, with the shipped sheets in force."""
    found = {**ENVIRONMENT, **key_environment(database_url)}
    return {**found, "DATABASE_URL": database_url, "CASEFOLD_HOME": str(home)}


@pytest.fixture
def casefold(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Casefold:
    """``casefold("show", case)`` runs the program within this process."""
    return _within(environment, monkeypatch)


@pytest.fixture
def no_ledger(monkeypatch: pytest.MonkeyPatch) -> Casefold:
    """The same for what must not need a ledger: help, and what is wrongly asked."""
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    return _within({**ENVIRONMENT, **key_environment(nowhere), "DATABASE_URL": nowhere}, monkeypatch)


made = cache(get_command)
"""The program's commands, made once: Typer's runner makes them for each call, which takes a fifth of a second."""


def _within(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Casefold:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("typer.testing._get_command", made)

    def run(*arguments: object, typed: str | bytes | None = None, **env: str) -> Answer:
        with monkeypatch.context() as patch:
            for name, value in env.items():
                patch.setenv(name, value)
            result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    return run


@dataclass(frozen=True)
class Program:
    """The program as a process of its own."""

    environment: dict[str, str]
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: object, **env: str) -> subprocess.Popen[str]:
        """Begin; the caller waits for it, or ends it, or it is killed at the end of the test."""
        process = subprocess.Popen(
            [sys.executable, "-m", "worker.main", *map(str, arguments)],
            env={**os.environ, **self.environment, **env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.started.append(process)
        return process

    def __call__(self, *arguments: object, **env: str) -> Answer:
        """Run to the end."""
        process = self.start(*arguments, **env)
        out, err = process.communicate(timeout=180)
        return Answer(process.returncode, out, err)


@pytest.fixture
def program(environment: dict[str, str]) -> Iterator[Program]:
    """``program("show", case)`` runs the program as a process of its own."""
    program = Program(environment)
    yield program
    for process in program.started:
        process.kill()
        if process.stdout is not None and not process.stdout.closed:
            process.communicate()


@pytest.fixture
def ledger(environment: dict[str, str]) -> Iterator[Ledger]:
    """The test's ledger, to look at what was written."""
    with Ledger(environment["DATABASE_URL"]) as ledger:
        yield ledger


@pytest.fixture
def complaint(casefold: Casefold) -> str:
    """A complaint that was just registered."""
    answer = casefold(
        *("open", "complaint", "--channel", "hotline", "--customer-name", "张三", "--contact", "13800138000"),
        *("--matter", "灯坏了", "--remedy-sought", "换一个", "--json"),
    )
    assert answer.code == 0, answer.err
    return str(answer.data["case"])


@pytest.fixture
def investigated(casefold: Casefold, complaint: str) -> str:
    """A complaint that Wang investigates."""
    casefold("classify-case", complaint, "--category", "product", "--subcategory", "damage")
    casefold("assign-case", complaint, "--to", "wang", "--department", "after-sales", "--by", "chen:lead")
    assert casefold("accept-assignment", complaint, "--by", "wang@after-sales").code == 0
    return complaint


def folded(ledger: Ledger, case: str) -> Case:
    """The case as the ledger has it."""
    return replay(ledger.history(case))
