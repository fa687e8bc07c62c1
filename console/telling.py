"""Entries of the ledger as lines: when, who, what happened, and the fields that are worth telling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from rich.text import Text

from console.clock_words import cause_words
from console.entry_words import is_found, late_by, simple_text, worth_telling
from console.limit_words import limit_words
from console.masking import shown_fields
from console.output import as_plain, screen, show, table
from console.when import shown, span, zone
from console.words import _, field_label, refusal, sentence
from domain.actor import WORKFLOW
from domain.entry import Entry
from domain.events import DeadlineMoved
from ledger.refused import CommandAccepted, CommandRefused

NOT_TOLD = frozenset({"path", "content", "digest", "steps", "stopped"})
"""Fields that only programs read."""


def line_as_json(entry: Entry, *, reveal: bool) -> dict[str, Any]:
    """An entry for programs, in the form of exports, with its sentence; personal fields masked."""
    from ledger.codec import entry_as_json  # not above: asking for help must not wait for pydantic

    data = as_plain(shown_fields(entry.event, reveal=reveal))
    event = entry.event
    told = refusal(event.refusal) if isinstance(event, CommandRefused) else sentence(type(event))
    late = late_by(entry)
    more = {
        "sentence": told,
        "late": late is not None,
        "found_late_by": late if is_found(entry) else None,
        "data": data,
    }
    return entry_as_json(entry) | more


def print_entries(entries: Iterable[Entry], *, reveal: bool) -> None:
    """One line for each entry: version, when it was recorded, who, what happened, and its fields."""
    console = screen()
    headings = ("v", _("recorded ({zone})", zone=zone()), _("by"), _("what happened"))
    rows = []
    for entry in entries:
        recorded = shown(entry.recorded_at, seconds=True)
        text = _told(entry, reveal=reveal, apart="\n" if console.is_terminal else "  ")
        rows.append((str(entry.version), recorded, _by(entry), text))
    table(headings, rows, flexible=len(headings) - 1)


def _by(entry: Entry) -> str:
    return _("workflow") if entry.actor.id == WORKFLOW.id else entry.actor.id


def _told(entry: Entry, *, reveal: bool, apart: str) -> Text:
    """The sentence of the event, and its fields."""
    if isinstance(entry.event, CommandRefused):
        event = entry.event
        about = f" {event.stream}" if event.stream else ""
        command = event.command.replace("_", "-")
        return Text(
            _("Refused: {command}{about}: {sentence}", command=command, about=about, sentence=refusal(event.refusal))
        )
    text = Text(sentence(type(entry.event)))
    if late := late_by(entry):
        text.append(" " + _how_late(entry, late), style="bold")
    told = [f"{field_label(name)}: {_value(name, value)}" for name, value in _worth_telling(entry, reveal)]
    if told:
        text.append(apart + " · ".join(told), style="dim")
    return text


def _how_late(entry: Entry, late: timedelta) -> str:
    if is_found(entry):
        return _("[found late by {span}]", span=span(late))
    happened = shown(entry.happened_at, seconds=True)
    return _("[happened {time}, recorded {span} later]", time=happened, span=span(late))


def _worth_telling(entry: Entry, reveal: bool) -> Iterator[tuple[str, Any]]:
    """The fields that say something."""
    for name, value in worth_telling(entry, shown_fields(entry.event, reveal=reveal), NOT_TOLD):
        yield name, _readable(entry.event, name, value)


def _readable(event: Any, name: str, value: Any) -> Any:
    """Codes of time limits as words."""
    if name == "limit":
        return limit_words(value)
    return cause_words(value) if name == "cause" and isinstance(event, DeadlineMoved) else value


def _value(name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_value(name, part) for part in value)
    if isinstance(value, dict):  # a record of which some parts are masked
        return "; ".join(_value(part, value[part]) for part in value if value[part] not in ("", None))
    if hasattr(value, "__dataclass_fields__"):
        parts = (getattr(value, field) for field in value.__dataclass_fields__ if field not in NOT_TOLD)
        return "; ".join(_value(name, part) for part in parts if part not in ("", None))
    return simple_text(name, value).replace("\n", " ⏎ ")


def print_entry(entry: Entry, *, reveal: bool) -> None:
    """One entry on one line, with its case."""
    event = entry.event
    # What became of a command lies beside the stream that it is about.
    where = event.stream if isinstance(event, CommandRefused | CommandAccepted) else f"{entry.stream} v{entry.version}"
    line = Text(f"{shown(entry.recorded_at, seconds=True)}  {where}  {_by(entry)}  ")
    line.append_text(_told(entry, reveal=reveal, apart="  "))
    show(line)
