"""A server that is away: exit code 3, and what is known of the outcome."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from ledger.store import Ledger
from tests.console.conftest import Casefold, Program
from tests.faults.proxy import FaultProxy


@pytest.fixture
def nobody() -> str:
    """The address of a PostgreSQL that is not there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"postgresql://nobody@127.0.0.1:{probe.getsockname()[1]}/nothing"


def test_a_command_says_what_is_known_of_its_outcome_and_reading_ends_with_3_too(
    program: Program, casefold: Casefold, ledger: Ledger, complaint: str, database_url: str, nobody: str
) -> None:
    """Three commands at once, because each of them has ten seconds of patience."""
    note = ("add-note", complaint, "--text", "x", "--json", "--command-id")
    with FaultProxy(database_url) as proxy:
        proxy.refuse_after_loss = True
        proxy.lose_commits(1)
        lost = program.start(*note, "lost", DATABASE_URL=proxy.url)
        refused = program.start(*note, "refused", DATABASE_URL=nobody)
        read = program.start("history", complaint, DATABASE_URL=nobody, CASEFOLD_LANG="zh")

        out, err = refused.communicate(timeout=60)
        assert refused.returncode == 3
        assert json.loads(out)["outcome"] == "nothing_saved"
        assert json.loads(out)["command_id"] == "refused"
        assert "Nothing was saved: repeat with --command-id refused" in err
        assert "Traceback" not in err

        out, err = read.communicate(timeout=60)
        assert read.returncode == 3
        assert out == ""
        assert err.startswith("无法连接账本")

        out, err = lost.communicate(timeout=60)
        assert lost.returncode == 3
        assert json.loads(out)["outcome"] == "unknown"
        assert "Outcome unknown: repeat with --command-id lost." in err

    again = casefold(*note, "lost")
    assert again.code == 0
    assert [entry.command_id for entry in ledger.history(complaint)].count("lost") == 1


def test_where_nothing_runs_the_next_command_is_named(program: Program, home: Path) -> None:
    answer = program("list", "--json", DATABASE_URL="", CASEFOLD_HOME=str(home))

    assert answer.code == 3
    assert json.loads(answer.out)["error"] == "unreachable"
    assert "casefold up" in answer.err


def test_a_database_without_a_ledger_is_named(program: Program, owner_url: str, database: str) -> None:
    answer = program("history", "C-2026-000001", DATABASE_URL=owner_url.replace(database, "template1"))

    assert answer.code == 3
    assert "casefold migrate" in answer.err
