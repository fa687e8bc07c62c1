"""Webhooks, for who looks after them: endpoints, a secret once, trials, and the log of deliveries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, Response

from api.identity.rights import Permission
from api.problems import Problem
from api.webhooks.desk import Webhooks, Wish
from api.webhooks.routes import webhooks_of
from console.user_words import told
from console.web.desk import AtDesk, Desk
from console.web.problems import Page
from console.webhook_words import FATES, answered, standing
from console.words import N_, _
from ledger.webhooks.deliveries import PING, Delivery, Fate

router = APIRouter(route_class=Page)

Text = Annotated[str, Form(max_length=3000)]
Words = Annotated[list[str] | None, Form()]
Act = Callable[[Webhooks], object]
LINES = 30
SAID = {
    "changed": N_("Saved. What is recorded from now on follows it; what waits goes to the new address."),
    "enabled": N_("Enabled. It is told of what is recorded from now on; what it missed is in the feed."),
    "disabled": N_("Disabled. It is told nothing; what waits goes on waiting."),
    "pinged": N_("A trial is on its way. The log below tells what came of it."),
    "redelivered": N_("It is on its way once more, with the same id."),
}


@dataclass(frozen=True)
class Given:
    """What was typed into the form for a webhook."""

    label: str = ""
    url: str = ""
    events: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


@router.get("/webhooks", include_in_schema=False)
def everything(at: AtDesk) -> HTMLResponse:
    """The page."""
    return _page(at)


@router.post("/webhooks", include_in_schema=False)
def add(at: AtDesk, label: Text = "", url: Text = "", event: Words = None, kind: Words = None) -> Response:
    """Make one; the page that answers shows its secret, once."""
    given = Given(label, url, tuple(event or ()), tuple(kind or ()))
    try:
        made = _webhooks(at).add(label, url, given.events, given.kinds)
    except Problem as problem:
        return _page(at, problem.status, given=given, said=told(problem))
    return _one(at, made.endpoint.id, 201, secret=made.secret)


@router.get("/webhooks/{webhook}", include_in_schema=False)
def one(at: AtDesk, webhook: str, done: str = "", before: int | None = None) -> HTMLResponse:
    """One of them."""
    return _one(at, webhook, done=_(SAID[done]) if done in SAID else "", before=before)


@router.post("/webhooks/{webhook}", include_in_schema=False)
def change(
    at: AtDesk, webhook: str, label: Text = "", url: Text = "", event: Words = None, kind: Words = None
) -> Response:
    """Give it another name, another address or other filters."""
    given = Given(label, url, tuple(event or ()), tuple(kind or ()))
    try:
        _webhooks(at).change(webhook, Wish(given.label, given.url, given.events, given.kinds))
    except Problem as problem:
        return _one(at, webhook, problem.status, given=given, said=told(problem))
    return at.go(f"/webhooks/{webhook}?done=changed")


@router.post("/webhooks/{webhook}/rotate", include_in_schema=False)
def rotate(at: AtDesk, webhook: str) -> Response:
    """Make another secret; the page that answers shows it, once."""
    made = _webhooks(at).rotate(webhook)
    return _one(at, webhook, 201, secret=made.secret)


@router.post("/webhooks/{webhook}/deliveries/{number}/redeliver", include_in_schema=False)
def redeliver(at: AtDesk, webhook: str, number: int) -> Response:
    """Send it once more."""
    return _done(at, webhook, "redelivered", lambda webhooks: webhooks.redeliver(webhook, number))


@router.post("/webhooks/{webhook}/{act}", include_in_schema=False)
def enable_or_disable(at: AtDesk, webhook: str, act: str) -> Response:
    """Tell it nothing more, or again; or send a trial."""
    match act:
        case "enable":
            return _done(at, webhook, "enabled", lambda webhooks: webhooks.enable(webhook))
        case "disable":
            return _done(at, webhook, "disabled", lambda webhooks: webhooks.disable(webhook))
        case "ping":
            return _done(at, webhook, "pinged", lambda webhooks: webhooks.ping(webhook))
    return _one(at, webhook, 404)


@router.get("/webhooks/{webhook}/deliveries/{number}", include_in_schema=False)
def delivery(at: AtDesk, webhook: str, number: int) -> HTMLResponse:
    """One delivery with every try."""
    webhooks = _webhooks(at)
    found, tries = webhooks.delivery(webhook, number)
    return at.page(
        "delivery.html",
        seen=webhooks.get(webhook),
        line=_line(found),
        tries=[(one, answered(one.status, one.error)) for one in tries],
    )


def _done(at: Desk, webhook: str, done: str, act: Act) -> Response:
    try:
        act(_webhooks(at))
    except Problem as problem:
        return _one(at, webhook, problem.status, said=told(problem))
    return at.go(f"/webhooks/{webhook}?done={done}")


def _webhooks(at: Desk) -> Webhooks:
    at.need(Permission.ADMINISTER)
    return webhooks_of(at.request, at.visitor.person)


@dataclass(frozen=True)
class Line:
    """A delivery as the log shows it."""

    one: Delivery
    state: str
    tone: str
    answer: str
    case: str
    """The case that it is about, if it is about one."""


def _line(found: Delivery) -> Line:
    tone = {Fate.DELIVERED: "calm", Fate.FAILED: "late"}.get(found.state, "soon" if found.attempts else "")
    case = found.stream if found.stream.startswith("C-") else ""
    return Line(found, _(FATES[found.state]), tone, answered(found.status, found.error), case)


def _page(at: Desk, status: int = 200, /, *, given: Given | None = None, said: str = "") -> HTMLResponse:
    webhooks = _webhooks(at)
    return at.page(
        "webhooks.html",
        status,
        found=[(seen, standing(seen)) for seen in webhooks.all()],
        given=given or Given(),
        said=said,
        events=webhooks.events(),
        kinds=webhooks.kinds(),
    )


def _one(
    at: Desk,
    webhook: str,
    status: int = 200,
    /,
    *,
    given: Given | None = None,
    said: str = "",
    done: str = "",
    secret: str = "",
    before: int | None = None,
) -> HTMLResponse:
    webhooks = _webhooks(at)
    seen = webhooks.get(webhook)
    found = webhooks.deliveries(seen.endpoint.id, before=before, limit=LINES)
    endpoint = seen.endpoint
    return at.page(
        "webhook.html",
        status,
        seen=seen,
        standing=standing(seen),
        lines=[_line(one) for one in found],
        fresh=any(one.state is Fate.WAITING and not one.attempts for one in found),
        onward=found[-1].number if len(found) == LINES else None,
        given=given or Given(endpoint.label, endpoint.url, endpoint.events, endpoint.kinds),
        said=said,
        done=done,
        secret=secret,
        trial=PING,
        events=webhooks.events(),
        kinds=webhooks.kinds(),
    )
