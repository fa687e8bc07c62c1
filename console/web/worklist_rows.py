"""The lines of a worklist: found in the read models, each with what is left of its time, the most pressing first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from console.needs import texts_of
from console.web.countdown import Countdown, countdown
from console.web.desk import Desk
from console.web.filters import NONE, Filter, Reader, Row, due_before, parse, unassigned
from console.words import N_

PAGE = 500
LOOK = 5000
"""Lines that are looked at, at most, for one answer."""
SHOW = 200
"""Lines that are shown, at most; a filter narrows more of them down."""
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Tab:
    """A list that everybody has: its name is its filter."""

    query: str
    title: str
    empty: str
    """What an empty list says: it teaches rather than only being empty."""


TABS = (
    Tab(
        "owner:me",
        N_("Mine"),
        N_("Nothing is with you. Take a case from the unassigned ones, or register a new one with the key n."),
    ),
    Tab(
        "department:mine",
        N_("My department"),
        N_("Nothing is with your department. Cases arrive here when they are assigned to one of its members."),
    ),
    Tab(
        "is:unassigned",
        N_("Unassigned"),
        N_("Every open case is with somebody. New ones show up here by themselves, the most pressing first."),
    ),
    Tab(
        "urgency:urgent,safety",
        N_("Urgent"),
        N_("No open case is urgent. Urgency is set when a case is received, and changed with a reason."),
    ),
    Tab(
        "is:overdue",
        N_("Overdue"),
        N_("No time limit has passed. What falls due next is at the top of the other lists."),
    ),
    Tab("", N_("All open"), N_("There is no open case. Press n and register the first one: it takes half a minute.")),
)


@dataclass(frozen=True)
class Line:
    """One case on the list."""

    row: Row
    countdown: Countdown
    waiting: Sequence[str]
    unassigned: bool


@dataclass(frozen=True)
class Found:
    """The answer to a filter."""

    lines: tuple[Line, ...]
    more: bool
    """There are more than are shown."""


def find(desk: Desk, wanted: Filter, now: datetime) -> Found:
    """The cases that are asked for, the most pressing first; none when it is not clear what is asked for."""
    if wanted.problems:
        return Found((), more=False)
    rows: list[Row] = list(islice(_matching(desk, wanted, now), SHOW + 1))
    lines = _with_time(desk, rows[:SHOW], now)
    if not wanted.also_over:
        lines.sort(key=lambda line: (line.countdown.due or FAR, line.row["received_at"]))
    return Found(tuple(lines), len(rows) > SHOW)


def _matching(desk: Desk, wanted: Filter, now: datetime) -> Iterator[Row]:
    """The lines that fit and that this person may see. Words are looked for in what cases say, then in their lines."""
    reader = desk.visitor.reader
    said = replace(wanted, text=())
    found = 0
    said_so: list[Row] = []
    if wanted.text:
        said_so.extend(desk.house.views.search(" ".join(wanted.text), limit=LOOK // 10))
    for row in said_so:
        wanted_now = wanted.also_over or not wanted.terms or not row["over"]
        if wanted_now and desk.visitor.sees(row) and said.matches(row, now, reader):
            found += 1
            yield row
    if found == 0:
        for row in _rows(desk, wanted, reader, now):
            if desk.visitor.sees(row) and wanted.matches(row, now, reader):
                yield row


def counts(desk: Desk, now: datetime) -> Counter[str]:
    """How many cases are on each tab."""
    found: Counter[str] = Counter()
    filters = [(tab.query, parse(tab.query)) for tab in TABS]
    reader = desk.visitor.reader
    for row in _rows(desk, Filter(), reader, now):
        if desk.visitor.sees(row):
            for query, wanted in filters:
                found[query] += wanted.matches(row, now, reader)
    return found


def _rows(desk: Desk, wanted: Filter, reader: Reader, now: datetime) -> Iterator[Row]:
    """What the read models can answer of the filter; the rest of it is looked at line by line."""
    asked: dict[str, Any] = {key: wanted.only(key) for key in ("kind", "stage")}
    ask = desk.house.views.summary if wanted.also_over else desk.house.views.worklist
    if not wanted.also_over:
        owner = wanted.only("owner")
        department = wanted.only("department")
        asked |= {
            "urgency": wanted.only("urgency"),
            "department": reader.department if department == "mine" else None if department == NONE else department,
            "responsible": reader.person if owner == "me" else None if owner == NONE else owner,
            "due_before": due_before(wanted, now),
        }
    for offset in range(0, LOOK, PAGE):
        page = ask(**asked, limit=PAGE, offset=offset)
        yield from page
        if len(page) < PAGE:
            return


def _with_time(desk: Desk, rows: Sequence[Row], now: datetime) -> list[Line]:
    folds = desk.console.folds.load_all([str(row["case"]) for row in rows])
    ledger = desk.house.ledger
    return [
        Line(
            row,
            countdown(folds[str(row["case"])].state, ledger, now),
            texts_of(row["waiting_for"]),
            unassigned(row),
        )
        for row in rows
        if str(row["case"]) in folds
    ]
