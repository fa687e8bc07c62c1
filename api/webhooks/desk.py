"""Looking after webhooks: making, changing, disabling, trying out; each with its line in the log of sign-ins."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from api.house import House
from api.identity import log
from api.identity.log import Occasion, Whence
from api.identity.storage import Storage, Transaction
from api.webhooks.problems import problem
from ledger.webhooks import deliveries, endpoints, message, signing
from ledger.webhooks.addresses import AddressRefused
from ledger.webhooks.deliveries import PING, Attempt, Count, Delivery, Fate, Wanted
from ledger.webhooks.endpoints import BY_HAND, Endpoint

T = TypeVar("T")

LONGEST_LABEL = 100
LARGEST_NUMBER = 2**63 - 1
LONGEST_OVERLAP = 24 * 14
"""Hours that two secrets may sign together."""


@dataclass(frozen=True)
class Wish:
    """What an endpoint is to be; None leaves it as it is."""

    label: str | None = None
    url: str | None = None
    events: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Seen:
    """An endpoint, and how its deliveries stand."""

    endpoint: Endpoint
    count: Count = field(default_factory=Count)


@dataclass(frozen=True)
class NewSecret:
    """An endpoint with a secret just made: the only time that it is seen."""

    endpoint: Endpoint
    secret: str


class Webhooks:
    """For who looks after webhooks; ``by`` is their id, for the log. Raises problems. It waits for the database."""

    def __init__(self, house: House, by: str, whence: Whence) -> None:
        self._house = house
        self._storage = Storage(house.ledger)
        self.by = by
        self._whence = whence

    # ── Looking ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def all(self) -> list[Seen]:
        """Every endpoint, the oldest first."""

        def work(transaction: Transaction) -> list[Seen]:
            counts = deliveries.counts(transaction.connection)
            return [Seen(one, counts.get(one.id, Count())) for one in endpoints.all_of(transaction.connection)]

        return self._storage.run(work)

    def get(self, endpoint: str) -> Seen:
        """One of them."""

        def work(transaction: Transaction) -> Seen:
            found = _found(transaction, endpoint)
            return Seen(found, deliveries.counts(transaction.connection).get(found.id, Count()))

        return self._storage.run(work)

    def deliveries(
        self, endpoint: str, *, state: Fate | None = None, before: int | None = None, limit: int = 50
    ) -> list[Delivery]:
        """What was, or is to be, delivered there, the newest first."""

        def work(transaction: Transaction) -> list[Delivery]:
            found = _found(transaction, endpoint)
            last = None if before is None else min(before, LARGEST_NUMBER)
            return deliveries.newest(transaction.connection, found.id, state=state, before=last, limit=limit)

        return self._storage.run(work)

    def delivery(self, endpoint: str, number: int) -> tuple[Delivery, list[Attempt]]:
        """One delivery with every try."""

        def work(transaction: Transaction) -> tuple[Delivery, list[Attempt]]:
            found = _delivery(transaction, _found(transaction, endpoint), number)
            return found, deliveries.attempts_of(transaction.connection, number)

        return self._storage.run(work)

    def events(self) -> list[str]:
        """The names of all events of which a webhook may be told."""
        return message.events(self._house.ledger)

    def kinds(self) -> list[str]:
        """The kinds of cases."""
        streams = self._house.ledger.streams("policy")
        return sorted({*self._house.sheets, *(stream.partition(":")[2] for stream in streams)})

    # ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, label: str, url: str, events: Iterable[str] = (), kinds: Iterable[str] = ()) -> NewSecret:
        """A new endpoint. It is told of what is recorded from now on."""
        wish = self._checked(Wish(label, url, tuple(events), tuple(kinds)))
        endpoint = endpoints.new_id()
        secret = signing.make(self._house.ledger, endpoint, signing.SLOTS[0])

        def work(transaction: Transaction) -> Endpoint:
            connection = transaction.connection
            if endpoints.find(connection, endpoint) is None:  # else the answer to the commit was lost
                given = (wish.label or "", wish.url or "", wish.events or (), wish.kinds or ())
                endpoints.insert(connection, endpoint, *given, self.by)
                self._log(transaction, Occasion.WEBHOOK_ADDED, endpoint, **_told(_found(transaction, endpoint)))
            return _found(transaction, endpoint)

        return NewSecret(self._storage.run(work), secret)

    def change(self, endpoint: str, wish: Wish) -> Endpoint:
        """Let it be called otherwise, be elsewhere, or be told of other entries, from now on."""
        wish = self._checked(wish)
        given = {name: value for name, value in vars(wish).items() if value is not None}

        def work(transaction: Transaction) -> Endpoint:
            was = _found(transaction, endpoint, locked=True)
            becomes = {name: given.get(name, getattr(was, name)) for name in vars(wish)}
            endpoints.describe(transaction.connection, was.id, **becomes)
            now = _found(transaction, was.id)
            if _told(now) != _told(was):
                self._log(transaction, Occasion.WEBHOOK_CHANGED, was.id, before=_told(was), after=_told(now))
            return now

        return self._storage.run(work)

    def enable(self, endpoint: str) -> Endpoint:
        """Tell it again: of what waits for it, and of what is recorded from now on."""
        return self._switched(endpoint, endpoints.enable, Occasion.WEBHOOK_ENABLED, enabled=True)

    def disable(self, endpoint: str) -> Endpoint:
        """Tell it nothing until it is enabled again; what waits goes on waiting."""
        return self._switched(
            endpoint, lambda connection, one: endpoints.disable(connection, one, BY_HAND), Occasion.WEBHOOK_DISABLED
        )

    def rotate(self, endpoint: str, hours: int = int(endpoints.OVERLAP / timedelta(hours=1))) -> NewSecret:
        """Another secret. For so many hours the one before signs too, so that the receiver need not be quick."""
        if not 0 <= hours <= LONGEST_OVERLAP:
            raise problem("webhook_overlap_wrong", most=LONGEST_OVERLAP)
        was = self.get(endpoint).endpoint
        slot = signing.other(was.slot)
        secret = signing.make(self._house.ledger, was.id, slot)

        def work(transaction: Transaction) -> Endpoint:
            endpoints.rotated(transaction.connection, was.id, slot, timedelta(hours=hours))
            self._log(transaction, Occasion.WEBHOOK_ROTATED, was.id, overlap_hours=hours)
            return _found(transaction, was.id)

        return NewSecret(self._storage.run(work), secret)

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def ping(self, endpoint: str) -> Delivery:
        """A trial, which stands for no entry: it is delivered like all others."""
        trial = f"msg_ping_{uuid.uuid4().hex}"

        def work(transaction: Transaction) -> Delivery:
            found = _enabled(transaction, endpoint)
            deliveries.make_all(transaction.connection, [Wanted(found.id, trial, 0, PING, found.id)])
            made = deliveries.find_message(transaction.connection, found.id, trial)
            assert made is not None
            return made

        return self._storage.run(work)

    def redeliver(self, endpoint: str, number: int) -> Delivery:
        """Send it once more, with the id that it had; whoever has seen it takes it for seen."""

        def work(transaction: Transaction) -> Delivery:
            found = _delivery(transaction, _enabled(transaction, endpoint), number)
            deliveries.again(transaction.connection, found.number)
            self._log(transaction, Occasion.WEBHOOK_REDELIVERED, found.endpoint, delivery=found.number)
            return _delivery(transaction, _found(transaction, endpoint), number)

        return self._storage.run(work)

    def prune(self, days: int) -> int:
        """Remove what arrived, or was given up, longer ago than so many days; how many deliveries those were."""
        return self._house.ledger.reading(lambda connection: deliveries.prune(connection, timedelta(days=days)))

    # ── Parts ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _switched(
        self, endpoint: str, change: Callable[[Any, str], None], what: Occasion, *, enabled: bool = False
    ) -> Endpoint:
        def work(transaction: Transaction) -> Endpoint:
            was = _found(transaction, endpoint, locked=True)
            if was.enabled is not enabled:
                change(transaction.connection, was.id)
                self._log(transaction, what, was.id)
            return _found(transaction, was.id)

        return self._storage.run(work)

    def _checked(self, wish: Wish) -> Wish:
        """The wish, tidied. Raises a problem for what cannot be."""
        label = None if wish.label is None else wish.label.strip()
        if label is not None and not (0 < len(label) <= LONGEST_LABEL and label.isprintable()):
            raise problem("webhook_label_wrong")
        url = None if wish.url is None else self._address(wish.url.strip())
        events = None if wish.events is None else _once(wish.events)
        known = set(self.events())
        for event in events or ():
            if event not in known:
                raise problem("webhook_event_unknown", event=_shown(event))
        kinds = None if wish.kinds is None else _once(wish.kinds)
        for kind in kinds or ():
            if kind not in self.kinds():
                raise problem("webhook_kind_unknown", kind=_shown(kind), kinds=", ".join(self.kinds()))
        return Wish(label, url, events, kinds)

    def _address(self, url: str) -> str:
        """The address. One whose host is not known just now is looked at again when something is delivered."""
        try:
            self._house.webhooks.target(url)
        except AddressRefused as refused:
            if refused.code == "webhook_host_unknown":
                if url.startswith("https:"):
                    return url
                raise problem("webhook_not_https", host=_shown(refused.host)) from None
            params = {"host": _shown(refused.host)} if refused.host else {}
            raise problem(refused.code, **params) from None
        return url

    def _log(self, transaction: Transaction, what: Occasion, endpoint: str, **details: Any) -> None:
        log.write(transaction, what, self.by, self._whence, webhook=endpoint, **details)


def _found(transaction: Transaction, endpoint: str, *, locked: bool = False) -> Endpoint:
    found = endpoints.find(transaction.connection, endpoint.strip(), locked=locked) if "\0" not in endpoint else None
    if found is None:
        raise problem("unknown_webhook", id=_shown(endpoint))
    return found


def _enabled(transaction: Transaction, endpoint: str) -> Endpoint:
    found = _found(transaction, endpoint)
    if not found.enabled:
        raise problem("webhook_disabled", id=found.id)
    return found


def _delivery(transaction: Transaction, endpoint: Endpoint, number: int) -> Delivery:
    found = deliveries.find(transaction.connection, number) if number <= LARGEST_NUMBER else None
    if found is None or found.endpoint != endpoint.id:
        raise problem("unknown_delivery", number=number)
    return found


def _told(endpoint: Endpoint) -> dict[str, Any]:
    """What the log keeps of an endpoint: where it is and what it is told, never its secret."""
    lists = {name: list(getattr(endpoint, name)) for name in ("events", "kinds")}
    return {"label": endpoint.label, "url": endpoint.url, **lists}


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _shown(text: str) -> str:
    """What was typed, as a sentence may quote it."""
    return text[:60] if text.isprintable() else "?"
