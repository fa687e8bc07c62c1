"""Webhooks as administrators look after them, over HTTP: secrets are seen once, changes are logged, rights are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import psycopg
import pytest
from psycopg.errors import ReadOnlySqlTransaction

from api.app import create_app
from api.identity.access import Access
from domain.actor import Role
from ledger.errors import LedgerNotReady
from ledger.webhooks import deliveries
from ledger.webhooks.deliveries import Outcome, Wanted
from ledger.webhooks.health import look
from tests.api.conftest import ByRoles
from tests.webhooks.conftest import Office
from worker.stack.postgres import AUDITOR_LOGIN, PostgresServer

URL = "http://127.0.0.1:9/hook"
CHANGE = "UPDATE casefold_webhook.delivery SET"


@pytest.fixture
async def administrator(office: Office, anyio_backend: str) -> AsyncIterator[httpx.AsyncClient]:
    """A program that may do everything."""
    app = create_app(office.house, trust_actor_header=True)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://x/api/v1", headers={"Actor": "root:management"}
    ) as client:
        yield client


@pytest.mark.requirement("H-01")
async def test_a_secret_is_seen_once_and_every_change_is_logged(
    office: Office, administrator: httpx.AsyncClient
) -> None:
    made = (await administrator.post("/webhooks", json={"label": "orders", "url": URL, "events": ["NoteAdded"]})).json()
    path, secret = f"/webhooks/{made['id']}", made.pop("secret")
    assert secret.startswith("whsec_")
    assert (await administrator.get(path)).json() == made
    assert secret not in (await administrator.get("/webhooks")).text

    changed = await administrator.patch(path, json={"label": "stock", "events": []})
    assert (changed.json()["label"], changed.json()["events"], changed.json()["url"]) == ("stock", [], URL)
    rotated = (await administrator.post(f"{path}/rotate", json={"overlap_hours": 1})).json()
    assert rotated["secret"] != secret
    assert rotated["overlap_until"]
    assert (await administrator.post(f"{path}/disable")).json()["reason"] == "by_hand"
    refused = await administrator.post(f"{path}/ping")
    assert (refused.status_code, refused.json()["code"]) == (409, "webhook_disabled")
    assert (await administrator.post(f"{path}/enable")).json()["state"] == "enabled"
    ping = await administrator.post(f"{path}/ping")
    assert (ping.status_code, ping.json()["state"]) == (202, "waiting")
    assert [one["event"] for one in (await administrator.get(f"{path}/deliveries")).json()] == ["Ping"]

    lines = Access(office.house.ledger).log("root")
    assert [line.what.value.removeprefix("webhook_") for line in reversed(lines)] == [
        *("added", "changed", "rotated", "disabled", "enabled")
    ]
    assert secret not in str(lines)
    kept = office.house.ledger.query("SELECT row_to_json(e)::text FROM casefold_webhook.endpoint AS e")
    assert secret not in str(kept)


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"label": "x", "url": "http://10.0.0.1/hook"}, "webhook_not_public"),
    ({"label": "x", "url": "https://169.254.169.254/latest/meta-data"}, "webhook_not_public"),
    ({"label": "x", "url": "gopher://x"}, "webhook_url_wrong"),
    ({"label": " ", "url": URL}, "webhook_label_wrong"),
    ({"label": "x", "url": URL, "events": ["PersonalDataRead"]}, "webhook_event_unknown"),
    ({"label": "x", "url": URL, "kinds": ["wish"]}, "webhook_kind_unknown"),
)


async def test_what_cannot_be_is_refused_with_a_sentence(administrator: httpx.AsyncClient) -> None:
    for body, code in WRONG:
        answer = await administrator.post("/webhooks", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["detail"].startswith("Nothing was saved: ")
    assert (await administrator.get("/webhooks")).json() == []


@pytest.mark.requirement("H-01")
async def test_no_role_of_the_rule_books_looks_after_webhooks(office: Office) -> None:
    everybody = ",".join(role for role in Role if role not in (Role.SYSTEM, Role.CUSTOMER))
    transport = httpx.ASGITransport(create_app(office.house, ByRoles()))
    async with httpx.AsyncClient(transport=transport, base_url="http://x/api/v1") as client:
        assert (await client.get("/webhooks", headers={"Actor": f"li:{everybody}"})).status_code == 403
        assert (await client.get("/webhooks")).status_code == 401


def test_the_auditor_reads_the_log_of_deliveries_and_the_application_cannot_remove_an_endpoint(
    office: Office, postgres: PostgresServer, database: str
) -> None:
    endpoint = office.webhooks.add("x", URL).endpoint.id
    office.webhooks.ping(endpoint)
    with psycopg.connect(postgres.url(AUDITOR_LOGIN, database), autocommit=True) as auditor:
        assert auditor.execute("SELECT event FROM casefold_webhook.delivery").fetchall() == [("Ping",)]
        with pytest.raises(ReadOnlySqlTransaction):
            auditor.execute("DELETE FROM casefold_webhook.delivery")
    with pytest.raises(LedgerNotReady, match="permission denied for table endpoint"):
        office.house.ledger.query("DELETE FROM casefold_webhook.endpoint RETURNING id")


def test_it_is_told_apart_whether_a_receiver_takes_nothing_or_nobody_sends(office: Office) -> None:
    reading = office.house.ledger.reading
    assert reading(look) is None, "nothing is said where there are no webhooks"
    endpoint = office.webhooks.add("orders", URL).endpoint.id
    trial = office.webhooks.ping(endpoint)
    fresh = reading(look)
    assert fresh is not None
    assert (fresh.sent, fresh.failing) == (True, ())

    reading(lambda connection: deliveries.note(connection, trial, Outcome(status=500), timedelta(hours=1)))
    failing = reading(look)
    assert failing is not None
    assert failing.sent
    assert failing.sentence == f"deliveries fail, and are tried again: orders ({endpoint})"

    office.webhooks.redeliver(endpoint, trial.number)
    reading(lambda connection: connection.execute(f"{CHANGE} next_at = now() - interval '1 hour'"))
    late = reading(look)
    assert late is not None
    assert not late.sent
    assert "due for 60 minutes, and nobody sends them" in late.sentence


def test_what_arrived_long_ago_is_pruned_and_never_made_again(office: Office) -> None:
    endpoint = office.webhooks.add("orders", URL).endpoint.id
    reading = office.house.ledger.reading
    old, new = (Wanted(endpoint, f"msg_{position}", position, "NoteAdded", "C-1") for position in (900, 901))
    reading(lambda connection: deliveries.make_all(connection, [old, new]))
    first = office.webhooks.deliveries(endpoint)[-1]
    reading(lambda connection: deliveries.note(connection, first, Outcome(status=200), None))
    reading(lambda connection: connection.execute(f"{CHANGE} ended_at = ended_at - interval '2 days'"))
    assert office.webhooks.prune(1) == 1
    assert [one.message for one in office.webhooks.deliveries(endpoint)] == ["msg_901"]
    seen = office.webhooks.get(endpoint).endpoint
    assert not seen.wants(900, "NoteAdded", "complaint")
    assert seen.wants(901, "NoteAdded", "complaint")
