"""Personal data in the ledger: sealed under its person's key, bound to its place, unreadable once the key is gone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import commands as c
from domain.actor import Actor, Role
from domain.case import INTAKE_FIELDS
from domain.commands import ReceiveCase
from domain.events import EVENTS, CaseReceived, IntakeSupplemented, RemedyProposed
from domain.personal import DAMAGED, ERASED, LOCKED, RESTRICTED, Personal, each_personal, is_sealed, personal_fields
from domain.subject_messages import RestrictSubject
from domain.words import Channel
from ledger.errors import KeysUnavailable, NotWritable, UnreadableEntry
from ledger.keys.master import BadMasterKeys, MasterKeys, NotUnwrapped
from ledger.keys.ring import contact_of
from ledger.keys.sealed import NotOpened, SubjectKey, Token
from ledger.keys.store import KeyStore, SubjectState
from ledger.recorder import Recorder, Submission
from ledger.views import Views
from tests.ledgers import MASTER_KEYS, Ledger, key_store

pytestmark = pytest.mark.requirement("L-04")

LI = Actor("li", (Role.AGENT, Role.LEAD), "hotline")
DA = Actor("da", (Role.DATA,))
COMPLAINT = ReceiveCase(
    kind="complaint",
    channel=Channel.HOTLINE,
    customer_name="王小明",
    contact="138 0000 0001",
    matter="灯罩已碎",
    remedy_sought="换新",
)
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


@pytest.fixture
def away(database_url: str) -> Iterator[Ledger]:
    """The same ledger, as a process sees it that cannot reach the key store."""
    store = KeyStore(NOWHERE, lambda: MASTER_KEYS, wait=0.2)
    with Ledger(database_url, keys=store) as ledger:
        yield ledger


def open_case(recorder: Recorder, number: int = 1, **fields: Any) -> str:
    """A complaint of its own matter."""
    command = replace(COMPLAINT, **{"matter": f"灯罩已碎 {number}", **fields})
    receipt = recorder.record(Submission(command, LI, f"open-{number}"))
    assert receipt.refusal is None, receipt.refusal.sentence
    return receipt.stream


# ── The form of a sealed field ───────────────────────────────────────────────────────────────────────────────────────

ONE, OTHER = SubjectKey.of("P1", 1, b"\1" * 32), SubjectKey.of("P1", 1, b"\2" * 32)


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_sealed_opens_to_what_it_was(text: str, place: str) -> None:
    token = Token.parse(ONE.seal(text, place))
    assert ONE.open(token) == text
    assert token.place == place
    assert Token.parse(token.text()) == token


@given(st.integers(0), st.integers(0, 255))
def test_nothing_opens_after_a_byte_was_changed(position: int, value: int) -> None:
    token = Token.parse(ONE.seal("13800000001", "C-1/1/CaseReceived/contact"))
    changed = bytearray(token.sealed)
    changed[position % len(changed)] ^= value or 1
    with pytest.raises(NotOpened, match="altered"):
        ONE.open(replace(token, sealed=bytes(changed)))


def test_it_does_not_open_elsewhere_or_with_another_key() -> None:
    token = Token.parse(ONE.seal("x", "C-1/1/CaseReceived/contact"))
    with pytest.raises(NotOpened, match="moved"):
        ONE.open(replace(token, place="C-2/1/CaseReceived/contact"))
    with pytest.raises(NotOpened, match="exchanged"):
        OTHER.open(token)
    with pytest.raises(NotOpened):
        Token.parse("$enc1.P1.one.x.y.z")


def test_every_marked_field_of_every_event_is_found_also_inside_of_records() -> None:
    proposed = EVENTS["RemedyProposed"]
    assert proposed is RemedyProposed
    data = {"summary": "s", "measures": [{"text": "t", "owner": "o"}, {"text": "", "owner": "p"}]}
    found: list[str] = []

    def note(_mark: Personal, path: str, text: str) -> str:
        found.append(path)
        return text

    each_personal(proposed, data, note)
    assert found == ["summary", "measures[0].text"]


def test_a_supplement_is_personal_where_its_field_is() -> None:
    mark = personal_fields(IntakeSupplemented)["value"]
    assert mark.but == set(INTAKE_FIELDS) - personal_fields(CaseReceived).keys()
    assert not mark.holds({"field": "order"})
    assert mark.holds({"field": "what nobody knows"})


def test_master_keys_are_read_and_wrap_by_the_newest() -> None:
    one = MasterKeys.first()
    two = one.rotated()
    assert MasterKeys.parse(two.text()) == two
    wrapped, epoch = one.wrap(b"k" * 32)
    assert two.unwrap(wrapped, epoch) == b"k" * 32
    assert two.wrap(b"k" * 32)[1] == 2
    with pytest.raises(NotUnwrapped, match="not here"):
        two.without([1]).unwrap(wrapped, 1)
    with pytest.raises(NotUnwrapped):
        two.unwrap(wrapped[::-1], 1)
    with pytest.raises(BadMasterKeys, match="Master key 2"):
        MasterKeys.parse(one.text() + " 2:c2hvcnQ=")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("138 0000 0001", "+86 138-0000-0001"),
        ("Wang@Example.com ", "wang@example.com"),
        ("（0571）8888 1234", "057188881234"),
    ],
)
def test_a_contact_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert contact_of(one) == contact_of(other)


# ── What the ledger keeps ────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_and_commands_hold_no_readable_word_of_a_person(
    recorder: Recorder, ledger: Ledger, owner_url: str
) -> None:
    case = open_case(recorder)
    recorder.record(Submission(c.AddNote(text="王小明很着急"), LI, "n1", case))
    recorder.record(Submission(c.AddNote(text="张三也在场"), Actor("au", (Role.AUDITOR,)), "n2", case))  # refused
    with psycopg.connect(owner_url) as connection:
        for table in ("casefold.stored_events", "casefold.command"):
            written = str(connection.execute(f"SELECT * FROM {table}").fetchall()) + "".join(
                bytes(row[0]).decode() for row in connection.execute("SELECT state FROM casefold.stored_events")
            )
            for word in ("王小明", "13800000001", "138 0000 0001", "灯罩", "换新", "着急", "张三"):
                assert word not in written
    entries = ledger.opened(ledger.history(case))
    received, note = entries[0].event, entries[-1].event
    assert isinstance(received, CaseReceived)
    assert (received.customer_name, received.contact) == ("王小明", "138 0000 0001")
    assert note == c_note("王小明很着急")


def c_note(text: str) -> Any:
    """The event of a note."""
    return EVENTS["NoteAdded"](text=text)  # type: ignore[call-arg]


def test_states_carry_sealed_fields_and_know_whose_they_are(recorder: Recorder, ledger: Ledger) -> None:
    case = open_case(recorder)
    _, state = recorder.load(case)
    assert is_sealed(state.intake.contact)
    assert state.subject.startswith("P")
    assert ledger.opened(state).intake.contact == "138 0000 0001"


def test_one_customer_is_one_subject(recorder: Recorder, ledger: Ledger) -> None:
    first = recorder.load(open_case(recorder, 1))[1].subject
    assert recorder.load(open_case(recorder, 2, contact="+8613800000001"))[1].subject == first
    assert recorder.load(open_case(recorder, 3, contact="w@x.cn", customer="K-7"))[1].subject != first
    by_number = recorder.load(open_case(recorder, 4, contact="another@x.cn", customer="K-7"))[1].subject
    assert ledger.ring is not None
    assert ledger.ring.subjects_with(contact="ANOTHER@x.cn") == [by_number]
    assert ledger.ring.subjects_with(customer="K-7") == [by_number]


def test_a_contact_that_was_corrected_leads_to_its_customer_no_longer(recorder: Recorder, ledger: Ledger) -> None:
    case = open_case(recorder, 1, contact="13800000091")
    subject = recorder.load(case)[1].subject
    assert ledger.ring is not None
    assert ledger.ring.subjects_with(contact="13800000091") == [subject]

    right = c.SupplementIntake(field="contact", value="13800000092", reason="mistyped")
    assert recorder.record(Submission(right, LI, "right", case)).accepted

    assert ledger.ring.subjects_with(contact="13800000092") == [subject]
    assert ledger.ring.subjects_with(contact="13800000091") == []
    whose_it_is = recorder.load(open_case(recorder, 2, contact="138 0000 0091"))[1].subject
    assert whose_it_is != subject


def test_a_contact_that_another_case_of_the_customer_has_stays(recorder: Recorder, ledger: Ledger) -> None:
    first = open_case(recorder, 1, contact="13800000093", customer="K-9")
    second = open_case(recorder, 2, contact="13800000093", customer="K-9")
    Views(ledger).rebuild()
    change = c.SupplementIntake(field="contact", value="w@example.com", reason="asked to")
    assert recorder.record(Submission(change, LI, "change", first)).accepted
    assert ledger.ring is not None
    assert ledger.ring.subjects_with(contact="13800000093") == [recorder.load(second)[1].subject]


def test_whoever_has_read_a_change_has_read_every_one_before(database_url: str) -> None:
    """Numbers follow the order in which the changes became visible, so nobody's reader passes one that comes late."""
    store, other = key_store(database_url), key_store(database_url)
    slow, quick = store.create().subject, store.create().subject
    before = store.changes()
    with psycopg.connect(database_url) as connection:  # somebody who was given a number, and takes their time
        other._tell(connection, slow, SubjectState.RESTRICTED)
        with ThreadPoolExecutor(1) as pool:
            changing = pool.submit(store.change, quick, SubjectState.RESTRICTED)
            with pytest.raises(TimeoutError):
                changing.result(0.3)
            assert store.changed_since(before) == []
            connection.commit()
            changing.result(10)
    assert [subject for _, subject in store.changed_since(before)] == [slow, quick]
    store.close()
    other.close()


