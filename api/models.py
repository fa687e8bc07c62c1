"""Bodies of requests and answers, made from the records of the domain: same names, same order, same words.

What comes in is read strictly: text is text, money is text, an instant has a time zone, a field that is not known is a
mistake. What goes out is described by the same means and written by `api.plain`.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import itertools
import re
import textwrap
import types
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema, create_model
from pydantic_core import PydanticCustomError

from domain.calendars import Window
from domain.personal import personal_fields

T = TypeVar("T")

LONGEST_NAME = 1_000
LONGEST_TEXT = 50_000
"""Characters of a name or a code, and of what somebody tells; the whole command has a limit of its own."""
LONGEST_LIST = 1_000
LARGEST_NUMBER = 2**53 - 1
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")


def read_instant(value: Any) -> datetime:
    """An instant as RFC 3339 writes it."""
    if isinstance(value, datetime):
        return value
    text = value.strip().upper() if isinstance(value, str) else ""
    if RFC_3339.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise PydanticCustomError("not_an_instant", "Input should be an instant with its time zone")


def _amount(value: Any) -> Decimal:
    """Money as text: a number of JSON would be read as a float."""
    if isinstance(value, str) and re.fullmatch(AMOUNT, value, re.ASCII):
        return Decimal(value)
    raise PydanticCustomError("not_an_amount", "Input should be an amount as text")


def _whole(value: Any) -> int:
    """A whole number; 5.0 is one, as JSON Schema has it."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_NUMBER:
        return value
    raise PydanticCustomError("int_type", "Input should be a whole number")


def _number(value: Any) -> int:
    """A number in a query."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value, re.ASCII):
        return int(value)
    raise PydanticCustomError("int_type", "Input should be a whole number")


def _flag(value: Any) -> bool:
    """A yes or no in a query."""
    if value in (True, False, "true", "false"):
        return value in (True, "true")
    raise PydanticCustomError("bool_type", "Input should be true or false")


AMOUNT = r"[0-9]{1,12}([.][0-9]{1,4})?"
TEXT_WITHOUT_NUL = r"^[^\x00]*$"

Instant = Annotated[datetime, BeforeValidator(read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "string", "pattern": f"^{AMOUNT}$"})]
Whole = Annotated[
    int,
    BeforeValidator(_whole),
    WithJsonSchema({"type": "integer", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}),
]
Name = Annotated[str, Field(strict=True, max_length=LONGEST_NAME, pattern=TEXT_WITHOUT_NUL)]
Text = Annotated[str, Field(strict=True, max_length=LONGEST_TEXT, pattern=TEXT_WITHOUT_NUL)]

Number = Annotated[int, BeforeValidator(_number), WithJsonSchema({"type": "integer", "minimum": 0})]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]

COMING_IN: Mapping[type, Any] = {str: Name, int: Whole, bool: StrictBool, Decimal: Amount, datetime: Instant}
GOING_OUT: Mapping[type, Any] = {
    Decimal: Annotated[str, WithJsonSchema({"type": "string"})],
    datetime: Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})],
    date: Annotated[str, WithJsonSchema({"type": "string", "format": "date"})],
    timedelta: Annotated[int, WithJsonSchema({"type": "integer", "description": "Seconds."})],
    Window: Annotated[str, WithJsonSchema({"type": "string", "examples": ["09:00-12:00"]})],
}
"""How kinds of values are read and written."""


def cache(function: T) -> T:
    """The library's, for functions of types, which mypy does not take for hashable."""
    cached: Any = functools.cache(function)  # type: ignore[arg-type]
    return cached  # type: ignore[no-any-return]


_NO_READERS: Mapping[str, Callable[[Any], Any]] = types.MappingProxyType({})


