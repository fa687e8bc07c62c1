"""One sample of every event, with every field filled in, and some whole lives."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints

from domain.message import Event
from domain.words import Arrangement
from tests.domain import story

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)

SIMPLE: dict[type, Any] = {str: "词 word", int: 3, bool: True, datetime: NOON, Decimal: Decimal("12.50")}

LIVES = {
    "complaint": story.over,
    "after_sales": lambda: story.arranged(Arrangement.RETURN, "199.00"),
    "inquiry": story.answered,
}
"""Whole histories, by kind of case."""


def sample(event: type[Event]) -> Event:
    """An event with every field filled in."""
    made: Event = _record(event)
    return made


def _record(kind: type[Any]) -> Any:
    hints = get_type_hints(kind)
    return kind(**{field.name: _value(hints[field.name]) for field in dataclasses.fields(kind)})


def _value(hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        return _value(next(arg for arg in get_args(hint) if arg is not type(None)))
    if get_origin(hint) is Mapping:
        return {"field": "contact", "version": 3}
    if get_origin(hint) is tuple:
        return (_value(get_args(hint)[0]),)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _record(hint)
    if issubclass(hint, Enum):
        return next(iter(hint))
    return SIMPLE[hint]
