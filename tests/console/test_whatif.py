"""`casefold policy whatif`: a draft over past cases, checked against the file they came from, and by hand (P-04)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import policies
from domain import commands as c
from domain.actor import Actor
from domain.message import Command
from domain.words import Channel, Outcome
from ledger.recorder import Recorder
from ledger.store import Ledger
from ledger.submission import Submission
from tests.console.conftest import MATTER_KEY, Casefold
from tests.console.test_import_log import EXAMPLES, RECEIPT, instant, read
from tests.domain.story import CHEN, COMPLAINT, LI, SYSTEM, WANG

SHIPPED = Path(policies.__file__).parent / "packs" / "general" / "complaint.toml"


@pytest.fixture
def draft(tmp_path: Path) -> Callable[..., Path]:
    """``draft(solution="720h")`` writes the shipped sheet for complaints with other limits, and an approval."""

    def write(approval: str = "", **limits: str) -> Path:
        text = SHIPPED.read_text(encoding="utf-8")
        if approval:
            text = text.replace('["proposal_made"]', '["proposal_made", "proposal_approved"]')
        (version,) = (line for line in text.splitlines() if line.startswith("version = "))
        text = text.replace(version, 'version = "draft"')
        for name, limit in limits.items():
            head, found, tail = text.partition(f'name = "{name}"')
            assert found
            before, _, rest = tail.partition("limit = {")
            text = f'{head}{found}{before}limit = {{ ordinary = "{limit}" }}{rest.partition("}")[2]}'
        file = tmp_path / "draft.toml"
        file.write_text(f"{text}\n{approval}", encoding="utf-8")
        return file

    return write


def figures(data: Any, limit: str, department: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """How the limits of a name went, as promised and under the draft."""
    (result,) = data["results"]
    found = [row for row in result["limits"] if (row["limit"], row["department"]) == (limit, department)]
    assert len(found) == 1
    return found[0]["promised"], found[0]["draft"]


# ── A real log ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def municipality(casefold: Casefold, sample_data: Path, tmp_path: Path) -> dict[str, list[dict[str, str]]]:
    """A real log, taken over; its finished cases as the file has them."""
    (tmp_path / "map.toml").write_text(RECEIPT, encoding="utf-8")
    file = sample_data / "receipt.csv"
    rejects = ("--rejects", tmp_path / "rejects.csv", "--by", "li:data")
    assert casefold("import-log", file, "--map", tmp_path / "map.toml", *rejects, "--json").data["imported"] > 900
    return {
        case: rows
        for case, rows in read(file).items()
        if rows[0]["case:enddate"] and instant(rows[0], "case:enddate") >= instant(rows[0], "case:startdate")
    }


@pytest.mark.requirement("P-04", "I-08")
def test_shorter_limits_over_a_real_log_give_what_the_file_gives(
    casefold: Casefold, ledger: Ledger, draft: Callable[..., Path], municipality: dict[str, list[dict[str, str]]]
) -> None:
    def took(row: dict[str, str]) -> timedelta:
        return instant(row, "case:enddate") - instant(row, "case:startdate")

    firsts = [rows[0] for rows in municipality.values() if instant(rows[0], "case:startdate").year >= 2011]
    late = [row for row in firsts if instant(row, "case:enddate") > instant(row, "case:deadline")]
    before = written(ledger)

    for limit in (timedelta(hours=720), timedelta(hours=1200)):
        drafted = [row for row in firsts if took(row) > limit]
        warned = [row for row in firsts if took(row) >= limit * 80 / 100]

        file = draft(solution=f"{limit // timedelta(hours=1)}h")
        data = casefold("policy", "whatif", file, "--since", "2011-01-01T00:00+01:00", "--json").data

        (result,) = data["results"]
        assert result["cases"] == len(firsts)
        assert result["late"] == {"promised": len(late), "draft": len(drafted)}
        promised, _ = figures(data, "deadline")
        _, under = figures(data, "solution")
        assert (promised["limits"], promised["late"]) == (len(firsts), len(late))
        assert (under["limits"], under["late"], under["warned"]) == (len(firsts), len(drafted), len(warned))
        for department in ("General", "Customer contact", "Experts"):
            _, there = figures(data, "solution", department)
            assert there["late"] == sum(row["case:department"] == department for row in drafted)
        assert result["newly_late"] == len([row for row in drafted if row not in late]) > 0
        assert result["no_longer_late"] == len([row for row in late if row not in drafted])
        assert result["not_told"]["first_response"] == len(firsts)
    assert written(ledger) == before, "what-if writes nothing"


def written(ledger: Ledger) -> tuple[int, Any]:
    """The ledger's newest entry, and every command that was ever answered."""
    commands = ledger.query(
        "SELECT count(*), max(received_at), md5(string_agg(command_id, ',' ORDER BY command_id)) FROM casefold.command"
    )
    return ledger.newest(), commands


