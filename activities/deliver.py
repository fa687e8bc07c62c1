"""Delivers webhooks: one POST for each try, signed, to the address that was looked at; and writes down what came of it.

A worker that dies after the POST leaves no trace of it, so the receiver gets the message once more, with the same id.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import httpx
import structlog
from psycopg import Connection
from standardwebhooks.webhooks import Webhook
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.codes import code_of
from activities.webhook_asks import DELIVER, DUE_DELIVERIES, Delivering, Due, Look
from ledger.canonical import instant
from ledger.errors import LedgerError, LedgerUnavailable
from ledger.store import Ledger
from ledger.webhooks import deliveries, endpoints, message, signing
from ledger.webhooks.addresses import AddressRefused, Allowed, Target
from ledger.webhooks.deliveries import PING, Delivery, Fate, Outcome

T = TypeVar("T")

TIMEOUT = 12.0
"""Seconds that a receiver has for its answer: let it put the message aside, and work later."""
SCHEDULE = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
"""Seconds before the second try, the third, …, as Standard Webhooks suggests: given up after three days."""
JITTER = 0.1
"""Pauses are longer by up to this part, so that what failed at once does not come back at once."""
LONGEST_WISH = timedelta(days=1)
"""How long a pause a receiver may wish for."""
SIGN_OF_LIFE = 1.0
ADDRESSES_TRIED = 3
AGENT = "casefold-webhooks/1"
SKIPPED = "skipped"
"""What becomes of a delivery that nobody waits for any more."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Manner:
    """How it is delivered."""

    source: str = "/casefold"
    """Who speaks, as CloudEvents has it."""
    schedule: Sequence[float] = SCHEDULE
    timeout: float = TIMEOUT
    allowed: Allowed = field(default_factory=Allowed)


@dataclass(frozen=True)
class Parcel:
    """A message that is ready to be sent."""

    id: str
    url: str
    body: bytes
    secrets: Sequence[str]

    def headers(self, now: datetime) -> dict[str, str]:
        """As Standard Webhooks has them: signed by each secret that counts at this moment."""
        text = self.body.decode()
        return {
            "Content-Type": "application/cloudevents+json; charset=utf-8",
            "User-Agent": AGENT,
            "webhook-id": self.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(Webhook(secret).sign(self.id, now, text) for secret in self.secrets),
        }


class EntryGone(Exception):
    """The entry that a message is about is not in the ledger any more: an older backup was put back."""


class Deliver:
    """What `workflows.webhook` asks for."""

    def __init__(self, ledger: Ledger, manner: Manner | None = None) -> None:
        self.ledger = ledger
        self.manner = manner or Manner()

    @activity.defn(name=DUE_DELIVERIES)
    async def due(self, look: Look) -> Due:
        """Which deliveries are due, and when others will be."""

        def work(connection: Connection[Any]) -> Due:
            endpoint = endpoints.find(connection, look.endpoint)
            if endpoint is None or not endpoint.enabled:
                return Due(False, [], None)
            numbers, next_in = deliveries.due(connection, look.endpoint, look.under_way, look.limit)
            return Due(True, numbers, next_in)

        return await _in_codes(lambda: self.ledger.reading(work))

    @activity.defn(name=DELIVER)
    async def deliver(self, what: Delivering) -> str:
        """Try a delivery once; what has become of it."""
        async with _signs_of_life():
            delivery = await _in_codes(lambda: self._waiting(what))
            if delivery is None:
                return SKIPPED
            outcome = await self._try(delivery)
            fate = await _in_codes(lambda: self._note(delivery, outcome))
        log.info("webhook", delivery=delivery.number, status=outcome.status, error=outcome.error, outcome=str(fate))
        return str(fate)

    # ── One try ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _waiting(self, what: Delivering) -> Delivery | None:
        """The delivery, if it is still to be made."""

        def work(connection: Connection[Any]) -> Delivery | None:
            endpoint, found = endpoints.find(connection, what.endpoint), deliveries.find(connection, what.number)
            wanted = endpoint is not None and endpoint.enabled and found is not None and found.state is Fate.WAITING
            return found if wanted else None

        return self.ledger.reading(work)

    async def _try(self, delivery: Delivery) -> Outcome:
        """What comes of it. One that cannot even be made has failed like any other: it must not hold up the rest."""
        try:
            parcel = await asyncio.to_thread(self._parcel, delivery)
            target = await asyncio.to_thread(self.manner.allowed.target, parcel.url)
        except LedgerUnavailable as error:
            raise ApplicationError(code_of(error), type=code_of(error)) from None
        except AddressRefused as refused:
            return Outcome(error=refused.code)
        except EntryGone:
            return Outcome(error="entry_gone")
        except LedgerError as error:
            log.error("webhook_cannot_be_made", delivery=delivery.number, error=type(error).__name__)
            return Outcome(error="cannot_be_made")
        return await post(parcel, target, self.manner.timeout)

    def _parcel(self, delivery: Delivery) -> Parcel:
        endpoint = self.ledger.reading(lambda connection: endpoints.find(connection, delivery.endpoint))
        assert endpoint is not None
        secrets = signing.in_use(self.ledger, endpoint, datetime.now(UTC))
        return Parcel(delivery.message, endpoint.url, self._body(delivery), secrets)

    def _body(self, delivery: Delivery) -> bytes:
        source = self.manner.source
        if delivery.event == PING:
            return message.ping(delivery.message, source, delivery.endpoint, instant(delivery.made_at))
        entry = next(iter(self.ledger.read(delivery.position - 1, 1)), None)
        if entry is None or message.id_of(entry) != delivery.message:
            raise EntryGone
        return message.body_of(self.ledger, entry, source)

    # ── What comes of it ─────────────────────────────────────────────────────────────────────────────────────────────

    def _note(self, tried: Delivery, outcome: Outcome) -> Fate:
        """Write down the try, once; whoever was quicker has written it down already."""

        def work(connection: Connection[Any]) -> Fate:
            with connection.transaction():
                now = deliveries.find(connection, tried.number, locked=True)
                if now is None or now.attempts != tried.attempts:
                    return Fate.WAITING if now is None else now.state
                if outcome.gone:
                    endpoints.disable(connection, tried.endpoint, endpoints.GONE)
                return deliveries.note(connection, now, outcome, self._pause(now, outcome))

        return self.ledger.reading(work)

    def _pause(self, delivery: Delivery, outcome: Outcome) -> timedelta | None:
        """How long it is left alone before the next try; None: it is given up."""
        if outcome.gone or delivery.tries >= len(self.manner.schedule):
            return None
        usual = timedelta(seconds=self.manner.schedule[delivery.tries] * (1 + random.random() * JITTER))
        return max(usual, min(outcome.retry_after or usual, LONGEST_WISH))


