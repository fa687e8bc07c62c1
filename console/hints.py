"""What to type next: each line is tried on the case first, so that whoever types it is not refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from console.look import Seen
from console.needs import commands_for, need_of
from console.values import Field, fields_of
from domain.actor import OF_NO_USER, Actor, Role
from domain.case import Case
from domain.commands import COMMANDS, Measure
from domain.context import Context
from domain.decisions import decide
from domain.held_back import HeldBack
from domain.refusal import Refused
from domain.rules import EndingRule
from domain.words import Direction, Ending

BLANK = "…"
"""Stands for what only the person who types can know."""
OF_APPROVAL = frozenset({"approve_proposal", "decline_approval"})
OF_HAND_OVERS = frozenset({"accept_hand_over", "refuse_hand_over"})
ANYBODY = tuple(role for role in Role if role not in OF_NO_USER)

OTHER_ENDINGS: dict[str, tuple[Ending, ...]] = {
    "eligible": (Ending.NOT_ELIGIBLE,),
    "proposal_made": (Ending.UNFOUNDED,),
    "proposal_accepted": (Ending.UNFOUNDED, Ending.NO_ANSWER),
    "closed": (Ending.UNFOUNDED,),
}
"""Need → the endings that can make it pointless."""


@dataclass(frozen=True)
class Hint:
    """One command to type."""

    line: str
    roles: tuple[str, ...]
    """Roles that may; empty: all but auditors."""
    accepted: bool
    """Whether it would be accepted now; otherwise something else has to come first."""
    command: str
    known: Mapping[str, str]
    """The values that the line shows; `BLANK` for what only the person who types can know."""


def hints(code: str, found: Seen) -> list[Hint]:
    """What meets a need of this case: what is accepted now, or, when nothing is, what will be later."""
    _name, _colon, rest = code.partition(":")
    told = [
        _hint(command, known, found) for command in _commands(code, found) for known in _known(command, rest, found)
    ]
    endings = [hint for ending in OTHER_ENDINGS.get(code, ()) for hint in _ending(ending, found)]
    if code == "eligible" and judged_ineligible(found.case):
        return endings
    return [hint for hint in told if hint.accepted] + endings or told


def judged_ineligible(case: Case) -> bool:
    """Whether it was judged so in this inquiry; an earlier judgment may be given anew."""
    return case.eligible is False and case.eligibility_round >= case.inquiry_round


def stopping(clock: str, found: Seen) -> list[str]:
    """What stops this time limit and would be accepted now."""
    name, _colon, number = clock.partition(":")
    number = number.partition("#")[0]
    own = {"question": "answer_question", "measure": "complete_measure", "improvement": "complete_improvement"}
    if name in own:
        told = [_hint(own[name], {name: number}, found)]
    else:
        base = name.partition("#")[0]
        events = [event for rule in found.sheet.clocks if rule.name == base for event in rule.stops]
        commands = dict.fromkeys(command for event in events for command in commands_for(event))
        told = [_hint(command, known, found) for command in commands for known in _known(command, "", found)]
    return [hint.line for hint in told if hint.accepted]


def resuming(pause: str, found: Seen) -> list[str]:
    """What lets the time limits run again that a pause holds."""
    hint = _hint("resume_clocks", {"pause": pause}, found)
    return [hint.line] if hint.accepted else []


def resending(number: str, found: Seen) -> list[str]:
    """What sends a notice again that could not be sent."""
    hint = _hint("resend_notice", {"notice": number}, found)
    return [hint.line] if hint.accepted else []


def letting_go(one: HeldBack, found: Seen) -> list[str]:
    """What no longer holds something back."""
    return _of_what_waits(one.lets_go, one, found)


def taking_back(one: HeldBack, found: Seen) -> list[str]:
    """What undoes something that is held back, so that it never happens."""
    return _of_what_waits(one.takes_back, one, found) if one.takes_back else []


def _of_what_waits(command: str, one: HeldBack, found: Seen) -> list[str]:
    of_notices = any(field.name == "notice" for field in fields_of(COMMANDS[command]))
    hint = _hint(command, {"notice": one.notice} if of_notices else {}, found)
    return [hint.line] if hint.accepted else []


def _commands(code: str, found: Seen) -> tuple[str, ...]:
    """The commands that make sense for this case."""
    commands = need_of(code).commands
    case = found.case
    if code == "assignment_accepted":
        return commands[1:] if case.assignment else commands[:1]
    if code == "proposal_made":
        return commands[1:] if found.sheet.answers else commands[:1]
    by_hand = "present_proposal" not in found.sheet.automatic
    if code == "proposal_accepted" and case.proposal and not case.proposal.presented and by_hand:
        return ("present_proposal", *commands)
    return commands


def _known(command: str, rest: str, found: Seen) -> list[dict[str, str]]:
    """What is known of the command's fields; one for each open question or improvement."""
    case = found.case
    match command:
        case "answer_question":
            return [{"question": number} for number, question in case.questions.items() if not question.answered]
        case "complete_improvement":
            return [{"improvement": number} for number, completed in case.improvements.items() if not completed]
        case "complete_measure":
            planned = case.proposal.measures.items() if case.proposal else ()
            return [{"measure": rest}] if rest else [{"measure": number} for number, plan in planned if not plan.done]
        case "supplement_intake":
            return [{"field": rest, "value": BLANK}]
        case "take_decision" if case.findings:
            return [{"outcome": BLANK, "findings": list(case.findings)[-1]}]
        case "propose_remedy":
            return [{"summary": BLANK, "measures": '"what; who; +3d"'}]
        case "look_up_knowledge":
            return [{"query": BLANK, "article": BLANK}]
        case "register_shipment":
            return [{"direction": Direction.TO_CUSTOMER.value}]
        case "confirm_refund" if case.proposal and case.proposal.amount is not None:
            return [{"amount": str(case.proposal.amount), "currency": case.proposal.currency}]
        case "close_case":
            rule = found.sheet.endings.get(Ending.RESOLVED, EndingRule())
            return [{"reason": BLANK} if rule.reason_required else {}]
        case _:
            return [{}]


