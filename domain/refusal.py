"""A refusal: a sentence for the person who asked, with a code that programs can read."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """The command was not carried out; nothing about the case changed.

    ``code`` names the sentence in `domain.refusals.SENTENCES`; ``params`` fill it in and are never personal data.
    """

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code, params)
        self.code = code
        self.params: dict[str, Any] = params

    @property
    def sentence(self) -> str:
        """The sentence in English; consoles translate its template by ``code``."""
        from domain.refusals import SENTENCES

        return SENTENCES[self.code].format(**self.params)

    def __str__(self) -> str:
        return self.sentence

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused) and (self.code, self.params) == (other.code, other.params)

    __hash__ = Exception.__hash__
