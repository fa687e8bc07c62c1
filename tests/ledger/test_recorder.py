"""The one door: every command is answered once, with its outcome, and the first answer is the answer."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from domain.actor import WORKFLOW, Actor, Role
from domain.commands import AddNote, AssignCase, ReceiveCase
from domain.policy_stream import PublishSheet
from domain.refusal import Refused
from domain.words import Channel
from ledger.canonical import canonical
from ledger.codec import entry_as_json
from ledger.errors import NotWritable, UnknownStream
from ledger.recorder import Recorder, Submission
from ledger.refused import CommandRefused, refusal_stream
from policies.loader import load
from tests.intruder import intruding
from tests.ledger.conftest import KEY, OPERATOR
from tests.ledger.toy import Count, CounterLate, DoNothing, OpenCounter
from tests.ledgers import Ledger


def complaint(number: int = 1) -> ReceiveCase:
    """A complaint like no other number's."""
    return ReceiveCase(
        kind="complaint",
        channel=Channel.HOTLINE,
        customer_name="王小明",
        contact=f"138{number:08d}",
        matter=f"The machine {number} is broken.",
        remedy_sought="a repair",
    )


def open_counter(counting: Recorder, command_id: str = "open", **fields: object) -> str:
    """A counter of its own."""
    receipt = counting.record(Submission(OpenCounter(**fields), OPERATOR, command_id))  # type: ignore[arg-type]
    assert receipt.accepted
    return receipt.stream


@pytest.mark.requirement("L-01", "I-03")
def test_a_case_is_received_and_every_entry_says_who_when_and_by_which_command(
    recorder: Recorder, ledger: Ledger
) -> None:
    before = ledger.now()
    receipt = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    assert receipt.accepted
    assert receipt.stream == f"C-{before.year}-000001"
    entries = ledger.history(receipt.stream)
    assert receipt.events == tuple(type(entry.event).__name__ for entry in entries)
    assert receipt.events[0] == "CaseReceived"
    assert [entry.version for entry in entries] == list(range(1, receipt.version + 1))
    assert receipt.position == entries[-1].position == ledger.newest()
    for entry in entries:
        assert (entry.actor, entry.command_id) == (OPERATOR, "c1")
        assert before <= entry.recorded_at == entry.happened_at == receipt.recorded_at <= ledger.now()


def test_a_command_is_decided_on_the_sheet_in_force_and_the_case_keeps_it(recorder: Recorder, ledger: Ledger) -> None:
    receipt = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    version, case = recorder.load(receipt.stream)
    assert version == receipt.version
    in_force = recorder.sheet_in_force("complaint")
    assert in_force == load()["complaint"]
    assert ledger.sheet(case.sheet) == in_force


@pytest.mark.requirement("P-02")
def test_a_new_sheet_is_for_new_cases_only(recorder: Recorder, ledger: Ledger, database_url: str) -> None:
    first = recorder.record(Submission(complaint(1), OPERATOR, "c1"))
    data = load()["complaint"].to_data()
    changed = type(load()["complaint"]).from_data({**data, "version": "next", "low_score": 4})
    recorder.publish({"complaint": changed}, Actor("setup", (Role.SYSTEM,)))
    second = recorder.record(Submission(complaint(2), OPERATOR, "c2"))
    old, new = recorder.load(first.stream)[1].sheet, recorder.load(second.stream)[1].sheet
    assert old != new == changed.digest
    with Ledger(database_url) as fresh:
        assert (fresh.sheet(old).low_score, fresh.sheet(new).low_score) == (2, 4)


def test_publishing_again_changes_nothing(recorder: Recorder, ledger: Ledger, database_url: str) -> None:
    newest = ledger.newest()
    recorder.publish(load(), Actor("somebody-else", (Role.SYSTEM,)))
    with Ledger(database_url) as other:
        Recorder(other, KEY).publish(load(), Actor("setup", (Role.SYSTEM,)))
    assert ledger.newest() == newest
    assert set(ledger.streams("policy")) == {f"policy:{kind}" for kind in load()}


