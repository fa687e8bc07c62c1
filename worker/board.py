"""The live board of a demonstration: a line for each case, the stage it is in, and what happened last."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from domain.case import Case
from ledger.recorder import Recorder
from worker.play import Script, Told


class Board:
    """Shows where each case is. On a terminal the board moves; elsewhere each change of stage is a line."""

    def __init__(self, scripts: Sequence[Script], recorder: Recorder, out: Console) -> None:
        self.scripts = scripts
        self.recorder = recorder
        self.out = out
        self.cases: dict[int, tuple[str, Case, str]] = {}
        self._lock = Lock()
        self._live = Live(console=out, auto_refresh=False, transient=False) if out.is_terminal else None

    def told(self, told: Told) -> None:
        """Something happened in a script."""
        with self._lock:
            before = self.cases.get(told.script)
            _, case = self.recorder.load(told.case)
            self.cases[told.script] = (told.case, case, told.what)
            if self._live is not None:
                self._live.update(self.table(), refresh=True)
            elif before is None or _where(before[1]) != _where(case):
                self.out.print(f"{told.case}  {_where(case):<24}  {self.scripts[told.script].title}", soft_wrap=True)

    def table(self) -> Table:
        """All cases as they are now."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for heading in ("Case", "Kind", "Stage", "What happened last", "About"):
            table.add_column(heading, no_wrap=True, overflow="ellipsis", header_style="dim")
        for number in sorted(self.cases):
            name, case, what = self.cases[number]
            table.add_row(name, case.kind, _steps(case), what, self.scripts[number].title)
        return table

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()


def _where(case: Case) -> str:
    """The stage of a case in words."""
    if case.over:
        return f"over: {case.ending}"
    return case.stage if case.round == 1 else f"{case.stage}, round {case.round}"


def _steps(case: Case) -> Text:
    """Six marks for six stages: passed, current, to come."""
    if case.over:
        return Text(f"●●●●●● {case.ending}", style="green")
    index = case.path.index(case.stage)
    rounds = f" round {case.round}" if case.round > 1 else ""
    marks = "●" * index + "◐" + "○" * (len(case.path) - index - 1)
    return Text(f"{marks} {case.stage}{rounds}")
