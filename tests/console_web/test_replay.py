"""The auditor's replay: a case entry by entry, what each changed, what seals it, and who looked."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import expect

from domain import commands as c
from domain import events as e
from domain.access import Through
from domain.actor import Actor
from domain.words import Urgency
from ledger.access import AccessLog
from tests.console_web.conftest import At, Site
from tests.console_web.test_customer import CUSTOMER, proposed, received
from tests.console_web.town import AUDITOR, LI, LINKS


def step(site: Site, case: str, number: int) -> str:
    """The page at one entry, as an auditor gets it."""
    return site.get(f"/cases/{case}/replay?step={number}", AUDITOR).text


@pytest.mark.requirement("L-01", "L-02", "L-05")
def test_each_entry_shows_the_case_as_it_was_known_then_and_what_it_changed(site: Site) -> None:
    case = received(site)
    site.town.ask(LI, c.SetUrgency(urgency=Urgency.URGENT, reason="A child was hurt."), case)
    AccessLog(site.town.house.recorder).read(Actor.parse(LI), case, ["contact"], Through.CLI)
    entries = site.town.house.ledger.history(case)
    changed = next(entry.version for entry in entries if isinstance(entry.event, e.UrgencySet))
    before, then = step(site, case, changed - 1), step(site, case, changed)
    assert "<dd>ordinary</dd>" in before
    assert re.search(r'class="new"><dt>urgency</dt><dd><ins>urgent</ins> <del>ordinary</del>', then)
    assert re.search(r"<code>urgency</code></dt><dd><del>ordinary</del> <ins>urgent</ins>", then)
    assert entries[changed - 1].command_id in then
    assert f"Entry {changed} of {len(entries)}" in then
    assert "Not sealed yet." in then, "no sealer runs here"
    assert re.search(r"Somebody was shown personal data unmasked.*contact", then, re.DOTALL)
    for number in (1, changed, 99_999_999):
        assert not [word for word in CUSTOMER if word in step(site, case, number)], "masked at every step"
    assert f"Entry {len(entries)} of" in step(site, case, 99_999_999)
    assert site.get(f"/cases/{case}/replay?step=x", AUDITOR).status_code == 200


@pytest.mark.requirement("L-02")
def test_arrow_keys_walk_through_the_entries_and_the_slider_follows(site: Site, at: At) -> None:
    case = site.cases[0]
    page = at(f"/cases/{case}/replay?step=3", AUDITOR)
    head = page.locator(".step-head h2")
    expect(head).to_contain_text("Entry 3 of")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("ArrowRight")
    expect(head).to_contain_text("Entry 4 of")
    expect(page.locator("#slider")).to_have_value("4")
    page.keyboard.press("Home")
    expect(head).to_contain_text("Entry 1 of")
    page.locator("#slider").focus()
    page.keyboard.press("ArrowRight")
    expect(head).to_contain_text("Entry 2 of")
    page.get_by_role("link", name="next").click()
    expect(head).to_contain_text("Entry 3 of")
    expect(page.locator("#slider")).to_have_value("3")
    assert "step=3" in page.url
    assert not page.locator("[data-live]").count(), "it shows the past: nothing of it moves"


def test_replay_and_the_customers_page_are_readable_for_everybody(site: Site, at: At) -> None:
    case = proposed(site)
    for path, width in ((f"/cases/{case}/replay?step=9", 1280), (LINKS.path(case, "en"), 390)):
        page = at(path, AUDITOR, width=width)
        found = Axe().run(page).response["violations"]
        assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.requirement("L-05")
def test_pages_that_are_live_do_not_move_because_somebody_looked(site: Site, at: At) -> None:
    case = received(site)
    page = at("/", AUDITOR)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(700)
    asked.clear()
    for _number in range(3):
        AccessLog(site.town.house.recorder).read(Actor.parse(LI), case, ["contact"], Through.CLI)
    page.wait_for_timeout(1200)
    assert not [url for url in asked if "/list" in url]
    with page.expect_request(lambda request: "/list" in request.url):
        site.town.ask(LI, c.AddNote(text="Now it moves."), case)
