"""When two requests are the same matter: the words that identify it, normalised (I-09)."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

from domain.commands import ImportCase, ImportLog, ReceiveCase
from domain.message import Command


def matter_of(command: Command) -> str | None:
    """What identifies the matter of an opening command; None when there is too little to tell.

    The ledger keeps only a keyed hash of it, because it holds personal data.
    """
    match command:
        case ImportCase() | ImportLog():
            return _joined("imported", command.source, command.reference)
        case ReceiveCase() if command.contact.strip() and command.matter.strip():
            record = (command.order, command.serial_number, command.matter)
            return _joined(command.kind, re.sub(r"[\s\-()]", "", command.contact), *record)
        case _:
            return None


def _joined(*words: Any) -> str:
    return json.dumps([_normal(str(word)) for word in words], ensure_ascii=False)


def _normal(text: str) -> str:
    """One spelling for what reads the same: width, case and white space do not matter."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
