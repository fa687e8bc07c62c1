"""The one description of a sheet file: what may stand where. The reader checks by it; the published schema says it.

`scripts/policy_schema.py` publishes it.
"""

from __future__ import annotations

from typing import Any

from domain.actor import Role
from domain.case import INTAKE_FIELDS
from domain.commands import COMMANDS, OF_THE_SYSTEM
from domain.events import EVENTS
from domain.needs import EVENT, NEEDS
from domain.rules import Family, PauseKind
from domain.words import Complexity, Ending, Language, NoticeKind, Stage, Urgency
from domain.working_time import ROLLS
from policies.shapes import (
    Amount,
    Day,
    Duration,
    Flag,
    Items,
    LimitText,
    Number,
    Record,
    Shape,
    Table,
    Text,
    Whole,
    Word,
)

NAME = "[a-z][a-z0-9_-]*"
REQUIREMENT = "[A-Z]-[0-9]{2}"
STAGE_ENTERED = "StageEntered:"
CASE_CLOSED = "CaseClosed:"
OUTSIDE = ("merchant", "platform", "authority", "customer")
"""Whom a limit may bind besides the roles."""
UNITS = (
    "minutes",
    "hours",
    "working_hours",
    "days",
    "working_days",
    "weeks",
    "months",
    "years",
    "percent",
    "times",
    "amount",
)
REQUIRED = ("name", "version", "kind", "title", "path", "required", "categories", "needs")
"""What every sheet has, in its own file or from the sheet that it extends."""

_roles = [role.value for role in Role if role is not Role.CUSTOMER]
_stages = [stage.value for stage in Stage]
_urgencies = [urgency.value for urgency in Urgency]
_complexities = [complexity.value for complexity in Complexity]
_classes = list(dict.fromkeys([*_urgencies, *_complexities]))
_events = [
    *EVENTS,
    *(STAGE_ENTERED + stage for stage in _stages),
    *(CASE_CLOSED + ending.value for ending in Ending),
]

STAGE = Word("a stage", _stages)
COMMAND = Word("a command", [name for name in COMMANDS if name not in OF_THE_SYSTEM])
ROLE = Word("a role", _roles)
HAPPENING = Word("an event", _events)
ROLES = Items(ROLE, 1)
NAMES = Record(
    "a language",
    {language.value: Text() for language in (Language.EN, Language.ZH)},
    required=("en", "zh"),
    this="a name in both languages",
)

PARAMETER = Record(
    "a setting of a parameter",
    {
        "default": Number("What the pack ships."),
        "value": Number("Your own number; without it the default holds."),
        "unit": Word("a unit", UNITS, "What it counts."),
        "title": NAMES,
        "book": Items(Text(), 1, "Places in the rule book that leave the number open."),
        "requirement": Items(Text(pattern=REQUIREMENT, such_as="T-01"), 1, "Rows of the requirements."),
        "scope": Word(
            "a scope",
            ("case", "organisation"),
            "organisation: no limit of a case uses it; visits, reports and figures do.",
        ),
    },
    required=("default", "unit", "title"),
    this="this parameter",
    about="A number that the rule book leaves to each organisation, its [X]. Limits name it in braces.",
)
ESCALATION = Record(
    "a setting of an escalation",
    {
        "after": LimitText("How long after the deadline, on the clock's own calendar; 0m: at the deadline."),
        "to": Word("a role", _roles, "Who is told."),
    },
    required=("after", "to"),
    this="this step of escalation",
)
CLOCK: dict[str, Shape] = {
    "name": Text("Its name in the case.", NAME, "first_response"),
    "starts": Items(HAPPENING, 1, "The events that start it; or StageEntered:confirm, CaseClosed:resolved."),
    "stops": Items(HAPPENING, 1, "The events that stop it."),
    "limit": Table(
        LimitText(),
        Word("an urgency or complexity", _classes),
        "By urgency or complexity; ordinary is for all that are not named. 0m is at once.",
    ),
    "calendar": Text("The calendar that it counts on: one of policies/calendars, or of your own.", NAME, "cn-house"),
    "family": Word("a family", [family.value for family in Family], "Whose time limit it is."),
    "from_next_day": Flag("The day on which it starts does not count; it ends with its last day."),
    "roll": Word("a way to move a deadline", [roll for roll in ROLLS if roll], "What if it ends where nobody works."),
    "warn": Items(Whole(1, 99), about="Percentages of the limit at which it warns, rising."),
    "escalate": Items(ESCALATION, about="Who is told after the deadline, and how long after it."),
    "per": Word("a way to count clocks", ("case", "round"), "One for the case, or one for each round."),
    "cumulative": Flag("Started again, it goes on where it stood."),
    "binds": Word("somebody whom a limit binds", [*_roles, *OUTSIDE], "Whom it binds."),
    "source": Text("Statute, platform rule or place in the rule book."),
    "effective_from": Day("First day of receipt of the cases that it is for."),
    "effective_to": Day("Last day of receipt of the cases that it is for."),
    "requirement": Text("The row of the requirements that it keeps.", REQUIREMENT, "T-01"),
}
_clock_needs = ("name", "starts", "stops", "limit")
COUNTER: dict[str, Shape] = {
    "name": Text("Its name.", NAME, "repairs"),
    "counts": Items(Word("an event", list(EVENTS)), 1, "The events that it counts."),
    "at": Whole(1, about="The count that is recorded as reached."),
    "source": Text("Statute or place in the rule book."),
}
_counter_needs = ("name", "counts", "at")
PAUSE: dict[str, Shape] = {
    "kind": Word(
        "a kind of pause",
        [kind.value for kind in PauseKind],
        "statutory: the law names it. convenience: it never stops a limit that comes from law.",
    ),
    "clocks": Items(Text(pattern=NAME, such_as="solution"), 1, "The clocks that stand still."),
    "title": NAMES,
    "source": Text("Statute or place in the rule book."),
}
_pause_needs = ("kind", "clocks", "title")
KINDS = {"kinds": Items(Text(pattern=NAME, such_as="complaint"), 1, "The kinds of case that it is for.")}