# ── Cases of our own, worked out by hand ─────────────────────────────────────────────────────────────────────────────


class Clock:
    """A clock on the wall, for a recorder; the database's own, by which the ledger is read, is later."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC) - timedelta(days=40)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A time of the test's own."""
    return Clock()


@pytest.fixture
def recorder(ledger: Ledger, clock: Clock) -> Recorder:
    """The door to the test's ledger, at that time."""
    return Recorder(ledger, MATTER_KEY.encode(), clock)


class Desk:
    """One complaint after the other, each step so many minutes after the one before."""

    def __init__(self, recorder: Recorder, clock: Clock) -> None:
        self.recorder = recorder
        self.clock = clock
        self.count = 0

    def give(self, command: Command, by: Actor, case: str | None, minutes: float = 0) -> str:
        """Give a command, so many minutes later."""
        self.clock.now += timedelta(minutes=minutes)
        self.count += 1
        receipt = self.recorder.record(Submission(command, by, f"command {self.count}", case))
        assert receipt.accepted, receipt.refusal
        return receipt.stream

    def complaint(self, answered_after: float, solved_after: float, amount: str = "50") -> str:
        """A complaint that is answered and solved so many minutes after its receipt."""
        self.count += 1
        case = self.give(replace(COMPLAINT, matter=f"matter {self.count}"), LI, None)
        self.give(c.AcknowledgeReceipt(), LI, case, answered_after)
        self.give(c.ClassifyCase(category="product", subcategory="damage"), LI, case)
        self.give(c.AssignCase(to="wang", department="after-sales"), CHEN, case)
        self.give(c.AcceptAssignment(), WANG, case)
        self.give(c.ContactCustomer(channel=Channel.HOTLINE), WANG, case)
        self.give(c.RecordFinding(course="It fell.", cause="packaging"), WANG, case)
        self.give(c.NameResponsible(department="logistics", person="sun"), WANG, case)
        self.give(c.TakeDecision(outcome=Outcome.UPHELD, findings=("F1",), rule="house-7"), WANG, case)
        self.give(c.ProposeRemedy(summary="A refund.", amount=Decimal(amount)), WANG, case)
        self.give(c.PresentProposal(), SYSTEM, case)
        self.give(c.AcceptProposal(), WANG, case)
        self.give(c.ConfirmRefund(amount=Decimal(amount), currency="CNY", reference="R-1"), WANG, case)
        self.give(c.ConfirmSatisfaction(), WANG, case, solved_after - answered_after)
        return case


@pytest.fixture
def desk(recorder: Recorder, clock: Clock) -> Desk:
    """Who works the test's complaints."""
    return Desk(recorder, clock)


APPROVAL = '[approval]\nabove = "100"\ntwo_above = "1000"\nby = ["lead"]'


