"""One import of an event log: rows become finished cases, cases are recorded in batches, every row is accounted for.

The file is read once and its rows are put together in memory, since those of one case may be scattered over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from console.house import House
from console.import_batches import BATCH, Stop, import_id, receipts, to_the_end
from console.log_map import LeftOut, LogMap
from console.map_values import RowError
from console.output import DONE, REFUSED
from console.progress import progress_bar
from console.rejects import Rejects
from console.source import Row, Source
from console.words import _, refusal
from domain.actor import Actor
from domain.case import Case
from domain.commands import ImportLog
from domain.context import Context
from domain.decisions import decide
from domain.events import CaseImported
from domain.message import Event
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.errors import NotWritable
from ledger.submission import Receipt, Submission

STEPS = 5000
"""Steps in one transaction at most, when cases are long."""


@dataclass(frozen=True)
class Told:
    """A case, or a row that belongs to none, that was not taken over."""

    case: str
    """As the log calls it."""
    line: int
    reason: str


@dataclass
class LogAccount:
    """What became of the rows, and of the cases that they make: both add up."""

    rows: Counter[str] = field(default_factory=Counter)
    """Outcome → rows: imported, already_there, changed, left_out, rejected; and ``filtered``, which are no steps."""
    imported: int = 0
    already_there: int = 0
    changed: list[Told] = field(default_factory=list)
    """Cases that are there already and say something else: what is there stays as it is."""
    left_out: list[Told] = field(default_factory=list)
    rejected: list[Told] = field(default_factory=list)
    stray: list[Told] = field(default_factory=list)
    """Rows that could not be read, and name no case."""
    late: int = 0
    """Of the cases taken over, those that ended after the other system's deadline."""
    after_the_end: int = 0
    """Of the steps taken over, those that happened after the end of their case."""

    @property
    def cases(self) -> int:
        """All cases of the file."""
        parts = (self.changed, self.left_out, self.rejected)
        return self.imported + self.already_there + sum(map(len, parts))


@dataclass(frozen=True)
class Ready:
    """A case, ready to be taken over."""

    id: str
    rows: list[Row]
    command: ImportLog
    submission: Submission