async def post(parcel: Parcel, target: Target, timeout: float) -> Outcome:
    """Send it to one of the addresses that were looked at, and to nowhere else; redirections are not followed."""
    began = time.monotonic()
    error = "not_reached"
    answered: httpx.Response | None = None
    try:
        async with asyncio.timeout(timeout):
            for address in target.addresses[:ADDRESSES_TRIED]:
                try:
                    answered = await _post_to(address, parcel, target, timeout)
                    break
                except httpx.ConnectError as failure:
                    error = "tls_failed" if _of_tls(failure) else "not_reached"
    except (TimeoutError, httpx.TimeoutException):
        error = "timeout"
    except (httpx.HTTPError, httpx.InvalidURL):
        error = "broken_off"
    took = round((time.monotonic() - began) * 1000)
    if answered is None:
        return Outcome(error=error, milliseconds=took)
    wish = _wish(answered.headers.get("retry-after", "")) if answered.status_code in (429, 503) else None
    return Outcome(status=answered.status_code, milliseconds=took, retry_after=wish)


async def _post_to(address: str, parcel: Parcel, target: Target, timeout: float) -> httpx.Response:
    """The connection goes to this address, certificate and Host are the name's; the body of the answer is not read."""
    named = httpx.URL(target.url)
    client = httpx.AsyncClient(verify=_certificates(), trust_env=False, follow_redirects=False, timeout=timeout)
    headers = {**parcel.headers(datetime.now(UTC)), "Host": named.netloc.decode("ascii"), "Connection": "close"}
    async with (
        client,
        client.stream(
            "POST",
            named.copy_with(host=address),
            content=parcel.body,
            headers=headers,
            extensions={"sni_hostname": target.host},
        ) as answer,
    ):
        return answer


@cache
def _certificates() -> ssl.SSLContext:
    """Which authorities are believed; SSL_CERT_FILE names others. Made once, since it takes a while."""
    return httpx.create_ssl_context()


def _of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _wish(header: str) -> timedelta | None:
    return timedelta(seconds=int(header)) if re.fullmatch(r"[0-9]{1,6}", header.strip()) else None


@asynccontextmanager
async def _signs_of_life() -> AsyncIterator[None]:
    """Tell Temporal now and then that somebody is at work: of one that is silent, it gives the work to another."""

    async def tell() -> None:
        while True:
            activity.heartbeat()
            await asyncio.sleep(SIGN_OF_LIFE)

    telling = asyncio.create_task(tell())
    try:
        yield
    finally:
        telling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await telling


async def _in_codes(work: Callable[[], T]) -> T:
    """Do it in a thread; let nothing out of an activity but a code (see `activities.codes`)."""
    try:
        return await asyncio.to_thread(work)
    except Exception as error:
        code = code_of(error)
        if not isinstance(error, LedgerUnavailable):
            log.exception("activity_failed", code=code)
        raise ApplicationError(code, type=code) from None
