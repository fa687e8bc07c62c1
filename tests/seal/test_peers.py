"""Trees, proofs, tiles and notes as the RFC's own text and programs of others have them.

Programs of others look only where CASEFOLD_PEERS names a Python that has some (see peers.py); the oracle always does.
"""

from __future__ import annotations

import json
import os
import subprocess
from functools import lru_cache
from pathlib import Path

import pytest

from ledger.seal.folder import witness_file
from ledger.seal.merkle import consistency, inclusion, leaf_hash, nodes_of, root_of
from ledger.seal.note import COSIGNATURE, Checkpoint, Signer
from ledger.seal.witness import Witness
from tests.seal import oracle
from tests.seal.conftest import SIGNER, SIZE, House

LARGEST = 139
DATA = [number.to_bytes(2) for number in range(LARGEST)]
LEAVES = [leaf_hash(data) for data in DATA]


@pytest.mark.requirement("L-03")
def test_roots_and_every_proof_of_every_tree_are_those_of_the_rfc_s_own_definitions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(oracle, "MTH", lru_cache(None)(oracle.MTH))  # the same lists again and again
    node = nodes_of(LEAVES)
    for size in range(LARGEST + 1):
        tree = tuple(DATA[:size])
        assert root_of(LEAVES[:size]) == oracle.MTH(tree)
        for index in range(size):
            assert inclusion(node, index, size) == oracle.PATH(index, tree)
        for old in range(1, size + 1):
            assert consistency(node, old, size) == oracle.PROOF(old, tree)


@pytest.mark.requirement("L-03")
@pytest.mark.soak
def test_programs_of_others_come_to_the_same(sealed: House, tmp_path: Path) -> None:
    python = os.environ.get("CASEFOLD_PEERS")
    if not python:
        pytest.skip("CASEFOLD_PEERS names no Python with aics-tlog, tlog-scales or pymerkle")
    witness = Signer.of_seed("witness.example/a", b"\2" * 32, COSIGNATURE)
    done = Witness(witness, tmp_path / "state.json").look(SIGNER.verifier, sealed.folder.read)
    sealed.folder.replace({witness_file(witness.name, SIZE): done.note.encode()})
    node = nodes_of(LEAVES)
    sizes = range(1, LARGEST + 1)
    facts = {
        "leaves": [data.hex() for data in DATA],
        "hashes": [leaf.hex() for leaf in LEAVES],
        "roots": [root_of(LEAVES[:size]).hex() for size in range(LARGEST + 1)],
        "inclusion": [(i, n, [one.hex() for one in inclusion(node, i, n)]) for n in sizes for i in range(n)],
        "consistency": [(m, n, [one.hex() for one in consistency(node, m, n)]) for n in sizes for m in range(n + 1)],
        "published": str(sealed.folder.path),
        "cosigned": str(sealed.folder.path / witness_file(witness.name, SIZE)),
        "log": str(SIGNER.verifier),
        "witness": str(witness.verifier),
        "root": Checkpoint.parse(done.note.partition("\n\n")[0] + "\n").text.split("\n")[2],
    }
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    script = str(Path(__file__).with_name("peers.py"))
    looked = subprocess.run([python, script, str(tmp_path / "facts.json")], capture_output=True, text=True, check=False)
    print(looked.stdout)
    assert looked.returncode == 0, looked.stdout + looked.stderr
