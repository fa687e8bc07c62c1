"""One explained deadline as a page: start, rule, calendar, pauses, the walk day by day, and how it ended (T-12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.text import Text

from console.calendar_words import KINDS_OF_DAYS, WEEKDAYS
from console.clock_words import cause_words
from console.limit_words import hours, limit_words
from console.output import heading, pairs, show, table
from console.when import span, zone
from console.words import N_, _, clock_label, event_label, language, listed, word
from domain.actor import WORKFLOW, Role
from domain.events import StepKind
from domain.explanation import Breach, CalendarUsed, Explanation, Held, Move, Result, RuleUsed, Step, Told
from domain.limits import Limit
from domain.words import Complexity, Stage, Urgency
from domain.working_time import Line

LONG = 40
"""A walk of more days shows days in a row that are alike as one line."""
IN_A_ROW = 4

ROLLS = {
    "next_opening": N_("a deadline outside of opening hours moves to the next opening"),
    "next_working_day": N_("a deadline on a rest day moves to the end of the next working day"),
}


@dataclass(frozen=True)
class Local:
    """Instants by the clocks of the calendar; without a calendar by those of this machine."""

    zone: ZoneInfo | None

    @property
    def name(self) -> str:
        return self.zone.key if self.zone else zone()

    def shown(self, moment: datetime | None) -> str:
        """With its seconds only where there are some."""
        if moment is None:
            return ""
        local = moment.astimezone(self.zone)
        return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")

    def day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def clock(self, moment: datetime) -> str:
        """The time of the day alone."""
        return self.shown(moment).partition(" ")[2]

    def with_weekday(self, moment: datetime) -> str:
        return f"{_(WEEKDAYS[moment.astimezone(self.zone).weekday()])} {self.shown(moment)}"


@dataclass(frozen=True)
class Part:
    """A part of the page: a table under a title; without headings its rows are names with their values."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def print_explanation(case: str, found: Explanation) -> None:
    """The whole page."""
    show(Text(f"{case}  {clock_label(found.clock)}  {word(found.family)}", style="bold"))
    show(in_one_sentence(found))
    for warning in warnings(found):
        show(Text(warning, style="bold"))
    for part in parts(found):
        heading(part.title)
        if part.headings:
            table(part.headings, part.rows)
        else:
            pairs([(name, value) for name, value in part.rows])


def in_one_sentence(found: Explanation) -> str:
    """When it is due, and how it stands."""
    local = _local(found)
    return _(
        "Due {time} ({zone}). {result}", time=local.with_weekday(found.due), zone=local.name, result=_result(found)
    )


def warnings(found: Explanation) -> list[str]:
    """What nobody should have to look for."""
    return list(_plainly(found, _local(found)))


def _local(found: Explanation) -> Local:
    return Local(ZoneInfo(found.calendar.time_zone) if found.calendar else None)


def parts(found: Explanation) -> Iterator[Part]:
    """Where the deadline comes from, what held it, the walk to it, and what became of it."""
    local = _local(found)
    yield Part(_("Where it comes from"), (), _filled(_origin(found, local)))
    if found.holds:
        yield Part(
            _("When it stood still"),
            (
                _("pause"),
                _("reason"),
                _("kind of pause"),
                _("stood still from"),
                _("ran again"),
                _("deadline later by"),
                "",
            ),
            [_held(held, local) for held in found.holds],
        )
    if found.walk:
        yield Part(
            _("Day by day ({zone})", zone=local.name),
            (_("day"), "", _("opening hours"), _("counted"), _("in all"), _("not counted"), ""),
            list(_walk(found, local)),
        )
    if found.moves:
        yield Part(
            _("How the deadline moved"),
            (_("when"), _("because"), _("deadline before"), _("deadline after"), _("entry")),
            [_move(move, local) for move in found.moves],
        )
    if found.steps or found.breaches:
        yield Part(_("Warnings, breach and escalation"), (_("what"), _("when"), ""), list(_raised(found, local)))
    if found.earlier:
        yield Part(
            _("It ran before"),
            (_("started"), _("due"), _("ended"), ""),
            [
                (local.shown(run.started_at), local.shown(run.due), local.shown(run.ended_at), _run(run.breached))
                for run in found.earlier
            ],
        )


def _filled(rows: Iterable[tuple[str, str]]) -> list[tuple[str, ...]]:
    return [(label, value) for label, value in rows if value]


def _run(breached: bool) -> str:
    return _("breached") if breached else ""


# ── In one sentence ──────────────────────────────────────────────────────────────────────────────────────────────────

RESULTS = {
    Result.RUNNING: N_("It runs: {left} left."),
    Result.STANDING: N_("It stands still: {left} left when it runs again."),
    Result.OVERDUE: N_("It is late by {left}, and still not done."),
    Result.KEPT: N_("It was done in time, with {left} left."),
    Result.LATE: N_("It was done late by {left}."),
    Result.LAPSED: N_("It ended without being done: nothing depends on it any more."),
    Result.OVER: N_("The case is over; nobody waits for it any more."),
}
OF_IT_WORKING = N_("{time} ({working} of it working time)")


