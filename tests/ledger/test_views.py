"""Read models are the fold of the ledger, whatever happens to whoever makes them."""

from __future__ import annotations

import dataclasses
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.actor import Actor, Role
from domain.commands import AddNote, AssignCase, ClassifyCase, WithdrawCase
from domain.personal import personal_fields
from domain.summary import Summary, summary_of
from ledger.follow import places
from ledger.recorder import Recorder, Submission
from ledger.views import COLUMNS, NAME, Projector, Views, named_queries
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.test_recorder import complaint
from tests.ledgers import Ledger

ROOT = Path(__file__).resolve().parent.parent.parent
LEAD = Actor("l1", (Role.LEAD,), "hotline")


def some_cases(recorder: Recorder, number: int = 6) -> list[str]:
    """Cases that have got to different places."""
    streams = []
    for n in range(number):
        stream = recorder.record(Submission(complaint(n), OPERATOR, f"open{n}")).stream
        streams.append(stream)
        if n % 2:
            recorder.record(Submission(AssignCase(to="u2", department="hotline"), LEAD, f"assign{n}", stream))
        if n % 3 == 0:
            recorder.record(Submission(WithdrawCase(reason="settled"), LEAD, f"withdraw{n}", stream))
    return streams


def folded(ledger: Ledger, recorder: Recorder) -> dict[str, dict[str, Any]]:
    """What the rows must be: each case's summary from its whole history."""
    rows = {}
    kind = ledger.registry.types["case"]
    for stream in ledger.streams("case"):
        case = kind.fold([entry.event for entry in ledger.history(stream)])
        rows[stream] = plain(dataclasses.asdict(summary_of(stream, case, ledger.sheet(case.sheet))))
    return rows


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Comparable values."""
    return {name: list(map(str, value)) if isinstance(value, tuple | list) else value for name, value in row.items()}


def shown(views: Views) -> dict[str, dict[str, Any]]:
    """What the rows are."""
    return {row["case"]: plain(row) for row in views.summary(limit=10_000)}


def project_all(projector: Projector, ledger: Ledger) -> None:
    """Project to the end."""
    assert projector.follower.acquire()
    while entries := projector.follower.next(0):
        projector.project(entries)


def test_the_rows_are_the_fold_of_the_ledger(recorder: Recorder, ledger: Ledger) -> None:
    views = Views(ledger)
    projector = Projector(ledger, views)
    some_cases(recorder)
    project_all(projector, ledger)
    assert shown(views) == folded(ledger, recorder)
    assert [place.position for place in places(ledger)] == [ledger.newest()]
    some_more = recorder.record(Submission(complaint(99), OPERATOR, "more"))
    project_all(projector, ledger)
    assert shown(views) == folded(ledger, recorder)
    assert some_more.stream in shown(views)
    projector.follower.release()


def test_projecting_twice_changes_nothing(recorder: Recorder, ledger: Ledger) -> None:
    views = Views(ledger)
    some_cases(recorder)
    entries = ledger.read(0, 1000)
    assert views.project(entries) == 6
    rows = shown(views)
    views.project(reversed(entries))
    assert shown(views) == rows == folded(ledger, recorder)


def test_a_rebuild_makes_the_same_rows_and_tells_how_far_it_is(
    recorder: Recorder, ledger: Ledger, owner_url: str
) -> None:
    views = Views(ledger)
    some_cases(recorder)
    views.project(ledger.read(0, 1000))
    rows = shown(views)
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE casefold_views.case_summary SET stage = 'nonsense', over = NOT over")
        owner.execute("DELETE FROM casefold_views.case_summary WHERE kind = 'complaint' AND version > 5")
    told: list[tuple[int, int]] = []
    assert views.rebuild(lambda done, total: told.append((done, total))) == 6
    assert shown(views) == rows
    assert told[-1] == (6, 6)
    assert [(place.name, place.position) for place in places(ledger)] == [(NAME, ledger.newest())]


def test_a_rebuild_of_an_empty_ledger_is_empty(ledger: Ledger) -> None:
    assert Views(ledger).rebuild() == 0


def test_screens_show_the_old_rows_until_a_rebuild_commits_and_a_projector_goes_on_from_there(
    recorder: Recorder, ledger: Ledger
) -> None:
    views = Views(ledger)
    some_cases(recorder)
    seen: list[int] = []

    def during(done: int, total: int) -> None:
        seen.append(len(shown(Views(ledger))))
        recorder.record(Submission(complaint(50 + done), OPERATOR, f"during{done}"))

    with at_work(Projector(ledger, views, interval=0.02)):
        eventually(lambda: len(shown(views)) == 6)
        views.rebuild(during)
        assert seen == [6]
        eventually(lambda: shown(views) == folded(ledger, recorder))
        assert len(shown(views)) == 7


@contextmanager
def at_work(*projectors: Projector) -> Iterator[None]:
    """The projectors run in threads of their own."""
    stop = threading.Event()
    threads = [threading.Thread(target=projector.run, args=(stop,), daemon=True) for projector in projectors]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)
    assert not any(thread.is_alive() for thread in threads)


def eventually(condition: Any, seconds: float = 15) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to it"
        time.sleep(0.05)


PROGRAM = """
import sys, threading
from ledger.views import Projector, Views
from tests.ledgers import Ledger
url, what = sys.argv[1:]
with Ledger(url) as ledger:
    print("ready", flush=True)
    if what == "project":
        Projector(ledger, interval=0.01).run(threading.Event())
    else:
        while True:
            Views(ledger).rebuild()
