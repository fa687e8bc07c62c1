"""Before personal data is shown unmasked: who is shown what is recorded, and without that record nothing is (L-05)."""

from __future__ import annotations

import getpass
import os
from collections.abc import Collection, Iterable
from typing import Any

import typer

from console import options as o
from console.house import House
from console.output import REFUSED, UNREACHABLE, fail, print_json
from console.words import N_, _, refusal
from domain.access import Through
from domain.actor import Actor
from domain.personal import personal_fields
from domain.refusal import Refused
from ledger.errors import LedgerError

NOT_RECORDED = N_(
    "Who is shown personal data is recorded, and this could not be recorded: {reason} Nothing is shown; without "
    "--reveal it is shown masked."
)
ANY = "*"
"""Stands for fields of which nobody can tell beforehand which they will be."""
OF_SYSTEM = "cli:"
"""Before the name that the operating system knows somebody by, who did not say who they are."""


def before_revealing(
    house: House, stream: str, by: str, shown: Iterable[Any], *, cases: Collection[str] = (), as_json: bool = False
) -> None:
    """Record that these events or records are about to be shown; ends the program when that cannot be done.

    ``stream`` is the case, or another stream; empty: several, of which ``cases`` may be named.
    """
    record_read(house, stream, by, fields_in(shown), cases=cases, as_json=as_json)


def record_read(
    house: House, stream: str, by: str, fields: Collection[str], *, cases: Collection[str] = (), as_json: bool = False
) -> None:
    """The same, by the names of the fields. Where there are none, nobody is shown anything."""
    from ledger.access import AccessLog  # not above: asking for help must not wait for the libraries

    who = reader(by)
    if not fields:
        return
    try:
        AccessLog(house.recorder).read(who, stream, fields, Through.CLI, cases=cases)
    except Refused as error:
        raise _not_recorded(refusal(error), REFUSED, as_json) from error
    except (LedgerError, ValueError) as error:
        raise _not_recorded(str(error), UNREACHABLE, as_json) from error


def fields_in(messages: Iterable[Any]) -> set[str]:
    """The names of the personal fields that are filled in among these events, commands or records."""
    return {
        name
        for message in messages
        for name, mark in personal_fields(type(message)).items()
        if getattr(message, name) and mark.holds(vars(message))
    }


def reader(by: str) -> Actor:
    """Who reads: as they say with --by or CASEFOLD_BY, or else the user of the operating system, without any role."""
    return o.actor(by) if by.strip() else Actor(OF_SYSTEM + _user(), ())


def refuse_another(house: House, by: str) -> None:
    """Over HTTP who reads is who the token belongs to: end the program when --by says otherwise."""
    recorder: Any = house.recorder  # one of `console.remote`
    recorder.refuse_another(o.actor(by))


def _user() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a number without a name, in a container for example
        name = ""
    return name if name and name.isascii() and name.isprintable() else f"uid-{os.getuid()}"


def _not_recorded(reason: str, code: int, as_json: bool) -> typer.Exit:
    sentence = _(NOT_RECORDED, reason=reason)
    if as_json:
        print_json({"error": "read_not_recorded", "sentence": sentence})
    return fail(sentence, code)
