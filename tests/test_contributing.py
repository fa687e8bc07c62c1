"""The recipe "Add a step" of CONTRIBUTING.md, tried: applied to a copy of the tree while a case runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from worker.stack.process import Identity, spawn
from worker.stack.stack import Stack

ROOT = Path(__file__).resolve().parent.parent
CODE = ("domain", "policies", "ledger", "activities", "workflows", "worker", "console", "api", "client")

UNTIL_CLOSE: list[dict[str, object]] = [
    {"by": "li:agent", "do": "assign_case", "with": {"to": "li", "department": "hotline"}},
    {"by": "li:agent", "do": "record_finding", "with": {"course": "It fell.", "cause": "packaging"}},
    {"by": "li:agent", "do": "name_responsible", "with": {"department": "logistics", "person": "sun"}},
    {"by": "li:agent", "do": "take_decision", "with": {"outcome": "upheld", "findings": ["F1"], "rule": "5.3"}},
    {"by": "li:agent", "do": "propose_remedy", "with": {"summary": "A new one.", "amount": "10"}},
    {"wait": "ProposalPresented"},
    {"by": "li:agent", "do": "accept_proposal"},
    {"by": "li:agent", "do": "confirm_refund", "with": {"amount": "10", "reference": "P-1"}},
    {"by": "li:agent", "do": "confirm_satisfaction"},
]
TO_THE_END: list[dict[str, object]] = [
    {"by": "li:agent", "do": "close_case", "with": {"reason": "replaced"}},
    {"wait": "WrittenResultSent"},
    {"wait": "SurveyInvited"},
    {"by": "li:agent", "do": "answer_survey", "with": {"process": 5, "result": 5, "attitude": 5}},
    {"by": "li:agent", "do": "report_case", "with": {"cause": "a", "course": "b", "result": "c", "lessons": "d"}},
]
CHECK: dict[str, object] = {"by": "qi:inspector", "do": "check_case", "with": {"score": 4}}

PLAYER = """
import json, os, sys
from pathlib import Path
import policies
from domain.actor import WORKFLOW
from ledger.recorder import Recorder
from tests.ledgers import ledger_of
from worker.play import Play, Step
from worker.stack.home import StackHome

case, steps = json.load(sys.stdin)
with ledger_of(os.environ) as ledger:
    recorder = Recorder(ledger, StackHome(Path(os.environ["CASEFOLD_HOME"])).matter_key())
    recorder.publish(policies.load(), WORKFLOW)
    steps = [Step(s.get("by", ""), s.get("do", ""), s.get("with", {}), s.get("wait", "")) for s in steps]
    case = Play(ledger, recorder, [], os.urandom(4).hex()).walk(steps, case)
    version, state = recorder.load(case)
    print(json.dumps([case, list(state.path), state.stage, state.over]))
"""


@pytest.fixture
def seven_stages(tmp_path: Path) -> Path:
    """A copy of the code with the recipe's diff applied."""
    tree = tmp_path / "tree"
    for name in CODE:
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    recipe = re.search(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert recipe is not None
    subprocess.run(["git", "apply", "-"], cwd=tree, input=recipe[1], text=True, check=True)
    return tree


@pytest.mark.requirement("P-02")
def test_running_cases_keep_their_path_and_new_cases_walk_the_new_one(home: Path, seven_stages: Path) -> None:
    with Stack(home, temporary=True) as stack:
        environment = {**os.environ, **stack.environment()}

        def play(tree: Path, *steps: dict[str, object], case: str | None = None) -> tuple[str, list[str], str, bool]:
            done = subprocess.run(
                [sys.executable, "-c", PLAYER],
                cwd=tree,
                env=environment,
                input=json.dumps([case, steps]),
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            return tuple(json.loads(done.stdout))

        def opened(contact: str) -> dict[str, object]:
            told = {"customer_name": "x", "contact": contact, "matter": "broken", "remedy_sought": "a new one"}
            about = {"kind": "complaint", "channel": "hotline", "category": "product"}
            return {"by": "li:agent", "do": "receive_case", "with": about | told}

        def working(tree: Path) -> Identity:
            command = [sys.executable, "-m", "worker.main", "worker"]
            return spawn(command, log=stack.home.logs / "worker.log", environment=environment, cwd=tree)

        worker = working(ROOT)
        old, *_ = play(ROOT, opened("1"), {"wait": "ReceiptAcknowledged"}, *UNTIL_CLOSE[:5])
        worker.stop()

        worker = working(seven_stages)
        *_, stage, over = play(seven_stages, *UNTIL_CLOSE[5:], *TO_THE_END, case=old)
        assert (stage, over) == ("review", True)

        new, path, stage, over = play(seven_stages, opened("2"), *UNTIL_CLOSE)
        assert path.index("check") == path.index("close") - 1
        assert stage == "check"
        *_, stage, over = play(seven_stages, CHECK, *TO_THE_END, case=new)
        assert (stage, over) == ("review", True)
        worker.stop()


def test_the_recipe_is_short() -> None:
    """At most 8 source files and 80 lines, none of them in the machinery."""
    recipe = re.search(r"```diff\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.DOTALL)
    assert recipe is not None
    files = re.findall(r"^\+\+\+ b/(.*)$", recipe[1], re.MULTILINE)
    changed = [line for line in recipe[1].splitlines() if re.match(r"[+-](?![+-]{2})", line)]
    assert len(files) <= 8
    assert len(changed) <= 80
    assert not [file for file in files if file.startswith(("ledger/", "worker/", "api/"))]
