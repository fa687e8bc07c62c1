"""What a bundle proves of a case, read from the bundle itself: each entry's place in the tree, and the checkpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ledger.seal.merkle import leaf_hash
from ledger.seal.note import Checkpoint, Note

OWN = ("refused:", "accepted:")
"""How streams of the ledger itself begin (ledger/refused.py)."""


@dataclass(frozen=True)
class Leaf:
    """An entry's place in the tree, and the hash that stands there."""

    index: int
    hash: str


@dataclass(frozen=True)
class Proofs:
    """What the bundle of a case holds."""

    checkpoint: Checkpoint
    signers: tuple[str, ...]
    """Who signed the checkpoint: ``name+key id``, as their public keys begin."""
    leaves: Mapping[int, Leaf]
    """Version → its leaf."""

    @property
    def root(self) -> str:
        """The root, as the checkpoint writes it."""
        return base64.b64encode(self.checkpoint.root).decode()


def read_proofs(bundle: Path) -> Proofs:
    """Read the bundle of one case."""
    note = Note.parse((bundle / "checkpoint").read_text(encoding="utf-8"))
    indexes = sorted(int(path.name.partition(".")[0]) for path in (bundle / "proofs").iterdir())
    lines = (bundle / "headers.jsonl").read_bytes().splitlines()
    headers = [json.loads(line) for line in lines]
    leaves = {
        header["ver"]: Leaf(index, leaf_hash(line).hex())
        for index, line, header in zip(indexes, lines, headers, strict=True)
        if not header["id"].startswith(OWN)  # what the ledger itself says of the case's commands
    }
    signers = tuple(f"{one.name}+{one.key_id.hex()}" for one in note.signatures)
    return Proofs(Checkpoint.parse(note.text), signers, leaves)
