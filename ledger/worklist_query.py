"""The worklist as SQL: what a filter asks for becomes one condition, counted and read page by page by the database.

Terms come as plain data; whoever asks has read them from a text. Names of columns stand here, values are parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row, tuple_row
from psycopg.sql import SQL, Composable, Composed, Identifier, Placeholder

from ledger import views
from ledger.search import DEPARTMENTS_OR_OWN, EVERYTHING, IN_DEPARTMENTS, OWN, Sight, asked_for, candidates, query_of
from ledger.store import Ledger

ME, NONE, MINE = "me", "none", "mine"
"""Words that stand for somebody: whoever reads, nobody, and their department."""
MOST_COUNTED = 1000
"""Where counting ends: whoever has that many cases on a list wants to know that there are too many, not how many."""
MOST_PASSED = 20_000
"""Cases that one person sees and that are all looked at to count their lists; of more, each list is counted alone."""

Row = dict[str, Any]


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
    spans: tuple[timedelta, ...] = ()
    """The values of ``due`` and ``age``, as times."""

    def __str__(self) -> str:
        values = ",".join(quoted(value) for value in self.values)
        return f"{'-' if self.negated else ''}{self.key}:{self.compare}{values}"


def quoted(value: str) -> str:
    """A value as it stands in a filter."""
    return f'"{value}"' if re.search(r"\s", value) else value


class Part(StrEnum):
    """Which cases are looked at."""

    OPEN = "open"
    ENDED = "ended"
    ALL = "all"


@dataclass(frozen=True)
class Wanted:
    """What is asked for: terms that must all hold, and words that must all be said by the case or stand in its line."""

    terms: tuple[Term, ...] = ()
    words: tuple[str, ...] = ()
    part: Part | None = None
    """Which cases are looked at; None: as terms and words say."""

    @property
    def names_ended(self) -> bool:
        """Whether cases that are over are asked for by name; a worklist has only open ones."""
        return any(term.key == "ending" or (term.key == "is" and "over" in term.values) for term in self.terms)

    @property
    def words_alone(self) -> bool:
        """Whether nothing but words is asked for: then cases that are over are looked at too, after the open ones."""
        return bool(self.words and not self.terms)

    @property
    def looked_at(self) -> Part:
        """Which cases are looked at."""
        return self.part or (Part.ALL if self.names_ended or self.words_alone else Part.OPEN)


@dataclass(frozen=True)
class Key:
    """Where a page ends."""

    over: bool
    due: datetime | None
    received: datetime
    case: str

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Key:
        """The key of a row."""
        return cls(row["over"], row["clock_due"], row["received_at"], row["case"])


@dataclass(frozen=True)
class Question:
    """Who asks, when, and what they may see at all."""

    reader: Reader
    now: datetime
    sight: Sight = EVERYTHING


@dataclass
class _Params:
    """Values, each under a name of its own."""

    given: dict[str, Any] = field(default_factory=dict)

    def __call__(self, value: Any) -> Placeholder:
        name = f"v{len(self.given)}"
        self.given[name] = value
        return Placeholder(name)


COLUMNS = SQL(", ".join(f's."{name}"' for name in views.COLUMNS))
PRESSING = SQL("""coalesce(s.clock_due, 'infinity'), s.received_at, s."case" """)
"""What is late or due first on top, then what came first. Indexes have the same expression."""
NEWEST = SQL("""s.received_at DESC, s."case" DESC""")


def find(ledger: Ledger, wanted: Wanted, question: Question, limit: int, after: Key | None = None) -> list[Row]:
    """The cases that are asked for and may be seen, after a key: open ones, the most pressing first.

    Ended ones, where they are looked at, come newest first: after the open ones, or, asked for by name, among them.
    """

    def ask(connection: Connection[Any]) -> list[Row]:
        said = _said(connection, wanted.words)
        if not wanted.words_alone:
            return _find(connection, wanted, said, question, limit, after)
        found: list[Row] = []
        if after is None or not after.over:
            found = _find(connection, replace(wanted, part=Part.OPEN), said, question, limit, after)
        if len(found) < limit:
            older = after if after is not None and after.over else None
            found += _find(connection, replace(wanted, part=Part.ENDED), said, question, limit - len(found), older)
        return found

    return ledger.reading(ask)


def count(ledger: Ledger, lists: Mapping[str, Wanted], question: Question) -> dict[str, int]:
    """How many cases are on each of these lists; `MOST_COUNTED` stands for that many and more.

    Whoever sees only some cases has few: one pass over them counts all lists. Who sees everything has many, of which
    each list counts the first ones.
    """

    def ask(connection: Connection[Any]) -> dict[str, int]:
        together = {name: one for name, one in lists.items() if one.looked_at is Part.OPEN and not one.words}
        found = _pass(connection, together, question) if len(together) > 1 and question.sight != EVERYTHING else {}
        rest = {name: one for name, one in lists.items() if name not in found}
        found |= _each(connection, rest, question) if rest else {}
        return {name: found[name] for name in lists}

    return ledger.reading(ask)


def _pass(connection: Connection[Any], lists: Mapping[str, Wanted], question: Question) -> dict[str, int]:
    """All of these lists in one pass over the open cases that may be seen; nothing when those are too many."""
    params = _Params()
    counted = [SQL("count(*) FILTER (WHERE {})").format(_terms(one, question, params)) for one in lists.values()]
    columns, most = _needed(counted), params(MOST_PASSED)
    in_parts = question.sight[0] == DEPARTMENTS_OR_OWN
    parts = [
        SQL("(SELECT {} FROM casefold_views.case_summary AS s WHERE {} LIMIT {})").format(
            columns, _condition(Wanted(), seen, question, params), most
        )
        for seen in (SEEN_BY_DEPARTMENT if in_parts else (_seen(question),))
    ]
    statement = SQL("SELECT count(*), {} FROM ({}) AS s").format(
        SQL(", ").join(counted), SQL(" UNION ALL ").join(parts)
    )
    (row,) = _rows(connection, statement, question, params)
    seen, *numbers = row
    return dict(zip(lists, (min(one, MOST_COUNTED) for one in numbers), strict=True)) if seen < MOST_PASSED else {}


def _needed(counted: Iterable[Composed]) -> Composed:
    """The columns that are looked at. Of a line with all columns no index could tell them."""
    names = sorted(set(re.findall(r"\bs\.\"?(\w+)", " ".join(one.as_string() for one in counted))))
    return SQL(", ").join([SQL("1 AS one"), *(Identifier(name) for name in names)])


def _each(connection: Connection[Any], lists: Mapping[str, Wanted], question: Question) -> dict[str, int]:
    """Each of these lists by itself, as far as counting goes, in one statement."""
    params = _Params()
    parts = []
    for wanted in lists.values():
        condition = _all_of(wanted, _said(connection, wanted.words), _seen(question), question, params)
        counted = SQL("SELECT FROM casefold_views.case_summary AS s WHERE {} LIMIT {}").format(
            condition, params(MOST_COUNTED)
        )
        parts.append(SQL("(SELECT count(*) FROM ({}) AS n)").format(counted))
    (row,) = _rows(connection, SQL("SELECT {}").format(SQL(", ").join(parts)), question, params)
    return dict(zip(lists, row, strict=True))


def _rows(
    connection: Connection[Any], statement: Composed, question: Question, params: _Params
) -> list[tuple[Any, ...]]:
    # Planned anew each time, here and below: a plan for any values could use none of the partial indexes.
    given = {**params.given, **question.sight[1]}
    return connection.cursor(row_factory=tuple_row).execute(statement, given, prepare=False).fetchall()


@dataclass(frozen=True)
class _Said:
    """Which cases say all the words that are asked for."""

    text: str
    cases: list[str] | None
    """All of them; None: they are many, and looked for in the order of the list."""

    def condition(self, params: _Params) -> Composable:
        """The same for a line. That a word stands somewhere is soon seen, so that it begins there is asked after it."""
        if self.cases is not None:
            return SQL('s."case" = ANY ({})').format(params(self.cases))
        tokens, patterns = asked_for(self.text)
        return SQL(
            "(SELECT t.content LIKE ALL ({}::text[]) AND array_to_tsvector(t.tokens) @@ {}::tsquery"
            ' FROM casefold_views.case_text AS t WHERE t."case" = s."case")'
        ).format(params(patterns), params(query_of(tokens)))


def _said(connection: Connection[Any], words: Sequence[str]) -> _Said | None:
    """Which cases say all these words; None when there are no words.

    Of a rare word all cases are known before they are ordered; a common one is looked for in the order of the list,
    which soon finds a page of it. Nobody keeps statistics of what people say, so the planner cannot choose.
    """
    text = " ".join(words)
    return _Said(text, candidates(connection, text)) if words else None


def _all_of(wanted: Wanted, said: _Said | None, seen: Composable, question: Question, params: _Params) -> Composable:
    """Terms, what may be seen at all, and words."""
    condition = _condition(wanted, seen, question, params)
    return SQL("{} AND {}").format(condition, said.condition(params)) if said else condition


def _seen(question: Question) -> Composable:
    """What may be seen at all."""
    return SQL(question.sight[0])  # our own text, nobody's input


OWN_ELSEWHERE = SQL(f"{OWN} AND NOT {IN_DEPARTMENTS}")
SEEN_BY_DEPARTMENT = (SQL(IN_DEPARTMENTS), OWN_ELSEWHERE)
"""`DEPARTMENTS_OR_OWN` in two parts: an index answers for the first alone, and the second is never much."""
PAGE = SQL("SELECT {} FROM casefold_views.case_summary AS s WHERE {} ORDER BY {} LIMIT {}")


def _find(
    connection: Connection[Any],
    wanted: Wanted,
    said: _Said | None,
    question: Question,
    limit: int,
    after: Key | None,
) -> list[Row]:
    params = _Params()
    pressing = wanted.looked_at is Part.OPEN
    order, most = PRESSING if pressing else NEWEST, params(limit)

    def condition(seen: Composable) -> Composable:
        asked = _all_of(wanted, said, seen, question, params)
        return asked if after is None else SQL("{} AND {}").format(asked, _after(after, params, pressing=pressing))

    if question.sight[0] == DEPARTMENTS_OR_OWN and pressing and (said is None or said.cases is None):
        # The lines of each department stand in an index in their order; a page is among their first ones and one's own.
        departments = question.sight[1]["sight_departments"]
        parts = (*(SQL("department = {}").format(params(name)) for name in departments), OWN_ELSEWHERE)
        first = (SQL("({})").format(PAGE.format(SQL('s."case"'), condition(part), order, most)) for part in parts)
        found: Composable = SQL('s."case" IN ({})').format(SQL(" UNION ALL ").join(first))
    else:
        found = condition(_seen(question))
    statement = PAGE.format(COLUMNS, found, order, most)
    given = {**params.given, **question.sight[1]}
    return connection.cursor(row_factory=dict_row).execute(statement, given, prepare=False).fetchall()


def _after(key: Key, params: _Params, *, pressing: bool) -> Composable:
    received, case = params(key.received), params(key.case)
    if not pressing:
        return SQL('(s.received_at, s."case") < ({}, {})').format(received, case)
    due = params("infinity" if key.due is None else key.due.isoformat())
    return SQL("({}) > ({}::timestamptz, {}, {})").format(PRESSING, due, received, case)


LOOKED_AT: Mapping[Part, SQL] = {Part.OPEN: SQL("NOT s.over"), Part.ENDED: SQL("s.over"), Part.ALL: SQL("true")}


def _condition(wanted: Wanted, seen: Composable, question: Question, params: _Params) -> Composable:
    """Terms, and what may be seen at all; words are looked for elsewhere."""
    return SQL("{} AND ({}) AND {}").format(LOOKED_AT[wanted.looked_at], seen, _terms(wanted, question, params))


def _terms(wanted: Wanted, question: Question, params: _Params) -> Composed:
    """Terms alone."""
    return SQL(" AND ").join([_term(term, question, params) for term in wanted.terms] or [SQL("true")])


def _term(term: Term, question: Question, params: _Params) -> Composable:
    held = _any(_holds(term, question, params))
    return SQL("NOT {}").format(held) if term.negated else held


def _holds(term: Term, question: Question, params: _Params) -> Iterator[Composable]:
    """Conditions of which one must hold; none of them is ever null."""
    match term.key:
        case "is":
            yield from (_is(value, question, params) for value in term.values)
        case "due" if term.values == (NONE,):
            yield SQL("s.next_due IS NULL")
        case "due":
            compared = SQL("s.next_due < {}" if term.compare == "<" else "s.next_due > {}")
            yield SQL("(s.next_due IS NOT NULL AND {})").format(compared.format(params(question.now + term.spans[0])))
        case "age":  # an age below means: received after
            compared = SQL("s.received_at > {}" if term.compare == "<" else "s.received_at < {}")
            yield compared.format(params(question.now - term.spans[0]))
        case "round":
            yield _number(term, params)
        case _:
            yield from (_word(term.key, value, question.reader, params) for value in term.values)


UNASSIGNED = SQL("s.unassigned")
"""Offered to nobody, and waits for somebody who takes it on, or nobody is responsible. The database keeps it, and
whether time limits were late or stand still, because an index cannot answer for a list of words."""
IS: Mapping[str, SQL] = {
    "breached": SQL("s.was_late"),
    "standing": SQL("s.stands_still"),
    "open": SQL("NOT s.over"),
    "over": SQL("s.over"),
    "unassigned": UNASSIGNED,
    "offered": SQL("s.offered_to <> ''"),
    "imported": SQL("s.imported"),
    "urgent": SQL("s.urgency <> 'ordinary'"),
}


def _is(value: str, question: Question, params: _Params) -> Composable:
    if value == "overdue":
        return SQL("coalesce(s.clock_due, 'infinity') < {}").format(params(question.now))
    return IS[value]


def _word(key: str, value: str, reader: Reader, params: _Params) -> Composable:
    match key:
        case "owner" if value == NONE:
            return UNASSIGNED
        case "owner":
            person = params(reader.person if value == ME else value)
            return SQL("(s.responsible = {} OR (s.offered_to = {} AND s.offered_to <> ''))").format(person, person)
        case "offered" if value == NONE:
            return SQL("s.offered_to = ''")
        case "offered":
            return SQL("s.offered_to = {}").format(params(reader.person if value == ME else value))
        case "department" if value == MINE:
            return SQL("s.department = {}").format(params(reader.department))
        case "department" | "category" if value == NONE:
            return SQL("s.{} = ''").format(Identifier(key))
        case "waiting":
            return SQL("EXISTS (SELECT FROM unnest(s.waiting_for) AS code WHERE strpos(code, {}) > 0)").format(
                params(value)
            )
        case _:
            return SQL("s.{} = {}").format(Identifier(key), params(value))


def _number(term: Term, params: _Params) -> Composable:
    asked = [int(value) for value in term.values]
    match term.compare:
        case "<":
            return SQL("s.round < {}").format(params(min(asked)))
        case ">":
            return SQL("s.round > {}").format(params(max(asked)))
        case _:
            return SQL("s.round = ANY ({})").format(params(asked))


def _any(parts: Iterable[Composable]) -> Composed:
    return SQL("({})").format(SQL(" OR ").join(parts))
