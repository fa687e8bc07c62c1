"""Forms for commands, made from `domain/commands.py`: its fields are the inputs; what was typed is read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import Enum, StrEnum
from typing import Any

from console.look import Seen
from console.offers import Choice, choices
from console.output import as_plain
from console.values import Field, fields_of
from console.when import NotATime, instant
from console.words import N_, _, field_label, language, word
from domain.commands import COMMANDS, Measure
from domain.message import Command
from domain.policy import Sheet
from domain.rosters import Rosters

LONGEST = 100_000
"""Characters of one field at most."""
ONE_LINE = frozenset({"customer_name", "contact", "name", "query", "value"})
"""Personal fields that are short."""
PEOPLE = frozenset({"to", "owner", "person"})
RADIOS = 4
"""A closed list of at most so many words is shown as a whole."""
MEASURES = 3
"""Lines for measures that a new form has; the script adds more."""


class Widget(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    TEXT = "text"
    SELECT = "select"
    RADIO = "radio"
    CHECKS = "checks"
    TIME = "time"
    DAY = "day"
    NUMBER = "number"
    AMOUNT = "amount"
    MEASURES = "measures"


@dataclass(frozen=True)
class Input:
    """One field of a form."""

    name: str
    label: str
    widget: Widget
    required: bool = False
    personal: bool = False
    values: tuple[str, ...] = ()
    """What stands in it."""
    options: tuple[Choice, ...] = ()
    suggestions: str = ""
    """The id of a list of suggestions."""
    rows: tuple[Mapping[str, str], ...] = ()
    """Of measures: one mapping for each line."""
    error: str = ""
    needed: bool = False
    """It may stay empty for now, but the case cannot go on without it."""

    @property
    def value(self) -> str:
        """What stands in a field that has one value."""
        return self.values[0] if self.values else ""


@dataclass(frozen=True)
class Around:
    """What forms may suggest: who is there, and the versions of the policy that were in force."""

    people: tuple[tuple[str, str], ...] = ()
    """Person and department."""
    departments: tuple[Choice, ...] = ()
    versions: tuple[str, ...] = ()


def around_of(rosters: Rosters, sheet: Sheet, versions: Sequence[str] = ()) -> Around:
    """From the departments as they are, and the sheet's names for them."""
    people = {(person, name): None for name, department in rosters.departments.items() for person in department.members}
    names = dict.fromkeys((*sheet.departments, *rosters.departments, *filter(None, (sheet.default_department,))))
    titles = {name: sheet.departments.get(name, {}).get(language(), name) for name in names}
    return Around(tuple(people), tuple(Choice(name, titles[name]) for name in names), tuple(versions))


@dataclass
class Typed:
    """What was typed into a form: the values that could be read, and a sentence for each that could not."""

    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


Form = Mapping[str, Sequence[str]]
"""Field → what was sent for it."""


# ── The form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def inputs(
    name: str, found: Seen, around: Around, typed: Form | None = None, errors: Mapping[str, str] | None = None
) -> list[Input]:
    """The form of a command on a case, with what was typed before."""
    return [
        input_of(one, choices(name, one.name, found, around.versions), name, typed or {}, (errors or {}).get(one.name))
        for one in fields_of(COMMANDS[name])
    ]


def input_of(
    one: Field, allowed: Sequence[Choice] | None, command: str, typed: Form, error: str | None = None
) -> Input:
    """One field as an input."""
    widget, options = _widget(one, allowed)
    values = tuple(typed[one.name]) if one.name in typed else _default(one, widget, options)
    return Input(
        name=one.name,
        label=label_of(one.name, command),
        widget=widget,
        required=one.required,
        personal=one.personal,
        values=values,
        options=options,
        suggestions=_suggestions(one, widget),
        rows=_rows(typed) if widget is Widget.MEASURES else (),
        error=error or "",
    )


def label_of(name: str, command: str = "") -> str:
    """The name of a field; where a command means something of its own by it, its own name."""
    special = SPECIAL.get((command, name))
    return _(special) if special else field_label(name)


SPECIAL = {
    ("receive_case", "customer"): N_("customer number"),
    ("assign_case", "to"): N_("assign to"),
    ("offer_hand_over", "to"): N_("hand over to"),
    ("ask_question", "to"): N_("who is asked"),
    ("ask_question", "text"): N_("question"),
    ("answer_question", "text"): N_("answer"),
    ("answer_inquiry", "text"): N_("answer to the customer"),
    ("add_note", "text"): N_("internal note"),
    ("tell_progress", "text"): N_("message to the customer"),
    ("receive_message", "text"): N_("message of the customer"),
    ("take_statement", "of"): N_("statement of"),
    ("report_upward", "to"): N_("role that is told"),
}


def _widget(one: Field, allowed: Sequence[Choice] | None) -> tuple[Widget, tuple[Choice, ...]]:
    if one.kind is Measure:
        return Widget.MEASURES, ()
    if one.kind is bool:
        return Widget.RADIO, (Choice("yes", _("yes")), Choice("no", _("no")))
    if issubclass(one.kind, Enum):
        allowed = [Choice(str(member.value), word(member)) for member in one.kind]
    if allowed is not None:
        if one.many:
            return Widget.CHECKS, tuple(allowed)
        return (Widget.RADIO if len(allowed) <= RADIOS and one.required else Widget.SELECT), tuple(allowed)
    if one.kind in PLAIN:
        return PLAIN[one.kind], ()
    if one.name.endswith("_on"):
        return Widget.DAY, ()
    long = one.many or (one.personal and one.name not in ONE_LINE)
    return (Widget.TEXT if long else Widget.LINE), ()


