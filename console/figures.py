"""The figures in words: panels of numbers for the page and the command line, each number with the cases it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.when import shown, span
from console.words import N_, _, clock_label, kind_label, word
from domain.words import Channel, Stage

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.today import Taken, Today

Where = Mapping[str, str]
"""Which cases a number counts: the set, and of which part of it."""

SET_LABELS = {
    "opened": N_("cases opened"),
    "closed": N_("cases closed"),
    "open": N_("open cases"),
    "breached": N_("with a time limit that passed"),
    "offered": N_("offered to somebody else"),
    "accepted": N_("hand-over accepted"),
    "refused": N_("hand-over refused"),
    "waiting": N_("on their way to somebody"),
    "answered": N_("rated by the customer"),
    "improving": N_("with an improvement to be done"),
}
NOW = frozenset({"open", "waiting", "improving"})
"""Sets that are about how things are, not about what happened in the period."""

AGE_LABELS = (
    N_("under a day"),
    N_("1 to 3 days"),
    N_("3 to 7 days"),
    N_("7 to 14 days"),
    N_("14 to 30 days"),
    N_("30 days and more"),
)
WAIT_LABELS = (N_("under 4 hours"), N_("4 to 24 hours"), N_("1 to 3 days"), N_("3 days and more"))
DUE_LABELS = (N_("overdue"), N_("due within a week"), N_("due later"))
ROUND_LABELS = (N_("one round"), N_("two rounds"), N_("three rounds"), N_("four rounds and more"))
SCORES = ("1", "2", "3", "4", "5")
TOO_LONG = ("2", "3")
"""The bands of waiting in which a hand-over has been open for too long: more than a day."""


@dataclass(frozen=True)
class Number:
    """A number of cases, and which cases."""

    cases: int
    where: Where


@dataclass(frozen=True)
class Row:
    """A line of a panel."""

    label: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True)
class Panel:
    """Numbers that belong together: a table, and the chart that is drawn from it."""

    name: str
    title: str
    first: str
    """What the lines are: the heading of the first column."""
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    chart: str = "bar"
    """``bar``, ``line``, ``stacked`` or ``across``: bars that lie, for long names."""
    tone: str = ""
    """``late``: numbers that ought to be none."""
    note: str = ""
    more: tuple[tuple[str, ...], ...] = field(default=())
    """Statistics: lines of a small table, its headings first."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(number.cases for row in self.rows for number in row.numbers)


def headline(found: Today) -> list[tuple[str, Number, str]]:
    """The numbers on top: what, how many, and in which tone."""
    waiting = [found.number("waiting", "waits", band) for band in TOO_LONG]
    late = found.number("improving", "due", "0")
    return [
        (_("cases opened"), _all(found, "opened"), ""),
        (_("cases closed"), _all(found, "closed"), ""),
        (_("open cases now"), _all(found, "open"), ""),
        (_("with a time limit that passed"), _all(found, "breached"), "late" if found.number("breached") else ""),
        (_("on their way to somebody"), _all(found, "waiting"), "soon" if any(waiting) else ""),
        (
            _("improvements overdue"),
            Number(late, {"set": "improving", "due": "0"}),
            "late" if late else "",
        ),
    ]


def _all(found: Today, name: str) -> Number:
    return Number(found.number(name), {"set": name})


def kind_text(kind: str) -> str:
    """A kind of case, for whoever knows no policy sheets that may have a title for it."""
    return kind_label(kind).replace("_", " ")


