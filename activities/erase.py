"""The steps of an erasure. Each may run twice and does its work once; what it did stands in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.asks import CERTIFY_ERASURE, CHECK_HOLDS, DESTROY_KEYS, PURGE_TRACES
from activities.codes import codes_only
from domain import subject_messages as m
from domain.actor import WORKFLOW
from domain.message import Command
from domain.progress import Progress
from domain.subject import Subject
from ledger.errors import KeysUnavailable
from ledger.recorder import Recorder, Submission
from ledger.seal.covering import covering
from ledger.store import Ledger
from ledger.traces import forget_matters, open_by_views, remove_letters, streams_of

log = structlog.get_logger(__name__)

Purge = Callable[[str], int]
"""Removes what is kept of a case outside of the ledger; how much that was."""


class Erase:
    """Carries out what `workflows.subject` asks for."""

    def __init__(
        self,
        ledger: Ledger,
        recorder: Recorder,
        outbox: Path,
        *,
        purge_evidence: Purge = lambda case: 0,
        purge_texts: Purge = lambda case: 0,
    ) -> None:
        self.ledger = ledger
        self.recorder = recorder
        self.outbox = outbox
        self.purge_evidence = purge_evidence
        self.purge_texts = purge_texts

    @activity.defn(name=CHECK_HOLDS, no_thread_cancel_exception=True)
    @codes_only
    def check_holds(self, stream: str) -> Progress | None:
        """Declare the data erased, unless a case is open or a hold stands: then write down what it waits for."""
        state = self._state(stream)
        found: tuple[str, ...] = ()
        if not state.despite_open_cases:  # the whole ledger, and then what was opened while that took its time
            found = self._open_cases(_person(stream)) or tuple(open_by_views(self.ledger, _person(stream)))
        if found:
            self._record(stream, m.DelayErasure(open_cases=found), state)
        elif not self._record(stream, m.EraseSubject(), state):
            self._record(stream, m.DelayErasure(), state)
        return self.recorder.progress(stream)

    @activity.defn(name=DESTROY_KEYS, no_thread_cancel_exception=True)
    @codes_only
    def destroy_keys(self, stream: str) -> Progress | None:
        """Destroy the keys, and forget what the person was known by; no process uses them for longer than a minute."""
        if self.ledger.ring is None:
            raise KeysUnavailable("no key store is named: set DATABASE_KEYS_URL")
        keys = self.ledger.ring.store.destroy(_person(stream))
        self.ledger.ring.forget(_person(stream))
        self._record(stream, m.ReportKeysDestroyed(keys=keys), self._state(stream))
        return self.recorder.progress(stream)

    @activity.defn(name=PURGE_TRACES, no_thread_cancel_exception=True)
    @codes_only
    def purge_traces(self, stream: str) -> Progress | None:
        """Remove files, letters, search texts and recognised matters of the person's cases."""
        person = _person(stream)
        streams = streams_of(self.ledger, person)
        cases = self._own_cases(person, streams)
        command = m.ReportTracesPurged(
            streams=len(streams),
            evidence=sum(map(self.purge_evidence, cases)),
            notices=remove_letters(self.outbox, cases),
            texts=sum(map(self.purge_texts, cases)),
            matters=forget_matters(self.ledger, person, cases),
        )
        self._record(stream, command, self._state(stream))
        return self.recorder.progress(stream)

    @activity.defn(name=CERTIFY_ERASURE, no_thread_cancel_exception=True)
    @codes_only
    def certify(self, stream: str) -> Progress | None:
        """Name the seal that covers the erasure. Fails until there is one, and is then asked again."""
        erased = next(entry for entry in self.ledger.history(stream) if isinstance(entry.event, m.SubjectErased))
        seal = covering(self.ledger, erased.position)
        if seal is None:
            raise ApplicationError("not_sealed_yet", type="not_sealed_yet")
        command = m.CertifyErasure(origin=seal.origin, leaf_index=seal.leaf_index, size=seal.size, root=seal.root)
        self._record(stream, command, self._state(stream))
        return self.recorder.progress(stream)

    def _state(self, stream: str) -> Subject:
        state = self.recorder.load(stream)[1]
        assert isinstance(state, Subject)
        return state

    def _open_cases(self, person: str) -> tuple[str, ...]:
        cases = self._own_cases(person, streams_of(self.ledger, person))
        return tuple(case for case in cases if not self.recorder.load(case)[1].over)

    def _own_cases(self, person: str, streams: Sequence[str]) -> list[str]:
        """The cases that are about this person. One in which they only wrote, as staff, is somebody else's."""
        kind = self.ledger.registry.types["case"]
        cases = [stream for stream in streams if self.ledger.registry.of_stream(stream) is kind]
        return [case for case in cases if self._customer(case) == person]

    def _customer(self, case: str) -> str:
        ring = self.ledger.ring
        found = str(self.recorder.load(case)[1].subject)
        return found or (ring.customer_in(self.ledger.history(case)) if ring is not None else "")

    def _record(self, stream: str, command: Command, state: Subject) -> bool:
        """Record under a key of this step at this version; whether it was accepted, now or before."""
        key = f"{stream}/{type(command).__name__}@{state.version}{_run()}"
        receipt = self.recorder.record(Submission(command, WORKFLOW, key, stream=stream))
        code = receipt.refusal.code if receipt.refusal is not None else "accepted"
        log.info("erasure", case=stream, command=type(command).__name__, outcome=code)
        return receipt.accepted


def _run() -> str:
    """Which step of which run asks: the same when the step is repeated, another when it is taken again later."""
    if not activity.in_activity():
        return ""
    info = activity.info()
    return f"/{info.workflow_run_id}/{info.activity_id}"


def _person(stream: str) -> str:
    return stream.partition(":")[2]
