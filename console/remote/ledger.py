"""The ledger as a program sees it over HTTP: entries that it folds by itself, masked unless they are to be revealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from client import Casefold, NotFound
from console.house import not_over_http
from console.remote.failures import translated
from domain.calendars import Calendar
from domain.entry import Entry
from domain.policy import Sheet
from domain.policy_life import Policy
from domain.refusal import Refused
from domain.streams import POLICY, STREAM_TYPES
from ledger.codec import Codec
from ledger.errors import UnknownStream
from ledger.registry import Registry

T = TypeVar("T")
OF_POLICY, OF_DEPARTMENT = "policy:", "department:"


class RemoteLedger:
    """Reads the ledger over HTTP; what only the database can answer says so.

    ``reveal``: whoever asks wants to see personal data, so the server is asked for it, and writes down that they did.
    """

    def __init__(self, casefold: Casefold, *, reveal: bool = False) -> None:
        self.casefold = casefold
        self.reveal = reveal
        self.registry = Registry(STREAM_TYPES)
        self.codec = Codec(self.registry.events)
        self._papers: dict[str, Any] = {}

    def history(self, stream: str, until: datetime | None = None) -> list[Entry]:
        """The entries of a case, of a policy or of a department. Raises UnknownStream."""
        with translated(self.casefold.url):
            try:
                return [self.codec.told(entry) for entry in self._told(stream, until)]
            except NotFound as error:
                if error.code == "not_received":  # it is there, and was not yet
                    return []
                raise UnknownStream(stream) from error

    def _told(self, stream: str, until: datetime | None) -> Iterable[Any]:
        if ":" not in stream:
            return self.casefold.each_entry_of(stream, at=until, reveal=self.reveal)
        if until is None and not self.reveal:
            if stream.startswith(OF_POLICY):
                return self.casefold.get_policy_history(stream.removeprefix(OF_POLICY))["entries"]
            if stream.startswith(OF_DEPARTMENT):
                return self.casefold.get_department_history(stream.removeprefix(OF_DEPARTMENT))["entries"]
        raise not_over_http()

    def read(self, after: int, limit: int) -> list[Entry]:
        """Entries of all streams in the order of the ledger, from the one after this position on."""
        with translated(self.casefold.url):
            page = self.casefold.get_entries(after=after, limit=limit, reveal=self.reveal)
        return [self.codec.told(cast("dict[str, Any]", entry)) for entry in page["entries"]]

    def newest(self) -> int:
        """The position of the newest entry."""
        return int(self.where()["newest"])

    def now(self) -> datetime:
        """The ledger's clock."""
        return datetime.fromisoformat(self.where()["now"])

    def epoch(self) -> str:
        """The life of this ledger."""
        return str(self.where()["epoch"])

    def where(self) -> Mapping[str, Any]:
        """Where the ledger is."""
        with translated(self.casefold.url):
            return self.casefold.get_ledger()

    def sheet(self, digest: str) -> Sheet:
        """The policy sheet with this digest."""
        return self._paper(digest, self.casefold.get_sheet_by_digest, Sheet.from_data)

    def calendar(self, digest: str) -> Calendar:
        """The version of a working calendar with this digest."""
        return self._paper(digest, self.casefold.get_calendar_by_digest, Calendar.from_data)

    def _paper(self, digest: str, ask: Callable[[str], Any], read: Callable[[Any], T]) -> T:
        """Papers do not change, so each is asked for once; it keeps its name, whatever this program would compute."""
        if digest not in self._papers:
            with translated(self.casefold.url):
                paper = read(ask(digest)["content"])
            paper.__dict__["digest"] = digest
            self._papers[digest] = paper
        found: T = self._papers[digest]
        return found

    def streams(self, type_name: str) -> Iterator[str]:
        """The ids of all cases, of all policies, or of all departments."""
        with translated(self.casefold.url):
            if type_name == "policy":
                yield from (OF_POLICY + line["kind"] for line in self.casefold.list_policies()["items"])
            elif type_name == "department":
                yield from (OF_DEPARTMENT + line["department"] for line in self.casefold.list_departments()["items"])
            elif type_name == "case":
                yield from sorted(line["case"] for line in self.casefold.each_case())
            else:
                raise not_over_http()

    def opened(self, message: T) -> T:
        """As it came: what may be read is readable."""
        return message

    def opened_text(self, text: str) -> str:
        """As it came."""
        return text

    def close(self) -> None:
        """Give the connection back."""
        self.casefold.close()

    def __getattr__(self, name: str) -> Any:
        raise not_over_http()


class RemotePapers:
    """The organisation's papers, as `domain.context.Shelf` has them."""

    def __init__(self, ledger: RemoteLedger) -> None:
        self._ledger = ledger
        self._calendars: dict[str, Calendar] = {}

    def calendar(self, name: str) -> Calendar:
        """The calendar in force. Raises `Refused`, unknown_calendar."""
        if name not in self._calendars:
            casefold = self._ledger.casefold
            with translated(casefold.url):
                try:
                    told = casefold.get_calendar(name)
                except NotFound:
                    raise Refused("unknown_calendar", calendar=name) from None
            calendar = Calendar.from_data(told["calendar"])
            calendar.__dict__["digest"] = told["digest"]
            self._calendars[name] = calendar
        return self._calendars[name]

    def sheet(self, digest: str) -> Sheet:
        """The sheet with this digest."""
        return self._ledger.sheet(digest)

    def policy(self, kind: str) -> Policy:
        """The policy for a kind of case, with all its versions. Raises `Refused`, no_policy."""
        casefold, codec = self._ledger.casefold, self._ledger.codec
        with translated(casefold.url):
            try:
                told: Any = casefold.get_policy_history(kind)
            except NotFound as error:
                raise Refused(error.code, **error.params) from error
        policy: Policy = POLICY.fold([codec.told(entry).event for entry in told["entries"]])
        return policy

    def version(self, kind: str, version: str) -> Sheet | None:
        """A version of the policy for a kind of case that is, or was, in force."""
        casefold = self._ledger.casefold
        with translated(casefold.url):
            try:
                told = casefold.get_sheet(kind, version)
            except NotFound:
                return None
        return self._ledger.sheet(told["digest"]) if told["standing"] in ("in_force", "replaced", "retired") else None

    def __getattr__(self, name: str) -> Any:
        raise not_over_http()
