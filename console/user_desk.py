"""The users for one command of `casefold users`: opened, worked with, and what cannot be told as a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from console import options as o
from console.answers import at_work
from console.output import REFUSED, fail, print_json
from console.user_words import told
from console.words import N_

if TYPE_CHECKING:  # imported where they are used: asking for help must not wait for the database's libraries
    from api.identity.access import Access
    from api.identity.users import Users

TERMINAL = "terminal"
"""Who did it, when nobody says so: whoever has this machine's shell."""

UserId = Annotated[str, typer.Argument(metavar="USER", help=N_("Id of the user: li.wei."), show_default=False)]


@contextmanager
def looking_after(by: str = "", *, as_json: bool = False) -> Iterator[tuple[Access, Users]]:
    """The users for one command; what cannot be becomes a sentence and an exit code."""
    who = o.actor(by).id if by.strip() else TERMINAL
    with at_work(as_json=as_json) as house:
        from api.identity.access import Access  # not above: asking for help must not wait for it
        from api.identity.log import TERMINAL as HERE
        from api.identity.users import Users
        from api.problems import Problem

        access = Access(house.ledger)
        try:
            yield access, Users(access, who, HERE)
        except Problem as problem:
            sentence = told(problem)
            if as_json:
                print_json({"done": False, "code": problem.code, "params": problem.params, "sentence": sentence})
            raise fail(sentence, REFUSED) from problem
