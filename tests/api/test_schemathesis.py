"""The whole API held against its own description: every operation, every check, data that fits and data that does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import Program

ROOT = Path(__file__).resolve().parent.parent.parent
EVERYBODY = "tester:agent,lead,department_head,management,data,supervisor,technician,expert@hotline"


def test_x(api: Program, address: str, tmp_path: Path) -> None:
    cases = [api.opens(kind=kind) for kind in ("complaint", "after_sales", "inquiry") for i in range(3)]
    out = subprocess.run([sys.executable, "-m", "schemathesis.cli", "--config-file", "/tmp/st.toml", "run", f"{address}/api/v1/openapi.json", "--checks", "all", "--max-examples", os.environ.get("N", "2"), "--phases", os.environ.get("P", "examples,coverage,fuzzing"), "--header", f"Actor: {EVERYBODY}", "--generation-deterministic", "--continue-on-failure", "--max-failures","60", *os.environ.get("X","").split()], capture_output=True, text=True, cwd=tmp_path, env={**os.environ, "CASES": " ".join(cases), "SCHEMATHESIS_HOOKS":"tests.api.hooks", "PYTHONPATH": str(ROOT)})
    Path("/tmp/st.out").write_text(out.stdout + out.stderr)
    print(out.returncode)
    assert 0