class LogRun:
    """One import: read all rows, then case by case, in batches."""

    def __init__(
        self, house: House, chosen: LogMap, source: Source, who: Actor, rejects: Rejects, *, dry_run: bool
    ) -> None:
        self.source = source
        self.rejects = rejects
        self.dry_run = dry_run
        self.account = LogAccount()
        self.stopped = ""
        """Why it ended early; empty when it did not."""
        self._house = house
        self._map = chosen
        self._who = who
        self._stop = Stop()
        self._sheets: dict[str, Sheet | None] = {}
        self._now = house.ledger.now()

    def all(self, *, quiet: bool) -> int:
        """Import every case and return the exit code."""

        def work() -> None:
            with self._stop.listening(), self.rejects:
                cases = self._together(quiet=quiet)
                with progress_bar(_("Importing"), quiet=quiet) as told:
                    for number, batch in self._batches(cases):
                        self._write(batch)
                        told(number, len(cases))

        code, self.stopped = to_the_end(work)
        failed = self.account.rejected or self.account.stray
        return code or (REFUSED if failed else DONE)

    def _together(self, *, quiet: bool) -> dict[str, list[Row]]:
        """The rows of the file, by their case."""
        cases: dict[str, list[Row]] = {}
        with progress_bar(_("Reading"), quiet=quiet) as told:
            for number, row in enumerate(self.source.rows(), 1):
                self._stop.here()
                case = self._map.id_of(row)
                if case:
                    cases.setdefault(case, []).append(row)
                else:
                    self._stray(row)
                if number % 1000 == 0:
                    told(number, max(self.source.total, number))
        return cases

    def _batches(self, cases: dict[str, list[Row]]) -> Iterator[tuple[int, list[Ready]]]:
        """Cases that are recorded together, and how many of the file are done then."""
        batch: list[Ready] = []
        number = 0
        for number, (case, rows) in enumerate(cases.items(), 1):
            self._stop.here()
            ready = self._look_at(case, rows)
            if ready is not None:
                batch.append(ready)
            if len(batch) >= BATCH or sum(len(one.command.steps) for one in batch) >= STEPS:
                yield number, batch
                batch = []
        yield number, batch

    def _look_at(self, case: str, rows: list[Row]) -> Ready | None:
        """Decide it here first: what would be refused never burdens the ledger. None when it is dealt with already."""
        try:
            command, _data = self._house.ledger.codec.command(self._map.command(rows))
            assert isinstance(command, ImportLog)
            self._decided(command)
            return Ready(case, rows, command, Submission(command, self._who, import_id(command, self._house.recorder)))
        except LeftOut as error:
            self.account.rows["left_out"] += len(rows)
            self.account.left_out.append(Told(case, rows[0].line, str(error)))
        except (RowError, NotWritable) as error:
            self._reject(case, rows, str(error))
        except Refused as error:
            self._reject(case, rows, refusal(error))
        return None

    def _decided(self, command: ImportLog) -> list[Event]:
        """What the command would write. Raises Refused."""
        if command.kind not in self._sheets:
            self._sheets[command.kind] = self._house.recorder.sheet_in_force(command.kind)
        sheet = self._sheets[command.kind]
        return decide(
            Case(), command, Context("C-0000-000000", self._now, self._who, sheet, self._house.recorder.papers)
        )

    def _write(self, batch: list[Ready]) -> None:
        if self.dry_run:
            for ready in batch:
                self._count(ready)
            return
        answers = receipts(self._house.recorder, [ready.submission for ready in batch])
        for ready, receipt in zip(batch, answers, strict=True):
            self._settle(ready, receipt)

    def _settle(self, ready: Ready, receipt: Receipt | str) -> None:
        if isinstance(receipt, str):
            self._reject(ready.id, ready.rows, receipt)
        elif receipt.refusal is not None and receipt.refusal.code != "same_matter":
            self._reject(ready.id, ready.rows, refusal(receipt.refusal))
        elif receipt.refusal is not None and self._says_else(ready.command, str(receipt.refusal.params["case"])):
            self._changed(ready, str(receipt.refusal.params["case"]))
        elif receipt.refusal is not None or receipt.repeated:
            self.account.already_there += 1
            self.account.rows["already_there"] += len(ready.rows)
        else:
            self._count(ready)

    def _says_else(self, command: ImportLog, case: str) -> bool:
        """Whether the case was taken over with other words, or with other steps."""
        imported, *rest = (entry.event for entry in self._house.ledger.history(case))
        again, *those = self._decided(command)
        assert isinstance(imported, CaseImported)  # only another import can be the same matter
        pinned: dict[str, Any] = {name: getattr(imported, name) for name in ("sheet", "path", "stage", "customer")}
        if not command.department:
            pinned["department"] = imported.department
        assert isinstance(again, CaseImported)
        return (replace(again, **pinned), those) != (imported, rest[: len(those)])

    # ── The account ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _count(self, ready: Ready) -> None:
        command, account = ready.command, self.account
        account.imported += 1
        account.late += command.deadline is not None and command.closed_at > command.deadline
        account.after_the_end += sum(step.at > command.closed_at for step in command.steps)
        account.rows["imported"] += len(command.steps)
        account.rows["filtered"] += len(ready.rows) - len(command.steps)

    def _changed(self, ready: Ready, case: str) -> None:
        reason = _("Already there as {case}, and says something else.", case=case)
        self.account.rows["changed"] += len(ready.rows)
        self.account.changed.append(Told(ready.id, ready.rows[0].line, reason))
        self._keep(ready.rows, reason)

    def _reject(self, case: str, rows: list[Row], reason: str) -> None:
        self.account.rows["rejected"] += len(rows)
        self.account.rejected.append(Told(case, rows[0].line, reason))
        self._keep(rows, reason)

    def _stray(self, row: Row) -> None:
        reason = row.problem or _("{field} is missing.", field="id")
        self.account.rows["rejected"] += 1
        self.account.stray.append(Told("", row.line, reason))
        self._keep([row], reason)

    def _keep(self, rows: Iterable[Row], reason: str) -> None:
        """All rows of a case, so that it can be corrected and imported as a whole."""
        if not self.dry_run:
            for row in rows:
                self.rejects.add(row, reason)
