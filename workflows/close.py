"""Close 结案: people close the case with its ending, which the customer is told in writing."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for the ending (C-05)."""
    await desk.until_left()
