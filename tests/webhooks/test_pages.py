"""The pages of webhooks, without scripts: made, secret seen once, tried out, sent once more, in both languages."""

from __future__ import annotations

import re

import httpx
import pytest

from ledger.webhooks import deliveries
from ledger.webhooks.deliveries import Outcome
from tests.console_web.town import pages_of, served
from tests.webhooks.conftest import Office

HOOK = "http://127.0.0.1:9/hook"


@pytest.mark.requirement("H-01")
def test_a_webhook_is_made_and_looked_after_on_its_page(office: Office) -> None:
    with (
        served(pages_of(office.house)) as url,
        httpx.Client(base_url=url, headers={"Actor": "root:management"}, follow_redirects=True) as browser,
    ):
        made = browser.post("/webhooks", data={"label": "order system", "url": HOOK, "kind": "complaint"})
        assert made.status_code == 201
        secrets = re.findall(r"whsec_[\w+/=]+", made.text)
        (endpoint,) = re.findall(r"WH-[0-9a-f]{12}", made.text)[:1]
        assert len(secrets) == 1
        assert secrets[0] not in browser.get(f"/webhooks/{endpoint}").text

        refused = browser.post("/webhooks", data={"label": "router", "url": "https://192.168.1.1/"})
        assert refused.status_code == 422
        assert "192.168.1.1" in refused.text
        assert 'role="alert"' in refused.text

        assert "A trial is on its way" in browser.post(f"/webhooks/{endpoint}/ping").text
        trial = office.only(endpoint)
        with office.house.ledger.connection() as connection:
            deliveries.note(connection, trial, Outcome(status=500, milliseconds=12), None)
        page = browser.get(f"/webhooks/{endpoint}").text
        assert "given up" in page
        assert "Deliveries were given up" in page
        again = browser.post(f"/webhooks/{endpoint}/deliveries/{trial.number}/redeliver")
        assert "with the same id" in again.text
        assert "500" in browser.get(f"/webhooks/{endpoint}/deliveries/{trial.number}").text

        for path in ("/webhooks", f"/webhooks/{endpoint}", f"/webhooks/{endpoint}/deliveries/{trial.number}"):
            for language in ("en", "zh"):
                answer = browser.get(path, headers={"Accept-Language": language})
                assert answer.status_code == 200
                assert not re.search(r'\sstyle="|<style|\son[a-z]+="', answer.text)
        assert browser.get("/webhooks/WH-000000000000").status_code == 404
