"""The life of a policy as a fold: its versions, which of them is in force when, and what falls due."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from domain import policy_events as p
from domain import supervision as s
from domain.clocks import MILLISECOND
from domain.copying import replace
from domain.message import Event
from domain.progress import Due, Progress
from domain.supervision import Supervision


class Standing(StrEnum):
    """Where a version of a policy is in its life."""

    DRAFTED = "drafted"
    DISCUSSED = "discussed"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    REPLACED = "replaced"
    RETIRED = "retired"


@dataclass(frozen=True)
class Version:
    """A version of a policy: shipped with the program, or the organisation's own."""

    digest: str
    shipped: bool
    review_months: int
    author: str = ""
    """Empty: shipped."""
    cases: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    discussed_by: tuple[str, ...] = ()
    withdrawn: bool = False
    approved_by: str = ""
    approval: int = 0
    """The entry that approved it: of two from the same day, the later one counts."""
    in_force_from: datetime | None = None
    begun: bool = False
    """Its first day is recorded."""
    retired: bool = False
    supervision_months: int = 0

    @property
    def approved(self) -> bool:
        """Whether it may be in force: shipped sheets need nobody's approval."""
        return self.shipped or bool(self.approved_by)


@dataclass(frozen=True)
class Policy:
    """The policy for one kind of case so far."""

    version: int = 0
    """How many entries its stream has."""
    versions: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    suggestions: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """Suggestion → the cases that it is about."""
    since: datetime | None = None
    """Since when the version that is recorded as in force is so."""
    reviewed_at: datetime | None = None
    review_called: datetime | None = None
    """When the review was due that is recorded as due and not yet held."""
    supervision: Supervision = field(default_factory=Supervision)

    @property
    def own(self) -> bool:
        """Whether the organisation follows, or will follow, a version that it approved itself."""
        return any(version.approved_by and not version.retired for version in self.versions.values())

    def keeps_out(self, name: str) -> bool:
        """Whether the program's sheet of this version stays out: nobody wants it, or a draft has its name."""
        same_name = self.versions.get(name)
        return self.own or (same_name is not None and not same_name.shipped)

    @property
    def standing(self) -> str:
        """The version that is recorded as in force; empty when none is."""
        return _newest(self, lambda version: version.begun)

    @property
    def open_suggestions(self) -> tuple[str, ...]:
        """The suggestions that no draft answers, withdrawn ones aside."""
        drafts = (version for version in self.versions.values() if not version.withdrawn)
        answered = {number for draft in drafts for number in draft.suggestions}
        return tuple(number for number in self.suggestions if number not in answered)

    @property
    def next_review(self) -> datetime | None:
        """When the version that is in force must be reviewed, which may have passed; None: never."""
        if self.review_called is not None:
            return self.review_called
        version = self.versions.get(self.standing)
        began = max((at for at in (self.since, self.reviewed_at) if at is not None), default=None)
        if version is None or began is None or not version.review_months:
            return None
        return months_later(began, version.review_months)

    @property
    def next_supervision(self) -> datetime | None:
        """When it must be checked that the policy is kept, which may have passed; None: never (P-05)."""
        supervision = self.supervision
        if supervision.called is not None or supervision.begun is None:
            return supervision.called
        due = months_later(supervision.begun, self.versions[self.standing].supervision_months)
        return max(due, self.since or due)  # a version that asks for it more often does so from its first day on


# ── Which version is in force ────────────────────────────────────────────────────────────────────────────────────────


def version_in_force(policy: Policy, now: datetime) -> str:
    """The name of the version that new cases follow: the newest of its own that has begun, else the newest shipped."""
    return _newest(policy, lambda version: version.in_force_from is not None and version.in_force_from <= now)


def in_force(policy: Policy, now: datetime) -> str:
    """The digest of the sheet that new cases follow; empty when there is none. Only instants decide."""
    name = version_in_force(policy, now)
    return policy.versions[name].digest if name else ""


def was_in_force(policy: Policy, name: str, now: datetime) -> bool:
    """Whether a version is or was in force, retired or not."""
    version = policy.versions.get(name)
    if version is None or not version.approved:
        return False
    return version.shipped or version.begun or (not version.retired and _begun(version, now))


def standing_of(policy: Policy, name: str, now: datetime) -> Standing:
    """Where a version is in its life."""
    version = policy.versions[name]
    if version.retired:
        return Standing.RETIRED
    if version.withdrawn:
        return Standing.WITHDRAWN
    if not version.approved:
        return Standing.DISCUSSED if version.discussed_by else Standing.DRAFTED
    if name == version_in_force(policy, now):
        return Standing.IN_FORCE
    return Standing.REPLACED if version.shipped or _begun(version, now) else Standing.APPROVED


def _begun(version: Version, now: datetime) -> bool:
    return version.in_force_from is not None and version.in_force_from <= now


