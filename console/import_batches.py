"""What all imports share: commands recorded in batches, Ctrl-C between two rows, an id that makes twice harmless."""

from __future__ import annotations

import hashlib
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from console.output import DONE, INTERRUPTED, UNREACHABLE
from console.words import _
from domain.commands import ImportCase, ImportLog
from ledger.canonical import canonical, plain
from ledger.errors import LedgerUnavailable
from ledger.recorder import Recorder
from ledger.submission import LONGEST_ID, Receipt, Submission

BATCH = 200
"""Cases in one transaction."""


class Stop:
    """Ctrl-C is heard between two rows: in the middle of one it may be lost. The second one is heard at once."""

    def __init__(self) -> None:
        self._asked = False

    def here(self) -> None:
        """A place at which to stop. Raises KeyboardInterrupt when that was asked for."""
        if self._asked:
            raise KeyboardInterrupt

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear Ctrl-C within this block."""

        def asked(number: int, frame: FrameType | None) -> None:
            self._asked = True
            signal.signal(number, before)

        before = signal.signal(signal.SIGINT, asked)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)


def to_the_end(work: Callable[[], None]) -> tuple[int, str]:
    """Do the work; the exit code, and why it ended early (empty when it did not)."""
    try:
        work()
    except KeyboardInterrupt:
        return INTERRUPTED, _("Interrupted.")
    except LedgerUnavailable as error:
        return UNREACHABLE, _("The ledger cannot be reached ({detail}).", detail=error.detail)
    return DONE, ""


def receipts(recorder: Recorder, submissions: Sequence[Submission]) -> Iterator[Receipt | str]:
    """The answers to a batch; a text for what cannot even be asked."""
    try:
        yield from recorder.record_all(submissions)
    except ValueError:  # one of them cannot be asked: find out which
        for submission in submissions:
            try:
                yield recorder.record(submission)
            except ValueError as error:
                yield str(error)


def import_id(command: ImportCase | ImportLog, recorder: Recorder) -> str:
    """The command id of an imported case: from its identity, and from what is said about it.

    The same row gets its first answer again; a row that was refused and then corrected is asked anew. What is said is
    hashed under the ledger's own key: a plain hash of personal data could be guessed.
    """
    prefix = "import" if isinstance(command, ImportCase) else "import-log"
    said = recorder.secret_word(canonical(plain(command)).decode())[:16]
    readable = f"{prefix}:{command.source}:{command.reference}:{said}"
    if len(readable) <= LONGEST_ID and readable.isprintable():
        return readable
    identity = hashlib.sha256(f"{command.source}\0{command.reference}".encode()).hexdigest()[:32]
    return f"{prefix}:{identity}:{said}"
