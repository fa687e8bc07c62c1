"""Figures over the read models: how many cases, by what; each number comes with the condition that finds its cases.

A *set* is a list of cases (those that were opened in the period, those whose limit passed …), told apart by its
*parts* (the day, the stage, the limit). A number and the list that it leads to are the same set, asked twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from ledger.pages import EVERYTHING, Sight
from ledger.store import Ledger

LINE = """
SELECT s."case", s.kind, s.stage, s.round, s.channel, s.department, s.responsible, s.offered_to, s.received_at,
       s.closed_at, s.ending, s.over, {at} AS at, {name} AS name, {number} AS number
FROM casefold_views.case_summary AS s {join}
WHERE {condition}
"""
WITHIN = "{at} >= %(since)s AND {at} < %(until)s"
MARK = 'JOIN casefold_views.case_mark AS m USING ("case")'
NOT_CORRECTED = """NOT EXISTS (
    SELECT FROM casefold_views.case_mark AS later WHERE later."case" = m."case" AND later.version > m.version
    AND later.what = 'BreachCorrected' AND later.name = m.name)"""
NOT_COMPLETED = """NOT EXISTS (
    SELECT FROM casefold_views.case_mark AS later WHERE later."case" = m."case" AND later.version > m.version
    AND later.what = 'ImprovementCompleted' AND later.name = m.name)"""
THE_NEWEST_OFFER = """m.version = (
    SELECT max(offer.version) FROM casefold_views.case_mark AS offer WHERE offer."case" = m."case"
    AND offer.what IN ('CaseAssigned', 'HandOverOffered'))"""
DAYS_TAKEN = "floor(extract(epoch FROM s.closed_at - s.received_at) / 86400)::integer"


def _set(condition: str, *, at: str, join: str = "", name: str = "''", number: str = "NULL::integer") -> str:
    return LINE.format(at=at, name=name, number=number, join=join, condition=condition)


def _marked(what: str, *, name: str = "m.name", more: str = "") -> str:
    condition = " AND ".join(filter(None, (f"m.what = '{what}'", WITHIN.format(at="m.at"), more)))
    return _set(condition, at="m.at", join=MARK, name=name, number="m.number")


SETS: Mapping[str, str] = {
    "opened": _set(WITHIN.format(at="s.received_at"), at="s.received_at"),
    "closed": _set(WITHIN.format(at="s.closed_at"), at="s.closed_at", number=DAYS_TAKEN),
    "open": _set("NOT s.over", at="s.received_at"),
    "breached": _marked("ClockBreached", name="regexp_replace(m.name, '[#:].*', '')", more=NOT_CORRECTED),
    "offered": _marked("HandOverOffered"),
    "accepted": _marked("HandOverAccepted"),
    "refused": _marked("HandOverRefused"),
    "waiting": _set(f"s.offered_to <> '' AND NOT s.over AND {THE_NEWEST_OFFER}", at="m.at", join=MARK, name="m.name"),
    "answered": _marked("SurveyAnswered", name="''"),
    "improving": _set(
        f"m.what = 'ImprovementOpened' AND {NOT_COMPLETED}",
        at="m.due",
        join=MARK,
        name="m.name",
        number="NULL::integer",
    ),
}
"""Which cases there are to count. An open case is one that is not over, as in the worklist."""

ONE_LINE = frozenset({"opened", "closed", "open", "waiting"})
"""Sets in which a case has one line: to count those is quicker than to tell cases apart."""

AGES = (0, 1, 3, 7, 14, 30)
"""Where bands of days begin."""
HOURS = (0, 4, 24, 72)
"""Where bands of waiting begin."""
PARTS: Mapping[str, str] = {
    "kind": "kind",
    "channel": "channel",
    "stage": "stage",
    "department": "department",
    "name": "name",
    "round": "least(round, 4)",
    "score": "number",
    "day": "width_bucket(at, %(days)s::timestamptz[]) - 1",
    "age": f"width_bucket(extract(epoch FROM %(now)s - at)::numeric / 86400, ARRAY{list(AGES)}::numeric[]) - 1",
    "taken": f"width_bucket(number::numeric, ARRAY{list(AGES)}::numeric[]) - 1",
    "waits": f"width_bucket(extract(epoch FROM %(now)s - at)::numeric / 3600, ARRAY{list(HOURS)}::numeric[]) - 1",
    "due": "CASE WHEN at < %(now)s THEN 0 WHEN at < %(now)s + interval '7 days' THEN 1 ELSE 2 END",
}
"""By what a set is told apart: an expression over its lines. Bands and days are told by their place, from 0."""

FILTERS = ("kind", "department")
LONGEST_BY_DAY = 31
"""Days of a period that are shown one by one; of a longer one the weeks are."""
MOST = 200
"""Cases of one page."""


@dataclass(frozen=True)
class Asked:
    """For whom, of which time and of which cases figures are."""

    now: datetime
    days: tuple[datetime, ...]
    """Where each day, or week, of the period begins; and after the last one, where the period ends."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Kind and department, when only one of them is asked for."""
    sight: Sight = EVERYTHING

    @classmethod
    def of(
        cls,
        now: datetime,
        days: int,
        *,
        until: date | None = None,
        kind: str | None = None,
        department: str | None = None,
        sight: Sight = EVERYTHING,
    ) -> Asked:
        """A period that ends with a day: today, if not said."""
        filters = {"kind": kind, "department": department}
        given = {name: value for name, value in filters.items() if value}
        return cls(now, days_until(until or now.astimezone().date(), days), given, sight)

    @property
    def params(self) -> dict[str, Any]:
        """As statements know them."""
        return {
            "now": self.now,
            "days": list(self.days[:-1]),
            "since": self.days[0],
            "until": self.days[-1],
            **self.filters,
            **self.sight[1],
        }


