"""The sentences of all refusals: code → English template, which is also the gettext key of its translation."""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    # asked of the recorder
    "unknown_case": "There is no case {case}.",
    "same_matter": "This matter is already case {case}; nothing new was opened.",
    "command_id_reused": "Command id {command_id} was used before for something else; use a new one.",
    "version_moved": "The case has moved on to version {version}; look again before you decide.",
    "happened_in_future": "What is reported cannot lie in the future.",
    "no_sheet": "There is no policy sheet in force for cases of kind {kind}; "
    "the worker publishes its sheets when it starts.",
    # rights
    "not_your_role": "{command} is for the roles {roles}.",
    "auditors_only_read": "Auditors read; they do not change cases.",
    "only_the_system": "{command} is asked by the case's own workflow, not by people.",
    # any command
    "already_received": "The case was received before.",
    "not_received": "The case has not been received yet.",
    "case_closed": "The case is closed ({ending}); reopen it first.",
    "not_closed": "The case is not closed.",
    "wrong_stage": "{command} belongs to the stage {wanted}; the case is in {stage} and still needs: {missing}.",
    "stage_passed": "{command} belongs to the stage {wanted}; the case is already in {stage}.",
    "stage_not_walked": "{command} belongs to the stage {wanted}, which cases of kind {kind} do not walk.",
    "field_missing": "{field} must be given.",
    "nothing_changes": "That is how it is already; nothing changes.",
    # receive
    "unknown_field": "{field} is not a field of the intake record. Fields are: {fields}.",
    "unknown_category": "{category} is not in the taxonomy. Types are: {categories}.",
    "unknown_subcategory": "{subcategory} is not a sub-type of {category}. Sub-types are: {subcategories}.",
    "already_acknowledged": "The receipt was acknowledged before.",
    "offer_pending": "The case is already offered to {to}, who has not answered yet.",
    "no_offer": "The case is not offered to anybody.",
    "offered_to_another": "The case is offered to {to}, not to you.",
    "hand_over_first_assigned": "The case is not with anybody yet: assign it.",
    "already_assigned": "The case is with {assignee}: offer a hand-over instead.",
    "not_yours": "The case is with {responsible}; only they or a lead may do this.",
    "head_already_told": "The department head was told before.",
    "no_department": "No department is named: name the department concerned.",
    "lead_already_taken": "{lead} leads the investigation already.",
    "closed_before_received": "A case cannot be closed before it was received.",
    # investigate
    "due_in_past": "The due time lies in the past.",
    "unknown_question": "There is no question {question}.",
    "question_answered": "Question {question} was answered before.",
    "not_a_digest": "A SHA-256 digest has 64 hexadecimal digits.",
    "negative_number": "{field} cannot be negative.",
    "unknown_finding": "There is no finding {finding} to cite.",
    "cite_a_finding": "A decision cites at least one finding.",
    "judged_already": "The application was judged before, by the rule {rule}.",
    "unknown_rule": "{rule} is not a rule of this sheet. Rules are: {rules}.",
    "reason_required": "A reason must be given.",
    # propose
    "no_measure": "A remedy has at least one measure, an arrangement or an amount.",
    "amount_not_positive": "The amount must be more than zero.",
    "answer_instead": "An inquiry is answered; use answer-inquiry.",
    "propose_instead": "Only an inquiry is answered; use propose-remedy.",
    "no_proposal": "There is no proposal that waits for an answer.",
    # confirm
    "already_presented": "The customer was told this proposal before.",
    "not_presented": "The customer has not been told the proposal yet.",
    "already_accepted": "The customer has agreed to this proposal before.",
    "not_accepted": "The customer has not agreed to the proposal yet.",
    "no_more_reminders": "The customer was reminded {reminders} times; there are no more reminders.",
    "reminder_not_due": "The next reminder is not due yet.",
    "unknown_measure": "The proposal has no measure {measure}. Measures are: {measures}.",
    "measure_completed": "Measure {measure} was completed before.",
    "not_carried_out": "The remedy is not carried out yet; still to do: {missing}.",
    "no_arrangement": "This belongs to the arrangement {wanted}; the proposal is {arrangement}.",
    "not_tested": "The repaired goods have not passed their test yet.",
    "no_repair_report": "The repair has not been reported yet.",
    "refund_differs": "The proposal promises {promised}; {amount} would be something else.",
    # close
    "written_result_requested": "The written result was asked for before.",
    "no_consent": "No case is closed as resolved without the customer's consent; still to do: {missing}.",
    "ending_not_open": "Ending a case as {ending} is for the roles {roles}.",
    "reminders_first": "Remind the customer {wanted} times before ending without an answer; so far: {reminders}.",
    "use_other_command": "Use {command} for the ending {ending}.",
    "unfounded_needs_decision": "Before ending as unfounded, decide that the complaint is not upheld.",
    "eligible_after_all": "The application was not judged ineligible.",
    # review
    "survey_invited": "The customer was invited to the survey before.",
    "survey_answered": "The survey was answered before.",
    "survey_not_due": "The survey has not lapsed yet.",
    "no_survey": "The customer was not invited to a survey.",
    "score_range": "Each score is a number from 1 to 5.",
    "reported_already": "The case report was written before.",
    "unknown_improvement": "There is no improvement action {improvement}.",
    "improvement_completed": "Improvement action {improvement} was completed before.",
    # at any time
    "not_retractable": "Entry {entry} cannot be retracted: only findings, decisions, evidence, statements, "
    "questions, articles and notes can. Use the command that undoes it.",
    "finding_cited": "Finding {finding} is cited by decision {decision}; retract that decision first.",
    "unknown_notice": "There is no notice {notice}.",
    "notice_settled": "Notice {notice} was sent before.",
    # policies
    "sheet_unchanged": "This sheet is in force already.",
    "sheet_superseded": "Version {version} of this sheet was in force before and has been replaced.",
    "sheet_version_used": "Version {version} of this sheet was published before with other content; "
    "give it a new version.",
}
