"""The one door: every command is looked up, decided and written here, with its outcome, in one transaction."""

from __future__ import annotations

import hmac
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import psycopg
from eventsourcing.persistence import PersistenceError

from domain.actor import Actor
from domain.calendar_stream import PublishCalendar
from domain.calendars import Calendar
from domain.message import Command
from domain.policy import Sheet
from domain.policy_commands import PublishSheet
from domain.policy_life import Policy
from domain.progress import Progress
from domain.stream import StreamType
from ledger.bulk import Batch, NotTogether
from ledger.canonical import canonical, plain
from ledger.database import BRIEF, constraint, explain, lost, passing, translated
from ledger.errors import KeysUnavailable, LedgerUnavailable, UnknownStream
from ledger.folds import Fold, Folds
from ledger.look import LOOK, LOOK_BEFORE_OPENING, Look, first_answer, new_id
from ledger.shelf import Papers, takes_no_sheet
from ledger.store import Ledger, rows
from ledger.subjects import learn, sealing_of
from ledger.submission import Asked, Receipt, Submission, look_over
from ledger.together import Together
from ledger.verdict import Verdict, decide
from policies.calendar_files import load_calendars

__all__ = ["Receipt", "Recorder", "Submission"]

CONFLICTS = frozenset(("stored_events_pkey", "command_pkey", "matter_pkey"))
"""Somebody was faster: the same version, the same command, the same matter. Read again, decide again."""
ROUNDS = 50
NOT_PUBLISHED = frozenset(("sheet_unchanged", "sheet_superseded", "policy_is_yours"))
"""Why a shipped sheet stays out, and nobody need be told: somebody was faster since it was looked."""


