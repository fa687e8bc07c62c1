"""One command of the command line for each command of the domain, made from `domain/commands.py`."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from console import options as o
from console.answers import at_work, plainly, refused
from console.help import CommandHelp
from console.house import House
from console.look import case_id
from console.output import USAGE, fail, print_json, say, show
from console.values import Field, fields_of
from console.words import N_, _, event_label, listed, paragraphs_of
from domain.commands import COMMANDS, OF_THE_SYSTEM, ReceiveCase
from domain.decisions import DECISIONS
from domain.message import Command, snake
from domain.refusal import Refused
from domain.streams import CASE

if TYPE_CHECKING:
    from ledger.submission import Receipt

PANELS = {
    "receive": N_("Receive"),
    "investigate": N_("Investigate"),
    "propose": N_("Propose"),
    "confirm": N_("Confirm"),
    "close": N_("Close"),
    "review": N_("Review"),
    "anytime": N_("At any time"),
}
"""The parts of the list of commands: the module that decides a command is its stage."""

KIND = N_("Kind of case, as the policy sheets call it: complaint, after_sales, inquiry.")
KEPT_OUT = N_("To keep a personal text out of the shell's history: @- reads it from standard input, @FILE from a file.")


HINTS: dict[str, str] = {
    "add_evidence": N_("To take in the file itself, sealed and with its digest: casefold evidence add CASE FILE."),
}
"""Command → what stands on its help page about another one that is usually meant."""
UNASKED: dict[str, frozenset[str]] = {"add_evidence": frozenset({"claimed_type", "stored_as"})}
"""Command → fields that only programs fill in: what the store of evidence found out, and where it put the file."""
OF_A_FILE = frozenset({"import_log"})
"""Commands that are read from files only: nobody types the log of a case."""


def add_commands(app: typer.Typer) -> None:
    """Add `open` and every command that a person may give."""
    _add(app, "open", ReceiveCase, positional=("kind",))
    for name, command in COMMANDS.items():
        if name not in OF_THE_SYSTEM | OF_A_FILE:
            _add(app, name.replace("_", "-"), command)


def panel_of(command: type[Command]) -> str:
    """The part of the list that a command belongs to."""
    name = DECISIONS[command].__module__.rpartition(".")[2]
    return PANELS.get(name, name.capitalize())


def _add(app: typer.Typer, name: str, command: type[Command], positional: tuple[str, ...] = ()) -> None:
    kind = snake(command.__name__)
    help_text = "\n\n".join([*paragraphs_of(command), *filter(None, [HINTS.get(kind)])])
    fields = [field for field in fields_of(command) if field.name not in UNASKED.get(kind, ())]
    app.command(
        name,
        help=help_text,
        epilog=KEPT_OUT if any(field.personal for field in fields) else None,
        rich_help_panel=panel_of(command),
        cls=CommandHelp,
    )(_function(command, fields, positional))


def _function(command: type[Command], fields: list[Field], positional: tuple[str, ...]) -> Callable[..., None]:
    """A function whose parameters are the fields, so that Typer makes them options."""
    opens = command in CASE.opening

    def run(**given: Any) -> None:
        shared = {name: given.pop(name) for name in _SHARED}
        case = given.pop("case", None)
        case = case_id(case) if case is not None else None
        _submit(command, {field.name: field.read(given[field.name]) for field in fields}, case, **shared)

    parameters = [] if opens else [_parameter("case", o.CaseId)]
    parameters += [_option(field, field.name in positional) for field in fields]
    parameters += [_parameter(name, kind, default) for name, (kind, default) in _SHARED.items()]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


_SHARED: dict[str, tuple[Any, Any]] = {
    "by": (o.By, ""),
    "command_id": (o.CommandId, ""),
    "expect_version": (o.ExpectVersion, None),
    "happened_at": (o.HappenedAt, ""),
    "as_json": (o.AsJson, False),
}


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _option(field: Field, positional: bool) -> inspect.Parameter:
    """Closed lists are Typer's choices; everything else is read by `Field`, whose sentences are ours."""
    choice = issubclass(field.kind, Enum) and not field.many
    kind: Any = field.kind if choice or field.kind is bool else str
    default = field.default
    if field.many:
        kind, default = list[str], None if field.required else []
    elif not field.required and kind is str:
        default = None if default is None else str(default)
    if default is None and not field.required:
        kind = kind | None
    if positional:
        info: Any = typer.Argument(metavar=field.name.upper(), help=KIND, show_default=False)
    else:
        declared = f"{field.option}/--not-{field.option[2:]}" if field.kind is bool else field.option
        shown = bool(default) and not field.many
        info = typer.Option(declared, metavar=_metavar(field), help=field.hint, show_default=shown)
    empty = inspect.Parameter.empty
    return _parameter(field.name, Annotated[kind, info], empty if field.required else default)


