"""The figures: what was measured in each round, medians over rounds, ratios within a round, and the goals."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.operators import Watch, percentile
from bench.timers import Raised


class Figures:
    """Values by name, one for each round. The machine is never quiet: what is reported is their median."""

    def __init__(self) -> None:
        self._rounds: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, value: float) -> None:
        """The value of one more round."""
        self._rounds[name].append(value)

    def watch(self, name: str, watch: Watch) -> None:
        """What operators saw."""
        self.add(f"{name} p50 ms", watch.p50)
        self.add(f"{name} p99 ms", watch.p99)
        self.add(f"{name} commands/s", watch.rate)

    def raised(self, name: str, raised: Raised) -> None:
        """What the clocks of a crowd of cases raised, and how late."""
        lags = raised.all_lags
        self.add(f"{name} events", len(lags))
        self.add(f"{name} p50 ms", 1000 * percentile(lags, 50))
        self.add(f"{name} p99 ms", 1000 * percentile(lags, 99))
        self.add(f"{name} slowest ms", 1000 * max(lags))
        for kind, found in raised.lags.items():
            self.add(f"{name} {kind} p50 ms", 1000 * percentile(found, 50))
            self.add(f"{name} {kind} p99 ms", 1000 * percentile(found, 99))
        for what in ("missing", "twice", "early"):
            self.add(f"{name} {what}", getattr(raised, what))

    def __contains__(self, name: str) -> bool:
        return name in self._rounds

    def median(self, name: str) -> float:
        """The median over rounds."""
        return statistics.median(self._rounds[name])

    def ratio(self, name: str, baseline: str) -> float:
        """The median of the ratios: each round is compared with the baseline of the same round."""
        pairs = zip(self._rounds[name], self._rounds[baseline], strict=True)
        return statistics.median(ours / theirs for ours, theirs in pairs)

    def rounds(self, name: str) -> Sequence[float]:
        """The value of each round."""
        return self._rounds[name]

    def to_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            name: {"median": round(statistics.median(values), 4), "rounds": [round(value, 4) for value in values]}
            for name, values in self._rounds.items()
        }


@dataclass(frozen=True)
class Goal:
    """What a line of the report should show."""

    limit: float
    at_least: bool = False
    """Otherwise: at most."""

    def met(self, value: float) -> bool:
        """Whether the value does."""
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True)
class Line:
    """A line of the report."""

    title: str
    ours: str
    """The name of Casefold's figure."""
    baseline: str = ""
    """The name of the figure it is held against; empty: none."""
    goal: Goal | None = None
    """Of the ratio, or without a baseline of the figure itself."""
    of_figure: bool = False
    """The goal is of the figure, although there is a baseline."""

    def judged(self, figures: Figures) -> float:
        """The value that the goal is about."""
        if self.baseline and not self.of_figure:
            return figures.ratio(self.ours, self.baseline)
        return figures.median(self.ours)


APPENDING = (
    Line("one operator: commands/s", "append one commands/s", "raw one commands/s", Goal(0.3, at_least=True)),
    Line("one operator: p50, ms", "append one p50 ms", "raw one p50 ms"),
    Line("one operator: p99, ms", "append one p99 ms", "raw one p99 ms"),
    Line("twenty operators: commands/s", "append twenty commands/s", "raw twenty commands/s", Goal(0.2, at_least=True)),
    Line("twenty operators: p50, ms", "append twenty p50 ms", "raw twenty p50 ms"),
    Line("twenty operators: p99, ms", "append twenty p99 ms", "raw twenty p99 ms"),
)

FOLLOWED = (
    Line("one operator: p50, ms", "one p50 ms", "bare one p50 ms", Goal(0.4)),
    Line("one operator: p99, ms", "one p99 ms", "bare one p99 ms"),
    Line("one operator: commands/s", "one commands/s", "bare one commands/s"),
    Line("one operator, paced: p50, ms", "paced p50 ms", "bare paced p50 ms"),
    Line("one operator, paced: p99, ms", "paced p99 ms", "bare paced p99 ms"),
    Line("twenty operators: p50, ms", "twenty p50 ms", "bare twenty p50 ms"),
    Line("twenty operators: p99, ms", "twenty p99 ms", "bare twenty p99 ms"),
    Line("twenty operators: commands/s", "twenty commands/s", "bare twenty commands/s", Goal(2, at_least=True)),
    Line("twenty: cases over before their workflow began", "twenty without workflow"),
    Line("crowd: cases followed to their end, per s", "crowd cases/s", "bare twenty cases/s", Goal(1.5, at_least=True)),
    Line("crowd: drained after the last command, s", "crowd drain s"),
    Line("crowd: history events per case", "crowd events/case", "bare twenty events/case"),
    Line("crowd: history bytes per case", "crowd bytes/case", "bare twenty bytes/case"),
    Line("paced: history events per case", "paced events/case", "bare paced events/case"),
    Line("paced: history bytes per case", "paced bytes/case", "bare paced bytes/case"),
    Line(
        "crowd: history events per command",
        "crowd events/command",
        "bare twenty events/command",
        Goal(4),
        of_figure=True,
    ),
    Line(
        "paced: history events per command",
        "paced events/command",
        "bare paced events/command",
        Goal(8),
        of_figure=True,
    ),
    Line("paced: more history events per effect", "effects events/effect", goal=Goal(6)),
    Line("paced: the same, asked for by the workflow", "automatic events/effect"),
)

LAG = (
    Line("one operator, paced: p50, ms", "lag paced p50 ms"),
    Line("one operator, paced: p99, ms", "lag paced p99 ms"),
    Line("most that the cores can follow one by one, commands/s", "one by one commands/s"),
    Line("  at half of it: p50, ms", "lag one by one p50 ms", goal=Goal(150)),
    Line("  at half of it: p99, ms", "lag one by one p99 ms"),
    Line("most that was followed, in a burst, commands/s", "crowd followed commands/s"),
    Line("  at half of it: p50, ms", "lag crowd followed p50 ms", goal=Goal(150)),
    Line("  at half of it: p99, ms", "lag crowd followed p99 ms"),
    Line("  at half of it: until the signal, p50, ms", "lag crowd followed to signal p50 ms"),
)

TIMERS = tuple(
    line
    for name, title, goal in (("minute", "in one minute", Goal(5000)), ("instant", "due at one instant", None))
    for line in (
        Line(f"{title}: events raised", f"timers {name} events"),
        Line("  not raised", f"timers {name} missing", goal=Goal(0)),
        Line("  raised twice", f"timers {name} twice", goal=Goal(0)),
        Line("  raised too early", f"timers {name} early", goal=Goal(0)),
        Line("  from due to recorded: p50, ms", f"timers {name} p50 ms"),
        Line("  from due to recorded: p99, ms", f"timers {name} p99 ms", goal=goal),
        Line("  warnings: p99, ms", f"timers {name} ClockWarned p99 ms"),
        Line("  breaches: p99, ms", f"timers {name} ClockBreached p99 ms"),
        Line("  escalations: p99, ms", f"timers {name} ClockEscalated p99 ms"),
    )
)
