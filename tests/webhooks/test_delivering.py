"""Deliveries from the entry to the receiver: signed, tried again, given up, and without personal data."""

from __future__ import annotations

import time

import pytest

from domain import commands as c
from ledger.webhooks.deliveries import Fate
from tests.domain.story import LI
from tests.webhooks.conftest import Office
from tests.webhooks.receiver import Heard, Receiver, receiving

pytestmark = pytest.mark.usefixtures("delivering")
CANARY = "王小明的猫"


def after_a_while(heard: Heard) -> int:
    """Takes its time."""
    time.sleep(3)
    return 200


@pytest.mark.requirement("L-01", "L-04")
async def test_an_entry_arrives_signed_as_a_cloud_event_without_anything_personal(
    office: Office, receiver: Receiver
) -> None:
    endpoint = office.tells(receiver)
    case = office.opens(customer_name=CANARY, contact=f"{CANARY}@example.com", remedy_sought=f"give {CANARY} back")
    office.records(c.AddNote(text=f"a note about {CANARY}"), case)
    entries = office.house.ledger.history(case)
    await office.until(lambda: len(receiver.heard) == len(entries))
    assert receiver.forged == 0
    assert not any(CANARY in one.text or "$enc1." in one.text for one in receiver.heard)

    first = next(one for one in receiver.heard if one.event["data"]["event"] == "CaseReceived")
    assert {name: first.event[name] for name in ("specversion", "type", "subject", "datacontenttype")} == {
        "specversion": "1.0",
        "type": "casefold.case.CaseReceived",
        "subject": case,
        "datacontenttype": "application/json",
    }
    assert first.event["id"] == first.id == first.headers["webhook-id"]
    assert first.headers["content-type"].startswith("application/cloudevents+json")
    data = first.event["data"]
    assert (data["position"], data["version"], data["kind"]) == (entries[0].position, 1, "complaint")
    assert data["actor"] == {"roles": ["agent"], "department": LI.department}
    assert "customer_name" not in data["fields"]
    assert data["fields"]["channel"] == "hotline"
    await office.until(lambda: office.fates(endpoint) == {Fate.DELIVERED})


async def test_only_what_an_endpoint_asks_for_is_told_to_it(office: Office, receiver: Receiver) -> None:
    before = office.opens()
    office.tells(receiver, "NoteAdded", kinds=["complaint"])
    office.tells(receiver, "NoteAdded", kinds=["inquiry"])
    case = office.opens()
    for one in (case, before):
        office.records(c.AddNote(text="x"), one)
    await office.until(lambda: len(receiver.heard) == 2)
    assert {one.event["subject"] for one in receiver.heard} == {case, before}
    assert {one.event["type"] for one in receiver.heard} == {"casefold.case.NoteAdded"}


async def test_a_delivery_that_fails_is_tried_again_with_the_same_id_and_holds_up_no_other(
    office: Office, receiver: Receiver
) -> None:
    answers = iter([500, 302])
    bad: list[str] = []

    def answer(heard: Heard) -> int:
        bad[:] = bad or [heard.id]
        return next(answers, 200) if heard.id in bad else 200

    receiver.answers = answer
    endpoint = office.tells(receiver, "NoteAdded")
    case = office.opens()
    for number in range(3):
        office.records(c.AddNote(text=str(number)), case)
    await office.until(lambda: len(receiver.heard) == 5 and office.fates(endpoint) == {Fate.DELIVERED})
    ids = receiver.ids()
    assert (len(ids), len(set(ids)), ids.count(bad[0])) == (5, 3, 3)
    assert ids[-1] == bad[0], "the others did not wait for it"
    failed = next(one for one in office.webhooks.deliveries(endpoint) if one.message == bad[0])
    _, tries = office.webhooks.delivery(endpoint, failed.number)
    assert [one.status for one in tries] == [500, 302, 200]


async def test_a_delivery_is_given_up_after_the_last_try_and_can_be_sent_once_more(
    office: Office, receiver: Receiver
) -> None:
    receiver.answers = lambda heard: 503
    endpoint = office.tells(receiver, "NoteAdded")
    office.records(c.AddNote(text="x"), office.opens())
    await office.until(lambda: office.fates(endpoint) == {Fate.FAILED})
    assert office.only(endpoint).attempts == len(receiver.heard) == 3
    seen = office.webhooks.get(endpoint)
    assert seen.endpoint.failing_since is not None
    assert seen.count.failed == 1

    receiver.answers = lambda heard: 204
    office.webhooks.redeliver(endpoint, office.only(endpoint).number)
    await office.until(lambda: office.fates(endpoint) == {Fate.DELIVERED})
    assert len(set(receiver.ids())) == 1, "whoever has seen it knows it by its id"
    assert office.webhooks.get(endpoint).endpoint.failing_since is None


async def test_a_receiver_that_is_gone_is_told_nothing_more_until_somebody_enables_it(
    office: Office, receiver: Receiver
) -> None:
    receiver.answers = lambda heard: 410
    endpoint = office.tells(receiver, "NoteAdded")
    case = office.opens()
    office.records(c.AddNote(text="x"), case)
    await office.until(lambda: not office.webhooks.get(endpoint).endpoint.enabled)
    assert office.webhooks.get(endpoint).endpoint.reason == "gone"
    assert (office.only(endpoint).state, len(receiver.heard)) == (Fate.FAILED, 1)

    receiver.answers = lambda heard: 200
    office.webhooks.enable(endpoint)
    office.webhooks.ping(endpoint)
    await office.until(lambda: len(receiver.heard) == 2)
    assert receiver.heard[1].event["type"] == "casefold.webhook.Ping"


async def test_a_receiver_that_is_slow_or_dead_holds_up_no_other(office: Office, receiver: Receiver) -> None:
    with receiving() as slow:
        slow.answers = after_a_while
        office.tells(slow, "NoteAdded")
        dead = office.webhooks.add("nobody there", "http://127.0.0.1:9/hook", ["NoteAdded"]).endpoint.id
        office.tells(receiver, "NoteAdded")
        began = time.monotonic()
        office.records(c.AddNote(text="x"), office.opens())
        await office.until(lambda: receiver.heard)
        assert time.monotonic() - began < 3, "it waited for the slow one"
        await office.until(lambda: any(one.attempts for one in office.webhooks.deliveries(dead)))
        assert office.only(dead).error == "not_reached"


async def test_after_a_rotation_both_secrets_sign_for_a_while(office: Office, receiver: Receiver) -> None:
    endpoint = office.tells(receiver)
    old = receiver.secrets[0]
    new = office.webhooks.rotate(endpoint).secret
    for secrets in ([old], [new]):
        receiver.secrets = secrets
        office.webhooks.ping(endpoint)
        await office.until(lambda: receiver.heard)
        receiver.heard.clear()
    office.webhooks.rotate(endpoint, hours=0)
    office.webhooks.ping(endpoint)
    await office.until(lambda: receiver.forged)
    assert not receiver.heard, "neither of the two counts any more"
