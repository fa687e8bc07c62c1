"""The states of all streams of a type, in handy portions: for whoever has to look at every case."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from ledger.folds import Folds
from ledger.store import Ledger

PORTION = 50


def states(ledger: Ledger, type_name: str, size: int = PORTION) -> Iterator[dict[str, Any]]:
    """Every stream with its newest state, in the order of their ids, read portion by portion.

    It remembers none of them, so that looking at all does not push out what others have in use.
    """
    folds = Folds(ledger, 1)
    streams = ledger.streams(type_name)
    while portion := list(islice(streams, size)):
        yield {stream: fold.state for stream, fold in folds.load_all(portion).items()}
