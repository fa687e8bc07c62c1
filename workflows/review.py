"""Review 复盘: the customer is invited to rate us; report and improvements follow."""

from __future__ import annotations

from workflows.desk import Desk


async def run(desk: Desk) -> None:
    """The stage waits for the survey (answered or lapsed), report and improvements; then all is over (R-01…R-04)."""
    await desk.once("invite_survey")
    await desk.until_left()
