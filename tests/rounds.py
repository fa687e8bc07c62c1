"""How long tests of chance go on: shortly in an ordinary run, long with `make soak`."""

from __future__ import annotations

import os

ROUNDS = int(os.environ.get("CASEFOLD_ROUNDS", "2"))
"""How often a test marked `soak` repeats its faults."""


def examples(number: int) -> int:
    """How many examples a property is tried with: so many in an ordinary run."""
    return number * max(1, ROUNDS // 2)
