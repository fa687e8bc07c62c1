"""`casefold policy draft`, `discuss`, `approve` …: what people do to policies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, plainly, refused
from console.help import CommandHelp
from console.house import House
from console.look import case_id
from console.output import USAGE, fail, print_json, show
from console.policy_words import Kind, sheet_in_file
from console.values import fields_of
from console.words import N_, _, paragraphs_of, sentence
from domain import policy_commands as pc
from domain.message import Command
from domain.policy_events import POLICY_EVENTS, ChangeSuggested, ExceptionFound, ReviewOutcome, SupervisionHeld

if TYPE_CHECKING:
    from ledger.submission import Receipt

PERSONAL = N_("Personal: the text, or @-, or @FILE.")
VersionOf = Annotated[str, typer.Argument(metavar="VERSION", help=N_("Name of the version."), show_default=False)]
SheetFile = Annotated[Path, typer.Argument(metavar="FILE", help=N_("The sheet as TOML."), show_default=False)]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help=PERSONAL)]
Words = Annotated[str, typer.Option("--text", metavar="TEXT", help=PERSONAL)]
Remarks = Annotated[str, typer.Option("--remarks", metavar="TEXT", help=PERSONAL)]
Cases = Annotated[
    list[str] | None,
    typer.Option("--case", metavar="CASE", help=N_("A case that showed the problem; may be repeated.")),
]
Suggestions = Annotated[
    list[str] | None,
    typer.Option("--suggestion", metavar="S", help=N_("A suggestion that it answers: S1; may be repeated.")),
]
InForceFrom = Annotated[
    str, typer.Option("--from", metavar="WHEN", help=N_("Its first day or instant: 2027-01-01, +3d, or now."))
]
Outcome = Annotated[ReviewOutcome, typer.Option("--outcome", help=N_("What the review came to."))]


NUMBERED = frozenset({ChangeSuggested.__name__, SupervisionHeld.__name__, ExceptionFound.__name__})
NUMBER_TOLD = {
    "suggestion": N_("It is suggestion {number}; a draft that answers it says --suggestion {number}."),
    "supervision": N_("It is supervision {number}; report what it found: casefold policy exception {kind}."),
    "exception": N_("It is exception {number}; when it is put right: casefold policy rectify {kind} {number}."),
}


def add_acts(app: typer.Typer, panel: str) -> None:
    """Add the commands, in the order in which a version lives."""
    for name, command, function in (
        ("suggest", pc.SuggestChange, _suggest),
        ("draft", pc.DraftPolicy, _draft),
        ("withdraw", pc.WithdrawDraft, _withdraw),
        ("discuss", pc.DiscussPolicy, _discuss),
        ("approve", pc.ApprovePolicy, _approve),
        ("review", pc.ReviewPolicy, _review),
        ("retire", pc.RetirePolicy, _retire),
    ):
        help_text = "\n\n".join(paragraphs_of(command))
        app.command(name, help=help_text, rich_help_panel=panel, cls=CommandHelp)(function)


def _suggest(
    kind: Kind,
    text: Words,
    case: Cases = None,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    cases = _ids(case)
    command = pc.SuggestChange(text=personal(pc.SuggestChange, "text", text), cases=cases)
    submit(command, kind, cases=cases, by=by, command_id=command_id, as_json=as_json)


def _draft(
    file: SheetFile,
    reason: Reason,
    case: Cases = None,
    suggestion: Suggestions = None,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    from ledger.canonical import canonical, plain  # not above: asking for help must not wait for it

    sheet = sheet_in_file(file, as_json=as_json)
    cases = _ids(case)
    command = pc.DraftPolicy(
        content=canonical(plain(sheet.to_data())).decode(),
        reason=personal(pc.DraftPolicy, "reason", reason),
        cases=cases,
        suggestions=tuple(number.strip().upper() for number in suggestion or ()),
    )
    submit(command, sheet.kind, cases=cases, by=by, command_id=command_id, as_json=as_json, new=True)


def _withdraw(
    kind: Kind,
    version: VersionOf,
    reason: Reason = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = pc.WithdrawDraft(version=version, reason=personal(pc.WithdrawDraft, "reason", reason))
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


def _discuss(
    kind: Kind,
    version: VersionOf,
    text: Words,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = pc.DiscussPolicy(version=version, text=personal(pc.DiscussPolicy, "text", text))
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


def _approve(
    kind: Kind,
    version: VersionOf,
    in_force_from: InForceFrom,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    at_once = in_force_from.strip().lower() == "now"
    begins = None if at_once else o.read_instant(in_force_from, "--from")
    command = pc.ApprovePolicy(version=version, in_force_from=begins)
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


def _review(
    kind: Kind,
    outcome: Outcome,
    remarks: Remarks = "",
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = pc.ReviewPolicy(outcome=outcome, remarks=personal(pc.ReviewPolicy, "remarks", remarks))
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


def _retire(
    kind: Kind,
    version: VersionOf,
    reason: Reason,
    by: o.By = "",
    command_id: o.CommandId = "",
    as_json: o.AsJson = False,
) -> None:
    command = pc.RetirePolicy(version=version, reason=personal(pc.RetirePolicy, "reason", reason))
    submit(command, kind, by=by, command_id=command_id, as_json=as_json)


# ── What they have in common ─────────────────────────────────────────────────────────────────────────────────────────


def _ids(cases: list[str] | None) -> tuple[str, ...]:
    return tuple(case_id(case) for case in cases or ())


def personal(command: type[Command], name: str, text: str) -> str:
    """A text that may stand on standard input or in a file, to stay out of the shell's history."""
    value: str = next(field for field in fields_of(command) if field.name == name).read(text)
    return value


