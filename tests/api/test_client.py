"""The client for programs in Python, against a real server: typed, patient, and in the words of the API."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest

from api.app import create_app
from api.house import House
from client import Casefold, Conflict, NotAllowed, NotFound, Refused, Unavailable, Upload, WronglyAsked
from client.feed import events_of
from console.spoken import Spoken
from ledger.recorder import Recorder
from ledger.views import Views
from scripts.client import FOLDER, Generator, description
from tests.api.conftest import AGENT, LEAD, MATTER_KEY, ByRoles, project, served
from tests.faults.proxy import FaultProxy
from tests.ledgers import Ledger

PHOTO = b"\x89PNG\r\n\x1a\n" + b"the lamp, in pieces" * 10


def test_the_generated_half_is_up_to_date() -> None:
    for name, text in Generator(description()).files().items():
        assert (FOLDER / name).read_text(encoding="utf-8") == text, "run: python -m scripts.client"


@pytest.fixture
def casefold(address: str) -> Iterator[Casefold]:
    """The client of a program in the name of the hotline's agent Li."""
    with Casefold(address, headers={"Actor": AGENT}, patience=5) as casefold:
        yield casefold


def opened(casefold: Casefold, **more: str) -> str:
    """A complaint; its id."""
    given = {"channel": "hotline", "department": "hotline", "matter": f"灯坏了 {datetime.now(UTC)}", **more}
    return casefold.receive_case(kind="complaint", **given)["case"]  # type: ignore[arg-type]


@pytest.mark.requirement("L-01")
def test_commands_are_methods_with_named_arguments_and_answers_have_types(casefold: Casefold, address: str) -> None:
    case = opened(casefold, customer_name="张三", contact="13800138000", remedy_sought="换一个")
    first = casefold.classify_case(case, category="product", subcategory="damage", command_id=f"once-{case}")
    again = casefold.classify_case(case, category="product", subcategory="damage", command_id=f"once-{case}")
    assert (first["repeated"], again["repeated"], again["version"]) == (False, True, first["version"])
    assert casefold.get_case(case)["state"]["intake"]["customer_name"] == "张*"

    with Casefold(address, headers={"Actor": LEAD}) as lead:
        lead.assign_case(case, to="li", department="hotline", if_match=first["version"])
    casefold.accept_assignment(case, happened_at=datetime.now(UTC) - timedelta(seconds=1))
    casefold.contact_customer(case, channel="hotline")
    casefold.record_finding(case, cause="packaging", course="it fell")
    casefold.name_responsible(case, person="wang", department="logistics")
    casefold.take_decision(case, outcome="upheld", findings=["F1"], rule="damaged in transit")
    due = datetime.now(UTC) + timedelta(days=3)
    measures = [{"text": "send a new lamp", "owner": "wang", "due": due}]
    casefold.propose_remedy(case, summary="a new lamp", measures=measures, amount=Decimal("19.90"))  # type: ignore[arg-type]
    proposal = casefold.get_case(case)["state"]["proposal"]
    assert proposal is not None
    assert (proposal["amount"], proposal["measures"]["M1"]["owner"]) == ("19.90", "wang")

    history = list(casefold.each_entry_of(case, limit=3))
    assert [entry["version"] for entry in history] == list(range(1, len(history) + 1))
    assert "RemedyProposed" in {entry["event"] for entry in history}


def test_what_goes_wrong_is_an_exception_with_the_servers_sentence(casefold: Casefold, address: str) -> None:
    case = opened(casefold)
    version = casefold.get_case(case)["version"]
    casefold.add_note(case, text="x")
    with pytest.raises(Conflict, match="moved on") as moved:
        casefold.set_urgency(case, urgency="urgent", reason="waits", if_match=version)
    assert [entry["event"] for entry in moved.value.changes] == ["NoteAdded"]
    assert moved.value.version == version + 1
    with pytest.raises(Refused, match="belongs to the stage") as refused:
        casefold.record_finding(case, cause="packaging", course="it fell")
    assert refused.value.code == "wrong_stage"
    assert refused.value.command_id
    with pytest.raises(WronglyAsked) as wrong:
        casefold.set_urgency(case, urgency="soon", reason="waits")  # type: ignore[arg-type]
    assert [error["field"] for error in wrong.value.errors] == ["urgency"]
    with pytest.raises(NotFound):
        casefold.get_case("C-1999-000001")
    with Casefold(address, language="zh") as nobody, pytest.raises(NotAllowed) as stranger:
        nobody.get_case(case)
    assert not stranger.value.sentence.isascii()