def test_a_case_without_personal_data_needs_no_key_until_there_is_some(recorder: Recorder, ledger: Ledger) -> None:
    receipt = recorder.record(Submission(ReceiveCase(kind="complaint", channel=Channel.HOTLINE), LI, "o1"))
    assert recorder.load(receipt.stream)[1].subject == ""
    recorder.record(Submission(c.AddNote(text="来电"), LI, "n1", receipt.stream))
    assert ledger.opened(ledger.history(receipt.stream)[-1]).event == c_note("来电")


def test_the_same_command_gets_its_first_answer_and_another_under_its_id_does_not(recorder: Recorder) -> None:
    case = open_case(recorder)
    first = recorder.record(Submission(c.AddNote(text="一"), LI, "n1", case))
    again = recorder.record(Submission(c.AddNote(text="一"), LI, "n1", case))
    assert (again.repeated, again.version) == (True, first.version)
    other = recorder.record(Submission(c.AddNote(text="二"), LI, "n1", case))
    assert other.refusal is not None
    assert other.refusal.code == "command_id_reused"
    moved = recorder.record(Submission(c.AddNote(text="一"), LI, "n1", case, expected_version=first.version))
    assert moved.refusal is not None
    assert moved.refusal.code == "command_id_reused"


def test_a_sealed_field_in_another_entry_is_refused_by_name(recorder: Recorder, ledger: Ledger, owner_url: str) -> None:
    case = open_case(recorder)
    notes = [
        recorder.record(Submission(c.AddNote(text=f"note {number}"), LI, f"n{number}", case)).version
        for number in (1, 2)
    ]
    with psycopg.connect(owner_url) as connection:
        connection.execute("ALTER TABLE casefold.stored_events DISABLE TRIGGER ALL")
        connection.execute(
            "UPDATE casefold.stored_events SET state = (SELECT state FROM casefold.stored_events"
            " WHERE originator_id = %(case)s AND originator_version = %(one)s)"
            " WHERE originator_id = %(case)s AND originator_version = %(other)s",
            {"case": case, "one": notes[0], "other": notes[1]},
        )
    with Ledger(ledger.address) as other, pytest.raises(UnreadableEntry, match="sealed for another place"):
        other.history(case)


