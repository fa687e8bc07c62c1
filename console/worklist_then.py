"""`casefold list --at`: the worklist as it was known at an earlier moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

import typer

from console.house import House
from console.look import refuse_future
from console.progress import progress_bar
from console.when import NotATime, instant
from console.words import N_, _

Then = Annotated[
    str,
    typer.Option(
        "--at", metavar="WHEN", help=N_("As it was known then: 2026-11-22 10:00, 2h ago."), show_default=False
    ),
]


def moment(text: str) -> datetime:
    """The moment that is asked for; a day is its end. Ends the program when it is none."""
    try:
        return instant(text, end_of_day=True)
    except NotATime as error:
        raise typer.BadParameter(str(error), param_hint="--at") from error


def rows_then(
    house: House, at: datetime, wanted: Mapping[str, str], person: str, *, everything: bool, quiet: bool
) -> Iterator[dict[str, Any]]:
    """The rows of then; a bar shows how far it is, for every case is read."""
    from ledger.worklist_then import worklist_then  # not above: help must not wait for the database's libraries

    refuse_future(at, house)
    with progress_bar(_("Looking back"), quiet=quiet) as told:
        return iter(worklist_then(house.ledger, at, wanted, person, everything=everything, told=told))
