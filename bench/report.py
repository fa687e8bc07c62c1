"""The report: calm tables for people, one JSON value for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.figures import APPENDING, FOLLOWED, LAG, TIMERS, Figures, Line
from bench.life import STEPS
from bench.servers import PARTS

NOTES = (
    "Medians of rounds; a ratio is the median of each round's own. "
    "Raw inserts write the rows of the same commands, one commit each, without reading, deciding or locking. "
    "A bare workflow's update runs an empty local activity. "
    "The crowd is twenty operators again, who end no case before its workflow has begun; "
    "without that some cases are over before the relay comes to them. "
    "Temporal's development server does not flush each write to disk; PostgreSQL does. "
    "Timers are measured once, from the instant that an event keeps to the one at which it was recorded."
)

PROCESSOR = (
    ("bare twenty", "bare workflow, twenty operators"),
    ("crowd", "Casefold, twenty operators"),
    ("bare paced", "bare workflow, paced"),
    ("paced", "Casefold, paced"),
)

TABLES: tuple[tuple[str, str, Sequence[Line]], ...] = (
    ("Deciding and appending, PostgreSQL alone", "raw inserts", APPENDING),
    (f"Cases of {STEPS} commands, followed by workflows", "bare workflow", FOLLOWED),
    ("From a command's answer to its workflow", "", LAG),
    ("Open cases that are warned, due and escalated together", "", TIMERS),
)


def show(console: Console, figures: Figures, machine: dict[str, Any]) -> None:
    """For people."""
    console.print(
        f"\n{machine['cores']} cores, {machine['processor']}, {machine['memory_gb']} GB; Python {machine['python']}; "
        f"before the run others used {machine['others_percent']:.0f} % of the processor.",
        highlight=False,
    )
    for title, baseline, lines in TABLES:
        lines = [line for line in lines if line.ours in figures]
        if lines:
            console.print(f"\n[bold]{title}[/]", highlight=False)
            console.print(_table(figures, baseline, lines))
    _processor(console, figures)
    console.print(f"\n{NOTES}", style="dim", highlight=False)


def _table(figures: Figures, baseline: str, lines: Sequence[Line]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("")
    for heading in (*([baseline] if baseline else []), "Casefold", *(["ratio"] if baseline else []), "goal", ""):
        table.add_column(heading, justify="right")
    for line in lines:
        cells = [line.title]
        if baseline:
            cells.append(number(figures.median(line.baseline)) if line.baseline else "")
        cells.append(number(figures.median(line.ours)))
        if baseline:
            cells.append(f"{figures.ratio(line.ours, line.baseline):.2f}" if line.baseline else "")
        cells.append(str(line.goal) if line.goal else "")
        met = line.goal is not None and line.goal.met(line.judged(figures))
        cells.append("" if line.goal is None else "[green]met[/]" if met else "[yellow]short[/]")
        table.add_row(*cells)
    return table


def _processor(console: Console, figures: Figures) -> None:
    """Who used the processor while operators worked, and until all was followed."""
    if f"crowd cpu {PARTS[0]}" not in figures:
        return
    console.print("\n[bold]Processor time per command, ms[/]")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("", *PARTS, "together"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, title in PROCESSOR:
        values = [figures.median(f"{name} cpu {part}") for part in PARTS]
        table.add_row(title, *(f"{value:.2f}" for value in (*values, sum(values))))
    console.print(table)


def number(value: float) -> str:
    """Three figures are enough."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def to_data(figures: Figures, machine: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """For programs: all rounds, and how each goal is met."""
    goals = [
        {
            "title": line.title,
            "goal": str(line.goal),
            "value": round(line.judged(figures), 4),
            "met": line.goal.met(line.judged(figures)),
        }
        for _, _, lines in TABLES
        for line in lines
        if line.goal is not None and line.ours in figures
    ]
    return {"machine": machine, "settings": settings, "goals": goals, "figures": figures.to_data()}
