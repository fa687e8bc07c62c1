"""Receive 受理: receipt acknowledged and head told at once; people complete the record and take the case on."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits until the record is complete, the case has its type, and somebody took it on (I-02, I-06)."""
    await desk.once("acknowledge_receipt", "tell_department_head")
    await desk.until_left()
