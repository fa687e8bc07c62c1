"""The catalogue of messages: `python -m console.messages` brings it up to date, `--check` says what is missing."""

from __future__ import annotations

import dataclasses
import io
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from itertools import chain
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

import policies
from console.words import DOMAIN, LOCALE, Language, paragraphs_of
from domain import access, actor, policy_events, policy_life, rules, subject_messages, words
from domain.commands import COMMANDS, OF_THE_SYSTEM
from domain.decisions.receive import DEADLINE_THERE
from domain.department_messages import DrillMove
from domain.events import EVENTS, Measure, PinnedSheet
from domain.policy import Sheet
from domain.policy_commands import POLICY_COMMANDS
from domain.policy_events import POLICY_EVENTS
from domain.refusals import SENTENCES
from domain.streams import DEPARTMENT, STREAM_TYPES
from ledger.registry import OWN

HERE = Path(__file__).parent
MADE = datetime(2026, 1, 1, tzinfo=UTC)
"""A fixed date in the catalogue's head: the file changes only when a message does."""

Message = tuple[str | None, str]
"""Context and text."""

OF_A_SHEET: tuple[type[Any], ...] = tuple(
    record
    for record in vars(rules).values()
    if isinstance(record, type) and dataclasses.is_dataclass(record) and record.__module__ == rules.__name__
)
"""The records that a policy sheet is made of: `casefold policy diff` names their fields."""


def wanted() -> dict[Message, str]:
    """Every message that people can be shown → where it comes from."""
    found: dict[Message, str] = {}
    for message, place in (*_of_this_package(), *_of_the_domain(), *_of_the_sheets()):
        found.setdefault(message, place)
    return found


def _of_this_package() -> Iterator[tuple[Message, str]]:
    """What is marked in the code of console and api, and in the templates of the pages, with _() and N_()."""
    method_map = [("**.py", "python"), ("web/templates/**.html", "jinja2")]
    keywords: Mapping[str, None] = {"_": None, "N_": None}
    for package in (HERE, HERE.parent / "api"):
        found = extract_from_dir(package, method_map, keywords=keywords)
        for name, _line, text, _comments, _context in sorted(found, key=str):
            yield (None, text if isinstance(text, str) else text[0]), f"{package.name}/{name}"


def _of_the_domain() -> Iterator[tuple[Message, str]]:
    """Sentences of events, commands and refusals, words of closed lists, names of fields."""
    events = {name: event for kind in STREAM_TYPES.values() for name, event in kind.events.items()}
    for name, event in (EVENTS | events | {event.__name__: event for event in OWN}).items():
        yield (None, paragraphs_of(event)[0]), name
    for name, command in {**COMMANDS, **POLICY_COMMANDS, **DEPARTMENT.commands}.items():
        for paragraph in paragraphs_of(command):
            yield (None, paragraph), name
    for name in COMMANDS:
        if name not in OF_THE_SYSTEM:
            yield ("command", name), "button"
    for code, sentence in SENTENCES.items():
        yield (None, sentence), f"refusal {code}"
    for module in (words, access, actor, rules, policy_events, policy_life, subject_messages):
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, StrEnum) and value is not StrEnum:
                for member in value:
                    yield (value.__name__, member.value), value.__name__
    of_policies: tuple[type[Any], ...] = (*POLICY_EVENTS.values(), *POLICY_COMMANDS.values(), Sheet, *OF_A_SHEET)
    of_departments = (*DEPARTMENT.events.values(), *DEPARTMENT.commands.values(), DrillMove)
    of_subjects = subject_messages.SUBJECT_EVENTS.values()
    others = (Measure, PinnedSheet, *of_policies, *of_departments, *of_subjects, *access.EVENTS.values())
    for record in (*EVENTS.values(), *COMMANDS.values(), *others):
        for field in dataclasses.fields(record):
            yield ("field", field.name), "field"


def _of_the_sheets() -> Iterator[tuple[Message, str]]:
    """The shipped sheets' names of kinds, types and time limits, and those of things that have a limit each."""
    sheets = [sheet for pack in policies.packs() if pack.kinds for sheet in policies.load(pack.name).values()]
    for sheet in sheets:
        yield ("kind", sheet.kind), "kind"
        for name in (*sheet.categories, *chain(*sheet.categories.values())):
            yield ("category", name), "category"
    names = [rule.name for sheet in sheets for rule in sheet.clocks]
    for name in (*names, "question", "measure", "improvement", DEADLINE_THERE):
        yield ("clock", name), "clock"


def catalogue_file(language: Language) -> Path:
    """The catalogue that people translate."""
    return LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: Language) -> Catalog:
    """The catalogue as it is."""
    file = catalogue_file(language)
    if not file.exists():
        return Catalog(locale=language, domain=DOMAIN)
    return read_po(io.BytesIO(file.read_bytes()), locale=language, domain=DOMAIN)


def renewed(language: Language) -> Catalog:
    """The catalogue with every message that is wanted and no other, and the translations that there are."""
    before = read(language)
    catalogue = Catalog(
        locale=language,
        domain=DOMAIN,
        project="casefold",
        header_comment="# What people read, in their language. Made by: python -m console.messages",
        creation_date=MADE,
        revision_date=MADE,
        last_translator="casefold",
        language_team=language,
        fuzzy=False,
    )
    for (context, text), place in wanted().items():
        known = before.get(text, context)
        catalogue.add(text, known.string if known else "", context=context, auto_comments=[place])
    return catalogue


def untranslated(catalogue: Catalog) -> list[str]:
    """Messages without a translation, or with other places in it than the original has."""
    return [
        f"{message.context or ''}|{message.id}"
        for message in catalogue
        if message.id and (not message.string or _places(str(message.id)) != _places(str(message.string)))
    ]


def _places(text: str) -> set[str]:
    """The names in braces."""
    return {name for _text, name, _spec, _conversion in Formatter().parse(text) if name}


def written(catalogue: Catalog) -> bytes:
    """The catalogue as the file has it."""
    file = io.BytesIO()
    write_po(file, catalogue, width=120, omit_header=False, include_lineno=False)
    return file.getvalue()


def compiled(catalogue: Catalog) -> bytes:
    """The catalogue as the program reads it."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def stale(language: Language) -> bool:
    """Whether the catalogue that people translate, or the one that the program reads, is out of date."""
    file = catalogue_file(language)
    now = _pairs(renewed(language))
    if not file.exists() or _pairs(read(language)) != now or not file.with_suffix(".mo").exists():
        return True
    return _pairs(read_mo(io.BytesIO(file.with_suffix(".mo").read_bytes()))) != {
        message: text for message, text in now.items() if text
    }


def _pairs(catalogue: Catalog) -> dict[Message, str]:
    """Every message and its translation."""
    return {(_text(message.context), str(message.id)): str(message.string) for message in catalogue if message.id}


def _text(context: str | bytes | None) -> str | None:
    """Babel reads contexts of a compiled catalogue as bytes."""
    return context.decode() if isinstance(context, bytes) else context


def main(arguments: list[str]) -> int:
    """Write both files anew, or only say what is wrong with them."""
    language = Language.ZH
    catalogue = renewed(language)
    if "--check" not in arguments:
        file = catalogue_file(language)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(written(catalogue))
        file.with_suffix(".mo").write_bytes(compiled(catalogue))
    missing = untranslated(catalogue)
    sys.stdout.writelines(f"no translation: {message}\n" for message in missing)
    if stale(language):
        sys.stdout.write("The catalogue is out of date: python -m console.messages\n")
    return 1 if missing or stale(language) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
