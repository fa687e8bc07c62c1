"""`casefold department drill`: the plan of a department played over the open cases; nothing is moved (H-07)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from console import options as o
from console.answers import at_work
from console.department_acts import receipt_data, submit
from console.help import CommandHelp
from console.house import House
from console.output import print_json, show, table
from console.progress import progress_bar
from console.words import N_, _
from domain.contingency import Held, Nobody, Out, drill, held, load_in
from domain.department_messages import DrillMove, HoldDrill
from domain.refusal import Refused

DRILLS = N_("Drills")
TOLD = 50
"""Cases that are shown; all of them are in the JSON."""

Name = Annotated[str, typer.Argument(metavar="NAME", help=N_("Name of the department: hotline."), show_default=False)]
Person = Annotated[
    str, typer.Option("--person", metavar="PERSON", help=N_("Play the leave of this member, not a failed desk."))
]


def add_drill(app: typer.Typer) -> None:
    """Add the command."""
    help_text = N_("Play a failed desk, or the leave of one member, over the open cases; nothing is moved.")
    app.command("drill", help=help_text, rich_help_panel=DRILLS, cls=CommandHelp)(_drill)


def _drill(
    name: Name, person: Person = "", by: o.By = "", command_id: o.CommandId = "", as_json: o.AsJson = False
) -> None:
    from ledger.rosters import rosters

    with at_work(as_json=as_json) as house:
        known = rosters(house.ledger)
        if name not in known.departments:
            raise Refused("unknown_department", department=name)
        if person and person not in known.departments[name].members:
            raise Refused("not_a_member", person=person, department=name)
        cases = list(_open_cases(house, quiet=as_json))
        steps = drill(name, person, cases, known, load_in(cases), house.ledger.now())
    receipt = submit(_account(person, steps), name, by=by, command_id=command_id, as_json=as_json, quiet=True)
    if as_json:
        print_json(receipt_data(receipt, name) | {"person": person, "steps": [_data(step) for step in steps]})
    else:
        _tell(name, person, steps)
        show(_("command id {command_id}", command_id=receipt.command_id))


def _open_cases(house: House, *, quiet: bool) -> Iterator[Held]:
    """The open cases, from the ledger itself."""
    from ledger.states import states

    total = sum(1 for _stream in house.ledger.streams("case"))
    done = 0
    with progress_bar(_("Playing the plan"), quiet=quiet) as told:
        for portion in states(house.ledger, "case"):
            for stream, case in portion.items():
                if case.received and (found := held(stream, case, house.ledger.sheet(case.sheet))) is not None:
                    yield found
            done += len(portion)
            told(done, max(total, done))


def _account(person: str, steps: Sequence[Out | Nobody]) -> HoldDrill:
    """What the ledger keeps of a drill."""
    moved = Counter((step.to, step.department) for step in steps if isinstance(step, Out))
    moves = tuple(DrillMove(to=to, department=department, cases=cases) for (to, department), cases in moved.items())
    return HoldDrill(
        person=person, cases=len(steps), moved_to=moves, without_substitute=len(steps) - sum(moved.values())
    )


def _data(step: Out | Nobody) -> dict[str, Any]:
    to = {"to": step.to, "department": step.department} if isinstance(step, Out) else {"to": None, "department": None}
    return {"case": step.case, "person": step.person} | to


def _tell(name: str, person: str, steps: Sequence[Out | Nobody]) -> None:
    if person:
        show(_("Drill: {person} of {department} goes on leave. Nothing was moved.", person=person, department=name))
    else:
        show(_("Drill: the desk of {department} fails. Nothing was moved.", department=name))
    if not steps:
        show(_("No open case would move."))
        return
    nobody = [step for step in steps if isinstance(step, Nobody)]
    moving = [step for step in steps if isinstance(step, Out)]
    first: list[Out | Nobody] = [*nobody, *moving]
    table((_("case"), _("now with"), _("would go to"), _("department")), [_line(step) for step in first[:TOLD]])
    if len(steps) > TOLD:
        show(_("and {number} more", number=len(steps) - TOLD))
    for (to, department), cases in Counter((step.to, step.department) for step in moving).most_common():
        show(_("{cases} to {person} of {department}", cases=cases, person=to, department=department))
    if nobody:
        show(_("{cases} have no substitute: they would stay where they are", cases=len(nobody)))


def _line(step: Out | Nobody) -> tuple[str, ...]:
    if isinstance(step, Out):
        return step.case, step.person, step.to, step.department
    return step.case, step.person, _("nobody"), ""
