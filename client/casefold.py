"""The client: every operation as a method, lists without pages, and the ledger as it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from client.feed import Event, follow
from client.models import AccessOut, CaseLine, EntryOut, PageOut
from client.operations import Operations


class Casefold(Operations):
    """One server, in somebody's name.

    ``with Casefold("https://cases.example.com", token) as casefold: casefold.get_case("C-2026-000123")``
    """

    def each_open_case(self, **filters: Any) -> Iterator[CaseLine]:
        """The worklist from its beginning to its end, those that are due first on top (filters: `get_worklist`)."""
        return _each(self.get_worklist, filters)

    def each_case(self, **filters: Any) -> Iterator[CaseLine]:
        """All cases, open and ended, the newest first (filters: `list_cases`)."""
        return _each(self.list_cases, filters)

    def each_entry_of(self, case: str, **options: Any) -> Iterator[EntryOut]:
        """What happened in a case, entry by entry (options: `get_history`)."""
        after = options.pop("after", 0)
        while True:
            page = self.get_history(case, after=after, **options)
            yield from page["entries"]
            after += len(page["entries"])
            if not page["entries"] or after >= page["version"]:
                return

    def each_entry(self, after: int = 0, **options: Any) -> Iterator[EntryOut]:
        """The ledger from a position to its end of now (options: `get_entries`)."""
        while True:
            page = self.get_entries(after=after, **options)
            yield from page["entries"]
            if not page["entries"]:
                return
            after = page["next"]

    def each_read(self, **filters: Any) -> Iterator[AccessOut]:
        """Who was shown what, the newest first (filters: `list_reads`)."""
        before = filters.pop("before", None)
        while True:
            page = self.list_reads(before=before, **filters)
            yield from page["items"]
            before = page["next"]
            if before is None:
                return

    def follow(self, after: int | None = None, *, case: str = "") -> Iterator[Event]:
        """The ledger, or one case, as it grows; without end. Whoever goes on after `Event.id` misses nothing.

        A connection that breaks, or ends as it does now and then, is made anew for as long as ``patience`` lasts.
        """
        path = f"/api/v1/cases/{self.quoted(case)}/events" if case else "/api/v1/events"
        return follow(self, path, after)


def _each(ask: Callable[..., PageOut], filters: dict[str, Any]) -> Iterator[CaseLine]:
    cursor = filters.pop("cursor", None)
    while True:
        page = ask(cursor=cursor, **filters)
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return
