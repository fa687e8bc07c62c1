"""`casefold demo`: the first thing a newcomer sees works, tells the truth and leaves nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.requirement("I-03", "I-04", "C-04", "A-01", "Q-02", "L-02", "L-06")
def test_the_demonstration_plays_all_kinds_to_their_end_and_leaves_nothing(home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "worker.main", "demo"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(home), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    told = done.stdout
    assert done.returncode == 0, told + done.stderr
    assert "12 of 13 cases are over" in told
    assert "over: not_eligible" in told  # the application that is refused
    assert "confirm, round 3" in told  # the customer who refused twice
    assert re.search(r"As it was known at version 30", told)
    assert "Every open case has its workflow, and every workflow is where its case is." in told
    assert not list(home.iterdir())
    assert not [process for process in psutil.process_iter(["cmdline"]) if str(home) in str(process.info["cmdline"])]
