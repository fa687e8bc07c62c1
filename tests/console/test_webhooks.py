"""`casefold webhook`: made, tried out, exchanged, disabled; for people and for programs."""

from __future__ import annotations

import re

import pytest

from tests.console.conftest import Casefold

HOOK = "http://127.0.0.1:9/hook"
HERE = {"CASEFOLD_WEBHOOK_ALLOW": "127.0.0.0/8"}


@pytest.mark.requirement("H-01")
def test_webhooks_are_made_tried_out_and_looked_after(casefold: Casefold) -> None:
    assert "casefold webhook add" in casefold("webhook", "list").out
    refused = casefold("webhook", "add", HOOK, "--label", "orders", "--json")
    assert (refused.code, refused.data["code"]) == (1, "webhook_not_public")
    assert "CASEFOLD_WEBHOOK_ALLOW" in refused.err

    made = casefold("webhook", "add", HOOK, "--label", "orders", "--event", "RemedyProposed", **HERE)
    assert re.fullmatch(r"whsec_[\w+/=]{44}", made.out.strip())
    (endpoint,) = casefold("webhook", "list", "--json").data
    name = endpoint["id"]
    assert (endpoint["label"], endpoint["events"], endpoint["made_by"]) == ("orders", ["RemedyProposed"], "li")
    assert "RemedyProposed" in casefold("webhook", "show", name).out
    assert casefold("webhook", "change", name, "--all-events", "--json").data["events"] == []
    rotated = casefold("webhook", "rotate", name, "--overlap", 0)
    assert rotated.out.strip() not in ("", made.out.strip())

    assert "on its way" in casefold("webhook", "ping", name).out
    (ping,) = casefold("webhook", "deliveries", name, "--json").data
    assert (ping["event"], ping["state"]) == ("Ping", "waiting")
    assert casefold("webhook", "redeliver", name, ping["number"], "--json").data["message"] == ping["message"]
    assert "Ping" in casefold("webhook", "deliveries", name, "--number", ping["number"]).out
    assert casefold("webhook", "redeliver", name, 999).code == 1

    assert "told nothing" in casefold("webhook", "disable", name).out
    assert casefold("webhook", "ping", name, "--json").data["code"] == "webhook_disabled"
    assert casefold("webhook", "enable", name, "--json").data["state"] == "enabled"
    assert casefold("webhook", "prune", "--days", 1, "--json").data == {"removed": 0}
    assert "exchanged the secret of a webhook" in casefold("users", "log").out
