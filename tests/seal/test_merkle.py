"""The tree of RFC 6962: known roots, every proof of every tree up to 139 leaves, proofs that somebody has touched."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from ledger.seal.merkle import (
    EMPTY,
    Range,
    consistency,
    consistent,
    included,
    inclusion,
    leaf_hash,
    node_hash,
    nodes_of,
    root_of,
)

SAMPLES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
"""The leaves of RFC 6962's own tests, and the roots of the trees over the first n of them."""
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
LARGEST = 139
LEAVES = [leaf_hash(number.to_bytes(2)) for number in range(LARGEST)]


@pytest.mark.parametrize("size", range(9))
def test_the_known_roots(size: int) -> None:
    assert root_of(map(leaf_hash, SAMPLES[:size])).hex() == ROOTS[size]


@pytest.mark.requirement("L-03")
def test_every_proof_of_every_tree_holds() -> None:
    roots = [root_of(LEAVES[:size]) for size in range(LARGEST + 1)]
    node = nodes_of(LEAVES)
    for size in range(1, LARGEST + 1):
        for index in range(size):
            assert included(LEAVES[index], index, size, inclusion(node, index, size), roots[size])
        for old in range(size + 1):
            assert consistent(old, size, roots[old], roots[size], consistency(node, old, size))


def test_a_tree_that_grows_by_whole_subtrees_has_the_same_roots() -> None:
    node = nodes_of(LEAVES)
    tree = Range()
    for index in range(128 // 8):
        tree.append(node(3, index), 3)
        assert tree.root == root_of(LEAVES[: 8 * (index + 1)])
    tree.extend(LEAVES[128:])
    assert (tree.size, tree.root) == (LARGEST, root_of(LEAVES))


def test_what_is_not_in_a_tree_has_no_proof() -> None:
    node = nodes_of(LEAVES)
    for index, size in ((0, 0), (5, 5), (-1, 5)):
        with pytest.raises(IndexError):
            inclusion(node, index, size)
    for old, new in ((5, 4), (-1, 4)):
        with pytest.raises(IndexError):
            consistency(node, old, new)


# ── Somebody touches proofs ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Inclusion:
    """What somebody claims."""

    leaf: bytes
    index: int
    size: int
    root: bytes
    proof: tuple[bytes, ...]

    @property
    def holds(self) -> bool:
        return included(self.leaf, self.index, self.size, self.proof, self.root)

    @property
    def way(self) -> str:
        """From the leaf to the root: whether each hash of the proof is to the left or to the right."""
        if not 0 <= self.index < self.size:
            return "none"
        way, start, end = "", 0, self.size
        while end - start > 1:
            middle = start + (1 << ((end - start - 1).bit_length() - 1))
            left = self.index < middle
            way, start, end = ("r" if left else "l") + way, *((start, middle) if left else (middle, end))
        return way


def other_sizes(size: int) -> set[int]:
    return {size - 1, size + 1, size ^ 2, size * 2, size // 2, 0, -size} - {size}


def flipped(proof: tuple[bytes, ...], chance: random.Random) -> Iterator[tuple[bytes, ...]]:
    """One bit of each hash; hashes left out, doubled, swapped, cut short, added."""
    for place, one in enumerate(proof):
        bit = chance.randrange(256)
        changed = bytes([*one[: bit // 8], one[bit // 8] ^ 1 << bit % 8, *one[bit // 8 + 1 :]])
        yield (*proof[:place], changed, *proof[place + 1 :])
        yield (*proof[:place], one[:-1], *proof[place + 1 :])
        yield (*proof[:place], one + b"\0", *proof[place + 1 :])
        yield (*proof[:place], *proof[place + 1 :])
        yield (*proof[:place], one, *proof[place:])
        if place and proof[place - 1] != one:
            yield (*proof[: place - 1], one, proof[place - 1], *proof[place + 1 :])
    for garbage in (b"", EMPTY, chance.randbytes(32)):
        yield (garbage, *proof)
        yield (*proof, garbage)
    if proof:
        yield ()


def touched_inclusions(good: Inclusion, chance: random.Random) -> Iterator[Inclusion]:
    for proof in flipped(good.proof, chance):
        yield replace(good, proof=proof)
    for root in (EMPTY, b"", chance.randbytes(32), good.leaf if good.leaf != good.root else b""):
        yield replace(good, root=root)
    for leaf in (b"", EMPTY, chance.randbytes(32), node_hash(good.leaf, good.leaf)):
        yield replace(good, leaf=leaf)
    for index in {good.index - 1, good.index + 1, good.index ^ 2, -1, good.size}:
        yield replace(good, index=index)
    yield replace(good, proof=(*good.proof, good.root))
    yield replace(good, proof=(good.leaf, *good.proof))


@pytest.mark.requirement("L-03")
def test_no_inclusion_proof_that_was_touched_is_accepted() -> None:
    chance, node = random.Random(1), nodes_of(LEAVES)
    for size in (*range(1, 20), 31, 32, 33, 64, 100, LARGEST):
        root = root_of(LEAVES[:size])
        for index in range(size):
            good = Inclusion(LEAVES[index], index, size, root, tuple(inclusion(node, index, size)))
            assert good.holds
            for touched in touched_inclusions(good, chance):
                assert not touched.holds, touched
            for other in other_sizes(size):
                # A proof does not say how large the tree is, only the way from leaf to root: the checkpoint says it.
                claimed = replace(good, size=other)
                assert claimed.holds == (claimed.way == good.way)
                if 0 <= index < other <= LARGEST and root_of(LEAVES[:other]) != root:
                    assert not replace(claimed, root=root_of(LEAVES[:other])).holds


@pytest.mark.requirement("L-03")
def test_no_consistency_proof_that_was_touched_is_accepted() -> None:
    chance, node = random.Random(1), nodes_of(LEAVES)
    roots = [root_of(LEAVES[:size]) for size in range(LARGEST + 1)]
    for new in (*range(1, 20), 31, 32, 33, 64, LARGEST):
        for old in range(1, new + 1):
            proof = tuple(consistency(node, old, new))
            for touched in flipped(proof, chance):
                assert not consistent(old, new, roots[old], roots[new], touched)
            for wrong in (EMPTY, b"", chance.randbytes(32)):
                assert not consistent(old, new, wrong, roots[new], proof)
                assert not consistent(old, new, roots[old], wrong, proof)
            if old < new:
                assert not consistent(old, new, roots[new], roots[old], proof)
            for other in other_sizes(old) & set(range(LARGEST)):
                holds = other <= new and tuple(consistency(node, other, new)) == proof  # of the empty and the same tree
                assert consistent(other, new, roots[other], roots[new], proof) == holds
            for other in other_sizes(new) & set(range(LARGEST)):
                holds = old <= other and tuple(consistency(node, old, other)) == proof
                assert consistent(old, other, roots[old], roots[other], proof) == holds
    assert consistent(0, 5, EMPTY, roots[5], [])
    assert not consistent(0, 5, roots[5], roots[5], [])
    assert not consistent(0, 5, EMPTY, roots[5], [EMPTY])
    assert not consistent(6, 5, roots[6], roots[5], [])
    assert not consistent(-1, 5, EMPTY, roots[5], [])
