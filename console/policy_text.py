"""A policy sheet as text that is typed into a form: read with all its mistakes, and written as a start for changes."""

from __future__ import annotations

import json
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import policies
from console.words import N_, _
from domain.policy import Sheet
from domain.rules import ClockRule

LONGEST = 200_000
"""Characters of a sheet at most."""
NAME = "sheet.toml"
NOT_A_PACK = N_("{name} is not a pack to extend. Packs are: {packs}.")
TOO_LONG = N_("This is too long for a sheet: at most {most} characters.")


class Mistakes(Exception):
    """What is wrong with a sheet: a sentence for each, with its line."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def read_text(text: str) -> Sheet:
    """The sheet. Raises Mistakes with all of them."""
    if len(text) > LONGEST:
        raise Mistakes([_(TOO_LONG, most=LONGEST)])
    _refuse_other_folders(text)
    with tempfile.TemporaryDirectory(prefix="casefold-") as folder:
        path = Path(folder) / NAME
        path.write_text(text, encoding="utf-8")
        if mistakes := policies.check(path):
            raise Mistakes([str(mistake).replace(f"{folder}/", "") for mistake in mistakes])
        return policies.read_sheet(path)


def _refuse_other_folders(text: str) -> None:
    """Whoever types a sheet names packs that are shipped, never a folder of this machine."""
    try:
        name = tomllib.loads(text).get("extends")
    except tomllib.TOMLDecodeError:
        return  # told with its line when it is read
    known = [pack.name for pack in policies.packs()]
    if name is not None and name not in known:
        raise Mistakes([_(NOT_A_PACK, name=str(name)[:60], packs=", ".join(known))])


def as_text(sheet: Sheet, version: str) -> str:
    """A start for a new version of a sheet: its own numbers, to be changed; all else as in its pack."""
    return "\n".join([*_head(sheet, version), *(_set(sheet) if sheet.parameters else _clocks(sheet)), ""])


def _head(sheet: Sheet, version: str) -> Iterator[str]:
    yield f"extends = {_text(sheet.pack)}  # " + _("all that is not written here is as in this pack")
    yield f"kind = {_text(sheet.kind)}"
    yield f"version = {_text(version)}"


def _set(sheet: Sheet) -> Iterator[str]:
    yield "\n[set]"
    for name, parameter in sheet.parameters.items():
        title = parameter.title.get("en", "")
        yield f"{name} = {_value(parameter.value)}" + (f"  # {title}".replace("\n", " ") if title else "")


def _clocks(sheet: Sheet) -> Iterator[str]:
    """A pack without parameters: its time limits themselves."""
    for rule in sheet.clocks:
        yield "\n[[clocks]]"
        yield from (f"{name} = {value}" for name, value in _clock(rule))


def _clock(rule: ClockRule) -> Iterator[tuple[str, str]]:
    """The settings of a time limit that are not the usual ones."""
    usual = ClockRule(name="", starts=(), stops=(), limit={})
    for name in ("name", "starts", "stops", "limit", "per", "calendar", "from_next_day", "roll", "cumulative", "warn"):
        value = getattr(rule, name)
        if value != getattr(usual, name) or name in ("name", "limit"):
            yield name, _value(value)
    if rule.escalate:
        yield "escalate", _value([{"after": step.after, "to": step.to} for step in rule.escalate])
    for name in ("source", "requirement"):
        if getattr(rule, name):
            yield name, _value(getattr(rule, name))


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return value if value.isdecimal() else _text(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_text(str(part))}" for name, part in value.items()) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return _text(str(value))


def _text(value: str) -> str:
    """A basic string of TOML is written like one of JSON."""
    return json.dumps(value, ensure_ascii=False)
