"""The recorder at the other end: the same submissions, the same receipts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import typer

import client
from client import Casefold
from console.house import not_over_http
from console.options import OF_THE_TOKEN
from console.remote.failures import translated
from console.remote.ledger import RemoteLedger, RemotePapers
from console.words import _
from domain.access import RecordRead
from domain.actor import Actor
from domain.commands import COMMANDS, ImportCase, ImportLog, ReceiveCase
from domain.department_stream import COMMANDS as OF_DEPARTMENTS
from domain.message import Command, snake
from domain.policy_commands import POLICY_COMMANDS, DraftPolicy
from domain.refusal import Refused
from ledger.canonical import plain
from ledger.errors import UnknownStream
from ledger.submission import Receipt, Submission

OPENING = {ReceiveCase: "cases", ImportCase: "import-case", ImportLog: "import-log"}
"""Where commands go that open a case (`api.commands`)."""
STREAMS: Mapping[str, tuple[str, Mapping[str, type[Command]]]] = {
    "policy": ("policies", POLICY_COMMANDS),
    "department": ("departments", OF_DEPARTMENTS),
}
"""Type of stream → where its commands go, and which they are (`api.policies`, `api.departments`)."""
NOT_THERE = frozenset({"no_policy", "unknown_department"})
"""Answers that a stream is not there, which a recorder gives as a refusal."""


class RemoteRecorder:
    """Records over HTTP, in the name of whoever the token belongs to."""

    def __init__(self, ledger: RemoteLedger) -> None:
        self.papers = RemotePapers(ledger)
        self._ledger = ledger
        self._casefold: Casefold = ledger.casefold
        self._me = ""

    def record(self, submission: Submission) -> Receipt:
        """Ask for a command, again with the same key if need be. Raises what a recorder raises."""
        if isinstance(submission.command, RecordRead) and self._ledger.reveal:
            return _written_down(submission)
        path = _path(submission)
        self.refuse_another(submission.by)
        headers = {
            "Idempotency-Key": submission.command_id,
            "Happened-At": submission.happened_at,
            "If-Match": submission.expected_version,
            "Hold": submission.hold or None,
        }
        try:
            with translated(self._casefold.url):
                try:
                    told = self._casefold.ask("POST", path, body=_body(submission.command), headers=headers)
                except client.Refused as error:
                    return _receipt(submission, error.body, Refused(error.code, **error.params))
                except client.NotFound as error:
                    if error.code not in NOT_THERE:
                        raise
                    return _receipt(submission, {}, Refused(error.code, **error.params))
        except UnknownStream:
            return _receipt(submission, {}, Refused("unknown_case", case=submission.stream or ""))
        return _receipt(submission, told, None)

    def load(self, stream: str) -> tuple[int, Any]:
        """Version and state of a case, a policy or a department. Raises UnknownStream."""
        entries = self._ledger.history(stream)
        kind = self._ledger.registry.of_stream(stream)
        if kind is None:
            raise UnknownStream(stream)
        return len(entries), kind.fold([entry.event for entry in entries])

    def me(self) -> str:
        """The id of whoever the token belongs to."""
        if not self._me:
            with translated(self._casefold.url):
                self._me = str(self._casefold.who_am_i()["id"])
        return self._me

    def refuse_another(self, by: Actor) -> None:
        """Who asks is who the token belongs to: nobody speaks for others."""
        if by.id not in (OF_THE_TOKEN.id, self.me()):
            message = _(
                "Over HTTP you ask as {person}, whom the token belongs to: leave --by and CASEFOLD_BY out.",
                person=self.me(),
            )
            raise typer.BadParameter(message, param_hint="--by")

    def __getattr__(self, name: str) -> Any:
        raise not_over_http()


def _path(submission: Submission) -> str:
    command = type(submission.command)
    if submission.stream is None and command in OPENING:
        return f"/api/v1/{OPENING[command]}"
    name = snake(command.__name__)
    word, colon, named = (submission.stream or "").partition(":")
    where, known = STREAMS.get(word, ("", {})) if colon else ("cases", COMMANDS)
    about = named if colon else word
    if not about or name not in known:
        raise not_over_http()
    return f"/api/v1/{where}/{Casefold.quoted(about)}/{name.replace('_', '-')}"


def _body(command: Command) -> dict[str, Any]:
    """Its fields; a sheet goes as itself, not as its text (`api.policies`)."""
    fields: dict[str, Any] = plain(command)
    return fields | {"content": json.loads(command.content)} if isinstance(command, DraftPolicy) else fields


def _receipt(submission: Submission, told: Any, refusal: Refused | None) -> Receipt:
    return receipt_of(submission.stream or "", submission.command_id, told, refusal)


def receipt_of(stream: str, command_id: str, told: Any, refusal: Refused | None) -> Receipt:
    """The receipt that an answer tells."""
    recorded = told.get("recorded_at")
    return Receipt(
        stream=str(told.get("case", stream)),
        command_id=command_id,
        accepted=refusal is None,
        refusal=refusal,
        version=int(told.get("version", 0)),
        position=int(told.get("position", 0)),
        events=tuple(told.get("events", ())),
        recorded_at=datetime.fromisoformat(recorded) if recorded else datetime.now().astimezone(),
        repeated=bool(told.get("repeated", False)),
    )


def _written_down(submission: Submission) -> Receipt:
    """The server has written down that it was asked for personal data before it gave it."""
    return _receipt(submission, {}, None)
