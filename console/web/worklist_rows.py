"""The lines of a worklist: found and counted by the read models, each with what is left of its time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from api.lists import CURSOR, read_cursor, write_cursor
from console.needs import texts_of
from console.web.countdown import Countdown, of_row
from console.web.desk import Desk
from console.web.filters import Filter, Row, parse
from console.words import N_
from ledger import pages, worklist_query
from ledger.worklist_query import MOST_COUNTED, Key, Question

SHOW = 30
"""Lines that are shown at first, and as many more each time that somebody comes to the end of them."""
KEEP = 400
"""Lines that are shown again, at most, when something moved; who has read on further is taken back so far."""


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
    cursor: str = ""
    """Where the next page begins; empty after the last one."""


def find(desk: Desk, wanted: Filter, now: datetime, limit: int = SHOW, cursor: str = "") -> Found:
    """The cases that are asked for, the most pressing first; none when it is not clear what is asked for."""
    if wanted.problems:
        return Found(())
    rows = worklist_query.find(desk.house.ledger, wanted.wanted, _question(desk, now), limit + 1, key_of(cursor))
    desk.naming.know(row[part] for row in rows[:limit] for part in ("responsible", "offered_to"))
    lines = tuple(_line(desk, row, now) for row in rows[:limit])
    return Found(lines, cursor_of(Key.of(lines[-1].row)) if len(rows) > limit else "")


def counts(desk: Desk, now: datetime, more: Iterable[str] = ()) -> dict[str, int]:
    """How many cases are on each tab, and those of ``more`` filters; see `worklist_query.MOST_COUNTED`."""
    lists = {query: parse(query).wanted for query in dict.fromkeys([*(tab.query for tab in TABS), *more])}
    return worklist_query.count(desk.house.ledger, lists, _question(desk, now))


def counted(number: int) -> str:
    """A number of cases as it is shown."""
    return f"{number:,}+" if number >= MOST_COUNTED else str(number)


def cursor_of(key: Key) -> str:
    """A key as a text that nobody else need understand."""
    return ("e" if key.over else "") + write_cursor(pages.Key(key.due, key.received, key.case))


def key_of(cursor: str) -> Key | None:
    """The key that a cursor stands for; None when it is none: then a list begins at its beginning."""
    text = cursor.removeprefix("e")
    if not re.fullmatch(CURSOR, text):
        return None
    try:
        key = read_cursor(text)
    except (ValueError, OverflowError):
        return None
    return Key(cursor != text, key.due, key.received, key.case)


def unassigned(row: Row) -> bool:
    """Whether a case waits for somebody and is offered to nobody."""
    return not row["offered_to"] and ("assignment_accepted" in row["waiting_for"] or not row["responsible"])


def _question(desk: Desk, now: datetime) -> Question:
    return Question(desk.visitor.reader, now, desk.visitor.sight)


def _line(desk: Desk, row: Row, now: datetime) -> Line:
    return Line(row, of_row(row, desk.house.ledger, now), texts_of(row["waiting_for"]), unassigned(row))