def _result(found: Explanation) -> str:
    left = span(found.left)
    if found.working_left is not None and abs(found.working_left) != abs(found.left):
        left = _(OF_IT_WORKING, time=left, working=hours(found.working_left))
    return _(RESULTS[found.result], left=left)


def _plainly(found: Explanation, local: Local) -> Iterator[str]:
    """What nobody should have to look for."""
    if found.if_resumed is not None:
        yield _("If it ran again now, it would be due {time}.", time=local.with_weekday(found.if_resumed))
    if found.provisional and found.result in (Result.RUNNING, Result.STANDING, Result.OVERDUE):
        years = listed(str(year.year) for year in found.calendar.years if not year.announced) if found.calendar else ""
        yield _("Provisional: the days off in {years} are not announced yet; it is counted anew then.", years=years)
    if found.at_once and found.derived is not None:
        passed = local.with_weekday(found.derived)
        yield _("By its limit it was due {time}, which had passed when it was counted anew: due then.", time=passed)
    if not found.agrees and found.derived is None:
        yield _("Differs from the ledger: the policy of this case has no such rule.")
    elif not found.agrees and found.derived is not None:
        derived = local.with_weekday(found.derived)
        yield _("Differs from the ledger: counted here and now it would be due {time}.", time=derived)


# ── Where it comes from ──────────────────────────────────────────────────────────────────────────────────────────────


def _origin(found: Explanation, local: Local) -> Iterator[tuple[str, str]]:
    yield _("started"), f"{local.with_weekday(found.started_at)}  {_entry(found.because or found.started)}"
    if found.named is not None:
        yield _("due time named by"), f"{_who(found.named.by)}  {_entry(found.named)}"
    if found.limit:
        yield _("time limit"), _limit(found)
    if found.rule is not None:
        yield from _rule(found.rule, found)
    yield _("binds"), _role(found.binds)
    if found.calendar is not None:
        yield from _calendar(found.calendar)
    yield _("agrees with the ledger"), _("yes") if found.agrees and found.derived is not None else ""
    if found.ended is not None:
        yield _("ended"), f"{local.shown(found.ended_at)}  {_entry(found.ended_by or found.ended)}"


def _limit(found: Explanation) -> str:
    limit = limit_words(found.limit)
    if found.rule is None or found.rule.column == "ordinary":
        return limit
    return _("{limit}, because the case is {column}", limit=limit, column=_column(found.rule.column))


def _rule(rule: RuleUsed, found: Explanation) -> Iterator[tuple[str, str]]:
    others = (
        _("{column}: {limit}", column=_column(name), limit=limit_words(limit))
        for name, limit in rule.limits.items()
        if name != rule.column
    )
    yield _("other limits"), listed(others)
    yield _("policy"), f"{rule.sheet} {rule.sheet_version}, {rule.name}"
    yield _("source"), rule.source
    yield (
        _("for cases received"),
        " – ".join((rule.effective_from or "…", rule.effective_to or "…"))
        if (rule.effective_from or rule.effective_to)
        else "",
    )
    yield _("requirement"), rule.requirement
    ways = (
        _("the day of the start does not count") if rule.from_next_day else "",
        _(ROLLS[rule.roll]) if rule.roll in ROLLS else rule.roll,
        _("started again, it goes on where it stood") if rule.cumulative else "",
        _("each round has its own") if rule.per == "round" else "",
    )
    yield _("how it counts"), listed(filter(None, ways))
    if found.result in (Result.RUNNING, Result.STANDING, Result.OVERDUE):
        yield _("what stops it"), listed(_event(name) for name in rule.stops)


def _calendar(calendar: CalendarUsed) -> Iterator[tuple[str, str]]:
    title = calendar.title.get(language(), calendar.name)
    version = {"name": calendar.name, "version": calendar.version, "zone": calendar.time_zone}
    yield _("calendar"), _("{title} ({name} {version}, {zone})", title=title, **version)
    for year in calendar.years:
        if year.announced:
            yield str(year.year), listed(filter(None, (_("announced"), year.published, year.source)))
        else:
            yield str(year.year), listed(filter(None, (_("provisional: nobody has announced it yet"), year.source)))


def _column(name: str) -> str:
    for words in (Urgency, Complexity):
        if name in {member.value for member in words}:
            return word(words(name))
    return name


def _role(name: str) -> str:
    return word(Role(name)) if name in {role.value for role in Role} else name.replace("_", " ")


def _event(name: str) -> str:
    event, _colon, stage = name.partition(":")
    label = event_label(event).rstrip(".。")
    return f"{label} ({word(Stage(stage))})" if stage in {member.value for member in Stage} else label


def _entry(told: Told) -> str:
    by = _who(told.by)
    return _("{event} (entry {version}, by {by})", event=_event(told.event), version=told.version, by=by)


def _who(actor: str) -> str:
    return _("workflow") if actor == WORKFLOW.id else actor


