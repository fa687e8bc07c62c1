"""`casefold assign-by-rule`: who should have a case by the policy's rules, and assigning it to them (H-02)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, refused
from console.commands import receipt_as_json
from console.help import CommandHelp
from console.house import House
from console.look import case_id, seen
from console.output import REFUSED, USAGE, fail, print_json, show, table
from console.words import N_, _, refusal, word
from console.worklist import catch_up
from domain import events as e
from domain.assignment import URGENCY_FIRST, Candidate, LeftOut, candidates, chosen, rule_for, weight
from domain.case import Case
from domain.commands import AssignCase
from domain.decisions.conditions import is_open
from domain.entry import Entry
from domain.policy import Sheet
from domain.refusal import Refused
from domain.rosters import Rosters
from domain.words import Urgency

if TYPE_CHECKING:  # imported where it is used: asking for help must not wait for the database's libraries
    from ledger.submission import Receipt

WHY = {
    LeftOut.AWAY: N_("is away"),
    LeftOut.SKILL: N_("lacks the skill {skill}"),
    LeftOut.REFUSED: N_("sent this case back"),
}

CaseId = Annotated[str, typer.Argument(metavar="CASE", help=N_("Id of the case: C-2026-000123."), show_default=False)]
Everything = Annotated[
    bool, typer.Option("--all-unassigned", help=N_("Every open case that nobody has, the most urgent first."))
]
DryRun = Annotated[bool, typer.Option("--dry-run", help=N_("Show who would get it, and assign nothing."))]
Yes = Annotated[bool, typer.Option("--yes", help=N_("Do not ask before assigning."))]


def add_assign(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    help_text = N_("Assign a case to who should have it by the policy: by its nature, skill and load.")
    app.command("assign-by-rule", help=help_text, rich_help_panel=panel, cls=CommandHelp)(_assign)


def _assign(
    case: CaseId = "",
    everything: Everything = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    if bool(case) == everything:
        raise typer.BadParameter(_("Name one case, or say --all-unassigned."), param_hint="CASE")
    if everything and as_json and not (yes or dry_run):
        raise typer.BadParameter(_("With --json say --yes or --dry-run: nobody can be asked."), param_hint="--yes")
    if everything:
        _all(dry_run=dry_run, yes=yes, by=by, command_id=command_id, as_json=as_json)
    else:
        _one(case_id(case), dry_run=dry_run, by=by, command_id=command_id, as_json=as_json)


@dataclass(frozen=True)
class Choice:
    """A case, and who should have it."""

    case: str
    urgency: Urgency
    category: str
    ranked: Sequence[Candidate]
    refusal: Refused | None = None
    """Why nobody gets it."""

    @property
    def first(self) -> Candidate:
        """The one who gets it."""
        return self.ranked[0]

    def command(self) -> AssignCase:
        """What is asked of the case."""
        return AssignCase(to=self.first.person, department=self.first.department, rule=self.first.rule)


# ── One case ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _one(case: str, *, dry_run: bool, by: str, command_id: str, as_json: bool) -> None:
    from ledger.rosters import load, rosters

    who = None if dry_run and not by else o.actor(by)
    command_id = o.command_id_or_new(command_id)
    with at_work(as_json=as_json, command_id="" if dry_run else command_id) as house:
        catch_up(house)
        found = seen(house, case)
        _refuse_assigned(found.case)
        choice = choose(
            case, found.case, found.sheet, found.entries, rosters(house.ledger), Counter(load(house.ledger))
        )
        receipt = None
        if choice.refusal is None and not dry_run:
            assert who is not None
            receipt = _record(house, choice, who, command_id)
    if not as_json:
        _candidates(choice)
    for why in filter(None, (choice.refusal, receipt.refusal if receipt is not None else None)):
        raise refused(why, as_json=as_json, command_id="" if dry_run else command_id, **_data(choice))
    if as_json:
        print_json(_data(choice) | ({"receipt": receipt_as_json(receipt)} if receipt is not None else {}))
    elif receipt is None:
        show(_("{case} would be assigned to {person}; nothing was recorded.", case=case, person=choice.first.person))
    else:
        show(_("{case} is assigned to {person}, who is told at once.", case=case, person=choice.first.person))
        show(_("command id {command_id}", command_id=command_id))


def _refuse_assigned(case: Case) -> None:
    """It is looked at first: nobody is to be shown candidates for what is somebody's already."""
    is_open(case)
    if case.assignment is not None:
        raise Refused("offer_pending", to=case.assignment.to)
    if case.assignee:
        raise Refused("already_assigned", assignee=case.assignee)


def choose(
    stream: str, case: Case, sheet: Sheet, entries: Sequence[Entry], rosters: Rosters, load: Counter[str]
) -> Choice:
    """Who should have the case; who gets it has more to do from then on."""
    sent_back = {entry.event.by for entry in entries if isinstance(entry.event, e.AssignmentRefused)}
    ranked: list[Candidate] = []
    try:
        ranked = candidates(case, sheet, rosters, load, refused=sent_back)
        rule = rule_for(case, sheet)
        best = chosen(ranked, rule.department if rule is not None else "")
    except Refused as error:
        return Choice(stream, case.urgency, case.category, ranked, error)
    load[best.person] += weight(case.urgency)
    return Choice(stream, case.urgency, case.category, ranked)