class Body(BaseModel):
    """What comes in."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """What goes out; these models only describe it."""

    model_config = ConfigDict(frozen=True)


@cache
def body_of(record: type[Any]) -> type[Body]:
    """The model of a record that comes in."""
    fields: dict[str, Any] = {}
    docs, marks, hints = docs_of(record), personal_fields(record), get_type_hints(record, include_extras=True)
    for field in dataclasses.fields(record):
        default = ... if field.default is dataclasses.MISSING else field.default
        if default == ():
            default = []
        mark = marks.get(field.name)
        extra: dict[str, Any] | None = {"x-personal": mark.subject} if mark else None
        info = Field(default, description=_description(field.name, docs, bool(mark)), json_schema_extra=extra)
        kinds = {**COMING_IN, str: Text} if mark else COMING_IN
        fields[field.name] = (_hint(hints[field.name], kinds, body_of), info)
    made: type[Body] = create_model(record.__name__, __base__=Body, __doc__=_doc(record), **fields)
    return made


@cache
def answer_of(record: type[Any]) -> type[Answer]:
    """The model of a record that goes out; all its fields are there, always."""
    fields: dict[str, Any] = {}
    docs, hints = docs_of(record), get_type_hints(record, include_extras=True)
    for field in dataclasses.fields(record):
        info = Field(..., description=docs.get(field.name))
        fields[field.name] = (_hint(hints[field.name], GOING_OUT, answer_of), info)
    made: type[Answer] = create_model(f"{record.__name__}Out", __base__=Answer, __doc__=_doc(record), **fields)
    return made


def with_fields(model: type[Body], fields: Mapping[str, Any]) -> type[Body]:
    """The same model, some of its fields being otherwise."""
    if not fields:
        return model
    changed: dict[str, Any] = {name: (hint, ...) for name, hint in fields.items()}
    made: type[Body] = create_model(model.__name__, __base__=model, __doc__=model.__doc__, **changed)
    return made


def build(record: type[Any], body: BaseModel, readers: Mapping[str, Callable[[Any], Any]] = _NO_READERS) -> Any:
    """The record that a body describes; ``readers`` read the fields that the record has otherwise."""
    values = {}
    for field in _fields(record):
        value = getattr(body, field.name)
        reader = readers.get(field.name)
        values[field.name] = reader(value) if reader else _value(value, field.name, record)
    return record(**values)


def _value(value: Any, name: str, record: type[Any]) -> Any:
    if isinstance(value, list):
        return tuple(_value(part, name, record) for part in value)
    if isinstance(value, BaseModel):
        return build(_part(record, name), value)
    return value


@cache
def _fields(record: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(record)


@cache
def _part(record: type[Any], name: str) -> type[Any]:
    """The record in a field of a record."""
    parts = [get_type_hints(record)[name]]
    while parts:
        part = parts.pop()
        if dataclasses.is_dataclass(part) and isinstance(part, type):
            return part
        parts += get_args(part)
    raise TypeError(f"{record.__name__}.{name} holds no record")


def _hint(hint: Any, kinds: Mapping[type, Any], model_of: Any) -> Any:
    """The type of a field, as pydantic is told it."""
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _hint(args[0], kinds, model_of)
    if origin in (Union, types.UnionType):
        return Union[tuple(_hint(part, kinds, model_of) for part in args)]  # noqa: UP007 - made at run time
    if origin is tuple:
        part = _hint(args[0], kinds, model_of)
        many: Any = list[part]  # type: ignore[valid-type]
        return many if kinds is GOING_OUT else Annotated[many, Field(max_length=LONGEST_LIST)]
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return dict[str, _hint(args[1], kinds, model_of)]  # type: ignore[misc]
    if dataclasses.is_dataclass(hint):
        return model_of(hint)
    return kinds.get(hint, hint)


def _description(name: str, docs: Mapping[str, str], personal: bool) -> str:
    text = docs.get(name) or name.replace("_", " ").capitalize() + "."
    return f"{text} Personal data." if personal else text


def _doc(record: type[Any]) -> str:
    """The docstring, without the rows of the requirements that it names."""
    return re.sub(r"\s*\([A-Z]-\d\d(?:(?:, |…)[A-Z]-\d\d)*\)", "", inspect.cleandoc(record.__doc__ or ""))


@cache
def docs_of(record: type[Any]) -> Mapping[str, str]:
    """Field name → the text that stands under it in the source; empty where the source is not there."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(record)))
    except (OSError, TypeError, SyntaxError):
        return {}
    body = getattr(tree.body[0], "body", [])
    found = {}
    for field, text in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = getattr(text.value, "value", None)
            if isinstance(value, str):
                found[field.target.id] = " ".join(value.split()).replace("``", "`")
    return found
