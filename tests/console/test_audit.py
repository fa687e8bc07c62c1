"""`casefold audit`, and how the worklist and the deadlines looked at an earlier moment."""

from __future__ import annotations

import time
from typing import Any

import pytest

from domain import commands as c
from domain.decisions import DECISIONS
from domain.refusal import Refused
from ledger.views import Views
from tests.console.conftest import Casefold
from tests.intruder import intruding
from tests.ledgers import Ledger
from worker.stack.postgres import AUDITOR_LOGIN, PostgresServer


@pytest.fixture
def auditor(casefold: Casefold, postgres: PostgresServer, database: str) -> Casefold:
    """The program with nothing but an auditor's login: no key, no right to write."""

    def run(*arguments: object, **env: str) -> Any:
        nothing = {"CASEFOLD_MATTER_KEY": "", "DATABASE_KEYS_URL": "", "CASEFOLD_MASTER_KEYS": "", "CASEFOLD_BY": ""}
        url = {"DATABASE_URL": postgres.url(AUDITOR_LOGIN, database)}
        return casefold(*arguments, **{**nothing, **url, **env})

    return run


@pytest.mark.requirement("L-02")
def test_an_auditor_sees_that_every_decision_comes_out_as_it_did(
    casefold: Casefold, auditor: Casefold, investigated: str
) -> None:
    casefold("record-finding", investigated, "--course", "x", "--cause", "y", "--by", "qian:auditor")
    casefold("show", investigated, "--reveal")

    of_case = auditor("audit", investigated.lower())
    everything = auditor("audit", "--all", "--json")

    assert of_case.code == 0, of_case.err
    assert of_case.out == f"{investigated}: derived again 5 decisions; all come out as they did.\n"
    assert everything.code == 0
    assert everything.data["different"] == []
    assert everything.data["decisions"] > 5
    assert auditor("audit").code == 2
    assert auditor("audit", "C-2026-999999").code == 1
    assert "Somebody was shown personal data" in auditor("reads").out
    assert auditor("audit", "policy:complaint").code == 0


@pytest.mark.requirement("L-02", "L-03")
def test_what_would_come_out_differently_is_told_with_its_rule(
    casefold: Casefold, investigated: str, monkeypatch: pytest.MonkeyPatch, owner_url: str
) -> None:
    def refused(case: Any, command: Any, context: Any) -> Any:
        raise Refused("not_yours", responsible="zhao")

    with monkeypatch.context() as patch:
        patch.setitem(DECISIONS, c.AcceptAssignment, refused)
        told = casefold("audit", investigated)
        data = casefold("audit", "--all", "--json").data["different"]

    assert told.code == 1
    assert "derived again 4 decisions; 1 come out differently." in told.out
    assert "It would be refused now: " in told.out
    assert "[not_yours" in told.out
    assert [(one["stream"], one["command"], one["rule"]) for one in data] == [
        (investigated, "accept_assignment", "not_yours")
    ]
    assert data[0]["differences"][0]["now"]["code"] == "not_yours"

    with intruding(owner_url) as somebody:
        somebody.execute("UPDATE casefold.command SET body = body || '{\"command\": \"x\"}' WHERE name = 'assign_case'")
    altered = casefold("audit", investigated)
    assert altered.code == 1
    assert "What is written of the command is not what was decided (its body, salt or digest)" in altered.out


