"""The language in which a worklist is filtered: ``stage:confirm due:<4h owner:me lamp``, as it stands in the URL."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from console.when import UNITS
from console.words import N_, _
from domain.words import Channel, Complexity, Ending, Stage, Urgency

Row = Mapping[str, Any]
"""A line of the read models (see `domain.summary.Summary`)."""

ME, NONE, MINE = "me", "none", "mine"

WORDS: dict[str, tuple[str, ...]] = {
    "stage": tuple(Stage),
    "urgency": tuple(Urgency),
    "complexity": tuple(Complexity),
    "channel": tuple(Channel),
    "ending": tuple(Ending),
    "is": ("breached", "overdue", "standing", "open", "over", "unassigned", "offered", "imported", "urgent"),
}
"""Keys with a closed list of words."""
FREE = frozenset({"kind", "department", "owner", "offered", "category", "waiting"})
"""Keys with any word."""
NUMBERS = frozenset({"round"})
SPANS = frozenset({"due", "age"})
KEYS = tuple(sorted((*WORDS, *FREE, *NUMBERS, *SPANS)))

_TOKEN = re.compile(r"""(?P<not>-)?(?:(?P<key>[a-z]+):)?(?P<value>"[^"]*"|[^\s"]+)""")
_SPAN = re.compile(rf"(\d{{1,5}})([{''.join(UNITS)}])")


@dataclass(frozen=True)
class Reader:
    """Who reads the list: what ``me`` and ``mine`` stand for."""

    person: str
    department: str = ""


@dataclass(frozen=True)
class Term:
    """One condition: ``-stage:confirm,close`` or ``due:<4h``."""

    key: str
    values: tuple[str, ...]
    compare: str = ""
    """``<`` or ``>``; empty: one of the values."""
    negated: bool = False

    def __str__(self) -> str:
        values = ",".join(_quoted(value) for value in self.values)
        return f"{'-' if self.negated else ''}{self.key}:{self.compare}{values}"


@dataclass(frozen=True)
class Filter:
    """What is asked for. Terms must all hold; of the values of one term any."""

    terms: tuple[Term, ...] = ()
    text: tuple[str, ...] = ()
    """Words that must all be found."""
    problems: tuple[str, ...] = ()
    """Sentences about what was not understood."""

    def __str__(self) -> str:
        return " ".join([*map(str, self.terms), *map(_quoted, self.text)])

    def named(self, key: str) -> Iterator[Term]:
        """The terms with this key."""
        return (term for term in self.terms if term.key == key)

    @property
    def also_over(self) -> bool:
        """Whether cases that are over are asked for too; a worklist has only open ones."""
        return any(term.key == "ending" or (term.key == "is" and "over" in term.values) for term in self.terms)

    def only(self, key: str) -> str | None:
        """The one value that a key must have, for whoever can ask the database for it."""
        found = [term.values[0] for term in self.named(key) if self._plain(term)]
        return found[0] if found else None

    @staticmethod
    def _plain(term: Term) -> bool:
        return len(term.values) == 1 and not (term.negated or term.compare)

    def matches(self, row: Row, now: datetime, reader: Reader) -> bool:
        """Whether a line is asked for."""
        return all(_holds(term, row, now, reader) != term.negated for term in self.terms) and all(
            any(word.casefold() in part.casefold() for part in _texts(row)) for word in self.text
        )


def parse(text: str) -> Filter:
    """Read a filter. Never fails: what is not understood becomes a sentence in ``problems``."""
    terms: list[Term] = []
    words: list[str] = []
    problems: list[str] = []
    for match in _TOKEN.finditer(text.replace("：", ":").replace("，", ",")):
        value = match["value"].strip('"').strip()
        if not value:
            continue
        if match["key"] is None:
            words.append(value)
            continue
        try:
            terms.append(_term(match["key"], value, negated=bool(match["not"])))
        except _NotUnderstood as error:
            problems.append(str(error))
    return Filter(tuple(terms), tuple(words), tuple(problems))


def with_term(text: str, key: str, value: str) -> str:
    """The same filter with this term instead of others with its key; without one when the value is empty."""
    found = parse(text)
    others = tuple(term for term in found.terms if term.key != key)
    added = (Term(key, tuple(value.split(","))),) if value else ()
    return str(Filter(others + added, found.text))


class _NotUnderstood(Exception):
    pass


UNKNOWN_KEY = N_("{key} is not something to filter by. Write one of: {keys}.")
UNKNOWN_WORD = N_("{key}:{value} means nothing. After {key} write one of: {words}.")
NO_SPAN = N_("{key}:{value} is not a time. Write {key}:<4h, {key}:>2d or {key}:<1w.")
NO_NUMBER = N_("{key}:{value} is not a number. Write {key}:2 or {key}:>1.")


def _term(key: str, value: str, *, negated: bool) -> Term:
    compare = value[0] if value[0] in "<>" else ""
    values = tuple(part for part in value.removeprefix(compare).split(",") if part)
    if key not in KEYS:
        raise _NotUnderstood(_(UNKNOWN_KEY, key=key, keys=", ".join(KEYS)))
    if key in WORDS and (compare or not values or set(values) - set(WORDS[key])):
        raise _NotUnderstood(_(UNKNOWN_WORD, key=key, value=value, words=", ".join(WORDS[key])))
    if key in SPANS and not (values == (NONE,) and not compare) and not _are_spans(values, compare):
        raise _NotUnderstood(_(NO_SPAN, key=key, value=value))
    if key in NUMBERS and not (values and all(part.isdecimal() and len(part) < 6 for part in values)):
        raise _NotUnderstood(_(NO_NUMBER, key=key, value=value))
    if key in FREE and (compare or not values):
        raise _NotUnderstood(_(UNKNOWN_WORD, key=key, value=value, words=_("any word")))
    return Term(key, values, compare, negated)


def _are_spans(values: Sequence[str], compare: str) -> bool:
    return bool(compare) and len(values) == 1 and _SPAN.fullmatch(values[0]) is not None


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    assert match is not None  # looked at when the term was read
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def _quoted(value: str) -> str:
    return f'"{value}"' if re.search(r"\s", value) else value


# ── Does a line hold? ────────────────────────────────────────────────────────────────────────────────────────────────


def _holds(term: Term, row: Row, now: datetime, reader: Reader) -> bool:
    if term.key == "is":
        return any(IS[value](row, now) for value in term.values)
    if term.key == "due":
        return _due(term, row, now)
    if term.key == "age":
        return _compared(term, now - row["received_at"])
    if term.key == "round":
        return _number(term, int(row["round"]))
    return any(_is(term.key, value, row, reader) for value in term.values)


def _is(key: str, value: str, row: Row, reader: Reader) -> bool:
    match key:
        case "owner" if value == NONE:
            return unassigned(row)
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


def unassigned(row: Row) -> bool:
    """Whether a case waits for somebody and is offered to nobody."""
    return not row["offered_to"] and ("assignment_accepted" in row["waiting_for"] or not row["responsible"])


def overdue(row: Row, now: datetime) -> bool:
    """Whether a time limit has passed, noticed already or not."""
    return bool(row["breached"]) or (row["next_due"] is not None and row["next_due"] < now)


IS: dict[str, Callable[[Row, datetime], bool]] = {
    "breached": lambda row, now: bool(row["breached"]),
    "overdue": overdue,
    "standing": lambda row, now: bool(row["standing"]),
    "open": lambda row, now: not row.get("over", False),
    "over": lambda row, now: bool(row.get("over", False)),
    "unassigned": lambda row, now: unassigned(row),
    "offered": lambda row, now: bool(row["offered_to"]),
    "imported": lambda row, now: bool(row["imported"]),
    "urgent": lambda row, now: bool(row["urgency"] != Urgency.ORDINARY),
}


def _due(term: Term, row: Row, now: datetime) -> bool:
    if term.values == (NONE,):
        return row["next_due"] is None
    return row["next_due"] is not None and _compared(term, row["next_due"] - now)


def _compared(term: Term, span: timedelta) -> bool:
    asked = _span(term.values[0])
    return span < asked if term.compare == "<" else span > asked


def _number(term: Term, number: int) -> bool:
    asked = [int(value) for value in term.values]
    match term.compare:
        case "<":
            return number < min(asked)
        case ">":
            return number > max(asked)
        case _:
            return number in asked


def _texts(row: Row) -> Iterator[str]:
    for name in ("case", "kind", "category", "subcategory", "department", "responsible", "offered_to"):
        yield str(row.get(name) or "")


def due_before(found: Filter, now: datetime) -> datetime | None:
    """Before which instant something must be due, for whoever can ask the database for it."""
    spans = [_span(t.values[0]) for t in found.named("due") if t.compare == "<" and not t.negated]
    return (now + min(spans)).astimezone(UTC) if spans else None
