"""One import: rows become cases in batches, and every row is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields

from console.house import House
from console.import_batches import BATCH, Stop, import_id, receipts, to_the_end
from console.import_map import Map
from console.map_values import RowError
from console.output import DONE, REFUSED
from console.progress import progress_bar
from console.rejects import Rejects
from console.source import Row, Source
from console.words import _, refusal
from domain.actor import Actor
from domain.case import Case
from domain.commands import ImportCase
from domain.context import Context
from domain.decisions import decide
from domain.events import CaseImported
from domain.matter import matter_of
from domain.policy import Sheet
from domain.refusal import Refused
from ledger.errors import NotWritable
from ledger.submission import Receipt, Submission

FILLED = frozenset({"customer", "department"})
"""Fields that the import itself fills in where a row leaves them empty."""


@dataclass
class Account:
    """What became of the rows: the numbers add up."""

    rows: int = 0
    finished: int = 0
    open: int = 0
    already_there: int = 0
    changed: list[tuple[int, str]] = field(default_factory=list)
    """Rows of cases that are there already and say something else: what is there stays as it is."""
    rejected: list[tuple[int, str]] = field(default_factory=list)
    gaps: Counter[str] = field(default_factory=Counter)
    """Field → how many of the cases lack it."""
    stand_ins: Counter[str] = field(default_factory=Counter)
    """Field → in how many cases it is only the best that the data has."""

    @property
    def opened(self) -> int:
        """Cases that are new."""
        return self.finished + self.open


@dataclass(frozen=True)
class Ready:
    """A row that makes a case."""

    row: Row
    submission: Submission
    command: ImportCase
    gaps: tuple[str, ...]


class Run:
    """One import: row by row, in batches."""

    def __init__(
        self, house: House, chosen: Map, source: Source, who: Actor, rejects: Rejects, *, dry_run: bool
    ) -> None:
        self.source = source
        self.rejects = rejects
        self.dry_run = dry_run
        self._house = house
        self._map = chosen
        self._who = who
        self.account = Account()
        self.stopped = ""
        """Why it ended early; empty when it did not."""
        self._stop = Stop()
        self._seen: dict[str, tuple[int, ImportCase]] = {}
        self._sheets: dict[str, Sheet | None] = {}
        self._now = house.ledger.now()

    def all(self, *, quiet: bool) -> int:
        """Import every row and return the exit code."""

        def work() -> None:
            with self._stop.listening(), progress_bar(_("Importing"), quiet=quiet) as told, self.rejects:
                self._rows(told)

        code, self.stopped = to_the_end(work)
        return code or (REFUSED if self.account.rejected else DONE)

    def _rows(self, told: Callable[[int, int], None]) -> None:
        batch: list[Ready] = []
        for number, row in enumerate(self.source.rows(), 1):
            self._stop.here()
            ready = self._look_at(row)
            if ready is not None:
                batch.append(ready)
            if len(batch) >= BATCH:
                self._write(batch)
                batch = []
            told(number, max(self.source.total, number))
        self._write(batch)

    def _look_at(self, row: Row) -> Ready | None:
        """The case that a row makes; None when the row is dealt with already."""
        try:
            if row.problem:
                raise RowError(row.problem)
            command, _data = self._house.ledger.codec.command(self._map.command(row.values))
            assert isinstance(command, ImportCase)
            if self._again(row, command):
                return None
            return Ready(row, self._submission(command), command, self._gaps(command))
        except (RowError, NotWritable) as error:
            self._reject(row, str(error))
        except Refused as error:
            self._reject(row, refusal(error))
        return None

    def _again(self, row: Row, command: ImportCase) -> bool:
        """Whether the same case stood on an earlier line. Raises RowError when it said something else there."""
        matter = matter_of(command)
        assert matter is not None
        line, before = self._seen.setdefault(matter, (row.line, command))
        if line == row.line:
            return False
        if before != command:
            reference = command.reference
            raise RowError(
                _(
                    "Line {line} has the same reference, {reference!r}, and says something else.",
                    line=line,
                    reference=reference,
                )
            )
        self.account.rows += 1
        self.account.already_there += 1
        return True

    def _gaps(self, command: ImportCase) -> tuple[str, ...]:
        """Decide it here first: what would be refused never burdens the ledger. Raises Refused."""
        if command.kind not in self._sheets:
            self._sheets[command.kind] = self._house.recorder.sheet_in_force(command.kind)
        sheet = self._sheets[command.kind]
        context = Context("C-0000-000000", self._now, self._who, sheet, self._house.recorder.papers)
        imported = decide(Case(), command, context)[0]
        assert isinstance(imported, CaseImported)
        return tuple(gap for gap in imported.gaps if gap not in command.gaps)

    def _submission(self, command: ImportCase) -> Submission:
        return Submission(command, self._who, import_id(command, self._house.recorder))

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
            self._reject(ready.row, receipt)
        elif receipt.refusal is not None and receipt.refusal.code != "same_matter":
            self._reject(ready.row, refusal(receipt.refusal))
        elif receipt.refusal is not None and self._says_else(ready.command, str(receipt.refusal.params["case"])):
            self._changed(ready.row, str(receipt.refusal.params["case"]))
        elif receipt.refusal is not None or receipt.repeated:
            self.account.rows += 1
            self.account.already_there += 1
        else:
            self._count(ready)

    def _says_else(self, command: ImportCase, case: str) -> bool:
        """Whether the case was taken over with other words than these."""
        there = self._house.ledger.opened(self._house.ledger.history(case)[0].event)
        assert isinstance(there, CaseImported)  # only another import can be the same matter
        said = {part.name: getattr(command, part.name) for part in fields(command) if part.name != "gaps"}
        if command.stage not in there.path:
            del said["stage"]  # it was placed elsewhere, as cases of this kind do not walk it
        return any(value != getattr(there, name) for name, value in said.items() if value != "" or name not in FILLED)

    def _changed(self, row: Row, case: str) -> None:
        reason = _("Already there as {case}, and says something else.", case=case)
        self.account.rows += 1
        self.account.changed.append((row.line, reason))
        self.rejects.add(row, reason)

    def _count(self, ready: Ready) -> None:
        self.account.rows += 1
        if ready.command.closed_at is not None:
            self.account.finished += 1
        else:
            self.account.open += 1
        self.account.gaps.update(ready.gaps)
        self.account.stand_ins.update(self._map.stand_ins(ready.command))

    def _reject(self, row: Row, reason: str) -> None:
        self.account.rows += 1
        self.account.rejected.append((row.line, reason))
        if not self.dry_run:
            self.rejects.add(row, reason)
