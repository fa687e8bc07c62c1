"""Close 结案: the written result is asked for; people close the case with its ending."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for the ending (C-05, C-07)."""
    await desk.once("request_written_result")
    await desk.until_left()
