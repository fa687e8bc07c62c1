"""`casefold department`: who belongs to a department, who is away, and where cases go then (H-01, H-07)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.department_acts import add_acts
from console.department_drill import add_drill
from console.help import CommandHelp, GroupHelp
from console.house import House
from console.output import heading, pairs, print_json, show, table
from console.when import due, shown
from console.words import N_, _, language, listed, word
from domain.department import Department
from domain.department_messages import DrillHeld
from domain.refusal import Refused

if TYPE_CHECKING:  # imported where it is used: asking for help must not wait for the database's libraries
    from domain.entry import Entry

LOOKING = N_("Looking")
Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("Name of the department: hotline."), show_default=False)]


def add_department(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    add = group.command(
        "list", help=N_("List the departments and who is away."), rich_help_panel=LOOKING, cls=CommandHelp
    )
    add(_list)
    add = group.command(
        "show",
        help=N_("Show a department: members, leave, its desk, and cases without a substitute."),
        rich_help_panel=LOOKING,
        cls=CommandHelp,
    )
    add(_show)
    add_acts(group)
    add_drill(group)
    help_text = N_("Departments: members and skills, leave, failed desks, and who takes the cases then.")
    app.add_typer(group, name="department", help=help_text, rich_help_panel=panel)


# ── All of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        names = [stream.partition(":")[2] for stream in house.ledger.streams("department")]
        found = {name: load(house, name) for name in names}
        titles = {name: _title(house, name) for name in found}
    if as_json:
        print_json([_data(name, department) for name, department in found.items()])
        return
    if not found:
        show(_("There is no department yet. Add the first member of one: casefold department add-member NAME PERSON"))
        return
    headings = (_("department"), "", _("members"), _("away"), _("without a substitute"), _("desk"))
    table(headings, [_line(name, titles[name], department) for name, department in found.items()])


def _title(house: House, name: str) -> str:
    """What the policies call it in the reader's language."""
    titles = (sheet.departments.get(name, {}).get(language(), "") for sheet in house.sheets.values())
    return next(filter(None, titles), "")


def _line(name: str, title: str, department: Department) -> tuple[str, ...]:
    missing = sum(len(cases) for cases in department.without_substitute.values())
    return (
        name,
        title,
        str(len(department.members)),
        listed(department.leaves),
        str(missing or ""),
        _("failed") if department.failure is not None else "",
    )


# ── One of them ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _show(name: Name, as_json: o.AsJson = False) -> None:
    with at_work(as_json=as_json) as house:
        department = load(house, name)
        drill = _last_drill(house.ledger.history(f"department:{name}"))
        title = _title(house, name)
    if as_json:
        print_json(_data(name, department) | {"last_drill": _drill_data(drill)})
        return
    show(f"{name}  {title}".rstrip())
    _desk(department)
    if department.members:
        heading(_("Members"))
        table((_("person"), _("roles"), _("skills"), "", _("substitute")), _members(department), flexible=3)
    for plan, cases in department.without_substitute.items():
        heading(_("Without a substitute ({plan})", plan=plan))
        show(listed(cases))
    if drill is not None:
        heading(_("Last drill"))
        pairs(_drilled(drill))


def load(house: House, name: str) -> Department:
    """The department as of its newest entry. Raises Refused, unknown_department."""
    from ledger.errors import UnknownStream

    try:
        state = house.recorder.load(f"department:{name}")[1]
    except UnknownStream:
        raise Refused("unknown_department", department=name) from None
    assert isinstance(state, Department)
    return state


def _desk(department: Department) -> None:
    failure = department.failure
    if failure is None:
        return
    since = shown(failure.since)
    to = " ".join(filter(None, (failure.to_department, failure.to_person)))
    show(_("The desk has failed since {since} ({plan}).", since=since, plan=failure.plan))
    show(_("Its cases go to {to}.", to=to) if to else _("Its cases go to the substitute that their policy names."))


def _members(department: Department) -> Iterator[tuple[str, ...]]:
    for person, member in department.members.items():
        leave = department.leaves.get(person)
        yield (
            person,
            listed(word(role) for role in member.roles),
            listed(member.skills),
            _away(leave.plan, leave.since, leave.until) if leave is not None else "",
            (leave.substitute or _("by plan")) if leave is not None else "",
        )


def _away(plan: str, since: datetime, until: datetime | None) -> str:
    if until is None:
        return _("on leave since {since} ({plan})", since=shown(since), plan=plan)
    return _("on leave until {until} ({plan})", until=due(until), plan=plan)


def _last_drill(entries: list[Entry]) -> tuple[datetime, DrillHeld] | None:
    found = None
    for entry in entries:
        if isinstance(entry.event, DrillHeld):
            found = (entry.happened_at, entry.event)
    return found


def _drilled(drill: tuple[datetime, DrillHeld]) -> Iterator[tuple[str, str]]:
    at, event = drill
    yield _("held"), shown(at)
    yield _("played"), _("leave of {person}", person=event.person) if event.person else _("failure of the desk")
    yield _("cases"), str(event.cases)
    yield _("without a substitute"), str(event.without_substitute)


# ── For programs ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _data(name: str, department: Department) -> dict[str, Any]:
    """A department for programs."""
    return {
        "department": name,
        "entry": department.version,
        "members": [
            {"person": person, "roles": member.roles, "skills": member.skills, "leave": department.leaves.get(person)}
            for person, member in department.members.items()
        ],
        "desk_failed": department.failure,
        "without_substitute": department.without_substitute,
        "drills": department.drills,
    }


def _drill_data(drill: tuple[datetime, DrillHeld] | None) -> dict[str, Any] | None:
    return {"held_at": drill[0], "drill": drill[1]} if drill is not None else None
