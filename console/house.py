"""The parts that commands work with: ledger, recorder, views, sheets; opened when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.house import House as House

if TYPE_CHECKING:  # imported where they are used: help must not wait for the libraries
    from ledger.store import Ledger


class Unreachable(Exception):
    """No server is known, or none runs; the text is a sentence that says what to do."""


_factory: Callable[[], House] | None = None
_reader: Callable[[], Ledger] | None = None


def set_factory(factory: Callable[[], House], reader: Callable[[], Ledger] | None = None) -> None:
    """Whoever wires the program says here how a house is opened, and the ledger alone; both may raise `Unreachable`."""
    global _factory, _reader
    _factory, _reader = factory, reader


@contextmanager
def opened() -> Iterator[House]:
    """The house, for one command; its connections are given back afterwards."""
    if _factory is None:
        raise Unreachable("This program was put together without a ledger.")
    house = _factory()
    try:
        yield house
    finally:
        house.ledger.close()


@contextmanager
def ledger_alone() -> Iterator[Ledger]:
    """The ledger without any key, for whoever only reads it: all that an auditor's login can give."""
    if _reader is None:
        raise Unreachable("This program was put together without a ledger.")
    with _reader() as ledger:
        yield ledger
