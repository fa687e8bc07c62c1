"""The map from another system's event log to finished cases: a row is one step, a case is all the rows of its id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from console.map_values import RULE_KEYS, FileForm, Finished, MapError, MapReader, RowError, Value, read_toml
from console.source import Row
from console.values import Field, fields_of
from console.words import _
from domain.commands import ImportLog
from domain.events import LoggedStep

OF_THE_CASE: dict[str, Field] = {field.name: field for field in fields_of(ImportLog) if field.name != "steps"}
OF_THE_STEP: dict[str, Field] = {field.name: field for field in fields_of(LoggedStep)}
ID = "id"
"""What the rows of one case have in common."""
PICK = ("first", "last")
"""Whose value a case takes when its rows differ: that of its first step, or of its last."""


class LeftOut(Exception):
    """A case that is not finished: it is reported and left out; the text says why."""


@dataclass(frozen=True)
class Lifecycle:
    """Which rows are steps: logs that write down beginning and end of each step have two rows for one."""

    column: str
    keep: tuple[str, ...]

    def of(self, row: Mapping[str, str]) -> bool:
        """Whether the row is a step."""
        return row.get(self.column, "") in self.keep


@dataclass(frozen=True)
class LogMap:
    """How the rows of a log become finished cases."""

    id: Value
    case: Mapping[str, Value]
    picks: Mapping[str, str]
    step: Mapping[str, Value]
    lifecycle: Lifecycle | None = None
    finished: Finished | None = None
    form: FileForm = field(default_factory=FileForm)

    def columns(self) -> set[str]:
        """All columns that the map reads."""
        values = (self.id, *self.case.values(), *self.step.values())
        rules = (rule.column for rule in (self.lifecycle, self.finished) if rule is not None)
        return {column for value in values for column in value.columns()} | set(rules)

    def id_of(self, row: Row) -> str:
        """The case that a row belongs to; empty when it does not say."""
        try:
            return self.id.of(row.values) if row.values else ""
        except RowError:
            return ""

    def command(self, rows: Sequence[Row]) -> ImportLog:
        """The case that these rows make. Raises RowError, and LeftOut when it has no end."""
        timed = sorted(((self._at(row), row) for row in rows), key=lambda pair: pair[0])
        steps = tuple(
            self._step(at, row) for at, row in timed if self.lifecycle is None or self.lifecycle.of(row.values)
        )
        ordered = [row for _at, row in timed]
        texts = {name: text for name in self.case if (text := self._said(name, ordered))}
        if self.finished is not None and not any(self.finished.of(row.values) for row in rows):
            raise LeftOut(_("It is not finished."))
        if "closed_at" not in texts:
            raise LeftOut(_("It has no end date."))
        texts.setdefault("reference", self.id_of(rows[0]))
        for name in ("kind", "source", "received_at"):
            if name not in texts:
                raise RowError(_("{field} is missing.", field=name))
        typed = {name: self.form.typed(OF_THE_CASE[name].kind, name, text) for name, text in texts.items()}
        return replace(ImportLog(**typed), steps=steps)

    def _at(self, row: Row) -> datetime:
        if row.problem:
            raise RowError(_at_line(row, row.problem))
        try:
            text = self.step["at"].of(row.values)
            if not text:
                raise RowError(_("{field} is missing.", field="at"))
            at = self.form.typed(datetime, "at", text)
        except RowError as error:
            raise RowError(_at_line(row, str(error))) from None
        assert isinstance(at, datetime)
        return at

    def _step(self, at: datetime, row: Row) -> LoggedStep:
        try:
            texts = {name: text for name, value in self.step.items() if name != "at" and (text := value.of(row.values))}
            if "activity" not in texts:
                raise RowError(_("{field} is missing.", field="activity"))
        except RowError as error:
            raise RowError(_at_line(row, str(error))) from None
        return LoggedStep(at=at, **texts)

    def _said(self, name: str, rows: Sequence[Row]) -> str:
        """What the rows, in the order of their times, say of the case. Raises RowError when they differ."""
        value = self.case[name]
        said = list(filter(None, dict.fromkeys(value.of(row.values) for row in rows)))
        pick = self.picks.get(name)
        if len(said) > 1 and pick is None:
            message = _(
                "{field}: its rows say {one!r} and {other!r}; the map can pick the first or the last.",
                field=name,
                one=said[0],
                other=said[1],
            )
            raise RowError(message)
        if pick == "last":
            return next(filter(None, (value.of(row.values) for row in reversed(rows))), "")
        return said[0] if said else ""


def _at_line(row: Row, reason: str) -> str:
    return _("line {line}: {reason}", line=row.line, reason=reason)


def read_log_map(path: Path) -> LogMap:
    """Read and check a map. Raises MapError with the file and what is wrong."""
    return read_toml(path, lambda data: _Reader(data).map())


class _Reader(MapReader):
    """Checks the parts of one map."""

    def map(self) -> LogMap:
        self.known(_("part"), self.data, {"file", "case", "event", "finished"})
        form, case, step, finished = self.form(), self.table("case"), self.table("event"), self.table("finished")
        self.known("[case]", case, {ID, *OF_THE_CASE})
        self.known("[event]", step, {"lifecycle", *OF_THE_STEP})
        self.known("[finished]", finished, RULE_KEYS)
        self.needed("[case]", (ID, "kind", "source", "received_at", "closed_at"), case)
        self.needed("[event]", ("activity", "at"), step)
        values = {name: self._of_the_case(name, value) for name, value in case.items()}
        return LogMap(
            id=values.pop(ID),
            case=values,
            picks={name: self._pick(name, value["pick"]) for name, value in case.items() if "pick" in _keys(value)},
            step={
                name: self.value(name, value, OF_THE_STEP[name].kind)
                for name, value in step.items()
                if name != "lifecycle"
            },
            lifecycle=self._lifecycle(step["lifecycle"]) if "lifecycle" in step else None,
            finished=self.rule(finished) if finished else None,
            form=form,
        )

    def _of_the_case(self, name: str, value: Any) -> Value:
        return self.value(name, value, OF_THE_CASE[name].kind if name in OF_THE_CASE else str, more=["pick"])

    def _pick(self, name: str, word: Any) -> str:
        self.known(f"{name}: pick", [str(word)], PICK)
        return str(word)

    def _lifecycle(self, value: Any) -> Lifecycle:
        if _keys(value) != {"column", "keep"} or not isinstance(value["keep"], list):
            raise MapError(_('lifecycle: name a column and what to keep: keep = ["complete"].'))
        return Lifecycle(str(value["column"]), tuple(map(str, value["keep"])))


def _keys(value: Any) -> set[str]:
    return set(value) if isinstance(value, dict) else set()
