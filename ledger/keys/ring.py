"""The key ring: seals and opens personal data with the keys of the key store, kept in memory for a minute at most."""

from __future__ import annotations

import dataclasses
import re
import threading
import time
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from domain.personal import DAMAGED, ERASED, LOCKED, RESTRICTED, is_sealed, personal_fields
from ledger.errors import KeysUnavailable, LedgerError
from ledger.keys.master import BadMasterKeys, MasterKeys
from ledger.keys.sealed import NotOpened, SubjectKey, Token
from ledger.keys.store import ACTOR, CASE, CONTACT, CUSTOMER, Keys, KeyStore, SubjectState

T = TypeVar("T")
Said = Callable[[Sequence[str]], Mapping[str, SubjectState]]

KEPT = 60.0
"""Seconds for which a key may be used without asking the key store again."""
LOOK_EVERY = 2.0
"""Seconds between two looks whether any subject's state has changed."""
UNREACHED = (LedgerError, BadMasterKeys, OSError)
"""Whatever keeps a key from being had: it may be there at another time."""
CACHED = 4096
"""Subjects whose keys are in memory at most."""


class SubjectClosed(Exception):
    """Nothing more may be sealed for this subject: its data is erased, or restricted."""

    def __init__(self, subject: str, state: SubjectState) -> None:
        self.subject, self.state = subject, state
        super().__init__(f"The data of {subject} is {state}.")


