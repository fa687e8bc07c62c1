"""Who looked: the read log with its filters, and beside it the log of sign-ins and rights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.asking import CASE_ID
from api.identity.access import Access as Accounts
from api.person import Permission
from console.reveal import fields_in
from console.user_words import OCCASIONS, detail
from console.web.audit_tabs import tabs_for
from console.web.desk import AtDesk, Desk, new_id
from console.web.problems import Page
from console.web.reads import note_read
from console.web.timeline import Line, lines
from console.words import N_, _
from domain.access import EvidenceViewed, ExportMade, PersonalDataRead
from ledger.access import Access
from ledger.read_log import Sought, look

router = APIRouter(route_class=Page)

LINES = 50
DIGITS = 15
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "read": (N_("personal data shown"), (PersonalDataRead.__name__,)),
    "evidence": (N_("evidence opened"), (EvidenceViewed.__name__,)),
    "export": (N_("exports"), (ExportMade.__name__,)),
}


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. What is not understood is as if it were not there."""

    person: str = ""
    case: str = ""
    first: str = ""
    last: str = ""
    what: str = ""

    def query(self, **other: str) -> str:
        """The same, some of it being otherwise."""
        values = {"person": self.person, "case": self.case, "from": self.first, "to": self.last, "what": self.what}
        return urlencode({name: value for name, value in (values | other).items() if value})

    @property
    def anything(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.query())

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """Where the first day begins, and where the last one ends; None where there is no end."""
        ends = day_of(self.last)
        return _midnight(day_of(self.first)), _midnight(ends + timedelta(days=1) if ends else None)

    def sought(self) -> Sought:
        """The same for the log."""
        since, until = self.period
        return Sought(
            case=self.case,
            actor=self.person,
            since=since,
            until=until,
            kinds=KINDS[self.what][1] if self.what else (),
        )


@dataclass(frozen=True)
class Read:
    """One line of the log."""

    line: Line
    case: str
    """Empty: several."""
    is_case: bool


@router.get("/reads", include_in_schema=False)
def reads(at: AtDesk, before: str = "") -> HTMLResponse:
    """The read log."""
    at.need(Permission.AUDIT)
    wanted = _wanted(at)
    found = look(at.house.ledger, wanted.sought(), before=number_of(before), limit=LINES)
    told = told_of(at, found.items)
    return at.page(
        "reads.html",
        tabs=tabs_for(at.visitor, "/reads"),
        wanted=wanted,
        kinds=KINDS,
        reads=told,
        older=found.older,
        before=number_of(before),
    )


@router.get("/sign-ins", include_in_schema=False)
def sign_ins(at: AtDesk, before: str = "") -> HTMLResponse:
    """The log of sign-ins and rights."""
    at.need(Permission.AUDIT)
    asked = _wanted(at)
    wanted = Wanted(asked.person, first=asked.first, last=asked.last)
    since, until = wanted.period
    log = Accounts(at.house.ledger).log(
        wanted.person or None, limit=LINES + 1, before=number_of(before), since=since, until=until
    )
    at.naming.know(one for line in log for one in (line.account, line.by))
    return at.page(
        "sign_ins.html",
        tabs=tabs_for(at.visitor, "/sign-ins"),
        wanted=wanted,
        lines=[(one, _(OCCASIONS.get(one.what, one.what)), detail(one.details)) for one in log[:LINES]],
        older=wanted.query(before=str(log[LINES - 1].number)) if len(log) > LINES else "",
        later=bool(before),
    )


def told_of(at: Desk, found: tuple[Access, ...]) -> list[Read]:
    """Accesses as lines. Purposes are masked, unless it is asked for them; that they were shown is recorded first."""
    opened = at.house.ledger.opened
    entries = [one.entry for one in found]
    if at.reveal:
        note_read(at.house, at.visitor, "", fields_in(opened(entry.event) for entry in entries), new_id())
    told = lines(entries, opened, reveal=at.reveal)
    at.naming.know(entry.actor.id for entry in entries)
    return [Read(line, one.case, bool(CASE_ID.fullmatch(one.case))) for one, line in zip(found, told, strict=True)]


def _wanted(at: Desk) -> Wanted:
    query = at.request.query_params
    given = {name: query.get(name, "").strip()[:200] for name in ("person", "case", "from", "to", "what")}
    case = given["case"].upper() if CASE_ID.fullmatch(given["case"].upper()) else given["case"]
    first, last = (given[name] if day_of(given[name]) else "" for name in ("from", "to"))
    return Wanted(given["person"], case, first, last, given["what"] if given["what"] in KINDS else "")


def number_of(text: str) -> int | None:
    """A place in a log."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None


def day_of(text: str) -> date | None:
    """A day, as browsers write it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year < 2999 else None


def _midnight(day: date | None) -> datetime | None:
    return datetime(day.year, day.month, day.day).astimezone() if day else None
