"""Investigate 调查: people look into the case; what *receive* still owes to customer and department head is done."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for findings, answers and decisions; their clocks are kept meanwhile (H-10, H-11)."""
    await desk.once("acknowledge_receipt", "tell_department_head")
    await desk.until_left()
