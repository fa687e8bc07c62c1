"""Whether a drafted sheet can be followed: what would stop a case half-way is refused before anybody discusses it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from domain.actor import Role
from domain.case import INTAKE_FIELDS
from domain.commands import COMMANDS
from domain.context import Shelf
from domain.events import EVENTS
from domain.limits import Limit
from domain.needs import EVENT, NEEDS
from domain.policy import Sheet
from domain.refusal import Refused
from domain.rules import ClockRule
from domain.words import Complexity, Ending, Stage, Urgency

LONGEST_REASON = 200
SAYING_MORE = {*(f"StageEntered:{stage}" for stage in Stage), *(f"CaseClosed:{ending}" for ending in Ending)}
"""Events that a clock may name together with what they say."""
NAME = re.compile(r"[\w.+-]{1,80}")


def sheet_of(content: str) -> Sheet:
    """The sheet that this JSON describes. Raises Refused."""
    try:
        return Sheet.from_data(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError) as error:
        reason = f"{type(error).__name__}: {error}"[:LONGEST_REASON]
        raise Refused("sheet_unreadable", reason=reason) from error


def refuse_unfollowable(sheet: Sheet, shelf: Shelf) -> None:
    """Raises Refused for the first thing in a sheet that no case could follow.

    Files are checked more closely, with lines and advice, before they come here (`casefold policy check`).
    """
    for part in ("name", "kind", "version"):
        word = str(getattr(sheet, part))
        if NAME.fullmatch(word) is None:
            raise Refused("sheet_name", part=part, word=word)
    if sheet.path[:1] != (Stage.RECEIVE,) or Stage.CLOSE not in sheet.path:
        raise Refused("sheet_path")
    for part, words, known in _words(sheet):
        for word in words:
            if word not in known:
                raise Refused("sheet_word", part=part, word=str(word))
    for rule in sheet.clocks:
        _refuse_limits(rule)
        shelf.calendar(rule.calendar)


def _words(sheet: Sheet) -> Iterator[tuple[str, Iterable[str], Iterable[str]]]:
    """The parts of a sheet whose words must be known: their names, what they say, and what they may say."""
    clocks = {rule.name for rule in sheet.clocks}
    roles = set(Role)
    yield "required", sheet.required, INTAKE_FIELDS
    yield "needs", sheet.needs, set(Stage)
    yield "needs", _all(sheet.needs.values()), {*NEEDS, *(EVENT + name for name in EVENTS)}
    yield "automatic", sheet.automatic, COMMANDS
    yield "may", sheet.may, COMMANDS
    yield "may", _all(sheet.may.values()), roles
    yield "endings", _all(rule.by for rule in sheet.endings.values()), roles
    yield "pauses", _all(rule.clocks for rule in sheet.pauses.values()), clocks
    yield "counters", _all(rule.counts for rule in sheet.counters), EVENTS
    yield "approval", sheet.approval.by if sheet.approval else (), roles
    yield "upward", _all((*rule.tell, *rule.support) for rule in sheet.upward.values()), roles
    for rule in sheet.clocks:
        events = [*rule.starts, *rule.stops]
        yield "clocks", (name for name in events if ":" not in name), EVENTS
        yield "clocks", (name for name in events if ":" in name), SAYING_MORE
        yield "clocks", rule.limit, {*Urgency, *Complexity}
        yield "clocks", (step.to for step in rule.escalate), roles


def _all(lists: Iterable[Iterable[str]]) -> Iterator[str]:
    for words in lists:
        yield from words


def _refuse_limits(rule: ClockRule) -> None:
    if "ordinary" not in rule.limit:
        raise Refused("sheet_limit", clock=rule.name, limit="ordinary")
    for text in (*rule.limit.values(), *(step.after for step in rule.escalate)):
        try:
            Limit.parse(text)
        except (ValueError, TypeError) as error:
            raise Refused("sheet_limit", clock=rule.name, limit=str(text)) from error
