"""How the processes of `casefold worker` run: settings that only they read."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PARTS = ("worker", "relay", "projector", "fanout", "sealer", "webhooks")
"""What `casefold worker` runs, each by itself or all in one process."""
BEHIND = tuple(part for part in PARTS if part != "projector")
"""What steps back while people keep the processor busy. Not the projector: people look at its lists."""


class Options(BaseSettings):
    """Every one has a default that suits the embedded stack."""

    model_config = SettingsConfigDict(
        frozen=True, env_ignore_empty=True, populate_by_name=True, env_prefix="CASEFOLD_", extra="ignore"
    )

    outbox: Path | None = Field(default=None, alias="CASEFOLD_OUTBOX")
    """Where notices are written; the folder ``outbox`` of the home when nothing is said."""
    sandbox: bool = Field(default=False, alias="CASEFOLD_SANDBOX")
    """Run workflows in the SDK's sandbox, which finds what would not replay and costs a third of the worker's time."""
    release: str = Field(default="", alias="CASEFOLD_RELEASE", pattern=r"^[\w.+-]{0,100}$")
    """When given, the worker is versioned: cases stay on the release they began on and move when they start afresh."""
    workflow_tasks: int = Field(default=16, alias="CASEFOLD_WORKFLOW_TASKS", ge=2, le=100)
    sticky_seconds: float = Field(default=30.0, alias="CASEFOLD_STICKY_SECONDS", ge=1)
    """How long a case waits for the worker that has it in memory before another may take it, which reads its history.

    Shorter, and a case whose worker was killed is looked after sooner; but when hundreds of deadlines pass at the same
    instant, cases that wait longer than this are given out twice, and everyone waits much longer (docs/decisions/0018).
    """
    activities: int = Field(default=20, alias="CASEFOLD_ACTIVITIES", ge=2, le=200)
    in_flight: int = Field(default=16, alias="CASEFOLD_RELAY_IN_FLIGHT", ge=1, le=200)
    """How many signals the relay has on their way at once."""
    fanout_per_second: float = Field(default=200.0, alias="CASEFOLD_FANOUT_PER_SECOND", gt=0)
    """How many cases a second are asked to do what concerns many, such as counting deadlines anew on a new calendar."""
    sweep_seconds: float = Field(default=60.0, alias="CASEFOLD_SWEEP_SECONDS", gt=0)
    """How often open cases are held against running workflows."""
    watch_seconds: float = Field(default=30.0, alias="CASEFOLD_WATCH_SECONDS", gt=0)
    """How often it is looked after cases of people who are away; a leave that is over ends at its own instant."""
    patience: float = Field(default=3.0, alias="CASEFOLD_LEDGER_PATIENCE", gt=0)
    """Seconds that an activity waits for a ledger that is away, before Temporal repeats it."""
    grace_seconds: float = Field(default=7.0, alias="CASEFOLD_GRACE_SECONDS", ge=0)
    """How long activities may go on when the process is asked to stop; what is cut off runs again elsewhere."""
    webhook_source: str = Field(default="/casefold", alias="CASEFOLD_WEBHOOK_SOURCE", pattern=r"^[!-~]{1,200}$")
    """Who speaks, in the messages that go to other programs: a URI of yours."""
    webhook_pauses: str = Field(
        default="5,300,1800,7200,18000,36000,50400,72000,86400",
        alias="CASEFOLD_WEBHOOK_PAUSES",
        pattern=r"^[0-9]+(\.[0-9]+)?(,[0-9]+(\.[0-9]+)?)*$",
    )
    """Seconds before the second try of a delivery, the third, and so on; after the last one it is given up."""
    webhook_timeout: float = Field(default=12.0, alias="CASEFOLD_WEBHOOK_TIMEOUT", gt=0, le=40)
    """Seconds that a receiver has for its answer."""
    webhook_keep_days: float = Field(default=30.0, alias="CASEFOLD_WEBHOOK_KEEP_DAYS", gt=0)
    """How long it is kept what was delivered, and with which tries."""

    @property
    def webhook_schedule(self) -> tuple[float, ...]:
        """The pauses as numbers."""
        return tuple(float(pause) for pause in self.webhook_pauses.split(","))
