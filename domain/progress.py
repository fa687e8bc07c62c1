"""What a workflow needs to know of its case, and nothing else: no personal data, under 2 KB."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.case import Case, Survey
from domain.clocks import next_check
from domain.needs import missing
from domain.policy import Sheet
from domain.words import Ending, Stage


@dataclass(frozen=True)
class Due:
    """Something to ask for at an instant: the command of that name."""

    command: str
    at: datetime


@dataclass(frozen=True)
class Effect:
    """Something to do in the world that the ledger asks for and does not yet have."""

    key: str
    """The notice's number within the case, ``N3``."""
    kind: str
    not_before: datetime


@dataclass(frozen=True)
class Progress:
    """The newest fold of a case, as its workflow follows it. Older ones are ignored."""

    stream: str
    version: int
    epoch: str = ""
    """The ledger's epoch: a ledger restored from an older backup gets a new one."""
    kind: str = ""
    path: list[str] = field(default_factory=list)
    stage: str = ""
    round: int = 1
    ending: str = ""
    over: bool = False
    wanted: list[str] = field(default_factory=list)
    """The automatic steps of this stage and round that are still to be asked for, as command names."""
    waiting_for: list[str] = field(default_factory=list)
    """What the case is waiting for, as codes of `domain.needs` (texts by `casefold why`)."""
    due: list[Due] = field(default_factory=list)
    """What to ask for when, earliest first."""
    todo: list[Effect] = field(default_factory=list)
    """Effects requested and not yet done."""

    def newer_than(self, other: Progress | None) -> bool:
        """Whether this one replaces the other: a later version, or any version of a later epoch."""
        if other is None or self.epoch != other.epoch:
            return other is None or self.epoch > other.epoch
        return self.version > other.version


def progress_of(stream: str, version: int, case: Case, sheet: Sheet | None) -> Progress | None:
    """The progress of a case; the epoch is the ledger's to fill in."""
    if not case.received or sheet is None:
        return None
    return Progress(
        stream=stream,
        version=version,
        kind=case.kind,
        path=[stage.value for stage in case.path],
        stage=case.stage.value,
        round=case.round,
        ending=case.ending.value if case.ending else "",
        over=case.over,
        wanted=wanted(case, sheet),
        waiting_for=[] if case.over else missing(case, sheet, case.stage),
        due=due(case),
        todo=[
            Effect(number, notice.kind.value, notice.not_before)
            for number, notice in case.notices.items()
            if notice.to_be_sent
        ],
    )


OWED_TO_THE_CUSTOMER_AND_THE_HEAD: dict[str, Callable[[Case], bool]] = {
    "acknowledge_receipt": lambda case: not case.acknowledged and not case.imported and bool(case.intake.contact),
    "tell_department_head": lambda case: not case.head_told and not case.imported and bool(case.department),
}

WANTED: dict[Stage, dict[str, Callable[[Case], bool]]] = {
    Stage.RECEIVE: OWED_TO_THE_CUSTOMER_AND_THE_HEAD,
    Stage.INVESTIGATE: OWED_TO_THE_CUSTOMER_AND_THE_HEAD,  # where people were faster than the workflow
    Stage.CONFIRM: {
        "present_proposal": lambda case: case.proposal is not None and not case.proposal.presented,
    },
    Stage.REVIEW: {
        "invite_survey": lambda case: case.survey is None and case.ending is Ending.RESOLVED,
    },
}
"""The automatic steps of each stage, and when they are still to be taken."""


def wanted(case: Case, sheet: Sheet) -> list[str]:
    """The automatic steps that the case's workflow should ask for now; those that wait for a moment, fall due."""
    return [name for name in _still_to_take(case) if name in sheet.automatic and name not in case.held]


def put_off(case: Case) -> dict[str, datetime]:
    """The steps that wait for a moment so that what led to them can be undone, each until when."""
    return {name: case.held[name] for name in _still_to_take(case) if name in case.held}


def _still_to_take(case: Case) -> list[str]:
    return [] if case.over else [name for name, open_ in WANTED.get(case.stage, {}).items() if open_(case)]


def due(case: Case) -> list[Due]:
    """What falls due when, earliest first."""
    if case.over:
        return []
    instants = {
        "check_clocks": next_check(case),
        "remind_customer": case.proposal.remind_at if case.proposal and not case.closed else None,
        "lapse_survey": case.survey.lapse_at if case.survey and not _survey_over(case.survey) else None,
        **put_off(case),
    }
    return sorted((Due(name, at) for name, at in instants.items() if at is not None), key=lambda item: item.at)


def _survey_over(survey: Survey) -> bool:
    return survey.score is not None or survey.lapsed
