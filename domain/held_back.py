"""What waits for a moment so that it can be undone: until when, what lets it go at once, and what takes it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.progress import put_off
from domain.words import NoticeKind

OF_A_PROPOSAL = (NoticeKind.PROPOSAL, NoticeKind.REMINDER)
"""Notices that are taken back together with the proposal that they tell of."""


@dataclass(frozen=True)
class HeldBack:
    """One step of the workflow, or one notice."""

    until: datetime
    lets_go: str
    """The command that does not wait any longer."""
    takes_back: str
    """The command by which it never comes to it; empty: there is none."""
    step: str = ""
    """As commands are called: ``present_proposal``; empty for a notice."""
    notice: str = ""
    """The notice's number; empty for a step."""


def held_back(case: Case, now: datetime) -> list[HeldBack]:
    """All that waits now, what leaves first on top."""
    return sorted((one for one in _all(case) if one.until > now), key=lambda one: one.until)


def _all(case: Case) -> Iterator[HeldBack]:
    for step, until in put_off(case).items():
        yield HeldBack(until, step, "withdraw_proposal" if step == "present_proposal" else "", step=step)
    for number, notice in case.notices.items():
        if notice.to_be_sent:
            with_proposal = notice.kind in OF_A_PROPOSAL and case.proposal is not None
            takes_back = "withdraw_proposal" if with_proposal else "cancel_notice"
            yield HeldBack(notice.not_before, "resend_notice", takes_back, notice=number)
