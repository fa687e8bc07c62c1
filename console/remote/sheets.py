"""The sheets in force over HTTP: what the policies call departments, in every language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from client import Casefold
from console.house import ToldOtherwise
from console.remote.failures import translated
from domain.policy import Sheet


class RemoteSheets(Mapping[str, Sheet]):
    """Kind of case → the sheet that new cases follow; asked for when it is first needed.

    To whoever may not see policies there are none: a department is shown without its title then.
    """

    def __init__(self, casefold: Casefold) -> None:
        self._casefold = casefold
        self._found: dict[str, Sheet] | None = None

    def __getitem__(self, kind: str) -> Sheet:
        return self._sheets()[kind]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sheets())

    def __len__(self) -> int:
        return len(self._sheets())

    def _sheets(self) -> dict[str, Sheet]:
        if self._found is None:
            try:
                with translated(self._casefold.url):
                    self._found = dict(self._in_force())
            except ToldOtherwise:
                self._found = {}
        return self._found

    def _in_force(self) -> Iterator[tuple[str, Sheet]]:
        for line in self._casefold.list_policies()["items"]:
            if version := line["in_force"]:
                told = self._casefold.get_sheet(line["kind"], version)
                yield line["kind"], Sheet.from_data(told["sheet"])
