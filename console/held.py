"""`casefold held`: who had a case, for how long; and how long each department and person had cases (H-04)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.house import House
from console.limit_words import hours
from console.look import case_id, seen
from console.output import print_json, show, table
from console.progress import progress_bar
from console.when import shown, span
from console.words import N_, _
from domain.calendars import Calendar
from domain.events import CaseImported, CaseReceived
from domain.hands import Came, Custody, Hands, Held, Owner, added, by_owner, hands
from domain.policy import Sheet

ROUND_THE_CLOCK = "round-the-clock"
CAME = {
    Came.RECEIVED: N_("received it"),
    Came.IMPORTED: N_("had it in the other system"),
    Came.ASSIGNED: N_("took it on"),
    Came.HANDED_OVER: N_("took it over"),
    Came.SUBSTITUTE: N_("substitute, by plan"),
    Came.BACK: N_("back from the substitute"),
    Came.REOPENED: N_("opened again"),
}

CaseId = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help=N_("Id of the case: C-2026-000123; without one, totals over all cases."),
        show_default=False,
    ),
]
CalendarName = Annotated[
    str,
    typer.Option(
        "--calendar",
        metavar="NAME",
        show_default=False,
        help=N_("Whose working time; otherwise that of the policy's time limits."),
    ),
]
OnlyDepartment = Annotated[
    str,
    typer.Option("--department", metavar="NAME", help=N_("Totals: only this department's."), show_default=False),
]
Since = Annotated[
    str,
    typer.Option(
        "--since",
        metavar="WHEN",
        help=N_("Totals: only the time from then on: 2026-11-01, 30d ago."),
        show_default=False,
    ),
]


def add_held(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Show who had a case and for how long, or how long each department and person had cases.")
    app.command("held", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_held)


def _held(
    case: CaseId = "",
    department: OnlyDepartment = "",
    since: Since = "",
    calendar: CalendarName = "",
    as_json: o.AsJson = False,
) -> None:
    if case and (department or since):
        raise typer.BadParameter(
            _("Name one case, or ask for totals with --department and --since."), param_hint="CASE"
        )
    if case:
        _one(case_id(case), calendar, as_json=as_json)
    else:
        _totals(department, o.read_instant(since, "--since") if since else None, calendar, as_json=as_json)


def calendar_of(sheet: Sheet) -> str:
    """The calendar on which most time limits of the sheet count, round the clock aside."""
    named = Counter(rule.calendar for rule in sheet.clocks if rule.calendar != ROUND_THE_CLOCK)
    return min(named, key=lambda name: (-named[name], name)) if named else ROUND_THE_CLOCK


# ── One case ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _one(case: str, calendar: str, *, as_json: bool) -> None:
    with at_work(as_json=as_json) as house:
        found = seen(house, case)
        counted_on = house.recorder.papers.calendar(calendar or calendar_of(found.sheet))
    through = hands(found.entries, found.now)
    if as_json:
        print_json(_case_data(case, through, counted_on))
        return
    headings = (_("who"), _("department"), "", _("from"), _("until"), _("elapsed"), _("working"))
    table(headings, [_line(one, counted_on) for one in through.custody])
    show(_("Working time as calendar {calendar} has it.", calendar=counted_on.name))
    if through.answers_to_customer:
        show(_("{person} answers to the customer to the end.", person=through.answers_to_customer))
    show(_("Hand-overs: {number}", number=through.hand_overs))
    if through.ping_pongs:
        times = through.ping_pongs
        show(_("Passed to and fro: it came back {number} times to a department that had had it.", number=times))


def _line(one: Custody, calendar: Calendar) -> tuple[str, ...]:
    return (
        one.person or "—",
        one.department or "—",
        _(CAME[one.reason]),
        shown(one.since),
        _("still") if one.open else shown(one.until),
        span(one.elapsed),
        hours(one.working(calendar)),
    )


def _case_data(case: str, through: Hands, calendar: Calendar) -> dict[str, Any]:
    return {
        "case": case,
        "calendar": calendar.name,
        "held": [
            {
                "person": one.person,
                "department": one.department,
                "came": one.reason,
                "since": one.since,
                "until": None if one.open else one.until,
                "elapsed_seconds": one.elapsed,
                "working_seconds": one.working(calendar),
            }
            for one in through.custody
        ],
        "answers_to_customer": through.answers_to_customer,
        "hand_overs": through.hand_overs,
        "ping_pongs": through.ping_pongs,
    }


# ── All of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Totals:
    """How long each had cases."""

    held: dict[Owner, Held] = field(default_factory=dict)
    cases: int = 0
    hand_overs: int = 0
    ping_pongs: int = 0

    def add(self, through: Hands, held: dict[Owner, Held]) -> None:
        """One more case."""
        self.cases += 1
        self.hand_overs += through.hand_overs
        self.ping_pongs += through.ping_pongs
        for owner, time in held.items():
            self.held[owner] = added(self.held.get(owner, Held()), time)


def _totals(department: str, since: datetime | None, calendar: str, *, as_json: bool) -> None:
    with at_work(as_json=as_json) as house:
        found = _counted(house, department, since, calendar, quiet=as_json)
    owners = sorted(found.held.items(), key=lambda item: (item[0][0], -item[1].elapsed.total_seconds(), item[0][1]))
    if as_json:
        print_json(
            {
                "cases": found.cases,
                "hand_overs": found.hand_overs,
                "ping_pongs": found.ping_pongs,
                "held": [_total_data(owner, held) for owner, held in owners],
            }
        )
        return
    if not owners:
        show(_("Nobody had a case then."))
        return
    headings = (_("department"), _("who"), _("cases"), _("times"), _("elapsed"), _("working"))
    table(headings, [_total_line(owner, held) for owner, held in owners])
    numbers = {"cases": found.cases, "hand_overs": found.hand_overs, "ping_pongs": found.ping_pongs}
    show(_("{cases} cases, {hand_overs} hand-overs, passed to and fro {ping_pongs} times.", **numbers))


def _counted(house: House, department: str, since: datetime | None, calendar: str, *, quiet: bool) -> Totals:
    """Every case, one after the other, from the ledger itself."""
    totals = Totals()
    now = house.ledger.now()
    number = sum(1 for _stream in house.ledger.streams("case"))
    with progress_bar(_("Adding up"), quiet=quiet) as told:
        for done, stream in enumerate(house.ledger.streams("case"), 1):
            entries = house.ledger.history(stream)
            through = hands(entries, now)
            parts = [part for one in through.custody if (part := one.within(since, None)) is not None]
            parts = [part for part in parts if not department or part.department == department]
            if parts:
                first = entries[0].event
                assert isinstance(first, CaseReceived | CaseImported)
                name = calendar or calendar_of(house.ledger.sheet(first.sheet.digest))
                totals.add(through, by_owner(parts, house.recorder.papers.calendar(name)))
            told(done, max(number, done))
    return totals


def _total_data(owner: Owner, held: Held) -> dict[str, Any]:
    return {
        "department": owner[0],
        "person": owner[1],
        "cases": held.cases,
        "times": held.times,
        "elapsed_seconds": held.elapsed,
        "working_seconds": held.working,
    }


def _total_line(owner: Owner, held: Held) -> tuple[str, ...]:
    department, person = (part or "—" for part in owner)
    return department, person, str(held.cases), str(held.times), span(held.elapsed), hours(held.working)
