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
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    WithJsonSchema,
    create_model,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from domain.calendars import Window
from domain.personal import personal_fields

T = TypeVar("T")

LONGEST_NAME = 1_000
LONGEST_TEXT = 20_000
"""Characters of a name or a code, and of what somebody tells; the whole command has a limit of its own."""
LONGEST_LIST = 200
LARGEST_NUMBER = 10**15
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


def _writable(value: str) -> str:
    """Text that the ledger takes; said here, the mistake has the name of its field."""
    if "\0" in value:
        raise PydanticCustomError("nul_character", "it holds a NUL character")
    return value


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


@dataclasses.dataclass(frozen=True)
class Within:
    """Says of a number in a query what it may be: ``Annotated[int, Within(1, 500)]``."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def _read(self, value: Any) -> int:
        found = _number(value)
        if self.least <= found <= self.most:
            return found
        raise PydanticCustomError("out_of_range", f"it must be from {self.least} to {self.most}")


def _flag(value: Any) -> bool:
    """A yes or no in a query."""
    if value in (True, False, "true", "false"):
        return value in (True, "true")
    raise PydanticCustomError("bool_type", "Input should be true or false")


AMOUNT = r"[0-9]{1,12}([.][0-9]{1,4})?"

Instant = Annotated[datetime, BeforeValidator(read_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "string", "pattern": f"^{AMOUNT}$"})]
Whole = Annotated[
    int,
    BeforeValidator(_whole),
    WithJsonSchema({"type": "integer", "minimum": -LARGEST_NUMBER, "maximum": LARGEST_NUMBER}),
]
Name = Annotated[str, Field(strict=True, max_length=LONGEST_NAME), AfterValidator(_writable)]
Text = Annotated[str, Field(strict=True, max_length=LONGEST_TEXT), AfterValidator(_writable)]

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


def docs_of(record: type[Any]) -> Mapping[str, str]:
    """Field name → the text that stands under it in the source; empty where the source is not there."""
    return _docs_in(record.__module__).get(record.__name__, {})


@functools.cache
def _docs_in(module: str) -> Mapping[str, Mapping[str, str]]:
    """Class → its fields that have a text, for a whole module."""
    try:
        tree = ast.parse(inspect.getsource(sys.modules[module]))
    except (OSError, TypeError, SyntaxError):
        return {}
    return {node.name: dict(_texts(node)) for node in tree.body if isinstance(node, ast.ClassDef)}


def _texts(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in itertools.pairwise(node.body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            value = getattr(text.value, "value", None)
            if isinstance(value, str):
                yield field.target.id, " ".join(value.split()).replace("``", "`")