@pytest.mark.requirement("L-02")
def test_a_field_that_would_be_another_is_told_then_and_now(
    casefold: Casefold, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domain.deadlines import counted
    from domain.limits import Limit

    monkeypatch.setattr(
        "domain.clocks.counted",
        lambda rule, limit, *more: counted(rule, Limit.parse("1h") if rule.name == "first_response" else limit, *more),
    )

    told = casefold("audit", complaint)

    assert told.code == 1
    line = told.out.splitlines()[1]
    assert "(first response): due then " in line
    assert "; limit then 5m, now 1h." in line
    assert "[ClockStarted.due" in line


# ── The worklist and the deadlines of then ───────────────────────────────────────────────────────────────────────────


@pytest.mark.requirement("L-02")
def test_the_worklist_of_an_earlier_moment_is_what_it_was_then(
    casefold: Casefold, investigated: str, ledger: Ledger
) -> None:
    views = Views(ledger)
    inquiry = casefold("open", "inquiry", "--channel", "email", "--urgency", "urgent", "--json").data["case"]
    views.rebuild()
    filters = [(), ("--kind", "complaint"), ("--responsible", "wang"), ("--mine", "--by", "wang"), ("--overdue",)]
    filters += [("--all",), ("--stage", "receive"), ("--department", "after-sales"), ("--limit", "1")]
    known = {asked: casefold("list", *asked, "--json").data for asked in filters}
    shown = [line.split("  ")[0] for line in casefold("list").out.splitlines()]
    then = ledger.now().isoformat()
    time.sleep(0.01)

    casefold("offer-hand-over", investigated, "--to", "sun", "--department", "logistics", "--by", "wang")
    casefold("set-urgency", investigated, "--urgency", "safety", "--reason", "smoke")
    casefold("open", "complaint", "--channel", "email")
    casefold("withdraw-case", inquiry, "--reason", "solved itself")
    views.rebuild()

    assert casefold("list", "--json").data != known[()]
    columns = set(known[()][0])
    for asked, rows in known.items():
        found = casefold("list", *asked, "--at", then, "--json").data
        assert [{name: row[name] for name in columns} for row in found] == [
            {name: row[name] for name in columns} for row in rows
        ], asked
    told = casefold("worklist", "--at", then).out.splitlines()
    assert told[0].startswith("As it was known at ")
    assert [line.split("  ")[0] for line in told[1:]] == shown
    assert casefold("list", "--at", "1d ago", "--json").data == []
    assert casefold("list", "--at", "+1d").code == 2
    assert casefold("list", "--at", "v3").code == 2


@pytest.mark.requirement("L-02", "T-12")
def test_a_deadline_of_then_is_explained_with_what_was_known_then(casefold: Casefold, complaint: str) -> None:
    before = casefold("show", complaint, "--json").data["version"]
    casefold("set-urgency", complaint, "--urgency", "urgent", "--reason", "a child is at home")

    now = casefold("deadline", "explain", complaint, "solution", "--json").data["explained"]
    then = casefold("deadline", "explain", complaint, "solution", "--at", f"v{before}", "--json").data["explained"]

    assert now["due"] < then["due"]
    assert now["moves"]
    assert not then["moves"]


@pytest.mark.requirement("L-02")
def test_diff_tells_what_became_of_time_limits_and_of_the_line_in_the_worklist(
    casefold: Casefold, complaint: str
) -> None:
    before = casefold("show", complaint, "--json").data["version"]
    casefold("set-urgency", complaint, "--urgency", "urgent", "--reason", "a child is at home")
    casefold("contact-customer", complaint, "--channel", "hotline")
    casefold("assign-case", complaint, "--to", "wang", "--department", "after-sales", "--by", "chen:lead")

    data = casefold("diff", complaint, "--from", f"v{before}", "--json").data
    changes = {change["clock"]: change for change in data["clocks"]}
    assert changes["solution"]["changes"] == ["moved"]
    assert changes["solution"]["due_after"] < changes["solution"]["due_before"]
    assert changes["contact"]["changes"] == ["started"]
    assert changes["first_response"]["changes"] == ["moved", "stopped"]
    assert changes["first_response"]["at"]
    assert data["worklist"]["before"]["next_due"] != data["worklist"]["after"]["next_due"]
    assert (data["worklist"]["before"]["offered_to"], data["worklist"]["after"]["offered_to"]) == ("", "wang")

    told = casefold("diff", complaint, "--from", f"v{before}").out
    for words in ("Time limits (local time", "due then", "moved", "In the worklist", "offered to"):
        assert words in told
    assert "clocks." not in told
    from_nothing = casefold("diff", complaint, "--from", "v0", "--json").data
    assert from_nothing["worklist"]["before"] is None
    assert {change["changes"][0] for change in from_nothing["clocks"]} == {"started"}
    assert "not received yet" in casefold("diff", complaint, "--from", "v0").out
