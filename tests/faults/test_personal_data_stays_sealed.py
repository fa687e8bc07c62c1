"""A bird in every personal field, then everything is disturbed: birds are found sealed, and in the outbox only.

They open with their persons' keys, all of them, and none after the persons are erased.
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, get_args, get_type_hints

import psycopg
import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.client import Client

from domain.actor import Actor, Role
from domain.commands import COMMANDS, OF_THE_SYSTEM, ImportCase, ReceiveCase
from domain.message import Command
from domain.personal import personal_fields
from domain.subject import Step as Erasure
from domain.subject_messages import RequestErasure
from ledger.recorder import Recorder, Submission
from ledger.store import Ledger
from tests.apart import run
from tests.faults.chaos import Chaos
from tests.faults.checks import examine, examine_notices
from tests.faults.house import PARTS, House, eventually
from tests.faults.load import commands_in, copies, opened, patiently
from tests.golden.samples import sample
from worker.play import Play, Script, Step
from worker.stack.postgres import DATABASE, KEYS_DATABASE, SUPERUSER

BIRD = "Kanarienvogel"
UNLOGGED = "SELECT pg_relation_filepath(oid) FROM pg_class WHERE relpersistence = 'u' AND relfilenode <> 0"
LOGGED = """
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables JOIN pg_class ON pg_class.oid = format('%I.%I', schemaname,
tablename)::regclass WHERE schemaname LIKE 'casefold%' AND relpersistence = 'p' ORDER BY 1
"""
DATA = Actor("data", (Role.DATA,))
EVERYBODY = Actor("everybody", tuple(role for role in Role if role not in (Role.SYSTEM, Role.AUDITOR)), "hotline")


def text_fields(kind: type[Any]) -> Iterator[str]:
    """The marked fields of a record that are plain text."""
    hints = get_type_hints(kind)
    return (name for name in personal_fields(kind) if hints[name] is str)


def nested_fields(kind: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """The marked fields of a record that hold records with marked fields of their own."""
    hints = get_type_hints(kind)
    for name in personal_fields(kind):
        for hint in (hints[name], *get_args(hints[name])):
            if dataclasses.is_dataclass(hint) and isinstance(hint, type):
                yield name, hint


class Aviary:
    """Puts birds with a number of their own into personal fields."""

    def __init__(self) -> None:
        self.places: list[str] = []
        """Number → the field that this bird was put into."""

    def bird(self, place: str) -> str:
        """The next one."""
        self.places.append(place)
        return f"{BIRD}{len(self.places):05d}"

    def script(self, script: Script) -> Script:
        """The script, with a bird in every personal field that its people fill in or could have filled in."""
        opening = dataclasses.replace(script.open, with_=self._filled(ReceiveCase, script.open.with_))
        return dataclasses.replace(script, open=opening, steps=tuple(map(self._step, script.steps)))

    def _step(self, step: Step) -> Step:
        return step if step.wait else dataclasses.replace(step, with_=self._filled(COMMANDS[step.do], step.with_))

    def _filled(self, kind: type[Any], fields: dict[str, Any]) -> dict[str, Any]:
        filled = dict(fields)
        for name in text_fields(kind):
            filled[name] = self.bird(f"{kind.__name__}.{name}")
        for name, inner in nested_fields(kind):
            filled[name] = [self._filled(inner, item) for item in fields.get(name, [])]
        return filled

    def command(self, kind: type[Command]) -> Command:
        """A command with all its fields filled in, and a bird in each personal one; mostly one that is refused."""
        return self._record(sample(kind))  # type: ignore[arg-type,no-any-return]

    def _record(self, record: Any) -> Any:
        kind = type(record)
        changes: dict[str, Any] = {name: self.bird(f"{kind.__name__}.{name}") for name in text_fields(kind)}
        for name, _ in nested_fields(kind):
            changes[name] = tuple(map(self._record, getattr(record, name)))
        return dataclasses.replace(record, **changes)


async def in_temporal(client: Client) -> AsyncIterator[tuple[str, bytes]]:
    """All that Temporal would show: histories with the payloads in them, descriptions, search attributes, memos."""
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        description = await handle.describe()
        yield f"description of {execution.id}", description.raw_description.SerializeToString()
        yield f"list entry of {execution.id}", execution.raw_info.SerializeToString()
        async for event in handle.fetch_history_events():
            yield f"history of {execution.id}, event {event.event_id}", event.SerializeToString()
            yield f"history of {execution.id}, event {event.event_id} as JSON", MessageToJson(event).encode()


def in_files(house: House) -> Iterator[tuple[str, bytes]]:
    """Tables, write-ahead log and log of PostgreSQL, Temporal's own database, a bundle of everything, all but letters.

    What lies in UNLOGGED tables is left out: it is in no log and in no base backup, and made anew after a crash.
    """
    house.casefold("seal")
    house.casefold("bundle", "--all", "--output", str(house.home.path / "bundle"))
    with psycopg.connect(house.stack.postgres.url(SUPERUSER), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        unlogged = {str(path) for (path,) in connection.execute(UNLOGGED)}
    data = house.home.postgres / "data"
    for path in house.home.path.rglob("*"):
        if path.is_file() and house.outbox not in path.parents:
            if path.is_relative_to(data) and str(path.relative_to(data)).split("_")[0].split(".")[0] in unlogged:
                continue
            yield str(path.relative_to(house.home.path)), path.read_bytes()


def in_tables(house: House) -> Iterator[tuple[str, bytes]]:
    """Every row of every logged table of ledger and key store, as text: compressed, a file would not show it."""
    for database in (DATABASE, KEYS_DATABASE):
        with psycopg.connect(house.stack.postgres.url(SUPERUSER, database)) as connection:
            for (table,) in connection.execute(LOGGED).fetchall():
                with connection.cursor().copy(f"COPY {table} TO STDOUT") as copy:
                    yield f"{database}: {table}", b"".join(bytes(part) for part in copy)
                yield f"{database}: {table}, bytes read", text_of(connection, str(table))


def text_of(connection: psycopg.Connection[Any], table: str) -> bytes:
    """What columns of bytes hold: COPY writes them in hexadecimal."""
    if table != "casefold.stored_events":
        return b""
    return b"".join(bytes(state) for (state,) in connection.execute("SELECT state FROM casefold.stored_events"))


def in_output(house: House) -> Iterator[tuple[str, bytes]]:
    """What the operating commands print."""
    for words in (("status",), ("doctor",), ("reconcile",), ("restore",)):
        for more in ((), ("--json",)):
            ran = house.casefold(*words, *more)
            yield f"casefold {' '.join(words + more)}", (ran.stdout + ran.stderr).encode()


def birds_in(blob: bytes) -> set[int]:
    """The numbers of the birds found in these bytes."""
    found, start = set(), 0
    name = BIRD.encode()
    while (start := blob.find(name, start)) >= 0:
        start += len(name)
        found.add(int(blob[start : start + 5]) - 1 if blob[start : start + 5].isdigit() else -1)
    return found


@pytest.mark.requirement("L-04")
def test_personal_data_is_found_sealed_only_after_a_run_with_kills_and_failures_and_never_after_an_erasure(
    house: House, chance: random.Random, say: Callable[[str], None]
) -> None:
    ledger, recorder = house.ledger(), house.recorder()
    house.outbox.write_text("no folder: every sending fails")
    eventually(lambda: recorder.sheet_in_force("complaint"), 30, "the worker publishes its sheets")
    aviary = Aviary()
    refused = every_command(aviary, recorder)
    scripts = [aviary.script(script) for script in copies(1, "birds")]
    play = Play(ledger, recorder, scripts, "birds", patience=90)
    with Chaos(house, PARTS, play.receipts, commands_in(scripts), chance) as chaos:
        eventually(lambda: "activity_failed" in (house.home.logs / "worker.log").read_text(), 30, "a sending fails")
        house.outbox.unlink()
        play.run()
    assert len(chaos.killed) == len(PARTS)
    examine(house.stack.owner_url, play.receipts).assert_well()
    eventually(lambda: not examine_notices(house.stack.owner_url, house.outbox).wrong, 90, "every notice is sent")

    sources = [*in_tables(house), *in_files(house), *in_output(house), *run(temporal_of(house))]
    found = {source: birds for source, blob in sources if (birds := birds_in(blob))}
    named = [f"{source}: {sorted(aviary.places[bird] for bird in birds)[:8]}" for source, birds in found.items()]
    assert not named, "\n".join(named[:40])

    everything = {source: blob for source, blob in sources if b"C-2026-" in blob}
    assert any(source.startswith("temporal/temporal.db") for source in everything), "the search can find what is there"
    for known in ("logs/worker.log", "casefold: casefold.command", "bundle/headers.jsonl"):
        assert known in everything, f"the search can find what is in {known}"
    for part in ("as JSON", "postgres/data/base/", "postgres/data/pg_wal/"):
        assert any(part in source for source in everything), f"the search can find what is in {part}"
    stored = birds_in(b"".join(rows(house.stack.owner_url, ledger)))
    sent = birds_in(b"".join(file.read_bytes() for file in house.outbox.iterdir()))
    assert sent
    assert stored == {*range(len(aviary.places))}, [aviary.places[one] for one in {*range(len(aviary.places))} - stored]
    say(
        f"{len(aviary.places)} birds in {len({*aviary.places})} fields: {len(stored)} sealed in the ledger, "
        f"{len(sent)} in the outbox, 0 readable in {len(sources)} places of "
        f"{sum(len(blob) for _, blob in sources) / 1e6:.0f} MB; {refused} of the commands were refused"
    )
    erase_everybody(house, recorder)
    assert not birds_in(b"".join(rows(house.stack.owner_url, house.ledger())))
    assert not birds_in(b"".join(file.read_bytes() for file in house.outbox.iterdir()))


def every_command(aviary: Aviary, recorder: Recorder) -> int:
    """Give every command that has a personal field; how many were refused."""
    case = opened(recorder, "birds")
    refused = 0
    for name, kind in COMMANDS.items():
        if name not in OF_THE_SYSTEM and personal_fields(kind):
            stream = None if kind in (ReceiveCase, ImportCase) else case
            receipt = patiently(recorder, Submission(aviary.command(kind), EVERYBODY, f"every/{name}", stream=stream))
            refused += not receipt.accepted
    return refused


async def temporal_of(house: House) -> list[tuple[str, bytes]]:
    """`in_temporal` of this house."""
    client = await house.client()
    return [found async for found in in_temporal(client)]


def rows(owner_url: str, ledger: Ledger) -> Iterator[bytes]:
    """Every entry and every command as bytes, opened as far as the keys are there."""
    with psycopg.connect(owner_url) as connection:
        for (state,) in connection.execute("SELECT state FROM casefold.stored_events"):
            yield json.dumps(ledger.opened(json.loads(bytes(state)))).encode()
        for (body,) in connection.execute("SELECT body FROM casefold.command"):
            yield json.dumps(ledger.opened(body)).encode()


def erase_everybody(house: House, recorder: Recorder) -> None:
    """Ask for the erasure of every person, staff included, and wait until all keys are destroyed."""
    with psycopg.connect(house.stack.postgres.keys_owner_url) as connection:
        persons = [subject for (subject,) in connection.execute("SELECT subject FROM casefold_keys.subject")]
    assert persons
    for person in persons:
        command = RequestErasure(despite_open_cases=True)
        patiently(recorder, Submission(command, DATA, f"erase/{person}", stream=f"subject:{person}"))

    def all_gone() -> bool:
        return all(
            recorder.load(f"subject:{person}")[1].step in (Erasure.PURGED, Erasure.CERTIFIED) for person in persons
        )

    eventually(all_gone, 90, "every erasure is carried out")
