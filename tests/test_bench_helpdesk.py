"""The benchmark against django-helpdesk cannot be run here; that it still fits what it measures can be seen without."""

from __future__ import annotations

import io
import re

from rich.console import Console

from api.models import body_of
from bench.figures import Figures
from bench.helpdesk.report import LINES, show, to_data
from bench.helpdesk.rounds import PARTS
from bench.helpdesk.theirs import REQUIREMENTS, version
from bench.helpdesk.work import OURS, STEPS, THEIRS, complaint
from bench.operators import Watch
from domain.commands import COMMANDS


def test_both_sides_do_as_many_things_and_ours_are_commands_of_the_api() -> None:
    assert len(OURS) == len(THEIRS) == STEPS - 1
    for command, body in (("receive-case", complaint("1")), *OURS):
        body_of(COMMANDS[command.replace("-", "_")]).model_validate(body)


def test_what_it_installs_is_pinned() -> None:
    lines = [line for line in REQUIREMENTS.read_text().splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w-]+==[\w.]+", line) for line in lines)
    assert version() in lines[[line.split("==")[0] for line in lines].index("django-helpdesk")]


def test_the_report_holds_figures_against_the_goals_and_says_who_used_the_processor() -> None:
    figures = Figures()
    for side, seconds in (("helpdesk", 0.02), ("casefold", 0.005)):
        for who, clients in (("one", 1), ("twenty", 20)):
            watch = Watch([seconds * clients] * 7 * clients, 0.0, 7 * clients * seconds)
            figures.watch(f"{side} {who}", watch)
            figures.add(f"{side} {who} p95 ms", 1000 * seconds)
            for part in PARTS:
                figures.add(f"{side} {who} cpu {part}", 1.0)
    figures.add("casefold twenty drained s", 1.5)
    figures.add("casefold twenty followed commands/s", 100.0)

    assert [goal["met"] for goal in to_data(figures, {}, {})["goals"]] == [True, True]
    console = Console(width=80, file=io.StringIO())
    show(console, figures, dict.fromkeys(("cores", "processor", "memory_gb", "python", "others_percent"), 1))
    assert isinstance(console.file, io.StringIO)
    told = console.file.getvalue()
    for line in LINES:
        assert line.title in told
    assert re.search(r"one client: p50, ms +20\.0 +5\.00 +0\.25 +≤ 0\.7 +met", told)
