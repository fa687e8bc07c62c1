"""The organisation of the demonstration: its last weeks are recorded like any others, and leave every kind of case."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

import policies
from domain.case import Case
from domain.personal import is_sealed
from domain.words import Ending, Stage
from ledger.recorder import Recorder
from tests.ledgers import Ledger
from worker.organisation.fill import SEED, _lives, fill
from worker.organisation.keep import REFUSED, USAGE, Demonstration, home_of_its_own, keep, sign_in
from worker.organisation.plans import PLANS
from worker.settings import Settings

KEY = b"a key that only these tests use, long enough"
NOW = datetime.now(UTC)


@pytest.mark.requirement("I-03", "C-04", "R-01")
def test_a_few_weeks_of_work_leave_cases_of_every_kind_in_every_state(database_url: str, tmp_path: Path) -> None:
    with Ledger(database_url) as ledger:
        filled = fill(ledger, KEY, policies.load(), tmp_path, NOW, number=len(PLANS))
        recorder = Recorder(ledger, KEY)
        entries = ledger.read(0, 100_000)
        cases: list[Case] = [recorder.load(stream)[1] for stream in ledger.streams("case")]
        assert len(cases) == filled.cases == len(PLANS)
        running = [case for case in cases if not case.over]
        for kind in ("complaint", "after_sales", "inquiry"):
            stages = {case.stage for case in running if case.kind == kind}
            assert stages >= {Stage.RECEIVE, Stage.INVESTIGATE, Stage.CONFIRM, Stage.REVIEW} - (
                {Stage.RECEIVE} if kind == "inquiry" else set()
            )
        assert {case.stage for case in running} == set(Stage)
        assert {case.ending for case in cases} >= set(Ending)
        assert {case.round for case in running} >= {1, 2, 3}
        assert {case.language.value for case in cases} == {"zh", "en"}
        happened = {type(entry.event).__name__ for entry in entries}
        assert happened >= {
            *("ClockBreached", "ClocksPaused", "HandOverOffered", "QuestionAsked", "EvidenceAdded", "ResultRejected"),
            *("CustomerReminded", "SurveyAnswered", "ImprovementOpened", "ImprovementCompleted", "ErasureRequested"),
            *("PersonalDataRead", "MemberAdded", "CaseWithdrawn", "CaseReferred", "WarrantyGranted"),
        }
        recorded = [entry.recorded_at for entry in entries]
        assert recorded == sorted(recorded), "the ledger grew in the order in which things happened"
        assert recorded[-1] <= NOW
        assert all(is_sealed(case.intake.contact) for case in cases)
        assert len(list((tmp_path / "outbox").glob("C-*.txt"))) == sum(
            notice.sent for case in cases for notice in case.notices.values()
        )


def test_the_same_chance_tells_the_same_stories() -> None:
    first, second = (
        [
            (life.story, life.customer, [step.mark for step in life.steps], at)
            for life, at in _lives(200, Random(SEED), NOW)
        ]
        for _ in range(2)
    )
    assert first == second
    assert not [text for story, *_ in first for text in map(str, story.values()) if "{" in text]
    assert len({customer.contact for _, customer, *_ in first}) > 130


def test_it_never_goes_where_something_real_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CASEFOLD_HOME", raising=False)
    assert home_of_its_own(Settings()).home != Settings().home, "beside the usual folder"
    monkeypatch.setenv("CASEFOLD_HOME", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", "postgresql://real.example/casefold")
    assert keep() == USAGE
    assert "Nothing was done." in capsys.readouterr().out
    assert not list(tmp_path.iterdir())
    monkeypatch.delenv("DATABASE_URL")
    home = Settings().stack
    home.make()
    with home.locked("up"):
        assert keep() == REFUSED
    assert "with a ledger of its own. Nothing was done" in capsys.readouterr().out
    made = Demonstration(200, "amber-river", "/c/x")
    made.write(tmp_path)
    assert Demonstration.of(tmp_path) == made, "what was made is not made again"
    assert "amber-river" in sign_in(made, "http://127.0.0.1:8000", tmp_path)