def panels(found: Today, kind: Callable[[str], str] = kind_text) -> list[Panel]:
    """All of them, in the order in which a manager asks."""
    return [
        *_volumes(found, kind),
        _parted(found, "stages", _("Open cases by stage"), _("stage"), "open", "stage", stage_lines(), note=_(HOW_NOW)),
        _parted(
            found, "ages", _("Open cases by age"), _("since receipt"), "open", "age", bands(AGE_LABELS), note=_(HOW_NOW)
        ),
        *_breaches(found),
        _taken(found, kind),
        _satisfaction(found),
        _hand_overs(found),
        _parted(
            found,
            "waits",
            _("Hand-overs on their way"),
            _("offered since"),
            "waiting",
            "waits",
            bands(WAIT_LABELS),
            note=_(HOW_NOW),
        ),
        _parted(found, "rounds", _("Rounds of closed cases"), _("rounds"), "closed", "round", bands(ROUND_LABELS, 1)),
        _parted(
            found,
            "improvements",
            _("Improvements to be done"),
            _("due"),
            "improving",
            "due",
            bands(DUE_LABELS),
            note=_(HOW_NOW),
        ),
    ]


HOW_NOW = N_("As things are now, whatever the period.")
Lines = Iterable[tuple[str, str]]
"""Value of a part, and what it is called."""


def bands(labels: Iterable[str], first: int = 0) -> Lines:
    """Bands by their place."""
    return [(str(place), _(label)) for place, label in enumerate(labels, first)]


def stage_lines() -> Lines:
    """The stages in the order of the path."""
    return [(stage.value, word(stage)) for stage in Stage]


def _parted(
    found: Today, name: str, title: str, first: str, of: str, part: str, lines: Lines, note: str = "", tone: str = ""
) -> Panel:
    """One set by one of its parts."""
    numbers = found.parts(of, part)
    rows = [Row(label, (Number(numbers.get(value, 0), {"set": of, part: value}),)) for value, label in lines]
    return Panel(name, title, first, (_("cases"),), tuple(rows), note=note, tone=tone)


def _volumes(found: Today, kind_name: Callable[[str], str]) -> Iterator[Panel]:
    pair = ("opened", "closed")
    columns = tuple(_(SET_LABELS[name]) for name in pair)
    days = [found.parts(name, "day") for name in pair]
    rows = [
        Row(
            day_label(found, place),
            tuple(
                Number(numbers.get(str(place), 0), {"set": name, "day": str(place)})
                for name, numbers in zip(pair, days, strict=True)
            ),
        )
        for place in range(len(found.asked.days) - 1)
    ]
    yield Panel("volume", _("Opened and closed"), period_label(found), columns, tuple(rows), chart="line")
    kinds = [found.parts(name, "kind") for name in pair]
    rows = [
        Row(
            kind_name(kind),
            tuple(
                Number(numbers.get(kind, 0), {"set": name, "kind": kind})
                for name, numbers in zip(pair, kinds, strict=True)
            ),
        )
        for kind in sorted({*kinds[0], *kinds[1]})
    ]
    yield Panel("kinds", _("By kind"), _("kind"), columns, tuple(rows))
    opened = found.parts("opened", "channel")
    lines = [(channel.value, word(channel)) for channel in Channel if channel.value in opened]
    yield _across(_parted(found, "channels", _("Opened by channel"), _("channel"), "opened", "channel", lines))


def _breaches(found: Today) -> Iterator[Panel]:
    counted = found.parts("breached", "name")
    limits = sorted(counted, key=lambda limit: (-counted[limit], limit))
    lines = [(limit, clock_label(limit)) for limit in limits]
    title = _("Time limits that passed")
    yield _across(_parted(found, "breaches", title, _("time limit"), "breached", "name", lines, tone="late"))
    by_day = {(limit, day): cases for limit, day, cases in found.breaches}
    rows = [
        Row(
            day_label(found, place),
            tuple(
                Number(by_day.get((limit, place), 0), {"set": "breached", "name": limit, "day": str(place)})
                for limit in limits
            ),
        )
        for place in range(len(found.asked.days) - 1)
    ]
    columns = tuple(label for _limit, label in lines)
    title = _("When they passed")
    yield Panel("trend", title, period_label(found), columns, tuple(rows), chart="stacked", tone="late")


def _across(panel: Panel) -> Panel:
    return Panel(
        panel.name, panel.title, panel.first, panel.columns, panel.rows, "across", panel.tone, panel.note, panel.more
    )