class KeyRing:
    """Safe to use from many threads.

    ``said`` asks the ledger what may be done with the data of these subjects, where it says anything: a key that came
    back with an old backup stays unused.
    """

    def __init__(self, store: KeyStore, said: Said, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.store = store
        self._said_all = said
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, Keys | None]] = OrderedDict()
        self._subjects: OrderedDict[tuple[str, str], tuple[float, str]] = OrderedDict()
        self._lock = threading.Lock()
        self._looked = 0.0
        self._change: int | None = None

    # ── Who is it ────────────────────────────────────────────────────────────────────────────────────────────────────

    def subject_of_customer(self, customer: str, contact: str) -> str:
        """The subject of a case that is being opened: who has this number, or else this contact; or somebody new.

        A contact that several share names nobody.
        """
        contact = contact_of(contact)
        if customer:
            subject = self._known(CUSTOMER, customer) or self._made([(CUSTOMER, customer)], CUSTOMER, customer)
            if contact:
                self._refer(contact, subject)
            return subject
        if not contact:
            return self._keep(self.store.create()).subject
        known = self.store.only_one_with(contact)
        return known if isinstance(known, str) else self._keep(known).subject

    def subject_of_case(self, case: str) -> str:
        """The subject of a case in which nobody's data was named when it was opened."""
        return self._known(CASE, case) or self._made([(CASE, case)], CASE, case)

    def subject_of_actor(self, actor: str) -> str:
        """The subject of a member of staff, for their own words."""
        return self._known(ACTOR, actor) or self._made([(ACTOR, actor)], ACTOR, actor)

    def known_by_case(self, case: str) -> str:
        """The subject of such a case, if there is one yet; else an empty text."""
        return self._known(CASE, case)

    def subjects_with(self, *, contact: str = "", customer: str = "") -> list[str]:
        """Who has this phone or mail, or this customer number."""
        found = self.store.known_by(CONTACT, contact_of(contact)) if contact else []
        return found + (self.store.known_by(CUSTOMER, customer) if customer else [])

    def learn_contact(self, contact: str, subject: str) -> None:
        """Let the subject be found by this contact, too."""
        if normal := contact_of(contact):
            self._refer(normal, subject)

    def forget_contact(self, contact: str, subject: str) -> None:
        """Let nobody take the subject for whoever has this contact any more: it was written down wrongly."""
        if normal := contact_of(contact):
            self.store.unrefer(CONTACT, normal, subject)
            with self._lock:
                self._subjects.pop((CONTACT, f"{normal}\0{subject}"), None)

    # ── Sealing and opening ──────────────────────────────────────────────────────────────────────────────────────────

    def state(self, subject: str) -> SubjectState:
        """What may be done with the subject's data. Raises KeysUnavailable."""
        return self._known_keys(subject).state

    def seal(self, text: str, subject: str, place: str) -> str:
        """The text as a sealed field of this place. Raises SubjectClosed and KeysUnavailable."""
        keys = self._known_keys(subject)
        if keys.state is not SubjectState.ACTIVE:
            raise SubjectClosed(subject, keys.state)
        key = keys.newest
        if key is None:
            raise KeysUnavailable(next(iter(keys.damaged.values()), f"{subject} has no key"))
        return key.seal(text, place)

    def open(self, text: str) -> str:
        """What a sealed field says, or a word of `domain.personal` that says why that cannot be told. Never raises."""
        try:
            token = Token.parse(text)
        except NotOpened:
            return DAMAGED
        try:
            keys = self._known_keys(token.subject)
        except UNREACHED:  # the key store, its master keys, or the ledger that knows who was erased
            return LOCKED
        if keys.state is SubjectState.ERASED:
            return ERASED
        if keys.state is SubjectState.RESTRICTED:
            return RESTRICTED
        if token.number in keys.locked:
            return LOCKED
        return self._opened(keys.keys.get(token.number), token)

    def open_or_wait(self, text: str) -> str:
        """The same, but a key that cannot be had now raises KeysUnavailable."""
        opened = self.open(text)
        if opened in (LOCKED, DAMAGED):
            raise KeysUnavailable("whether this was asked before can only be told with the keys")
        return opened

    def opened(self, message: T) -> T:
        """The same event, command or record with all its sealed fields open; what holds none is given back as it is."""
        return cast(T, self._open_all(message))

    def fetch(self, subjects: Collection[str], *, afresh: bool = False) -> None:
        """Fetch the keys of many subjects at once, for whoever is about to open what they say; never raises.

        ``afresh``: what is in memory does not do, the key store is asked.
        """
        now = self._clock()
        with self._lock:
            missing = [one for one in subjects if afresh or one not in self._kept or now - self._kept[one][0] >= KEPT]
        try:
            found = self.store.read_many(missing)
            said = self._said_all(list(found))
        except UNREACHED:
            return
        for keys in found.values():
            self._keep(_as_said(keys, said))

    def forget(self, subject: str | None = None) -> None:
        """Keep no key of this subject in memory, or of any."""
        with self._lock:
            if subject is None:
                self._kept.clear()
                self._subjects.clear()
            else:
                self._kept.pop(subject, None)
                for known in [key for key, (_, other) in self._subjects.items() if other == subject]:
                    del self._subjects[known]

    def _opened(self, key: SubjectKey | None, token: Token) -> str:
        if key is None:
            return DAMAGED
        try:
            return key.open(token)
        except NotOpened:
            return DAMAGED

    def _open_all(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.open(value) if is_sealed(value) else value
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            opened = {name: again for name, part in parts.items() if (again := self._open_all(part)) is not part}
            return dataclasses.replace(value, **opened) if opened else value
        if isinstance(value, tuple | list):
            parts_again = [self._open_all(part) for part in value]
            changed = any(again is not part for again, part in zip(parts_again, value, strict=True))
            return type(value)(parts_again) if changed else value
        if isinstance(value, Mapping):
            return self._open_mapping(value)
        return value

    def _open_mapping(self, value: Mapping[Any, Any]) -> Mapping[Any, Any]:
        again = {key: self._open_all(part) for key, part in value.items()}
        return again if any(again[key] is not part for key, part in value.items()) else value

    def customer_in(self, history: Iterable[Any]) -> str:
        """Whose key seals what customers said in a history that names nobody."""
        for entry in history:
            data = {field.name: getattr(entry.event, field.name) for field in dataclasses.fields(entry.event)}
            for name, mark in personal_fields(type(entry.event)).items():
                if mark.subject == "customer" and is_sealed(data[name]):
                    return Token.parse(data[name]).subject
        return ""

    # ── Keys in memory ───────────────────────────────────────────────────────────────────────────────────────────────

    def _keys(self, subject: str) -> Keys | None:
        self._look_for_changes()
        now = self._clock()
        with self._lock:
            kept = self._kept.get(subject)
            if kept is not None and now - kept[0] < KEPT:
                return kept[1]
        keys = self.store.read(subject)
        if keys is not None:
            keys = self._keep(_as_said(keys, self._said_all([subject])))
        return keys

    def _known_keys(self, subject: str) -> Keys:
        """The same for a subject that must be there: one that is missing may come back, unless the ledger erased it."""
        keys = self._keys(subject)
        if keys is None and self._said_all([subject]).get(subject) is SubjectState.ERASED:
            return Keys(subject, SubjectState.ERASED, {}, {})
        if keys is None:
            raise KeysUnavailable(f"the key store does not know {subject}")
        return keys

    def _keep(self, keys: Keys) -> Keys:
        with self._lock:
            self._kept[keys.subject] = (self._clock(), keys)
            self._kept.move_to_end(keys.subject)
            if len(self._kept) > CACHED:
                self._kept.popitem(last=False)
        return keys

    def _look_for_changes(self) -> None:
        """Forget at once, here and in every other process, the keys of a subject that was erased or restricted."""
        now = self._clock()
        with self._lock:
            if now - self._looked < LOOK_EVERY:
                return
            self._looked = now
            for subject in [one for one, (since, _) in self._kept.items() if now - since >= KEPT]:
                del self._kept[subject]
        try:
            if self._change is None:
                self._change = self.store.changes()
                return
            for number, subject in self.store.changed_since(self._change):
                self.forget(subject)
                self._change = number
        except UNREACHED:
            return  # what is in memory may be used for the rest of its minute

    def _known(self, what: str, text: str) -> str:
        self._look_for_changes()
        now = self._clock()
        with self._lock:
            kept = self._subjects.get((what, text))
            if kept is not None and now - kept[0] < KEPT:
                return kept[1]
        for subject in self.store.known_by(what, text):
            if self._said_all([subject]).get(subject) is SubjectState.ERASED:
                self.store.destroy(subject)  # an older copy of the key store was put back
                continue
            self._remember(what, text, subject)
            return subject
        return ""

    def _made(self, references: list[tuple[str, str]], what: str, text: str) -> str:
        """A new subject; when somebody else made one for this at the same moment, theirs."""
        made = self._keep(self.store.create(references)).subject
        subject = self.store.known_by(what, text)[0]
        self._remember(what, text, subject)
        return subject or made

    def _refer(self, contact: str, subject: str) -> None:
        now = self._clock()
        with self._lock:
            kept = self._subjects.get((CONTACT, f"{contact}\0{subject}"))
            if kept is not None and now - kept[0] < KEPT:
                return
        self.store.refer(CONTACT, contact, subject)
        self._remember(CONTACT, f"{contact}\0{subject}", subject)

    def _remember(self, what: str, text: str, subject: str) -> None:
        with self._lock:
            self._subjects[(what, text)] = (self._clock(), subject)
            if len(self._subjects) > CACHED:
                self._subjects.popitem(last=False)


class Locked(KeyRing):
    """A ring without any key: everything that is sealed stays locked."""

    def __init__(self) -> None:
        super().__init__(KeyStore("", _no_master), lambda subjects: {})

    def open(self, text: str) -> str:
        """A word that says so."""
        return LOCKED


def _no_master() -> MasterKeys:
    raise BadMasterKeys("There is no master key here.")


def _as_said(keys: Keys, said: Mapping[str, SubjectState]) -> Keys:
    """The keys with what the ledger says of their subject; an erasure is final, whoever says it."""
    state = said.get(keys.subject, SubjectState.ACTIVE)
    if keys.state is SubjectState.ERASED:
        state = keys.state
    if state is SubjectState.ACTIVE:
        return dataclasses.replace(keys, state=state)
    return Keys(keys.subject, state, {}, {})


def contact_of(text: str) -> str:
    """One spelling of a phone number or mail address: how it is written does not matter."""
    plain = "".join(unicodedata.normalize("NFKC", text).casefold().split())
    if "@" in plain:
        return plain
    digits = re.sub(r"\D", "", plain)
    if len(digits) < 5:
        return plain
    for country in ("0086", "86"):
        if digits.startswith(country) and len(digits) == len(country) + 11:
            return digits[len(country) :]
    return digits
