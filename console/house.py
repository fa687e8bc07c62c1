"""The parts that commands work with: ledger, recorder, views, sheets; opened when they are first needed.

They are next door, in a database, or behind the address that CASEFOLD_URL names (`console.remote`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from api.house import House as House
from console.words import _

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.store import Ledger


class Unreachable(Exception):
    """No server is known, or none runs; the text is a sentence that says what to do."""


class NotOverHttp(Exception):
    """What is asked can only be done at the database itself; the text is a sentence."""


def not_over_http() -> NotOverHttp:
    """What to raise when something is asked that only the database itself can answer."""
    return NotOverHttp(
        _("This command works on the database itself, not over HTTP. Nothing was done: leave CASEFOLD_URL out for it.")
    )


class ToldOtherwise(Exception):
    """The server's answer is no, for a reason that is its own: rights, most of all; the text is its sentence."""

    def __init__(self, sentence: str, code: str, params: Mapping[str, Any]) -> None:
        super().__init__(sentence)
        self.code = code
        self.params = dict(params)


_factory: Callable[[], House] | None = None
_reader: Callable[[], Ledger] | None = None


def set_factory(factory: Callable[[], House], reader: Callable[[], Ledger] | None = None) -> None:
    """Whoever wires the program says here how a house is opened, and the ledger alone; both may raise `Unreachable`."""
    global _factory, _reader
    _factory, _reader = factory, reader


def address() -> str:
    """Where commands go over HTTP; empty: they go to the database."""
    return os.environ.get("CASEFOLD_URL", "").strip()


@contextmanager
def opened(*, reveal: bool = False) -> Iterator[House]:
    """The house, for one command; its connections are given back afterwards.

    ``reveal``: personal data is to be shown. A house behind an address has to know that before it is asked.
    """
    if url := address():
        from console.remote.house import open_house  # needs this file

        house = open_house(url, os.environ.get("CASEFOLD_TOKEN", "").strip(), reveal=reveal)
    elif _factory is None:
        raise Unreachable("This program was put together without a ledger.")
    else:
        house = _factory()
    try:
        yield house
    finally:
        house.ledger.close()


@contextmanager
def ledger_alone() -> Iterator[Ledger]:
    """The ledger without any key, for whoever only reads it: all that an auditor's login can give."""
    if address():
        raise not_over_http()
    if _reader is None:
        raise Unreachable("This program was put together without a ledger.")
    with _reader() as ledger:
        yield ledger