def _taken(found: Today, kind: Callable[[str], str]) -> Panel:
    panel = _parted(found, "taken", _("Time to close"), _("from receipt"), "closed", "taken", bands(AGE_LABELS))
    headings = (_("kind"), _("half within"), _("nine of ten within"), _("how it is counted"))
    return Panel(
        panel.name,
        panel.title,
        panel.first,
        panel.columns,
        panel.rows,
        more=(headings, *(_taken_line(one, kind) for one in found.taken)) if found.taken else (),
    )


def _taken_line(taken: Taken, kind: Callable[[str], str]) -> tuple[str, ...]:
    of = kind(taken.kind) if taken.kind else _("all kinds")
    counted = _("working time of {calendar}", calendar=taken.calendar) if taken.calendar else _("round the clock")
    unit = hours if taken.calendar else span
    return of, unit(taken.median), unit(taken.ninetieth), counted


def hours(time: timedelta) -> str:
    """Working time: never in days, because a working day is not 24 hours long."""
    minutes = int(time.total_seconds()) // 60
    parts = [_("{number}h", number=minutes // 60)] if minutes >= 60 else []
    return " ".join([*parts, _("{number}m", number=minutes % 60)])


def _satisfaction(found: Today) -> Panel:
    lines = [(score, _("{number} of 5", number=score)) for score in SCORES]
    panel = _parted(found, "scores", _("Satisfaction"), _("lowest score given"), "answered", "score", lines)
    mean = found.mean_score
    note = _("On average {number} of 5.", number=f"{mean:.1f}") if mean is not None else ""
    return Panel(panel.name, panel.title, panel.first, panel.columns, panel.rows, note=note)


def _hand_overs(found: Today) -> Panel:
    rows = [
        Row(label, (_all(found, name),))
        for name, label in (("offered", _("offered")), ("accepted", _("accepted")), ("refused", _("refused")))
    ]
    return Panel("hand_overs", _("Hand-overs"), _("what became of them"), (_("cases"),), tuple(rows))


# ── Words for one number ─────────────────────────────────────────────────────────────────────────────────────────────


def day_label(found: Today, place: int) -> str:
    """A day, or the first day of a week."""
    return day_text(found.asked.days, place)


def day_text(days: tuple[datetime, ...], place: int) -> str:
    """The same for whoever has the days only."""
    if not 0 <= place < len(days) - 1:
        return str(place)
    return shown(days[place])[:10]


def period_label(found: Today) -> str:
    """Whether lines are days or weeks."""
    days = found.asked.days
    return _("week from") if len(days) > 1 and days[1] - days[0] > timedelta(days=2) else _("day")


def where_label(where: Where, days: tuple[datetime, ...], kind: Callable[[str], str] = kind_text) -> str:
    """What a number counts, in words: *opened, 2026-11-20*."""
    label = SET_LABELS[where["set"]]
    parts = [_(label)]
    parts += [
        kind(value) if part == "kind" else _part_label(part, value, days)
        for part, value in where.items()
        if part != "set"
    ]
    return ", ".join(parts)


def _part_label(part: str, value: str, days: tuple[datetime, ...]) -> str:
    labels = {"age": AGE_LABELS, "taken": AGE_LABELS, "waits": WAIT_LABELS, "due": DUE_LABELS}
    if part in labels:
        return _at(labels[part], value)
    words: Mapping[str, Callable[[str], str]] = {
        "day": lambda value: day_text(days, int(value)) if value.isdecimal() else value,
        "channel": lambda value: word(Channel(value)) if value in set(Channel) else value,
        "stage": lambda value: word(Stage(value)) if value in set(Stage) else value,
        "name": clock_label,
        "round": lambda value: _at(ROUND_LABELS, str(int(value) - 1)) if value.isdecimal() else value,
        "score": lambda value: _("{number} of 5", number=value),
    }
    return words[part](value) if part in words else value


def _at(labels: tuple[str, ...], value: str) -> str:
    return _(labels[int(value)]) if value.isdecimal() and int(value) < len(labels) else value