def submit(
    command: Command,
    kind: str,
    *,
    by: str,
    command_id: str,
    as_json: bool,
    cases: tuple[str, ...] = (),
    new: bool = False,
) -> None:
    """Ask it of the policy of this kind, which must be there unless the command may begin it."""
    from ledger.submission import Submission

    who = o.actor(by)
    command_id = o.command_id_or_new(command_id)
    stream = f"policy:{kind}"
    with at_work(as_json=as_json, command_id=command_id) as house:
        if not new:
            house.recorder.papers.policy(kind)
        for case in cases:
            house.recorder.load(case)
        try:
            receipt = house.recorder.record(Submission(command, who, command_id, stream))
        except ValueError as error:  # what nobody can mean: an empty id, a NUL character, a text of a megabyte
            raise fail(plainly(error), USAGE) from error
        if receipt.refusal is not None:
            raise refused(receipt.refusal, as_json=as_json, command_id=command_id, policy=kind, entry=receipt.version)
        more = _more(house, receipt)
    if as_json:
        print_json(_as_json(receipt, kind) | more)
    else:
        _tell(receipt, kind, more)


def _more(house: House, receipt: Receipt) -> dict[str, Any]:
    """The number that a suggestion, a supervision or an exception got: what follows names it."""
    if NUMBERED.isdisjoint(receipt.events):
        return {}
    for entry in house.ledger.history(receipt.stream)[receipt.version - len(receipt.events) : receipt.version]:
        match entry.event:
            case ChangeSuggested(suggestion=number):
                return {"suggestion": number}
            case SupervisionHeld(supervision=number):
                return {"supervision": number}
            case ExceptionFound(exception=number):
                return {"exception": number}
    return {}


def _as_json(receipt: Receipt, kind: str) -> dict[str, Any]:
    return {
        "accepted": True,
        "policy": kind,
        "entry": receipt.version,
        "position": receipt.position,
        "events": list(receipt.events),
        "recorded_at": receipt.recorded_at,
        "repeated": receipt.repeated,
        "command_id": receipt.command_id,
    }


def _tell(receipt: Receipt, kind: str, more: dict[str, Any]) -> None:
    head = N_("policy for {kind}, entry {entry}")
    if receipt.repeated:
        head = N_("policy for {kind}, entry {entry}, recorded before: this is the first answer again")
    show(_(head, kind=kind, entry=receipt.version))
    for event, times in Counter(receipt.events).items():
        show(f"  {sentence(POLICY_EVENTS[event])}" + (f" (×{times})" if times > 1 else ""))
    for name, number in more.items():
        show("  " + _(NUMBER_TOLD[name], number=number, kind=kind))
    show(_("command id {command_id}", command_id=receipt.command_id))
