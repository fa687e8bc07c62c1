"""A policy sheet drawn for people: parameters, time limits, path, who decides and who may, and all other settings."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from rich.text import Text

from console.needs import texts_of
from console.output import heading, pairs, show, table
from console.policy_words import (
    LEGEND,
    class_label,
    escalation_label,
    limit_label,
    parameter_rows,
    role_label,
    source_label,
    title_of,
    warning_label,
)
from console.when import span
from console.words import _, category_label, clock_label, event_label, field_label, listed, word
from domain.policy import Sheet
from domain.rules import ApprovalRule, AssignmentRule
from domain.words import Ending

Rows = Iterable[tuple[str, str]]
Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
"""Headings and lines."""


def parameters_table(sheet: Sheet) -> Table:
    """The parameters, with what the organisation set itself."""
    headings = (_("parameter"), _("value"), "", _("default"), _("meaning"), _("rule book"))
    return headings, list(parameter_rows(sheet.parameters))


def clocks_table(sheet: Sheet) -> Table:
    """The time limits, with where each comes from."""
    headings = (
        _("time limit"),
        _("limit"),
        _("calendar"),
        _("warns at"),
        _("after it tells"),
        _("source"),
    )
    lines: list[tuple[str, ...]] = [
        (
            clock_label(rule.name),
            limit_label(rule),
            rule.calendar,
            warning_label(rule),
            escalation_label(rule.escalate),
            source_label(rule),
        )
        for rule in sheet.clocks
    ]
    return headings, lines


def parts_of(sheet: Sheet) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything but parameters and time limits: title and lines; what is empty is not there."""
    parts: list[tuple[str, Rows]] = [
        (_("Path"), _path(sheet)),
        (_("Why time may stand still"), _pauses(sheet)),
        (_("Who decides"), _hands(sheet)),
        (_("Who may"), ((command.replace("_", "-"), _roles(roles)) for command, roles in sheet.may.items())),
        (_("Endings that are not agreed"), _endings(sheet)),
        (_("Types"), ((category_label(name), _labels(subs)) for name, subs in sheet.categories.items())),
        (_("Other settings"), _settings(sheet)),
    ]
    filled = [(title, [(name, value) for name, value in rows if value]) for title, rows in parts]
    return [(title, rows) for title, rows in filled if rows]


def print_parameters(sheet: Sheet) -> None:
    if not sheet.parameters:
        return
    heading(_("Parameters"))
    headings, lines = parameters_table(sheet)
    table(headings, lines, flexible=4)


def print_sheet(sheet: Sheet) -> None:
    """Everything but the parameters."""
    if sheet.clocks:
        heading(_("Time limits"))
        headings, lines = clocks_table(sheet)
        table(headings, lines, flexible=len(headings) - 1)
        show(Text(_(LEGEND), style="dim"))
    for title, rows in parts_of(sheet):
        heading(title)
        pairs(rows)


def _path(sheet: Sheet) -> Rows:
    yield _("stages"), " → ".join(word(stage) for stage in sheet.path)
    yield _("a new round begins in"), word(sheet.back_to)
    yield _("required fields"), listed(map(field_label, sheet.required))
    for stage in sheet.path:
        yield _("{stage} needs", stage=word(stage)), listed(_needs(sheet.needs.get(stage, ())))
    yield _("by itself"), listed(name.replace("_", "-") for name in sheet.automatic)


def _needs(codes: tuple[str, ...]) -> list[str]:
    """Conditions in words; that an event happened in the event's own."""
    events = [event_label(code.removeprefix("event:")) for code in codes if code.startswith("event:")]
    return [*texts_of(code for code in codes if not code.startswith("event:")), *events]


def _pauses(sheet: Sheet) -> Rows:
    for name, rule in sheet.pauses.items():
        stopped = _("stops {clocks}", clocks=listed(map(clock_label, rule.clocks)))
        parts = (title_of(rule.title, ""), word(rule.kind), stopped, rule.source)
        yield name, "; ".join(part for part in parts if part)


def _hands(sheet: Sheet) -> Rows:
    yield _("default department"), sheet.default_department
    for rule in sheet.assignment:
        yield _("assignment {name}", name=rule.name), _assignment(rule)
    for department, other in sheet.substitutes.items():
        yield _("substitute of {department}", department=department), other
    for level, upward in sheet.upward.items():
        tells = _("tells {roles}", roles=_roles(upward.tell)) if upward.tell else ""
        asks = _("asks {roles} to help", roles=_roles(upward.support)) if upward.support else ""
        yield _("{level} cases", level=class_label(level)), listed(part for part in (tells, asks) if part)
    if sheet.approval is not None:
        yield _("approval"), _approval(sheet.approval)
    departments = (f"{name} ({title_of(titles, name)})" for name, titles in sheet.departments.items())
    yield _("departments"), listed(departments)
    for counter in sheet.counters:
        yield (
            _("counter {name}", name=counter.name),
            _("{number} times; {source}", number=counter.at, source=counter.source),
        )


def _assignment(rule: AssignmentRule) -> str:
    when = listed((*rule.categories, *map(class_label, (*rule.urgencies, *rule.complexities))))
    skill = _("skill: {skill}", skill=rule.skill) if rule.skill else ""
    return "; ".join(part for part in (rule.department, skill, when) if part)


def _approval(rule: ApprovalRule) -> str:
    text = _("above {amount} {currency} by {roles}", amount=rule.above, currency=rule.currency, roles=_roles(rule.by))
    if rule.two_above is not None:
        text += "; " + _("above {amount} by two persons", amount=rule.two_above)
    return text


def _endings(sheet: Sheet) -> Rows:
    for name, rule in sheet.endings.items():
        by = _roles(rule.by) or _("everyone who may close")
        reminders = _("after {number} reminders", number=rule.after_reminders) if rule.after_reminders else ""
        yield word(Ending(name)), "; ".join(part for part in (by, reminders) if part)


def _settings(sheet: Sheet) -> Rows:
    if sheet.remind_after_seconds:
        after = span(timedelta(seconds=sheet.remind_after_seconds))
        yield _("reminding the customer"), _("after {span}, at most {number}", span=after, number=sheet.remind_at_most)
    yield _("written result"), _("yes") if sheet.written_result else _("no")
    yield _("survey lapses after"), span(timedelta(seconds=sheet.survey_lapse_seconds))
    yield _("low score"), str(sheet.low_score)
    yield _("warranty on repairs"), _("{number} days", number=sheet.repair_warranty_days)
    yield _("eligibility rules"), listed(sheet.eligibility_rules)
    if sheet.ping_pong_at:
        yield _("ping-pong is flagged at"), _("return no. {number}", number=sheet.ping_pong_at)
    for command, seconds in sheet.happened_at_window_seconds.items():
        name = _("all others") if command == "*" else command.replace("_", "-")
        yield _("may be reported late: {command}", command=name), span(timedelta(seconds=seconds))
    yield _("own phrases for notices"), listed(sheet.phrases)
    review = _("every {number} months", number=sheet.review_months) if sheet.review_months else _("never")
    yield _("review of the policy"), review
    months = sheet.supervision_months
    yield _("supervision of the policy"), _("every {number} months", number=months) if months else _("never")


def _labels(categories: Iterable[str]) -> str:
    return listed(map(category_label, categories))


def _roles(roles: Iterable[str]) -> str:
    return listed(map(role_label, roles))
