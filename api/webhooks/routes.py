"""Webhooks over HTTP: endpoints and their secrets, trials, the log of deliveries, sending once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from api.description import PREFIX, problems
from api.identity.local import whence_of
from api.models import LARGEST_NUMBER, Within
from api.parts import parts_of
from api.person import Permission, Person, needs
from api.plain import json_answer
from api.webhooks import models as m
from api.webhooks.desk import Webhooks, Wish
from ledger.webhooks.deliveries import Fate

routes = APIRouter(
    prefix=f"{PREFIX}/webhooks", tags=["webhooks"], responses=problems(400, 401, 403, 404, 409, 422, 500, 503)
)
Administrator = Annotated[Person, needs(Permission.ADMINISTER)]
WebhookId = Annotated[str, Path(description="Id of the webhook.", max_length=100, examples=["WH-0123456789ab"])]
Number = Annotated[int, Within(1, LARGEST_NUMBER), Path(description="Number of the delivery.", examples=[1])]


def webhooks_of(request: Request, person: Person) -> Webhooks:
    """The webhooks of the application that a request came to, in the name of who looks after them."""
    return Webhooks(parts_of(request).house, person.actor.id, whence_of(request))


@routes.get("", operation_id="list_webhooks", summary="All webhooks", response_model=list[m.WebhookOut])
def list_webhooks(request: Request, asks: Administrator) -> Response:
    """The endpoints that are told of entries, and how their deliveries stand."""
    return json_answer([m.of_seen(seen) for seen in webhooks_of(request, asks).all()])


@routes.post("", operation_id="add_webhook", summary="Make a webhook", status_code=201, response_model=m.NewWebhookOut)
def add_webhook(request: Request, asks: Administrator, body: m.WebhookIn) -> Response:
    """Make an endpoint. Its secret is in this answer and nowhere else. It is told of what is recorded from now on."""
    made = webhooks_of(request, asks).add(body.label, body.url, body.events, body.kinds)
    return json_answer({**m.of_endpoint(made.endpoint), "secret": made.secret}, 201)


@routes.get("/{webhook}", operation_id="get_webhook", summary="A webhook", response_model=m.WebhookOut)
def get_webhook(request: Request, asks: Administrator, webhook: WebhookId) -> Response:
    """One endpoint, and how its deliveries stand."""
    return json_answer(m.of_seen(webhooks_of(request, asks).get(webhook)))


@routes.patch("/{webhook}", operation_id="change_webhook", summary="Change a webhook", response_model=m.WebhookOut)
def change_webhook(request: Request, asks: Administrator, webhook: WebhookId, body: m.WebhookChange) -> Response:
    """Give it another name, another address or other filters; what waits goes to the new address."""
    events, kinds = (None if words is None else tuple(words) for words in (body.events, body.kinds))
    webhooks = webhooks_of(request, asks)
    webhooks.change(webhook, Wish(body.label, body.url, events, kinds))
    return json_answer(m.of_seen(webhooks.get(webhook)))


@routes.post(
    "/{webhook}/enable", operation_id="enable_webhook", summary="Enable a webhook", response_model=m.WebhookOut
)
def enable_webhook(request: Request, asks: Administrator, webhook: WebhookId) -> Response:
    """Tell it again: of what waits for it, and of what is recorded from now on."""
    webhooks = webhooks_of(request, asks)
    webhooks.enable(webhook)
    return json_answer(m.of_seen(webhooks.get(webhook)))


@routes.post(
    "/{webhook}/disable", operation_id="disable_webhook", summary="Disable a webhook", response_model=m.WebhookOut
)
def disable_webhook(request: Request, asks: Administrator, webhook: WebhookId) -> Response:
    """Tell it nothing until it is enabled again; what waits goes on waiting."""
    webhooks = webhooks_of(request, asks)
    webhooks.disable(webhook)
    return json_answer(m.of_seen(webhooks.get(webhook)))


@routes.post(
    "/{webhook}/rotate", operation_id="rotate_webhook", summary="Exchange the secret", response_model=m.NewWebhookOut
)
def rotate_webhook(request: Request, asks: Administrator, webhook: WebhookId, body: m.RotateIn) -> Response:
    """Make another secret, shown in this answer only. For a while the one before signs too."""
    webhooks = webhooks_of(request, asks)
    made = webhooks.rotate(webhook, body.overlap_hours)
    return json_answer({**m.of_seen(webhooks.get(webhook)), "secret": made.secret})


@routes.post(
    "/{webhook}/ping",
    operation_id="ping_webhook",
    summary="Try a webhook out",
    status_code=202,
    response_model=m.DeliveryOut,
)
def ping_webhook(request: Request, asks: Administrator, webhook: WebhookId) -> Response:
    """Send a trial, which stands for no entry. Look at the delivery for what came of it."""
    return json_answer(m.of_delivery(webhooks_of(request, asks).ping(webhook)), 202)


@routes.get(
    "/{webhook}/deliveries",
    operation_id="list_deliveries",
    summary="The log of deliveries",
    response_model=list[m.DeliveryOut],
)
def list_deliveries(
    request: Request,
    asks: Administrator,
    webhook: WebhookId,
    state: Annotated[Fate | SkipJsonSchema[None], Query(description="Only those that stand so.")] = None,
    before: Annotated[
        Annotated[int, Within(1, LARGEST_NUMBER)] | SkipJsonSchema[None],
        Query(description="Only those with a smaller number: the next page."),
    ] = None,
    limit: Annotated[int, Within(1, 500), Query(description="At most so many.")] = 50,
) -> Response:
    """What was, or is to be, delivered there, the newest first."""
    found = webhooks_of(request, asks).deliveries(webhook, state=state, before=before, limit=limit)
    return json_answer([m.of_delivery(one) for one in found])


@routes.get(
    "/{webhook}/deliveries/{number}",
    operation_id="get_delivery",
    summary="A delivery",
    response_model=m.DeliveryWithAttemptsOut,
)
def get_delivery(request: Request, asks: Administrator, webhook: WebhookId, number: Number) -> Response:
    """One delivery with every try: what was answered, and how long it took."""
    found, attempts = webhooks_of(request, asks).delivery(webhook, number)
    return json_answer({**m.of_delivery(found), "tries": [m.of_attempt(one) for one in attempts]})


@routes.post(
    "/{webhook}/deliveries/{number}/redeliver",
    operation_id="redeliver",
    summary="Deliver once more",
    status_code=202,
    response_model=m.DeliveryOut,
)
def redeliver(request: Request, asks: Administrator, webhook: WebhookId, number: Number) -> Response:
    """Send it once more, with the id that it had: whoever has seen it takes it for seen."""
    return json_answer(m.of_delivery(webhooks_of(request, asks).redeliver(webhook, number)), 202)
