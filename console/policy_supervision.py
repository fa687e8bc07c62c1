"""`casefold policy supervise`, `exception`, `rectify`: whether a policy is kept, and what is done where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any

import typer

from console import options as o
from console.help import CommandHelp
from console.look import case_id
from console.masking import shown_fields
from console.policy_acts import PERSONAL, Remarks, personal, submit
from console.policy_words import Kind
from console.when import shown
from console.words import N_, _, listed, paragraphs_of
from domain import policy_commands as pc
from domain.entry import Entry
from domain.policy_events import ExceptionFound
from domain.policy_life import Policy

Checked = Annotated[
    int, typer.Option("--checked", metavar="N", min=0, help=N_("How many cases were checked."), show_default=False)
]
Words = Annotated[str, typer.Option("--text", metavar="TEXT", help=PERSONAL, show_default=False)]
Owner = Annotated[
    str, typer.Option("--owner", metavar="PERSON", help=N_("Who is to put it right."), show_default=False)
]
Until = Annotated[
    str, typer.Option("--due", metavar="WHEN", help=N_("Until when: 2027-01-01, or +14d."), show_default=False)
]
OneCase = Annotated[str, typer.Option("--case", metavar="CASE", help=N_("The case that shows it."), show_default=False)]
Exception_ = Annotated[str, typer.Argument(metavar="X", help=N_("Number of the exception: X1."), show_default=False)]
Effect = Annotated[str, typer.Option("--effect", metavar="TEXT", help=PERSONAL, show_default=False)]


def add_supervision(app: typer.Typer, panel: str) -> None:
    """Add the commands, in the order in which they follow each other."""
    for name, command, function in (
        ("supervise", pc.HoldSupervision, _supervise),
        ("exception", pc.ReportException, _exception),
        ("rectify", pc.RectifyException, _rectify),
    ):
        help_text = "\n\n".join(paragraphs_of(command))
        app.command(name, help=help_text, rich_help_panel=panel, cls=CommandHelp)(function)


def _supervise(
    kind: Kind,
    checked: Checked,
    remarks: Remarks = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = pc.HoldSupervision(checked=checked, remarks=personal(pc.HoldSupervision, "remarks", remarks))
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


def _exception(
    kind: Kind,
    text: Words,
    owner: Owner,
    due: Until,
    case: OneCase = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    cases = (case_id(case),) if case else ()
    command = pc.ReportException(
        text=personal(pc.ReportException, "text", text),
        owner=owner.strip(),
        due=o.read_instant(due, "--due"),
        case="".join(cases),
    )
    submit(command, kind, cases=cases, by=by, command_id=command_id, as_json=as_json)


def _rectify(
    kind: Kind,
    exception: Exception_,
    effect: Effect,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    effect = personal(pc.RectifyException, "effect", effect)
    command = pc.RectifyException(exception=exception.strip().upper(), effect=effect)
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


# ── How lists and pages tell of it ───────────────────────────────────────────────────────────────────────────────────


def supervision_label(policy: Policy, now: datetime) -> str:
    """When it must next be checked that the policy is kept."""
    due = policy.next_supervision
    if due is None:
        return _("never")
    return _("outstanding since {time}", time=shown(due)) if due <= now else shown(due)


def exceptions_label(policy: Policy, now: datetime) -> str:
    """The exceptions that are not yet put right, each with its owner and due time."""
    return listed(
        f"{number} {one.owner}, {until_label(one.due, now)}" for number, one in policy.supervision.open.items()
    )


def until_label(due: datetime, now: datetime) -> str:
    """Until when an exception is to be put right, and whether that is past."""
    return _("{time}, overdue", time=shown(due)) if due < now else shown(due)


def exceptions(policy: Policy, entries: list[Entry], now: datetime, *, reveal: bool) -> Iterator[dict[str, Any]]:
    """Every exception that was found, who is to put it right until when, and whether it is."""
    for entry in entries:
        if isinstance(entry.event, ExceptionFound):
            one = policy.supervision.exceptions[entry.event.exception]
            yield {
                "exception": entry.event.exception,
                "supervision": one.supervision,
                "text": shown_fields(entry.event, reveal=reveal)["text"],
                "case": one.case,
                "owner": one.owner,
                "due": one.due,
                "overdue": one.overdue or (not one.rectified and one.due < now),
                "open": not one.rectified,
            }
