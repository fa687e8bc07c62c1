"""Whatever is logged, no personal data comes out: planted words are searched for in every line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import structlog

from worker import logs
from worker.settings import LogFormat

CANARY = "Zhang Canary 13800001234"


@dataclass(frozen=True)
class Told:
    """Stands for any command or event."""

    customer: str


@pytest.fixture(params=LogFormat)
def output(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process would write on stderr."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    logs.configure(request.param, "info")
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


def log() -> Any:
    return structlog.get_logger("casefold.test")


@pytest.mark.requirement("L-04")
def test_only_known_fields_show_words(output: io.StringIO) -> None:
    log().info("noted", case="C-2026-000001", position=7, name=CANARY, told=Told(CANARY), more={"n": CANARY})
    assert CANARY not in output.getvalue()
    assert "C-2026-000001" in output.getvalue()
    assert "7" in output.getvalue()
    assert output.getvalue().count(logs.WITHHELD) == 3


@pytest.mark.requirement("L-04")
def test_a_command_given_as_the_message_shows_only_its_type(output: io.StringIO) -> None:
    log().info(Told(CANARY))
    logging.getLogger("library").warning(Told(CANARY))
    assert CANARY not in output.getvalue()
    assert output.getvalue().count("(Told)") == 2


@pytest.mark.requirement("L-04")
def test_an_exception_shows_types_codes_and_places_but_no_text(output: io.StringIO) -> None:
    try:
        try:
            raise psycopg.errors.UniqueViolation(f"Failing row contains ({CANARY})")
        except psycopg.Error as error:
            raise ValueError(CANARY) from error
    except ValueError:
        log().exception("failed", case="C-2026-000001")
        logging.getLogger("library").exception("failed too: %s", CANARY)
    text = output.getvalue()
    assert CANARY not in text
    assert text.count("ValueError") == 2
    assert "UniqueViolation sqlstate=23505" in text
    assert "test_logs.py:" in text


@pytest.mark.requirement("L-04")
def test_a_library_shows_its_numbers_and_no_other_arguments(output: io.StringIO) -> None:
    logging.getLogger("library").warning("row %s of %d failed: %r", CANARY, 12, Told(CANARY))
    logging.getLogger("library").warning("%(who)s waits", {"who": CANARY})
    assert CANARY not in output.getvalue()
    assert "of 12 failed" in output.getvalue()


def test_the_case_and_the_command_are_bound_to_every_line_of_a_piece_of_work(output: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(case="C-2026-000001", command_id="c-1"):
        log().info("recorded")
        logging.getLogger("library").warning("slow")
    log().info("done")
    first, second, third = output.getvalue().splitlines()
    for line in (first, second):
        assert "C-2026-000001" in line
        assert "c-1" in line
    assert "C-2026-000001" not in third


def test_json_lines_are_json(output: io.StringIO, request: pytest.FixtureRequest) -> None:
    log().warning("slow", seconds=1.5, part="relay")
    line = output.getvalue()
    if line.startswith("{"):
        found = json.loads(line)
        assert found["event"] == "slow"
        assert found["seconds"] == 1.5
        assert found["level"] == "warning"
        assert found["logger"] == "casefold.test"
