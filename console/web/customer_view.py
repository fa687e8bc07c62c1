"""What a customer may know of their own case, in plain words: where it stands, what comes next, until when.

Nothing else gets to the customer's page: no names of staff, no notes, nothing that other people said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from console.look import Seen
from console.offers import would
from console.words import N_, _, language, word
from domain import events as e
from domain.actor import CUSTOMER, Actor, customer_of
from domain.case import Case
from domain.needs import still_to_do
from domain.personal import HIDDEN
from domain.rights import may
from domain.words import Direction, Ending, NoticeKind, Stage

ANSWERS = ("accept_proposal", "reject_proposal", "confirm_satisfaction", "reject_result", "answer_survey")
"""Commands that the page offers while the domain would take them."""

STEPS: Mapping[Stage, str] = {
    Stage.RECEIVE: N_("taken in"),
    Stage.INVESTIGATE: N_("looked into"),
    Stage.PROPOSE: N_("proposal"),
    Stage.CONFIRM: N_("your answer"),
    Stage.CLOSE: N_("finished"),
}
"""The stages as a customer reads them. What is reviewed afterwards is our own matter."""

WORKING = {
    Stage.RECEIVE: (
        N_("We have received it."),
        N_("We check whether anything is missing. Then somebody looks into it."),
    ),
    Stage.INVESTIGATE: (
        N_("We are looking into it."),
        N_("When we know what happened, we work out what we can do for you."),
    ),
    Stage.PROPOSE: (
        N_("We are working out what we can do for you."),
        N_("You will get our proposal and tell us whether you agree."),
    ),
}
ENDED = {
    Ending.RESOLVED: N_("It is resolved, and closed."),
    Ending.WITHDRAWN: N_("You withdrew it, so it is closed."),
    Ending.REFERRED: N_("It was passed on to an outside body, and is closed here."),
    Ending.NO_ANSWER: N_("We did not hear from you, so it is closed."),
    Ending.UNFOUNDED: N_("We looked into it and did not find what it says. It is closed."),
    Ending.NOT_ELIGIBLE: N_("Under the rules we cannot accept it. It is closed."),
}
HEARD = ("ProposalPresented", "InquiryAnswered", "RemedyProposed", "ProgressTold", "ReceiptAcknowledged", "CaseClosed")
"""What a customer hears of: time limits that such events stop are promises to them."""

TOLD: Mapping[type[Any], str] = {
    e.CaseReceived: N_("We received it."),
    e.CaseImported: N_("We received it."),
    e.ReceiptAcknowledged: N_("We confirmed that we have it."),
    e.CustomerContacted: N_("We spoke with you."),
    e.ProgressTold: N_("We wrote to you:"),
    e.ProposalPresented: N_("We sent you our proposal."),
    e.CustomerReminded: N_("We asked for your answer again."),
    e.ProposalAccepted: N_("You agreed."),
    e.ProposalRejected: N_("You did not agree. We are looking at it again."),
    e.RefundConfirmed: N_("Your money was paid back:"),
    e.SatisfactionConfirmed: N_("You were satisfied."),
    e.ResultRejected: N_("You were not satisfied. We are looking at it again."),
    e.CustomerMessageReceived: N_("You wrote to us."),
    e.EvidenceAdded: N_("You gave us a file."),
    e.CaseWithdrawn: N_("You withdrew it."),
    e.CaseClosed: N_("It was closed."),
    e.CaseReopened: N_("It was opened again."),
    e.SurveyAnswered: N_("You told us how we did."),
}


@dataclass(frozen=True)
class Step:
    """One stage on the way."""

    title: str
    state: str
    """``past``, ``here`` or ``ahead``."""


@dataclass(frozen=True)
class Promise:
    """One part of a proposal."""

    text: str
    due: datetime | None
    done: bool


@dataclass(frozen=True)
class Offered:
    """What we propose, or have answered."""

    key: int
    """The entry that made it: an answer is to this one, and to no other."""
    is_answer: bool
    """To an inquiry."""
    text: str
    arrangement: str = ""
    amount: Decimal | None = None
    currency: str = ""
    promises: tuple[Promise, ...] = ()


@dataclass(frozen=True)
class Happened:
    """One thing that the customer knows of."""

    at: datetime
    sentence: str
    detail: str = ""


@dataclass(frozen=True)
class View:
    """All that the page shows."""

    case: str
    title: str
    received_at: datetime | None
    steps: tuple[Step, ...]
    stands: str
    next: str
    until: datetime | None
    late: bool
    """A promise of ours has passed."""
    offered: Offered | None
    may: frozenset[str]
    """Commands that the customer may give now."""
    open: bool
    """Whether files are still taken."""
    happened: tuple[Happened, ...]
    """The newest first."""
    shown: frozenset[str]
    """Names of the personal fields that are shown."""


def customer_actor(found: Seen) -> Actor:
    """The customer of this case, as entries name them."""
    return customer_of(found.case.subject or found.id)


def view_of(found: Seen, opened: Callable[[Any], Any]) -> View:
    """The case for its customer; ``opened`` makes personal fields readable (`Ledger.opened`)."""
    case, actor = found.case, customer_actor(found)
    offered = _offered(found, opened) if case.proposal is not None and case.proposal.presented else None
    allowed = frozenset(n for n in ANSWERS if may(_command(n), actor, found.sheet) is None and would(n, found, actor))
    stands, then = _standing(case, offered, allowed)
    until, late = _until(found, offered)
    happened = tuple(reversed(list(_happened(found, opened))))
    shown = {"summary", "measures"} if offered and not offered.is_answer else {"text"} if offered else set()
    if any(isinstance(entry.event, e.ProgressTold) for entry in found.entries):
        shown.add("text")
    return View(
        case=found.id,
        title=found.sheet.title.get(language(), case.kind),
        received_at=case.received_at,
        steps=_steps(case),
        stands=stands,
        next=then,
        until=until,
        late=late,
        offered=offered,
        may=allowed,
        open=not case.closed,
        happened=happened,
        shown=frozenset(shown),
    )


def _command(name: str) -> Any:
    from domain.commands import COMMANDS

    return COMMANDS[name]


def _steps(case: Case) -> tuple[Step, ...]:
    path = [stage for stage in case.path if stage in STEPS]
    if case.closed:
        return tuple(Step(_(STEPS[stage]), "past") for stage in path)
    here = path.index(case.stage) if case.stage in path else len(path) - 1
    states = ("past" if n < here else "here" if n == here else "ahead" for n in range(len(path)))
    return tuple(Step(_(STEPS[stage]), state) for stage, state in zip(path, states, strict=True))


def _standing(case: Case, offered: Offered | None, allowed: frozenset[str]) -> tuple[str, str]:
    """Where it stands, and what happens next."""
    if case.closed:
        again = _("If you do not agree with this, write to us here or call us. You may also turn to an outside body.")
        return _(ENDED[case.ending]) if case.ending else _("It is closed."), again
    if case.stage in WORKING:
        stands, then = WORKING[case.stage]
        if case.round > 1:
            stands = N_("You were not satisfied, so we are looking at it again.")
        return _(stands), _(then)
    if case.stage is Stage.CONFIRM and case.proposal is not None:
        return _confirming(case, offered, allowed)
    return _("Everything is done."), _("We close it now.")


def _confirming(case: Case, offered: Offered | None, allowed: frozenset[str]) -> tuple[str, str]:
    if offered is None:
        return _("Our proposal is ready."), _("We will tell you about it, and ask whether you agree.")
    if "accept_proposal" in allowed:
        if offered.is_answer:
            return _("We have answered."), _("Tell us whether this answers your question.")
        return _("We wait for your answer."), _("Tell us whether you agree. If not, say what you would like instead.")
    if "confirm_satisfaction" in allowed:
        return _("All that we promised is done."), _("Tell us whether you are satisfied.")
    if still_to_do(case):
        return _("You agreed, and we are doing it."), _("When all of it is done, we ask whether you are satisfied.")
    return _("Everything is done."), _("We close it now.")


def _until(found: Seen, offered: Offered | None) -> tuple[datetime | None, bool]:
    """Until when the next thing happens, and whether one that we promised is late."""
    case = found.case
    if case.closed:
        open_survey = case.survey is not None and case.survey.score is None and not case.survey.lapsed
        return (case.survey.lapse_at if open_survey and case.survey else None), False
    if offered is not None and case.proposal is not None and not case.proposal.accepted:
        return None, False
    promises = {rule.name for rule in found.sheet.clocks if set(rule.stops) & set(HEARD)}
    if offered is not None:
        dues = [one.due for one in offered.promises if one.due is not None and not one.done]
    else:
        running = [(name, clock) for name, clock in case.clocks.items() if clock.running and not clock.standing]
        dues = [clock.due for name, clock in running if name.partition("#")[0] in promises]
    ahead = [due for due in dues if due > found.now]
    return min(ahead, default=None), any(due <= found.now for due in dues)


def _offered(found: Seen, opened: Callable[[Any], Any]) -> Offered | None:
    """The proposal or answer of now."""
    made = next((n for n in reversed(found.entries) if isinstance(n.event, e.RemedyProposed | e.InquiryAnswered)), None)
    if made is None or found.case.proposal is None:
        return None
    event = opened(made.event)
    if isinstance(event, e.InquiryAnswered):
        return Offered(made.version, True, readable(event.text))
    planned = list(found.case.proposal.measures.values())
    promises = tuple(
        Promise(readable(one.text), _promised(one.due, found), planned[n].done if n < len(planned) else False)
        for n, one in enumerate(event.measures)
    )
    arrangement = word(event.arrangement) if event.arrangement else ""
    return Offered(made.version, False, readable(event.summary), arrangement, event.amount, event.currency, promises)


def _promised(due: datetime | None, found: Seen) -> datetime | None:
    """Until when something is promised; a day that went by while we waited for their answer is no promise any more."""
    agreed = found.case.proposal is not None and found.case.proposal.accepted
    return due if agreed or (due is not None and due > found.now) else None


def readable(text: str) -> str:
    """A text that opened; empty when it did not, or is not there any more."""
    return "" if text in HIDDEN else text


def _happened(found: Seen, opened: Callable[[Any], Any]) -> Iterator[Happened]:
    untold = {entry.event.entry for entry in found.entries if isinstance(entry.event, e.EntryRetracted)}
    untold |= _not_told_yet(found)
    for entry in found.entries:
        event = opened(entry.event)
        if entry.version in untold or not _theirs(event, entry.actor.id):
            continue
        if isinstance(event, e.ShipmentRegistered):
            yield Happened(entry.happened_at, _("We sent you a parcel:"), f"{event.carrier} {event.tracking_number}")
        elif sentence := TOLD.get(type(event)):
            yield Happened(entry.happened_at, _(sentence), _detail(event))


def _not_told_yet(found: Seen) -> set[int]:
    """Entries with words to the customer whose notice waits so that it can be undone, or was taken back."""
    waiting: set[str] = set()
    command_of: dict[str, str] = {}
    for entry in found.entries:
        if isinstance(entry.event, e.NoticeRequested):
            notice = found.case.notices[entry.event.notice]
            command = command_of.get(entry.event.replaces, entry.command_id)  # the same words, asked for anew
            command_of[entry.event.notice] = command
            kept = notice.cancelled or notice.not_before > found.now
            if notice.kind is NoticeKind.PROGRESS and not notice.sent and kept:
                waiting.add(command)
    return {n.version for n in found.entries if isinstance(n.event, e.ProgressTold) and n.command_id in waiting}


def _theirs(event: Any, actor: str) -> bool:
    """Whether this is about the customer, and not a file or parcel of somebody else."""
    if isinstance(event, e.EvidenceAdded):
        return bool(event.given_by == "customer" or actor.startswith(CUSTOMER))
    if isinstance(event, e.ShipmentRegistered):
        return event.direction is Direction.TO_CUSTOMER
    return True


def _detail(event: Any) -> str:
    match event:
        case e.ProgressTold():
            return readable(event.text)
        case e.RefundConfirmed():
            return f"{event.amount} {event.currency}"
        case _:
            return ""
