"""The Merkle tree of RFC 6962 and RFC 9162 §2 with SHA-256: roots, inclusion and consistency proofs, their verifiers.

Hashes are 32 bytes. A proof is a list of hashes, from the leaves towards the root. Verifiers return False, never guess.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

EMPTY = hashlib.sha256(b"").digest()
"""The root of the empty tree."""

MANY = 256
"""Leaves that are added to a tree at once."""

Node = Callable[[int, int], bytes]
"""(level, index) → the hash of a complete subtree of ``2**level`` leaves: leaves are level 0."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf's data."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def paired(hashes: Iterable[bytes]) -> list[bytes]:
    """The hashes one level up; one that has no neighbour is left out."""
    it, sha256 = iter(hashes), hashlib.sha256
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(it, it, strict=False)]


def root_of_full(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    while len(hashes) > 1:
        hashes = paired(hashes)
    return hashes[0]


@dataclass
class Range:
    """A growing tree that remembers only the roots of its complete subtrees, the largest first."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes, level: int = 0) -> None:
        """Add one leaf by its hash; or, when the size allows it, the root of a complete subtree of ``2**level``."""
        hashed, size = leaf, self.size >> level
        while size & 1:
            hashed = node_hash(self.peaks.pop(), hashed)
            size >>= 1
        self.peaks.append(hashed)
        self.size += 1 << level

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaves by their hashes; where the size allows it, many at once, which is quicker."""
        hashes = list(leaves)
        place = 0
        while place < len(hashes):
            if self.size % MANY == 0 and len(hashes) - place >= MANY:
                self.append(root_of_full(hashes[place : place + MANY]), MANY.bit_length() - 1)
                place += MANY
            else:
                self.append(hashes[place])
                place += 1

    @property
    def root(self) -> bytes:
        """The root of the tree as it is now."""
        if not self.peaks:
            return EMPTY
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node_hash(peak, root)
        return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over these leaf hashes."""
    tree = Range()
    tree.extend(leaves)
    return tree.root


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """The complete subtrees over leaf hashes in memory, worked out once each."""
    known: dict[tuple[int, int], bytes] = {}

    def node(level: int, index: int) -> bytes:
        if level == 0:
            return leaves[index]
        if (level, index) not in known:
            known[level, index] = node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
        return known[level, index]

    return node


# ── Proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def subtree(node: Node, start: int, end: int) -> bytes:
    """The root over the leaves ``start`` … ``end - 1``; start is where the recursive halving of the tree puts it."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    split = start + _split(size)
    return node_hash(subtree(node, start, split), subtree(node, split, end))


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The proof that leaf ``index`` is in the tree of ``size`` leaves. Raises IndexError when it is not."""
    if not 0 <= index < size:
        raise IndexError(f"there is no leaf {index} in a tree of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            proof.append(subtree(node, split, end))
            end = split
        else:
            proof.append(subtree(node, start, split))
            start = split
    return proof[::-1]


def consistency(node: Node, old: int, new: int) -> list[bytes]:
    """The proof that the tree of ``old`` leaves is the beginning of the one of ``new``. Raises IndexError."""
    if not 0 <= old <= new:
        raise IndexError(f"a tree of {old} leaves is not the beginning of one of {new}")
    if old in (0, new):
        return []
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while old - start != end - start:
        split = start + _split(end - start)
        if old <= split:
            proof.append(subtree(node, split, end))
            end = split
        else:
            proof.append(subtree(node, start, split))
            start, whole = split, False
    if not whole:
        proof.append(subtree(node, start, end))
    return proof[::-1]


def _split(size: int) -> int:
    """The largest power of two below the size."""
    return 1 << ((size - 1).bit_length() - 1)


# ── Verifying ────────────────────────────────────────────────────────────────────────────────────────────────────────


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows that the leaf is at this index of the tree with this root (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size or any(len(one) != 32 for one in (leaf, root, *proof)):
        return False
    place, last, hashed = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            hashed = node_hash(sibling, hashed)
            if not place & 1:
                while not place & 1 and place:
                    place, last = place >> 1, last >> 1
        else:
            hashed = node_hash(hashed, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and hashed == root


def consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the old tree is the beginning of the new one (RFC 9162 §2.1.4.2)."""
    if not 0 <= old <= new or any(len(one) != 32 for one in (old_root, new_root, *proof)):
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            after = node_hash(after, one)
        place, last = place >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
