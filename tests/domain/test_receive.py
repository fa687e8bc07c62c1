"""Receive 受理: what may be asked of a new case, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain import commands as c
from domain import events as e
from domain.progress import wanted
from domain.refusal import Refused
from domain.words import Arrangement, Channel, Complexity, Ending, NoticeKind, Stage, Urgency
from tests.domain.story import (
    APPLICATION,
    AUDITOR,
    CHEN,
    COMPLAINT,
    DATA,
    DAY_ONE,
    LI,
    SYSTEM,
    WANG,
    ZHAO,
    assigned,
    closed,
    investigating,
    received,
    story,
)


@pytest.mark.requirement("I-01", "I-03", "P-02")
def test_a_complaint_is_registered_with_its_record_and_the_sheet_of_its_first_day() -> None:
    then = story("complaint").accepts(COMPLAINT)
    event = then.events[0]
    assert isinstance(event, e.CaseReceived)
    assert (event.channel, event.contact, event.remedy_sought) == (Channel.HOTLINE, "13800138000", "换一个")
    assert event.sheet.digest == then.story.sheet.digest
    assert event.at == DAY_ONE
    assert then.case.stage is Stage.RECEIVE
    assert then.case.responsible == "li"


@pytest.mark.requirement("I-04")
def test_an_after_sales_record_has_order_product_serial_number_fault_and_wish() -> None:
    intake = story("after_sales").accepts(APPLICATION).case.intake
    assert (intake.order, intake.product, intake.serial_number) == ("A-1", "Lamp X", "SN-9")
    assert (intake.fault, intake.wish) == ("does not light", Arrangement.REPAIR)


def test_a_case_is_not_received_twice() -> None:
    received().refuses(COMPLAINT, "already_received")


@pytest.mark.requirement("I-05")
def test_the_type_must_be_of_the_taxonomy() -> None:
    story("complaint").refuses(replace(COMPLAINT, category="weather"), "unknown_category", category="weather")
    received().refuses(c.ClassifyCase(category="product", subcategory="smell"), "unknown_subcategory")
    received().accepts(
        c.ClassifyCase(category="product", subcategory="quality"),
        e.CaseClassified(category="product", subcategory="quality"),
    )


@pytest.mark.requirement("I-02")
def test_a_case_cannot_leave_receive_while_a_required_field_is_missing_and_the_refusal_names_it() -> None:
    anonymous = (
        story("complaint")
        .after(replace(COMPLAINT, contact="", category="product"))
        .after(c.AssignCase(to="li", department="customer-service"))
    )
    assert anonymous.case.stage is Stage.RECEIVE
    finding = c.RecordFinding(course="It fell.", cause="packaging")
    anonymous.refuses(finding, "wrong_stage", stage="receive", missing="field:contact")

    then = anonymous.accepts(c.SupplementIntake(field="contact", value="13800138000"))

    assert then.named(e.StageEntered) == [e.StageEntered(stage=Stage.INVESTIGATE, round=1)]


def test_only_fields_of_the_record_are_supplemented_and_only_with_something_new() -> None:
    received().refuses(c.SupplementIntake(field="colour", value="red"), "unknown_field", field="colour")
    received().refuses(c.SupplementIntake(field="contact", value=" "), "field_missing", field="value")
    received().refuses(c.SupplementIntake(field="contact", value="13800138000"), "nothing_changes")


@pytest.mark.requirement("I-10")
def test_urgency_and_complexity_change_with_a_reason() -> None:
    then = received().accepts(c.SetUrgency(urgency=Urgency.SAFETY, reason="smoke"))
    assert then.case.urgency is Urgency.SAFETY
    received().refuses(c.SetUrgency(urgency=Urgency.URGENT, reason=""), "field_missing", field="reason")
    received().refuses(c.SetUrgency(urgency=Urgency.ORDINARY, reason="calm"), "nothing_changes")
    received().accepts(
        c.SetComplexity(complexity=Complexity.MAJOR, reason="many people"),
        e.ComplexitySet(complexity=Complexity.MAJOR, reason="many people"),
    )
    received().refuses(c.SetComplexity(complexity=Complexity.ORDINARY, reason="simple"), "nothing_changes")


@pytest.mark.requirement("I-06", "T-01")
def test_the_receipt_is_acknowledged_once_and_that_stops_the_first_response_clock() -> None:
    then = received().later(minutes=1).accepts(c.AcknowledgeReceipt(), by=SYSTEM)
    assert then.named(e.NoticeRequested)[0].kind is NoticeKind.ACKNOWLEDGEMENT
    assert then.named(e.ClockStopped)[0].clock == "first_response"
    then.story.refuses(c.AcknowledgeReceipt(), "already_acknowledged")


@pytest.mark.requirement("H-03")
def test_an_assignment_is_accepted_by_the_person_it_was_offered_to_and_by_nobody_else() -> None:
    assigned().refuses(c.AcceptAssignment(), "offered_to_another", by=LI, to="wang")
    then = assigned().accepts(c.AcceptAssignment(), by=WANG)
    assert then.case.assignee == "wang"
    assert then.case.stage is Stage.INVESTIGATE


@pytest.mark.requirement("H-03")
def test_until_an_assignment_is_accepted_whoever_registered_the_case_answers_for_it() -> None:
    assert assigned().case.responsible == "li"
    then = assigned().accepts(c.RefuseAssignment(reason="on leave"), by=WANG)
    assert then.case.responsible == "li"
    assert then.case.assignment is None


def test_an_assignment_is_refused_only_with_a_reason_and_only_by_its_person() -> None:
    assigned().refuses(c.RefuseAssignment(reason=""), "field_missing", by=WANG)
    received().refuses(c.RefuseAssignment(reason="no"), "no_offer")


def test_a_case_is_assigned_to_one_person_at_a_time() -> None:
    assigned().refuses(c.AssignCase(to="sun", department="logistics"), "offer_pending", to="wang")
    investigating().refuses(c.AssignCase(to="sun", department="logistics"), "already_assigned", assignee="wang")
    received().accepts(c.AssignCase(to="li", department="customer-service")).named(e.AssignmentAccepted)


@pytest.mark.requirement("H-10")
def test_the_department_head_is_told_once_takes_the_lead_and_leads() -> None:
    then = received().accepts(c.TellDepartmentHead(department="after-sales"), by=SYSTEM)
    assert then.named(e.NoticeRequested)[0].to == "head@after-sales"
    then.story.refuses(c.TellDepartmentHead(), "head_already_told")
    led = then.story.accepts(c.TakeLead(), e.LeadTaken(by="zhao", department="after-sales"), by=ZHAO).story
    led.refuses(c.TakeLead(), "lead_already_taken", by=CHEN, lead="zhao")


@pytest.mark.requirement("H-01")
def test_a_command_is_for_the_roles_that_the_sheet_names() -> None:
    received().refuses(c.TakeLead(), "not_your_role", by=WANG, roles="department_head, lead")
    received().refuses(c.AddNote(text="x"), "auditors_only_read", by=AUDITOR)
    received().refuses(c.CheckClocks(), "only_the_system", by=CHEN)


def test_nothing_is_asked_of_a_case_that_was_never_received() -> None:
    for command in (
        c.AddNote(text="x"),
        c.AcknowledgeReceipt(),
        c.ReopenCase(reason="x"),
        c.AnswerSurvey(process=1, result=1, attitude=1),
    ):
        story("complaint").refuses(command, "not_received")


# ── Cases of another system ──────────────────────────────────────────────────────────────────────────────────────────

OLD = c.ImportCase(
    kind="complaint", source="old-desk", reference="77", received_at=DAY_ONE - timedelta(days=40), matter="late"
)


@pytest.mark.requirement("I-08")
def test_a_finished_case_of_another_system_enters_closed_and_lists_its_gaps() -> None:
    finished = replace(OLD, closed_at=DAY_ONE - timedelta(days=30), ending=Ending.UNFOUNDED)
    then = story("complaint").accepts(finished, by=DATA)
    assert then.events[0].gaps == ("field:customer_name", "field:contact", "field:remedy_sought")  # type: ignore[attr-defined]
    assert then.case.over
    assert then.case.ending is Ending.UNFOUNDED
    assert not then.named(e.ClockStarted)


@pytest.mark.requirement("I-08")
def test_an_open_case_of_another_system_starts_its_clocks_at_import_and_keeps_earlier_breaches_silently() -> None:
    then = story("complaint").accepts(OLD, by=DATA)
    assert {clock.started_at for clock in then.named(e.ClockStarted)} == {DAY_ONE}
    assert all(breach.silent for breach in then.named(e.ClockBreached))
    assert {breach.clock for breach in then.named(e.ClockBreached)} == {
        "first_response:before_import",
        "solution:before_import",
    }
    assert not then.named(e.NoticeRequested)


def test_an_import_needs_an_identity_and_possible_dates() -> None:
    story("complaint").refuses(replace(OLD, reference=""), "field_missing", by=DATA, field="reference")
    story("complaint").refuses(replace(OLD, received_at=DAY_ONE + timedelta(days=1)), "happened_in_future", by=DATA)
    story("complaint").refuses(
        replace(OLD, closed_at=OLD.received_at - timedelta(days=1)), "closed_before_received", by=DATA
    )


@pytest.mark.requirement("C-05", "I-08")
def test_an_import_is_no_way_around_the_customers_consent() -> None:
    story("complaint").refuses(OLD, "not_your_role", by=LI)
    story("complaint").refuses(replace(OLD, ending=Ending.RESOLVED), "ending_without_closing", by=DATA)
    for stage in (Stage.CLOSE, Stage.REVIEW):
        story("complaint").refuses(replace(OLD, stage=stage), "open_import_too_late", by=DATA, stage=stage)


def test_an_open_case_that_is_imported_into_a_stage_starts_the_clocks_of_that_stage() -> None:
    then = story("complaint").accepts(replace(OLD, stage=Stage.PROPOSE), by=DATA)
    assert {"proposal#1", "solution"} <= then.case.clocks.keys()
    assert "first_response" not in then.case.clocks


def test_nobody_gives_commands_in_the_name_of_the_workflow() -> None:
    received().refuses(c.AddNote(text="x"), "reserved_name", by=LI.parse("casefold:lead"))


def test_dates_and_wishes_are_what_they_say() -> None:
    story("complaint").refuses(replace(COMPLAINT, purchased_on="last week"), "not_a_date")
    story("after_sales").accepts(replace(APPLICATION, purchased_on="2026-10-01"))
    received().refuses(c.SupplementIntake(field="wish", value="mend"), "unknown_wish", wish="mend")


@pytest.mark.requirement("H-10")
def test_the_head_of_another_department_does_not_lead() -> None:
    received().refuses(c.TakeLead(), "not_your_department", by=ZHAO, departments="customer-service")


@pytest.mark.requirement("I-06")
def test_a_receipt_is_acknowledged_by_itself_as_soon_as_there_is_an_address() -> None:
    anonymous = story("after_sales").after(replace(APPLICATION, contact=""))
    assert "acknowledge_receipt" not in wanted(anonymous.case, anonymous.sheet)
    known = anonymous.after(c.SupplementIntake(field="contact", value="mary@example.com"))
    assert "acknowledge_receipt" in wanted(known.case, known.sheet)


def test_a_closed_case_takes_no_more_work() -> None:
    for command in (
        c.ClassifyCase(category="service"),
        c.AssignCase(to="li", department="x"),
        c.TellProgress(text="x"),
    ):
        refusal: Refused = closed().refuses(command, "case_closed")
        assert refusal.params["ending"] == "resolved"


LOG = c.ImportLog(
    kind="complaint",
    source="old-desk",
    reference="78",
    received_at=DAY_ONE - timedelta(days=40),
    closed_at=DAY_ONE - timedelta(days=30),
    deadline=DAY_ONE - timedelta(days=33),
    steps=(
        c.LoggedStep(activity="answer", at=DAY_ONE - timedelta(days=35), resource="r1", department="desk"),
        c.LoggedStep(activity="look", at=DAY_ONE - timedelta(days=39), resource="r2"),
    ),
)


@pytest.mark.requirement("I-08")
def test_a_finished_case_enters_with_the_steps_of_its_log_each_at_its_own_time() -> None:
    then = story("complaint").accepts(LOG, by=DATA)
    assert [step.activity for step in then.named(e.ActivityImported)] == ["look", "answer"]
    assert [step.instant for step in then.named(e.ActivityImported)] == [
        DAY_ONE - timedelta(days=39),
        DAY_ONE - timedelta(days=35),
    ]
    assert then.case.over
    assert not then.named(e.NoticeRequested)


@pytest.mark.requirement("I-08", "T-11")
def test_the_deadline_of_the_other_system_is_kept_with_what_became_of_it() -> None:
    late = story("complaint").accepts(LOG, by=DATA).case.clocks["deadline"]
    assert (late.due, late.stopped_at, late.breached) == (LOG.deadline, LOG.closed_at, True)
    kept = story("complaint").accepts(replace(LOG, deadline=LOG.closed_at), by=DATA).case.clocks["deadline"]
    assert not kept.breached
    assert not story("complaint").accepts(replace(LOG, deadline=None), by=DATA).case.clocks


@pytest.mark.requirement("I-08")
def test_a_log_that_cannot_be_right_is_refused() -> None:
    story("complaint").refuses(replace(LOG, closed_at=DAY_ONE - timedelta(days=41)), "closed_before_received", by=DATA)
    story("complaint").refuses(replace(LOG, closed_at=DAY_ONE + timedelta(days=1)), "happened_in_future", by=DATA)
    story("complaint").refuses(replace(LOG, reference=""), "field_missing", by=DATA, field="reference")
    received().refuses(LOG, "already_received", by=DATA)
