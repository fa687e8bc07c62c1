"""`casefold evidence`: files of evidence taken in, listed and given out; what lies in the store is checked."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from console import options as o
from console.answers import at_work, plainly, refused
from console.evidence_check import add_check
from console.help import CommandHelp, GroupHelp
from console.look import case_id
from console.masking import mask
from console.output import USAGE, fail, print_json, say, show, table
from console.progress import progress_bar
from console.reveal import record_read
from console.when import shown
from console.words import N_, _, word
from domain.access import Through

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.evidence.evidence import Added
    from ledger.evidence.items import Item

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help=N_("Files to take in."), show_default=False)]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help=N_("Number of the evidence: E1."), show_default=False)]
GivenBy = Annotated[str, typer.Option("--given-by", metavar="WHO", help=N_("Who gave it."))]
To = Annotated[
    str,
    typer.Option(
        "--to",
        metavar="FILE",
        show_default=False,
        help=N_(
            "Where to write it: a new file, a folder, or - for standard output; otherwise under its own name here."
        ),
    ),
]
Purpose = Annotated[
    str,
    typer.Option("--purpose", metavar="TEXT", show_default=False, help=N_("What it is for; it is recorded with it.")),
]


def add_evidence(app: typer.Typer, panel: str) -> None:
    """Add the group of commands."""
    group = typer.Typer(cls=GroupHelp, add_completion=False, no_args_is_help=True)
    for name, function, help_text in (
        ("add", _add, N_("Take files in as evidence of a case: sealed, with their digests in the ledger.")),
        ("list", _list, N_("List the evidence of a case.")),
        ("get", _get, N_("Write a file of evidence out, readable; who did it is recorded.")),
    ):
        group.command(name, help=help_text, cls=CommandHelp)(function)
    add_check(group)
    help_text = N_("Files of evidence: sealed under the person's key, in a store of their own.")
    app.add_typer(group, name="evidence", help=help_text, rich_help_panel=panel)


# ── Taking in ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _add(
    case: o.CaseId,
    files: Files,
    given_by: GivenBy = "customer",
    by: o.By = "",
    command_id: o.CommandId = "",
    happened_at: o.HappenedAt = "",
    as_json: o.AsJson = False,
) -> None:
    stream, who, happened = case_id(case), o.actor(by), o.happened(happened_at)
    command_id = o.command_id_or_new(command_id)
    done = []
    for number, file in enumerate(files, 1):
        one = command_id if len(files) == 1 else f"{command_id}/{number}"
        with at_work(as_json=as_json, command_id=one) as house, _opened(file) as (content, tell):
            try:
                added = house.evidence().add(
                    stream, content, file.name, who, one, given_by=given_by, happened_at=happened, tell=tell
                )
            except ValueError as error:  # what nobody can mean: an empty id, a NUL character in the name
                raise fail(plainly(error), USAGE) from error
        if added.refusal is not None:
            raise refused(added.refusal, as_json=as_json, command_id=one, case=added.stream, file=str(file))
        done.append(_as_json(added))
        if not as_json:
            _tell(added, file)
    if as_json:
        print_json(done)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[BinaryIO, Callable[[int], None]]]:
    """The file, and what is told how much of it has been taken. Ends the program when it cannot be read."""
    try:
        content = file.open("rb")
        total = os.fstat(content.fileno()).st_size
    except OSError as error:
        message = _("{file} cannot be read: {reason}.", file=file, reason=error.strerror or type(error).__name__)
        raise typer.BadParameter(message, param_hint="FILE") from error
    with content, progress_bar(_("Taking in")) as bar:
        yield content, lambda taken: bar(taken, max(total, taken))


def _as_json(added: Added) -> dict[str, Any]:
    assert added.item is not None  # it was accepted
    return item_as_json(added.item) | {
        "version": added.version,
        "position": added.position,
        "repeated": added.repeated,
        "command_id": added.command_id,
    }


def _tell(added: Added, file: Path) -> None:
    item = added.item
    assert item is not None  # it was accepted
    show(f"{item.case}  {item.number}  {_kind(item)}  sha256 {item.sha256}")
    if added.repeated:
        show("  " + _("recorded before: this is the first answer again"))
    if item.claimed_type:
        say(_("{file} is {found}, not {claimed}.", file=file, found=item.media_type, claimed=item.claimed_type))
    if item.quarantined is not None:
        say(_quarantine(item))
    show(_("command id {command_id}", command_id=added.command_id))


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _list(case: o.CaseId, by: o.By = "", reveal: o.Reveal = False, as_json: o.AsJson = False) -> None:
    stream = case_id(case)
    with at_work(as_json=as_json, reveal=reveal) as house:
        items = house.evidence().items(stream)
        if reveal:
            record_read(house, stream, by, {"name"} if items else (), as_json=as_json)
        names = {item.number: house.ledger.opened_text(item.name) for item in items}
    told = {number: name if reveal else mask("name", name) for number, name in names.items()}
    if as_json:
        print_json([item_as_json(item) | {"name": told[item.number]} for item in items])
        return
    if not items:
        show(_("{case} has no evidence.", case=stream))
        return
    headings = (_("number"), _("name"), _("kind"), _("given by"), _("recorded"), _("state"))
    rows = [
        (item.number, told[item.number], _kind(item), item.given_by, shown(item.recorded_at), _state(item))
        for item in items
    ]
    table(headings, rows, flexible=1)


def item_as_json(item: Item) -> dict[str, Any]:
    """Evidence for programs, without its name, which is personal data."""
    return {
        "case": item.case,
        "evidence": item.number,
        "sha256": item.sha256,
        "size": item.size,
        "media_type": item.media_type or None,
        "claimed_type": item.claimed_type or None,
        "stored_as": item.stored_as or None,
        "given_by": item.given_by,
        "added_by": item.added_by,
        "happened_at": item.happened_at,
        "recorded_at": item.recorded_at,
        "quarantined": item.quarantined,
        "released_by": item.released_by or None,
        "purged": item.purged,
        "retracted": item.retracted,
    }


def _kind(item: Item) -> str:
    from ledger.evidence.limits import readable

    return f"{item.media_type} {readable(item.size)}".strip()


def _state(item: Item) -> str:
    if item.purged:
        return _("deleted")
    if item.quarantined is not None:
        return _("in quarantine ({verdict})", verdict=word(item.quarantined))
    if item.retracted:
        return _("retracted")
    if item.released_by:
        return _("released by {who}", who=item.released_by)
    return "" if item.stored_as else _("kept elsewhere")


def _quarantine(item: Item) -> str:
    verdict = word(item.quarantined)
    return _(
        "{number} is in quarantine ({verdict}: {detail}); casefold release-evidence lets it out.",
        number=item.number,
        verdict=verdict,
        detail=item.detail or verdict,
    )


# ── Giving out ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _get(
    case: o.CaseId, number: Number, to: To = "", by: o.By = "", purpose: Purpose = "", as_json: o.AsJson = False
) -> None:
    stream, who = case_id(case), o.actor(by)
    with at_work(as_json=as_json) as house:
        item, content = house.evidence().read(stream, number.upper(), who, Through.CLI, purpose=purpose)
        with closing(content):
            if to == "-":
                for piece in content:
                    sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
                return
            path = _target(to, item.name)
            _write(path, content)
    if as_json:
        print_json(item_as_json(item) | {"file": str(path)})
    else:
        show(_("{number} is in {file}.", number=item.number, file=path))


def _target(to: str, name: str) -> Path:
    from ledger.evidence.serving import safe_name

    if not to:
        return Path(safe_name(name))
    return Path(to) / safe_name(name) if Path(to).is_dir() else Path(to)


def _write(path: Path, content: Iterator[bytes]) -> None:
    """A new file that only its owner may read; nothing stays of one that does not come to its end."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise typer.BadParameter(_("{file} is there already.", file=path), param_hint="--to") from error
    except OSError as error:
        message = _("{file} cannot be written: {reason}.", file=path, reason=error.strerror or type(error).__name__)
        raise typer.BadParameter(message, param_hint="--to") from error
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in content:
                file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
