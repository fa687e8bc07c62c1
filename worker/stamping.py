"""Has checkpoints time-stamped by an authority (RFC 3161), now and then, as CASEFOLD_TSA_URL and …_EVERY say."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import structlog

from ledger.seal.errors import SealRefused
from ledger.seal.folder import Folder
from ledger.seal.stamps import answer_to, request_for, stamp_file, stamped, time_of
from worker.settings import Settings

LOOK = 60.0
"""Seconds between two looks whether a stamp is due; and between two tries when the authority does not answer."""
PATIENCE = 20.0
HEADERS = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
LARGEST = 1_000_000

log = structlog.get_logger(__name__)


class Stamping:
    """Runs beside the sealer, which never waits for it."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.url = settings.tsa_url
        self.every = timedelta(hours=settings.tsa_every)
        self.folder = Folder(settings.seals)
        self.clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look until asked to stop; an authority that is away only means a later stamp."""
        while not stop.is_set():
            try:
                if self.due and (size := self.once()):
                    log.info("checkpoint_stamped", entries=size)
            except SealRefused as error:
                log.warning("stamp_failed", error=type(error.__cause__ or error).__name__)
            stop.wait(LOOK)

    @property
    def last(self) -> datetime | None:
        """When the newest stamp was made; None when there is none."""
        sizes = stamped(self.folder)
        return time_of(self.folder.read(stamp_file(sizes[-1])) or b"") if sizes else None

    @property
    def due(self) -> bool:
        """Whether it is time for another one."""
        last = self.last
        return last is None or self.clock() >= last + self.every

    def once(self) -> int:
        """Have the newest checkpoint stamped; its size, 0 when there is none, or it is stamped. Raises SealRefused."""
        newest = self.folder.checkpoint()
        if newest is None or newest[1].size in stamped(self.folder):
            return 0
        size = newest[1].size
        content = self.folder.read(f"checkpoints/{size}")
        if content is None:
            return 0
        request = request_for(content)
        answer = self._ask(request.as_bytes())
        answer_to(request, answer)
        self.folder.replace({stamp_file(size): answer})
        return size

    def _ask(self, request: bytes) -> bytes:
        try:
            answer = httpx.post(self.url, content=request, headers=HEADERS, timeout=PATIENCE)
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SealRefused(f"The authority for time stamps at {self.url} does not answer ({error}).") from error
        if len(answer.content) > LARGEST:
            raise SealRefused(f"What {self.url} answers is too long for a time stamp.")
        return answer.content
