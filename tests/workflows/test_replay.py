"""Histories that were recorded once must replay for ever, and give the same commands: running cases depend on it."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path

import pytest

from tests.workflows.fingerprint import fingerprint, read, recorded
from tests.workflows.record_histories import STORIES

ADVICE = """
The workflow gives other commands than when this history was recorded. Cases that run now would fail with a
NondeterminismError, or act otherwise than they began.
* Was that meant only for new cases? Keep the old way for running ones with workflow.patched("a-name").
* Is it an argument or a timer's length only, and meant for running cases too? Record the story again:
      .venv/bin/python -m tests.workflows.record_histories --again
  and say in the change why that is right.
"""


@pytest.mark.parametrize("path", recorded(), ids=lambda path: path.stem)
async def test_a_recorded_history_replays_with_the_same_commands(path: Path) -> None:
    try:
        lines = await fingerprint(read(path))
    except Exception as error:
        raise AssertionError(f"{path.name} no longer replays: {error}\n{ADVICE}") from error
    before = path.with_suffix(".commands").read_text(encoding="utf-8").splitlines()
    difference = "\n".join(unified_diff(before, lines, "recorded", "now", lineterm="", n=2))
    assert lines == before, f"{difference}\n{ADVICE}"


def test_every_story_has_its_recording() -> None:
    assert set(STORIES) <= {path.stem for path in recorded()}, "run python -m tests.workflows.record_histories"