@pytest.mark.requirement("P-04", "H-09")
def test_shorter_limits_change_exactly_the_cases_worked_out_by_hand(
    casefold: Casefold, draft: Callable[..., Path], desk: Desk
) -> None:
    """As promised: a response within 5 minutes, a solution within 5 days. The draft: 2 minutes, and 1 day."""
    day = 24 * 60
    quick = desk.complaint(answered_after=1, solved_after=day - 1, amount="100")
    slow_answer = desk.complaint(answered_after=3, solved_after=60, amount="101")
    slow_solution = desk.complaint(answered_after=1, solved_after=2 * day, amount="1000")
    on_time = desk.complaint(answered_after=2, solved_after=day, amount="1001")
    late_anyway = desk.complaint(answered_after=6, solved_after=6 * day, amount="5000")

    file = draft(APPROVAL, first_response="2m", solution="1d")
    data = casefold("policy", "whatif", file, "--json").data

    (result,) = data["results"]
    assert (result["cases"], result["late"]) == (5, {"promised": 1, "draft": 3})
    assert (result["newly_late"], result["no_longer_late"]) == (2, 0)
    assert result["examples"] == {"newly_late": [slow_answer, slow_solution], "no_longer_late": []}
    assert late_anyway not in result["examples"]["newly_late"]
    assert {quick, on_time}.isdisjoint(result["examples"]["newly_late"])
    response, solution = figures(data, "first_response"), figures(data, "solution")
    assert [side["late"] for side in response] == [1, 2]
    assert [side["warned"] for side in response] == [1, 3], "80 % of 5 minutes: 4; of 2 minutes: 1.6"
    assert [side["late"] for side in solution] == [1, 2]
    assert [side["late"] for side in figures(data, "solution", "after-sales")] == [1, 2]
    assert [side["late"] for side in figures(data, "first_response", "customer-service")] == [1, 2]
    everywhere, there = result["approvals"]
    assert (everywhere["department"], there["department"]) == (None, "after-sales")
    assert everywhere["promised"] == {"proposals": 5, "one": 0, "two": 0}
    assert everywhere["draft"] == there["draft"] == {"proposals": 5, "one": 2, "two": 2}


@pytest.mark.requirement("P-04", "T-10")
def test_escalations_of_the_draft_are_counted_by_the_role_that_would_have_been_told(
    casefold: Casefold, draft: Callable[..., Path], desk: Desk
) -> None:
    desk.complaint(answered_after=10, solved_after=60)
    desk.complaint(answered_after=4, solved_after=60)
    file = draft(first_response="3m")
    steps = 'escalate = [{ after = "0m", to = "lead" }, { after = "5m", to = "department_head" }]\n'
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('limit = { ordinary = "3m" }\n', f'limit = {{ ordinary = "3m" }}\n{steps}', 1))

    promised, under = figures(casefold("policy", "whatif", file, "--json").data, "first_response")

    assert (promised["escalated"], under["escalated"]) == (0, 2)
    assert under["escalated_to"] == {"lead": 2, "department_head": 1}


@pytest.mark.requirement("P-04", "T-11")
def test_a_fact_reported_late_counts_as_far_back_as_the_draft_says(
    casefold: Casefold, draft: Callable[..., Path], desk: Desk, recorder: Recorder, clock: Clock
) -> None:
    case = desk.give(COMPLAINT, LI, None)
    clock.now += timedelta(hours=20)
    told = c.ContactCustomer(channel=Channel.HOTLINE)
    happened_at = clock.now - timedelta(hours=20) + timedelta(minutes=3)
    assert recorder.record(Submission(told, LI, "told late", case, happened_at)).accepted

    def late() -> list[int]:
        return [side["late"] for side in figures(casefold("policy", "whatif", file, "--json").data, "first_response")]

    file = draft(first_response="4m")
    assert late() == [0, 0]
    file.write_text(file.read_text(encoding="utf-8").replace('contact_customer = "24h"', 'contact_customer = "1h"'))
    assert late() == [0, 1]


@pytest.mark.requirement("P-04")
def test_cases_are_chosen_by_kind_and_by_their_day_of_receipt(
    casefold: Casefold, draft: Callable[..., Path], desk: Desk, clock: Clock
) -> None:
    desk.complaint(answered_after=1, solved_after=60)
    between = clock.now + timedelta(days=1)
    clock.now += timedelta(days=2)
    desk.complaint(answered_after=1, solved_after=60)
    desk.give(c.ReceiveCase(kind="inquiry", channel=Channel.EMAIL, contact="a@b.example", matter="?"), LI, None)

    def cases(*options: object) -> int:
        (result,) = casefold("policy", "whatif", draft(), *options, "--json").data["results"]
        return int(result["cases"])

    assert cases() == 2
    assert cases("--since", between.isoformat()) == cases("--until", between.isoformat()) == 1
    assert cases("--since", clock.now + timedelta(days=1)) == 0
    assert cases("--kind", "inquiry") == 1


