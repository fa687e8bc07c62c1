"""Opens the house that CASEFOLD_URL names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, cast, get_type_hints

from client import Casefold
from console.house import House, not_over_http
from console.options import OF_THE_TOKEN
from console.remote.failures import translated
from console.remote.ledger import RemoteLedger
from console.remote.recorder import RemoteRecorder
from console.remote.sheets import RemoteSheets
from console.words import language
from domain.summary import Summary

PATIENCE = 10.0
"""Seconds for which it is asked again, as for a database next door."""
INSTANTS = frozenset(name for name, hint in get_type_hints(Summary).items() if "datetime" in str(hint))
OF_THE_END = frozenset({"closed_at", "ending", "over", "subject"})
"""What the worklist does not tell of an open case."""


class RemoteViews:
    """The lists over HTTP, with rows as the read models have them."""

    def __init__(self, ledger: RemoteLedger, recorder: RemoteRecorder) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._going: dict[str, Iterator[Mapping[str, Any]]] = {}

    def worklist(self, *, limit: int, offset: int, **filters: Any) -> list[dict[str, Any]]:
        """Open cases, those that are due first on top."""
        if filters.get("responsible") == OF_THE_TOKEN.id:
            filters["responsible"] = self._recorder.me()
        rows = self._page("each_open_case", filters, limit, offset)
        return [{name: value for name, value in row.items() if name not in OF_THE_END} for row in rows]

    def summary(self, *, limit: int, offset: int, **filters: Any) -> list[dict[str, Any]]:
        """All cases, open and ended, the newest first."""
        return self._page("each_case", filters, limit, offset)

    def position(self) -> int:
        """How far the lists have followed the ledger."""
        return int(self._ledger.where()["lists"])

    def _page(self, name: str, filters: Mapping[str, Any], limit: int, offset: int) -> list[dict[str, Any]]:
        """The next rows of a list; it is read from its beginning on, one page after the other."""
        casefold = self._ledger.casefold
        with translated(casefold.url):
            if offset == 0:
                self._going[name] = getattr(casefold, name)(limit=limit, **filters)
            return [_row(row) for row in islice(self._going[name], limit)]

    def __getattr__(self, name: str) -> Any:
        raise not_over_http()


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in INSTANTS and value is not None else value
        for name, value in told.items()
    }


def open_house(url: str, token: str, *, reveal: bool = False) -> House:
    """The house behind this address, for whoever has this token; it connects when it is first used."""
    casefold = Casefold(url, token, language=language(), patience=PATIENCE)
    ledger = RemoteLedger(casefold, reveal=reveal)
    recorder = RemoteRecorder(ledger)
    parts: Any = {"ledger": ledger, "recorder": recorder, "views": RemoteViews(ledger, recorder)}
    return House(**parts, sheets=RemoteSheets(casefold), evidence=lambda: cast("Any", _evidence(ledger, recorder)))


def _evidence(ledger: RemoteLedger, recorder: RemoteRecorder) -> object:
    from console.remote.evidence import RemoteEvidence  # most commands need nothing of it

    return RemoteEvidence(ledger, recorder)
