"""The whole API held against its own description: every operation, every check, with good data and bad."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import Program

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYBODY = "tester:agent,lead,department_head,management,data,supervisor,technician,expert@hotline"

CONFIG = f"""
hooks = "tests.api.hooks"
continue-on-failure = true

[auth.openapi.actor]
api_key = "{EVERYBODY}"

[generation]
# The ledger takes no text with a NUL character; a pattern in every schema would say so at the cost of readers.
allow-x00 = false

[checks.positive_data_acceptance]
# 412: data can be right, and the case may have moved on.
expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "412", "429"]

[[operations]]
# A label can be blank, an address private, a kind unknown here: right in form, and still told by the field's name.
include-operation-id = ["add_webhook", "change_webhook"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "422"]
"""

IN_SHORT = """
[[operations]]
include-path-regex = ".*"
exclude-operation-id = [
    "receive_case", "accept_hand_over", "start_leave",
    "get_case", "get_diff", "list_cases", "get_entries", "follow_case", "explain_deadline", "get_sheet",
]
phases.coverage.enabled = false
"""
"""In an ordinary run the edges of what is allowed are tried on one operation of each make: the others are made by the
same few lines."""


def held_against_its_description(api: Program, folder: Path, config: str, examples: int) -> None:
    """Let schemathesis ask everything; its report is the message when anything fails."""
    everybody = api.as_(EVERYBODY)
    assert api.get("/openapi.json").status_code == 200  # made now, not while schemathesis waits for it
    cases = [everybody.opens(kind=kind) for kind in ("complaint", "after_sales", "inquiry")]
    everybody.give("/departments/hotline/add-member", {"person": "li"})
    file = folder / "schemathesis.toml"
    file.write_text(config, encoding="utf-8")
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(file)]
    description = f"{api.address}/api/v1/openapi.json"
    # One at a time: in Python 3.11 two threads must not parse source code, which hypothesis does all the time.
    how = ["--checks", "all", "--generation-deterministic", "--workers", "1", "--max-examples", str(examples)]
    done = subprocess.run(
        [*program, "run", description, *how],
        cwd=folder,
        env={**os.environ, "CASES": " ".join(cases), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]


@pytest.mark.requirement("L-01")
def test_every_operation_does_what_its_description_says(api: Program, tmp_path: Path) -> None:
    held_against_its_description(api, tmp_path, CONFIG + IN_SHORT, 2)


@pytest.mark.soak
def test_every_operation_keeps_to_its_description_for_long(api: Program, tmp_path: Path, rounds: int) -> None:
    if rounds < 10:
        pytest.skip("the short round is the test above")
    held_against_its_description(api, tmp_path, CONFIG, rounds)
