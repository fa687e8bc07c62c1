"""The figures of a what-if as tables for people: as promised, and under the draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from console.output import heading, say, show, table
from console.whatif_figures import MEASURES, PERSONS, Answer
from console.when import shown
from console.words import _, clock_label, kind_label, listed
from domain.comparison import Comparison

if TYPE_CHECKING:
    from console.whatif_run import Period


def print_answer(answer: Answer, period: Period) -> None:
    """What one draft would have changed."""
    draft, found = answer.draft, answer.comparison
    show(_("{kind} under {name} {version}", kind=kind_label(answer.kind), name=draft.name, version=draft.version))
    number = found.draft.cases.cases
    if not number:
        show("  " + _("No such case was received then."))
        return
    show("  " + _("{number} cases received {period}", number=number, period=_period(period)))
    late = {"promised": found.promised.cases.late, "draft": found.draft.cases.late}
    show("  " + _("with a limit that passed: {promised} as promised, {draft} under the draft", **late))
    changes = {"newly": found.newly_late, "no_longer": found.no_longer_late}
    show(
        "  " + _("{newly} would have been late and were not, {no_longer} were late and would not have been", **changes)
    )
    if found.examples["newly_late"]:
        show("  " + _("newly late, for example: {cases}", cases=listed(found.examples["newly_late"][:5])))
    _print_limits(found)
    _print_approvals(found)
    if found.not_told:
        limits = listed(f"{clock_label(limit)} ({number})" for limit, number in found.not_told.items())
        say(
            _(
                "Their logs do not tell when these limits of finished cases of other systems were met: {limits}",
                limits=limits,
            )
        )


def _period(period: Period) -> str:
    if period.since and period.until:
        return _("from {since} to {until}", since=shown(period.since), until=shown(period.until))
    if period.since:
        return _("from {since} on", since=shown(period.since))
    return _("until {until}", until=shown(period.until)) if period.until else _("at any time")


def _print_limits(found: Comparison) -> None:
    heading(_("Time limits, as promised → under the draft"))
    headings = (_("time limit"), _("department"), _("how many"), *map(_, MEASURES.values()))
    table(headings, _without_repeats(_limit_rows(found)))


def _limit_rows(found: Comparison) -> Iterator[tuple[str, ...]]:
    for limit, department, promised, drafted in found.rows():
        numbers = (_change(getattr(promised, name), getattr(drafted, name)) for name in ("limits", *MEASURES))
        yield (clock_label(limit), _department(department), *numbers)


def _print_approvals(found: Comparison) -> None:
    rows = [
        (_department(name), *(_change(getattr(one, part), getattr(two, part)) for part in ("proposals", *PERSONS)))
        for name, one, two in found.approvals()
    ]
    if rows:
        heading(_("Proposals, as promised → under the draft"))
        table((_("department"), _("how many"), *map(_, PERSONS.values())), rows)


def _department(name: str) -> str:
    return name or _("all")


def _change(before: int, after: int) -> str:
    return str(before) if before == after else f"{before} → {after}"


def _without_repeats(rows: Iterable[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """The first cell only where it changes."""
    before = ""
    for first, *rest in rows:
        yield ("" if first == before else first, *rest)
        before = first
