"""What is printed, and where: results on standard output, messages on standard error, JSON with nothing around it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from domain.plain import as_plain as as_plain

DONE, REFUSED, USAGE, UNREACHABLE = 0, 1, 2, 3
"""Exit codes: done; refused; wrongly asked; a server cannot be reached."""
INTERRUPTED = 130
"""What shells report after Ctrl-C."""

WIDE = 10_000
"""Columns of something that is not a screen: lines are not broken there."""
GAP = 2
NARROWEST = 10
"""What is left at least of the cells that give way on a narrow screen."""


_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def clean(text: str) -> str:
    """A text from outside that cannot steer the terminal."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def screen() -> Console:
    """Standard output. Piped, it has no colours and no end of the line."""
    return Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)


def messages() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, emoji=False, width=None if sys.stderr.isatty() else WIDE)


def say(text: str) -> None:
    """A message to the person at the screen."""
    messages().print(Text(clean(text)), soft_wrap=True)


def fail(text: str, code: int) -> typer.Exit:
    """Print the sentence and return what ends the program: ``raise fail(…)``."""
    say(text)
    return typer.Exit(code)


def print_json(data: Any, *, lines: bool = False) -> None:
    """One JSON value on standard output; with ``lines`` on one line."""
    text = json.dumps(as_plain(data), ensure_ascii=False, indent=None if lines else 2)
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def show(*lines: str | Text) -> None:
    """Lines of plain text, without markup."""
    console = screen()
    for line in lines:
        console.print(Text(clean(line)) if isinstance(line, str) else line, soft_wrap=True)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[str | Text]], *, flexible: int | None = None, cut: bool = False
) -> None:
    """A calm table: no frame, one quiet line of headings.

    On a narrow screen the ``flexible`` column gives way: it goes on in the next line, or with ``cut`` it is cut off.
    """
    console = screen()
    lines = [[Text(clean(cell)) if isinstance(cell, str) else cell for cell in row] for row in rows]
    titles = [Text(heading) for heading in headings]
    if cut and flexible is not None and console.is_terminal:
        columns = list(zip(titles, *lines, strict=True))
        others = sum(max(cell.cell_len for cell in column) + GAP for column in columns) - GAP
        others -= max(cell.cell_len for cell in columns[flexible])
        for cell in columns[flexible]:
            cell.truncate(max(console.width - others, NARROWEST), overflow="ellipsis")
    grid = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="dim", show_header=any(headings))
    for number, title in enumerate(titles):
        grid.add_column(title, no_wrap=cut or number != flexible, overflow="fold")
    for line in lines:
        grid.add_row(*line)
    if console.is_terminal:
        console.print(grid)
        return
    with console.capture() as captured:
        console.print(grid)
    # Cells are padded to the width of their column; nobody needs that at the end of a line.
    sys.stdout.write("".join(line.rstrip() + "\n" for line in captured.get().splitlines()))
    sys.stdout.flush()


def pairs(rows: Iterable[tuple[str, str | Text]]) -> None:
    """Names and their values, one a line."""
    table(("", ""), [(Text(name, style="dim"), value) for name, value in rows], flexible=1)


def heading(text: str) -> None:
    """The title of a part."""
    console = screen()
    console.print()
    console.print(f"[bold]{escape(text)}[/bold]")