# ── Erased, restricted, away ─────────────────────────────────────────────────────────────────────────────────────────


def closed(recorder: Recorder, ledger: Ledger, url: str, state: SubjectState) -> tuple[str, str]:
    """A case, and its customer, whose data was erased or restricted."""
    case = open_case(recorder)
    subject = recorder.load(case)[1].subject
    if state is SubjectState.ERASED:
        assert key_store(url).destroy(subject) == 1
        assert key_store(url).destroy(subject) == 0
    else:
        key_store(url).change(subject, state)
        recorder.record(Submission(RestrictSubject(), DA, "restrict", f"subject:{subject}"))
    assert ledger.ring is not None
    ledger.ring.forget()
    return case, subject


def test_nothing_is_added_to_what_is_erased_and_its_case_goes_on(
    recorder: Recorder, ledger: Ledger, database_url: str
) -> None:
    case, subject = closed(recorder, ledger, database_url, SubjectState.ERASED)
    assert contact_in(ledger, case) == ERASED
    phone = c.SupplementIntake(field="contact", value="13900000002")
    refused = recorder.record(Submission(phone, LI, "s1", case)).refusal
    assert refused is not None
    assert (refused.code, refused.params["subject"]) == ("subject_erased", subject)
    # Staff go on working: what they write is sealed under their own key from now on.
    assert recorder.record(Submission(c.AddNote(text="退款已办"), LI, "n1", case)).accepted
    assert ledger.opened(ledger.history(case)[-1]).event == c_note("退款已办")
    # The refused words are nowhere, and the command asked again gets its answer.
    (body,) = ledger.query("SELECT body FROM casefold.command WHERE command_id = 's1'")[0]
    assert body["data"]["value"] == ERASED
    assert recorder.record(Submission(phone, LI, "s1", case)).repeated
    assert ledger.ring is not None
    assert ledger.ring.subjects_with(contact="13900000002") == []


