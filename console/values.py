"""Texts of the command line as the values of a command's fields."""

from __future__ import annotations

import dataclasses
import json
import re
import sys
import types
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import typer

from console.options import read_instant
from console.words import N_, _
from domain.personal import personal_fields

LONGEST = 1 << 20
"""Bytes that are read from a file at most; longer texts do not belong into the ledger."""


@dataclass(frozen=True)
class Field:
    """One field of a command, as an option of the command line."""

    name: str
    kind: type[Any]
    """What one value is, without Optional and tuple."""
    many: bool
    required: bool
    default: Any
    personal: bool

    @property
    def option(self) -> str:
        """``--customer-name``; of several values the name of one: ``--finding``."""
        name = self.name[:-1] if self.many and self.name.endswith("s") else self.name
        return "--" + name.replace("_", "-")

    @property
    def hint(self) -> str:
        """How the value is written, where it is not plain."""
        if self.kind is datetime:
            return N_("2026-11-23 10:00, +2h or +3d.")
        if dataclasses.is_dataclass(self.kind):
            return N_('"what; who; until when", or JSON; may be repeated.')
        if self.many:
            return N_("May be repeated.")
        if self.personal:
            return N_("Personal: the text, or @-, or @FILE.")
        return ""

    def read(self, text: Any) -> Any:
        """The field's value. Ends the program with a sentence when the text is none."""
        if text is None or isinstance(text, bool | Enum):
            return text
        if self.many:
            return tuple(self._one(part) for part in text)
        return self._one(text)

    def _one(self, text: str) -> Any:
        if self.personal and text.startswith("@"):
            text = _from_elsewhere(text, self.option)
        if dataclasses.is_dataclass(self.kind):
            return _record(self.kind, text, self.option)
        return _plain(self.kind, text, self.option)


def fields_of(record: type[Any]) -> list[Field]:
    """The fields of a command, or of a record within one, the required ones first."""
    if record not in _FIELDS:
        _FIELDS[record] = _fields_of(record)
    return list(_FIELDS[record])


_FIELDS: dict[type[Any], tuple[Field, ...]] = {}
"""Worked out once for each record: whoever looks what may be done with a case asks for all of them."""


def _fields_of(record: type[Any]) -> tuple[Field, ...]:
    hints = get_type_hints(record, include_extras=True)
    marks = personal_fields(record)
    found = [_field(field, hints[field.name], field.name in marks) for field in dataclasses.fields(record)]
    return tuple(sorted(found, key=lambda field: not field.required))


def _field(field: dataclasses.Field[Any], hint: Any, personal: bool) -> Field:
    kind, many = _kind(hint)
    required = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return Field(field.name, kind, many, required, None if required else field.default, personal)


def _kind(hint: Any) -> tuple[type[Any], bool]:
    """What one value of a field is, and whether there may be several."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _kind(args[0])
    if origin in (Union, types.UnionType):
        return _kind(next(arg for arg in args if arg is not type(None)))
    if origin is tuple:
        return _kind(args[0])[0], True
    return hint, False


def _plain(kind: type[Any], text: str, option: str) -> Any:
    if kind is str:
        return text
    if kind is datetime:
        return read_instant(text, option)
    if issubclass(kind, Enum):
        words = [member.value for member in kind]
        if text not in words:
            raise _bad(_("{text!r} is not one of: {words}.", text=text, words=", ".join(words)), option)
        return kind(text)
    try:
        if kind is int:
            return int(text)
        if kind is Decimal:
            number = Decimal(text.replace(",", "").strip())
            if number.is_finite():
                return number
    except (ValueError, InvalidOperation):
        pass
    raise _bad(_("{text!r} is not a number.", text=text), option)


def _record(kind: type[Any], text: str, option: str) -> Any:
    """A record such as a measure: ``text; owner; due`` in the order of its fields, or JSON."""
    fields = fields_of(kind)
    if text.lstrip().startswith("{"):
        given = _json_object(text, option)
        unknown = set(given) - {field.name for field in fields}
        if unknown:
            message = _("It has no field {field}.", field=", ".join(sorted(unknown)))
            raise _bad(message, option)
    else:
        parts = [part.strip() for part in re.split("[;；]", text)]
        if len(parts) > len(fields):
            message = _(
                "Write at most {number} parts with ; between them: {names}.", number=len(fields), names=_names(fields)
            )
            raise _bad(message, option)
        given = {field.name: part for field, part in zip(fields, parts, strict=False) if part}
    missing = [field.name for field in fields if field.required and not given.get(field.name)]
    if missing:
        message = _("{names} is missing; write {all_names}.", names=", ".join(missing), all_names=_names(fields))
        raise _bad(message, option)
    values = {
        field.name: _plain(field.kind, str(given[field.name]), option) for field in fields if given.get(field.name)
    }
    return kind(**values)


def _names(fields: Sequence[Field]) -> str:
    return "; ".join(field.name for field in fields)


def _json_object(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise _bad(_("This is not JSON: {error}.", error=error), option) from error
    assert isinstance(value, dict)  # it begins with a brace
    return value


def _from_elsewhere(text: str, option: str) -> str:
    """``@-``: standard input; ``@FILE``: a file; ``@@text``: the text itself, from the second @ on."""
    if text.startswith("@@"):
        return text[1:]
    try:
        if text == "@-":
            data = sys.stdin.buffer.read(LONGEST + 1)
        else:
            with Path(text[1:]).expanduser().open("rb") as file:
                data = file.read(LONGEST + 1)
        if len(data) > LONGEST:
            raise _bad(_("{name} is too long: at most {most} bytes.", name=text[1:], most=LONGEST), option)
        return data.decode("utf-8-sig").rstrip("\r\n")
    except OSError as error:
        message = _(
            "{name} cannot be read ({reason}). A text that begins with @ is written with two: @@…",
            name=text[1:],
            reason=error.strerror or type(error).__name__,
        )
        raise _bad(message, option) from error
    except ValueError as error:
        raise _bad(_("{name} is not UTF-8 text.", name=text[1:]), option) from error


def _bad(message: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=option)