def days_until(last: date, number: int) -> tuple[datetime, ...]:
    """Where each day of a period begins on this machine's clock, or each week of a longer one; and where it ends."""
    step = 1 if number <= LONGEST_BY_DAY else 7
    number -= number % step
    begins = [last + timedelta(days=1 - ahead) for ahead in range(number, -step, -step)]
    return tuple(datetime.combine(day, time.min).astimezone() for day in begins)


@dataclass(frozen=True)
class Counted:
    """One number: a set, and the part of it that was counted."""

    set: str
    part: str
    """Empty: all of it."""
    value: str
    cases: int


def count(ledger: Ledger, asked: Asked, name: str, parts: Sequence[str] = ()) -> list[Counted]:
    """How many cases a set has, and each of its parts; a case counts once in each number."""
    columns = ", ".join(f"({PARTS[part]})::text AS {part}" for part in parts)
    sets = ", ".join(["()", *(f"({part})" for part in parts)])
    grouped = f"grouping({', '.join(parts)})" if parts else "0"
    names = "".join(f"{part}, " for part in parts)
    statement = (
        f"SELECT {grouped} AS grouped, {names}count({_each(name)}) AS cases "
        f'FROM (SELECT "case"{", " + columns if columns else ""} FROM ({SETS[name]}) AS line '
        f"WHERE {_seen(asked)}) AS told "
        f"GROUP BY GROUPING SETS ({sets})"
    )
    found = []
    for row in _rows(ledger, statement, asked.params):
        part = _part(int(row["grouped"]), parts)
        found.append(Counted(name, part, str(row[part] or "") if part else "", int(row["cases"])))
    return found


def _each(name: str) -> str:
    return "*" if name in ONE_LINE else 'DISTINCT "case"'


def by_day(ledger: Ledger, asked: Asked, name: str, part: str) -> list[tuple[str, int, int]]:
    """Part, day and how many cases: for what is told apart by both."""
    statement = (
        f'SELECT ({PARTS[part]})::text AS part, {PARTS["day"]} AS day, count(DISTINCT "case") AS cases '
        f"FROM ({SETS[name]}) AS line WHERE {_seen(asked)} GROUP BY 1, 2"
    )
    rows = _rows(ledger, statement, asked.params)
    return [(str(row["part"] or ""), int(row["day"]), int(row["cases"])) for row in rows]