def _metavar(field: Field) -> str | None:
    """What stands for the value in the help; Typer writes the words of a closed list itself."""
    if field.kind is bool or (issubclass(field.kind, Enum) and not field.many):
        return None
    return METAVARS.get(field.kind, field.kind.__name__.upper())


METAVARS: dict[type[Any], str] = {str: "TEXT", int: "NUMBER", Decimal: "AMOUNT", datetime: "WHEN"}


def _submit(
    command: type[Command],
    values: dict[str, Any],
    case: str | None,
    *,
    by: str,
    command_id: str,
    expect_version: int | None,
    happened_at: str,
    as_json: bool,
) -> None:
    from ledger.submission import Submission  # not above: asking for help must not wait for pydantic

    who = o.actor(by)
    command_id = o.command_id_or_new(command_id)
    submission = Submission(command(**values), who, command_id, case, o.happened(happened_at), expect_version)
    with at_work(as_json=as_json, command_id=command_id) as house:
        try:
            receipt = house.recorder.record(submission)
        except ValueError as error:  # what nobody can mean: an empty id, a NUL character, a text of a megabyte
            raise fail(plainly(error), USAGE) from error
        kinds = _kinds(house) if receipt.refusal is not None and receipt.refusal.code == "no_sheet" else []
    if receipt.refusal is not None:
        if kinds:
            say(_("Kinds of case are: {kinds}.", kinds=listed(kinds)))
        more = {"case": receipt.stream, "version": receipt.version} | ({"kinds": kinds} if kinds else {})
        told = _as_typed(receipt.refusal, command)
        raise refused(receipt.refusal, as_json=as_json, command_id=command_id, told=told, **more)
    if as_json:
        print_json(receipt_as_json(receipt))
    else:
        _show_receipt(receipt)


def _kinds(house: House) -> list[str]:
    """The kinds of case that have a sheet in force."""
    return sorted(stream.partition(":")[2] for stream in house.ledger.streams("policy"))


def _as_typed(refusal: Refused, command: type[Command]) -> Refused:
    """A field that is wrong, by the name that it has on the command line."""
    if refusal.code not in ("field_missing", "negative_number"):
        return refusal
    options = {name: field.option for field in fields_of(command) for name in (field.name, field.option[2:])}
    name = refusal.params["field"]
    return Refused(refusal.code, **{**refusal.params, "field": options.get(name, name)})


def receipt_as_json(receipt: Receipt) -> dict[str, Any]:
    """An accepted command, for programs."""
    return {
        "accepted": True,
        "case": receipt.stream,
        "version": receipt.version,
        "position": receipt.position,
        "events": list(receipt.events),
        "recorded_at": receipt.recorded_at,
        "repeated": receipt.repeated,
        "command_id": receipt.command_id,
    }


def _show_receipt(receipt: Receipt) -> None:
    head = N_("{case}  version {version}")
    if receipt.repeated:
        head = N_("{case}  version {version}, recorded before: this is the first answer again")
    show(_(head, case=receipt.stream, version=receipt.version))
    for event, times in Counter(receipt.events).items():
        show(f"  {event_label(event)}" + (f" (×{times})" if times > 1 else ""))
    show(_("command id {command_id}", command_id=receipt.command_id))
