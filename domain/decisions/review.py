"""Review 复盘: the customer's rating, the case report, improvement actions (R-01…R-04)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import commands as c
from domain import events as e
from domain.case import Case, Survey
from domain.context import Context
from domain.decisions.conditions import given, in_future, notice, sheet_of
from domain.message import Command, Event
from domain.refusal import Refused
from domain.words import NoticeKind


def _closed(case: Case) -> None:
    if not case.received:
        raise Refused("not_received")
    if not case.closed:
        raise Refused("not_closed")


def invite_survey(case: Case, command: c.InviteSurvey, context: Context) -> list[Event]:
    _closed(case)
    if case.survey is not None:
        raise Refused("survey_invited")
    lapse_at = context.now + timedelta(seconds=sheet_of(context).survey_lapse_seconds)
    return [e.SurveyInvited(lapse_at=lapse_at), notice(case, context, NoticeKind.SURVEY)]


def answer_survey(case: Case, command: c.AnswerSurvey, context: Context) -> list[Event]:
    """By link or by phone, so also without an invitation, and late rather than never (R-01)."""
    _closed(case)
    scores = (command.process, command.result, command.attitude)
    if not all(1 <= score <= 5 for score in scores):
        raise Refused("score_range")
    if case.survey is not None and case.survey.score is not None:
        raise Refused("survey_answered")
    answered = e.SurveyAnswered(
        process=command.process, result=command.result, attitude=command.attitude, words=command.words
    )
    if min(scores) <= sheet_of(context).low_score:
        return [answered, e.ImprovementRequested(score=min(scores))]
    return [answered]


def lapse_survey(case: Case, command: c.LapseSurvey, context: Context) -> list[Event]:
    survey = _invited(case)
    if survey.score is not None:
        raise Refused("survey_answered")
    if survey.lapsed:
        raise Refused("survey_lapsed")
    if survey.lapse_at is not None and context.now < survey.lapse_at:
        raise Refused("survey_not_due")
    return [e.SurveyLapsed()]


def _invited(case: Case) -> Survey:
    if case.survey is None:
        raise Refused("no_survey")
    return case.survey


def follow_up_customer(case: Case, command: c.FollowUpCustomer, context: Context) -> list[Event]:
    """回访 (C-08)."""
    _closed(case)
    return [e.CustomerFollowedUp(channel=command.channel, note=command.note)]


def report_case(case: Case, command: c.ReportCase, context: Context) -> list[Event]:
    _closed(case)
    given(cause=command.cause, course=command.course, result=command.result, lessons=command.lessons)
    if case.reported:
        raise Refused("reported_already")
    return [e.CaseReported(cause=command.cause, course=command.course, result=command.result, lessons=command.lessons)]


def open_improvement(case: Case, command: c.OpenImprovement, context: Context) -> list[Event]:
    if not case.received:
        raise Refused("not_received")
    given(action=command.action, owner=command.owner)
    in_future(command.due, context)
    return [
        e.ImprovementOpened(
            improvement=case.next_number("I"), action=command.action, owner=command.owner, due=command.due
        )
    ]


def complete_improvement(case: Case, command: c.CompleteImprovement, context: Context) -> list[Event]:
    given(effect=command.effect)
    if command.improvement not in case.improvements:
        raise Refused("unknown_improvement", improvement=command.improvement)
    if case.improvements[command.improvement]:
        raise Refused("improvement_completed", improvement=command.improvement)
    return [e.ImprovementCompleted(improvement=command.improvement, effect=command.effect)]


DECISIONS: dict[type[Command], Any] = {
    c.InviteSurvey: invite_survey,
    c.AnswerSurvey: answer_survey,
    c.LapseSurvey: lapse_survey,
    c.FollowUpCustomer: follow_up_customer,
    c.ReportCase: report_case,
    c.OpenImprovement: open_improvement,
    c.CompleteImprovement: complete_improvement,
}
