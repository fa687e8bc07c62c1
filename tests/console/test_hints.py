"""What `casefold why` says to type is accepted: cases are led through their lives by nothing but its advice."""

from __future__ import annotations

import shlex
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

import policies
from console.needs import commands_for, need_of
from domain.actor import WORKFLOW, Actor, Role
from domain.commands import COMMANDS, RemindCustomer, ReportSendingFailed
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.submission import Submission
from policies.loader import DEFAULT
from tests.console.conftest import MATTER_KEY, Casefold, folded

EVERYBODY = ",".join(role for role in Role if role not in (Role.SYSTEM, Role.AUDITOR))
BLANKS = {"--outcome …": "--outcome upheld", "--minutes …": "--minutes 5"}
BLANKS |= {"--channel …": "--channel hotline", "--field wish --value …": "--field wish --value repair"}
SCORES = {"--process …": "--process 4", "--result …": "--result 4", "--attitude …": "--attitude 4"}


def literally(line: str, category: str, rule: str = "--rule within_warranty") -> list[str]:
    """The line with its blanks filled in, as a person would."""
    own = {"--category …": category, "--rule …": rule}
    for blank, text in {**BLANKS, **(SCORES if "survey" in line else {}), **own}.items():
        line = line.replace(blank, text)
    return shlex.split(line.replace("…", "something"))[1:]


def waits(casefold: Casefold, case: str) -> dict[str, Any]:
    """What a case waits for, by its code."""
    return {wait["code"]: wait for wait in casefold("why", case, "--json").data["waiting_for"]}


def follow(casefold: Casefold, case: str, until: str = "", pack: str = "general") -> None:
    """Type the first line that `why` has, again and again, until it has none, or the case waits for ``until``."""
    sheet = policies.load(pack)[casefold("show", case, "--json").data["kind"]]
    category = f"--category {next(iter(sheet.categories), 'other')}"
    rule = f"--rule {next(iter(sheet.eligibility_rules), 'within_warranty')}"
    for _step in range(40):
        found = waits(casefold, case)
        line = next((line for wait in found.values() for line in wait["type"]), None)
        if line is None or until in found:
            return
        wait = next(wait for wait in found.values() if line in wait["type"])
        people = [person for person in wait["people"] if person != "the customer"]
        answer = casefold(*literally(line, category, rule), "--by", f"{people[0] if people else 'wu'}:{EVERYBODY}")
        assert answer.code == 0, (line, answer.err)
    pytest.fail("it never ends")


def opened(casefold: Casefold, kind: str, *more: str) -> str:
    """A case of which nothing is known yet."""
    return str(casefold("open", kind, "--channel", "email", *more, "--json").data["case"])


WALKED = [
    (pack.name, kind)
    for pack in policies.packs()
    for kind in pack.kinds
    if pack.name == DEFAULT or kind == "complaint"  # where the packs differ most; each walk costs five seconds
]


@pytest.mark.parametrize(("pack", "kind"), WALKED)
def test_a_case_of_every_pack_reaches_its_end_by_nothing_but_what_why_says(
    casefold: Casefold, ledger: Ledger, pack: str, kind: str
) -> None:
    Recorder(ledger, MATTER_KEY.encode()).publish({kind: policies.load(pack)[kind]}, WORKFLOW)
    case = opened(casefold, kind)

    follow(casefold, case, pack=pack)

    shown = casefold("show", case, "--json").data
    assert (shown["stage"], shown["ending"]) == ("review", "resolved")


@pytest.mark.parametrize("arrangement", ["repair", "return", "exchange", "refund"])
def test_every_arrangement_is_carried_out_by_nothing_but_what_why_says(casefold: Casefold, arrangement: str) -> None:
    case = opened(casefold, "after_sales", "--wish", arrangement)
    follow(casefold, case, until="proposal_made")
    proposed = casefold(
        *("propose-remedy", case, "--summary", "x", "--arrangement", arrangement, "--amount", "12.50"),
        *("--currency", "EUR"),
    )
    assert proposed.code == 0, proposed.err

    follow(casefold, case)

    assert casefold("show", case, "--json").data["ending"] == "resolved"


def test_before_the_customer_agreed_only_their_answer_can_be_recorded(casefold: Casefold) -> None:
    case = opened(casefold, "complaint")
    follow(casefold, case, until="proposal_accepted")

    now = waits(casefold, case)
    text = casefold("why", case).out

    assert now["proposal_accepted"]["type"] == [
        f"casefold accept-proposal {case}",
        f"casefold reject-proposal {case} --new-demand …",
    ]
    assert now["measure:M1"]["type"] == now["satisfaction_confirmed"]["type"] == []
    assert now["measure:M1"]["then"] == [f"casefold complete-measure {case} --measure M1"]
    assert "then: measure M1 of the remedy" in text
    assert text.index("accept-proposal") < text.index("complete-measure")


def test_what_is_not_eligible_is_closed_so(casefold: Casefold) -> None:
    case = opened(casefold, "after_sales")
    follow(casefold, case, until="eligible")
    casefold("judge-eligibility", case, "--not-eligible", "--rule", "damaged_by_misuse", "--reason", "x")

    assert waits(casefold, case)["eligible"]["text"] == "its ending, as it was judged not eligible"
    follow(casefold, case)

    assert casefold("show", case, "--json").data["ending"] == "not_eligible"


