"""What becomes of what is asked of a policy: drafted, discussed, approved by others than its author, retired."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from domain import policy_commands as pc
from domain import policy_events as p
from domain.context import Context
from domain.decisions.conditions import given, in_future, not_negative
from domain.followable import refuse_unfollowable, sheet_of
from domain.message import Command, Event
from domain.policy_commands import PublishSheet as PublishSheet
from domain.policy_life import Policy, Version, evolve, overdue, version_in_force
from domain.refusal import Refused


def decide(policy: Policy, command: Command, context: Context) -> list[Event]:
    """The events that follow from a command. Raises `Refused` with a sentence. Changes nothing."""
    pc.refuse_without_right(command, context.actor)
    return DECISIONS[type(command)](policy, command, context)


def publish_sheet(policy: Policy, command: pc.PublishSheet, context: Context) -> list[Event]:
    """Publish a sheet once; an older one never comes back by itself, and what the organisation approved stays."""
    sheet = sheet_of(command.content)
    refuse_stranger(sheet.kind, context)
    if policy.keeps_out(sheet.version):
        raise Refused("policy_is_yours", kind=sheet.kind)
    if policy.standing and policy.versions[policy.standing].digest == sheet.digest:
        raise Refused("sheet_unchanged")
    if sheet.digest in {version.digest for version in policy.versions.values()}:
        raise Refused("sheet_superseded", version=sheet.version)
    if sheet.version in policy.versions:
        raise Refused("sheet_version_used", version=sheet.version)
    return [
        p.SheetPublished(
            name=sheet.name,
            version=sheet.version,
            digest=sheet.digest,
            content=command.content,
            review_months=sheet.review_months,
            supervision_months=sheet.supervision_months,
            at=context.now,
        )
    ]


def suggest_change(policy: Policy, command: pc.SuggestChange, context: Context) -> list[Event]:
    given(text=command.text)
    number = f"S{len(policy.suggestions) + 1}"
    return [p.ChangeSuggested(suggestion=number, text=command.text, cases=command.cases)]


def draft_policy(policy: Policy, command: pc.DraftPolicy, context: Context) -> list[Event]:
    """A version stands for one content for ever; a draft that was withdrawn may come back as it was."""
    sheet = sheet_of(command.content)
    refuse_stranger(sheet.kind, context)
    given(reason=command.reason)
    before = policy.versions.get(sheet.version)
    if before is not None and not (before.withdrawn and before.digest == sheet.digest):
        raise Refused("policy_version_taken", version=sheet.version, kind=sheet.kind)
    for number in command.suggestions:
        if number not in policy.suggestions:
            raise Refused("unknown_suggestion", suggestion=number, known=", ".join(policy.suggestions) or "none")
    refuse_unfollowable(sheet, context.shelf)
    return [
        p.PolicyDrafted(
            name=sheet.name,
            version=sheet.version,
            digest=sheet.digest,
            content=command.content,
            author=context.actor.id,
            reason=command.reason,
            cases=command.cases,
            suggestions=command.suggestions,
            review_months=sheet.review_months,
            supervision_months=sheet.supervision_months,
        )
    ]


def withdraw_draft(policy: Policy, command: pc.WithdrawDraft, context: Context) -> list[Event]:
    """Whoever drew it up, or those who answer for policies."""
    draft = _draft(policy, command.version, context)
    answering = set(context.actor.roles) & set(pc.THOSE_WHO_ANSWER_FOR_IT)
    if draft.author != context.actor.id and not answering:
        raise Refused("draft_of_another", version=command.version, author=draft.author)
    return [p.DraftWithdrawn(version=command.version, reason=command.reason)]


def discuss_policy(policy: Policy, command: pc.DiscussPolicy, context: Context) -> list[Event]:
    _draft(policy, command.version, context)
    given(text=command.text)
    return [p.PolicyDiscussed(version=command.version, by=context.actor.id, text=command.text)]


def approve_policy(policy: Policy, command: pc.ApprovePolicy, context: Context) -> list[Event]:
    """Never by its author, and not before somebody else has had a say."""
    draft = _draft(policy, command.version, context)
    if draft.author == context.actor.id:
        raise Refused("own_draft", version=command.version)
    if not set(draft.discussed_by) - {draft.author}:
        raise Refused("not_discussed", version=command.version)
    begins = command.in_force_from or context.now
    if begins < context.now:
        raise Refused("in_force_in_past", version=command.version)
    approved = p.PolicyApproved(version=command.version, by=context.actor.id, in_force_from=begins)
    return [approved, *overdue(evolve(policy, approved), context.now)]


def review_policy(policy: Policy, command: pc.ReviewPolicy, context: Context) -> list[Event]:
    if not policy.standing:
        raise Refused("nothing_in_force", kind=_kind(context))
    return [p.PolicyReviewed(version=policy.standing, outcome=command.outcome, at=context.now, remarks=command.remarks)]


def retire_policy(policy: Policy, command: pc.RetirePolicy, context: Context) -> list[Event]:
    """Cases that run keep it; new ones follow what comes back, and something must."""
    version = policy.versions.get(command.version)
    if version is None or version.withdrawn:
        raise _unknown(policy, command.version, context)
    if not version.approved:
        raise Refused("draft_not_retired", version=command.version)
    if version.retired:
        raise Refused("retired_already", version=command.version)
    given(reason=command.reason)
    retired = p.PolicyRetired(version=command.version, at=context.now, reason=command.reason)
    if version_in_force(policy, context.now) and not version_in_force(evolve(policy, retired), context.now):
        raise Refused("no_sheet_left", version=command.version, kind=_kind(context))
    return [retired]


def hold_supervision(policy: Policy, command: pc.HoldSupervision, context: Context) -> list[Event]:
    if not policy.standing:
        raise Refused("nothing_to_supervise", kind=_kind(context))
    not_negative(checked=command.checked)
    number = f"V{policy.supervision.held + 1}"
    by, remarks = context.actor.id, command.remarks
    return [p.SupervisionHeld(supervision=number, by=by, at=context.now, checked=command.checked, remarks=remarks)]


def report_exception(policy: Policy, command: pc.ReportException, context: Context) -> list[Event]:
    """It belongs to the last supervision that was held."""
    supervision = policy.supervision
    if not supervision.held:
        raise Refused("no_supervision")
    given(text=command.text, owner=command.owner)
    in_future(command.due, context)
    return [
        p.ExceptionFound(
            exception=f"X{len(supervision.exceptions) + 1}",
            supervision=supervision.newest,
            text=command.text,
            case=command.case,
            owner=command.owner,
            due=command.due,
        )
    ]


def rectify_exception(policy: Policy, command: pc.RectifyException, context: Context) -> list[Event]:
    """Its owner says so, or somebody above; an exception is not open for ever because its owner has left."""
    number, exceptions = command.exception, policy.supervision.exceptions
    if number not in exceptions:
        raise Refused("unknown_exception", exception=number, known=", ".join(exceptions) or "none")
    found = exceptions[number]
    if found.rectified:
        raise Refused("exception_rectified", exception=number)
    if context.actor.id != found.owner and not set(context.actor.roles) & set(pc.ABOVE_AN_OWNER):
        raise Refused("exception_of_another", exception=number, owner=found.owner)
    given(effect=command.effect)
    return [p.ExceptionRectified(exception=number, by=context.actor.id, effect=command.effect)]


def check_policy(policy: Policy, command: pc.CheckPolicy, context: Context) -> list[Event]:
    """Nothing of its own: the recorder has appended what was due before it asked (late never hides)."""
    return []


DECISIONS: dict[type[Command], Callable[[Policy, Any, Context], list[Event]]] = {
    pc.PublishSheet: publish_sheet,
    pc.SuggestChange: suggest_change,
    pc.DraftPolicy: draft_policy,
    pc.WithdrawDraft: withdraw_draft,
    pc.DiscussPolicy: discuss_policy,
    pc.ApprovePolicy: approve_policy,
    pc.ReviewPolicy: review_policy,
    pc.RetirePolicy: retire_policy,
    pc.HoldSupervision: hold_supervision,
    pc.ReportException: report_exception,
    pc.RectifyException: rectify_exception,
    pc.CheckPolicy: check_policy,
}


def refuse_stranger(kind: str, context: Context) -> None:
    """A sheet belongs into the stream of its kind."""
    if context.stream != f"policy:{kind}":
        raise Refused("sheet_of_another_kind", kind=kind)


def _draft(policy: Policy, name: str, context: Context) -> Version:
    """A version that is still a draft."""
    version = policy.versions.get(name)
    if version is None:
        raise _unknown(policy, name, context)
    if version.withdrawn:
        raise Refused("draft_withdrawn", version=name)
    if version.approved:
        raise Refused("not_a_draft", version=name)
    return version


def _unknown(policy: Policy, name: str, context: Context) -> Refused:
    known = ", ".join(version for version, one in policy.versions.items() if not one.withdrawn)
    return Refused("unknown_version", version=name, kind=_kind(context), known=known or "none")


def _kind(context: Context) -> str:
    return context.stream.partition(":")[2]
