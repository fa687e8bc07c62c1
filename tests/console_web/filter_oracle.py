"""What a filter finds, said once more in Python, line by line: SQL must find the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ledger.worklist_query import ME, MINE, NONE, Part, Reader, Term, Wanted

Row = Mapping[str, Any]


def matches(wanted: Wanted, row: Row, now: datetime, reader: Reader) -> bool:
    """Whether a line is asked for; words, which are looked for in what cases say, aside."""
    in_sight = wanted.looked_at is Part.ALL or not row["over"]
    return in_sight and all(_holds(term, row, now, reader) != term.negated for term in wanted.terms)


def _holds(term: Term, row: Row, now: datetime, reader: Reader) -> bool:
    match term.key:
        case "is":
            return any(IS[value](row, now) for value in term.values)
        case "due" if term.values == (NONE,):
            return row["next_due"] is None
        case "due":
            return row["next_due"] is not None and _compared(term, row["next_due"] - now, term.spans[0])
        case "age":
            return _compared(term, now - row["received_at"], term.spans[0])
        case "round":
            return _number(term, row["round"])
        case _:
            return any(_is(term.key, value, row, reader) for value in term.values)


def _is(key: str, value: str, row: Row, reader: Reader) -> bool:
    match key:
        case "owner" if value == NONE:
            return _unassigned(row)
        case "owner":
            return (reader.person if value == ME else value) in (row["responsible"], row["offered_to"])
        case "offered" if value == NONE:
            return not row["offered_to"]
        case "offered":
            return bool(row["offered_to"] == (reader.person if value == ME else value))
        case "department" if value == MINE:
            return bool(row["department"] == reader.department)
        case "department" | "category" if value == NONE:
            return not row[key]
        case "waiting":
            return any(value in code for code in row["waiting_for"])
        case _:
            return bool(row[key] == value)


def _unassigned(row: Row) -> bool:
    return not row["offered_to"] and ("assignment_accepted" in row["waiting_for"] or not row["responsible"])


IS: dict[str, Callable[[Row, datetime], bool]] = {
    "breached": lambda row, now: bool(row["breached"]),
    "overdue": lambda row, now: row["clock_due"] is not None and row["clock_due"] < now,
    "standing": lambda row, now: bool(row["standing"]),
    "open": lambda row, now: not row["over"],
    "over": lambda row, now: bool(row["over"]),
    "unassigned": lambda row, now: _unassigned(row),
    "offered": lambda row, now: bool(row["offered_to"]),
    "imported": lambda row, now: bool(row["imported"]),
    "urgent": lambda row, now: bool(row["urgency"] != "ordinary"),
}


def _compared(term: Term, measured: Any, asked: Any) -> bool:
    return bool(measured < asked if term.compare == "<" else measured > asked)


def _number(term: Term, number: int) -> bool:
    asked = [int(value) for value in term.values]
    if term.compare:
        return number < min(asked) if term.compare == "<" else number > max(asked)
    return number in asked
