"""What must fit together within a sheet: each check goes over a draft whose parameters are filled in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import Formatter
from typing import Any

from domain.words import Stage
from policies.clock_checks import clock_mistakes
from policies.draft import Draft
from policies.errors import Mistake, not_known
from policies.lines import KeyPath
from policies.schema import REQUIRED
from policies.shapes import amount_of

PLACES = ("case", "name", "title", "stage", "urgency", "text", "due", "ending", "clock", "late")
"""The facts that a phrase may name in braces; `activities.notify` fills them in."""


def mistakes_of(draft: Draft) -> Iterator[Mistake]:
    """What does not fit together. Parts of the wrong shape are passed over: they have been named already."""
    for check in (*CHECKS, *CHECKS_OF_RULES):
        yield from check(draft)


def mistakes_of_rules(draft: Draft) -> Iterator[Mistake]:
    """The same for a file that is no sheet and only offers rules to sheets."""
    for check in CHECKS_OF_RULES:
        yield from check(draft)


def missing_fields(draft: Draft) -> Iterator[Mistake]:
    for name in REQUIRED:
        if name not in draft.data:
            yield Mistake((), f"{name!r} is missing; every sheet has one.")


def path_of_the_case(draft: Draft) -> Iterator[Mistake]:
    path = draft.data.get("path")
    if not isinstance(path, list):
        return
    if path[:1] != [Stage.RECEIVE.value] or Stage.CLOSE.value not in path:
        yield Mistake(("path",), "a path begins with 'receive' and has 'close' in it.")
    for number, stage in enumerate(path):
        if stage in path[:number]:
            yield Mistake(("path", number), f"{stage!r} is on the path twice; a case walks each stage once.")
    back_to = draft.data.get("back_to", Stage.PROPOSE.value)
    if back_to not in path:
        where: KeyPath = ("back_to",) if "back_to" in draft.data else ("path",)
        yield Mistake(where, f"a new round begins at {back_to!r}, which is not on the path; name a stage that is.")


def needs_on_the_path(draft: Draft) -> Iterator[Mistake]:
    path = draft.data.get("path")
    needs = draft.data.get("needs")
    if not isinstance(path, list) or not isinstance(needs, dict):
        return
    for stage in needs:
        if stage in list(Stage) and stage not in path:
            yield Mistake(("needs", stage), f"{stage!r} is not on the path; put it there, or leave its needs out.")
    if "approval" in draft.data and Stage.PROPOSE.value in path:
        wanted = needs.get(Stage.PROPOSE.value, [])
        if isinstance(wanted, list) and "proposal_approved" not in wanted:
            yield Mistake(
                ("needs", "propose"), "there is an approval, so propose needs 'proposal_approved'; add it to the list."
            )


def pauses(draft: Draft) -> Iterator[Mistake]:
    names = draft.names("clocks")
    statute = [item.get("name") for _, item in draft.items("clocks") if item.get("family") == "statute"]
    for path, pause in draft.items("pauses"):
        clocks = pause.get("clocks")
        for number, clock in enumerate(clocks if isinstance(clocks, list) else ()):
            if not isinstance(clock, str):
                continue
            if clock not in names:
                yield Mistake((*path, "clocks", number), not_known(clock, "a clock of this sheet", sorted(set(names))))
            elif clock in statute and pause.get("kind") == "convenience":
                yield Mistake(
                    (*path, "clocks", number),
                    f"{clock!r} comes from law, which a convenience pause cannot stop; leave it out, or make the pause "
                    "statutory and name its source.",
                )


def approval(draft: Draft) -> Iterator[Mistake]:
    rule = draft.data.get("approval")
    if not isinstance(rule, dict):
        return
    above, two_above = amount_of(rule.get("above")), amount_of(rule.get("two_above"))
    if above is not None and two_above is not None and two_above <= above:
        yield Mistake(
            ("approval", "two_above"), f"two persons approve above {two_above}, which must be more than {above}."
        )


def departments(draft: Draft) -> Iterator[Mistake]:
    known = draft.data.get("departments", {})
    if not isinstance(known, dict):
        return
    default = draft.data.get("default_department")
    named: list[tuple[KeyPath, Any]] = [(("default_department",), default)] if known and default else []
    named += [((*path, "department"), rule.get("department")) for path, rule in draft.items("assignment")]
    substitutes = draft.data.get("substitutes")
    for department, substitute in substitutes.items() if isinstance(substitutes, dict) else ():
        named += [(("substitutes", department), department), (("substitutes", department), substitute)]
    for where, department in named:
        if isinstance(department, str) and department not in known:
            yield Mistake(where, not_known(department, "a department of this sheet", list(known)))


def substitutes(draft: Draft) -> Iterator[Mistake]:
    table = draft.data.get("substitutes")
    if not isinstance(table, dict):
        return
    for department, substitute in table.items():
        if substitute == department:
            yield Mistake(("substitutes", department), f"{department!r} cannot take its own cases; name another desk.")
            continue
        way = [department]
        while isinstance(substitute, str) and substitute in table and substitute not in way:
            way.append(substitute)
            substitute = table[substitute]
        if substitute == department:
            circle = " → ".join([*way, department])
            yield Mistake(("substitutes", department), f"substitutes go in a circle: {circle}; let one of them end it.")


def assignment(draft: Draft) -> Iterator[Mistake]:
    categories = draft.data.get("categories")
    yield from twice(draft, "assignment", "assignment rule")
    if not isinstance(categories, dict) or not categories:
        return
    known = [*categories, *(f"{t}/{s}" for t, subs in categories.items() if isinstance(subs, list) for s in subs)]
    for path, rule in draft.items("assignment"):
        wanted = rule.get("categories")
        for number, category in enumerate(wanted if isinstance(wanted, list) else ()):
            if isinstance(category, str) and not is_category(category, categories):
                yield Mistake((*path, "categories", number), not_known(category, "a category of this sheet", known))


def is_category(text: str, categories: dict[str, Any]) -> bool:
    """Whether it is a type of the taxonomy, or ``type/sub-type``; a type without sub-types allows any."""
    category, _, sub = text.partition("/")
    subs = categories.get(category)
    return isinstance(subs, list) and (not sub or not subs or sub in subs)


def counters(draft: Draft) -> Iterator[Mistake]:
    yield from twice(draft, "counters", "counter")


def twice(draft: Draft, key: str, what: str) -> Iterator[Mistake]:
    """Two of a list with one name."""
    seen: set[str] = set()
    for path, item in draft.items(key):
        name = item.get("name")
        if isinstance(name, str) and name in seen:
            yield Mistake((*path, "name"), f"there is another {what} named {name!r}; give one of them another name.")
        seen.add(str(name))


def reminders_before_no_answer(draft: Draft) -> Iterator[Mistake]:
    endings, reminders = draft.data.get("endings"), draft.data.get("reminders")
    rule = endings.get("no_answer") if isinstance(endings, dict) else None
    wanted = rule.get("after_reminders", 0) if isinstance(rule, dict) else 0
    sent = reminders.get("at_most", 1) if isinstance(reminders, dict) else 0
    if isinstance(wanted, int) and isinstance(sent, int) and wanted > sent:
        yield Mistake(
            ("endings", "no_answer", "after_reminders"),
            f"{wanted} reminders must have been in vain, but only {sent} are sent; let reminders.at_most be {wanted}.",
        )


def phrases(draft: Draft) -> Iterator[Mistake]:
    for path, languages in draft.items("phrases"):
        for language, phrase in languages.items():
            for part, text in phrase.items() if isinstance(phrase, dict) else ():
                if isinstance(text, str):
                    yield from _braces(text, (*path, language, part))


def _braces(text: str, path: KeyPath) -> Iterator[Mistake]:
    try:
        places = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield Mistake(path, f"the braces do not match: {error}; write {{{{ and }}}} for braces that are meant.")
        return
    for place in places:
        if place not in PLACES:
            yield Mistake(path, not_known(place, "a fact that a phrase can name", PLACES))


Check = Callable[[Draft], Iterator[Mistake]]
CHECKS: tuple[Check, ...] = (
    missing_fields,
    path_of_the_case,
    needs_on_the_path,
    approval,
    departments,
    substitutes,
    assignment,
    reminders_before_no_answer,
    phrases,
)
CHECKS_OF_RULES: tuple[Check, ...] = (clock_mistakes, pauses, counters)
