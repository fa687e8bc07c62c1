"""The report: one calm table next to the goals, who used the processor, and what else was done meanwhile."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import Figures, Goal, Line
from bench.helpdesk.rounds import PARTS
from bench.helpdesk.theirs import THREADS, WORKERS, version
from bench.report import number

LINES = (
    Line("one client: p50, ms", "casefold one p50 ms", "helpdesk one p50 ms", Goal(0.7)),
    Line("one client: p95, ms", "casefold one p95 ms", "helpdesk one p95 ms"),
    Line("one client: commands/s", "casefold one commands/s", "helpdesk one commands/s"),
    Line("twenty clients: p50, ms", "casefold twenty p50 ms", "helpdesk twenty p50 ms"),
    Line("twenty clients: p95, ms", "casefold twenty p95 ms", "helpdesk twenty p95 ms"),
    Line(
        "twenty clients: commands/s", "casefold twenty commands/s", "helpdesk twenty commands/s", Goal(2, at_least=True)
    ),
    Line("twenty: caught up after, s", "casefold twenty drained s"),
    Line("twenty: commands/s until then", "casefold twenty followed commands/s", "helpdesk twenty commands/s"),
)
PROCESSOR = (
    ("helpdesk one", "django-helpdesk, one"),
    ("casefold one", "Casefold, one"),
    ("helpdesk twenty", "django-helpdesk, twenty"),
    ("casefold twenty", "Casefold, twenty"),
)


def notes() -> str:
    """What was compared with what."""
    return (
        "Medians of rounds; a ratio is the median of each round's own. Both sides: one PostgreSQL that flushes each "
        "commit, HTTP/1.1 with connections kept open, one command per request. "
        f"django-helpdesk {version()}: a ticket and six follow-ups over its REST API; gunicorn, {WORKERS} workers of "
        f"{THREADS} threads, persistent connections, one transaction per request, tokens, no mail. "
        "Casefold: a complaint and six commands up to the proposal. Each command is checked against the policy sheet, "
        "decided, its personal data sealed, and answered when entries and outcome are on disk; its projector keeps the "
        "views meanwhile, and a Temporal workflow for each case follows, acknowledges, presents the proposal and sends "
        "the notices, on the same cores and within the time measured, stepping back for the answers as `casefold up` "
        "does (--abreast: not so); the table says when all of that had caught up."
    )


def show(console: Console, figures: Figures, machine: dict[str, Any]) -> None:
    """For people."""
    console.print(
        f"\n{machine['cores']} cores, {machine['processor']}, {machine['memory_gb']} GB; Python {machine['python']}; "
        f"before the run others used {machine['others_percent']:.0f} % of the processor.",
        highlight=False,
    )
    console.print("\n[bold]A case and six commands over HTTP[/]", highlight=False)
    table = _table("", "django-helpdesk", "Casefold", "ratio", "goal", "")
    for line in LINES:
        table.add_row(*_row(figures, line))
    console.print(table)
    console.print("\n[bold]Processor time per command, ms[/]")
    table = _table("", *PARTS, "together")
    for name, title in PROCESSOR:
        values = {part: figures.median(f"{name} cpu {part}") for part in PARTS if f"{name} cpu {part}" in figures}
        cells = (f"{values[part]:.2f}" if part in values else "" for part in PARTS)
        table.add_row(title, *cells, f"{sum(values.values()):.2f}")
    console.print(table)
    console.print(f"\n{notes()}", style="dim", highlight=False)


def _row(figures: Figures, line: Line) -> tuple[str, ...]:
    theirs = number(figures.median(line.baseline)) if line.baseline else ""
    ratio = f"{figures.ratio(line.ours, line.baseline):.2f}" if line.baseline else ""
    goal, met = "", ""
    if line.goal is not None:
        goal, met = str(line.goal), "[green]met[/]" if line.goal.met(line.judged(figures)) else "[yellow]short[/]"
    return line.title, theirs, number(figures.median(line.ours)), ratio, goal, met


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left")
    return table


def to_data(figures: Figures, machine: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """For programs: all rounds, and how each goal is met."""
    goals = [
        {
            "title": line.title,
            "goal": str(line.goal),
            "value": round(line.judged(figures), 4),
            "met": line.goal.met(line.judged(figures)),
        }
        for line in LINES
        if line.goal is not None
    ]
    return {"machine": machine, "settings": settings, "goals": goals, "figures": figures.to_data()}
