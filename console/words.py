"""The words that people read, in English or Chinese: gettext, with the English text as the key."""

from __future__ import annotations

import gettext
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from domain.actor import Role
from domain.message import Command, Event, sentence_of
from domain.refusal import Refused
from domain.refusals import SENTENCES
from domain.words import Arrangement, Ending, ScanVerdict, Stage

LOCALE = Path(__file__).parent / "locale"
DOMAIN = "casefold"

_chosen: ContextVar[Language | None] = ContextVar("language", default=None)


def N_(message: str) -> str:  # noqa: N802 - the usual gettext name for "translate this later"
    """Marks a message for the catalogue; it is translated where it is shown."""
    return message


class Language(StrEnum):
    """The languages in which this program speaks."""

    ZH = "zh"
    EN = "en"


def language() -> Language:
    """The language chosen by `use`; otherwise the one of the environment, as gettext looks for it."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    for name in ("CASEFOLD_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return Language.ZH if value.lower().startswith("zh") else Language.EN
    return Language.EN


def use(chosen: Language | None) -> None:
    """Speak this language from now on; None: the one of the environment."""
    _chosen.set(None if chosen is None else Language(chosen))


@contextmanager
def speaking(chosen: Language) -> Iterator[None]:
    """Speak this language for a while, in this thread or task only."""
    before = _chosen.set(Language(chosen))
    try:
        yield
    finally:
        _chosen.reset(before)


@cache
def _catalogue(chosen: Language) -> gettext.NullTranslations:
    if chosen is Language.EN:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [chosen.value])


def _(message: str, **params: object) -> str:
    """The message in today's language, with its parameters filled in."""
    text = _catalogue(language()).gettext(message) if message else ""
    return text.format(**params) if params else text


def in_context(context: str, word: str) -> str:
    """A word that means different things in different places, as gettext's message context has it."""
    return _catalogue(language()).pgettext(context, word)


# ── Words of the domain ──────────────────────────────────────────────────────────────────────────────────────────────

_REQUIREMENTS = re.compile(r"\s*\([A-Z]-\d\d(?:(?:, |…)[A-Z]-\d\d)*\)")
"""The rows of the requirements that a docstring names, which are for whoever reads the code."""


def _clean(text: str) -> str:
    return _REQUIREMENTS.sub("", text).replace("``", "")


def paragraphs_of(message: type[Any]) -> list[str]:
    """The docstring of a command or event, paragraph by paragraph, as the catalogue has it."""
    parts = (message.__doc__ or "").strip().split("\n\n")
    return [_clean(" ".join(part.split())) for part in parts]


def sentence(message: type[Command] | type[Event]) -> str:
    """What an event says happened, or what a command does."""
    return _(_clean(sentence_of(message)))


def word(value: object) -> str:
    """A word of one of the domain's closed lists; anything else as it is."""
    if not isinstance(value, StrEnum):
        return str(value)
    if language() is Language.EN:
        return value.value.replace("_", " ")
    return in_context(type(value).__name__, value.value)


def field_label(name: str) -> str:
    """The name of a field, for people."""
    label = in_context("field", name)
    return label.replace("_", " ") if label == name else label


def clock_label(clock: str) -> str:
    """The name of a time limit: the sheet's own, or the thing it belongs to, ``question:Q1``."""
    name, colon, rest = clock.partition(":")
    base, sharp, number = name.partition("#")
    label = in_context("clock", base)
    label = label.replace("_", " ") if label == base else label
    rest, per_round, round_ = rest.partition("#")
    if sharp or per_round:
        label = f"{label} {rest}" if per_round else label
        number, colon = number or round_, ""
        label = _("{clock}, round {number}", clock=label, number=number)
    if rest == "before_import":
        return _("{clock}, before the import", clock=label)
    return f"{label} {rest}" if colon else label


def kind_label(kind: str) -> str:
    """The name of a kind of case; in English as it is typed."""
    return kind if language() is Language.EN else in_context("kind", kind)


def category_label(name: str) -> str:
    """A type or sub-type of cases; in English as it is typed, and so are those that only an own policy has."""
    return name if language() is Language.EN else in_context("category", name)


def command_label(name: str) -> str:
    """A command in few words: the short name, not the sentence."""
    return in_context("command", name) if language() is Language.ZH else name.replace("_", " ")


def event_label(name: str) -> str:
    """The name of an event, for a list: ``CaseReceived``."""
    return _(event_key(name))


def event_key(name: str) -> str:
    """The same in English, as the catalogue has it; an event of a newer program stands for itself."""
    from domain.events import EVENTS

    return _clean(sentence_of(EVENTS[name])) if name in EVENTS else name


def refusal(refused: Refused) -> str:
    """The sentence of a refusal for the person who asked; what the ledger keeps as codes, they read as words."""
    template = SENTENCES.get(refused.code)
    if template is None:
        return refused.code
    return _(template).format(**_readable(refused.params))


def listed(words: Iterable[str]) -> str:
    """Several words in a row."""
    return ("、" if language() is Language.ZH else ", ").join(words)


def _readable(params: Mapping[str, Any]) -> dict[str, str]:
    return {name: _readable_param(name, str(value)) for name, value in params.items()}


def _readable_param(name: str, value: str) -> str:
    """Codes among a refusal's parameters as words: stages, endings, roles, what is missing."""
    from console.needs import texts_of

    parts = [part for part in value.split(", ") if part]
    match name:
        case "command":
            return value.replace("_", "-")
        case "field" | "fields":
            return value if language() is Language.EN else listed(map(field_label, parts))
        case "missing":
            return listed(texts_of(parts))
        case _ if name in CLOSED_LISTS:
            return listed(_member(CLOSED_LISTS[name], part) for part in parts)
        case _:
            return value


CLOSED_LISTS: dict[str, tuple[type[StrEnum], ...]] = {
    "roles": (Role,),
    "ending": (Ending,),
    "stage": (Stage,),
    "arrangement": (Arrangement,),
    "wanted": (Stage, Arrangement),
    "wishes": (Arrangement,),
    "verdict": (ScanVerdict,),
}
"""Parameters of refusals that hold words of closed lists."""

NO_ARRANGEMENT = N_("a plan of measures")
"""What a refusal calls a proposal without an arrangement."""


def _member(lists: tuple[type[StrEnum], ...], value: str) -> str:
    for one in lists:
        if value in {member.value for member in one}:
            return word(one(value))
    return _(value)
