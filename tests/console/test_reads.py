"""Who was shown personal data is recorded before it is shown, and can be read (L-05)."""

from __future__ import annotations

import getpass

import pytest

from domain.access import Disclosure, Through
from domain.actor import Actor
from ledger.access import AccessLog, accesses
from ledger.recorder import Recorder
from tests.console.conftest import MATTER_KEY, Casefold
from tests.intruder import intruding
from tests.ledgers import Ledger

PAPERS = "policy:complaint"


@pytest.mark.requirement("L-05")
def test_every_way_to_reveal_personal_data_is_recorded_with_who_what_and_how(
    casefold: Casefold, complaint: str, ledger: Ledger
) -> None:
    ways: list[tuple[tuple[str, ...], str, set[str]]] = [
        (("show", complaint), complaint, {"contact", "customer_name", "matter", "remedy_sought"}),
        (("history", complaint), complaint, {"contact", "customer_name", "matter", "remedy_sought"}),
        (("diff", complaint, "--from", "v0"), complaint, {"contact", "customer_name", "matter", "remedy_sought"}),
        (("watch", complaint, "--for", "0.1"), complaint, {"*"}),
        (("watch", "--for", "0.1"), "", {"*"}),
    ]
    for arguments, _case, _fields in ways:
        assert casefold(*arguments, "--by", "wang:lead").code == 0
    assert list(accesses(ledger)) == [], "masked, nobody was shown anything"

    for arguments, case, fields in ways:
        answer = casefold(*arguments, "--reveal", "--by", "wang:lead@desk")
        assert answer.code == 0, answer.err
        newest = next(accesses(ledger))
        assert (newest.case, newest.entry.actor) == (case, Actor.parse("wang:lead@desk"))
        event = newest.entry.event
        assert set(getattr(event, "fields")) == fields, arguments  # noqa: B009
        assert getattr(event, "through") is Through.CLI  # noqa: B009


@pytest.mark.requirement("L-05")
def test_policies_whose_reasons_are_revealed_are_recorded_too(casefold: Casefold, ledger: Ledger) -> None:
    casefold("policy", "suggest", "complaint", "--text", "Two days are enough for 张三.", "--by", "li:agent@hotline")

    shown = casefold("policy", "list", "--reveal")

    assert "张三" in shown.out
    newest = next(accesses(ledger))
    assert (newest.case, getattr(newest.entry.event, "fields")) == ("", ("text",))  # noqa: B009
    assert newest.concerns(PAPERS)


@pytest.mark.requirement("L-05")
def test_who_does_not_say_who_they_are_is_recorded_as_the_user_of_the_system(
    casefold: Casefold, complaint: str, ledger: Ledger
) -> None:
    assert "张三" in casefold("show", complaint, "--reveal", CASEFOLD_BY="").out

    assert next(accesses(ledger)).entry.actor == Actor(f"cli:{getpass.getuser()}", ())


@pytest.mark.requirement("L-05")
def test_what_cannot_be_recorded_is_not_shown(casefold: Casefold, complaint: str, owner_url: str) -> None:
    with intruding(owner_url) as somebody:
        somebody.execute("REVOKE INSERT ON casefold.command FROM casefold_app")

    for command in (("show", complaint), ("history", complaint), ("diff", complaint, "--from", "v0"), ("watch",)):
        for as_json in ((), ("--json",)):
            answer = casefold(*command, "--reveal", *as_json)
            assert answer.code == 3, answer
            assert "could not be recorded" in answer.err
            assert "张三" not in answer.out + answer.err
    assert casefold("show", complaint).code == 0


@pytest.mark.requirement("L-05")
def test_the_read_log_tells_of_a_case_with_the_exports_that_it_may_have_been_in(
    casefold: Casefold, complaint: str, ledger: Ledger
) -> None:
    log = AccessLog(Recorder(ledger, MATTER_KEY.encode()))
    qian, wang = Actor.parse("qian:auditor"), Actor.parse("wang:lead")
    log.view(wang, complaint, "E1", Through.CONSOLE, act="session-1")
    log.view(wang, complaint, "E1", Through.CONSOLE, act="session-1")  # the same page again
    log.view(wang, "C-2026-000999", "E1", Through.CONSOLE, act="session-1")
    log.export(qian, "", "xes", Through.EXPORT, Disclosure.WITHHELD, number=12, selection="--kind complaint")
    log.export(qian, "", "csv", Through.EXPORT, Disclosure.MASKED, cases=["C-2026-000999"], purpose="张三 asked")
    casefold("show", complaint, "--reveal", "--by", "wang:lead")

    lines = casefold("reads", complaint, "--json").data
    assert [(line["event"], line["case"], line["actor"]["id"]) for line in lines] == [
        ("PersonalDataRead", complaint, "wang"),
        ("ExportMade", None, "qian"),
        ("EvidenceViewed", complaint, "wang"),
    ]
    assert [line["event"] for line in casefold("reads", complaint, "--by", "qian", "--json").data] == ["ExportMade"]
    everything = casefold("reads").out
    assert len(everything.splitlines()) == 1 + 5
    assert "12 cases" in everything
    assert "E1" in everything
    assert "张三" not in everything
    assert "张三 asked" in casefold("reads", "--reveal").out
    assert next(accesses(ledger)).case == "", "reading purposes is recorded, too"
    assert len(casefold("reads", "--limit", "2", "--json").data) == 2


@pytest.mark.requirement("L-05")
def test_nobody_has_read_anything_yet_is_said_so(casefold: Casefold) -> None:
    assert "Nobody was shown" in casefold("reads").out
    assert casefold("reads", "--json").data == []
