"""The words of the API in both languages: those that the command line has."""

from __future__ import annotations

from api.words import Language
from console import words
from console.needs import text_of
from domain.message import Command, Event
from domain.refusal import Refused


class Spoken:
    """Says things in the language of whoever asks; see `api.words.Words`."""

    def text(self, message: str, language: Language, **params: object) -> str:
        """A message, with its parameters filled in."""
        with words.speaking(words.Language(language)):
            return words._(message, **params)

    def refusal(self, refused: Refused, language: Language) -> str:
        """The sentence of a refusal; what the ledger keeps as codes is said in words."""
        with words.speaking(words.Language(language)):
            return words.refusal(refused)

    def sentence(self, message: type[Command] | type[Event], language: Language) -> str:
        """What an event says happened, or what a command does."""
        with words.speaking(words.Language(language)):
            return words.sentence(message)

    def need(self, code: str, language: Language) -> str:
        """What a case waits for."""
        with words.speaking(words.Language(language)):
            return text_of(code)
