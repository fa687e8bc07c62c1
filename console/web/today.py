"""*Today*: how many cases come and go, how old they are, what was late; each number leads to its cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from fastapi.responses import HTMLResponse

from api.person import Permission
from console.figures import NOW, Where, headline, panels, where_label
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.words import N_
from ledger.figures import MOST, PARTS, SETS, Asked, cases, how_many, names
from ledger.pages import EVERYTHING
from ledger.today import today

router = APIRouter(route_class=Page)

PERIODS = ((7, N_("7 days")), (28, N_("4 weeks")), (91, N_("13 weeks")))
USUAL = 28
LONGEST = 400
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    asked: Asked
    days: int
    until: str
    """Empty: today."""

    def query(self, **other: str) -> str:
        """The address of the same figures, some of it being otherwise."""
        values = {"days": str(self.days), "until": self.until, **self.asked.filters, **other}
        return urlencode({name: value for name, value in values.items() if value})

    def cases(self, where: Where) -> str:
        """The address of the cases that a number counts: the same ones tomorrow, unless it is about now."""
        until = {} if where["set"] in NOW else {"until": self.last_day}
        chosen = {f"is_{part}": value for part, value in where.items() if part != "set"}
        return f"/today/cases?{self.query(**until, of=where['set'])}{'&' if chosen else ''}{urlencode(chosen)}"

    @property
    def last_day(self) -> str:
        """The last day of the period."""
        return self.until or self.asked.now.astimezone().date().isoformat()


@router.get("/today", include_in_schema=False)
def page(at: AtDesk, days: str = "", until: str = "", kind: str = "", department: str = "") -> HTMLResponse:
    """The page."""
    wanted = _wanted(at, days, until, kind, department)
    house = at.house
    found = today(house.ledger, house.recorder.papers, wanted.asked)
    return at.page(
        "today.html",
        wanted=wanted,
        periods=PERIODS,
        names=names(house.ledger, wanted.asked),
        headline=headline(found),
        panels=panels(found, at.naming.kind),
    )


@router.get("/today/cases", include_in_schema=False)
def those(
    at: AtDesk, of: str = "", days: str = "", until: str = "", kind: str = "", department: str = "", after: str = ""
) -> HTMLResponse:
    """The cases that a number counts."""
    wanted = _wanted(at, days, until, kind, department)
    query = at.request.query_params
    chosen = {part: query[f"is_{part}"] for part in PARTS if f"is_{part}" in query}
    if of not in SETS:
        raise HTTPException(404)
    ledger = at.house.ledger
    rows = cases(ledger, wanted.asked, of, chosen, after=after, limit=MOST + 1)
    where = {"set": of, **chosen}
    more = len(rows) > MOST
    at.naming.know(row["responsible"] for row in rows)
    return at.page(
        "today_cases.html",
        wanted=wanted,
        title=where_label(where, wanted.asked.days, at.naming.kind),
        rows=rows[:MOST],
        number=how_many(ledger, wanted.asked, of, chosen),
        next=f"{wanted.cases(where)}&{urlencode({'after': rows[MOST - 1]['case']})}" if more else "",
    )


def _wanted(at: Desk, days: str, until: str, kind: str, department: str) -> Wanted:
    """Never refuses: what is not understood is as if it were not there."""
    at.need(Permission.SEE_FIGURES)
    number = int(days) if days.isdecimal() and 0 < int(days) <= LONGEST else USUAL
    last = _day(until)
    person = at.visitor.person
    asked = Asked.of(
        at.house.ledger.now(),
        number,
        until=last,
        kind=kind.strip(),
        department=department.strip(),
        sight=person.sight.condition if person.sight is not None else EVERYTHING,
    )
    return Wanted(asked, number, last.isoformat() if last else "")


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
