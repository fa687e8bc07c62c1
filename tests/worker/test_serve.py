"""`casefold serve`: it answers, says what it does without saying what was asked, and stops when it is told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.house import House
from console.spoken import Spoken
from ledger.recorder import Recorder
from ledger.views import Views
from tests.ledgers import Ledger, key_environment
from worker.serve import Server, listen

MATTER_KEY = "a key that only these tests use, long enough"


def test_it_serves_until_it_is_told_to_stop_and_logs_no_words(database_url: str, home: Path) -> None:
    environment = {
        **os.environ,
        **key_environment(database_url),
        "DATABASE_URL": database_url,
        "CASEFOLD_HOME": str(home),
        "CASEFOLD_MATTER_KEY": MATTER_KEY,
        "CASEFOLD_LOG": "json",
    }
    arguments = [sys.executable, "-m", "worker.main", "serve", "--port", "0"]
    process = subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        said = ""
        while "server_starts" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        address = re.search(r"http://[\d.:]+", said)[0]  # type: ignore[index]
        assert "/welcome/" in said, "the first user is made by a link"
        with httpx.Client(base_url=address, timeout=30) as client:
            assert client.get("/health/live").status_code == 200
            assert client.get("/health/ready").status_code == 200
            refused = client.get("/api/v1/cases", params={"responsible": "13800138000"})
            assert (refused.status_code, refused.json()["code"]) == (401, "not_signed_in")
            assert client.get("/api/v1/openapi.json").json()["openapi"].startswith("3.")
            taken = subprocess.run(
                [*arguments[:-1], address.rpartition(":")[2]],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
        assert (taken.returncode, "choose another --port" in taken.stderr) == (2, True)
    finally:
        process.send_signal(signal.SIGTERM)
        said += process.communicate(timeout=20)[1]
    assert process.returncode == 0, said
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    asked = next(line for line in lines if line["event"] == "request" and line["status"] == 401)
    assert (asked["method"], asked["route"]) == ("GET", "/api/v1/cases")
    assert "13800138000" not in said
    assert lines[-1]["event"] == "server_stops"


def test_a_stream_of_events_ends_as_soon_as_the_server_is_told_to_stop(database_url: str) -> None:
    with Ledger(database_url) as ledger:
        house = House(ledger, Recorder(ledger, MATTER_KEY.encode()), Views(ledger), {})
        server = Server(create_app(house, words=Spoken(), trust_actor_header=True))
        place = listen("127.0.0.1", 0)
        thread = threading.Thread(target=server.run, args=[[place]], daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{place.getsockname()[1]}/api/v1/events"
        with httpx.stream("GET", address, headers={"Actor": "lin:management"}, timeout=30) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "retry: 2000"
            asked = time.monotonic()
            server.handle_exit(signal.SIGTERM, None)
            assert list(lines)[-1:] == [""]
        thread.join(10)
        assert not thread.is_alive()
        assert time.monotonic() - asked < 4
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)
