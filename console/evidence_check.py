"""`casefold evidence check` and `purge-orphans`: the store held against the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console import options as o
from console.answers import at_work
from console.help import CommandHelp
from console.output import REFUSED, print_json, show
from console.progress import progress_bar
from console.words import N_, _

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.evidence.check import Comparison
    from ledger.evidence.items import Item

OnlyLook = Annotated[bool, typer.Option("--only-look", help=N_("Change nothing, neither in the store nor the ledger."))]
EvenSo = Annotated[
    bool, typer.Option("--even-so", help=N_("Also when that is most of what is in the store: an older backup, say."))
]


def add_check(group: typer.Typer) -> None:
    """Add the two commands."""
    for name, function, help_text in (
        (
            "check",
            _check,
            N_("Compare the store with the ledger: what is missing, was altered, or belongs to no entry."),
        ),
        (
            "purge-orphans",
            _purge,
            N_("Take away what no entry has named for a day, and what was deleted by its entry."),
        ),
    ):
        group.command(name, help=help_text, cls=CommandHelp)(function)


def _check(only_look: OnlyLook = False, as_json: o.AsJson = False) -> None:
    from ledger.evidence.check import compare

    with at_work(as_json=as_json) as house, progress_bar(_("Checking"), quiet=as_json) as bar:
        found = compare(house.evidence(), bar, mend=not only_look)
    if as_json:
        print_json(_data(found))
    else:
        _tell(found)
    if not found.well:
        raise typer.Exit(REFUSED)


def _data(found: Comparison) -> dict[str, object]:
    lists = {"missing": found.missing, "altered": found.altered, "unrecorded": found.unrecorded}
    return {
        "well": found.well,
        "named": found.named,
        **{name: [{"case": item.case, "evidence": item.number} for item in items] for name, items in lists.items()},
        "orphans": len(found.orphans),
        "left_over": len(found.left_over),
        "moved": found.moved,
    }


def _tell(found: Comparison) -> None:
    show(_("{number} objects are where the ledger says.", number=found.named - len({_of(i) for i in found.altered})))
    for text, items in (
        (N_("{item} is missing: put it back from a backup."), found.missing),
        (N_("{item} was altered: put it back from a backup."), found.altered),
        (N_("{item} was in quarantine, and the ledger did not say so."), found.unrecorded),
    ):
        for item in items:
            show(_(text, item=f"{item.case} {item.number}"))
    if found.moved:
        show(_("{number} objects lay in the wrong part of the store and were moved.", number=found.moved))
    if left := len(found.orphans) + len(found.left_over):
        show(_("{number} objects belong to no entry: casefold evidence purge-orphans", number=left))


def _of(item: Item) -> str:
    return item.stored_as


def _purge(even_so: EvenSo = False, as_json: o.AsJson = False) -> None:
    from ledger.evidence.check import purge_orphans

    with at_work(as_json=as_json) as house:
        purged = purge_orphans(house.evidence(), even_so=even_so)
    if as_json:
        print_json({"purged": purged})
    else:
        show(_("{number} objects that belonged to no entry were taken away.", number=purged))
