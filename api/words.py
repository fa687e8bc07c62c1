"""The language of an answer, and the words in it: English here; whoever puts the program together brings others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Protocol

from fastapi import Request

from domain.message import Command, Event, sentence_of
from domain.refusal import Refused


class Language(StrEnum):
    """The languages in which this program speaks."""

    EN = "en"
    ZH = "zh"


class Words(Protocol):
    """Says things in a language. `console.spoken` has both languages."""

    def text(self, message: str, language: Language, **params: object) -> str:
        """A message of this package, with its parameters filled in."""

    def refusal(self, refused: Refused, language: Language) -> str:
        """The sentence of a refusal, for the person who asked."""

    def sentence(self, message: type[Command] | type[Event], language: Language) -> str:
        """What an event says happened, or what a command does."""

    def need(self, code: str, language: Language) -> str:
        """What a case waits for."""


class English:
    """The words as the code has them."""

    def text(self, message: str, language: Language, **params: object) -> str:
        """The message itself."""
        return message.format(**params) if params else message

    def refusal(self, refused: Refused, language: Language) -> str:
        """The English sentence; the code, when a newer program has refused."""
        try:
            return refused.sentence
        except (KeyError, IndexError):
            return refused.code

    def sentence(self, message: type[Command] | type[Event], language: Language) -> str:
        """The first sentence of the docstring."""
        return _REQUIREMENTS.sub("", sentence_of(message)).replace("``", "")

    def need(self, code: str, language: Language) -> str:
        """The code, readable."""
        return code.replace("_", " ")


_REQUIREMENTS = re.compile(r"\s*\([A-Z]-\d\d(?:(?:, |…)[A-Z]-\d\d)*\)")
"""The rows of the requirements that a docstring names, which are for whoever reads the code."""


def N_(message: str) -> str:  # noqa: N802 - the usual gettext name for "translate this later"
    """Marks a message for the catalogue; it is translated where it is said."""
    return message


def language_of(request: Request) -> Language:
    """The language that the person chose; otherwise the first one that their program asks for and we speak."""
    person: Any = getattr(request.state, "person", None)
    if person is not None and person.language in set(Language):
        return Language(person.language)
    return best(request.headers.get("accept-language", ""))


def best(accepted: str) -> Language:
    """The language to speak, by an Accept-Language header."""
    wishes = sorted(_wishes(accepted), key=lambda wish: -wish[1])
    for name, weight in wishes:
        primary = name.partition("-")[0]
        if weight > 0 and primary in set(Language):
            return Language(primary)
    return Language.EN


def _wishes(accepted: str) -> Iterable[tuple[str, float]]:
    for part in accepted[:500].lower().split(","):
        name, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=")
        try:
            yield name.strip(), float(quality) if quality else 1.0
        except ValueError:
            yield name.strip(), 0.0
