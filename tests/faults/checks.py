"""The invariants, looked at from outside after a run: plain SQL, files and Temporal's own answers.

I1 what was acknowledged is stored · I2 each command once · I3 versions 1..n · I4 no reader passes what appears later ·
I8 views = fold · I9 replayed twice the same · I12 an open case has one running workflow, a finished one none.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from domain.evolve import replay
from domain.progress import Progress
from domain.summary import summary_of
from ledger.errors import LedgerUnavailable
from ledger.recorder import Receipt, Recorder
from ledger.store import Ledger
from ledger.views import COLUMNS
from tests.apart import run
from tests.faults.house import House

ENTRIES = """SELECT originator_id, originator_version, topic, state, notification_id
FROM casefold.stored_events ORDER BY notification_id"""
COMMANDS = """SELECT actor_id, command_id, stream, name, digest, outcome, events, first_version, last_version
FROM casefold.command"""
ASKED = ("NoticeRequested", "WrittenResultRequested")
SETTLED = ("NoticeSent", "WrittenResultSent", "NoticeFailed")


@dataclass(frozen=True)
class Row:
    """An entry as it lies in the table."""

    stream: str
    version: int
    topic: str
    state: bytes
    position: int

    @property
    def body(self) -> Any:
        """The JSON of the entry."""
        return json.loads(self.state)


@dataclass(frozen=True)
class Command:
    """A command as it lies in the table."""

    actor: str
    command_id: str
    stream: str | None
    name: str
    digest: bytes
    outcome: str
    events: list[str]
    first: int
    last: int


@dataclass
class Examined:
    """What was counted, and everything that is wrong."""

    entries: int = 0
    commands: int = 0
    accepted: int = 0
    refused: int = 0
    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    wrong: list[str] = field(default_factory=list)

    def must(self, truth: bool, sentence: str) -> bool:
        """Write down what is not so."""
        if not truth:
            self.wrong.append(sentence)
        return truth

    def assert_well(self) -> None:
        """Fail with everything that is wrong."""
        assert not self.wrong, f"{len(self.wrong)} invariants broken:\n" + "\n".join(self.wrong[:50])


def read(owner_url: str) -> tuple[list[Row], list[Command]]:
    """The two tables, as of one moment."""
    with psycopg.connect(owner_url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        entries = [Row(s, v, t, bytes(b), p) for s, v, t, b, p in connection.execute(ENTRIES)]
        commands = [Command(*row) for row in connection.execute(COMMANDS)]
    return entries, commands


def examine(owner_url: str, receipts: Iterable[Receipt]) -> Examined:
    """Hold the ledger against itself (I2, I3) and against what operators were told (I1)."""
    entries, commands = read(owner_url)
    found = Examined(len(entries), len(commands))
    found.accepted = sum(command.outcome == "accepted" for command in commands)
    found.refused = sum(command.outcome == "refused" for command in commands)
    found.must(found.accepted + found.refused == found.commands, "accepted + refused ≠ received")
    streams: dict[str, list[Row]] = {}
    for row in entries:
        streams.setdefault(row.stream, []).append(row)
    for stream, rows in streams.items():
        versions = [row.version for row in rows]
        found.must(versions == list(range(1, len(rows) + 1)), f"I3: {stream} has the versions {versions}")
    _each_entry_by_one_command(found, streams, commands)
    _each_refusal_kept_once(found, streams, commands)
    _each_receipt_true(found, streams, commands, receipts)
    return found


def _each_entry_by_one_command(found: Examined, streams: Mapping[str, list[Row]], commands: Sequence[Command]) -> None:
    """I2, with the digest of what was asked in each entry."""
    owners: Counter[tuple[str, int]] = Counter()
    for command in commands:
        if command.stream is None:
            continue
        own = [row for row in streams.get(command.stream, []) if command.first <= row.version <= command.last]
        owners.update((row.stream, row.version) for row in own)
        digest = base64.b64encode(command.digest).decode()
        name = f"{command.actor}/{command.command_id}"
        topics = [row.topic for row in own]
        found.must(topics == command.events, f"I2: {name} says {command.events}, the entries are {topics}")
        for row in own:
            body = row.body
            if not found.must(
                (body["command_id"], body["command"]) == (command.command_id, digest),
                f"I2: {row.stream} {row.version} is said to be {name}'s and names {body['command_id']}",
            ):
                found.duplicated += 1
    for stream, rows in streams.items():
        if stream.startswith(("refused:", "accepted:")):
            continue
        for row in rows:
            number = owners[stream, row.version]
            if not found.must(number == 1, f"I2: {stream} {row.version} {row.topic} is of {number} commands"):
                found.duplicated += 1


def _each_refusal_kept_once(found: Examined, streams: Mapping[str, list[Row]], commands: Sequence[Command]) -> None:
    entries = [rows[0] for stream, rows in streams.items() if stream.startswith("refused:") and len(rows) == 1]
    kept = Counter(entry.body["command_id"] for entry in entries)
    refused = Counter(command.command_id for command in commands if command.outcome == "refused")
    found.must(kept == refused, f"refusals kept {kept - refused} too many, {refused - kept} too few")


def _each_receipt_true(
    found: Examined, streams: Mapping[str, list[Row]], commands: Sequence[Command], receipts: Iterable[Receipt]
) -> None:
    """I1."""
    rows_of: dict[str, list[Command]] = {}
    for command in commands:
        rows_of.setdefault(command.command_id, []).append(command)
    for receipt in receipts:
        found.acknowledged += 1
        told = rows_of.get(receipt.command_id, [])
        if not found.must(len(told) == 1, f"I1: {receipt.command_id} was acknowledged; {len(told)} rows are there"):
            found.lost += not told
            found.duplicated += len(told) > 1
            continue
        row = told[0]
        stored = (row.stream or "", row.outcome == "accepted", row.last, tuple(row.events))
        said = (receipt.stream, receipt.accepted, receipt.version, receipt.events)
        found.must(said == stored, f"I1: {receipt.command_id} was answered {said}, the row says {stored}")
        own = [entry for entry in streams.get(receipt.stream, []) if entry.body["command_id"] == receipt.command_id]
        if not found.must(
            [entry.topic for entry in own] == list(receipt.events),
            f"I1: {receipt.command_id} was acknowledged with {receipt.events}; there are {[e.topic for e in own]}",
        ):
            found.lost += len(own) < len(receipt.events)
            found.duplicated += len(own) > len(receipt.events)
        position = own[-1].position if own else 0
        found.must(receipt.position == position, f"I1: {receipt.command_id} at {receipt.position}, really {position}")


def examine_notices(owner_url: str, outbox: Path, *, all_settled: bool = True) -> Examined:
    """Each notice that was asked for lies in the outbox once and as the ledger says, and nothing else lies there."""
    entries, _ = read(owner_url)
    found = Examined(len(entries))
    asked: Counter[tuple[str, str]] = Counter()
    settled: dict[tuple[str, str], list[Row]] = {}
    for row in entries:
        if row.topic in (*ASKED, *SETTLED):
            key = (row.stream, row.body["data"]["notice"])
            if row.topic in ASKED:
                asked[key] += 1
            else:
                settled.setdefault(key, []).append(row)
    for (stream, number), times in asked.items():
        name = f"{stream}-{number}"
        found.must(times == 1, f"{name} was asked for {times} times")
        done = settled.get((stream, number), [])
        if not found.must(len(done) == 1 or not (done or all_settled), f"{name}: {[row.topic for row in done]}"):
            found.duplicated += len(done) > 1
    files = {file.name: file for file in outbox.iterdir() if not file.name.startswith(".")} if outbox.exists() else {}
    for (stream, number), rows in settled.items():
        for row in rows:
            if row.topic == "NoticeFailed":
                continue
            data = row.body["data"]
            file = files.get(data["reference"])
            if file is None:
                found.wrong.append(f"{stream}-{number} was sent, and is not in the outbox")
            else:
                digest = hashlib.sha256(file.read_bytes()).hexdigest()
                found.must(digest == data["sha256"], f"{file.name} is not what the ledger says was sent")
    names = {f"{stream}-{number}.txt" for stream, number in asked}
    found.must(set(files) <= names, f"nobody asked for {sorted(set(files) - names)[:10]}")
    found.acknowledged = len(files)
    return found


def examine_folds(owner_url: str, ledger: Ledger, recorder: Recorder) -> Examined:
    """I8 and I9: every case replayed, twice and through the recorder's memory, against the views."""
    found = Examined()
    with psycopg.connect(owner_url, row_factory=psycopg.rows.dict_row) as connection:
        lines = {row["case"]: row for row in connection.execute("SELECT * FROM casefold_views.case_summary")}
    for stream in ledger.streams("case"):
        history = ledger.history(stream)
        found.entries += len(history)
        case = replay(history)
        found.must(case == replay(ledger.history(stream)), f"I9: {stream} replayed twice differs")
        found.must(recorder.load(stream) == (len(history), case), f"I9: {stream} differs in the recorder's memory")
        summary = summary_of(stream, case, ledger.sheet(case.sheet))
        line = lines.pop(stream, {})
        for name in COLUMNS:
            want, have = getattr(summary, name), line.get(name)
            want = [*want] if isinstance(want, tuple) else want
            found.must(want == have, f"I8: {stream}.{name} is {want!r}, the view says {have!r}")
    found.must(not lines, f"I8: the views show what the ledger has not: {sorted(lines)[:10]}")
    return found


