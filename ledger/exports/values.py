"""The five kinds of values that event logs know, and what becomes of everything else."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ledger.canonical import plain

KINDS = ("string", "time", "integer", "float", "boolean")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def kind_of(value: Any) -> str:
    """Which of the five a value is; records and lists are told as text."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, Decimal):
        return "float"
    return "time" if isinstance(value, datetime) else "string"


def text_of(value: Any) -> str:
    """A value as text; records and lists as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return time_of(value)
    if isinstance(value, int | str):
        return str(value)
    return json.dumps(plain(value), ensure_ascii=False)


def time_of(moment: datetime) -> str:
    """An instant in UTC, as XML, JSON and people's spreadsheets read it."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "+00:00"


def xml_text(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