"""


@pytest.mark.soak
def test_after_kills_at_random_the_rows_are_still_the_fold(
    recorder: Recorder, ledger: Ledger, database_url: str, rounds: int
) -> None:
    streams = some_cases(recorder, 4)
    chance = random.Random(7)
    for number in range(rounds * 2):
        what = "project" if number % 2 else "rebuild"
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, database_url, what], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            until = time.monotonic() + chance.uniform(0.05, 0.6)
            count = 0
            while time.monotonic() < until:
                count += 1
                case = chance.choice(streams)
                recorder.record(Submission(AddNote(text="a note"), OPERATOR, f"note{number}.{count}", case))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
    projector = Projector(ledger)
    eventually(projector.follower.acquire)
    project_all(projector, ledger)
    projector.follower.release()
    assert shown(Views(ledger)) == folded(ledger, recorder)


def test_the_worklist_has_open_cases_only_and_what_is_due_first_on_top(recorder: Recorder, ledger: Ledger) -> None:
    views = Views(ledger)
    streams = some_cases(recorder)
    views.rebuild()
    rows = views.worklist()
    assert {row["case"] for row in rows} == {stream for stream in streams if not recorder.load(stream)[1].over}
    dues = [row["next_due"] for row in rows if row["next_due"]]
    assert dues == sorted(dues)
    assert {row["case"] for row in views.worklist(responsible="u2")} <= {row["case"] for row in rows}
    assert views.worklist(responsible="u2")
    assert views.worklist(kind="inquiry") == views.worklist(stage="review", department="nowhere") == []
    assert views.worklist(due_before=ledger.now() + timedelta(days=365), limit=2, offset=1) == rows[1:3]
    assert views.worklist(due_before=ledger.now() - timedelta(days=365)) == []


def test_the_summary_can_be_narrowed_and_counted(recorder: Recorder, ledger: Ledger) -> None:
    views = Views(ledger)
    some_cases(recorder)
    views.rebuild()
    withdrawn = views.summary(ending="withdrawn")
    assert len(withdrawn) == 2
    assert all(row["closed_at"] for row in withdrawn)
    assert sum(row["cases"] for row in views.counts()) == len(views.summary()) == 6
    assert len(views.summary(limit=4)) == 4


def test_accepted_and_refused_are_together_what_was_received(recorder: Recorder, ledger: Ledger) -> None:
    case = some_cases(recorder, 1)[0]
    recorder.record(Submission(AddNote(text="x"), Actor("a1", (Role.AUDITOR,)), "n1", case))
    recorder.record(Submission(ClassifyCase(category="no such"), OPERATOR, "n2", "C-2020-000001"))
    balance = {row["command"]: row for row in Views(ledger).balance()}
    for row in balance.values():
        assert row["accepted"] + row["refused"] == row["received"]
    assert balance["receive_case"] == {"command": "receive_case", "received": 1, "accepted": 1, "refused": 0}
    assert balance["classify_case"]["refused"] == 1


@pytest.mark.requirement("L-04")
def test_the_rows_hold_no_personal_data(recorder: Recorder, ledger: Ledger, owner_url: str) -> None:
    assert not personal_fields(Summary)
    some_cases(recorder)
    Views(ledger).rebuild()
    with psycopg.connect(owner_url) as owner:
        everything = str(owner.execute("SELECT * FROM casefold_views.case_summary").fetchall())
    for canary in ("王小明", "13800000001", "machine", "settled"):
        assert canary not in everything


def test_the_table_has_a_column_for_each_field_of_the_summary(owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        columns = owner.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'casefold_views' "
            "AND table_name = 'case_summary' AND is_generated = 'NEVER' ORDER BY ordinal_position"
        ).fetchall()
    assert [name for (name,) in columns] == list(COLUMNS)


def test_every_query_has_a_sentence() -> None:
    assert set(named_queries()) == {"worklist", "summary", "counts", "balance"}
    assert all(sentence.endswith(".") for sentence, _ in named_queries().values())


def test_two_projectors_do_not_fight(recorder: Recorder, ledger: Ledger, database_url: str) -> None:
    with (
        Ledger(database_url) as other,
        at_work(Projector(ledger, interval=0.02), Projector(other, interval=0.02)),
    ):
        some_cases(recorder)
        eventually(lambda: shown(Views(ledger)) == folded(ledger, recorder))
    assert Recorder(ledger, KEY).load(next(iter(ledger.streams("case"))))[0] > 0


def test_words_of_any_length_are_shown_like_others(ledger: Ledger, recorder: Recorder) -> None:
    """An index has a longest line; no word that somebody gives may keep the lists from going on."""
    chance = random.Random(7)
    han, latin = [
        ["".join(chr(chance.randrange(first, last)) for _ in range(5000)) for _ in range(6)]
        for first, last in ((0x4E00, 0x9FA5), (ord("a"), ord("z")))
    ]
    for number, long in enumerate((han, latin)):
        intake = replace(complaint(number), matter=long[0], order=long[1], customer_name=long[2], contact=long[3])
        stream = recorder.record(Submission(intake, OPERATOR, f"open{number}")).stream
        command = AssignCase(to=long[4], department=long[5])
        assert recorder.record(Submission(command, LEAD, f"assign{number}", stream)).accepted
    projector = Projector(ledger)
    project_all(projector, ledger)
    projector.follower.release()
    assert shown(Views(ledger)) == folded(ledger, recorder)