def test_a_sheet_that_gets_a_new_default_from_a_newer_program_is_not_another_sheet(
    recorder: Recorder, ledger: Ledger, owner_url: str, database_url: str
) -> None:
    case = recorder.record(Submission(complaint(1), OPERATOR, "c1")).stream
    digest = recorder.load(case)[1].sheet
    with intruding(owner_url) as owner:
        (state,) = owner.execute(
            "SELECT state FROM casefold.stored_events WHERE originator_id = 'policy:complaint'"
        ).fetchall()[0]
        body = json.loads(state)
        content = json.loads(body["data"]["content"])
        del content["low_score"]  # As if an older program had published it, whose sheets had no such field.
        body["data"]["content"] = json.dumps(content)
        owner.execute(
            "UPDATE casefold.stored_events SET state = %s WHERE originator_id = 'policy:complaint'", [canonical(body)]
        )
    newest = ledger.newest()
    with Ledger(database_url) as newer:
        other = Recorder(newer, KEY)
        other.publish(load(), Actor("setup", (Role.SYSTEM,)))
        assert newer.newest() == newest
        assert newer.sheet(digest).digest == digest
        second = other.record(Submission(complaint(2), OPERATOR, "c2")).stream
        assert other.load(second)[1].sheet == digest


def test_the_same_command_again_gets_the_first_answer(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    first = counting.record(Submission(Count(by=2), OPERATOR, "c1", stream))
    counting.record(Submission(Count(by=3), OPERATOR, "c2", stream))
    again = counting.record(Submission(Count(by=2), OPERATOR, "c1", stream))
    assert again.repeated
    assert not first.repeated
    assert again == type(again)(**{**vars(first), "repeated": True})
    assert len(toys.history(stream)) == 3


def test_command_ids_are_each_actor_s_own(counting: Recorder) -> None:
    stream = open_counter(counting)
    other = Actor("u2", (Role.AGENT,))
    assert counting.record(Submission(Count(), OPERATOR, "c1", stream)).version == 2
    assert counting.record(Submission(Count(), other, "c1", stream)).version == 3


@pytest.mark.parametrize(
    "other",
    [
        {"command": Count(by=2)},
        {"command": DoNothing()},
        {"stream": "T-2026-999999"},
        {"happened_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_another_command_under_a_used_id_is_refused(counting: Recorder, other: dict[str, object]) -> None:
    stream = open_counter(counting)
    submission = {"command": Count(), "by": OPERATOR, "command_id": "c1", "stream": stream}
    first = counting.record(Submission(**submission))  # type: ignore[arg-type]
    reused = counting.record(Submission(**{**submission, **other}))  # type: ignore[arg-type]
    assert not reused.accepted
    assert reused.refusal == Refused("command_id_reused", command_id="c1")
    assert counting.record(Submission(**submission)).version == first.version  # type: ignore[arg-type]


@pytest.mark.requirement("L-01")
def test_a_refusal_is_kept_with_its_sentence_and_answered_again(
    recorder: Recorder, ledger: Ledger, database_url: str
) -> None:
    case = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    auditor = Actor("a1", (Role.AUDITOR,))
    refused = recorder.record(Submission(AddNote(text="x"), auditor, "c2", case.stream))
    assert not refused.accepted
    assert refused.refusal == Refused("auditors_only_read")
    assert (refused.version, refused.position, refused.events) == (case.version, 0, ())
    entry = ledger.history(refusal_stream("a1", "c2"))[0]
    assert isinstance(entry.event, CommandRefused)
    assert entry.event.refusal == refused.refusal
    assert entry.event.sentence == "Auditors read; they do not change cases."
    assert (entry.event.command, entry.event.stream, entry.actor) == ("add_note", case.stream, auditor)
    with Ledger(database_url) as other:
        again = Recorder(other, KEY).record(Submission(AddNote(text="x"), auditor, "c2", case.stream))
    assert again.repeated
    assert again.refusal == refused.refusal
    assert len(ledger.history(case.stream)) == case.version


def test_accepted_and_refused_together_are_what_was_received(counting: Recorder, owner_url: str) -> None:
    stream = open_counter(counting)
    for number in range(12):
        counting.record(Submission(Count(by=250), OPERATOR, f"c{number}", stream))
    with psycopg.connect(owner_url) as connection:
        rows = connection.execute(
            "SELECT outcome, count(*), count(refusal), max(last_version) FROM casefold.command GROUP BY outcome"
        ).fetchall()
    assert sorted(rows) == [("accepted", 5, 0, 5), ("refused", 8, 8, 5)]


def test_an_accepted_command_without_entries_is_kept_too(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    receipt = counting.record(Submission(DoNothing(), OPERATOR, "c1", stream))
    assert receipt.accepted
    assert (receipt.version, receipt.position, receipt.events) == (1, 0, ())
    again = counting.record(Submission(DoNothing(), OPERATOR, "c1", stream))
    assert again.repeated
    assert (again.version, again.position, again.events) == (1, 0, ())


def test_what_is_written_about_a_command_can_be_checked_against_its_entries(
    recorder: Recorder, ledger: Ledger, owner_url: str
) -> None:
    receipt = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    with psycopg.connect(owner_url) as connection:
        salt, digest, body = connection.execute(
            "SELECT salt, digest, body FROM casefold.command WHERE command_id = 'c1'"
        ).fetchall()[0]
        states = connection.execute(
            "SELECT state FROM casefold.stored_events WHERE originator_id = %s", [receipt.stream]
        ).fetchall()
    assert digest == hashlib.sha256(salt + canonical(body)).digest()
    assert ledger.opened_text(body["data"]["customer_name"]) == "王小明"
    for (state,) in states:
        assert salt not in state, "who has only the entry must not be able to guess the command"
        assert __import__("base64").b64decode(json.loads(state)["command"]) == digest


@pytest.mark.parametrize("stream", ["C-2026-999999", "nonsense", "policy:none", "X-1", "refused:u1/c1"])
def test_a_command_for_a_case_that_is_not_there_is_refused(recorder: Recorder, stream: str) -> None:
    receipt = recorder.record(Submission(AddNote(text="x"), OPERATOR, "c1", stream))
    assert receipt.refusal == Refused("unknown_case", case=stream)
    assert (receipt.version, receipt.position) == (0, 0)
    assert recorder.record(Submission(AddNote(text="x"), OPERATOR, "c1", stream)).repeated


def test_whoever_expects_another_version_is_refused_and_told_the_one_of_now(counting: Recorder) -> None:
    stream = open_counter(counting)
    assert counting.record(Submission(Count(), OPERATOR, "c1", stream, expected_version=1)).accepted
    late = counting.record(Submission(Count(), OPERATOR, "c2", stream, expected_version=1))
    assert late.refusal == Refused("version_moved", version=2)
    assert late.version == 2


def test_the_future_is_refused_and_the_past_is_kept(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    now = toys.now()
    future = counting.record(Submission(Count(), OPERATOR, "c1", stream, happened_at=now + timedelta(minutes=1)))
    assert future.refusal == Refused("happened_in_future")
    past = now - timedelta(days=3)
    counting.record(Submission(Count(), OPERATOR, "c2", stream, happened_at=past))
    entry = toys.history(stream)[-1]
    assert entry.happened_at == past
    assert entry.recorded_at >= now


@pytest.mark.parametrize(
    ("submission", "why"),
    [
        (Submission(Count(), OPERATOR, "c1", "T-1", happened_at=datetime(2026, 1, 1)), "no time zone"),  # noqa: DTZ001
        (Submission(Count(), OPERATOR, "c1"), "must name its stream"),
        (Submission(OpenCounter(), OPERATOR, "c1", "T-1"), "opens a stream and names none"),
        (Submission(Count(), OPERATOR, ""), "must name its stream"),
        (Submission(Count(), OPERATOR, "", "T-1"), "command id"),
        (Submission(Count(), OPERATOR, "x" * 201, "T-1"), "command id"),
        (Submission(Count(), OPERATOR, "a\0b", "T-1"), "command id"),
        (Submission(Count(), Actor(""), "c1", "T-1"), "actor"),
        (Submission(Count(), OPERATOR, "c1", "T-1\n"), "stream"),
        (Submission(AddNote(text="x"), OPERATOR, "c1", "T-1"), "No type of stream knows the command AddNote"),
        (Submission(Count(note="a\0b"), OPERATOR, "c1", "T-1"), "NUL"),
        (Submission(Count(note="\ud800"), OPERATOR, "c1", "T-1"), "half a character"),
        (Submission(Count(note="x" * 2_000_000), OPERATOR, "c1", "T-1"), "too many"),
        (Submission(Count(by=1.5), OPERATOR, "c1", "T-1"), "float"),  # type: ignore[arg-type]
        (Submission(Count(by="1"), OPERATOR, "c1", "T-1"), "by"),  # type: ignore[arg-type]
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_nobody_can_mean_is_an_error_and_leaves_no_trace(
    counting: Recorder, toys: Ledger, submission: Submission, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        counting.record(submission)
    assert toys.newest() == 0


def test_a_policy_is_not_published_under_the_id_of_a_case(recorder: Recorder) -> None:
    with pytest.raises(ValueError, match="not the id of a policy"):
        recorder.record(Submission(PublishSheet(content="{}"), OPERATOR, "c1", "C-2026-000001"))


def test_an_event_that_cannot_be_read_back_is_not_written(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    counter = toys.registry.types["counter"]
    bad = CounterLate(due=datetime(2026, 1, 1))  # noqa: DTZ001
    object.__setattr__(counter, "decide", lambda *_: [bad])
    try:
        with pytest.raises(NotWritable, match=r"CounterLate: due: .*no time zone"):
            counting.record(Submission(Count(), OPERATOR, "c1", stream))
    finally:
        from tests.ledger import toy

        object.__setattr__(counter, "decide", toy.decide)
    assert counting.record(Submission(Count(), OPERATOR, "c1", stream)).version == 2


@pytest.mark.requirement("T-11")
def test_late_never_hides_whoever_asks_for_what(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting, seconds=0)
    due = toys.history(stream)[0].recorded_at
    refused = counting.record(Submission(Count(by=5000), OPERATOR, "c1", stream))
    assert not refused.accepted
    assert refused.events == ("CounterLate",)
    assert refused.version == 2
    late = toys.history(stream)[-1]
    assert late.position == refused.position
    assert (late.happened_at, late.actor) == (due, WORKFLOW)
    assert late.recorded_at > due
    assert counting.record(Submission(Count(), OPERATOR, "c2", stream)).events == ("Counted",)


@pytest.mark.requirement("T-11")
def test_a_breach_is_in_the_same_append_as_the_command_that_came_too_late(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting, seconds=0)
    receipt = counting.record(Submission(Count(), OPERATOR, "c1", stream, expected_version=1))
    assert receipt.accepted
    assert receipt.events == ("CounterLate", "Counted")
    assert [entry.command_id for entry in toys.history(stream)[1:]] == ["c1", "c1"]


def test_a_clock_that_goes_back_never_makes_an_entry_older_than_the_one_before_it(toys: Ledger) -> None:
    times = [datetime(2026, 3, 1, hour, tzinfo=UTC) for hour in (9, 12, 10, 8, 13)]
    clock = iter(times)
    recorder = Recorder(toys, KEY, clock=lambda: next(clock), matter_of=lambda _: None)
    stream = open_counter(recorder, seconds=10**6)
    for number in range(4):
        recorder.record(Submission(Count(), OPERATOR, f"c{number}", stream))
    assert [entry.recorded_at.hour for entry in toys.history(stream)] == [9, 12, 12, 12, 13]


@pytest.mark.requirement("I-09")
def test_the_same_matter_is_one_case_and_the_second_is_told_which(recorder: Recorder, ledger: Ledger) -> None:
    first = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    second = recorder.record(Submission(complaint(), Actor("u2", (Role.AGENT,)), "c2"))
    assert second.refusal == Refused("same_matter", case=first.stream)
    assert second.stream == ""
    assert recorder.record(Submission(complaint(2), OPERATOR, "c3")).accepted
    assert len(list(ledger.streams("case"))) == 2


def test_the_matter_is_kept_as_a_keyed_hash_only(recorder: Recorder, owner_url: str) -> None:
    recorder.record(Submission(complaint(), OPERATOR, "c1"))
    with psycopg.connect(owner_url) as connection:
        (digest,) = connection.execute("SELECT hash FROM casefold.matter").fetchall()[0]
    assert len(digest) == 32
    from domain.matter import matter_of

    matter = matter_of(complaint())
    assert matter is not None
    assert digest != hashlib.sha256(matter.encode()).digest()


def test_progress_is_today_s_and_carries_the_epoch_of_the_ledger(recorder: Recorder, ledger: Ledger) -> None:
    receipt = recorder.record(Submission(complaint(), OPERATOR, "c1"))
    progress = recorder.progress(receipt.stream)
    assert progress is not None
    assert (progress.stream, progress.version, progress.epoch) == (receipt.stream, receipt.version, ledger.epoch())
    later = ledger.new_epoch("a test")
    assert later > progress.epoch
    assert (fresh := recorder.progress(receipt.stream)) is not None
    assert fresh.epoch == ledger.epoch() == later
    assert recorder.progress("C-2026-999999") is None
    assert recorder.progress("calendar:round-the-clock") is None, "nothing of it wakes at an instant"


def test_loading_what_is_not_there_says_so(recorder: Recorder, ledger: Ledger) -> None:
    for stream in ("C-2026-999999", "nonsense", "a\0b"):
        with pytest.raises(UnknownStream, match="The ledger has no"):
            recorder.load(stream)
        with pytest.raises(UnknownStream):
            ledger.history(stream)


@pytest.mark.requirement("L-02")
def test_a_history_until_a_moment_is_what_was_recorded_by_then(counting: Recorder, toys: Ledger) -> None:
    stream = open_counter(counting)
    for number in range(3):
        counting.record(Submission(Count(), OPERATOR, f"c{number}", stream))
    entries = toys.history(stream)
    for number, entry in enumerate(entries, 1):
        assert toys.history(stream, until=entry.recorded_at) == entries[:number]
        assert toys.history(stream, until=entry.recorded_at - timedelta(microseconds=1)) == entries[: number - 1]
    with pytest.raises(ValueError, match="time zone"):
        toys.history(stream, until=datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_ledger_is_read_in_its_own_order_and_in_pieces(counting: Recorder, toys: Ledger) -> None:
    streams = [open_counter(counting, f"o{number}") for number in range(3)]
    for number in range(6):
        counting.record(Submission(Count(), OPERATOR, f"c{number}", streams[number % 3]))
    everything = toys.read(0, 100)
    assert [entry.position for entry in everything] == sorted(entry.position for entry in everything)
    assert toys.newest() == everything[-1].position
    pieces, after = [], 0
    while piece := toys.read(after, 2):
        pieces += piece
        after = piece[-1].position
    assert pieces == everything
    assert list(toys.streams("counter")) == streams
    assert all(entry_as_json(entry)["stream"] in streams for entry in everything)


def test_assigning_twice_is_decided_on_what_is_there_now(recorder: Recorder) -> None:
    case = recorder.record(Submission(complaint(), OPERATOR, "c1")).stream
    first = recorder.record(Submission(AssignCase(to="u2", department="hotline"), OPERATOR, "c2", case))
    second = recorder.record(Submission(AssignCase(to="u3", department="hotline"), OPERATOR, "c3", case))
    assert first.accepted
    assert second.refusal == Refused("offer_pending", to="u2")