def test_what_is_restricted_is_kept_and_nothing_else(recorder: Recorder, ledger: Ledger, database_url: str) -> None:
    case, subject = closed(recorder, ledger, database_url, SubjectState.RESTRICTED)
    assert contact_in(ledger, case) == RESTRICTED
    for number, command in enumerate((c.SupplementIntake(field="contact", value="1"), c.AddNote(text="x"))):
        refused = recorder.record(Submission(command, LI, f"r{number}", case)).refusal
        assert refused is not None
        assert (refused.code, refused.params["subject"]) == ("subject_restricted", subject)
    assert recorder.record(Submission(c.ClassifyCase(category="product"), LI, "k1", case)).accepted


def contact_in(ledger: Ledger, case: str) -> str:
    """The contact in the first entry of a case, as far as it opens."""
    received = ledger.opened(ledger.history(case)[0]).event
    assert isinstance(received, CaseReceived)
    return received.contact


def test_nobody_has_a_sealed_field_opened_by_giving_it_as_a_text(recorder: Recorder, ledger: Ledger) -> None:
    case = open_case(recorder)
    token = recorder.load(case)[1].intake.contact
    with pytest.raises(NotWritable, match="may not begin"):
        recorder.record(Submission(c.SupplementIntake(field="order", value=token), LI, "t1", case))


def test_a_key_whose_master_key_is_elsewhere_is_locked_not_lost(recorder: Recorder, database_url: str) -> None:
    case = open_case(recorder)
    later = KeyStore(database_url, lambda: MasterKeys({2: bytes(32)}))
    with Ledger(database_url, keys=later) as other:
        assert contact_in(other, case) == LOCKED
        with pytest.raises(KeysUnavailable):
            Recorder(other, b"k" * 32).record(Submission(c.AddNote(text="x"), LI, "n1", case))


