"""What stands in the cells of a worklist, as text: what several lines of a page say is looked up once for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import NamedTuple

from console.output import as_plain
from console.web.countdown import Tone
from console.web.naming import Naming
from console.web.rendering import age
from console.web.worklist_rows import Line
from console.when import shown
from console.words import _, category_label, clock_label, listed, word
from domain.words import Stage, Urgency

WAITED_FOR = 2
"""What a case waits for: so much of it is said, of the rest how many."""
ICONS = {Tone.LATE: "alert", Tone.STILL: "pause"}


class Cells(NamedTuple):
    """One line; what is empty is not shown. Where there is an id and what is said of it, the id is the title."""

    case: str
    select: str
    tone: str
    icon: str
    left: str
    due: str
    clock: str
    kind: str
    stage: str
    stage_said: str
    round: str
    urgency: str
    category: str
    subcategory: str
    unassigned: bool
    responsible: str
    responsible_said: str
    offered_to: str
    offered_said: str
    department: str
    department_said: str
    waiting: str
    waiting_all: str
    waiting_more: int
    received: str
    received_said: str
    age: str


def cells(lines: Iterable[Line], naming: Naming, now: datetime) -> Iterator[Cells]:
    """The cells of these lines, in the reader's language. What is looked up is remembered for this page only."""
    stage, urgency = cache(lambda value: word(Stage(value))), cache(lambda value: word(Urgency(value)))
    in_round, select = _("round {number}"), _("select {case}")
    category, clock, kind, department = map(cache, (category_label, clock_label, naming.kind, naming.department))
    person = naming.person
    for line in lines:
        row, countdown, waiting = line.row, line.countdown, line.waiting
        yield Cells(
            case=row["case"],
            select=select.format(case=row["case"]),
            tone=countdown.tone.value,
            icon=ICONS.get(countdown.tone, "clock"),
            left=countdown.words,
            due=shown(countdown.due),
            clock=clock(countdown.clock) if countdown.clock else "",
            kind=kind(row["kind"]),
            stage=row["stage"],
            stage_said=stage(row["stage"]),
            round=in_round.format(number=row["round"]) if row["round"] > 1 else "",
            urgency=urgency(row["urgency"]) if row["urgency"] != Urgency.ORDINARY else "",
            category=category(row["category"]),
            subcategory=category(row["subcategory"]) if row["subcategory"] else "",
            unassigned=line.unassigned,
            responsible=row["responsible"],
            responsible_said=person(row["responsible"]) if row["responsible"] else "",
            offered_to=row["offered_to"],
            offered_said=person(row["offered_to"]) if row["offered_to"] else "",
            department=row["department"],
            department_said=department(row["department"]) if row["department"] else "",
            waiting=listed(waiting[:WAITED_FOR]),
            waiting_all=listed(waiting),
            waiting_more=max(len(waiting) - WAITED_FOR, 0),
            received=as_plain(row["received_at"]),
            received_said=shown(row["received_at"]),
            age=age(now - row["received_at"]),
        )