# ── Tables ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _held(held: Held, local: Local) -> tuple[str, ...]:
    if not held.pause:
        reason = _("it was stopped, and started again later")
    else:
        reason = held.title.get(language(), held.reason.replace("_", " "))
        reason += f" ({held.source})" if held.source else ""
    return (
        held.pause,
        reason,
        word(held.kind) if held.kind else "",
        local.shown(held.since),
        local.shown(held.until) or _("it lasts"),
        span(held.added) if held.added is not None else "",
        _("the customer was heard of meanwhile") if held.flagged else "",
    )


def _move(move: Move, local: Local) -> tuple[str, ...]:
    return (
        local.shown(move.at),
        cause_words(move.cause),
        local.shown(move.before),
        local.shown(move.due),
        str(move.recorded.version),
    )


def _raised(found: Explanation, local: Local) -> Iterator[tuple[str, str, str]]:
    """Warnings, then what came after the deadline."""
    for step in found.steps:
        if step.kind is StepKind.WARN:
            what = _("warning at {percent} %", percent=step.level)
            yield what, local.with_weekday(step.at), _step(step, found, local)
    for breach in found.breaches:
        yield _("the limit passed"), local.with_weekday(breach.due), _breach(breach)
    for step in found.steps:
        if step.kind is StepKind.ESCALATE:
            what = _("step {number}, to {role}", number=step.level, role=_role(step.to))
            yield what, local.with_weekday(step.at), _step(step, found, local)


def _step(step: Step, found: Explanation, local: Local) -> str:
    if step.raised is None:
        return _("still to come") if found.result is Result.RUNNING else ""
    when = "" if step.raised.happened_at == step.at else _("raised {time}", time=local.shown(step.raised.happened_at))
    entry = _("entry {version}", version=step.raised.version)
    return listed(filter(None, (when or _("raised"), entry, _late(step.late))))


def _breach(breach: Breach) -> str:
    corrected = breach.corrected
    later = _("corrected in entry {version}", version=corrected.version) if corrected is not None else ""
    entry = _("entry {version}", version=breach.recorded.version)
    return listed(filter(None, (_("recorded"), entry, _late(breach.late), later)))


def _late(late: timedelta) -> str:
    return _("found late by {span}", span=span(late)) if late else ""


def _walk(found: Explanation, local: Local) -> Iterator[tuple[str, ...]]:
    in_time = Limit.parse(found.limit).seconds is not None
    for lines in _together(found.walk):
        yield (*_row(lines, in_time=in_time), listed(filter(None, _notes(lines, found, local))))


def _notes(lines: list[Line], found: Explanation, local: Local) -> Iterator[str]:
    """Where it begins, what held it, where it ends."""
    first, last = lines[0], lines[-1]
    if first.day == local.day(found.started_at):
        yield _("from {time}", time=local.clock(found.started_at))
    yield from first.pauses
    if last.rolled:
        yield _("moved here")
    if any(line.provisional for line in lines):
        yield _("provisional")
    if last is found.walk[-1] and (ends := _ends(last, found, local)):
        yield _("until {time}", time=ends)


def _ends(last: Line, found: Explanation, local: Local) -> str:
    """The time on the last day at which it is due; nothing where it only came so far."""
    if found.derived is None or found.result is Result.STANDING:
        return ""
    if local.day(found.derived) == last.day:
        return local.clock(found.derived)
    return "24:00" if local.day(found.derived - timedelta(microseconds=1)) == last.day else ""


def _together(lines: tuple[Line, ...]) -> Iterator[list[Line]]:
    """The lines one by one; in a long walk those in a row that are alike together."""
    row: list[Line] = []
    for line in lines:
        if row and not (len(lines) > LONG and _alike(row[-1], line)):
            yield from _shortened(row)
            row = []
        row.append(line)
    yield from _shortened(row)


def _shortened(row: list[Line]) -> Iterator[list[Line]]:
    if len(row) >= IN_A_ROW:
        yield row
    else:
        yield from ([line] for line in row)


def _alike(one: Line, other: Line) -> bool:
    return (one.why, one.windows, one.counted, one.paused, one.pauses, one.rolled, one.provisional) == (
        other.why,
        other.windows,
        other.counted,
        other.paused,
        other.pauses,
        other.rolled,
        other.provisional,
    )


def _row(lines: list[Line], *, in_time: bool) -> tuple[str, ...]:
    first, last = lines[0], lines[-1]
    day = _day(first.day) if first is last else _("{first} to {last}", first=_day(first.day), last=_day(last.day))
    counted, paused = (sum(getattr(line, name) for line in lines) for name in ("counted", "paused"))
    name = "" if first is not last else first.name.get(language(), "")
    return (
        day,
        listed(filter(None, (_(KINDS_OF_DAYS[first.why]) if first.why in KINDS_OF_DAYS else first.why, name))),
        listed(map(str, first.windows)),
        _amount(counted, in_time=in_time),
        _amount(last.total, in_time=in_time) or "0",
        _amount(paused, in_time=in_time),
    )


def _day(day: date) -> str:
    return f"{_(WEEKDAYS[day.weekday()])} {day.isoformat()}"


def _amount(number: int, *, in_time: bool) -> str:
    if not number:
        return ""
    if in_time:
        return hours(number)
    return _("{number} day", number=number) if number == 1 else _("{number} days", number=number)