def _newest(policy: Policy, begun: Callable[[Version], bool]) -> str:
    living = {name: version for name, version in policy.versions.items() if version.approved and not version.retired}
    own = {
        name: (version.in_force_from, version.approval)
        for name, version in living.items()
        if version.in_force_from is not None and not version.shipped and begun(version)
    }
    if own:
        return max(own, key=lambda name: own[name])
    return next((name for name in reversed(living) if living[name].shipped), "")


# ── The fold ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def evolve(policy: Policy, event: Event) -> Policy:
    """The policy after one more event."""
    before = policy.standing
    policy = _after(replace(policy, version=policy.version + 1), event)
    policy = replace(policy, supervision=s.evolve(policy.supervision, event))
    if policy.standing != before:
        began, version = _began(event), policy.versions.get(policy.standing)
        supervision = s.under(policy.supervision, version.supervision_months if version else 0, began)
        policy = replace(policy, since=began, review_called=None, supervision=supervision)
    return policy


def _after(policy: Policy, event: Event) -> Policy:
    match event:
        case p.SheetPublished():
            published = Version(event.digest, True, event.review_months, in_force_from=event.at, begun=True)
            return _with(policy, event.version, replace(published, supervision_months=event.supervision_months))
        case p.ChangeSuggested():
            suggestions = {**policy.suggestions, event.suggestion: event.cases}
            return replace(policy, suggestions=MappingProxyType(suggestions))
        case p.PolicyDrafted():
            draft = Version(event.digest, False, event.review_months, event.author, event.cases, event.suggestions)
            return _with(policy, event.version, replace(draft, supervision_months=event.supervision_months))
        case p.DraftWithdrawn():
            return _change(policy, event.version, lambda version: replace(version, withdrawn=True))
        case p.PolicyDiscussed():
            return _change(
                policy,
                event.version,
                lambda version: replace(version, discussed_by=(*version.discussed_by, event.by)),
            )
        case p.PolicyApproved():
            return _change(
                policy,
                event.version,
                lambda version: replace(
                    version, approved_by=event.by, approval=policy.version, in_force_from=event.in_force_from
                ),
            )
        case p.PolicyCameIntoForce():
            return _change(policy, event.version, lambda version: replace(version, begun=True))
        case p.PolicyReviewDue():
            return replace(policy, review_called=event.due)
        case p.PolicyReviewed():
            return replace(policy, reviewed_at=event.at, review_called=None)
        case p.PolicyRetired():
            return _change(policy, event.version, lambda version: replace(version, retired=True))
    return policy


def _began(event: Event) -> datetime | None:
    """Since when another version is in force, after the event that brought it there."""
    match event:
        case p.SheetPublished(at=at) | p.PolicyRetired(at=at):
            return at
        case p.PolicyCameIntoForce(in_force_from=at):
            return at
    return None


def _with(policy: Policy, name: str, version: Version) -> Policy:
    return replace(policy, versions=MappingProxyType({**policy.versions, name: version}))


def _change(policy: Policy, name: str, change: Callable[[Version], Version]) -> Policy:
    known = policy.versions.get(name)
    return policy if known is None else _with(policy, name, change(known))


# ── What falls due ───────────────────────────────────────────────────────────────────────────────────────────────────


def overdue(policy: Policy, now: datetime) -> list[Event]:
    """First days, reviews, supervisions and late exceptions that are not yet recorded, oldest first (P-03, P-05)."""
    events: list[Event] = []
    while (due := _next(policy)) is not None and due[0] <= now:
        events.append(due[1])
        policy = evolve(policy, due[1])
    return events


def progress_of(stream: str, policy: Policy) -> Progress | None:
    """What the policy's workflow needs to know; one without a date ahead needs none."""
    if not policy.version:
        return None
    due = _next(policy)
    return Progress(
        stream=stream,
        version=policy.version,
        kind="policy",
        stage="policy",
        over=due is None,
        due=[] if due is None else [Due("check_policy", _not_too_early(due[0]))],
    )


def _next(policy: Policy) -> tuple[datetime, Event] | None:
    """What comes next, and when."""
    coming: list[tuple[datetime, Event]] = [
        (version.in_force_from, p.PolicyCameIntoForce(version=name, in_force_from=version.in_force_from))
        for name, version in policy.versions.items()
        if version.in_force_from is not None and not version.begun and not version.retired
    ]
    review = policy.next_review
    if review is not None and policy.review_called is None:
        coming.append((review, p.PolicyReviewDue(version=policy.standing, due=review)))
    supervision = policy.next_supervision
    if supervision is not None and policy.supervision.called is None:
        coming.append((supervision, p.SupervisionDue(due=supervision)))
    coming.extend(s.coming(policy.supervision))
    return min(coming, key=lambda item: item[0], default=None)


def _not_too_early(at: datetime) -> datetime:
    """The instant, or just after it: for a timer, which counts milliseconds."""
    return at + timedelta(microseconds=-at.microsecond % MILLISECOND)


def months_later(at: datetime, months: int) -> datetime:
    """The same day and time so many months later, or the month's last day."""
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return at.replace(year=year, month=month + 1, day=min(at.day, last))
