"""`casefold calendar`: the working calendars in force, a look at their days, and new ones read from files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.calendar_words import (
    LEGEND,
    STATUS,
    day_data,
    days_of,
    month_lines,
    title_of,
    week_lines,
    year_line,
)
from console.help import CommandHelp, GroupHelp
from console.output import USAGE, fail, heading, print_json, say, show, table
from console.when import now, shown
from console.words import N_, _, clock_label, refusal
from domain.calendars import Calendar
from domain.refusal import Refused

if TYPE_CHECKING:  # imported where they are used: asking for help must not wait for the database's libraries
    from console.calendar_import import Change, Move

Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("Name of the calendar: cn-house."), show_default=False)]
Year = Annotated[
    int | None,
    typer.Option("--year", metavar="YYYY", min=1970, max=2999, help=N_("Which year; this one, if not said.")),
]
Month = Annotated[int | None, typer.Option("--month", metavar="MM", min=1, max=12, help=N_("Only this month."))]
Given = Annotated[Path, typer.Argument(metavar="FILE", help=N_("A calendar as TOML, such as cn.toml."))]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help=N_("Show which time limits of which cases would move, and write nothing."))
]


def add_calendar(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    add = group.command("list", help=N_("List the working calendars in force."), cls=CommandHelp)
    add(_list)
    add = group.command(
        "show", help=N_("Show a calendar month by month: rest days, holidays, make-up days, hours."), cls=CommandHelp
    )
    add(_show)
    add = group.command(
        "import",
        help=N_("Put a calendar from a file in force; deadlines of open cases that it touches are counted anew."),
        cls=CommandHelp,
    )
    add(_import)
    help_text = N_("Working calendars: when we are open, which days are off.")
    app.add_typer(group, name="calendar", help=help_text, rich_help_panel=panel)


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(as_json: o.AsJson = False) -> None:
    from ledger.derived import calendars_in_force

    with at_work(as_json=as_json) as house:
        calendars = calendars_in_force(house.ledger)
    if as_json:
        print_json([_data(calendar) for calendar in calendars.values()])
        return
    if not calendars:
        show(_("There is no calendar in the ledger yet; the worker publishes those that are shipped when it starts."))
        return
    headings = (_("calendar"), _("title"), _("version"), _("time zone"), _("stands on"))
    table(headings, [_line(calendar) for calendar in calendars.values()], flexible=1)
    for calendar in calendars.values():
        if calendar.years and not calendar.extends:
            heading(_("Years of {calendar}", calendar=calendar.name))
            table((_("year"), _("status"), _("announced on"), _("source")), _years(calendar), flexible=3)


def _line(calendar: Calendar) -> tuple[str, ...]:
    return calendar.name, title_of(calendar), calendar.version, calendar.time_zone, calendar.extends


def _years(calendar: Calendar) -> list[tuple[str, ...]]:
    return [
        (year, _(STATUS[notice.status]), notice.published, notice.source)
        for year, notice in sorted(calendar.years.items())
    ]


def _data(calendar: Calendar) -> dict[str, Any]:
    """A calendar for programs, without its days."""
    return {
        "name": calendar.name,
        "version": calendar.version,
        "digest": calendar.digest,
        "title": dict(calendar.title),
        "time_zone": calendar.time_zone,
        "extends": calendar.extends,
        "years": [
            {"year": int(year), "status": notice.status, "source": notice.source, "published": notice.published}
            for year, notice in sorted(calendar.years.items())
        ],
    }


def _show(name: Name, year: Year = None, month: Month = None, as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        calendar = house.recorder.papers.calendar(name)
    year = year or now().year
    months = [month] if month else list(range(1, 13))
    if as_json:
        days = [day_data(calendar, day) for month in months for day in days_of(year, month)]
        print_json(_data(calendar) | {"year": year, "days": days})
        return
    show(_("{calendar}  {title}  version {version}", calendar=name, title=title_of(calendar), version=calendar.version))
    show(*(line for line in (calendar.time_zone, *week_lines(calendar), year_line(calendar, year)) if line))
    for month in months:
        show("", *month_lines(calendar, year, month))
    show("", _(LEGEND))


# ── Importing ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _import(
    file: Given,
    dry_run: DryRun = False,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    from console import calendar_import
    from ledger.derived import calendar_lives

    who = o.actor(by)
    command_id = o.command_id_or_new(command_id)
    with at_work(as_json=as_json, command_id="" if dry_run else command_id) as house:
        lives = calendar_lives(house.ledger)
        calendar = _read(file, {name: life.in_force for name, life in lives.items() if life.in_force is not None})
        changes = calendar_import.changes(calendar, lives)
        wanted = [change for change in changes if not change.in_force]
        for change in wanted:
            calendar_import.refuse(change, lives, who, house)
        moves = list(calendar_import.moves(house, {change.calendar.name: change.calendar for change in changes}))
        if not dry_run:
            for change in wanted:
                calendar_import.publish(change, who, house, command_id if change is changes[0] else "")
    if as_json:
        print_json(_imported(calendar, wanted, moves, dry_run=dry_run))
    else:
        _tell(calendar, wanted, moves, dry_run=dry_run)


def _read(file: Path, known: Mapping[str, Calendar]) -> Calendar:
    """The calendar of a file. Ends the program with a sentence that names file and line."""
    from policies.calendar_files import CalendarError, read_calendar

    try:
        return read_calendar(file, known)
    except CalendarError as error:
        raise fail(str(error), USAGE) from error
    except OSError as error:
        raise fail(_("{file} cannot be read: {reason}.", file=file, reason=error.strerror), USAGE) from error


def _imported(calendar: Calendar, wanted: Sequence[Change], moves: Sequence[Move], *, dry_run: bool) -> dict[str, Any]:
    """What was done, or would be, for programs."""
    told = {
        "dry_run": dry_run,
        "calendar": calendar.name,
        "version": calendar.version,
        "published": [
            {"name": change.calendar.name, "version": change.calendar.version, "replaces": change.replaces}
            for change in wanted
        ],
        "cases": len({move.case for move in moves}),
        "clocks": len(moves),
    }
    return told | ({"moves": moves} if dry_run else {})


def _tell(calendar: Calendar, wanted: Sequence[Change], moves: Sequence[Move], *, dry_run: bool) -> None:
    """What was done, or would be, for people."""
    if calendar.name not in {change.calendar.name for change in wanted}:
        say(refusal(Refused("calendar_unchanged", calendar=calendar.name)))
    show(*(_sentence(change, dry_run=dry_run) for change in wanted))
    if dry_run and moves:
        headings = (_("case"), _("time limit"), _("due"), _("would be due"), "")
        table(headings, [_move(move) for move in moves])
    if not moves:
        show(_("No deadline of an open case is touched."))
        return
    text = (
        N_("{cases} open cases would be counted anew: {clocks} time limits.")
        if dry_run
        else N_("{cases} open cases are counted anew by the worker: {clocks} time limits.")
    )
    show(_(text, cases=len({move.case for move in moves}), clocks=len(moves)))


def _sentence(change: Change, *, dry_run: bool) -> str:
    """What becomes of one calendar."""
    if not change.replaces:
        text = N_("{calendar} {version} would come into force") if dry_run else N_("{calendar} {version} is in force")
    elif dry_run:
        text = N_("{calendar} {version} would replace {before}")
    else:
        text = N_("{calendar} {version} is in force in place of {before}")
    return _(text, calendar=change.calendar.name, version=change.calendar.version, before=change.replaces)


def _move(move: Move) -> tuple[str, ...]:
    note = ""
    if move.was_provisional != move.provisional:
        note = _("provisional") if move.provisional else _("no longer provisional")
    return move.case, clock_label(move.clock), shown(move.before), shown(move.due), note