def _candidates(choice: Choice) -> None:
    """The candidates, the best first, with what speaks for and against them."""
    if not choice.ranked:
        return
    best = choice.ranked[0]
    skill = _("skill {skill}", skill=best.skill) if best.skill else _("no special skill")
    show(
        _(
            "By the rule {rule}: department {department}, {skill}.",
            rule=best.rule,
            department=best.department,
            skill=skill,
        )
    )
    lines = [
        (one.person, one.department, str(one.load), _(WHY[one.left_out], skill=one.skill) if one.left_out else "")
        for one in choice.ranked
    ]
    table((_("person"), _("department"), _("load"), ""), lines, flexible=3)


def _data(choice: Choice) -> dict[str, Any]:
    """A choice for programs."""
    given = choice.refusal is None
    return {
        "case": choice.case,
        "urgency": choice.urgency,
        "to": choice.first.person if given else None,
        "department": choice.first.department if given else None,
        "rule": choice.ranked[0].rule if choice.ranked else None,
        "candidates": choice.ranked,
        "why_nobody": refusal(choice.refusal) if choice.refusal is not None else None,
    }


def _record(house: House, choice: Choice, who: Any, command_id: str) -> Receipt:
    from ledger.submission import Submission

    return house.recorder.record(Submission(choice.command(), who, command_id, choice.case))


# ── Every case that nobody has ───────────────────────────────────────────────────────────────────────────────────────


def _all(*, dry_run: bool, yes: bool, by: str, command_id: str, as_json: bool) -> None:
    from ledger.rosters import load, rosters

    who = None if dry_run and not by else o.actor(by)
    command_id = o.command_id_or_new(command_id)
    with at_work(as_json=as_json, command_id="" if dry_run else command_id) as house:
        catch_up(house)
        known, busy = rosters(house.ledger), Counter(load(house.ledger))
        choices = [
            choose(stream, case, house.ledger.sheet(case.sheet), house.ledger.history(stream), known, busy)
            for stream, case in _unassigned(house)
        ]
        ready = [choice for choice in choices if choice.refusal is None]
        if not as_json:
            _preview(choices)
        if dry_run or not ready:
            receipts: dict[str, Receipt] = {}
        elif yes or typer.confirm(_("Assign {number} cases?", number=len(ready)), err=True):
            receipts = {choice.case: _record(house, choice, who, f"{command_id}:{choice.case}") for choice in ready}
        else:
            raise fail(_("Nothing was assigned."), USAGE)
    if as_json:
        print_json([_data(choice) | _outcome(receipts.get(choice.case)) for choice in choices])
    elif receipts:
        _account(receipts, command_id)
    if len(ready) < len(choices) or any(receipt.refusal is not None for receipt in receipts.values()):
        raise typer.Exit(REFUSED)


def _unassigned(house: House) -> list[tuple[str, Case]]:
    """The open cases that nobody has or is offered: the most urgent first, then those that wait longest.

    Which there are the views say; each is then read from the ledger itself.
    """
    found: list[tuple[str, Case]] = []
    for stream in _perhaps_unassigned(house):
        case: Case = house.recorder.load(stream)[1]
        if not case.closed and not case.assignee and case.assignment is None:
            found.append((stream, case))
    return sorted(found, key=lambda one: (URGENCY_FIRST[one[1].urgency], one[1].received_at, one[0]))


def _perhaps_unassigned(house: House) -> Iterator[str]:
    """The cases that wait for somebody, or that nobody answers for: an import that came without its person.

    An inquiry that is answered by whoever received it waits for nobody.
    """
    size, offset = 500, 0
    while page := house.views.worklist(limit=size, offset=offset):
        for row in page:
            if "assignment_accepted" in row["waiting_for"] or not row["responsible"]:
                yield str(row["case"])
        offset += size


def _preview(choices: Sequence[Choice]) -> None:
    if not choices:
        show(_("Every open case is with somebody."))
        return
    headings = (_("case"), _("urgency"), _("type"), _("would go to"), _("department"), _("load"), "")
    table(headings, [_line(choice) for choice in choices], flexible=len(headings) - 1)


def _line(choice: Choice) -> tuple[str, ...]:
    head = (choice.case, word(choice.urgency), choice.category)
    if choice.refusal is not None:
        return (*head, "", "", "", refusal(choice.refusal))
    first = choice.first
    return (*head, first.person, first.department, str(first.load), "")


def _outcome(receipt: Receipt | None) -> dict[str, Any]:
    if receipt is None:
        return {"assigned": False}
    if receipt.refusal is not None:
        return {"assigned": False, "code": receipt.refusal.code, "command_id": receipt.command_id}
    return {"assigned": True, "command_id": receipt.command_id}


def _account(receipts: dict[str, Receipt], command_id: str) -> None:
    """What became of each."""
    assigned = [receipt for receipt in receipts.values() if receipt.refusal is None]
    show(_("{number} cases were assigned; their persons are told at once.", number=len(assigned)))
    for case, receipt in receipts.items():
        if receipt.refusal is not None:
            show(f"  {case}: {refusal(receipt.refusal)}")
    show(_("command ids {command_id}:CASE", command_id=command_id))