def cases(
    ledger: Ledger, asked: Asked, name: str, chosen: Mapping[str, str], *, after: str = "", limit: int = MOST
) -> list[dict[str, Any]]:
    """The cases that a number counts, the newest first; after a case when the page before ended with it."""
    condition, params = _chosen(asked, chosen)
    statement = (
        f'SELECT DISTINCT ON ("case") * FROM ({SETS[name]}) AS line WHERE {condition} '
        'AND (%(after)s = \'\' OR "case" < %(after)s) ORDER BY "case" DESC, at DESC LIMIT %(most)s'
    )
    return _rows(ledger, statement, params | {"after": after, "most": limit})


def how_many(ledger: Ledger, asked: Asked, name: str, chosen: Mapping[str, str]) -> int:
    """How many cases that list has, however many are shown."""
    condition, params = _chosen(asked, chosen)
    statement = f'SELECT count(DISTINCT "case") AS cases FROM ({SETS[name]}) AS line WHERE {condition}'
    return int(_rows(ledger, statement, params)[0]["cases"])


def _chosen(asked: Asked, chosen: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    conditions = [_seen(asked), *(f"({PARTS[part]})::text = %(is_{part})s" for part in chosen)]
    return " AND ".join(conditions), asked.params | {f"is_{part}": value for part, value in chosen.items()}


def closed(ledger: Ledger, asked: Asked, kind: str) -> list[dict[str, Any]]:
    """When cases that were closed in the period were received and closed, for whoever counts working time."""
    statement = (
        f"SELECT received_at, closed_at FROM ({SETS['closed']}) AS line WHERE {_seen(asked)} AND kind = %(of_kind)s"
    )
    return _rows(ledger, statement, asked.params | {"of_kind": kind})


def taken(ledger: Ledger, asked: Asked) -> list[dict[str, Any]]:
    """Kind, number, and the seconds from receipt within which half of the cases were closed, and nine of ten.

    The line without a kind is all of them.
    """
    statement = f"""
        SELECT kind, count(*) AS cases, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds) AS parts
        FROM (SELECT kind, extract(epoch FROM closed_at - received_at)::double precision AS seconds
              FROM ({SETS["closed"]}) AS line WHERE {_seen(asked)}) AS told
        GROUP BY GROUPING SETS ((), (kind)) HAVING count(*) > 0 ORDER BY kind NULLS FIRST
    """
    return _rows(ledger, statement, asked.params)


def names(ledger: Ledger, asked: Asked) -> dict[str, list[str]]:
    """The kinds and departments that somebody sees cases of: what can be filtered by."""
    found = {}
    for name in FILTERS:
        where = f"({asked.sight[0]}) AND {name} <> ''"
        statement = f"SELECT DISTINCT {name} FROM casefold_views.case_summary WHERE {where} ORDER BY 1"
        found[name] = [str(row[name]) for row in _rows(ledger, statement, asked.sight[1])]
    return found


def _seen(asked: Asked) -> str:
    return " AND ".join([f"({asked.sight[0]})", *(f"{name} = %({name})s" for name in FILTERS if name in asked.filters)])


def _part(grouped: int, parts: Sequence[str]) -> str:
    """The part that a line of the answer is about: its bit is not set. All set: the whole."""
    for place, part in enumerate(reversed(parts)):
        if not grouped >> place & 1:
            return part
    return ""


def _rows(ledger: Ledger, statement: str, params: Mapping[str, Any]) -> list[dict[str, Any]]:
    def ask(connection: Connection[Any]) -> list[dict[str, Any]]:
        return connection.cursor(row_factory=dict_row).execute(statement.encode(), params).fetchall()

    return ledger.reading(ask)
