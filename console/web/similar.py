"""Cases that might be the same matter, or are the same customer's: told while a new one is being typed (I-07, I-09)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from console.web.desk import Desk
from console.words import N_, _
from domain.case import Case

FOUND = 20
"""Cases that are compared, at most, for one field."""
MOST = 8
SHORTEST = 4
"""Letters that must be typed before anything is compared."""

SAME: Mapping[str, str] = {
    "order": N_("same order"),
    "serial_number": N_("same serial number"),
    "reference": N_("same reference"),
    "customer": N_("same customer"),
    "contact": N_("same contact"),
}
"""What is compared, and what it is called when it is the same; the first are the stronger hints."""


@dataclass(frozen=True)
class Similar:
    """A case that has something in common with what is being typed."""

    id: str
    case: Case
    why: tuple[str, ...]
    strong: bool
    """Perhaps the same matter, and not only the same customer."""
    received_at: datetime


def similar(desk: Desk, typed: Mapping[str, str]) -> list[Similar]:
    """The strongest hints first, then the newest."""
    wanted = {name: _plain(typed.get(name, "")) for name in SAME}
    wanted = {name: text for name, text in wanted.items() if len(text) >= SHORTEST}
    if not wanted:
        return []
    found = []
    for stream, fold in desk.console.folds.load_all(_candidates(desk, typed, wanted)).items():
        case: Case = fold.state
        same = [name for name, text in wanted.items() if _plain(_value(desk, case, name)) == text]
        if same and case.received_at is not None:
            strong = bool(set(same) & {"order", "serial_number", "reference"})
            found.append(Similar(stream, case, tuple(_(SAME[name]) for name in same), strong, case.received_at))
    found.sort(key=lambda one: (one.strong, one.received_at), reverse=True)
    return found[:MOST]


def _candidates(desk: Desk, typed: Mapping[str, str], wanted: Mapping[str, str]) -> list[str]:
    """Cases that say what was typed, somewhere; of a telephone number its digits are looked for."""
    found: dict[str, None] = {}
    for name in wanted:
        text = typed[name]
        if name == "contact" and "@" not in text:
            text = re.sub(r"\D", "", text) or text
        for row in desk.house.views.search(text, limit=FOUND, sight=desk.visitor.sight):
            found[str(row["case"])] = None
    return list(found)


def _value(desk: Desk, case: Case, name: str) -> str:
    if name == "customer":
        return case.customer
    value = str(getattr(case.intake, name))
    return desk.house.ledger.opened_text(value) if name == "contact" else value


def _plain(text: str) -> str:
    """What reads the same is the same."""
    return "".join(text.split()).replace("-", "").casefold()
