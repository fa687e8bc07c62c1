"""What the routes of webhooks take and give, as OpenAPI describes it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from api.models import Answer, Body, Name, Whole
from api.webhooks.desk import LONGEST_OVERLAP, Seen
from ledger.webhooks.deliveries import Attempt, Count, Delivery
from ledger.webhooks.endpoints import Endpoint

Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
EVENTS: Any = Field([], max_length=200, description="Names of events; none: all.", examples=[["RemedyProposed"]])
KINDS: Any = Field([], max_length=50, description="Kinds of cases; none: all, and policies, calendars and departments.")


class WebhookOut(Answer):
    """An endpoint: an address that is told of entries."""

    id: str = Field(examples=["WH-0123456789ab"])
    label: str
    url: str
    events: list[str] = Field(description="Names of the events that it is told of; none: all.")
    kinds: list[str] = Field(description="Kinds of cases; none: all, and what is no case.")
    state: str = Field(description="`enabled` or `disabled`.")
    reason: str = Field(description="Why it is disabled: `by_hand`, or `gone`, when it answered 410.")
    failing_since: Instant | None = Field(description="Since when a delivery was given up, and none has arrived.")
    overlap_until: Instant | None = Field(description="Until when the secret before the last rotation signs too.")
    made_by: str
    made_at: Instant
    changed_at: Instant
    waiting: int = Field(description="Deliveries that have not arrived yet.")
    failing: int = Field(description="Of these, how many were tried in vain already.")
    failed: int = Field(description="Deliveries that were given up.")


class NewWebhookOut(WebhookOut):
    """An endpoint with a new secret."""

    secret: str = Field(description="`whsec_…`, shown this once: the receiver checks signatures with it.")


class DeliveryOut(Answer):
    """What is told to one endpoint of one entry."""

    number: int
    endpoint: str
    message: str = Field(description="The header `webhook-id`: the same at each try.")
    position: int = Field(description="Of the entry in the ledger; 0: a trial.")
    event: str
    stream: str
    state: str = Field(description="`waiting`, `delivered` or `failed`.")
    attempts: int
    status: int | None = Field(description="What the receiver answered last.")
    error: str = Field(description="Why there was no answer: `timeout`, `not_reached`, `tls_failed` …")
    made_at: Instant
    next_at: Instant | None = Field(description="When it is tried next.")
    ended_at: Instant | None


class AttemptOut(Answer):
    """One try."""

    number: int
    at: Instant
    status: int | None
    error: str
    milliseconds: int


class DeliveryWithAttemptsOut(DeliveryOut):
    """A delivery with every try."""

    tries: list[AttemptOut]


class WebhookIn(Body):
    """An endpoint to make."""

    label: Name = Field(description="What it is for.", examples=["order system"])
    url: Name = Field(
        description="Where messages go: https, to a public address.", examples=["https://example.com/hook"]
    )
    events: list[Name] = EVENTS
    kinds: list[Name] = KINDS


class WebhookChange(Body):
    """What is to be different about an endpoint; what is left out stays."""

    label: Name | None = None
    url: Name | None = None
    events: list[Name] | None = Field(None, max_length=200)
    kinds: list[Name] | None = Field(None, max_length=50)


class RotateIn(Body):
    """How a secret is exchanged."""

    overlap_hours: Whole = Field(
        24,
        description="So long the secret before signs too; 0: not at all.",
        json_schema_extra={"minimum": 0, "maximum": LONGEST_OVERLAP},
    )


def of_seen(seen: Seen) -> dict[str, Any]:
    """An endpoint with its numbers."""
    return {**of_endpoint(seen.endpoint), **vars(seen.count)}


def of_endpoint(endpoint: Endpoint, count: Count | None = None) -> dict[str, Any]:
    """An endpoint."""
    found = vars(endpoint) | vars(count or Count())
    return {name: found[name] for name in WebhookOut.model_fields}


def of_delivery(delivery: Delivery) -> dict[str, Any]:
    """A delivery."""
    return {name: getattr(delivery, name) for name in DeliveryOut.model_fields}


def of_attempt(attempt: Attempt) -> dict[str, Any]:
    """A try."""
    return dict(vars(attempt))
