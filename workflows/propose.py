"""Propose 方案: people work out a proposal or an answer."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for it; each round has a clock of its own (C-03, C-04)."""
    await desk.until_left()
