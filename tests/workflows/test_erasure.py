"""A person's data is erased by a durable workflow: holds, keys, traces, certificate; and nothing is readable after."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from activities.erase import Erase
from domain import commands as c
from domain import events as e
from domain import subject_messages as m
from domain.actor import Actor, Role
from domain.evolve import replay
from domain.personal import ERASED
from ledger.seal.folder import Folder
from ledger.seal.notary import Memory, Notary
from ledger.seal.note import Signer
from ledger.seal.sealer import Sealer
from ledger.seal.verify import verify
from tests.domain.story import COMPLAINT, LI
from tests.ledgers import Ledger, key_store
from tests.seal.competitor import ORIGIN, SEED
from tests.workflows.world import World, a_complaint
from worker.letters import Letters
from worker.stack.postgres import SEALER_LOGIN, PostgresServer

pytestmark = pytest.mark.requirement("L-03", "L-04")

DA = Actor("da", (Role.DATA,))
SIGNER = Signer.of_seed(ORIGIN, SEED)
NAME, PHONE = "欧阳娜娜", "13987654321"


@pytest.fixture
def seals(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "seals")


def seal(url: str, folder: Folder) -> None:
    """Seal, sign and publish what there is."""
    notary = Notary(SIGNER, Memory(folder.path.parent / "last.json"), folder)
    with psycopg.connect(url, autocommit=True) as connection:
        notary.check(connection)
        while Sealer(SIGNER.name).seal(connection):
            notary.sign(connection)
        notary.sign(connection)


@pytest.fixture
def sealer_url(postgres: PostgresServer, database: str) -> str:
    return postgres.url(SEALER_LOGIN, database)


async def a_case(world: World, **changes: str) -> tuple[str, str]:
    """A complaint of somebody whom no other test knows; the case, and their pseudonym's stream."""
    case = await world.open(customer_name=NAME, contact=PHONE, **changes)
    await world.settled(case)
    return case, f"subject:{world.case(case).subject}"


