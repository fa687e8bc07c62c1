"""Following the ledger over HTTP: page by page, and as it happens; nothing is missed, nothing is told twice."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from api.broadcast import Broadcast, Listener
from api.house import House
from api.words import Language
from domain.entry import Entry
from ledger.seal.folder import Folder
from ledger.seal.notary import Memory, Notary
from ledger.seal.note import Note, Signer
from ledger.seal.sealer import Sealer
from tests.api.conftest import AUDITOR, Program
from worker.stack.postgres import SEALER_LOGIN, PostgresServer

CHIEF = "lin:management"


def events(api: Program, path: str, last: int | None = None, **query: Any) -> Iterator[dict[str, Any]]:
    """The events of one stream, until it ends."""
    headers = {"Actor": api.actor} | ({"Last-Event-ID": str(last)} if last is not None else {})
    with api.client.stream("GET", path, params=query or None, headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        event: dict[str, Any] = {}
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = json.loads(value) if name == "data" else value
            elif not line and event:
                yield event
                event = {}


@pytest.mark.requirement("L-01")
def test_the_ledger_is_read_page_by_page_from_a_position(api: Program, house: House) -> None:
    case = api.opens(customer_name="张三", contact="13800138000")
    chief, position, found = api.as_(CHIEF), 0, []
    while True:
        page = chief.get("/entries", after=position, limit=7).json()
        if not page["entries"]:
            break
        found += page["entries"]
        position = page["next"]
    assert [entry["position"] for entry in found] == [entry.position for entry in house.ledger.read(0, 10_000)]
    assert position == page["newest"] == house.ledger.newest()
    received = next(entry for entry in found if entry["stream"] == case)
    assert (received["event"], received["data"]["contact"]) == ("CaseReceived", "138****8000")
    assert page["epoch"] == house.ledger.epoch()


def test_what_is_recorded_is_told_as_it_happens(api: Program) -> None:
    chief = api.as_(CHIEF)
    before = chief.get("/entries", limit=1).json()["newest"]
    told: list[dict[str, Any]] = []
    listening = threading.Thread(target=lambda: told.extend(events(chief, "/events", after=before)))
    listening.start()
    case = api.opens(contact="13800138000")
    listening.join(20)
    position = before
    while not any(event["data"]["stream"] == case for event in told):  # the stream ends here every half second
        position = int(told[-1]["id"]) if told else position
        told += events(chief, "/events", last=position)
    mine = [event for event in told if event["data"]["stream"] == case]
    assert mine[0]["event"] == "CaseReceived"
    assert mine[0]["data"]["data"]["contact"] == "138****8000"
    assert len({event["id"] for event in told}) == len(told)


def test_who_connects_again_misses_nothing_and_hears_nothing_twice(api: Program, house: House) -> None:
    case = api.opens()
    heard: list[dict[str, Any]] = []
    last = 0
    for number in range(4):
        api.give(f"/cases/{case}/add-note", {"text": f"note {number}"})
        new = list(events(api, f"/cases/{case}/events", last=last))
        last = int(new[-1]["id"])
        heard += new
    entries = house.ledger.history(case)
    assert [int(event["id"]) for event in heard] == [entry.position for entry in entries]
    assert api.as_("").get(f"/cases/{case}/events").status_code == 401
    assert api.get("/events").status_code == 403


async def test_a_listener_that_does_not_keep_up_reads_what_it_has_missed(api: Program, house: House) -> None:
    start = house.ledger.newest()
    broadcast = Broadcast(house.ledger, lambda entry, language: "", poll=0.02)

    def read(position: int) -> list[tuple[int, str]]:
        return [(entry.position, "") for entry in house.ledger.read(position, 5)]

    def wanted(entry: Entry) -> bool:
        return True

    got: list[int] = []
    batches = broadcast.batches(start, wanted, Language.EN, read, breath=0.5)
    case = await asyncio.to_thread(api.opens)
    got += [position for position, _text in await anext(batches)]
    # While nobody takes what is told, far more batches come than the queue holds.
    for listener in list(broadcast._listeners):
        listener.queue = asyncio.Queue(2)
    for number in range(8):
        await asyncio.to_thread(api.give, f"/cases/{case}/add-note", {"text": f"n{number}"})
        await asyncio.sleep(0.05)
    async for told in batches:
        got += [position for position, _text in told]
        if not told:
            broadcast.close()
    assert got == [entry.position for entry in house.ledger.read(start, 1000)]


async def test_a_broadcast_that_is_closed_ends_every_stream(house: House) -> None:
    broadcast = Broadcast(house.ledger, lambda entry, language: "")
    batches = broadcast.batches(house.ledger.newest(), lambda entry: True, Language.EN, lambda position: [], breath=30)
    ending = asyncio.ensure_future(anext(batches, None))
    await asyncio.sleep(0.2)
    broadcast.close()
    assert await asyncio.wait_for(ending, 5) is None
    listener = Listener(lambda entry: True, Language.EN)
    listener.end()
    assert listener.over


@pytest.mark.requirement("L-03")
def test_it_says_how_far_the_ledger_is_sealed(
    api: Program, house: House, postgres: PostgresServer, tmp_path: Path
) -> None:
    auditor = api.as_(AUDITOR)
    before = auditor.get("/verification").json()
    assert before["checkpoint"] is None
    assert before["unsealed"] == len(house.ledger.read(0, 100_000))

    signer = Signer.of_seed("api.example/log", bytes(range(32)))
    notary = Notary(signer, Memory(tmp_path / "last.json"), Folder(tmp_path / "seals"))
    database = str(conninfo_to_dict(house.ledger.address)["dbname"])
    with psycopg.connect(postgres.url(SEALER_LOGIN, database), autocommit=True) as connection:
        while Sealer(signer.name).seal(connection):
            pass
        newest = notary.sign(connection)[-1]
    found = auditor.get("/verification").json()
    assert (found["unsealed"], found["checkpoint"]["last_position"]) == (0, found["newest"])
    assert (found["checkpoint"]["size"], found["checkpoint"]["origin"]) == (newest.size, "api.example/log")
    assert found["checkpoint"]["root"] == base64.b64encode(newest.root).decode()
    assert Note.parse(found["checkpoint"]["note"]).signed_by(signer.verifier)
    assert api.get("/verification").status_code == 403