@pytest.mark.requirement("P-04")
def test_a_version_of_the_policy_and_the_sheets_of_a_pack_can_be_tried_too(
    casefold: Casefold, desk: Desk, draft: Callable[..., Path]
) -> None:
    desk.complaint(answered_after=6, solved_after=60)
    version = policies.load()["complaint"].version

    of_version = casefold("policy", "whatif", "--version", version, "--kind", "complaint", "--json").data
    of_pack = casefold("policy", "whatif", "--pack", "general", "--kind", "complaint", "--json").data
    kinds = casefold("policy", "whatif", "--pack", "general", "--json").data

    assert of_version["results"] == of_pack["results"]
    assert figures(of_version, "first_response")[0] == figures(of_version, "first_response")[1]
    assert {result["kind"] for result in kinds["results"]} == set(policies.load())


@pytest.mark.requirement("P-04")
def test_the_table_shows_what_changes_and_the_chart_has_the_same_figures(
    casefold: Casefold, draft: Callable[..., Path], tmp_path: Path
) -> None:
    casefold("import-log", EXAMPLES / "event-log.csv", "--map", EXAMPLES / "event-log.toml", "--by", "li:data")
    chart = tmp_path / "chart.json"

    answer = casefold("policy", "whatif", draft(solution="3d"), "--chart", chart, "--since", "2025-01-01")

    assert answer.code == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert "complaint under complaint draft" in lines
    assert "with a limit that passed: 1 as promised, 2 under the draft" in lines
    assert "solution all 0 → 3 0 → 2 0 → 2 0" in lines
    assert "deadline all 3 → 0 1 → 0 0 0" in lines
    assert "售后部 0 → 2 0 → 1 0 → 1 0" in lines
    assert "first response (3)" in answer.err
    data = json.loads(chart.read_text(encoding="utf-8"))
    assert data["format"] == "casefold.whatif.chart/1"
    assert [one["measure"] for one in data["charts"]] == ["late", "warned", "escalated", "approvals"]
    late = data["charts"][0]
    assert late["categories"] == [None, "售后部", "客服部"]
    assert {(one["limit"], one["under"]): one["values"] for one in late["series"]} == {
        ("solution", "promised"): [0, 0, 0],
        ("solution", "draft"): [2, 1, 1],
        ("deadline", "promised"): [1, 0, 1],
        ("deadline", "draft"): [0, 0, 0],
    }


# ── Wrongly asked ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "Name one draft"),
        (("--version", "1", "--pack", "general"), "Name one draft"),
        (("--version", "1"), "Say of which kind of case"),
        (("--pack", "nonsense"), "'nonsense' is not a pack"),
        (("--pack", "general", "--kind", "nonsense"), "has no sheet for nonsense"),
        (("--pack", "general", "--since", "soon"), "'soon' is not a time"),
    ],
)
def test_what_is_wrongly_asked_is_said(no_ledger: Casefold, options: tuple[str, ...], said: str) -> None:
    answer = no_ledger("policy", "whatif", *options, COLUMNS="400")

    assert answer.code == 2
    assert said in " ".join(answer.err.split())


def test_a_draft_that_cannot_be_followed_or_counts_on_an_unknown_calendar_is_refused(
    casefold: Casefold, draft: Callable[..., Path]
) -> None:
    wrong = casefold("policy", "whatif", draft(solution="soon"))
    unknown = casefold("policy", "whatif", "--version", "2999", "--kind", "complaint")
    nowhere = casefold("policy", "whatif", draft(), "--chart", "/nowhere/chart.json")

    assert (wrong.code, unknown.code, nowhere.code) == (1, 1, 2)
    assert "'soon' is not a limit" in wrong.err
    assert "2999" in unknown.err
    assert "cannot be written" in nowhere.err