def test_lists_have_no_pages_and_the_feed_goes_on_after_it_was_cut(casefold: Casefold, house: House) -> None:
    mine = [opened(casefold, channel="letter") for _number in range(3)]
    project(house)
    found = [line["case"] for line in casefold.each_case(limit=2, channel="letter")]
    assert found[:3] == mine[::-1]
    assert set(mine) <= {line["case"] for line in casefold.each_open_case(limit=2, channel="letter")}

    later = threading.Timer(0.6, lambda: casefold.add_note(mine[0], text="later"))
    later.start()  # streams end after 0.4 s here
    told = []
    for event in casefold.follow(after=0, case=mine[0]):
        told.append(event)
        if event.name == "NoteAdded":
            break
    later.join()
    assert told[0].name == "CaseReceived"
    assert [event.id for event in told] == sorted({event.id for event in told}), "none twice"
    assert told[-1].entry["data"]["text"] == "‹5›"


def test_files_go_both_ways(casefold: Casefold, address: str, tmp_path: Path) -> None:
    case = opened(casefold)
    added = casefold.upload_evidence(case, Upload(BytesIO(PHOTO), "lamp.png", "image/png"), given_by="customer")
    assert (added["evidence"]["evidence"], added["evidence"]["size"]) == ("E1", len(PHOTO))
    saved = casefold.get_evidence(case, "E1").save(tmp_path / "lamp.png")
    assert saved.read_bytes() == PHOTO
    with pytest.raises(NotFound):
        casefold.get_evidence(case, "E2").read()
    with Casefold(address, headers={"Actor": LEAD}) as lead:
        assert case in lead.export_cases("csv", case=[case]).read().decode()


@contextmanager
def flaky(house: House) -> Iterator[tuple[FaultProxy, str]]:
    """A server that reaches the database through a proxy, and has little patience; its address."""
    with FaultProxy(house.ledger._url) as proxy, Ledger(proxy.url, patience=0.3) as ledger:
        far = replace(house, ledger=ledger, recorder=Recorder(ledger, MATTER_KEY, patience=0.3), views=Views(ledger))
        with served(create_app(far, ByRoles(), words=Spoken())) as address:
            yield proxy, address


@pytest.mark.requirement("L-01")
def test_while_the_database_is_away_it_asks_again_with_the_same_key_and_it_is_carried_out_once(house: House) -> None:
    with flaky(house) as (proxy, address), Casefold(address, headers={"Actor": AGENT}) as casefold:
        case = casefold.receive_case(kind="complaint", channel="hotline")["case"]
        proxy.refuse_after_loss = True
        proxy.lose_commits(1)

        def back() -> None:
            proxy.refusing = proxy.refuse_after_loss = False

        threading.Timer(1.0, back).start()
        receipt = casefold.classify_case(case, category="product", command_id="only-once")
        assert receipt["repeated"], "it had been carried out, and the answer was lost"
        assert [entry.command_id for entry in house.ledger.history(case)].count("only-once") == 1

        hasty = Casefold(address, headers={"Actor": AGENT}, patience=0.1)
        proxy.refusing = True
        proxy.cut()
        with hasty, pytest.raises(Unavailable, match="Nothing of this was saved") as away:
            hasty.add_note(case, text="x", command_id="mine")
        assert (away.value.outcome_unknown, away.value.command_id) == (False, "mine")
        proxy.refusing = False


def test_a_server_that_is_not_there_has_taken_nothing() -> None:
    with (
        Casefold("http://127.0.0.1:9", patience=0) as casefold,
        pytest.raises(Unavailable, match="Nothing of this was saved"),
    ):
        casefold.receive_case(kind="complaint", channel="hotline")


def test_events_are_read_however_their_bytes_are_cut() -> None:
    text = 'retry: 2000\n\nid: 7\nevent: NoteAdded\ndata: {"sentence":"灯"}\n\n: still here\n\n'.encode()
    for size in (1, 5, 1000):
        pieces = (text[start : start + size] for start in range(0, len(text), size))
        assert [(event.id, event.name) for event in events_of(pieces)] == [(7, "NoteAdded")]