_phrase = Record("a part of a phrase", {"subject": Text(), "body": Text()}, ("subject", "body"), this="this phrase")

SHARED: dict[str, Shape] = {
    "parameters": Table(PARAMETER, about="The numbers that the rule book leaves open, by name."),
    "set": Table(Number(), about="Your own numbers, by the names of parameters."),
    "include": Items(
        Text(pattern=f"{NAME}(?:/{NAME})?", such_as="cn-statutory"), about="Packs whose limits are added."
    ),
    "calendars": Items(Text(pattern=NAME), about="Calendars of your own that the clocks may name; publish them first."),
    "automatic": Items(COMMAND, about="Steps that the program takes by itself."),
    "written_result": Flag("Whether every closing is told to the customer in writing."),
    "may": Table(ROLES, COMMAND, "Command → who may give it; what is not named is open to all but auditors."),
    "endings": Table(
        Record(
            "a setting of an ending",
            {
                "by": Items(ROLE, 1, "Who may end a case so; without it everybody who may close."),
                "reason_required": Flag(),
                "after_reminders": Whole(about="How often the customer must have been reminded."),
            },
        ),
        Word("an ending", [ending.value for ending in Ending]),
        "Who may end a case how.",
    ),
    "pauses": Table(
        Record("a setting of a pause", PAUSE, _pause_needs, this="this pause"),
        about="The reasons for which clocks may stand still, by name.",
    ),
    "counters": Items(Record("a setting of a counter", COUNTER, _counter_needs, this="this counter")),
    "approval": Record(
        "a setting of the approval",
        {
            "above": Amount("A proposal above it needs one approval by another person."),
            "two_above": Amount("A proposal above it needs two."),
            "by": Items(ROLE, 1, "Who may approve."),
            "currency": Text(pattern="[A-Z]{3}", such_as="CNY"),
        },
        required=("above", "by"),
        this="the approval",
    ),
    "assignment": Items(
        Record(
            "a setting of an assignment rule",
            {
                "name": Text("Its name.", NAME, "billing"),
                "department": Text("The department that such a case needs."),
                "skill": Text("The skill that it needs."),
                "categories": Items(Text(), 1, "Types, or type/sub-type; without them every one."),
                "urgencies": Items(Word("an urgency", _urgencies), 1),
                "complexities": Items(Word("a complexity", _complexities), 1),
            },
            required=("name", "department"),
            this="this assignment rule",
        ),
        about="Which department and skill a case needs; the first rule that fits is taken.",
    ),
    "substitutes": Table(Text(), about="Department → the department that takes its cases when its desk fails."),
    "departments": Table(NAMES, about="The departments, with their names."),
    "upward": Table(
        Record("a setting of reporting upward", {"tell": ROLES, "support": ROLES}),
        Word("an urgency or complexity", _classes),
        "Which cases are reported upward: who is told, who is asked to help.",
    ),
    "phrases": Table(
        Record("a language", {"en": _phrase, "zh": _phrase}, ("en", "zh"), this="a notice in both languages"),
        Word("a kind of notice", [kind.value for kind in NoticeKind]),
        "What notices say, where it differs from what the program says.",
    ),
    "ping_pong_at": Whole(about="At how many returns to the same department a case is flagged; 0: never."),
    "happened_at_window": Table(
        Duration(),
        Word("a command or *", [*COMMAND.known, "*"]),
        "Command → how far back its reported time may move a clock; * for all others.",
    ),
    "reminders": Record(
        "a setting of reminders",
        {"after": Duration("After so long without an answer."), "at_most": Whole()},
        required=("after",),
        this="reminders",
    ),
    "survey": Record(
        "a setting of the survey",
        {
            "lapse_after": Duration("After so long it is no longer waited for."),
            "low_score": Whole(0, 5, "A score at or below it asks for an improvement."),
        },
    ),
    "warranty": Record("a setting of the warranty", {"repair_days": Whole(about="Days of warranty on a repair.")}),
    "eligibility_rules": Items(Text(pattern=NAME), about="The rules that may decide an application; none: any."),
    "default_department": Text("The department of a case for which nobody names one."),
    "review_months": Whole(about="After so many months the policy itself must be reviewed; 0: never."),
    "supervision_months": Whole(about="After so many months supervision must check that it is kept; 0: never."),
}
"""What may stand in a sheet, or in the pack for all its sheets."""

