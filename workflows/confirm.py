"""Confirm 确认: the customer is told the proposal and asked for their view, and reminded; the remedy is carried out."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for the customer: satisfied, the case goes on; otherwise the next round begins (C-04, C-05)."""
    await desk.once("present_proposal")
    await desk.until_left()
