"""What a bundle proves of a case, read from the bundle itself: each entry's place in the tree, and the checkpoint."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from domain.entry import Entry
from ledger.codec import Codec
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
    refused: tuple[Entry, ...]
    """The commands on the case that were refused, as the ledger keeps them."""
    folders: frozenset[str]
    """What else lies in the bundle, by its folders."""

    @property
    def root(self) -> str:
        """The root, as the checkpoint writes it."""
        return base64.b64encode(self.checkpoint.root).decode()


def read_proofs(bundle: Path, case: str, codec: Codec) -> Proofs:
    """Read the bundle of one case, in which refusals of commands on it lie between its own entries."""
    note = Note.parse((bundle / "checkpoint").read_text(encoding="utf-8"))
    indexes = sorted(int(path.name.partition(".")[0]) for path in (bundle / "proofs").iterdir())
    lines = (bundle / "headers.jsonl").read_bytes().splitlines()
    (states,) = (bundle / "states").iterdir()
    contents = iter(states.read_bytes().splitlines())
    leaves: dict[int, Leaf] = {}
    refused: list[Entry] = []
    for index, line in zip(indexes, lines, strict=True):
        header = json.loads(line)
        state = next(contents) if header["state"] is not None else None
        if header["id"] == case:
            leaves[header["ver"]] = Leaf(index, leaf_hash(line).hex())
        else:
            refused.append(codec.decode(header["id"], header["ver"], header["topic"], state, header["pos"]))
    signers = tuple(f"{one.name}+{one.key_id.hex()}" for one in note.signatures)
    folders = frozenset(path.name for path in bundle.iterdir() if path.is_dir())
    return Proofs(Checkpoint.parse(note.text), signers, leaves, tuple(refused), folders)
