"""The parts that commands work with: ledger, recorder, views, sheets; opened when they are first needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.policy import Sheet

if TYPE_CHECKING:  # imported by whoever makes a house: asking for help must not wait for the database's libraries
    from ledger.recorder import Recorder
    from ledger.store import Ledger
    from ledger.views import Views


class Unreachable(Exception):
    """No server is known, or none runs; the text is a sentence that says what to do."""


@dataclass(frozen=True)
class House:
    """One ledger and its only door."""

    ledger: Ledger
    recorder: Recorder
    views: Views
    sheets: Mapping[str, Sheet]
    """The policy sheets that are shipped; those in force are the ledger's."""


_factory: Callable[[], House] | None = None


def set_factory(factory: Callable[[], House]) -> None:
    """Whoever wires the program says here how a house is opened; it may raise `Unreachable`."""
    global _factory
    _factory = factory


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
