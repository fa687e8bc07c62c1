"""The read log: who saw personal data or exported it, written down before anything is shown (L-05).

No record, nothing shown: whoever opens personal data for a person calls `AccessLog` first, and shows nothing when it
raises.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from domain.access import (
    Disclosure,
    ExportMade,
    PersonalDataRead,
    RecordExport,
    RecordRead,
    RecordView,
    Through,
)
from domain.actor import Actor
from domain.entry import Entry
from ledger.canonical import canonical, plain
from ledger.recorder import Receipt, Recorder, Submission
from ledger.store import Ledger

OF_SEVERAL = "access:ledger"
"""The stream of accesses that concern several cases."""
NAMED = 200
"""Cases that one access names at most; of more it keeps the number."""
PAGE = 500

NEWEST = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id >= 'access:' AND originator_id < 'access;' AND notification_id < %s
ORDER BY notification_id DESC LIMIT %s
"""
NEWEST_OF_ONE = """
SELECT originator_id, originator_version, topic, state, notification_id FROM casefold.stored_events
WHERE originator_id IN (%s, %s) AND notification_id < %s
ORDER BY notification_id DESC LIMIT %s
"""
BEFORE_ALL = 2**63 - 1


class AccessLog:
    """Writes accesses down, one append each.

    ``act`` makes repeating harmless: the same access within one act (a page that is loaded again, a request that is
    sent again) is recorded once. Without it each call is an act of its own. ``case`` is the id of the case, or of any
    other stream; empty: several. Raises LedgerError and Refused: then nothing may be shown.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def read(
        self,
        actor: Actor,
        case: str,
        fields: Collection[str],
        through: Through,
        *,
        cases: Collection[str] = (),
        purpose: str = "",
        act: str = "",
    ) -> Receipt:
        """Somebody is about to be shown these personal fields unmasked; ``cases`` are those concerned, when several."""
        command = RecordRead(fields=tuple(sorted(set(fields))), through=through, cases=_named(cases), purpose=purpose)
        return self._record(command, actor, case, act)

    def view(
        self, actor: Actor, case: str, evidence: str, through: Through, *, purpose: str = "", act: str = ""
    ) -> Receipt:
        """Somebody is about to open a piece of evidence, ``E1``."""
        return self._record(RecordView(evidence=evidence, through=through, purpose=purpose), actor, case, act)

    def export(
        self,
        actor: Actor,
        case: str,
        form: str,
        through: Through,
        personal: Disclosure,
        *,
        cases: Collection[str] = (),
        number: int = 0,
        selection: str = "",
        purpose: str = "",
        act: str = "",
    ) -> Receipt:
        """Somebody is about to export a case, or several: which ones, or how they were chosen and how many they are."""
        command = RecordExport(
            form=form,
            through=through,
            personal=personal,
            cases=_named(cases),
            number=number or len(cases),
            selection=selection,
            purpose=purpose,
        )
        return self._record(command, actor, case, act)

    def _record(self, command: RecordRead | RecordView | RecordExport, actor: Actor, case: str, act: str) -> Receipt:
        stream = stream_of(case)
        what = hashlib.sha256(canonical([type(command).__name__, stream, plain(command)])).hexdigest()
        command_id = f"{act}/{what[:16]}" if act else str(uuid.uuid4())
        receipt = self._recorder.record(Submission(command, actor, command_id, stream))
        if receipt.refusal is not None:
            raise receipt.refusal
        return receipt


def _named(cases: Collection[str]) -> tuple[str, ...]:
    return tuple(cases) if len(cases) <= NAMED else ()


def stream_of(case: str) -> str:
    """Where accesses to a case lie; those to several, when none is named."""
    return f"access:{case}" if case else OF_SEVERAL


@dataclass(frozen=True)
class Access:
    """One line of the read log."""

    entry: Entry

    @property
    def case(self) -> str:
        """The case or other stream; empty when it concerned several."""
        return "" if self.entry.stream == OF_SEVERAL else self.entry.stream.partition(":")[2]

    def concerns(self, case: str) -> bool:
        """Whether this case was, or may have been, among what was seen."""
        if self.case:
            return self.case == case
        match self.entry.event:
            case PersonalDataRead(cases=cases) | ExportMade(cases=cases):
                return not cases or case in cases
            case _:
                return False


def accesses(ledger: Ledger, case: str = "", actor: str = "", *, before: int | None = None) -> Iterator[Access]:
    """The read log, the newest first: of a case, with what concerned several that it may have been among, or of all.

    ``before``: only what lies before this position.
    """
    position = BEFORE_ALL if before is None else before
    while True:
        if case:
            rows = ledger.query(NEWEST_OF_ONE, [stream_of(case), OF_SEVERAL, position, PAGE])
        else:
            rows = ledger.query(NEWEST, [position, PAGE])
        for row in rows:
            access = Access(ledger.codec.decode(*row))
            if (not actor or access.entry.actor.id == actor) and (not case or access.concerns(case)):
                yield access
        if len(rows) < PAGE:
            return
        position = rows[-1][-1]
