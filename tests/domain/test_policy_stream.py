"""The life of a policy: drafted, discussed, approved by others than its author, in force from a date, retired."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import policies
from domain import policy_commands as pc
from domain import policy_events as p
from domain.actor import WORKFLOW, Actor, Role
from domain.followable import refuse_unfollowable
from domain.message import Command, sentence_of
from domain.policy import Sheet
from domain.policy_commands import MAY, POLICY_COMMANDS
from domain.policy_events import POLICY_EVENTS, ReviewOutcome
from domain.policy_life import Standing, in_force, months_later, standing_of, version_in_force, was_in_force
from domain.policy_stream import DECISIONS
from domain.streams import POLICY
from tests.domain.policy_story import (
    GAO,
    LI,
    NEW_YEAR,
    QIAN,
    SHIPPED,
    SHORTER,
    SUN,
    ZHAO,
    Life,
    OpenShelf,
    a_sheet,
    approved,
    content_of,
    discussed,
    draft,
    drafted,
    published,
)

NEXT = a_sheet(version="2027-program", solution="60h")
FEBRUARY, MARCH = datetime(2027, 2, 1, tzinfo=UTC), datetime(2027, 3, 1, tzinfo=UTC)
SOON = timedelta(seconds=1)
KEEP = pc.ReviewPolicy(outcome=ReviewOutcome.KEEP, remarks="It works.")
CHECKED = pc.HoldSupervision(checked=40, remarks="Calm on the whole.")
FOUND = pc.ReportException(text="Nobody called back.", owner="sun", due=MARCH, case="C-2026-000007")
RECTIFIED = pc.RectifyException(exception="X1", effect="All were called back.")
WU = Actor("wu", (Role.SUPERVISOR,), "supervision")


def publish(sheet: Sheet) -> pc.PublishSheet:
    return pc.PublishSheet(content=content_of(sheet))


def retire(version: str) -> pc.RetirePolicy:
    return pc.RetirePolicy(version=version, reason="It did not work.")


# ── Shipped sheets ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-02")
def test_a_sheet_of_the_program_is_published_with_its_version_and_digest() -> None:
    (event,) = Life().decide(publish(a_sheet()), WORKFLOW)
    assert isinstance(event, p.SheetPublished)
    assert (event.version, event.digest, event.at) == (SHIPPED, a_sheet().digest, NEW_YEAR)
    assert Sheet.from_data(json.loads(event.content)) == a_sheet()


@pytest.mark.parametrize(
    ("sheet", "code"),
    [(NEXT, "sheet_unchanged"), (a_sheet(), "sheet_superseded"), (a_sheet(low_score=1), "sheet_version_used")],
)
def test_a_version_is_published_once_and_stands_for_one_content(sheet: Sheet, code: str) -> None:
    published().after(publish(NEXT), WORKFLOW).refuses(publish(sheet), code, WORKFLOW)


@pytest.mark.requirement("P-01")
def test_the_programs_sheets_stay_out_while_the_organisation_follows_its_own() -> None:
    drafted().decide(publish(NEXT), WORKFLOW)
    for life in (approved(), approved(FEBRUARY)):
        life.refuses(publish(NEXT), "policy_is_yours", WORKFLOW, kind="complaint")
    back = approved().after(retire(SHORTER.version), GAO).after(publish(NEXT), WORKFLOW)
    assert version_in_force(back.policy, NEW_YEAR) == NEXT.version


def test_a_programs_sheet_never_takes_the_name_of_a_draft() -> None:
    drafted().refuses(publish(replace(NEXT, version=SHORTER.version)), "policy_is_yours", WORKFLOW)


# ── Draft, discuss, approve ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-01")
def test_a_draft_says_who_why_and_which_cases_and_suggestions_led_to_it() -> None:
    life = published().after(pc.SuggestChange(text="Three days are long.", cases=("C-2026-000007",)), SUN)
    (event,) = life.decide(draft(SHORTER, cases=("C-2026-000007", "C-2026-000009"), suggestions=("S1",)), LI)
    assert isinstance(event, p.PolicyDrafted)
    assert (event.author, event.reason) == ("li", "Customers wait too long.")
    assert (event.version, event.digest) == (SHORTER.version, SHORTER.digest)
    assert event.cases == ("C-2026-000007", "C-2026-000009")
    assert life.policy.open_suggestions == ("S1",)
    after = replace(life, events=(*life.events, event)).policy
    assert after.open_suggestions == ()
    assert standing_of(after, SHORTER.version, NEW_YEAR) is Standing.DRAFTED


@pytest.mark.requirement("P-01")
def test_a_version_is_drafted_discussed_approved_and_in_force_from_its_date() -> None:
    life = approved(FEBRUARY)
    assert [type(event).__name__ for event in life.events[1:]] == ["PolicyDrafted", "PolicyDiscussed", "PolicyApproved"]
    standing = [
        standing_of(story.policy, SHORTER.version, story.now)
        for story in (drafted(), discussed(), life, life.at(FEBRUARY - SOON), life.at(FEBRUARY))
    ]
    assert standing == [
        Standing.DRAFTED,
        Standing.DISCUSSED,
        Standing.APPROVED,
        Standing.APPROVED,
        Standing.IN_FORCE,
    ]
    assert in_force(life.policy, FEBRUARY - SOON) == a_sheet().digest
    assert in_force(life.policy, FEBRUARY) == SHORTER.digest, "only instants decide, whether it is recorded or not"
    assert standing_of(life.policy, SHIPPED, FEBRUARY) is Standing.REPLACED


@pytest.mark.requirement("P-01")
def test_nobody_approves_their_own_draft_nor_one_that_nobody_else_has_discussed() -> None:
    own = published().after(draft(SHORTER), GAO)
    own.refuses(pc.ApprovePolicy(version=SHORTER.version), "own_draft", GAO)
    drafted().refuses(pc.ApprovePolicy(version=SHORTER.version), "not_discussed", GAO)
    alone = drafted().after(pc.DiscussPolicy(version=SHORTER.version, text="I like it."), LI)
    refused = alone.refuses(pc.ApprovePolicy(version=SHORTER.version), "not_discussed", GAO)
    assert "a discussion by somebody other than its author" in refused.sentence


def test_an_approval_is_for_a_date_that_is_not_past_or_for_at_once() -> None:
    past = pc.ApprovePolicy(version=SHORTER.version, in_force_from=NEW_YEAR - SOON)
    discussed().refuses(past, "in_force_in_past", GAO)
    now = discussed().decide(pc.ApprovePolicy(version=SHORTER.version), GAO)
    assert [type(event).__name__ for event in now] == ["PolicyApproved", "PolicyCameIntoForce"]
    exact = discussed().decide(pc.ApprovePolicy(version=SHORTER.version, in_force_from=NEW_YEAR), GAO)
    assert exact == now


def test_of_two_approved_versions_the_one_that_began_last_is_in_force() -> None:
    other = replace(SHORTER, version="2027-other", low_score=3)
    life = (
        approved(MARCH)
        .after(draft(other), SUN)
        .after(pc.DiscussPolicy(version=other.version, text="Sooner."), LI)
        .after(pc.ApprovePolicy(version=other.version, in_force_from=FEBRUARY), ZHAO)
    )
    versions = [version_in_force(life.policy, at) for at in (NEW_YEAR, FEBRUARY, MARCH)]
    assert versions == [SHIPPED, other.version, SHORTER.version]
    same_day = life.after(draft(replace(other, version="2027-third")), SUN)
    same_day = same_day.after(pc.DiscussPolicy(version="2027-third", text="Better."), LI)
    same_day = same_day.after(pc.ApprovePolicy(version="2027-third", in_force_from=FEBRUARY), ZHAO)
    assert version_in_force(same_day.policy, FEBRUARY) == "2027-third", "of two for one day the later approval counts"


@pytest.mark.requirement("P-02")
def test_a_version_stands_for_one_content_for_ever() -> None:
    again = draft(replace(SHORTER, low_score=4))
    for life in (drafted(), approved(), drafted().after(pc.WithdrawDraft(version=SHORTER.version), LI)):
        life.refuses(again, "policy_version_taken", LI, version=SHORTER.version)
    published().refuses(draft(a_sheet()), "policy_version_taken", LI, version=SHIPPED)


def test_a_draft_that_was_withdrawn_may_come_back_as_it_was_and_is_discussed_anew() -> None:
    life = discussed().after(pc.WithdrawDraft(version=SHORTER.version, reason="Not yet."), LI)
    assert standing_of(life.policy, SHORTER.version, NEW_YEAR) is Standing.WITHDRAWN
    life.refuses(pc.DiscussPolicy(version=SHORTER.version, text="Why?"), "draft_withdrawn", SUN)
    life.refuses(pc.ApprovePolicy(version=SHORTER.version), "draft_withdrawn", GAO)
    back = life.after(draft(SHORTER), SUN)
    back.refuses(pc.ApprovePolicy(version=SHORTER.version), "not_discussed", GAO)
    assert back.policy.versions[SHORTER.version].author == "sun"


def test_a_draft_is_withdrawn_by_its_author_or_by_those_who_answer_for_policies() -> None:
    withdraw = pc.WithdrawDraft(version=SHORTER.version)
    drafted().refuses(withdraw, "draft_of_another", SUN, author="li")
    for by in (LI, ZHAO):
        drafted().decide(withdraw, by)
    approved().refuses(withdraw, "not_a_draft", LI)


def test_what_is_not_there_is_named_with_what_is() -> None:
    for command in (
        pc.DiscussPolicy(version="2030", text="?"),
        pc.ApprovePolicy(version="2030"),
        pc.WithdrawDraft(version="2030"),
        retire("2030"),
    ):
        drafted().refuses(command, "unknown_version", GAO, known=f"{SHIPPED}, {SHORTER.version}")
    published().refuses(draft(SHORTER, suggestions=("S3",)), "unknown_suggestion", LI, suggestion="S3")


def test_reasons_and_words_are_not_left_out() -> None:
    published().refuses(draft(SHORTER, reason=" "), "field_missing", LI, field="reason")
    published().refuses(pc.SuggestChange(text=""), "field_missing", LI, field="text")
    drafted().refuses(pc.DiscussPolicy(version=SHORTER.version, text=""), "field_missing", SUN, field="text")
    approved().refuses(pc.RetirePolicy(version=SHORTER.version, reason=""), "field_missing", GAO, field="reason")


# ── A draft that no case could follow ────────────────────────────────────────────────────────────────────────────────


def _clock(**changes: object) -> dict[str, object]:
    return {**a_sheet(version="new").to_data()["clocks"][1], **changes}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "inquiry"}, "sheet_of_another_kind"),
        ({"version": "next year"}, "sheet_name"),
        ({"path": ["investigate", "close"]}, "sheet_path"),
        ({"path": ["receive", "celebrate"]}, "sheet_unreadable"),
        ({"surprise": 1}, "sheet_unreadable"),
        ({"needs": {"receive": ["good_weather"]}}, "sheet_word"),
        ({"required": ["shoe_size"]}, "sheet_word"),
        ({"automatic": ["dance"]}, "sheet_word"),
        ({"may": {"close_case": ["king"]}}, "sheet_word"),
        ({"pauses": {"flood": {"kind": "convenience", "clocks": ["moon"]}}}, "sheet_word"),
        ({"clocks": [_clock(starts=["MoonRisen"])]}, "sheet_word"),
        ({"clocks": [_clock(stops=["StageEntered:moon"])]}, "sheet_word"),
        ({"clocks": [_clock(stops=["CaseClosed:somehow"])]}, "sheet_word"),
        ({"clocks": [_clock(escalate=[{"after": "0m", "to": "king"}])]}, "sheet_word"),
        ({"clocks": [_clock(limit={"ordinary": "soon"})]}, "sheet_limit"),
        ({"clocks": [_clock(limit={"urgent": "1h"})]}, "sheet_limit"),
        ({"clocks": [_clock(calendar="moon")]}, "unknown_calendar"),
    ],
)
def test_a_draft_that_no_case_could_follow_is_refused(changes: dict[str, object], code: str) -> None:
    content = json.dumps({**a_sheet(version="new").to_data(), **changes})
    published().refuses(pc.DraftPolicy(content=content, reason="?"), code, LI)


@pytest.mark.parametrize("pack", [pack.name for pack in policies.packs()])
def test_every_shipped_sheet_can_be_followed(pack: str) -> None:
    for sheet in policies.load(pack).values():
        refuse_unfollowable(sheet, OpenShelf())


def test_what_is_no_sheet_at_all_is_refused() -> None:
    for content in ("", "[]", "{}", "no json", '{"kind": "complaint"}'):
        published().refuses(pc.DraftPolicy(content=content, reason="?"), "sheet_unreadable", LI)


# ── Rights ───────────────────────────────────────────────────────────────────────────────────────────────────────────

COMMANDS: list[Command] = [
    publish(NEXT),
    pc.SuggestChange(text="Faster."),
    draft(NEXT),
    pc.WithdrawDraft(version=SHORTER.version),
    pc.DiscussPolicy(version=SHORTER.version, text="Good."),
    pc.ApprovePolicy(version=SHORTER.version),
    KEEP,
    retire(SHIPPED),
    pc.CheckPolicy(),
    CHECKED,
    FOUND,
    RECTIFIED,
]


@pytest.mark.requirement("P-01", "H-01")
def test_everybody_may_suggest_draft_and_discuss_and_auditors_read() -> None:
    assert {type(command) for command in COMMANDS} == set(MAY) == set(POLICY_COMMANDS.values()) == set(DECISIONS)
    for command in COMMANDS:
        discussed().refuses(command, "auditors_only_read", QIAN)
    for role in set(Role) - {Role.AUDITOR, Role.SYSTEM, Role.CUSTOMER}:
        for command in COMMANDS[1:3]:
            discussed().decide(command, Actor("somebody", (role,)))


@pytest.mark.requirement("P-01", "H-01")
def test_only_those_who_answer_for_it_approve_review_and_retire_and_only_the_program_publishes() -> None:
    for command in COMMANDS[5:8]:
        discussed().refuses(command, "not_your_role", LI, roles="management, department_head, supervisor")
        discussed().refuses(command, "reserved_name", WORKFLOW)
    for command in (COMMANDS[0], COMMANDS[8]):
        discussed().refuses(command, "not_your_role", GAO, roles="system")
        discussed().refuses(command, "reserved_name", Actor("casefold", (Role.MANAGEMENT,)))


# ── Retire ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-01")
def test_after_a_retirement_the_version_before_it_comes_back() -> None:
    life = approved().at(FEBRUARY).after(retire(SHORTER.version), GAO)
    assert version_in_force(life.policy, FEBRUARY) == SHIPPED
    assert standing_of(life.policy, SHORTER.version, FEBRUARY) is Standing.RETIRED
    assert was_in_force(life.policy, SHORTER.version, FEBRUARY), "cases that run may still be moved to it"
    life.refuses(retire(SHORTER.version), "retired_already", GAO)
    drafted().refuses(retire(SHORTER.version), "draft_not_retired", GAO)


@pytest.mark.requirement("P-01")
def test_some_sheet_is_always_left_for_new_cases() -> None:
    published().refuses(retire(SHIPPED), "no_sheet_left", GAO, version=SHIPPED)
    only_own = approved().after(retire(SHIPPED), GAO)
    only_own.refuses(retire(SHORTER.version), "no_sheet_left", GAO)
    of_next_month = Life(kind="recall").after(draft(a_sheet("recall")), LI)
    of_next_month = of_next_month.after(pc.DiscussPolicy(version=SHIPPED, text="Good."), SUN)
    of_next_month = of_next_month.after(pc.ApprovePolicy(version=SHIPPED, in_force_from=FEBRUARY), GAO)
    assert version_in_force(of_next_month.after(retire(SHIPPED), GAO).at(MARCH).policy, MARCH) == ""


def test_a_version_that_never_began_was_never_in_force() -> None:
    life = approved(FEBRUARY)
    assert not was_in_force(life.policy, SHORTER.version, NEW_YEAR)
    assert was_in_force(life.policy, SHORTER.version, FEBRUARY)
    assert not was_in_force(life.after(retire(SHORTER.version), GAO).policy, SHORTER.version, MARCH)
    assert not was_in_force(discussed().policy, SHORTER.version, MARCH)
    assert not was_in_force(life.policy, "2030", MARCH)
    assert was_in_force(life.policy, SHIPPED, NEW_YEAR)


# ── What falls due ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("P-01", "P-03")
def test_the_first_day_and_the_yearly_review_fall_due_at_their_true_instants() -> None:
    life = approved(FEBRUARY)
    progress = POLICY.progress("policy:complaint", 4, life.policy, None)
    assert progress is not None
    assert [(due.command, due.at) for due in progress.due] == [("check_policy", FEBRUARY)]
    late = life.at(datetime(2028, 3, 1, tzinfo=UTC)).decide(pc.CheckPolicy(), WORKFLOW)
    assert [(type(event).__name__, event.instant) for event in late] == [
        ("PolicyCameIntoForce", FEBRUARY),
        ("PolicyReviewDue", datetime(2028, 2, 1, tzinfo=UTC)),
    ]
    assert not life.at(FEBRUARY - SOON).decide(pc.CheckPolicy(), WORKFLOW)


@pytest.mark.requirement("P-03")
def test_every_year_the_policy_must_be_reviewed_and_each_review_counts_from_the_last() -> None:
    a_year_later = datetime(2028, 1, 1, tzinfo=UTC)
    life = published()
    assert life.policy.next_review == a_year_later
    due = life.at(a_year_later).after(pc.CheckPolicy(), WORKFLOW)
    assert isinstance(due.events[-1], p.PolicyReviewDue)
    progress = POLICY.progress("policy:complaint", 2, due.policy, None)
    assert progress is not None
    assert progress.over, "reminded once, its workflow may rest until the review"
    reviewed = due.at(a_year_later + timedelta(days=9)).after(KEEP, ZHAO)
    event = reviewed.events[-1]
    assert isinstance(event, p.PolicyReviewed)
    assert (event.version, event.outcome) == (SHIPPED, ReviewOutcome.KEEP)
    assert reviewed.policy.next_review == datetime(2029, 1, 10, tzinfo=UTC)
    early = published().at(FEBRUARY).after(KEEP, ZHAO)
    assert early.policy.next_review == datetime(2028, 2, 1, tzinfo=UTC)


@pytest.mark.requirement("P-03")
def test_another_version_in_force_begins_a_year_of_its_own() -> None:
    assert approved(FEBRUARY).at(MARCH).after(pc.CheckPolicy(), WORKFLOW).policy.next_review == datetime(
        2028, 2, 1, tzinfo=UTC
    )
    back = approved().at(MARCH).after(retire(SHORTER.version), GAO)
    assert back.policy.next_review == datetime(2028, 3, 1, tzinfo=UTC), "what comes back is looked at a year later"


def test_a_policy_that_says_so_is_never_reviewed_by_date() -> None:
    life = published(a_sheet(review_months=0))
    assert life.policy.next_review is None
    progress = POLICY.progress("policy:complaint", 1, life.policy, None)
    assert progress is not None
    assert (progress.over, progress.due) == (True, [])
    assert not life.at(datetime(2050, 1, 1, tzinfo=UTC)).decide(pc.CheckPolicy(), WORKFLOW)
    life.decide(KEEP, ZHAO)
    Life().refuses(KEEP, "nothing_in_force", ZHAO)


def test_a_sheet_that_an_earlier_program_published_is_reviewed_from_its_first_review_on() -> None:
    earlier = p.SheetPublished(name="complaint", version="2026-11-22", digest="d", content="{}")
    life = Life(events=(earlier,))
    assert life.policy.next_review is None
    assert in_force(life.policy, NEW_YEAR) == "d"
    assert life.after(KEEP, ZHAO).policy.next_review == datetime(2028, 1, 1, tzinfo=UTC)


# ── Supervision ──────────────────────────────────────────────────────────────────────────────────────────────────────

APRIL, JULY = datetime(2027, 4, 1, tzinfo=UTC), datetime(2027, 7, 1, tzinfo=UTC)


def supervised() -> Life:
    """A policy whose keeping is checked every three months."""
    return published(a_sheet(supervision_months=3))


def found() -> Life:
    """Wu looked at forty cases in January and found one that was not called back, which Sun puts right until March."""
    return supervised().after(CHECKED, WU).after(FOUND, WU)


def due_at(life: Life) -> list[datetime]:
    progress = POLICY.progress("policy:complaint", life.policy.version, life.policy, None)
    assert progress is not None
    return [due.at for due in progress.due]


@pytest.mark.requirement("P-05")
def test_supervision_falls_due_every_period_once_and_each_period_counts_from_the_last() -> None:
    life = supervised()
    assert life.policy.next_supervision == APRIL
    assert due_at(life) == [APRIL]
    assert not life.at(APRIL - SOON).decide(pc.CheckPolicy(), WORKFLOW)
    late = life.at(APRIL + timedelta(days=9)).after(pc.CheckPolicy(), WORKFLOW)
    assert [(type(event).__name__, event.instant) for event in late.events[1:]] == [("SupervisionDue", APRIL)]
    assert late.policy.next_supervision == APRIL, "it stays due until it is held"
    assert due_at(late) == [NEW_YEAR.replace(year=2028)], "called once; what comes next is the review"
    held = late.after(CHECKED, WU)
    assert held.events[-1] == p.SupervisionHeld(
        supervision="V1", by="wu", at=late.now, checked=40, remarks="Calm on the whole."
    )
    assert held.policy.next_supervision == datetime(2027, 7, 10, tzinfo=UTC)
    again = held.at(JULY).after(CHECKED, GAO)
    assert again.policy.supervision.newest == "V2"
    assert again.policy.next_supervision == datetime(2027, 10, 1, tzinfo=UTC)


@pytest.mark.requirement("P-05")
def test_a_policy_that_says_so_is_never_called_to_supervision_but_may_be_checked_any_day() -> None:
    life = published()
    assert life.policy.next_supervision is None
    checked = life.after(CHECKED, WU).after(FOUND, WU)
    assert checked.policy.next_supervision is None
    assert list(checked.policy.supervision.open) == ["X1"]
    Life().refuses(CHECKED, "nothing_to_supervise", WU, kind="complaint")
    life.refuses(pc.HoldSupervision(checked=-1), "negative_number", WU, field="checked")


@pytest.mark.requirement("P-05")
def test_another_version_in_force_does_not_put_supervision_off() -> None:
    def follows(life: Life, version: str, months: int) -> Life:
        life = life.after(draft(a_sheet(version=version, supervision_months=months)), LI)
        life = life.after(pc.DiscussPolicy(version=version, text="Good."), SUN)
        return life.after(pc.ApprovePolicy(version=version), GAO)

    life = follows(supervised().at(MARCH), "quarterly", 3)
    assert life.policy.next_supervision == APRIL, "a review would begin a year of its own"
    assert follows(life, "monthly", 1).policy.next_supervision == MARCH, "no earlier than the version that asks for it"
    never = follows(life.at(APRIL).after(pc.CheckPolicy(), WORKFLOW), "never", 0)
    assert never.policy.next_supervision is None
    assert follows(never.at(JULY), "later", 3).policy.next_supervision == datetime(2027, 10, 1, tzinfo=UTC)


@pytest.mark.requirement("P-05")
def test_an_exception_is_tracked_to_its_end() -> None:
    life = found()
    assert life.events[-1] == p.ExceptionFound(
        exception="X1",
        supervision="V1",
        text="Nobody called back.",
        case="C-2026-000007",
        owner="sun",
        due=MARCH,
    )
    (event,) = life.at(MARCH).decide(RECTIFIED, SUN)
    assert event == p.ExceptionRectified(exception="X1", by="sun", effect="All were called back."), "exactly in time"
    late = life.at(MARCH + SOON).after(RECTIFIED, SUN)
    assert [(type(event).__name__, event.instant) for event in late.events[-2:]] == [
        ("ExceptionOverdue", MARCH),
        ("ExceptionRectified", None),
    ]
    assert not late.policy.supervision.open
    assert late.policy.supervision.exceptions["X1"].overdue
    late.refuses(RECTIFIED, "exception_rectified", SUN, exception="X1")
    in_time = life.after(RECTIFIED, SUN).at(MARCH + SOON)
    assert not in_time.decide(pc.CheckPolicy(), WORKFLOW), "what is put right is never overdue"


@pytest.mark.requirement("P-05")
def test_the_workflow_wakes_for_exceptions_and_for_the_next_supervision_whichever_comes_first() -> None:
    life = found()
    (wake,) = due_at(life)
    assert MARCH < wake <= MARCH + timedelta(milliseconds=1), "exactly on time is in time"
    overdue = life.at(wake).after(pc.CheckPolicy(), WORKFLOW)
    assert isinstance(overdue.events[-1], p.ExceptionOverdue)
    assert due_at(overdue) == [APRIL]
    both = life.at(JULY).decide(pc.CheckPolicy(), WORKFLOW)
    assert [type(event).__name__ for event in both] == ["ExceptionOverdue", "SupervisionDue"]


@pytest.mark.requirement("P-05")
def test_exceptions_belong_to_a_supervision_and_have_words_an_owner_and_time() -> None:
    supervised().refuses(FOUND, "no_supervision", WU)
    life = supervised().after(CHECKED, WU)
    life.refuses(replace(FOUND, text=" "), "field_missing", WU, field="text")
    life.refuses(replace(FOUND, owner=" "), "field_missing", WU, field="owner")
    life.refuses(replace(FOUND, due=NEW_YEAR), "due_in_past", WU)
    found().refuses(replace(RECTIFIED, exception="X2"), "unknown_exception", SUN, exception="X2", known="X1")
    found().refuses(replace(RECTIFIED, effect=""), "field_missing", SUN, field="effect")
    second = found().after(CHECKED, WU).after(FOUND, WU).events[-1]
    assert isinstance(second, p.ExceptionFound)
    assert (second.exception, second.supervision) == ("X2", "V2")


@pytest.mark.requirement("P-05", "H-01")
def test_the_supervisory_body_reports_and_the_owner_or_somebody_above_puts_right() -> None:
    for by in (WU, GAO):
        found().decide(CHECKED, by)
        found().decide(FOUND, by)
    for by in (LI, SUN, ZHAO):
        for command in (CHECKED, FOUND):
            found().refuses(command, "not_your_role", by, roles="supervisor, management")
    for by in (SUN, ZHAO, GAO):
        found().decide(RECTIFIED, by)
    for by in (LI, WU):
        found().refuses(RECTIFIED, "exception_of_another", by, owner="sun")


def test_months_are_counted_by_the_calendar() -> None:
    assert months_later(datetime(2027, 8, 31, 9, tzinfo=UTC), 6) == datetime(2028, 2, 29, 9, tzinfo=UTC)
    assert months_later(datetime(2027, 12, 15, tzinfo=UTC), 1) == datetime(2028, 1, 15, tzinfo=UTC)


def test_every_event_and_command_of_a_policy_says_in_one_sentence_what_it_means() -> None:
    for message in (*POLICY_EVENTS.values(), *POLICY_COMMANDS.values()):
        assert len(sentence_of(message)) > 15
        assert sentence_of(message).endswith((".", ")."))
