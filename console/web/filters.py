"""The language in which a worklist is filtered: ``stage:confirm due:<4h owner:me lamp``, as it stands in the URL."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console.when import UNITS
from console.words import N_, _
from domain.words import Channel, Complexity, Ending, Stage, Urgency
from ledger.worklist_query import NONE, Term, Wanted, quoted

Row = Mapping[str, Any]
"""A line of the read models (see `domain.summary.Summary`)."""

WORDS: dict[str, tuple[str, ...]] = {
    "stage": tuple(Stage),
    "urgency": tuple(Urgency),
    "complexity": tuple(Complexity),
    "channel": tuple(Channel),
    "ending": tuple(Ending),
    "is": ("breached", "overdue", "standing", "open", "over", "unassigned", "offered", "imported", "urgent"),
}
"""Keys with a closed list of words."""
FREE = frozenset({"kind", "department", "owner", "offered", "category", "waiting"})
"""Keys with any word."""
NUMBERS = frozenset({"round"})
SPANS = frozenset({"due", "age"})
KEYS = tuple(sorted((*WORDS, *FREE, *NUMBERS, *SPANS)))

_TOKEN = re.compile(r"""(?P<not>-)?(?:(?P<key>[a-z]+):)?(?P<value>"[^"]*"|[^\s"]+)""")
_SPAN = re.compile(rf"(\d{{1,5}})([{''.join(UNITS)}])")


@dataclass(frozen=True)
class Filter:
    """What is asked for. Terms must all hold; of the values of one term any."""

    terms: tuple[Term, ...] = ()
    text: tuple[str, ...] = ()
    """Words that must all be found."""
    problems: tuple[str, ...] = ()
    """Sentences about what was not understood."""

    def __str__(self) -> str:
        return " ".join([*map(str, self.terms), *map(quoted, self.text)])

    @property
    def wanted(self) -> Wanted:
        """The same, as the read models are asked for it."""
        return Wanted(self.terms, self.text)


def parse(text: str) -> Filter:
    """Read a filter. Never fails: what is not understood becomes a sentence in ``problems``."""
    terms: list[Term] = []
    words: list[str] = []
    problems: list[str] = []
    for match in _TOKEN.finditer(text.replace("\0", "").replace("：", ":").replace("，", ",")):
        value = match["value"].strip('"').strip()
        if not value:
            continue
        if match["key"] is None:
            words.append(value)
            continue
        try:
            terms.append(_term(match["key"], value, negated=bool(match["not"])))
        except _NotUnderstood as error:
            problems.append(str(error))
    return Filter(tuple(terms), tuple(words), tuple(problems))


def with_term(text: str, key: str, value: str) -> str:
    """The same filter with this term instead of others with its key; without one when the value is empty."""
    found = parse(text)
    others = tuple(term for term in found.terms if term.key != key)
    added = (Term(key, tuple(value.split(","))),) if value else ()
    return str(Filter(others + added, found.text))


class _NotUnderstood(Exception):
    pass


UNKNOWN_KEY = N_("{key} is not something to filter by. Write one of: {keys}.")
UNKNOWN_WORD = N_("{key}:{value} means nothing. After {key} write one of: {words}.")
NO_SPAN = N_("{key}:{value} is not a time. Write {key}:<4h, {key}:>2d or {key}:<1w.")
NO_NUMBER = N_("{key}:{value} is not a number. Write {key}:2 or {key}:>1.")


def _term(key: str, value: str, *, negated: bool) -> Term:
    compare = value[0] if value[0] in "<>" else ""
    values = tuple(part for part in value.removeprefix(compare).split(",") if part)
    if key not in KEYS:
        raise _NotUnderstood(_(UNKNOWN_KEY, key=key, keys=", ".join(KEYS)))
    if key in WORDS and (compare or not values or set(values) - set(WORDS[key])):
        raise _NotUnderstood(_(UNKNOWN_WORD, key=key, value=value, words=", ".join(WORDS[key])))
    undated = key == "due" and values == (NONE,) and not compare
    if key in SPANS and not undated and not _are_spans(values, compare):
        raise _NotUnderstood(_(NO_SPAN, key=key, value=value))
    if key in NUMBERS and not (values and all(part.isdecimal() and len(part) < 6 for part in values)):
        raise _NotUnderstood(_(NO_NUMBER, key=key, value=value))
    if key in FREE and (compare or not values):
        raise _NotUnderstood(_(UNKNOWN_WORD, key=key, value=value, words=_("any word")))
    spans = tuple(_span(value) for value in values) if key in SPANS and compare else ()
    return Term(key, values, compare, negated, spans)


def _are_spans(values: Sequence[str], compare: str) -> bool:
    return bool(compare) and len(values) == 1 and _SPAN.fullmatch(values[0]) is not None


def _span(text: str) -> timedelta:
    match = _SPAN.fullmatch(text)
    assert match is not None  # looked at when the term was read
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])