def key_rows(url: str) -> list[tuple[object, ...]]:
    """The key store as a backup has it."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM casefold_keys.subject_key ORDER BY subject").fetchall()


async def test_the_data_of_a_finished_case_is_erased_and_certified(
    world: World, database_url: str, owner_url: str, sealer_url: str, seals: Folder, tmp_path: Path
) -> None:
    case, person = await a_case(world)
    for by, command in a_complaint(case):
        await world.accepted(by, command, case)
    await world.completed(case)
    before = world.ledger.history(case)
    backup = key_rows(owner_url)
    assert list(world.outbox.glob(f"{case}-*")), "letters were written"
    elsewhere = tmp_path / "outbox of another machine"
    shutil.copytree(world.outbox, elsewhere)
    other_machine = Letters(world.ledger, world.recorder, elsewhere)
    assert other_machine.once() == 0

    seal(sealer_url, seals)
    roots = verify_all(owner_url, seals)
    await world.accepted(DA, m.RequestErasure(basis=m.Basis.CONSENT_WITHDRAWN), person)
    await world.until(lambda: "TracesPurged" in world.events(person))
    seal(sealer_url, seals)
    await world.until(lambda: "ErasureCertified" in world.events(person))
    assert world.events(person) == [
        "ErasureRequested",
        "SubjectErased",
        "KeysDestroyed",
        "TracesPurged",
        "ErasureCertified",
    ]
    purged, certified = (entry.event for entry in world.ledger.history(person)[-2:])
    assert isinstance(purged, m.TracesPurged)
    assert purged.notices >= 1
    assert purged.matters == 1
    assert not list(world.outbox.glob(f"{case}-*"))
    assert other_machine.once() >= 1
    assert not list(elsewhere.glob(f"{case}-*"))
    assert isinstance(certified, m.ErasureCertified)

    # The history is what it was, byte for byte; it folds as before; what the customer said is gone.
    assert world.ledger.history(case) == before
    opened = world.ledger.opened(world.ledger.history(case))
    received = opened[0].event
    assert isinstance(received, e.CaseReceived)
    assert (received.customer_name, received.contact, received.matter) == (ERASED, ERASED, ERASED)
    assert replay(opened).ending == replay(before).ending
    assert verify_all(owner_url, seals) > roots

    # An old backup of the key store is put back: the ledger says that the person was erased, so nothing opens.
    with psycopg.connect(owner_url) as connection:
        connection.execute("ALTER TABLE casefold_keys.subject_key DISABLE TRIGGER USER")
        connection.execute("ALTER TABLE casefold_keys.subject DISABLE TRIGGER USER")
        connection.execute("DELETE FROM casefold_keys.subject_key")
        connection.cursor().executemany(
            f"INSERT INTO casefold_keys.subject_key VALUES ({', '.join(['%s'] * len(backup[0]))})", backup
        )
        connection.execute("UPDATE casefold_keys.subject SET state = 'active'")
    assert key_store(database_url).read(person.partition(":")[2]).keys  # type: ignore[union-attr]
    with Ledger(database_url) as afresh:
        received = afresh.opened(afresh.history(case)[0]).event
        assert isinstance(received, e.CaseReceived)
        assert received.contact == ERASED


def verify_all(url: str, folder: Folder) -> int:
    """Every entry verifies; how many are sealed."""
    with psycopg.connect(url) as connection:
        report = verify(connection, folder, SIGNER.verifier)
    assert report.well, report
    return sum(1 for _ in folder.path.rglob("*"))


async def test_an_open_case_delays_it_and_a_hold_too_until_neither_is_left(world: World) -> None:
    case, person = await a_case(world)
    await world.accepted(DA, m.RequestErasure(), person)
    await world.until(lambda: "ErasureDelayed" in world.events(person))
    await world.accepted(DA, m.PlaceHold(reason="a claim in court"), person)
    await world.accepted(DA, m.RequestErasure(despite_open_cases=True), person)
    await world.until(lambda: world.events(person).count("ErasureDelayed") == 2)
    delayed = world.ledger.history(person)[-1].event
    assert delayed == m.ErasureDelayed(holds=("H1",))
    await world.accepted(DA, m.ReleaseHold(hold="H1", reason="settled"), person)
    await world.until(lambda: "KeysDestroyed" in world.events(person))
    # The case goes on to its end, with sealed words nobody reads, and staff's own.
    refused = await world.do(LI, c.SupplementIntake(field="contact", value="13900000000"), case)
    assert refused.refusal is not None
    assert refused.refusal.code == "subject_erased"
    for by, command in a_complaint(case):
        if not isinstance(command, c.RejectProposal):
            await world.accepted(by, command, case)
    await world.until(lambda: world.progress(case).over)


async def test_whoever_reads_while_it_happens_sees_all_or_nothing_and_proofs_stay(
    world: World, database_url: str
) -> None:
    """An export and a replay run in a loop in other processes' eyes: each field is what it was, or erased."""
    case, person = await a_case(world)
    words = {COMPLAINT.remedy_sought, NAME, PHONE, ERASED}
    seen: set[str] = set()
    stop = asyncio.Event()

    def look(ledger: Ledger) -> None:
        received = ledger.opened(ledger.history(case)[0]).event
        assert isinstance(received, e.CaseReceived)
        seen.update((received.customer_name, received.contact))
        state = ledger.opened(replay(ledger.history(case)))
        seen.add(state.intake.customer_name)

    async def reading() -> None:
        with Ledger(database_url) as ledger:
            while not stop.is_set():
                await asyncio.to_thread(look, ledger)

    reader = asyncio.create_task(reading())
    await world.accepted(DA, m.RequestErasure(despite_open_cases=True), person)
    await world.until(lambda: "KeysDestroyed" in world.events(person))
    await asyncio.sleep(2.5)  # every process hears of it within two seconds
    seen_before, after = set(seen), seen
    after.clear()
    await asyncio.sleep(0.3)
    stop.set()
    await reader
    assert seen_before <= words
    assert after == {ERASED}


async def test_it_is_done_once_however_often_the_steps_run(world: World) -> None:
    _case, person = await a_case(world)
    await world.accepted(DA, m.RequestErasure(despite_open_cases=True), person)
    await world.until(lambda: "TracesPurged" in world.events(person))
    erase = Erase(world.ledger, world.recorder, world.outbox)
    for step in (erase.check_holds, erase.destroy_keys, erase.purge_traces):
        await asyncio.to_thread(step, person)
    assert world.events(person) == ["ErasureRequested", "SubjectErased", "KeysDestroyed", "TracesPurged"]
    again = await world.accepted(LI, replace(COMPLAINT, customer_name=NAME, contact=PHONE, matter="once more"))
    assert world.case(again).subject not in ("", person.partition(":")[2]), "who comes back is somebody new"