PLAIN: dict[type[Any], Widget] = {datetime: Widget.TIME, int: Widget.NUMBER, Decimal: Widget.AMOUNT}


def _default(one: Field, widget: Widget, options: Sequence[Choice]) -> tuple[str, ...]:
    if one.kind is bool:
        return () if one.required else ("yes" if one.default else "no",)
    if one.required or one.default in (None, (), ""):
        return (options[0].value,) if len(options) == 1 and one.required else ()
    return (str(as_plain(one.default)),)


def _suggestions(one: Field, widget: Widget) -> str:
    if widget is not Widget.LINE:
        return ""
    if one.name in PEOPLE:
        return "people"
    return "departments" if one.name == "department" else ""


def _rows(typed: Form) -> tuple[Mapping[str, str], ...]:
    parts = {name: list(typed.get(f"measures.{name}", ())) for name in ("text", "owner", "due")}
    most = max(MEASURES, *(len(values) for values in parts.values()))
    return tuple(
        {name: values[number] if number < len(values) else "" for name, values in parts.items()}
        for number in range(most)
    )


# ── Reading it back ──────────────────────────────────────────────────────────────────────────────────────────────────

MISSING = N_("This must be filled in.")
NOT_A_NUMBER = N_("This is not a number.")
NOT_ALLOWED = N_("Choose one of the words in the list.")
TOO_LONG = N_("This is too long: at most {most} characters.")


def read(name: str, form: Form) -> Typed:
    """What was typed, as the values of a command."""
    return read_fields(fields_of(COMMANDS[name]), form)


def read_fields(fields: Sequence[Field], form: Form) -> Typed:
    """The same for any fields."""
    typed = Typed()
    for one in fields:
        try:
            value = _value(one, form)
        except _Wrong as error:
            typed.errors[one.name] = str(error)
            continue
        if value is not None:
            typed.values[one.name] = value
    return typed


def command_of(name: str, typed: Typed) -> Command:
    """The command; what was left empty has its usual value."""
    return COMMANDS[name](**typed.values)


class _Wrong(Exception):
    pass


def _value(one: Field, form: Form) -> Any:
    """The value of a field; None when it was left empty and may be. Raises _Wrong with a sentence."""
    if one.kind is Measure:
        return _measures(form)
    texts = [text.strip() for text in form.get(one.name, ())]
    if one.many:
        texts = [line.strip() for text in texts for line in text.splitlines()]
    texts = [text for text in texts if text]
    if any(len(text) > LONGEST for text in texts):
        raise _Wrong(_(TOO_LONG, most=LONGEST))
    if not texts:
        if one.required:
            raise _Wrong(_(MISSING))
        return None
    values = [_one(one, text) for text in texts]
    return tuple(values) if one.many else values[0]


def _one(one: Field, text: str) -> Any:
    if one.kind is datetime:
        return _instant(text)
    if one.kind is bool:
        return text == "yes"
    if issubclass(one.kind, Enum):
        try:
            return one.kind(text)
        except ValueError:
            raise _Wrong(_(NOT_ALLOWED)) from None
    try:
        if one.kind is int:
            return int(text)
        if one.kind is Decimal:
            amount = Decimal(text.replace(",", ""))
            if amount.is_finite():
                return amount
            raise _Wrong(_(NOT_A_NUMBER))
    except (ValueError, InvalidOperation):
        raise _Wrong(_(NOT_A_NUMBER)) from None
    return text.replace("\r\n", "\n")


def _instant(text: str) -> datetime:
    try:
        return instant(text)
    except NotATime as error:
        raise _Wrong(str(error)) from None


def _measures(form: Form) -> tuple[Measure, ...] | None:
    found = []
    for row in _rows(form):
        given = {name: text.strip() for name, text in row.items() if text.strip()}
        if not given:
            continue
        if not given.get("text") or not given.get("owner"):
            raise _Wrong(_("A measure needs what is to be done, and who does it."))
        due = _instant(given["due"]) if "due" in given else None
        found.append(Measure(text=given["text"], owner=given["owner"], due=due))
    return tuple(found) or None


# ── The same as a command line, and as a request ─────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class AsCommand:
    """What one would type instead of clicking."""

    cli: str
    curl: str


def as_command(name: str, case: str, version: int | None, base: str) -> AsCommand:
    """The command with its required fields left open; `…` is what only the person knows."""
    fields = [one for one in fields_of(COMMANDS[name]) if one.required]
    line = " ".join(
        [
            f"casefold {name.replace('_', '-')}",
            *([case] if case else []),
            *(one.option if one.kind is bool else f"{one.option} {'@-' if one.personal else '…'}" for one in fields),
            *([f"--expect-version {version}"] if version is not None else []),
        ]
    )
    body = ", ".join(f'"{one.name}": {_example(one)}' for one in fields)
    path = f"/api/v1/cases/{case}/{name.replace('_', '-')}" if case else "/api/v1/cases"
    curl = " \\\n  ".join(
        [
            f"curl -X POST {base}{path}",
            '-H "Authorization: Bearer $CASEFOLD_TOKEN"',
            '-H "Idempotency-Key: $(uuidgen)"',
            *([f"-H 'If-Match: \"{version}\"'"] if version is not None else []),
            "-H 'Content-Type: application/json'",
            f"-d '{{{body}}}'",
        ]
    )
    return AsCommand(line, curl)


def _example(one: Field) -> str:
    if one.kind is bool:
        return "true"
    if one.kind is int:
        return "1"
    return '["…"]' if one.many else '"…"'
