"""The tree of RFC 9162 §2.1 a second time, word for word from its text, without any line of ours: the tests' oracle.

It hashes whole lists again and again, and is as slow as the definitions are.
"""

# ruff: noqa: N802, N803  (the RFC's own names)

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def MTH(D: Sequence[bytes]) -> bytes:
    """§2.1.1: the Merkle Tree Hash of a list of data entries."""
    n = len(D)
    if n == 0:
        return hashlib.sha256(b"").digest()
    if n == 1:
        return hashlib.sha256(b"\x00" + D[0]).digest()
    k = smaller_power_of_two(n)
    return hashlib.sha256(b"\x01" + MTH(D[0:k]) + MTH(D[k:n])).digest()


def PATH(m: int, D: Sequence[bytes]) -> list[bytes]:
    """§2.1.3.1: the inclusion proof of the (m+1)-th entry."""
    n = len(D)
    if n == 1:
        return []
    k = smaller_power_of_two(n)
    if m < k:
        return [*PATH(m, D[0:k]), MTH(D[k:n])]
    return [*PATH(m - k, D[k:n]), MTH(D[0:k])]


def PROOF(m: int, D: Sequence[bytes]) -> list[bytes]:
    """§2.1.4.1: the consistency proof of the first m entries."""
    return SUBPROOF(m, D, True)


def SUBPROOF(m: int, D: Sequence[bytes], b: bool) -> list[bytes]:
    """§2.1.4.1: the same of a part of the tree; b says whether it was the whole tree of m entries."""
    n = len(D)
    if m == n:
        return [] if b else [MTH(D)]
    k = smaller_power_of_two(n)
    if m <= k:
        return [*SUBPROOF(m, D[0:k], b), MTH(D[k:n])]
    return [*SUBPROOF(m - k, D[k:n], False), MTH(D[0:k])]


def smaller_power_of_two(n: int) -> int:
    """The largest power of two smaller than n."""
    k = 1
    while k * 2 < n:
        k = k * 2
    return k
