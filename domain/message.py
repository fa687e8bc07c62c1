"""What commands and events have in common: they are plain frozen records with one sentence of meaning."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, ClassVar


def sentence_of(message: type[Any]) -> str:
    """The first sentence of a command's or event's docstring: what people are shown."""
    text = (message.__doc__ or "").strip().split("\n\n")[0]
    return " ".join(text.split())


def snake(name: str) -> str:
    """``ProposeRemedy`` → ``propose_remedy``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


class Event:
    """Something that happened. Past tense; a name in the ledger is for ever."""

    class_version: ClassVar[int] = 1
    """Raised when a field changes its meaning or loses its default; see `ledger.codec` for the upcasters."""

    @property
    def instant(self) -> datetime | None:
        """When it happened, where the event itself knows better than whoever recorded it."""
        return None


class Command:
    """Something that is asked for. It may be refused, with a sentence."""
