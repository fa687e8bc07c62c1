"""What the recorder does with personal data: whose it is, whether it may be written, and how it is sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.message import Command, Event
from domain.personal import ERASED, HIDDEN, Personal, each_personal, is_sealed
from domain.refusal import Refused
from ledger.errors import KeysUnavailable
from ledger.keys.ring import KeyRing, SubjectClosed
from ledger.keys.store import SubjectState


@dataclass
class Sealing:
    """Seals what one submission says, and what comes of it.

    What customers say, and what staff write in their case, is sealed under the customer's key. Staff's own words go
    under their writer's key where there is no customer, or where the customer's data is erased.
    """

    ring: KeyRing | None
    actor: str
    stream: str
    subject: str = ""
    """The customer that the stream is about, as far as its entries say."""
    has_customer: bool = False
    """Whether the stream is about a customer at all."""
    closed: set[str] = field(default_factory=set)
    """Subjects who are erased."""

    def refusal(self, command: type[Command], data: Mapping[str, Any]) -> Refused | None:
        """Why what this command says of a person may not be written down, if so. Raises KeysUnavailable."""
        if not holds_personal(command, data):
            return None
        subject = self._customer() if self.has_customer else self._staff()
        state = self._ring().state(subject)
        if state is SubjectState.RESTRICTED:
            return Refused("subject_restricted", subject=subject)
        if state is SubjectState.ERASED and (not self.has_customer or holds_personal(command, data, "customer")):
            return Refused("subject_erased", subject=subject)
        return None

    def event(self, event: type[Event], data: Mapping[str, Any], version: int) -> dict[str, Any]:
        """An event's plain data, with personal fields sealed for its place. Raises KeysUnavailable."""
        where = f"{self.stream}/{version}/{event.__name__}"
        return each_personal(event, data, lambda mark, path, text: self._seal(mark, f"{where}/{path}", text))

    def command(self, command: type[Command], data: Mapping[str, Any], command_id: str) -> dict[str, Any]:
        """A command's plain data, sealed likewise; what may not be kept is replaced by a word that says so."""
        where = f"command/{self.actor}/{command_id}"

        def seal(mark: Personal, path: str, text: str) -> str:
            try:
                return self._seal(mark, f"{where}/{path}", text)
            except SubjectClosed:
                return ERASED

        return each_personal(command, data, seal)

    def _seal(self, mark: Personal, place: str, text: str) -> str:
        if is_sealed(text):
            raise ValueError(f"{place} is sealed already.")
        subject = self._customer() if self.has_customer else self._staff()
        if subject not in self.closed:
            try:
                return self._ring().seal(text, subject, place)
            except SubjectClosed as closed:
                if closed.state is not SubjectState.ERASED or mark.subject != "actor" or not self.has_customer:
                    raise
                self.closed.add(subject)
        elif mark.subject != "actor":
            raise SubjectClosed(subject, SubjectState.ERASED)
        return self._ring().seal(text, self._staff(), place)

    def _customer(self) -> str:
        if not self.subject:
            self.subject = self._ring().subject_of_case(self.stream)
        return self.subject

    def _staff(self) -> str:
        return self._ring().subject_of_actor(self.actor)

    def _ring(self) -> KeyRing:
        if self.ring is None:
            raise KeysUnavailable("no key store is named: set DATABASE_KEYS_URL")
        return self.ring


def holds_personal(message: type[Any], data: Mapping[str, Any], whose: str = "") -> bool:
    """Whether these plain fields hold any personal text, of the customer or of staff."""
    found = False

    def look(mark: Personal, path: str, text: str) -> str:
        nonlocal found
        found = found or not whose or mark.subject == whose
        return text

    each_personal(message, data, look)
    return found


def same_asked(message: type[Any], kept: Mapping[str, Any], asked: Mapping[str, Any], ring: KeyRing | None) -> bool:
    """Whether a kept command, with sealed fields, is what is asked now. What was erased is taken to be the same.

    Raises KeysUnavailable when that cannot be told at the moment.
    """

    def opened(mark: Personal, path: str, text: str) -> str:
        if not is_sealed(text):
            return text
        if ring is None:
            raise KeysUnavailable("no key store is named: set DATABASE_KEYS_URL")
        return ring.open_or_wait(text)

    readable = each_personal(message, kept, opened)
    hidden: set[str] = set()

    def note(mark: Personal, path: str, text: str) -> str:
        if text in HIDDEN:
            hidden.add(path)
        return text

    each_personal(message, readable, note)

    def compared(mark: Personal, path: str, text: str) -> str:
        return "" if path in hidden else text

    return each_personal(message, readable, compared) == each_personal(message, asked, compared)