def _ending(ending: Ending, found: Seen) -> Iterator[Hint]:
    """How to end the case otherwise, where it may be ended so."""
    proposal = found.case.proposal
    if ending is Ending.NO_ANSWER and not (proposal and proposal.reminders):
        return
    rule = found.sheet.endings.get(ending, EndingRule())
    known = {"ending": ending.value} | ({"reason": BLANK} if rule.reason_required else {})
    hint = _hint("close_case", known, found)
    if hint.accepted:
        yield dataclasses.replace(hint, roles=rule.by or hint.roles)


def _hint(command: str, known: Mapping[str, str], found: Seen) -> Hint:
    """The command as it is typed, and whether it would be accepted from somebody with every role."""
    parts = [f"casefold {command.replace('_', '-')} {found.id}"]
    values: dict[str, Any] = {}
    for field in fields_of(COMMANDS[command]):
        if not (field.required or field.name in known):
            continue
        text = known.get(field.name, "+3d" if field.kind is datetime else BLANK)
        parts.append(field.option if field.kind is bool else f"{field.option} {text}")
        values[field.name] = _example(field, text, found)
    asked = COMMANDS[command](**values)
    try:
        decide(found.case, asked, Context(found.id, found.now, _who(command, found.case), found.sheet, found.shelf))
    except Refused:
        accepted = False
    else:
        accepted = True
    return Hint(" ".join(parts), _roles(command, found), accepted, command, known)


def _who(command: str, case: Case) -> Actor:
    """Somebody with every role who may give it: the one it is offered to, or the one who answers for the case."""
    if command in OF_APPROVAL:
        return Actor(BLANK, ANYBODY)  # nobody approves their own
    if command in OF_HAND_OVERS and case.hand_over:
        return Actor(case.hand_over.to, ANYBODY)
    return Actor(case.assignment.to if case.assignment else case.responsible, ANYBODY)


def _roles(command: str, found: Seen) -> tuple[str, ...]:
    """Who may, by the sheet's rights; who approves has a rule of its own."""
    if command in OF_APPROVAL and found.sheet.approval is not None:
        return found.sheet.approval.by
    return tuple(found.sheet.may.get(command, ()))


def _example(field: Field, text: str, found: Seen) -> Any:
    """A value of the field: the one that the line shows, or any that somebody could mean."""
    one = _one(field, text, found)
    return (one,) if field.many else one


def _one(field: Field, text: str, found: Seen) -> Any:
    if field.kind is Measure:
        return Measure(text=BLANK, owner=BLANK)
    if field.kind is bool:
        return True
    if field.kind is datetime:
        return found.now + timedelta(days=3)
    if issubclass(field.kind, Enum):
        return next(iter(field.kind)) if text == BLANK else field.kind(text)
    if text != BLANK:
        return field.kind(text)
    if field.kind in (int, Decimal):
        return field.kind(1)
    return next(iter(_words(field, found.case, found)), BLANK)


def _words(field: Field, case: Case, found: Seen) -> Sequence[str]:
    """The words that the sheet allows for a field."""
    match field.name:
        case "category":
            return [word for word in found.sheet.categories if word != case.category]
        case "rule":
            return found.sheet.eligibility_rules
        case "value":
            return ["repair"]  # a wish is one of the arrangements; every other field takes any text
        case _:
            return ()
