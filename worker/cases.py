"""The cases of the ledger, in handy portions, and its policies: for whoever compares them with their workflows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from domain.progress import Progress
from ledger.recorder import Recorder
from ledger.store import Ledger

PORTION = 200
UNFINISHED = 'SELECT "case" FROM casefold_views.case_summary WHERE NOT over'


def all_progress(ledger: Ledger, recorder: Recorder) -> Iterator[list[Progress]]:
    """The progress of every case, folded from the ledger itself, portion by portion."""
    for streams in portions(ledger.streams("case")):
        yield list(recorder.progress_all(streams).values())


def policies_progress(ledger: Ledger, recorder: Recorder) -> list[Progress]:
    """The progress of every policy, there is one for each kind of case, and of every erasure, which are few."""
    streams = [*ledger.streams("policy"), *ledger.streams("subject")]
    return list(recorder.progress_all(streams).values())


def unfinished_by_views(ledger: Ledger) -> set[str]:
    """The cases that are not over, as the views have them: quickly, and a moment late."""
    return {case for (case,) in ledger.query(UNFINISHED)}


def portions(streams: Iterable[str], size: int = PORTION) -> Iterator[list[str]]:
    """The streams in lists of a handy size."""
    rest = iter(streams)
    while portion := list(islice(rest, size)):
        yield portion
