"""What a case waits for: each need of its stage, who is expected to meet it, with which commands, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from api.description import PREFIX
from api.look import Seen
from api.models import Answer
from api.person import Person
from api.words import Language, Words
from domain.case import Case, Clock
from domain.commands import COMMANDS
from domain.held_back import HeldBack, held_back
from domain.meets import commands_for, meets
from domain.needs import missing
from domain.progress import put_off, wanted
from domain.rights import may

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class Give(Answer):
    """A command that meets a need, or stops a time limit."""

    command: str = Field(examples=["propose_remedy"])
    path: str = Field(description="Where to give it.")
    roles: list[str] = Field(description="Who may by the policy; empty: everybody but auditors.")
    yours: bool = Field(description="Whether your roles may.")


class Wait(Answer):
    """One thing that the case waits for."""

    code: str = Field(examples=["proposal_made"])
    text: str = Field(description="The same in words.")
    people: list[str] = Field(description="Who is expected to give it; `customer` for the customer.")
    clock: str = Field(description="The time limit that it stops; empty when none is its own.")
    due: Time | None
    give: list[Give]


class Limit(Answer):
    """A time limit that runs."""

    clock: str
    due: Time
    standing: bool
    breached: bool
    stopped_by: list[Give]


class Held(Answer):
    """A pause that lasts."""

    pause: str
    reason: str
    kind: str
    since: Time
    flagged: bool = Field(description="The customer was heard of meanwhile.")


class HeldBackOut(Answer):
    """A step of the workflow, or a notice, that waits so that what led to it can be undone."""

    step: str = Field(description="The command that is given then; empty for a notice.", examples=["present_proposal"])
    notice: str = Field(description="The notice's number; empty for a step.")
    until: Time
    lets_go: Give = Field(description="What does not wait any longer.")
    takes_back: Give | None = Field(description="By what it never comes to it.")


class WhyOut(Answer):
    """What a case waits for."""

    case: str
    version: int
    stage: str
    round: int
    over: bool
    waiting_for: list[Wait]
    limits: list[Limit]
    pauses: list[Held]
    by_itself: list[str] = Field(description="What its workflow does without being asked.")
    held_back: list[HeldBackOut]
    to_be_sent: list[str] = Field(description="Notices on their way.")
    failed: list[str] = Field(description="Notices that could not be sent.")


def why(found: Seen, person: Person, words: Words, language: Language) -> dict[str, Any]:
    """All of it, as `WhyOut` describes."""
    case = found.case
    codes = [] if case.over else missing(case, found.sheet, case.stage)
    return {
        "case": found.id,
        "version": case.version,
        "stage": case.stage,
        "round": case.round,
        "over": case.over,
        "waiting_for": [_wait(code, found, person, words.need(code, language)) for code in codes],
        "limits": [_limit(name, clock, found, person) for name, clock in running(case)],
        "pauses": [] if case.over else list(_pauses(case)),
        "by_itself": [*wanted(case, found.sheet), *_due_steps(found)],
        "held_back": [_held_back(one, found, person) for one in held_back(case, found.now)],
        "to_be_sent": [number for number, notice in case.notices.items() if notice.to_be_sent],
        "failed": [number for number, notice in case.notices.items() if notice.stuck],
    }


def _due_steps(found: Seen) -> list[str]:
    """Steps that were held back, and whose moment has come."""
    return [name for name, until in put_off(found.case).items() if until <= found.now]


def _held_back(one: HeldBack, found: Seen, person: Person) -> dict[str, Any]:
    return {
        "step": one.step,
        "notice": one.notice,
        "until": one.until,
        "lets_go": _give(one.lets_go, found, person),
        "takes_back": _give(one.takes_back, found, person) if one.takes_back else None,
    }


def _wait(code: str, found: Seen, person: Person, text: str) -> dict[str, Any]:
    clock = _clock_of(code, found)
    return {
        "code": code,
        "text": text,
        "people": _people(code, found.case),
        "clock": clock,
        "due": _due(clock, code, found.case),
        "give": [_give(command, found, person) for command in _commands(code, found)],
    }


def _commands(code: str, found: Seen) -> tuple[str, ...]:
    """Those that make sense for this case; the customer is told first where nobody does that by itself."""
    commands, case = meets(code).commands, found.case
    if code == "assignment_accepted":
        return commands[1:] if case.assignment else commands[:1]
    if code == "proposal_made":
        return commands[1:] if found.sheet.answers else commands[:1]
    by_hand = "present_proposal" not in found.sheet.automatic
    if code == "proposal_accepted" and case.proposal and not case.proposal.presented and by_hand:
        return ("present_proposal", *commands)
    return commands


def _give(command: str, found: Seen, person: Person) -> dict[str, Any]:
    return {
        "command": command,
        "path": f"{PREFIX}/cases/{found.id}/{command.replace('_', '-')}",
        "roles": found.sheet.may.get(command, ()),
        "yours": may(COMMANDS[command], person.actor, found.sheet) is None,
    }


def _people(code: str, case: Case) -> list[str]:
    """Who is expected to give it."""
    name, _, rest = code.partition(":")
    match name:
        case "assignment_accepted" if case.assignment:
            return [case.assignment.to]
        case "questions_answered":
            return [question.to for question in case.questions.values() if not question.answered]
        case "measure" if case.proposal and rest in case.proposal.measures:
            return [case.proposal.measures[rest].owner]
        case "proposal_accepted" | "satisfaction_confirmed" | "survey_settled":
            return list(filter(None, ("customer", case.responsible)))
        case "lead_taken" | "proposal_approved":
            return []
        case _:
            return [case.responsible] if case.responsible else []


def _clock_of(code: str, found: Seen) -> str:
    """The running time limit that this need stops; empty when none is its own."""
    name, _, rest = code.partition(":")
    events = set(meets(code).events)
    own = {
        "questions_answered": "question:",
        "measure": f"measure:{rest}#",
        "improvements_completed": "improvement:",
    }.get(name, "\0")
    named = {rule.name for rule in found.sheet.clocks if events & set(rule.stops)}
    mine = [
        (clock.due, key)
        for key, clock in found.case.clocks.items()
        if clock.running and (key.partition("#")[0] in named or key.startswith(own))
    ]
    return min(mine)[1] if mine else ""


def _due(clock: str, code: str, case: Case) -> Any:
    """Nothing is due while it stands still, unless it was late before."""
    if clock:
        state = case.clocks[clock]
        return state.due if state.breached or not state.standing else None
    return case.survey.lapse_at if code == "survey_settled" and case.survey else None


def running(case: Case) -> list[tuple[str, Clock]]:
    """The time limits that run, the next one first."""
    clocks = [(name, clock) for name, clock in case.clocks.items() if clock.running and not case.over]
    return sorted(clocks, key=lambda pair: (pair[1].standing, pair[1].due))


def _limit(name: str, clock: Clock, found: Seen, person: Person) -> dict[str, Any]:
    return {
        "clock": name,
        "due": clock.due,
        "standing": clock.standing,
        "breached": clock.breached,
        "stopped_by": [_give(command, found, person) for command in _stopping(name, found)],
    }


def _stopping(clock: str, found: Seen) -> list[str]:
    own = {"question": "answer_question", "measure": "complete_measure", "improvement": "complete_improvement"}
    name, base = clock.partition(":")[0], clock.partition("#")[0]
    if name in own and ":" in clock:
        return [own[name]]
    events = [event for rule in found.sheet.clocks if rule.name == base for event in rule.stops]
    return list(dict.fromkeys(command for event in events for command in commands_for(event)))


def _pauses(case: Case) -> Iterator[dict[str, Any]]:
    for number, pause in case.pauses.items():
        if pause.until is None:
            yield {
                "pause": number,
                "reason": pause.reason,
                "kind": pause.kind,
                "since": pause.since,
                "flagged": pause.flagged,
            }
