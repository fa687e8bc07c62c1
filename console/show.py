"""`casefold show`: the folded case as one clear picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import typer
from rich.text import Text

from console import options as o
from console.answers import at_work
from console.clock_words import clock_line, pause_title
from console.help import CommandHelp
from console.look import Seen, case_id, seen
from console.masking import mask
from console.needs import text_of, texts_of
from console.output import as_plain, heading, pairs, print_json, show, table
from console.reveal import record_read
from console.when import due, shown, zone
from console.words import N_, _, field_label, language, listed, word
from domain.actor import Role
from domain.case import Intake, Notice, Paused
from domain.commands import ReceiveCase
from domain.needs import missing
from domain.personal import personal_fields
from domain.summary import summary_of

PERSONAL = frozenset(personal_fields(ReceiveCase))
"""The fields of the intake record that hold personal data: they are marked where they come in."""

Rows = Iterable[tuple[str, Any]]


def add_show(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command(
        "show",
        help=N_("Show a case, as it is or as it was known at an earlier point."),
        rich_help_panel=panel,
        cls=CommandHelp,
    )(_show)


def _show(case: o.CaseId, at: o.At = "", reveal: o.Reveal = False, by: o.By = "", as_json: o.AsJson = False) -> None:
    point = o.read_point(at, "--at") if at else None
    with at_work(as_json=as_json, reveal=reveal) as house:
        found = seen(house, case_id(case), point)
        if reveal:
            record_read(house, found.id, by, _personal_in(found.case.intake), as_json=as_json)
    if as_json:
        print_json(as_json_of(found, reveal=reveal))
    else:
        _print(found, reveal=reveal, past=point is not None)


def as_json_of(found: Seen, *, reveal: bool) -> dict[str, Any]:
    """The case for programs: its summary and its whole state."""
    state = as_plain(found.case)
    state["intake"] = dict(_intake(found.case.intake, reveal=reveal))
    summary: dict[str, Any] = as_plain(summary_of(found.id, found.case, found.sheet))
    needs = [{"code": code, "text": text_of(code)} for code in _missing(found)]
    return summary | {"waiting_for": needs, "as_of": as_plain(found.now), "state": state}


def _missing(found: Seen) -> list[str]:
    return [] if found.case.over else missing(found.case, found.sheet, found.case.stage)


def _print(found: Seen, *, reveal: bool, past: bool) -> None:
    case = found.case
    if past:
        last = shown(found.entries[-1].recorded_at, seconds=True)
        show(_("As it was known at version {version}, recorded {time}.", version=case.version, time=last))
    where = _("over") if case.over else _("{stage}, round {round}", stage=word(case.stage), round=case.round)
    show(Text(f"{found.id}  {found.sheet.title.get(language(), case.kind)}  {where}", style="bold"))
    _part("", _head(found))
    _part(_("Intake"), ((field_label(name), value) for name, value in _intake(case.intake, reveal=reveal)))
    _part(_("Hands"), _hands(found))
    _part(_("Investigation"), _investigation(found))
    _part(_("Proposal"), _proposal(found))
    _part(_("Closing and review"), _closing(found))
    if case.clocks:
        heading(_("Time limits (local time, {zone})", zone=zone()))
        table(("", "", "", ""), [clock_line(name, clock, found) for name, clock in case.clocks.items()])
        show(Text(_("Why then: casefold deadline explain {case}", case=found.id), style="dim"))
    if case.pauses:
        heading(_("When time stands still"))
        table(("",) * 5, [_pause(number, pause, found) for number, pause in case.pauses.items()])
    if case.notices:
        heading(_("Notices"))
        table(("", "", "", ""), [_notice(number, notice) for number, notice in case.notices.items()])
    if waiting := _missing(found):
        heading(_("Waiting for"))
        show(*texts_of(waiting))
        show(Text(_("Who, until when, and what to type: casefold why {case}", case=found.id), style="dim"))


def parts_now(found: Seen) -> Iterable[tuple[str, Rows]]:
    """How the case stands, part by part and without its intake, for whoever draws it otherwise."""
    yield _("Hands"), _hands(found)
    yield _("Investigation"), _investigation(found)
    yield _("Proposal"), _proposal(found)
    yield _("Closing and review"), _closing(found)


def _part(title: str, rows: Rows) -> None:
    """A part of the picture; what is empty is not shown, and an empty part neither."""
    filled = [(label, str(value)) for label, value in rows if value not in ("", None, False, ())]
    if filled:
        if title:
            heading(title)
        pairs(filled)


def _head(found: Seen) -> Rows:
    case = found.case
    yield _("received"), shown(case.received_at)
    yield _("imported"), _("from another system") if case.imported else ""
    yield _("type"), " / ".join(filter(None, (case.category, case.subcategory)))
    yield _("urgency"), word(case.urgency)
    yield _("complexity"), word(case.complexity)
    yield _("customer"), case.customer
    yield _("policy"), f"{found.sheet.name} {found.sheet.version}"
    yield _("version"), case.version


def _personal_in(intake: Intake) -> set[str]:
    """The personal fields that are filled in."""
    return {field.name for field in fields(intake) if field.name in PERSONAL and getattr(intake, field.name)}


def _intake(intake: Intake, *, reveal: bool) -> Iterable[tuple[str, str]]:
    for field in fields(intake):
        value = getattr(intake, field.name)
        text = word(value) if field.name == "channel" else str(value)
        if text:
            yield field.name, mask(field.name, text) if field.name in PERSONAL and not reveal else text


def _hands(found: Seen) -> Rows:
    case = found.case
    yield _("registered by"), case.registered_by
    yield _("responsible"), case.responsible
    yield _("department"), case.department
    offer = case.assignment or case.hand_over
    yield _("offered to"), f"{offer.to}@{offer.department}" if offer else ""
    yield _("led by"), case.lead
    yield _("hand-overs"), case.hand_overs or ""
    yield _("passed to and fro"), _("yes") if "PingPongFlagged" in case.seen else ""
    yield _("reported upward to"), listed(_role(role) for role in case.reported_to)
    home = case.substitution
    yield _("in place of"), f"{home.person}@{home.department}" if home else ""


def _role(name: str) -> str:
    return word(Role(name)) if name in set(Role) else name


def _investigation(found: Seen) -> Rows:
    case = found.case
    yield _("customer contacted"), _("yes") if case.contacted else ""
    for number, question in case.questions.items():
        state = _("answered") if question.answered else due(question.due, since=found.now)
        yield _("question {number}", number=number), f"{question.to}  {state}"
    for number, digest in case.evidence.items():
        yield _("evidence {number}", number=number), f"sha256 {digest[:16]}…"
    for number, of in case.statements.items():
        yield _("statement {number}", number=number), of
    for number, finding in case.findings.items():
        yield _("finding {number}", number=number), finding.cause
    yield _("responsible for it"), " ".join(filter(None, (case.responsible_person, case.responsible_department)))
    if case.eligible is not None:
        yield _("eligible"), f"{_('yes') if case.eligible else _('no')} ({case.eligibility_rule})"
    yield _("fault diagnosed"), _("yes") if case.diagnosis_round else ""
    yield _("article"), case.article
    for number, decision in case.decisions.items():
        cited = ", ".join(decision.findings)
        yield _("decision {number}", number=number), f"{word(decision.outcome)} ({cited}; {decision.rule})"


def _proposal(found: Seen) -> Rows:
    proposal = found.case.proposal
    if proposal is None:
        return
    yield _("round"), proposal.round
    yield _("arrangement"), word(proposal.arrangement) if proposal.arrangement else ""
    yield _("amount"), f"{proposal.amount} {proposal.currency}" if proposal.amount is not None else ""
    for number, measure in proposal.measures.items():
        state = _("done") if measure.done else due(measure.due, since=found.now)
        yield _("measure {number}", number=number), f"{measure.owner} {state}".strip()
    steps = {
        _("told to the customer"): proposal.presented,
        _("agreed"): proposal.accepted,
        _("carried out"): bool(proposal.measures) and all(measure.done for measure in proposal.measures.values()),
        _("customer satisfied"): proposal.satisfied,
    }
    yield _("so far"), listed(step for step, done in steps.items() if done)
    if proposal.approvals:
        approved = listed(proposal.approved_by)
        so_far = _("{number} of {needed}", number=len(proposal.approved_by), needed=proposal.approvals)
        yield _("approved"), f"{so_far} {approved}".strip()
    yield _("reminders"), proposal.reminders or ""
    yield _("next reminder"), due(proposal.remind_at, since=found.now)


def _closing(found: Seen) -> Rows:
    case = found.case
    yield _("closed"), shown(case.closed_at)
    yield _("ending"), word(case.ending) if case.ending else ""
    yield _("referred to"), case.referred_to
    yield _("warranty until"), shown(case.warranty_until)
    if case.survey is not None:
        lapse = due(case.survey.lapse_at, since=found.now)
        state = _("lapsed") if case.survey.lapsed else str(case.survey.score or _("invited; lapses {time}", time=lapse))
        yield _("survey"), state
    yield _("case report"), _("written") if case.reported else ""
    for number, completed in case.improvements.items():
        yield _("improvement {number}", number=number), _("completed") if completed else _("open")


def _pause(number: str, pause: Paused, found: Seen) -> tuple[str, ...]:
    until = shown(pause.until) or _("it lasts")
    flagged = _("the customer was heard of meanwhile") if pause.flagged else ""
    time = _("{since} to {until}", since=shown(pause.since), until=until)
    return number, pause_title(pause, found), word(pause.kind), time, flagged


def _notice(number: str, notice: Notice) -> tuple[str, str, str, str]:
    if notice.cancelled and not notice.sent:
        state = _("taken back")
    else:
        state = _("sent") if notice.sent else _("failed") if notice.failed else _("to be sent")
    return number, word(notice.kind), word(notice.audience) if notice.to == notice.audience else notice.to, state
