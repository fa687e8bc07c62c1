"""The door to files of evidence: takes them in, gives them out, deletes them; what was done stands in the ledger.

A file is stored before it is recorded: what the ledger names is there. What is stored and never recorded, because
something broke in between, is an orphan (`check`). A file is looked at, scanned and sealed while it comes in, piece by
piece; readable it never touches a disk.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, fields, replace
from datetime import datetime

from domain.access import Through
from domain.actor import WORKFLOW, Actor
from domain.case import Case
from domain.commands import AddEvidence, PurgeEvidence, QuarantineEvidence
from domain.message import Command
from domain.refusal import Refused
from domain.words import ScanVerdict
from ledger.access import AccessLog
from ledger.errors import UnknownStream
from ledger.evidence.errors import EvidenceDamaged, EvidenceMissing, Interrupted
from ledger.evidence.file_keys import FileKeys
from ledger.evidence.items import Item, items_of
from ledger.evidence.limits import Limits
from ledger.evidence.scanner import Found, Scan, Scanner
from ledger.evidence.sealed_file import KEY, FileSealer, Header, Readable, opened, pieces
from ledger.evidence.sniff import Sniffer, claimed, differs
from ledger.evidence.store import Area, Draft, Opened, Store
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger

Tell = Callable[[int], None]
"""Is told how many bytes have been taken so far."""


@dataclass(frozen=True)
class Added(Receipt):
    """The receipt of `AddEvidence`, with what is known of the file."""

    item: Item | None = None
    """As it stands in the ledger; None when it was refused."""


@dataclass(frozen=True)
class _Taken:
    """A file that was taken in: looked at and scanned; sealed, but not yet kept."""

    sha256: str
    size: int
    media_type: str
    found: Found | None
    draft: Draft


class Evidence:
    """Files of evidence of all cases. Safe to use from many threads; not from an event loop."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        store: Store,
        keys: FileKeys,
        *,
        limits: Limits | None = None,
        scanner: Scanner | None = None,
    ) -> None:
        self.ledger = ledger
        self.store = store
        self.limits = limits or Limits()
        self._recorder = recorder
        self._keys = keys
        self._scanner = scanner
        self._accesses = AccessLog(recorder)

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def items(self, case: str) -> list[Item]:
        """The evidence of a case, in the order in which it came. Names are sealed: `Ledger.opened` makes them readable.

        Raises UnknownStream.
        """
        return list(items_of(case, self.ledger.history(case)).values())

    def item(self, case: str, number: str) -> Item:
        """One piece of evidence. Raises Refused and UnknownStream."""
        found = items_of(case, self.ledger.history(case)).get(number)
        if found is None:
            raise Refused("unknown_evidence", evidence=number)
        return found

    # ── Taking in ────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(
        self,
        case: str,
        file: Readable,
        name: str,
        by: Actor,
        command_id: str,
        *,
        given_by: str = "customer",
        media_type: str = "",
        happened_at: datetime | None = None,
        expected_version: int | None = None,
        tell: Tell = lambda _: None,
    ) -> Added:
        """Take a file in and record it; ``media_type`` is what the sender says it is, which is not believed.

        The same file in the same case is stored once, and repeating with the same command id gets the first answer.
        Raises Refused for a file that is not taken, and LedgerError (keys, store, database away): then nothing was
        saved, or its text says what is unknown.
        """
        subject = self._keys.subject_of(case, self._state(case))
        with ExitStack() as stack:
            taken = self._take(case, file, subject, stack, tell)
            stored = self._known(case, taken) or taken.draft.keep(_area(taken.found))
        claim = claimed(media_type, name)
        command = AddEvidence(
            name=name,
            sha256=taken.sha256,
            size=taken.size,
            given_by=given_by,
            media_type=taken.media_type,
            claimed_type=claim if differs(claim, taken.media_type) else "",
            stored_as=stored,
        )
        submission = Submission(command, by, command_id, case, happened_at, expected_version)
        try:
            receipt = self._recorder.record(submission)
        except ValueError:  # what nobody can mean: a name with a NUL character, an empty command id
            self._forget(case, stored)
            raise
        if _of_another(receipt) and (known := self._known(case, taken)) not in ("", stored):
            # The same request, sent twice at the same moment: the other one's object is the one that was recorded.
            receipt = self._recorder.record(replace(submission, command=replace(command, stored_as=known)))
        item = self._recorded(case, by, command_id) if receipt.accepted else None
        if item is None or item.stored_as != stored:
            self._forget(case, stored)
        if item is not None and taken.found is not None and item.quarantined is None:
            self.quarantine(item, taken.found)
            item = self.item(case, item.number)
        return Added(**{field.name: getattr(receipt, field.name) for field in fields(Receipt)}, item=item)

    def _take(self, case: str, file: Readable, subject: str, stack: ExitStack, tell: Tell) -> _Taken:
        """Read the file to its end, once."""
        key = os.urandom(KEY)
        place = place_of(case)
        sealer = FileSealer(key, self._keys.seal_file_key(subject, key, place), place)
        draft = stack.enter_context(self.store.draft())
        scan: Scan | None = self._scanner.begin() if self._scanner else None
        if scan is not None:
            stack.callback(scan.abandon)
        sniffer, digest, size = Sniffer(), hashlib.sha256(), 0
        draft.write(sealer.header)
        try:
            for piece, last in pieces(file):
                size += len(piece)
                self.limits.refuse_size(size)
                digest.update(piece)
                sniffer.feed(piece)
                if scan is not None:
                    scan.feed(piece)
                draft.write(sealer.seal(piece, last))
                tell(size)
        except (OSError, EOFError) as error:
            raise Interrupted(getattr(error, "strerror", None) or type(error).__name__) from error
        if not size:
            raise Refused("evidence_empty")
        media_type = sniffer.media_type()
        self.limits.refuse_type(media_type)
        return _Taken(digest.hexdigest(), size, media_type, scan.end() if scan is not None else None, draft)

    def _known(self, case: str, taken: _Taken) -> str:
        """The object of the same file in this case, if it is there; else an empty text."""
        for item in self.items(case):
            if item.sha256 == taken.sha256 and item.stored_as and not item.purged and self._where(item) is not None:
                return item.stored_as
        return ""

    def _recorded(self, case: str, by: Actor, command_id: str) -> Item | None:
        for item in self.items(case):
            if (item.command_id, item.added_by) == (command_id, by.id):
                return item
        return None

    def _forget(self, case: str, name: str) -> None:
        """Take away what was stored for a command that was refused."""
        if all(item.stored_as != name for item in self.items(case)):
            for area in Area:
                self.store.remove(name, area)

    def quarantine(self, item: Item, found: Found) -> None:
        """Record that nobody is given a file, and put its object away. Harmless to repeat."""
        command = QuarantineEvidence(evidence=item.number, verdict=found.verdict, detail=found.detail)
        self._ask(command, item, "quarantine")
        self.store.move(item.stored_as, Area.OBJECTS, Area.QUARANTINE)

    # ── Giving out ───────────────────────────────────────────────────────────────────────────────────────────────────

    def read(
        self, case: str, number: str, by: Actor, through: Through, *, purpose: str = "", act: str = ""
    ) -> tuple[Item, Content]:
        """A file of evidence, its name readable, and its content piece by piece; that it was opened is recorded first.

        Whether the actor may see it is decided by whoever asks. The last piece comes when the whole is what the ledger
        says. Raises Refused (unknown, in quarantine, deleted, erased) and LedgerError.
        """
        item, content = self.exported(case, number)
        try:
            self._accesses.view(by, case, number, through, purpose=purpose, act=act)
        except BaseException:
            content.close()
            raise
        return item, content

    def exported(self, case: str, number: str) -> tuple[Item, Content]:
        """The same for whoever has recorded an export that this file is a part of: nothing is recorded here."""
        item = self.item(case, number)
        object_, key, header = self._open(item)
        return self.ledger.opened(item), Content(item, object_, opened(object_, header, key))

    def _open(self, item: Item) -> tuple[Opened, bytes, Header]:
        if not item.stored_as:
            raise Refused("evidence_kept_elsewhere", evidence=item.number)
        if item.purged:
            raise Refused("evidence_purged", evidence=item.number)
        if item.quarantined is not None:
            raise Refused("evidence_in_quarantine", evidence=item.number, verdict=item.quarantined)
        area = self._where(item)
        if area is Area.QUARANTINE:
            if not item.released_by:  # put there a moment ago by whoever has yet to record it
                raise Refused("evidence_in_quarantine", evidence=item.number, verdict=ScanVerdict.FAILED)
            self.store.move(item.stored_as, Area.QUARANTINE, Area.OBJECTS)
        object_ = self.store.open(item.stored_as, Area.OBJECTS)
        try:
            header = Header.read(object_)
            if header.place != place_of(item.case):
                raise EvidenceDamaged(f"it belongs to another case than {item.case}")
            return object_, self._keys.open_file_key(header.token, item.number), header
        except BaseException:
            object_.close()
            raise

    def _where(self, item: Item) -> Area | None:
        return next((area for area in Area if self.store.has(item.stored_as, area)), None)

    # ── Deleting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def purge(self, case: str, cause: str) -> int:
        """Delete all files of a case, for example because its person was erased; how many they are, or were.

        The ledger says it first: what is left after a crash is deleted by the next call, or with the orphans.
        """
        objects = set()
        for item in self.items(case):
            if item.stored_as:
                if not item.purged:
                    self._ask(PurgeEvidence(evidence=item.number, cause=cause), item, "purge")
                objects.add(item.stored_as)
        for name in objects:
            for area in Area:
                if self._belongs(name, area, case):
                    self.store.remove(name, area)
        return len(objects)

    def _belongs(self, name: str, area: Area, case: str) -> bool:
        """Whether an object is there, and this case's own: an entry may name any, whoever wrote it."""
        if not self.store.has(name, area):
            return False
        with suppress(EvidenceMissing), closing(self.store.open(name, area)) as object_:
            try:
                return Header.read(object_).place == place_of(case)
            except EvidenceDamaged:
                return True  # nobody can read it any more, and the ledger says that it is to go
        return False

    def _ask(self, command: Command, item: Item, step: str) -> None:
        """What the store itself has to say of a file, once. Raises Refused."""
        receipt = self._recorder.record(Submission(command, WORKFLOW, f"{item.case}/{item.number}/{step}", item.case))
        if receipt.refusal is not None:
            raise receipt.refusal

    def _state(self, case: str) -> Case:
        _, state = self._recorder.load(case)
        if not isinstance(state, Case):
            raise UnknownStream(case)
        return state