def test_what_is_not_upheld_may_be_ended_as_unfounded_by_those_who_may(casefold: Casefold) -> None:
    case = opened(casefold, "complaint")
    follow(casefold, case, until="decision_taken")
    casefold("record-finding", case, "--course", "x", "--cause", "y")
    casefold("name-responsible", case, "--department", "x", "--person", "y")
    decision = ("take-decision", case, "--outcome", "not_upheld", "--finding", "F1", "--rule", "r")
    assert casefold(*decision, "--by", "wu:lead").code == 0

    wait = waits(casefold, case)["proposal_made"]
    line = f"casefold close-case {case} --ending unfounded --reason …"

    assert wait["type"] == [f'casefold propose-remedy {case} --summary … --measure "what; who; +3d"', line]
    assert wait["roles"] == []
    assert wait["only"] == {line: ["lead", "department_head"]}
    assert f"{line}  # only lead, department head" in casefold("why", case).out
    assert casefold(*literally(line, ""), "--by", "wu:lead").code == 0


def test_who_has_the_role_is_asked_by_name_alone(casefold: Casefold, investigated: str) -> None:
    casefold("record-finding", investigated, "--course", "x", "--cause", "y", "--by", "wang")
    assert "from       wang\n" in casefold("why", investigated).out.partition("a decision")[2]

    casefold("add-note", investigated, "--text", "x", "--by", "wang:expert")
    assert "wang (only agent, department head, lead may)" in casefold("why", investigated).out


def test_a_running_limit_says_what_stops_it(casefold: Casefold, investigated: str) -> None:
    limits = {limit["clock"]: limit for limit in casefold("why", investigated, "--json").data["limits"]}

    assert limits["contact"]["type"] == [f"casefold contact-customer {investigated} --channel …"]
    assert limits["first_response"]["type"] == [
        f"casefold acknowledge-receipt {investigated}",
        f"casefold contact-customer {investigated} --channel …",
    ]
    assert limits["solution"]["type"] == []  # nothing that is accepted yet
    assert f"casefold acknowledge-receipt {investigated}" in casefold("why", investigated).out


def test_the_limit_of_a_round_says_what_stops_it_too(casefold: Casefold) -> None:
    case = opened(casefold, "complaint")
    follow(casefold, case, until="proposal_made")

    limits = {limit["clock"]: limit for limit in casefold("why", case, "--json").data["limits"]}

    assert limits["proposal#1"]["type"] == [f'casefold propose-remedy {case} --summary … --measure "what; who; +3d"']


SHIPPED = [sheet for pack in policies.packs() if pack.kinds for sheet in policies.load(pack.name).values()]
NOBODYS = {"WrittenResultSent"}
"""Events that no person makes; entering a stage is none either."""


def test_every_event_that_stops_a_limit_of_a_shipped_sheet_has_its_command() -> None:
    for sheet in SHIPPED:
        for rule in sheet.clocks:
            for event in rule.stops:
                assert commands_for(event) or event in NOBODYS or event.startswith("StageEntered:"), event
                assert set(commands_for(event)) <= set(COMMANDS)


def test_every_need_of_a_shipped_sheet_has_its_words_and_commands() -> None:
    for sheet in SHIPPED:
        for need in {need for needs in sheet.needs.values() for need in needs}:
            assert set(need_of(need).commands) <= set(COMMANDS)
            assert need_of(need).commands, need
            assert need_of(need).text != need


def test_a_notice_that_failed_is_listed_with_what_to_do(casefold: Casefold, ledger: Ledger, complaint: str) -> None:
    casefold("tell-progress", complaint, "--text", "soon")
    number = next(iter(folded(ledger, complaint).notices))
    failed = ReportSendingFailed(notice=number, code="no_address")
    Recorder(ledger, MATTER_KEY.encode()).record(Submission(failed, WORKFLOW, "failed", complaint))

    found = casefold("why", complaint, "--json").data

    assert [notice["notice"] for notice in found["failed"]] == [number]
    assert "Notices that could not be sent" in casefold("why", complaint).out
    line = f"casefold resend-notice {complaint} --notice {number}"
    assert found["failed"][0]["type"] == [line]
    assert casefold(*line.split()[1:]).code == 0
    assert casefold("why", complaint, "--json").data["failed"] == []


def _is(moment: datetime) -> datetime:
    return moment


def test_when_the_reminders_are_spent_the_case_may_end_without_an_answer(casefold: Casefold, ledger: Ledger) -> None:
    case = opened(casefold, "complaint")
    follow(casefold, case, until="proposal_accepted")
    casefold("present-proposal", case)
    line = f"casefold close-case {case} --ending no_answer --reason …"
    for number in (1, 2):
        assert line not in waits(casefold, case)["proposal_accepted"]["type"]
        then = ledger.now() + timedelta(days=4 * number)
        receipt = Recorder(ledger, MATTER_KEY.encode(), clock=partial(_is, then)).record(
            Submission(RemindCustomer(), Actor("wu"), f"reminder-{number}", case)
        )
        assert receipt.accepted, receipt.refusal

    assert line in waits(casefold, case)["proposal_accepted"]["type"]
    assert casefold(*literally(line, "")).code == 0
