"""Files of evidence over HTTP: sent, listed and fetched through the server, which writes down who opens one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any, BinaryIO

import client
from client import Upload
from console.house import not_over_http
from console.remote.failures import translated
from console.remote.ledger import RemoteLedger
from console.remote.recorder import RemoteRecorder, receipt_of
from domain.access import Through
from domain.actor import Actor
from domain.refusal import Refused
from domain.words import ScanVerdict
from ledger.evidence.evidence import Added
from ledger.evidence.items import Item


class RemoteEvidence:
    """What commands ask of the evidence of cases."""

    def __init__(self, ledger: RemoteLedger, recorder: RemoteRecorder) -> None:
        self._ledger = ledger
        self._recorder = recorder
        self._casefold = ledger.casefold

    def items(self, case: str) -> list[Item]:
        """The evidence of a case, in the order in which it came; names are masked, unless they are to be revealed."""
        with translated(self._casefold.url):
            told = self._casefold.list_evidence(case, reveal=self._ledger.reveal)
        return [_item(case, one) for one in told["items"]]

    def add(
        self,
        case: str,
        file: BinaryIO,
        name: str,
        by: Actor,
        command_id: str,
        *,
        given_by: str = "customer",
        media_type: str = "",
        happened_at: datetime | None = None,
        tell: Callable[[int], None] = lambda _: None,
    ) -> Added:
        """Send a file; again with the same key if need be."""
        self._recorder.refuse_another(by)
        upload = Upload(file, name, media_type or "application/octet-stream")
        with translated(self._casefold.url):
            try:
                told: Any = self._casefold.upload_evidence(
                    case, upload, given_by=given_by, command_id=command_id, happened_at=happened_at
                )
            except client.Refused as error:
                return _added(case, command_id, error.body, Refused(error.code, **error.params))
        tell(told["evidence"]["size"])
        return _added(case, command_id, told, None)

    def read(
        self, case: str, number: str, by: Actor, through: Through, *, purpose: str = ""
    ) -> tuple[Item, FarContent]:
        """A file of evidence; the server records that it was opened, and tells its name with it."""
        self._recorder.refuse_another(by)
        with translated(self._casefold.url):
            told = self._casefold.list_evidence(case, reveal=True)["items"]
            found = next((one for one in told if one["evidence"] == number), None)
            if found is None:
                raise Refused("unknown_evidence", evidence=number)
            try:
                return _item(case, found), FarContent(self._casefold.get_evidence(case, number, purpose=purpose))
            except client.Refused as error:
                raise Refused(error.code, **error.params) from error

    def __getattr__(self, name: str) -> Any:
        raise not_over_http()


class FarContent:
    """The pieces of a file as they come."""

    def __init__(self, download: client.Download) -> None:
        self._stack = ExitStack()
        self._pieces = self._stack.enter_context(download.pieces())

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Be done with it."""
        self._stack.close()


def _added(case: str, command_id: str, told: Any, refusal: Refused | None) -> Added:
    receipt = receipt_of(case, command_id, told, refusal)
    return Added(**vars(receipt), item=_item(case, told["evidence"]) if refusal is None else None)


def _item(case: str, told: Any) -> Item:
    return Item(
        case=case,
        number=told["evidence"],
        name=told["name"],
        sha256=told["sha256"],
        size=told["size"],
        media_type=told["media_type"],
        claimed_type=told["claimed_type"],
        stored_as=told["stored_as"],
        given_by=told["given_by"],
        added_by=told["added_by"],
        command_id="",
        version=0,
        happened_at=datetime.fromisoformat(told["happened_at"]),
        recorded_at=datetime.fromisoformat(told["recorded_at"]),
        quarantined=ScanVerdict(told["quarantined"]) if told["quarantined"] else None,
        released_by=told["released_by"],
        purged=told["purged"],
        retracted=told["retracted"],
    )
