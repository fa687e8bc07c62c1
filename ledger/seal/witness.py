"""A witness: cosigns a log's newest checkpoint when it continues the last one that it cosigned, and nothing else.

It is run by somebody who does not trust the log. What it cosigned last is in its own file, written before its signature
is given away.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ledger.seal.errors import NoSeals
from ledger.seal.findings import Verdict
from ledger.seal.folder import CHECKPOINT, Folder, Read, checkpoint_in
from ledger.seal.merkle import EMPTY, consistency, consistent
from ledger.seal.notary import short
from ledger.seal.note import Checkpoint, Signer, Verifier
from ledger.seal.tiles import Tiles


class NotCosigned(Exception):
    """The witness refuses, and says why."""

    def __init__(self, verdict: Verdict, detail: str) -> None:
        super().__init__(f"{verdict}: {detail}")
        self.verdict = verdict


@dataclass(frozen=True)
class Cosigned:
    """What the witness has put its name to."""

    checkpoint: Checkpoint
    note: str
    """The checkpoint with the log's signatures and the witness's own."""
    before: int
    """The size of the tree that it cosigned before."""


@dataclass(frozen=True)
class Witness:
    """One witness of one or more logs."""

    signer: Signer
    state: Path
    """What it cosigned last of each log."""
    clock: Callable[[], float] = time.time

    def look(self, log: Verifier, read: Read) -> Cosigned:
        """Look at what is published and cosign it. Raises NotCosigned."""
        content = read(CHECKPOINT)
        try:
            found = checkpoint_in(content, CHECKPOINT)
        except NoSeals as error:
            raise NotCosigned(Verdict.BAD_SIGNATURE, str(error)) from error
        if found is None or content is None:
            raise NotCosigned(Verdict.MISSING, "no checkpoint is published")
        note, checkpoint = found
        if not note.signed_by(log) or checkpoint.origin != log.name:
            raise NotCosigned(Verdict.BAD_SIGNATURE, f"the checkpoint is not signed by {log}")
        state = self._recall()
        size, root = state.get(log.name, (0, EMPTY))
        self._demand(checkpoint, size, root, read)
        self._keep({**state, log.name: (checkpoint.size, checkpoint.root)})
        signatures = content.decode().rpartition("\n\n")[2].split("\n")
        logs = "".join(f"{line}\n" for line in signatures if line.startswith(f"— {log.name} "))
        line = self.signer.line(note.text.encode(), int(self.clock()))
        return Cosigned(checkpoint, f"{note.text}\n{logs}{line}", size)

    @staticmethod
    def _demand(checkpoint: Checkpoint, size: int, root: bytes, read: Read) -> None:
        """The checkpoint continues the tree that was cosigned before."""
        before = f"{size} entries, root {short(root)}, were cosigned before"
        now = f"the checkpoint has {checkpoint.size}, root {short(checkpoint.root)}"
        if checkpoint.size < size:
            raise NotCosigned(Verdict.ROLLED_BACK, f"{before}, and {now}")
        tiles = Tiles(read, checkpoint.size)
        try:
            leads = tiles.root == checkpoint.root
            proof = consistency(tiles.node, size, checkpoint.size)
        except (NoSeals, IndexError) as error:
            raise NotCosigned(Verdict.MISSING, f"the tiles cannot prove it: {error}") from error
        if not leads:
            raise NotCosigned(Verdict.INCONSISTENT, f"{now}, and the tiles lead to another one")
        if not consistent(size, checkpoint.size, root, checkpoint.root, proof):
            raise NotCosigned(Verdict.INCONSISTENT, f"{before}, and {now}, which does not continue it")

    def _recall(self) -> dict[str, tuple[int, bytes]]:
        try:
            found = json.loads(self.state.read_text(encoding="utf-8"))
            return {log: (int(one["size"]), base64.b64decode(one["root"])) for log, one in found.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotCosigned(Verdict.INCONSISTENT, f"{self.state} cannot be read ({error})") from error

    def _keep(self, state: dict[str, tuple[int, bytes]]) -> None:
        content = {log: {"size": size, "root": short(root)} for log, (size, root) in state.items()}
        text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
        Folder(self.state.parent).replace({self.state.name: text.encode()})
