"""Lets programs of others look at what we make: `python peers.py FILE`, in an environment with aics-tlog and others.

Imports nothing of ours. Each peer that is installed looks at the known leaves, at every proof of every tree of the
file, at the published folder and at the notes. Prints what was looked at; a difference is an AssertionError.
"""

from __future__ import annotations

import base64
import importlib
import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any


def aics_tlog(facts: dict[str, Any]) -> None:
    """Their tree makes the same proofs, their verifier takes ours, their reader reads our tiles."""
    peer: Any = importlib.import_module("aics_tlog")

    leaves = [bytes.fromhex(leaf) for leaf in facts["leaves"]]
    tree, number = peer.MerkleTree(leaves), 0
    for size, root in enumerate(facts["roots"]):
        assert tree.root(size).hex() == root
    for index, size, proof in facts["inclusion"]:
        hashes = [bytes.fromhex(one) for one in proof]
        assert tree.inclusion_proof(index, size) == hashes
        assert peer.verify_inclusion(peer.leaf_hash(leaves[index]), index, size, hashes, tree.root(size))
        number += 1
    for old, size, proof in facts["consistency"]:
        hashes = [bytes.fromhex(one) for one in proof]
        assert tree.consistency_proof(old, size) == hashes
        assert peer.verify_consistency(old, size, tree.root(old), tree.root(size), hashes)
        number += 1
    reader, witness = peer.FileSystemTileReader(facts["published"]), peer.parse_vkey(facts["witness"])
    log, note = peer.parse_vkey(facts["log"]), peer.parse_note(Path(facts["cosigned"]).read_bytes())
    result = peer.verify_checkpoint(note, log, [witness], 1)
    assert result.ok, result
    checkpoint = peer.parse_checkpoint(note.text)
    assert peer.tree_root_from_tiles(reader, checkpoint.size) == checkpoint.root
    for file in sorted(Path(facts["published"], "checkpoints").iterdir()):
        earlier = peer.parse_note(file.read_bytes())
        assert peer.verify_note(earlier, [log])
        size = peer.parse_checkpoint(earlier.text).size
        assert peer.tree_root_from_tiles(reader, size, checkpoint.size) == peer.parse_checkpoint(earlier.text).root
    print(
        f"aics-tlog {peer.__version__}: {number} proofs, tiles and checkpoints up to {checkpoint.size}, a cosignature"
    )


def pymerkle(facts: dict[str, Any]) -> None:
    """Their tree has the same roots, and their proofs have the same hashes."""
    peer: Any = importlib.import_module("pymerkle")

    tree, number = peer.InmemoryTree(algorithm="sha256"), 0
    for leaf in facts["leaves"]:
        tree.append_entry(bytes.fromhex(leaf))
    for size, root in enumerate(facts["roots"]):
        assert tree.get_root(size).hex() == root
    for index, size, proof in facts["inclusion"]:
        theirs = tree.prove_inclusion(index + 1, size)
        assert {one.hex() for one in theirs.path} >= set(proof)
        peer.verify_inclusion(tree.get_leaf(index + 1), tree.get_root(size), theirs)
        number += 1
    print(f"pymerkle {version('pymerkle')}: {len(facts['roots'])} roots, {number} proofs")


def tlog_scales(facts: dict[str, Any]) -> None:
    """Their reader works out the roots and proofs from our tiles."""
    signing, tlog = (importlib.import_module(f"tlog_scales.{name}") for name in ("signing", "tlog"))

    number = 0
    for index, size, proof in facts["inclusion"]:
        theirs = tlog.InclusionProof(index, size, [bytes.fromhex(one) for one in proof])
        leaf = bytes.fromhex(facts["hashes"][index])
        theirs.check(leaf, bytes.fromhex(facts["roots"][size]))
        number += 1
    for old, size, proof in facts["consistency"]:
        if 0 < old < size:
            consistent = tlog.ConsistencyProof(old, size, [bytes.fromhex(one) for one in proof])
            consistent.check(bytes.fromhex(facts["roots"][old]), bytes.fromhex(facts["roots"][size]))
            number += 1
    checkpoint = tlog.Checkpoint.from_text(Path(facts["cosigned"]).read_text(encoding="utf-8"))
    checkpoint.verify(signing.Vkey.from_string(facts["log"]))
    assert base64.b64encode(checkpoint.root_hash).decode() == facts["root"]
    print(f"tlog-scales {version('tlog-scales')}: {number} proofs, a checkpoint")


PEERS = {"aics-tlog": aics_tlog, "pymerkle": pymerkle, "tlog-scales": tlog_scales}


def main() -> int:
    """Let each peer look that is installed; 1 when none is."""
    facts = json.loads(Path(sys.argv[1]).read_text())
    looked = 0
    for name, look in PEERS.items():
        try:
            look(facts)
            looked += 1
        except ModuleNotFoundError:
            print(f"{name}: not installed")
    return 0 if looked else 1


if __name__ == "__main__":
    sys.exit(main())