class Recorder:
    """Records commands. Safe to use from many threads; keeps the states of the streams last used.

    ``clock`` replaces the database's clock, in tests only. ``patience`` bounds the wait for a database that is away.
    """

    def __init__(
        self,
        ledger: Ledger,
        matter_key: bytes,
        clock: Callable[[], datetime] | None = None,
        *,
        matter_of: Callable[[Command], str | None] | None = None,
        patience: float = 10.0,
        cached: int = 4096,
    ) -> None:
        if matter_of is None:
            from domain import matter

            matter_of = matter.matter_of
        self._ledger = ledger
        self._matter_key = matter_key
        self._matter_of = matter_of
        self._clock = clock
        self._patience = patience
        self._folds = Folds(ledger, cached)
        self.papers = Papers(ledger, self._folds, clock)
        """Calendars and sheets, as decisions see them."""
        self._together = Together(self._record, self._record_at_once, self._record_after)

    def record(self, submission: Submission) -> Receipt:
        """Decide once, append once; the answer, or the first answer when the command was recorded before.

        Raises LedgerUnavailable, which says whether the outcome is unknown, ValueError for what cannot be asked, and
        UnknownStream when they do not see the stream (`Submission.sees`): then nothing is written down.
        """
        return self._together.serve(self._look_over(submission))

    def record_all(self, submissions: Sequence[Submission]) -> list[Receipt]:
        """Record many commands in one transaction, decided in order; the receipts, in the same order.

        The answers are those that `record` gives one by one, and one by one it goes when somebody else is faster.
        """
        asked = [self._look_over(submission) for submission in submissions]
        if not asked:
            return []
        try:
            return self._record_at_once(asked)
        except (NotTogether, KeysUnavailable, psycopg.Error, PersistenceError) as error:
            return [self._record_after(one, error) for one in asked]

    def secret_word(self, about: str) -> str:
        """A word about something that is always the same, and that nobody can guess without the matter key."""
        return hmac.digest(self._matter_key, f"word\0{about}".encode(), "sha256")[:16].hex()

    def now(self) -> datetime:
        """What the clock says that decisions go by."""
        return self._clock() if self._clock else self._ledger.now()

    def load(self, stream: str) -> tuple[int, Any]:
        """The newest version and state of a stream. Raises UnknownStream."""
        fold = self._folds.load(stream)
        return fold.version, fold.state

    def progress(self, stream: str) -> Progress | None:
        """What a workflow needs to know of the stream today; None when it has no workflow, or is not in the ledger."""
        return self.progress_all([stream]).get(stream)

    def progress_all(self, streams: Sequence[str]) -> dict[str, Progress]:
        """The progress of those of these streams that have a workflow, in a few round trips for all."""
        epoch = self._ledger.epoch()
        found = {}
        for stream, fold in self._folds.load_all(streams).items():
            if (kind := self._ledger.registry.of_stream(stream)) is None:
                continue
            progress = kind.progress(stream, fold.version, fold.state, self._sheet_of(kind, fold.state))
            if progress is not None:
                found[stream] = replace(progress, epoch=epoch)
        return found

    def sheet_in_force(self, kind: str) -> Sheet | None:
        """The sheet for new cases of a kind, as of now."""
        stream = f"policy:{kind}"
        fold = self._folds.load_all([stream]).get(stream)
        return self.papers.in_force(fold, self.now())

    def publish(self, sheets: Mapping[str, Sheet], by: Actor, calendars: Mapping[str, Calendar] | None = None) -> None:
        """Put sheets in force for new cases of their kinds, and calendars (the shipped ones), where they never were.

        Raises Refused. What was replaced stays replaced: a program of yesterday does not bring it back. Where the
        organisation follows a version of its own, the program's stays out.
        """
        for calendar in (load_calendars() if calendars is None else calendars).values():
            self.publish_calendar(calendar, by)
        for kind, sheet in sheets.items():
            stream = f"policy:{kind}"
            command = PublishSheet(content=canonical(plain(sheet.to_data())).decode())
            while True:
                fold = self._folds.load_all([stream]).get(stream) or Fold(0, Policy())
                if takes_no_sheet(fold.state, sheet, self._ledger.sheet):
                    break
                command_id = f"publish:{kind}:{fold.version}:{sheet.digest[:16]}"
                receipt = self.record(Submission(command, by, command_id, stream, expected_version=fold.version))
                if receipt.refusal is None or receipt.refusal.code in NOT_PUBLISHED:
                    break
                if receipt.refusal.code != "version_moved":
                    raise receipt.refusal

    def publish_calendar(self, calendar: Calendar, by: Actor, command_id: str = "") -> bool:
        """Put a version of a calendar in force, unless it was before; whether it did. Raises Refused.

        A person gives it a ``command_id``: refused once, they may ask again, in another role.
        """
        stream = f"calendar:{calendar.name}"
        fold = self._folds.load_all([stream]).get(stream)
        if fold is not None and fold.state.published.get(calendar.version) == calendar.digest:
            return False
        command = PublishCalendar(content=canonical(plain(calendar.to_data())).decode())
        command_id = command_id or f"publish:{calendar.name}:{calendar.digest[:16]}"
        receipt = self.record(Submission(command, by, command_id, stream))
        if receipt.refusal is not None and receipt.refusal.code not in ("calendar_unchanged", "calendar_superseded"):
            raise receipt.refusal
        return receipt.accepted and not receipt.repeated

    def _look_over(self, submission: Submission) -> Asked:
        return look_over(submission, self._ledger.registry, self._ledger.codec, self._matter_key, self._matter_of)

    def _record(self, asked: Asked, *, sent: bool = False) -> Receipt:
        """Look, decide, append; again when somebody was faster, and again, for a while, when the database goes away.

        ``sent`` remembers that a COMMIT may have been carried out whose answer never came. It does no harm: the next
        look finds the command's row.
        """
        deadline = asked.since + self._patience
        pause = 0.05
        rounds = 0
        while True:
            appending = False
            try:
                look = self._look(asked)
                if look.answer is not None:
                    return first_answer(asked, look.answer, self._ledger.ring)
                verdict = self._decide(asked, look)
                if verdict is None:
                    continue
                appending = True
                return self._append([verdict])[0]
            except LedgerUnavailable as error:
                if isinstance(error, KeysUnavailable) and not sent:
                    raise
                raise LedgerUnavailable(error.detail, outcome_unknown=sent) from error
            except (psycopg.Error, PersistenceError) as error:
                if constraint(error) in CONFLICTS:
                    rounds += 1
                    if rounds >= ROUNDS:
                        raise LedgerUnavailable(f"{rounds} others were faster", outcome_unknown=sent) from error
                    time.sleep(random.uniform(0, 0.001 * min(rounds, 10)))
                    continue
                if not passing(error):
                    with translated():
                        raise
                sent = sent or (appending and lost(error))
                if time.monotonic() + pause >= deadline:
                    raise LedgerUnavailable(explain(error), outcome_unknown=sent) from error
                if lost(error):
                    self._ledger.mend()
                time.sleep(pause)
                pause = min(pause * 2, 1.0)

    def _look(self, asked: Asked) -> Look:
        stream = asked.policy if asked.opens else asked.stream
        known = self._folds.get(stream)
        params = {
            "actor": asked.by.id,
            "command_id": asked.command_id,
            "stream": stream,
            "known": known.version if known else 0,
        }
        statement = LOOK
        if asked.opens:
            statement = LOOK_BEFORE_OPENING
            params["matter"] = asked.matter
        with self._ledger.connection(silence=BRIEF) as connection:
            return Look.of(rows(connection, statement, params), known)

    def _decide(self, asked: Asked, look: Look) -> Verdict | None:
        """The verdict; None when the ledger was rolled back under the cache, which is empty then."""
        now = self._clock() if self._clock else look.now
        stream = asked.stream
        fold = Fold(0, asked.kind.initial)
        if asked.opens:
            assert look.number is not None
            policy = self._folds.take(asked.policy, look.known, look.tail)
            if policy is None:
                return None
            stream = new_id(asked.opens, now, look.number)
            sheet = self.papers.in_force(policy, now)
        else:
            if self._ledger.registry.of_stream(stream) is asked.kind:
                known = self._folds.take(stream, look.known, look.tail)
                if known is None:
                    return None
                fold = known
            if asked.unseen(fold.version, fold.state):
                raise UnknownStream(stream)
            sheet = self._sheet_of(asked.kind, fold.state)
        return decide(
            asked,
            stream=stream,
            fold=fold,
            now=now,
            sheet=sheet,
            shelf=self.papers,
            codec=self._ledger.codec,
            sealing=sealing_of(self._ledger, asked, stream, fold.state),
            same_matter=look.same_matter,
        )

    def _sheet_of(self, kind: StreamType, state: Any) -> Sheet | None:
        digest = kind.sheet_of(state)
        return self._ledger.sheet(digest) if digest else None

    def _record_after(self, asked: Asked, error: BaseException) -> Receipt:
        """Record alone what came to nothing in a batch; when the COMMIT's answer was lost, it may be there already."""
        return self._record(asked, sent=lost(error))

    def _record_at_once(self, asked: Sequence[Asked]) -> list[Receipt]:
        batch = Batch.read(
            self._ledger,
            asked,
            folds=self._folds,
            sheet_of=self._sheet_of,
            papers=self.papers,
            clock=self._clock,
        )
        for one in asked:
            batch.decide(one)
        receipts = self._append(list(batch.verdicts.values()))
        written = dict(zip(batch.verdicts, receipts, strict=True))
        return [batch.answer(one, written) for one in asked]

    def _append(self, verdicts: Sequence[Verdict]) -> list[Receipt]:
        """Write verdicts in one transaction."""
        positions = self._ledger.table().insert_events(
            [entry for verdict in verdicts for entry in verdict.entries],
            commands=[verdict.command for verdict in verdicts],
            matters=[verdict.matter for verdict in verdicts if verdict.matter],
        )
        assert positions is not None
        receipts = []
        start = 0
        for verdict in verdicts:
            receipt = verdict.receipt
            if verdict.own:
                position = positions[start + verdict.own - 1]
                receipt = replace(receipt, position=position)
                self._folds.keep(receipt.stream, replace(verdict.fold, position=position))
                if receipt.accepted:
                    learn(self._ledger, verdict.asked, receipt.stream, verdict.fold.state)
            receipts.append(receipt)
            start += len(verdict.entries)
        self._ledger.appended.ring()
        return receipts
