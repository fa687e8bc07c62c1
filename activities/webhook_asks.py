"""What the workflow of an endpoint asks of its activities: ids and numbers, never what is delivered."""

from __future__ import annotations

from dataclasses import dataclass

DUE_DELIVERIES = "due_deliveries"
DELIVER = "deliver"
"""The names under which activities are registered; a name in a running workflow's history is for ever."""


@dataclass(frozen=True)
class Look:
    """Which deliveries of an endpoint are due, besides those that are under way?"""

    endpoint: str
    under_way: list[int]
    limit: int


@dataclass(frozen=True)
class Due:
    """The deliveries that are due."""

    enabled: bool
    """Whether the endpoint is to be told anything at all."""
    numbers: list[int]
    next_in: float | None
    """In how many seconds another one will be due; None: nothing else waits."""


@dataclass(frozen=True)
class Delivering:
    """One delivery to be tried once."""

    endpoint: str
    number: int
