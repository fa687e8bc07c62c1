"""The commands that somebody may give on a case now, asked from the domain: each is tried with what could be meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from itertools import islice, product
from typing import Any

from console.hints import BLANK
from console.look import Seen
from console.values import Field, fields_of
from console.words import _, category_label, event_label, field_label, language, listed, word
from domain.actor import OF_NO_USER, Actor, Role
from domain.case import INTAKE_FIELDS
from domain.commands import COMMANDS, OF_THE_SYSTEM, Measure
from domain.context import Context
from domain.decisions import DECISIONS, decide
from domain.held_back import held_back
from domain.message import Command
from domain.needs import missing
from domain.refusal import Refused
from domain.rights import may
from domain.streams import CASE
from domain.words import Direction, Ending

MOST = 60
"""How many combinations of values are tried for one command."""
ONLY: Mapping[str, tuple[str, ...]] = {"value": (BLANK, "repair"), "sha256": ("0" * 64,)}
"""Fields of which not every word could be meant."""
OF_FILES = frozenset({"import_log", "import_case"})
ALSO: Mapping[str, tuple[str, ...]] = {
    "propose_remedy": ("measures",),
    "tell_department_head": ("department",),
    "close_case": ("ending", "reason"),
    "judge_eligibility": ("reason",),
    "refer_case": ("reason",),
    "withdraw_case": ("reason",),
}
"""Fields that are filled in for the trial although they may stay empty."""


@dataclass(frozen=True)
class Offer:
    """A command that would be accepted."""

    command: str
    part: str
    """The module that decides it: the stage that it belongs to, or ``anytime``."""


@dataclass(frozen=True)
class Choice:
    """One of the values that a field can have."""

    value: str
    label: str


def offers(found: Seen, actor: Actor, versions: Sequence[str] = ()) -> list[Offer]:
    """What this person may ask of the case now, in the order in which a case lives.

    ``versions`` are those of the policy that were ever in force.
    """
    return [
        Offer(name, DECISIONS[command].__module__.rpartition(".")[2])
        for name, command in COMMANDS.items()
        if is_for_people(name) and may(command, actor, found.sheet) is None and would(name, found, actor, versions)
    ]


def is_for_people(name: str) -> bool:
    """Whether people give this command on a case that is there."""
    return name not in OF_THE_SYSTEM | OF_FILES and COMMANDS[name] not in CASE.opening


def would(name: str, found: Seen, actor: Actor, versions: Sequence[str] = ()) -> bool:
    """Whether the command would be accepted with any of the values that it could have."""
    context = Context(found.id, found.now, actor, found.sheet, found.shelf)
    return any(_accepted(command, found, context) for command in islice(_tries(name, found, versions), MOST))


def _accepted(command: Command, found: Seen, context: Context) -> bool:
    try:
        decide(found.case, command, context)
    except Refused:
        return False
    return True


def _tries(name: str, found: Seen, versions: Sequence[str]) -> Iterator[Command]:
    fields = [field for field in fields_of(COMMANDS[name]) if field.required or field.name in ALSO.get(name, ())]
    for values in product(*(_values(name, field, found, versions) for field in fields)):
        yield COMMANDS[name](**{field.name: value for field, value in zip(fields, values, strict=True)})


def _values(name: str, field: Field, found: Seen, versions: Sequence[str]) -> list[Any]:
    """What a field could be: every word of a closed list, or anything that somebody could mean."""
    if field.kind is Measure:
        return [(Measure(text=BLANK, owner=BLANK),)]
    if field.kind is bool:
        return [True, False]
    if field.kind is Decimal:
        proposal = found.case.proposal
        return [proposal.amount if proposal and proposal.amount is not None else Decimal(1)]
    if issubclass(field.kind, Enum):
        return list(field.kind)
    listed_ = choices(name, field.name, found, versions)
    if listed_ is not None:
        values = [field.kind(choice.value) for choice in listed_]
        return [(value,) for value in values[:1]] if field.many else values
    if field.name in ONLY:
        return list(ONLY[field.name])
    if field.kind is datetime:
        return [found.now + timedelta(days=3)]
    return [1 if field.kind is int else BLANK]


# ── The words of a field ─────────────────────────────────────────────────────────────────────────────────────────────


def choices(command: str, field: str, found: Seen, versions: Sequence[str] = ()) -> list[Choice] | None:
    """The values that a field can have on this case; None: anything. Words of the domain's own lists are not told."""
    case, sheet = found.case, found.sheet
    match command, field:
        case "answer_question", "question":
            return [
                Choice(number, f"{number} · {question.to}")
                for number, question in case.questions.items()
                if not question.answered
            ]
        case "complete_improvement", "improvement":
            return [Choice(number, number) for number, completed in case.improvements.items() if not completed]
        case "complete_measure", "measure":
            planned = case.proposal.measures.items() if case.proposal else ()
            return [Choice(number, f"{number} · {one.owner}") for number, one in planned if not one.done]
        case "take_decision", "findings":
            return [Choice(number, f"{number} · {one.cause}") for number, one in case.findings.items()]
        case "resend_notice", "notice":
            waiting = {one.notice for one in held_back(case, found.now)}
            stuck = [(number, one) for number, one in case.notices.items() if one.stuck or number in waiting]
            return [Choice(number, f"{number} · {word(one.kind)}") for number, one in stuck]
        case "cancel_notice", "notice":
            unsent = [(number, one) for number, one in case.notices.items() if one.to_be_sent or one.stuck]
            return [Choice(number, f"{number} · {word(one.kind)}") for number, one in unsent]
        case "resume_clocks", "pause":
            lasting = [(number, one) for number, one in case.pauses.items() if one.until is None]
            return [Choice(number, f"{number} · {_pause(one.reason, found)}") for number, one in lasting]
        case "pause_clocks", "reason":
            lasting = [(number, one) for number, one in case.pauses.items() if one.until is None]
            held = {one.reason for _number, one in lasting}
            return [Choice(reason, _pause(reason, found)) for reason in sheet.pauses if reason not in held]
        case "retract_entry", "entry":
            return _retractable(found)
        case "supplement_intake", "field":
            needed = [code.partition(":")[2] for code in missing(case, sheet, case.stage) if code.startswith("field:")]
            names = dict.fromkeys((*needed, *INTAKE_FIELDS))
            return [Choice(name, field_label(name)) for name in names]
        case "classify_case", "category" if sheet.categories:
            return [Choice(name, category_label(name)) for name in sheet.categories]
        case "classify_case", "subcategory":
            known = [sub for subs in sheet.categories.values() for sub in subs]
            return [Choice(name, category_label(name)) for name in dict.fromkeys(known)] or None
        case "judge_eligibility", "rule" if sheet.eligibility_rules:
            return [Choice(name, name) for name in sheet.eligibility_rules]
        case "move_to_policy", "version":
            return [Choice(name, name) for name in versions if name != sheet.version]
        case "report_upward", "to":
            return [Choice(role, word(role)) for role in Role if role not in OF_NO_USER]
        case "close_case", "ending":
            return [Choice(ending, word(ending)) for ending in Ending]
        case "register_shipment", "direction":
            return [Choice(direction, word(direction)) for direction in Direction]
        case _:
            return None


def _retractable(found: Seen) -> list[Choice]:
    """The entries that can be retracted, the newest first."""
    told = {entry.version: event_label(type(entry.event).__name__).rstrip(".。") for entry in found.entries}
    return [
        Choice(str(version), listed(filter(None, (_("entry {version}", version=version), told.get(version), fact.key))))
        for version, fact in sorted(found.case.facts.items(), reverse=True)
    ]


def _pause(reason: str, found: Seen) -> str:
    rule = found.sheet.pauses.get(reason)
    return (rule.title if rule else {}).get(language(), reason.replace("_", " "))