class Content:
    """The pieces of a file, the last one only when size and digest are those that the ledger has.

    Closed when it has come to its end, when it is closed, or when nobody wants it any more.
    """

    def __init__(self, item: Item, object_: Opened, pieces_: Iterator[bytes]) -> None:
        self._object = object_
        self._pieces = _checked(item, object_, pieces_)
        self._left = bytearray()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._pieces)

    def read(self, size: int = -1, /) -> bytes:
        """Up to so many bytes, as of any file."""
        while (size < 0 or len(self._left) < size) and (piece := next(self._pieces, b"")):
            self._left += piece
        taken = bytes(self._left if size < 0 else self._left[:size])
        del self._left[: len(taken)]
        return taken

    def close(self) -> None:
        """Be done with it. Closing twice does no harm."""
        self._object.close()

    def __del__(self) -> None:
        self.close()


def _checked(item: Item, object_: Opened, pieces_: Iterator[bytes]) -> Iterator[bytes]:
    digest, size, held = hashlib.sha256(), 0, b""
    with closing(object_):
        for piece in pieces_:
            if held:
                yield held
            digest.update(piece)
            size += len(piece)
            held = piece
        if (digest.hexdigest(), size) != (item.sha256, item.size):
            raise EvidenceDamaged("it is not the file whose digest the ledger has")
        yield held


def place_of(case: str) -> str:
    """What a file's key is sealed for: an object that is moved to another case does not open there."""
    return f"evidence/{case}"


def _area(found: Found | None) -> Area:
    return Area.QUARANTINE if found is not None else Area.OBJECTS


def _of_another(receipt: Receipt) -> bool:
    return receipt.refusal is not None and receipt.refusal.code == "command_id_reused"