def test_a_person_whom_the_key_store_does_not_know_is_locked_not_erased(
    recorder: Recorder, ledger: Ledger, owner_url: str
) -> None:
    case = open_case(recorder)
    with psycopg.connect(owner_url) as connection:
        connection.execute("TRUNCATE casefold_keys.reference, casefold_keys.subject_key, casefold_keys.subject CASCADE")
    with Ledger(ledger.address) as other:
        assert contact_in(other, case) == LOCKED


def test_a_case_opened_with_a_customer_number_only_is_that_customers(recorder: Recorder, ledger: Ledger) -> None:
    opened = recorder.record(
        Submission(ReceiveCase(kind="complaint", channel=Channel.HOTLINE, customer="K-1"), LI, "o")
    )
    phone = c.SupplementIntake(field="contact", value="13711111111")
    assert recorder.record(Submission(phone, LI, "s", opened.stream)).accepted
    assert ledger.ring is not None
    subject = recorder.load(opened.stream)[1].subject
    assert ledger.ring.subjects_with(customer="K-1") == ledger.ring.subjects_with(contact="13711111111") == [subject]


def test_erased_stays_erased_whoever_asks(database_url: str, owner_url: str) -> None:
    store = key_store(database_url)
    subject = store.create([("contact", "1")]).subject
    store.destroy(subject)
    store.change(subject, SubjectState.ACTIVE)
    keys = store.read(subject)
    assert keys is not None
    assert (keys.state, dict(keys.keys)) == (SubjectState.ERASED, {})
    assert store.known_by("contact", "1") == []
    with psycopg.connect(owner_url) as connection, pytest.raises(psycopg.errors.RaiseException, match="stays erased"):
        connection.execute("UPDATE casefold_keys.subject SET state = 'active' WHERE subject = %s", [subject])


@pytest.mark.requirement("L-06")
def test_while_the_key_store_is_away_only_new_personal_data_waits(
    recorder: Recorder, ledger: Ledger, away: Ledger
) -> None:
    case = open_case(recorder)
    far = Recorder(away, b"k" * 32)
    for command, stream in ((COMPLAINT, None), (c.AddNote(text="x"), case)):
        with pytest.raises(KeysUnavailable, match="Nothing of this was saved"):
            far.record(Submission(command, LI, "w1", stream))
    assert far.record(Submission(c.ClassifyCase(category="product"), LI, "k1", case)).accepted
    received = away.opened(away.history(case)[0]).event
    assert isinstance(received, CaseReceived)
    assert received.contact == LOCKED
    # Back again, the same command under the same id is recorded.
    assert recorder.record(Submission(c.AddNote(text="x"), LI, "w1", case)).accepted


def test_a_swapped_or_damaged_key_never_gives_another_text(
    recorder: Recorder, ledger: Ledger, database_url: str, owner_url: str
) -> None:
    case = open_case(recorder)
    subject = recorder.load(case)[1].subject
    wrapped, epoch = MASTER_KEYS.wrap(b"\7" * 32)
    assert ledger.ring is not None
    for value in (wrapped, bytes(40)):
        with psycopg.connect(owner_url) as connection:
            connection.execute(
                "UPDATE casefold_keys.subject_key SET wrapped = %s, epoch = %s WHERE subject = %s",
                [value, epoch, subject],
            )
        ledger.ring.forget()
        received = ledger.opened(ledger.history(case)[0]).event
        assert isinstance(received, CaseReceived)
        assert received.contact == DAMAGED


def test_a_rotation_wraps_every_key_anew_and_the_old_master_key_opens_nothing(
    recorder: Recorder, ledger: Ledger, database_url: str
) -> None:
    case = open_case(recorder)
    rotated = MASTER_KEYS.rotated()
    store = KeyStore(database_url, lambda: rotated)
    assert list(store.rewrap(portion=1))[-1] == sum(store.epochs().values())
    assert set(store.epochs()) == {2}
    with Ledger(database_url, keys=KeyStore(database_url, lambda: rotated.without([1]))) as after:
        received = after.opened(after.history(case)[0]).event
        assert isinstance(received, CaseReceived)
        assert received.contact == "138 0000 0001"
    with Ledger(database_url) as before:  # with the old key only
        assert contact_in(before, case) == LOCKED