async def examine_workflows(house: House, ledger: Ledger, recorder: Recorder) -> Examined:
    """I12, by asking for each case by name; and what each running workflow knows is the newest progress."""
    found = Examined()
    client = await house.client()
    for stream in ledger.streams("case"):
        progress = recorder.progress(stream)
        assert progress is not None
        handle = client.get_workflow_handle(stream)
        try:
            running = (await handle.describe()).status is WorkflowExecutionStatus.RUNNING
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            running = False
        wanted = not (progress.over and not progress.todo)
        found.entries += running
        found.must(running == wanted, f"I12: {stream} (over={progress.over}) has a running workflow: {running}")
        if running and wanted:
            known = await handle.query("progress", result_type=Progress)
            found.must(known == progress, f"I12: the workflow of {stream} knows {known}, the ledger {progress}")
    return found


def agreed(house: House, ledger: Ledger, recorder: Recorder) -> bool:
    """Whether every open case has its workflow, finished ones have none, and every workflow the newest progress."""
    return not run(examine_workflows(house, ledger, recorder)).wrong


class Reader:
    """Reads the ledger's end all the time, as a follower does; afterwards nothing may be found that it passed (I4)."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.seen: list[tuple[int, str, int]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read, name="reader", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._stop.is_set():
            try:
                entries = self.ledger.read(self.seen[-1][0] if self.seen else 0, 50)
            except LedgerUnavailable:
                continue
            self.seen += [(entry.position, entry.stream, entry.version) for entry in entries]
            if not entries:
                self._stop.wait(0.01)

    def stop(self) -> None:
        """Read no more."""
        self._stop.set()
        self._thread.join(30)

    def examine(self, owner_url: str) -> Examined:
        """What lies in the table before the newest entry that was read, and was not read."""
        found = Examined(len(self.seen))
        last = self.seen[-1][0] if self.seen else 0
        there = {(row.position, row.stream, row.version) for row in read(owner_url)[0] if row.position <= last}
        found.must(there == set(self.seen), f"I4: the reader passed {sorted(there - set(self.seen))[:5]}")
        found.must(len(self.seen) == len(set(self.seen)), "I4: the reader got an entry twice")
        return found
