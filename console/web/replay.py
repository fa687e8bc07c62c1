"""The auditor's page: a case entry by entry, as it was known then, what each one changed, and what seals it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import islice
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.identity.rights import Permission
from console.clock_words import states_of
from console.diff import changed
from console.look import Seen, seen
from console.masking import mask
from console.show import PERSONAL, parts_now
from console.web.case import looked_at, people_on
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.web.timeline import Line, actor_label, lines, value_text
from console.when import shown
from console.why import waits
from console.words import _, category_label, clock_label, field_label, word
from domain.case import Case
from domain.evolve import evolve
from domain.evolve import replay as fold
from ledger.access import Access, accesses
from ledger.seal.covering import Covering, covering
from ledger.seal.newest import Sealed, newest_sealed, unsealed

READS = 50
"""Lines of the read log that are shown."""
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")

router = APIRouter(route_class=Page)


@dataclass(frozen=True)
class Row:
    """One line of the state."""

    label: str
    text: str
    before: str | None = None
    """What stood there before this entry, when it was something else; empty: nothing."""

    @property
    def is_new(self) -> bool:
        """Whether this entry changed it."""
        return self.before is not None


@dataclass(frozen=True)
class Part:
    """A part of the state, with a title."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Change:
    """One field of the state that is different from before."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Seal:
    """What proves the entry."""

    covering: Covering | None
    newest: Sealed | None
    unsealed: int


@dataclass(frozen=True)
class Read:
    """One line of the read log."""

    line: Line
    several: bool


@router.get("/cases/{case}/replay", include_in_schema=False)
def replay(at: AtDesk, case: str, step: str = "") -> HTMLResponse:
    """The case as of one of its entries; the newest, when none is named."""
    if not at.visitor.may(Permission.AUDIT):
        raise at.visitor.person.lacks(Permission.AUDIT)
    whole = looked_at(at, case)
    last = len(whole.entries)
    number = min(max(int(step), 1), last) if step.isascii() and step.isdecimal() and len(step) < 10 else last
    then = seen(at.house, whole.id, number)
    before = fold(whole.entries[: number - 1])
    (line,) = lines(whole.entries[number - 1 : number], at.house.ledger.opened, reveal=False)
    looks = list(islice(accesses(at.house.ledger, whole.id), READS))
    at.naming.know(people_on(whole) | {one.entry.actor.id for one in looks})
    return at.page(
        "replay.html",
        found=then,
        case=then.case,
        step=number,
        last=last,
        line=line,
        by=actor_label(line.entry.actor.id),
        marks=_marks(whole),
        parts=list(_parts(at, then, _then(whole, number - 1, before))),
        changes=list(_changes(at, before, then.case)),
        seal=_seal(at, line.entry.position),
        reads=_reads(at, looks),
        routes=_routes(at, whole.id),
    )


def _then(whole: Seen, version: int, case: Case) -> Seen | None:
    """The case one entry before; None before the first."""
    if not version:
        return None
    entries = whole.entries[:version]
    return Seen(whole.id, entries, case, whole.sheet, whole.shelf, entries[-1].recorded_at)


def _marks(whole: Seen) -> list[tuple[int, str]]:
    """The entries at which a stage or round began: marks under the slider."""
    marks, before = [], Case()
    for entry in whole.entries:
        case = evolve(before, entry.event)
        if (case.stage, case.round, case.closed) != (before.stage, before.round, before.closed) or entry.version == 1:
            marks.append((entry.version, word(case.stage)))
        before = case
    return marks


# ── The state ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _parts(at: Desk, now: Seen, before: Seen | None) -> Iterator[Part]:
    """Part by part, with what this entry changed marked; a line that is gone is told as well."""
    was = {title: dict(rows) for title, rows in _rows(at, before)} if before else {}
    for title, rows in _rows(at, now):
        old = was.get(title, {})
        told = [Row(label, text, None if old.get(label) == text else old.get(label, "")) for label, text in rows]
        gone = [Row(label, "", text) for label, text in old.items() if label not in dict(rows)]
        if told or gone:
            yield Part(title, tuple(told + gone))


def _rows(at: Desk, found: Seen) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    yield _("Where it stands"), _filled(_head(found))
    yield _("Intake"), list(_intake(at, found))
    for title, rows in parts_now(found):
        hands = title == _("Hands")
        yield title, [(label, _named(at, label, text, departments=hands)) for label, text in _filled(rows)]
    yield _("Time limits"), [(clock_label(name), _clock(name, found)) for name in found.case.clocks]


def _filled(rows: Any) -> list[tuple[str, str]]:
    return [(label, str(value)) for label, value in rows if value not in ("", None, False, ())]


def _named(at: Desk, label: str, text: str, *, departments: bool) -> str:
    """Whoever checks reads names and ids. A cause may be called like a department: it is one only where meant."""
    return at.naming.with_ids(text, departments=departments or label == _("responsible for it"))


def _head(found: Seen) -> Iterator[tuple[str, Any]]:
    case = found.case
    yield _("stage"), _("over") if case.over else word(case.stage)
    yield _("round"), case.round
    yield _("type"), " / ".join(map(category_label, filter(None, (case.category, case.subcategory))))
    yield _("urgency"), word(case.urgency)
    yield _("complexity"), word(case.complexity)
    yield _("waiting for"), "\n".join(wait.text for wait in waits(found))
    yield _("policy"), f"{found.sheet.name} {found.sheet.version}"


def _intake(at: Desk, found: Seen) -> Iterator[tuple[str, str]]:
    for field in fields(found.case.intake):
        text = word(getattr(found.case.intake, field.name))
        if field.name == "department":
            text = at.naming.with_ids(text)
        if text:
            yield field_label(field.name), mask(field.name, text) if field.name in PERSONAL else text


def _clock(name: str, found: Seen) -> str:
    clock = found.case.clocks[name]
    return " · ".join([shown(clock.due), *states_of(name, clock, found)])


def _changes(at: Desk, before: Case, after: Case) -> Iterator[Change]:
    """Field by field, as programs see them; people with their names."""
    for path, old, new in changed(before, after, reveal=False):
        told = [at.naming.with_ids(_brief(path, value), departments=False) for value in (old, new)]
        yield Change(path, *told)


def _brief(path: str, value: Any) -> str:
    """A part of the state on one line; of a record each filled field with its name."""
    if value in (None, "", [], {}, False):
        return ""
    if isinstance(value, dict):
        parts = ((name, _brief(name, part)) for name, part in value.items())
        return ", ".join(f"{field_label(name)} {text}" for name, text in parts if text)
    if isinstance(value, str) and INSTANT.fullmatch(value):
        return shown(datetime.fromisoformat(value))
    return value_text(path.rpartition(".")[2], value)


# ── What proves it, and who looked ───────────────────────────────────────────────────────────────────────────────────


def _seal(at: Desk, position: int) -> Seal:
    ledger = at.house.ledger
    return Seal(covering(ledger, position), newest_sealed(ledger), unsealed(ledger))


def _reads(at: Desk, looks: Sequence[Access]) -> list[Read]:
    told = lines([one.entry for one in looks], at.house.ledger.opened, reveal=False)
    return [Read(line, not access.case) for access, line in zip(looks, told, strict=True)]


def _routes(at: Desk, case: str) -> Sequence[tuple[str, str]]:
    """Where its proofs are, and what can be taken along."""
    dossier = [(f"/exports?case={case}#dossier", _("Dossier"))] if at.visitor.may(Permission.EXPORT) else []
    return [(f"/proofs?case={case}#case", _("Proofs")), *dossier]
