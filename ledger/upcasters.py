"""How entries written by older code become today's events; only ever added to.

A new field with a default needs nothing here. Anything else raises the event's `class_version` and adds a pure function
on plain values (no clock, no input or output) that makes version n+1 out of version n. A renamed event keeps its old
name in `RENAMED`; names are never used again for something else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTERS: Mapping[tuple[str, int], Upcaster] = {}
"""(name in the ledger, n) → the data of version n as the data of version n+1."""

RENAMED: Mapping[str, str] = {}
"""Name in the ledger → today's name."""