SHEET = Record(
    "a field of a sheet",
    {
        "extends": Text("A pack: this sheet is that pack's, but for what is written here.", NAME),
        "name": Text("Its name.", NAME, "complaint"),
        "version": Text("Given anew with every change.", such_as="2026-11-25"),
        "kind": Text("The kind of case that it is for.", NAME, "complaint"),
        "title": NAMES,
        "path": Items(STAGE, 2, "The stages that a case walks, in order."),
        "back_to": Word("a stage", _stages, "Where a new round begins."),
        "required": Items(
            Word("a field of the intake record", INTAKE_FIELDS),
            about="Without these a case cannot leave receive.",
        ),
        "categories": Table(Items(Text()), about="The taxonomy: type → sub-types; no sub-types allow any word."),
        "needs": Table(
            Items(Word("a condition", [*NEEDS, *(EVENT + name for name in EVENTS)])),
            STAGE,
            "Stage → what must be so before it is left; event:RepairTested is that this happened.",
        ),
        **SHARED,
        "clocks": Items(
            Record("a setting of a clock", CLOCK, _clock_needs, this="this clock"), about="The time limits."
        ),
    },
    about="What is promised for one kind of case.",
    extra={"anyOf": [{"required": list(REQUIRED)}, {"required": ["extends", "kind", "version"]}]},
)
ROW = Record(
    "a setting of a row",
    {
        "book": Text("The place in the rule book, or users for what its users need.", such_as="O3.1.1"),
        "requirement": Items(Text(pattern=REQUIREMENT, such_as="T-01"), 1),
        "where": Items(Text(such_as="clocks.first_response"), 1),
        "note": Text(),
    },
    required=("book", "requirement", "where"),
    this="this row",
)
_shared_rules: dict[str, Shape] = {
    "clocks": Items(Record("a setting of a clock", {**CLOCK, **KINDS}, _clock_needs, this="this clock")),
    "counters": Items(Record("a setting of a counter", {**COUNTER, **KINDS}, _counter_needs, this="this counter")),
    "pauses": Table(Record("a setting of a pause", {**PAUSE, **KINDS}, _pause_needs, this="this pause")),
}
PACK = Record(
    "a field of a pack",
    {
        "name": Text("The name of its folder.", NAME, "after-sales-ops"),
        "title": NAMES,
        "about": NAMES,
        "rows": Items(ROW, about="Where each rule of the book is found."),
        **SHARED,
        **_shared_rules,
    },
    required=("name", "title", "about"),
    this="a pack",
)
LIMITS = Record("a field of a limits file", _shared_rules)


def json_schema() -> dict[str, Any]:
    """The schema of a sheet file as JSON Schema, for editors that help while one writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Casefold policy sheet",
        **SHEET.schema(),
    }
